"""Documents are compared with rules and examples by embeddings, where the operator has a model for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engines.classify import Rule
from engines.context import Source
from engines.llm.asking import ModelReply, ModelRequest, ModelRole, Tick
from engines.llm.vectors import MOST_CHARACTERS, MOST_EXAMPLES
from engines.parameters import ParseParameters
from engines.request import EngineRequest, EngineResult, run

GARDEN = "Tomorrow at noon the committee looks at the beds by the wall."
"""Says nothing of any kind that is known."""
RULES = (Rule("alpha", "Whatever is green"), Rule("beta", "Whatever is round"))


def by_word(**words: list[float]) -> Callable[[str], str]:
    """Embeds a text after the first of these words that it has."""
    return lambda text: json.dumps(next((vector for word, vector in words.items() if word in text), [0.5, 0.5]))


@dataclass
class Embedder:
    """Embeds texts as it is told, and answers nothing else."""

    embed: Callable[[str], str]
    failure: str = ""
    sees: bool = False
    asked: list[ModelRequest] = field(default_factory=list)

    def ask(self, requests: Sequence[ModelRequest], _tick: Tick) -> list[ModelReply]:
        self.asked += requests
        return [
            ModelReply(failure=self.failure) if self.failure else ModelReply(text=self.embed(one.user))
            for one in requests
        ]


def judged(
    tmp_path: Path, model: Embedder, rules: tuple[Rule, ...] = RULES, text: str = GARDEN, *, embeds: bool = True
) -> EngineResult:
    path = tmp_path / "note.txt"
    path.write_text(text)
    source = Source(path=path, name=path.name)
    return run(EngineRequest(source=source, parameters=ParseParameters(), rules=rules, model=model, embeds=embeds))


def type_of(result: EngineResult) -> str | None:
    assert result.classification
    return result.classification["type"]


@pytest.mark.parametrize(("garden", "expected"), [([1.0, 0.1], "alpha"), ([0.1, 1.0], "beta")])
def test_a_document_is_of_the_rule_that_it_is_nearest_to(tmp_path: Path, garden: list[float], expected: str) -> None:
    model = Embedder(by_word(committee=garden, alpha=[1.0, 0.0], beta=[0.0, 1.0]))
    found = judged(tmp_path, model)
    assert type_of(found) == expected
    assert "likeness by embeddings" in str(found.classification)
    assert [one.user for one in model.asked] == [GARDEN, "alpha: Whatever is green", "beta: Whatever is round"]
    assert {one.role for one in model.asked} == {ModelRole.EMBEDDING}


def test_examples_say_what_a_rule_means(tmp_path: Path) -> None:
    rules = (Rule("alpha", "Whatever is green", ("Peas and beans",)), Rule("beta", "Whatever", ("Wheels",)))
    model = Embedder(by_word(committee=[1.0, 0.2], Peas=[0.0, 1.0], Wheels=[1.0, 0.0]))
    assert type_of(judged(tmp_path, model, rules)) == "beta"


def test_where_all_things_are_near_the_nearest_still_counts(tmp_path: Path) -> None:
    model = Embedder(by_word(committee=[1.0, 0.30, 0.0], alpha=[1.0, 0.28, 0.02], beta=[1.0, 0.10, 0.20]))
    found = judged(tmp_path, model)
    assert type_of(found) == "alpha"


def test_no_more_is_embedded_than_such_models_take(tmp_path: Path) -> None:
    rules = (Rule("alpha", "Whatever is green", tuple(f"{n} " + "peas " * 1000 for n in range(20))), RULES[1])
    model = Embedder(by_word())
    judged(tmp_path, model, rules, "committee " * 2000)
    assert len(model.asked) == 1 + len(rules) + MOST_EXAMPLES
    assert max(len(one.user) for one in model.asked) <= MOST_CHARACTERS


@pytest.mark.parametrize(
    "model",
    [
        Embedder(by_word(), failure="status 400"),
        Embedder(by_word(committee=[1.0, 0.0, 0.0])),
        Embedder(by_word(committee=[0.0, 0.0])),
        Embedder(by_word(alpha=[])),
    ],
)
def test_without_embeddings_words_decide_and_a_warning_says_so(tmp_path: Path, model: Embedder) -> None:
    found = judged(tmp_path, model)
    assert [one["code"] for one in found.warnings] == ["CLASSIFIED_WITHOUT_EMBEDDINGS"]
    assert found.degraded
    assert found.classification == judged(tmp_path, model, embeds=False).classification


def test_where_nobody_embeds_nothing_is_asked(tmp_path: Path) -> None:
    model = Embedder(by_word())
    judged(tmp_path, model, embeds=False)
    assert model.asked == []
