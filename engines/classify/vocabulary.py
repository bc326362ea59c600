"""What a classifier knows before it reads a rule: words that documents of common types use, and words that say little.

The lists hold what is printed on such documents, in several languages, not what people say about them.
"""

from __future__ import annotations

KNOWN_KINDS = """
invoice bill: invoice bill billed amount due subtotal vat tax total payable payment terms remit net unit price
    quantity iban rechnung rechnungsnummer rechnungsbetrag mwst facture tva montant factura importe fattura
receipt: receipt cash change visa mastercard card approved auth subtotal tax tip total paid till cashier thank store
    kassenbon quittung bon reçu ticket recibo
contract agreement lease: agreement contract party parties hereby herein thereof whereas shall term terminate
    termination obligation breach governing law jurisdiction confidential clause witness landlord tenant lease
    effective executed signed vertrag vertragspartner kündigung vereinbarung contrat convention résiliation contrato
    acuerdo cláusula
nda confidentiality: confidential disclosure disclose disclosing receiving recipient proprietary party obligation
    agreement
resume cv curriculum vitae: experience education skill employment career objective profile qualification degree
    bachelor university certification reference language linkedin lebenslauf berufserfahrung ausbildung kenntnisse
    compétences expérience formation experiencia educación
bank checking: statement account balance opening closing deposit withdrawal debit credit transaction iban overdraft
    atm kontoauszug saldo lastschrift gutschrift relevé solde extracto
purchase po: purchase order po vendor buyer supplier ship deliver delivery quantity unit price confirm requisition
    incoterms bestellung bestellnummer commande pedido
quote quotation estimate offer: quote quotation estimate offer valid price proposal discount prepared angebot devis
    presupuesto
delivery packing shipping waybill: delivery shipment shipped carrier package carton pallet weight consignee tracking
    received courier packing recipient lieferschein livraison albarán
research scientific academic paper thesis: abstract introduction method result discussion conclusion reference figure
    table hypothesis experiment dataset significant et al journal doi keyword study analysis participant
    acknowledgement
medical clinical health patient: patient diagnosis treatment medication mg dose symptom history clinical hospital
    doctor physician finding blood examination therapy allergy discharge prescription radiology laboratory arztbrief
    diagnose befund
meeting minutes protocol: meeting minutes attendee present apologies agenda item discussed agreed decision action
    motion chair adjourned approved next protokoll sitzung teilnehmer tagesordnung
press announcement: release announced announces today contact media press quote editor immediate launch spokesperson
manual instruction guide handbook: instruction install installation operate operation step button switch connect
    warning caution safety maintenance cleaning troubleshooting device battery bedienungsanleitung wartung mode emploi
financial annual quarterly earnings: revenue profit income loss asset liability equity cash flow dividend share
    shareholder fiscal quarter ebitda margin consolidated audit outlook growth bilanz umsatz
letter correspondence: dear sincerely regards yours faithfully madam sir enclosure write hope wish sehr geehrte grüßen
    cordialement madame monsieur estimado
email mail: from to subject sent cc re fw reply regards attached wrote
tax: tax taxpayer income deduction filing return withholding wages refund dependent exemption irs vat form line
    penalty steuer steuererklärung finanzamt impôt
payslip payroll salary: gross net pay salary wage deduction employer employee period overtime pension lohn gehalt
    abrechnung
insurance claim: insurance insured insurer policy premium coverage claim deductible beneficiary liability versicherung
legal court judgment: court plaintiff defendant judge judgment case appeal counsel motion statute ruling hearing
    evidence urteil
law regulation legislation statute: section act article paragraph subsection regulation law shall provision amended
    statute gesetz
policy procedure: policy procedure compliance scope purpose responsibility applies employee must review approved
specification datasheet: specification parameter voltage current temperature range dimension interface maximum minimum
    typical characteristics datenblatt
presentation slide deck: agenda slide overview thank questions roadmap key takeaway
form application questionnaire: form name address date birth signature applicant application please tick box complete
    fill phone
survey: survey respondent question percent agree disagree sample response
newsletter: newsletter issue edition subscribe unsubscribe month upcoming event member
certificate diploma: certificate certify certified hereby awarded completion diploma
identity passport licence license: passport nationality birth surname given sex expiry licence issued authority holder
ticket boarding itinerary travel: flight boarding gate seat departure arrival passenger booking itinerary hotel check-
    in train
menu: starter main dessert drinks salad soup grilled served sauce
recipe: ingredient tablespoon teaspoon cup bake oven minutes stir flour butter sugar salt serve cook
story novel fiction poem: said she he looked asked door eyes night chapter
code source: function class import return def const var int string test build
advertisement marketing brochure flyer: offer free new discover sale discount visit today best call
job posting vacancy: position candidate apply responsibility requirement salary hiring team experience vacancy role
syllabus course lecture: course student lecture assignment grade exam semester instructor credit week reading
proposal bid: proposal scope deliverable budget timeline objective approach team client phase
budget: budget planned actual variance expense category total fund allocation
inventory stock: sku stock item quantity warehouse reorder location on-hand
warranty guarantee: warranty guarantee defect repair replace purchase period covered
will testament: testament bequeath executor estate heir trustee testator
complaint: complain complaint dissatisfied refund apology unacceptable
recommendation: recommend recommendation pleasure worked colleague qualities
"""
COMMON_WORDS = """
a about above after again all also am an and any are as at be been before being below between both but by can could
did do does down during each either etc few for from further had has have having her here hers him his how i if in
into is it its itself just like me more most must my no nor not of off on once one only or other our out over own per
same she should so some such than that the their them then there these they this those through to too under until up
upon us very was we were what when where which while who whom why will with within without would you your yours he two
der die das den dem des ein eine einer eines einem einen und oder von zu zum zur mit für auf im ist sind wird werden
nicht als auch le la les un une des du de et ou est pour dans sur par avec pas que qui au aux el los las una y o del
es con por para en se que no al su
"""
FILLER_WORDS = """
document documents file files page pages paper papers text content contents contain contains containing include
includes including included typically usually often may generally used use using describe describes describing
description related various type types kind list lists show shows tell tells ask asks give gives someone something
person people
"""


def read_kinds(text: str) -> dict[str, str]:
    """Entries of the form `names: words`; indented lines go on with the entry above."""
    entries = text.strip().replace("\n    ", " ").splitlines()
    return dict(entry.split(": ", 1) for entry in entries)


KINDS = read_kinds(KNOWN_KINDS)
"""Words found on documents of a kind, by the names of the kind, each of which alone stands for it."""
STOP_WORDS = frozenset(COMMON_WORDS.split())
"""Words of every text."""
FILLERS = frozenset(FILLER_WORDS.split())
"""Words of rules that speak about documents rather than stand in them; they count for little."""
