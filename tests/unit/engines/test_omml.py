"""Formulas of Office documents (OMML) as LaTeX: each element of ECMA-376 part 1, 22.1."""

from __future__ import annotations

import pytest

from engines.containers.math.omml import latex
from engines.containers.zip import xml_of

NAMESPACE = "http://schemas.openxmlformats.org/officeDocument/2006/math"


OVER = '<groupChr><groupChrPr><chr val="⏞"/><pos val="top"/></groupChrPr><e>[a]</e></groupChr>'


def formula(inner: str) -> str:
    """The LaTeX of a formula, its XML written without prefixes; `[x]` stands for a run of letters."""
    runs = inner.replace("[", "<r><t>").replace("]", "</t></r>")
    return latex(
        xml_of(f'<oMath xmlns="{NAMESPACE}">{runs}</oMath>'.replace(" val=", f' xmlns:m="{NAMESPACE}" m:val=').encode())
    )


def styled(text: str, properties: str) -> str:
    return f"<r><rPr>{properties}</rPr><t>{text}</t></r>"


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<f><num>[a]</num><den>[b]</den></f>", r"\frac{a}{b}"),
        ('<f><fPr><type val="lin"/></fPr><num>[a+1]</num><den>[b]</den></f>', "(a+1)/b"),
        ('<f><fPr><type val="skw"/></fPr><num>[1]</num><den>[2]</den></f>', "{}^{1}/_{2}"),
        ("<rad><deg/><e>[x]</e></rad>", r"\sqrt{x}"),
        ("<rad><deg>[3]</deg><e>[x]</e></rad>", r"\sqrt[3]{x}"),
        ('<rad><radPr><degHide val="1"/></radPr><deg>[3]</deg><e>[x]</e></rad>', r"\sqrt{x}"),
        ("<sSub><e>[x]</e><sub>[i]</sub></sSub>", "x_{i}"),
        ("<sSubSup><e>[x]</e><sub>[i]</sub><sup>[2]</sup></sSubSup>", "x_{i}^{2}"),
        ("<sPre><sub>[6]</sub><sup>[14]</sup><e>[C]</e></sPre>", "{}_{6}^{14}C"),
        ('<nary><naryPr><chr val="∑"/></naryPr><sub>[k=1]</sub><sup>[n]</sup><e>[k]</e></nary>', r"\sum_{k=1}^{n}k"),
        ("<nary><sub/><sup/><e>[f]</e></nary>", r"\int f"),
        ('<nary><naryPr><chr val="∮"/><subHide val="1"/></naryPr><sub>[C]</sub><sup/><e>[F]</e></nary>', r"\oint F"),
        ("<d><e>[x]</e></d>", r"\left(x\right)"),
        ('<d><dPr><begChr val="⟨"/><sepChr val="|"/><endChr val="⟩"/></dPr><e>[a]</e><e>[b]</e></d>',
         r"\left\langle a|b\right\rangle"),
        ('<d><dPr><begChr val="&#91;"/><endChr val="&#93;"/></dPr><e><m><mr><e>[a]</e><e>[b]</e></mr></m></e></d>',
         r"\begin{bmatrix}a & b\end{bmatrix}"),
        ('<d><dPr><begChr val="{"/><endChr val=""/></dPr><e><eqArr><e>[1, x&amp;gt;0]</e><e>[0]</e></eqArr></e></d>',
         r"\begin{cases}1, x>0 \\ 0\end{cases}"),
        ('<d><e><f><fPr><type val="noBar"/></fPr><num>[n]</num><den>[k]</den></f></e></d>', r"\binom{n}{k}"),
        ("<m><mr><e>[a]</e></mr><mr><e>[b]</e></mr></m>", r"\begin{matrix}a \\ b\end{matrix}"),
        ("<eqArr><e>[x&amp;=1]</e><e>[y&amp;=2]</e></eqArr>", r"\begin{aligned}x&=1 \\ y&=2\end{aligned}"),
        ("<func><fName>" + styled("sin", '<sty val="p"/>') + "</fName><e>[x]</e></func>", r"\sin x"),
        ("<func><fName>" + styled("erf", '<sty val="p"/>') + "</fName><e><d><e>[x]</e></d></e></func>",
         r"\operatorname{erf}\left(x\right)"),
        ("<func><fName><limLow><e>" + styled("lim", '<sty val="p"/>') + "</e><lim>[n→∞]</lim></limLow></fName><e>[a]</e></func>",
         r"\lim_{n\to \infty}a"),
        ("<limUpp><e>[=]</e><lim>[?]</lim></limUpp>", r"\overset{?}{=}"),
        ('<acc><accPr><chr val="⃗"/></accPr><e>[v]</e></acc>', r"\vec{v}"),
        ("<acc><e>[AB]</e></acc>", r"\widehat{AB}"),
        ('<bar><barPr><pos val="top"/></barPr><e>[z]</e></bar>', r"\overline{z}"),
        ("<bar><e>[z]</e></bar>", r"\underline{z}"),
        ("<box><e>[a]</e></box>", "a"),
        ("<borderBox><e>[a]</e></borderBox>", r"\boxed{a}"),
        ("<groupChr><e>[a+b]</e></groupChr>", r"\underbrace{a+b}"),
        (f"<limUpp><e>{OVER}</e><lim>[n]</lim></limUpp>",
         r"\overbrace{a}^{n}"),
        ('<groupChr><groupChrPr><chr val="→"/></groupChrPr><e>[f]</e></groupChr>', r"\xrightarrow{f}"),
        ('<phant><phantPr><show val="0"/></phantPr><e>[a]</e></phant>', r"\phantom{a}"),
    ],
)  # fmt: skip
def test_each_element_has_its_command(xml: str, expected: str) -> None:
    assert formula(xml.replace("&amp;gt;", "&gt;")) == expected


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (styled("R", '<scr val="double-struck"/>'), r"\mathbb{R}"),
        (styled("A", '<sty val="b"/>'), r"\mathbf{A}"),
        (styled("for all", "<nor/>"), r"\text{for all}"),
        (styled("100%", "<nor/>"), r"100\%"),
        (styled("kg", '<sty val="p"/>'), r"\mathrm{kg}"),
        ("[𝔽ℝ𝑥]", r"\mathbb{F}\mathbb{R}x"),
        ("[α≤β·10⁻³]", r"\alpha \leq \beta \cdot 10^{-3}"),
        ("[x̄]", r"\bar{x}"),
        ("[x – y]", "x - y"),
        ("[y]" + "[^]" + "[2]", "y^2"),
        ("[{a_b}]", r"\{a\_b\}"),
        ("[π]<del><r><t>gone</t></r></del>[r]", r"\pi r"),
    ],
)
def test_letters_signs_and_their_styles(xml: str, expected: str) -> None:
    assert formula(xml) == expected


def test_a_command_never_runs_into_the_letter_after_it() -> None:
    assert formula("[α]<sSup><e>[b]</e><sup>[2]</sup></sSup>") == r"\alpha b^{2}"
    assert (
        formula('<d><dPr><begChr val="⌊"/><endChr val="⌋"/></dPr><e>[x]</e></d>[y]') == r"\left\lfloor x\right\rfloor y"
    )
