"""What a job has a language model told, and which model it asks under whose key (docs/models.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import papers
from support.llm import Answer, Asked, Endpoint
from support.running import BATCHES, Tenant
from support.thinking import KEY, ThinkingStack, only_question, parsed, refused

from engines.llm.prompting import prompt
from engines.parameters import PARAMETERS

WORDS = "The page is about apples, pears and 4711 plums."


@pytest.fixture
def paper(tmp_path: Path) -> bytes:
    """A PDF with one page of words."""
    return papers.pdf(tmp_path / "paper.pdf", papers.lines(WORDS)).read_bytes()


def asked_with(mind: Endpoint, thinker: Tenant, content: bytes, **parameters: Any) -> Asked:
    """The only question of a job."""
    mind.asked.clear()
    parsed(thinker, content, parameters)
    return only_question(mind)


@pytest.mark.effect("system_prompt", "formatting_instruction")
def test_a_system_prompt_takes_the_place_of_the_built_in_one(mind: Endpoint, thinker: Tenant, paper: bytes) -> None:
    assert asked_with(mind, thinker, paper, parse_mode="parse_page_with_llm").system == prompt("page-system")
    assert asked_with(mind, thinker, paper, system_prompt="Write verse.").system == "Write verse."
    assert asked_with(mind, thinker, paper, formatting_instruction="Write prose.").system == "Write prose."


@pytest.mark.effect("system_prompt_append", "complemental_formatting_instruction")
def test_text_can_be_added_to_the_system_prompt(mind: Endpoint, thinker: Tenant, paper: bytes) -> None:
    built_in = prompt("page-system")
    assert asked_with(mind, thinker, paper, system_prompt_append="In blue.").system == f"{built_in}\n\nIn blue."
    older = asked_with(
        mind, thinker, paper, complemental_formatting_instruction="In red.", system_prompt_append="In blue."
    )
    assert older.system == f"{built_in}\n\nIn blue.\n\nIn red."
    both = asked_with(mind, thinker, paper, system_prompt="Write verse.", system_prompt_append="In blue.")
    assert both.system == "Write verse.\n\nIn blue."


@pytest.mark.effect("user_prompt", "content_guideline_instruction")
@pytest.mark.parametrize("name", ["user_prompt", "content_guideline_instruction"])
def test_a_user_prompt_transforms_what_the_page_says(mind: Endpoint, thinker: Tenant, paper: bytes, name: str) -> None:
    mind.think = lambda _asked: "Une page de pommes, de poires et de 4711 prunes."
    found = parsed(thinker, paper, {name: "Translate into French."})
    asked = only_question(mind)
    assert asked.user.startswith("Translate into French.")
    assert WORDS in asked.user
    assert prompt("page-user") not in asked.user
    assert found["md"] == ["Une page de pommes, de poires et de 4711 prunes."]
    assert found["pages"][0]["text"].strip() == WORDS
    assert found["job_metadata"]["warnings"] == []


@pytest.mark.effect("user_prompt")
def test_numbers_that_a_transformed_page_has_not_are_told_all_the_same(
    mind: Endpoint, thinker: Tenant, paper: bytes
) -> None:
    mind.think = lambda _asked: "Une page de 4712 prunes."
    found = parsed(thinker, paper, {"user_prompt": "Translate into French."})
    [warning] = found["job_metadata"]["warnings"]
    assert (warning["code"], "(numbers: 4712)" in warning["message"]) == ("LLM_UNFAITHFUL", True)


@pytest.mark.effect("parsing_instruction", "is_formatting_instruction")
def test_a_parsing_instruction_may_format_or_not(mind: Endpoint, thinker: Tenant, paper: bytes) -> None:
    words = "Name the fruit first."
    may = asked_with(mind, thinker, paper, parsing_instruction=words)
    assert may.system.endswith(f"\n\n{words}")
    assert words not in may.user
    may_not = asked_with(mind, thinker, paper, parsing_instruction=words, is_formatting_instruction=False)
    assert may_not.system == prompt("page-system")
    assert may_not.user.index(words) < may_not.user.index(prompt("rules")) < may_not.user.index(WORDS)
    assert parsed(thinker, paper, {"parsing_instruction": words})["pages"][0]["text"].strip() == WORDS


@pytest.mark.effect("model")
@pytest.mark.parametrize(
    ("name", "text", "sees"),
    [
        ("openai-gpt-4-1", "large", "vision"),
        ("openai-gpt-4-1-mini", "small", "vision"),
        ("ours", "our-model", "our-model"),
        ("small", "small", "small"),
    ],
)
def test_a_model_has_the_name_that_the_endpoint_knows(
    mind: Endpoint, thinker: Tenant, paper: bytes, name: str, text: str, sees: str
) -> None:
    assert asked_with(mind, thinker, paper, model=name).body["model"] == text
    assert asked_with(mind, thinker, paper, model=name, premium_mode=True).body["model"] == sees


@pytest.mark.effect("model", "vendor_multimodal_model_name")
def test_a_model_that_nobody_knows_is_refused_with_those_that_are_known(thinker: Tenant) -> None:
    for name in ("model", "vendor_multimodal_model_name"):
        [complaint] = refused(thinker, {name: "gpt-99"})
        assert complaint["loc"][-1] == name
        assert "gpt-99 is not supported" in complaint["msg"]
        assert "openai-gpt-4-1-mini" in complaint["msg"]
        assert "ours" in complaint["msg"]


@pytest.mark.effect("use_vendor_multimodal_model", "vendor_multimodal_model_name", "gpt4o_mode")
@pytest.mark.parametrize(
    ("parameters", "model"),
    [
        ({"gpt4o_mode": True}, "vision"),
        ({"use_vendor_multimodal_model": True}, "vision"),
        ({"use_vendor_multimodal_model": True, "vendor_multimodal_model_name": "ours"}, "our-model"),
    ],
)
def test_pictures_of_the_pages_are_shown_and_nothing_else(
    mind: Endpoint, thinker: Tenant, paper: bytes, parameters: dict[str, Any], model: str
) -> None:
    mind.think = lambda _asked: WORDS
    found = parsed(thinker, paper, parameters)
    asked = only_question(mind)
    assert (asked.body["model"], len(asked.pictures), "apples" in asked.user) == (model, 1, False)
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert (found["md"], found["pages"][0]["text"]) == ([WORDS], "")
    assert found["pages"][0]["parsingMode"] == "parse_page_with_lvm"


OWN = [
    ({"gpt4o_mode": True, "gpt4o_api_key": "sk-own"}, "openai", "gpt-4o"),
    *(
        (
            {
                "use_vendor_multimodal_model": True,
                "vendor_multimodal_model_name": name,
                "vendor_multimodal_api_key": "sk-own",
            },
            vendor,
            model,
        )
        for name, vendor, model in (
            ("openai-gpt-4-1-mini", "openai", "gpt-4.1-mini"),
            ("anthropic-sonnet-4.0", "anthropic", "claude-sonnet-4-0"),
            ("gemini-2.5-pro", "google", "gemini-2.5-pro"),
        )
    ),
]


@pytest.mark.effect("gpt4o_api_key", "vendor_multimodal_api_key")
@pytest.mark.parametrize(("parameters", "vendor", "model"), OWN)
def test_a_key_of_the_job_s_own_goes_to_its_vendor_and_nowhere_else(
    mind: Endpoint,
    thinker: Tenant,
    thinking_stack: ThinkingStack,
    paper: bytes,
    parameters: dict[str, Any],
    vendor: str,
    model: str,
) -> None:
    mind.think = lambda _asked: WORDS
    job = thinker.batch(thinker.upload([("paper.pdf", paper)]), parameters)
    thinker.wait(job)
    asked = only_question(mind)
    assert (asked.path, asked.body["model"]) == (f"/{vendor}/chat/completions", model)
    assert asked.headers["authorization"] == "Bearer sk-own"
    [item] = thinker.items(job).values()
    told = (
        thinker.client.get(f"{BATCHES}/{job}").text
        + thinker.client.get(f"/api/v1/parsing/job/{item['job_id']}/result/json").text
    )
    history = thinker.client.get(f"{BATCHES}/items/{item['item_id']}/processing-results").text
    logs = "".join(path.read_text(errors="replace") for path in thinking_stack.stack.logs.iterdir())
    assert "sk-own" not in told + history + logs
    assert "***" in told + history


@pytest.mark.effect("vendor_multimodal_api_key")
def test_a_key_that_its_vendor_does_not_know_fails_the_document(mind: Endpoint, thinker: Tenant, paper: bytes) -> None:
    mind.think = lambda _asked: Answer(status=401)
    [item] = thinker.run([("paper.pdf", paper)], OWN[1][0]).values()
    assert item["error_message"].startswith("LLM_DENIED")


AZURE = {
    "azure_openai_deployment_name": "pages-of-ours",
    "azure_openai_api_version": "2026-01-01",
    "azure_openai_key": "azure-own",
    "use_vendor_multimodal_model": True,
    "vendor_multimodal_model_name": "custom-azure-model",
}


@pytest.mark.effect(
    "azure_openai_endpoint", "azure_openai_deployment_name", "azure_openai_api_version", "azure_openai_key"
)
def test_a_resource_at_azure_is_asked_as_azure_wants_it(
    mind: Endpoint, thinker: Tenant, thinking_stack: ThinkingStack, paper: bytes
) -> None:
    mind.think = lambda _asked: WORDS
    found = parsed(thinker, paper, AZURE | {"azure_openai_endpoint": mind.origin})
    asked = only_question(mind)
    assert asked.path == "/openai/deployments/pages-of-ours/chat/completions"
    assert asked.query == {"api-version": ["2026-01-01"]}
    assert asked.headers["api-key"] == "azure-own"
    assert KEY not in str(asked.headers)
    assert found["md"] == [WORDS]
    assert found["job_metadata"]["effective_parameters"]["azure_openai_key"] == "***"


@pytest.mark.effect(
    "azure_openai_endpoint", "azure_openai_deployment_name", "azure_openai_api_version", "azure_openai_key"
)
def test_an_azure_resource_is_named_whole_and_lies_outside(thinker: Tenant) -> None:
    names = [name for name in PARAMETERS if name.startswith("azure_openai_")]
    whole = AZURE | {"azure_openai_endpoint": "https://example.openai.azure.com"}
    for name in names:
        given = {key: value for key, value in whole.items() if key == name}
        assert [one["loc"][-1] for one in refused(thinker, given)] == [one for one in names if one != name]
    [complaint] = refused(thinker, whole | {"azure_openai_endpoint": "http://10.0.0.1"})
    assert "private address" in complaint["msg"]


@pytest.mark.effect("user_prompt")
def test_auto_mode_has_its_pages_asked_about_in_other_words(mind: Endpoint, thinker: Tenant, tmp_path: Path) -> None:
    content = papers.pdf(tmp_path / "two.pdf", papers.lines(WORDS), papers.lines("Nothing to see.")).read_bytes()
    entry = {"text_in_page": "plums", "parsing_conf": {"user_prompt": "Count the plums."}}
    mind.think = lambda _asked: "There are 4711."
    found = parsed(thinker, content, {"auto_mode": True, "auto_mode_configuration_json": json.dumps([entry])})
    assert only_question(mind).user.startswith("Count the plums.")
    assert found["md"] == ["There are 4711.", "Nothing to see."]


@pytest.mark.effect("model", "auto_mode_configuration_json")
def test_auto_mode_has_its_pages_asked_about_with_models_of_their_own(
    mind: Endpoint, thinker: Tenant, tmp_path: Path
) -> None:
    words = ("Plums are here.", "Pears are there.", "Nuts are nowhere.")
    content = papers.pdf(tmp_path / "three.pdf", *map(papers.lines, words)).read_bytes()
    entries = [
        {"text_in_page": "Plums", "parsing_conf": {"model": "ours"}},
        {"text_in_page": "Pears", "parsing_conf": {"model": "openai-gpt-4-1-mini"}},
        {"text_in_page": "Nuts", "parsing_conf": {"user_prompt": "Count the nuts."}},
    ]
    found = parsed(thinker, content, {"auto_mode": True, "auto_mode_configuration_json": json.dumps(entries)})
    asked = {next(one for one in words if one in asked.user): asked.body["model"] for asked in mind.asked}
    assert asked == dict(zip(words, ("our-model", "small", "large"), strict=True))
    assert found["job_metadata"]["warnings"] == []


@pytest.mark.effect("azure_openai_key", "auto_mode_configuration_json")
def test_a_page_has_no_endpoint_of_its_own(mind: Endpoint, thinker: Tenant, paper: bytes) -> None:
    entry = {"text_in_page": "plums", "parsing_conf": {"vendor_multimodal_model_name": "gemini-2.5-pro"}}
    own = {"use_vendor_multimodal_model": True, "vendor_multimodal_api_key": "sk-own"}
    wishes = {"auto_mode": True, "auto_mode_configuration_json": json.dumps([entry])}
    mind.think = lambda _asked: WORDS
    found = parsed(thinker, paper, own | wishes)
    assert {(asked.path, asked.body["model"]) for asked in mind.asked} == {("/openai/chat/completions", "gpt-4o")}
    [warning] = found["job_metadata"]["warnings"]
    assert "(vendor_multimodal_model_name)" in warning["message"]
