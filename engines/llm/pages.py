"""Pages that a model rebuilds: it is shown what was read of them, and what it writes is held against that.

What was read without it stays at hand: a page whose words an answer loses keeps that reading, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engines.build.plain_text import plain_text
from engines.containers import pdf_native
from engines.context import Context
from engines.document import Document, Notice, Page
from engines.errors import SENTENCES, Code, DocumentError
from engines.llm import faithfulness
from engines.llm.asking import ModelRequest, ModelRole
from engines.llm.faithfulness import Judgement
from engines.llm.items import take_over
from engines.llm.permits import note_ceiling
from engines.llm.prompting import Wording, prompt, question, quoted, unwrapped, wording_of
from engines.parameters import ParseParameters
from engines.parameters.model_use import looks
from engines.parameters.modes import AGENTS
from engines.render.framing import Frame
from engines.render.pages import page_result

LEAST_KEPT = 0.7
"""Share of a page's words that an answer has to have, else the page keeps what was read without a model."""
FEW_WORDS = 12
"""Of a page with fewer words no share says anything."""
LEAST_SHARE = 0.5
"""Share of an answer's words that the page has to have, whatever they are, else that is told."""
GOOD_SHARE = 0.97
"""Share of a page's words, and of the answer's, at which no agent looks again."""
DPI = 110.0
"""Pixels an inch of the pictures of pages that a model is shown."""
MOST_LOST = 40
"""How many lost words an agent is told of."""


@dataclass(slots=True)
class Work:
    """A page, what was read of it without a model, and what one answers."""

    page: Page
    draft: str
    """Its Markdown."""
    words: str
    """What it says."""
    evidence: str = ""
    """All that the answer may be made of."""
    picture: bytes = b""
    answer: str = ""
    failure: str = ""
    limit: str = ""
    """The setting whose ceiling kept the question from being asked."""
    judgement: Judgement | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether an agent should look at the answer again."""
        found = self.judgement
        return found is not None and bool(found.invented or min(found.kept, found.share) < GOOD_SHARE)


def rebuild_pages(document: Document, parameters: ParseParameters, context: Context) -> None:
    """Have each page rebuilt, and by an agent what is doubtful once more.

    Raises DocumentError, RECONSTRUCTION_FAILED, when a page fails and strict_mode_reconstruction is set; and as a model does.
    """
    wording = wording_of(parameters)
    works = works_of(document, parameters, context)
    ask(works, [request_for(one, wording, parameters, context) for one in works], document, context)
    finish(works, wording, document, parameters, context)


def finish(
    works: Sequence[Work], wording: Wording, document: Document, parameters: ParseParameters, context: Context
) -> None:
    """Judge the answers, have doubtful ones repaired where an agent works, and put them into their pages."""
    for one in works:
        judge(one)
    if parameters.parse_mode in AGENTS and not wording.transforms:
        again = [one for one in works if one.is_doubtful]
        repair(again, wording, document, parameters, context)
    for one in works:
        settle(one, wording, document, parameters)


def works_of(document: Document, parameters: ParseParameters, context: Context) -> list[Work]:
    """The pages that a model is asked about, with all that it may be shown; empty ones have nothing to be rebuilt."""
    plain = Frame.of(ParseParameters())
    works = []
    for page in document.pages:
        if page.error:
            continue
        draft = page_result(page, document, parameters, plain)["md"]
        words = page.text or plain_text(page.items)
        works.append(Work(page, draft, words, f"{words}\n{draft}"))
    if wants_picture(parameters, context):
        photograph(works, document)
    return [one for one in works if one.picture or one.draft.strip() or one.words.strip()]


def wants_picture(parameters: ParseParameters, context: Context) -> bool:
    """Whether the model is shown pictures of pages: where the mode is to look, and for agents where a model sees."""
    sees = context.model is not None and context.model.sees
    return looks(parameters) or (sees and parameters.parse_mode in AGENTS)


def photograph(works: Sequence[Work], document: Document) -> None:
    """Take the pictures of pages; a document without paper has none."""
    if not document.paper:
        return
    with pdf_native.drawable(document.paper) as path:
        for one in works:
            try:
                one.picture = pdf_native.picture(path, one.page.number, DPI)
            except DocumentError as error:
                document.warnings.append(Notice(Code.SCREENSHOT_UNAVAILABLE, str(error), one.page.number))


def request_for(one: Work, wording: Wording, parameters: ParseParameters, context: Context) -> ModelRequest:
    """The question for a page. Who looks is told nothing that was read otherwise, unless there is no picture."""
    is_look = looks(parameters) and bool(one.picture)
    task = wording.task or prompt("look-user" if is_look else "page-user")
    blocks = {} if is_look else {"The words of the page": one.words, "The draft of its Markdown": one.draft}
    return ModelRequest(
        system=wording.system,
        user=question(task, wording.guidance, blocks),
        pictures=(one.picture,) if one.picture else (),
        role=role_for(one, parameters, context),
    )


def role_for(one: Work, parameters: ParseParameters, _context: Context) -> ModelRole:
    """Which model is asked: for pictures one that sees, for the tier `agentic` the small one."""
    if one.picture:
        return ModelRole.VISION
    return ModelRole.SMALL if parameters.tier == "agentic" else ModelRole.DEFAULT


def ask(works: Sequence[Work], requests: Sequence[ModelRequest], document: Document, context: Context) -> None:
    """Ask about pages, all at once. Raises as engines.llm.asking.Model.ask does."""
    if context.model is None or not works:
        return
    total = len(document.pages)
    replies = context.model.ask(requests, lambda _done: context.progress(total, total))
    for one, reply in zip(works, replies, strict=True):
        one.failure, one.limit = reply.failure, reply.limit
        one.answer = unwrapped(reply.text)


def judge(one: Work) -> None:
    """Hold an answer against its page; a page of which nothing was read otherwise can judge nothing."""
    is_known = bool(one.evidence.strip()) and not one.failure
    one.judgement = faithfulness.judged(one.answer, one.evidence, one.draft) if is_known else None


def repair(
    works: Sequence[Work], wording: Wording, document: Document, parameters: ParseParameters, context: Context
) -> None:
    """Ask once more about pages whose answers are doubtful, and keep the better answer of each."""
    requests = []
    for one in works:
        request = request_for(one, wording, parameters, context)
        complaint = f"{prompt('repair-user')}\n\n{complaint_about(one)}\n\nWhat you wrote:\n{quoted(one.answer)}"
        requests.append(
            ModelRequest(
                system=request.system,
                user=f"{request.user}\n\n{complaint}",
                pictures=request.pictures,
                role=request.role,
            )
        )
    before = [(one.answer, one.judgement) for one in works]
    ask(works, requests, document, context)
    for one, (answer, judgement) in zip(works, before, strict=True):
        judge(one)
        if one.failure or worth(one.judgement) < worth(judgement):
            one.answer, one.judgement, one.failure, one.limit = answer, judgement, "", ""


def worth(judgement: Judgement | None) -> float:
    """How good an answer is, to be compared with another one."""
    return judgement.kept + judgement.share if judgement else 0.0


def complaint_about(one: Work) -> str:
    """What is wrong with an answer: words of the document, and of an answer that it may have led, stand in quotation."""
    found = one.judgement
    if found is None:
        return ""
    parts = [f"It has what the page has not:\n{quoted(found.invented)}"] if found.invented else []
    if found.lost:
        parts.append(f"It lacks words of the page:\n{quoted(', '.join(found.lost[:MOST_LOST]))}")
    return "\n".join(parts)


def settle(one: Work, wording: Wording, document: Document, parameters: ParseParameters) -> None:
    """Put an answer into its page, or say why it does not stand there."""
    page, found = one.page, one.judgement
    if one.limit and not parameters.strict_mode_reconstruction:
        note_ceiling(document, one.limit, page.number)
        return
    if one.failure:
        fail(page, one.failure, parameters)
        return
    if found is not None:
        keeps_words = looks(parameters) or wording.transforms  # OCR may have seen what is not there
        has_lost = found.kept < LEAST_KEPT and len(one.draft.split()) >= FEW_WORDS
        if has_lost and not keeps_words:
            lost = f"{SENTENCES[Code.LLM_LOST_WORDS]} ({round(100 * (1 - found.kept))} %)"
            document.warnings.append(Notice(Code.LLM_LOST_WORDS, lost, page.number))
            return
        if not wording.transforms:
            page.faithfulness = round(found.share, 4)
        note_invented(page, found, wording, document)
    page.markdown = one.answer
    take_over(page, one.answer)


def note_invented(page: Page, found: Judgement, wording: Wording, document: Document) -> None:
    """Warn of what the page does not say; where the job asks for other words, of numbers alone."""
    if wording.transforms:
        told = replace(found, names=()).invented
    else:
        told = found.invented or (
            f"{round(100 * (1 - found.share))} % of its words" if found.share < LEAST_SHARE else ""
        )
    if told:
        sentence = f"{SENTENCES[Code.LLM_UNFAITHFUL]} ({told})"
        document.warnings.append(Notice(Code.LLM_UNFAITHFUL, sentence, page.number))


def fail(page: Page, failure: str, parameters: ParseParameters) -> None:
    """Let a page fail. Raises DocumentError, RECONSTRUCTION_FAILED, where the job wants no such pages."""
    if parameters.strict_mode_reconstruction:
        raise DocumentError(Code.RECONSTRUCTION_FAILED, f"page {page.number}: {failure}")
    page.error = str(DocumentError(Code.LLM_FAILED, failure))
