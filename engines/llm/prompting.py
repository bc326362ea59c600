"""What a model is told: prompts are files beside this one, and what a job says of them; documents stand in quotation only."""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from engines.parameters import PARAMETERS, ParseParameters
from engines.parameters.modes import preset_of

FOLDER = Path(__file__).with_name("prompts")
FENCE = re.compile("`{3,}")
WRAPPED = re.compile(r"\A```(?:markdown|md|html)?[ \t]*\n(.*)\n```\Z", re.DOTALL)
"""An answer that is one block of code, which many models make of what they are asked for."""


@functools.cache
def prompt(name: str) -> str:
    """The text of a prompt."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8").strip()


@functools.cache
def prompts_version() -> str:
    """A digest of all prompts, which another wording of any changes."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.md")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Wording:
    """What a job has a model told of each page."""

    system: str
    task: str
    """How the user's message begins; empty means as the mode has it."""
    guidance: str
    """What else is asked for as to the content."""

    @property
    def transforms(self) -> bool:
        """Whether the answer is to say something else than the page."""
        return bool(self.task or self.guidance)


def wording_of(parameters: ParseParameters, built_in: str = "page-system") -> Wording:
    """The prompts of a job: its own in place of ours, or after them; older names count after the newer ones."""
    own = parameters.system_prompt or parameters.formatting_instruction
    instruction = parameters.parsing_instruction or ""
    may_format = parameters.is_formatting_instruction
    if may_format is None:
        may_format = PARAMETERS["is_formatting_instruction"].default
    more = [parameters.system_prompt_append, parameters.complemental_formatting_instruction]
    if may_format:
        more.append(instruction)
    preset = preset_of(parameters)
    usual = [prompt(built_in), prompt(f"preset-{preset}") if preset else ""]
    return Wording(
        system="\n\n".join(part for part in (*([own] if own else usual), *more) if part),
        task=parameters.user_prompt or parameters.content_guideline_instruction or "",
        guidance="" if may_format else instruction,
    )


def question(task: str, guidance: str, blocks: dict[str, str]) -> str:
    """A message of the user's: the task, then what the document says, each part under its name in a fence that it cannot end."""
    parts = [task]
    if guidance:
        parts += [prompt("guidance"), quoted(guidance), prompt("rules")]
    told = {name: text for name, text in blocks.items() if text.strip()}
    if told:
        parts.append(prompt("material"))
    parts += [f"{name}:\n{quoted(text)}" for name, text in told.items()]
    return "\n\n".join(parts)


def quoted(text: str) -> str:
    """A text between fences longer than any that it contains."""
    longest = max((len(one) for one in FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text}\n{fence}"


def unwrapped(answer: str) -> str:
    """An answer without a fence around all of it."""
    text = answer.strip()
    matched = WRAPPED.match(text)
    return matched[1].strip("\n") if matched and not re.search(r"^```[ \t]*$", matched[1], re.MULTILINE) else text
