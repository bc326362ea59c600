"""What settings change where a language model is asked, or is needed and there is none."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.inprocess import NOTE, RULES, Service, Start, result_of
from support.llm import Answer, endpoint
from support.papers import lines, pdf
from support.running import BATCHES

from engines.parameters import PARAMETERS
from models import ProcessingResult, read_session
from settings import SettingsError

SAMPLES: dict[str, Any] = {
    "is_formatting_instruction": False,
    "structured_output_json_schema": "{}",
    "structured_output_json_schema_name": "invoice",
}
FOR_MODELS = {
    name: SAMPLES.get(name, True if one.kind == "boolean" else "text")
    for name, one in PARAMETERS.items()
    if one.needs_model and not name.startswith("azure_openai_") and not name.endswith("_api_key")
}
"""A value of each of the parameters that need a language model, without those by which a job brings its own."""


def ignored(metadata: Any) -> list[str]:
    """Which parameters a result's warnings call ignored."""
    named = [re.fullmatch(r".* \((\w+)\)", one["message"]) for one in metadata["warnings"]]
    assert {one["code"] for one in metadata["warnings"]} <= {"PARAMETER_HAS_NO_EFFECT"}
    return [one[1] for one in named if one]


@pytest.mark.setting("model_parameters")
def test_what_needs_a_model_is_refused_unless_the_setting_has_it_ignored(service: Start) -> None:
    refusing = service()
    body = {"job_config": {"parameters": FOR_MODELS}, "item_ids": [refusing.upload("a.html", NOTE)]}
    refused = refusing.post(BATCHES, 422, json=body)["detail"]
    assert [one["loc"][-1] for one in refused] == list(FOR_MODELS)
    warning = service(model_parameters="warn")
    plain = result_of(warning, {})
    with_all = result_of(warning, FOR_MODELS)
    assert ignored(plain["job_metadata"]) == []
    assert ignored(with_all["job_metadata"]) == list(FOR_MODELS)
    assert with_all["markdown"] == plain["markdown"]
    effective = with_all["job_metadata"]["effective_parameters"]
    assert effective == plain["job_metadata"]["effective_parameters"]


@pytest.mark.setting("model_parameters")
def test_a_result_from_the_cache_names_the_ignored_parameters_of_its_own_job(service: Start) -> None:
    made = service(model_parameters="warn")
    found = [
        result_of(made, one)["job_metadata"]
        for one in ({}, {"gpt4o_api_key": "k"}, {"vendor_multimodal_api_key": "k"}, {})
    ]
    assert [one["job_is_cache_hit"] for one in found] == [False, True, True, True]
    assert [ignored(one) for one in found] == [[], ["gpt4o_api_key"], ["vendor_multimodal_api_key"], []]
    assert all(one["effective_parameters"] == found[0]["effective_parameters"] for one in found)


@pytest.mark.setting("model_parameters")
def test_what_pages_should_ask_a_model_in_auto_mode_is_ignored_with_one_warning(service: Start) -> None:
    asks = [{"text_in_page": word, "parsing_conf": {"gpt4o_mode": True}} for word in ("Ordinary", "words")]
    parameters = {"auto_mode": True, "auto_mode_configuration_json": json.dumps(asks)}
    made = service(model_parameters="warn")
    found = result_of(made, parameters)
    assert ignored(found["job_metadata"]) == ["gpt4o_mode"]
    assert "Ordinary words." in found["markdown"]["pages"][0]["markdown"]


ASKS = {"parameters": {"parse_mode": "parse_page_with_llm"}}
LOOKS = {"parameters": {"parse_mode": "parse_page_with_lvm"}}


@pytest.mark.setting("llm_base_url", "llm_api_key", "llm_model")
def test_a_model_is_asked_where_the_operator_names_one(service: Start) -> None:
    assert "# A note" in result_of(service(), ASKS["parameters"])["markdown"]["pages"][0]["markdown"]
    with endpoint() as server:
        server.think = lambda asked: f"> {asked.draft}"
        made = service(llm_base_url=server.url, llm_api_key="sk-1", llm_model="m-1")
        assert "> # A note" in result_of(made, ASKS["parameters"])["markdown"]["pages"][0]["markdown"]
        [asked] = server.asked
    assert (asked.headers["authorization"], asked.body["model"]) == ("Bearer sk-1", "m-1")


def classify_job(made: Service, **more: Any) -> dict[str, Any]:
    return {"id": "c", "project_id": made.project, "user_id": "u", "status": "PENDING", "rules": RULES, **more}


@pytest.mark.setting("classify_model")
@pytest.mark.parametrize(
    ("use", "asked_about"), [("never", []), ("doubtful", ["a.txt"]), ("always", ["a.txt", "b.txt"])]
)
def test_a_model_is_asked_for_the_types_of_those_documents_that_the_operator_wants(
    service: Start, use: str, asked_about: list[str]
) -> None:
    rules = [*RULES, {"type": "invoice", "description": "A bill that asks for payment, with a due date"}]
    bill = b"INVOICE No. 17\nBill to: Reed & Co\nAmount due: 120.00\nDue date: 30 June\nPayment terms: 30 days\n"
    with endpoint() as server:
        server.think = lambda _asked: '{"reasoning": "so it is", "type": "note", "confidence": 1}'
        made = service(llm_base_url=server.url, llm_model="m", llm_vision_model="sees", classify_model=use)
        config = classify_job(made, rules=rules, mode="MULTIMODAL")
        made.run(("a.txt", b"Tomorrow at noon the committee looks at the garden."), ("b.txt", bill), config=config)
        assert [name for asked in server.asked for name in ("a.txt", "b.txt") if name in asked.user] == asked_about
    for asked in server.asked:
        assert asked.body["response_format"]["json_schema"]["schema"]["properties"]["type"]["enum"] == [
            "note",
            "invoice",
            None,
        ]
    with read_session() as session:
        details = session.scalars(sa.select(ProcessingResult.details)).all()
    assert sum(one["model_usage"]["requests"] for one in details if one.get("model_usage")) == len(asked_about)


def test_what_was_found_in_another_way_is_not_taken_for_a_result_of_now(service: Start) -> None:
    with endpoint() as server:
        server.think = lambda _asked: '{"reasoning": "so it is", "type": "note", "confidence": 1}'
        for use, questions in (("never", 0), ("always", 1), ("always", 1), ("doubtful", 2)):
            made = service(llm_base_url=server.url, llm_model="m", classify_model=use)
            made.run(("a.txt", b"Tomorrow at noon the committee looks at the garden."), config=classify_job(made))
            assert len(server.asked) == questions


def test_nobody_can_be_asked_without_an_endpoint(service: Start) -> None:
    with pytest.raises(SettingsError, match="SHEAF_CLASSIFY_MODEL"):
        service(classify_model="always")


@pytest.mark.setting("llm_small_model", "llm_vision_model")
def test_other_models_can_be_named_for_easier_work_and_for_pictures(service: Start) -> None:
    with endpoint() as server:
        made = service(llm_base_url=server.url, llm_model="m", llm_small_model="small")
        result_of(made, {"tier": "agentic", "version": "latest"})
        assert [(asked.body["model"], asked.pictures) for asked in server.asked] == [("small", [])]
    with endpoint() as server:
        made = service(llm_base_url=server.url, llm_model="m", llm_vision_model="sees")
        made.run(("page.pdf", pdf(Path(made.folder, "page.pdf"), lines("Words.")).read_bytes()), config=ASKS)
        made.run(("look.pdf", pdf(Path(made.folder, "look.pdf"), lines("Word.")).read_bytes()), config=LOOKS)
        assert [(asked.body["model"], len(asked.pictures)) for asked in server.asked] == [("m", 0), ("sees", 1)]


@pytest.mark.setting("llm_prices")
def test_what_a_document_cost_is_told_where_models_have_prices(service: Start) -> None:
    with endpoint() as server:
        made = service(llm_base_url=server.url, llm_model="m", llm_prices="m=2/8")
        result_of(made, {"parse_mode": "parse_page_with_llm"})
        with read_session() as session:
            details = session.scalars(sa.select(ProcessingResult.details)).one()
    assert details["model_usage"]["cost"] == (10 * 2 + 5 * 8) / 1e6


@pytest.mark.parametrize(
    ("name", "value"),
    [("LLM_PRICES", "m=cheap"), ("LLM_ALIASES", "ours"), ("LLM_VENDORS", "openai"), ("LLM_BASE_URL", "http://a/")],
)
def test_what_is_said_of_models_has_a_form(service: Start, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"SHEAF_{name}"):
        service(**{name.lower(): value})


@pytest.mark.setting("llm_aliases", "llm_other_models")
def test_models_may_have_other_names_for_jobs_than_at_the_endpoint(service: Start) -> None:
    with endpoint() as server:
        made = service(llm_base_url=server.url, llm_model="m", llm_aliases="ours=theirs")
        result_of(made, {"model": "ours"})
        made.post(
            BATCHES,
            422,
            json={"job_config": {"parameters": {"model": "x-1"}}, "item_ids": [made.upload("a.html", NOTE)]},
        )
        made = service(llm_base_url=server.url, llm_model="m", llm_other_models="pass")
        result_of(made, {"model": "x-1"})
        assert [asked.body["model"] for asked in server.asked] == ["theirs", "x-1"]


@pytest.mark.setting("llm_vendors")
def test_keys_of_jobs_go_to_the_vendors_that_the_operator_names(service: Start) -> None:
    own = {"gpt4o_mode": True, "gpt4o_api_key": "sk-own"}
    with endpoint() as server:
        result_of(service(llm_vendors=f"openai={server.url}"), own)
        assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer sk-own"]
    made = service(llm_vendors="none")
    made.post(BATCHES, 422, json={"job_config": {"parameters": own}, "item_ids": [made.upload("a.html", NOTE)]})


@pytest.mark.setting("llm_concurrency", "llm_timeout_seconds")
def test_how_many_questions_are_under_way_and_how_long_an_answer_is_waited_for(service: Start) -> None:
    with endpoint() as server:
        server.think = lambda asked: Answer(asked.draft, seconds=0.1)
        made = service(llm_base_url=server.url, llm_model="m", llm_concurrency=2, llm_timeout_seconds=30)
        pages = [lines(f"Words of page {number}.") for number in range(6)]
        made.run(("long.pdf", pdf(Path(made.folder, "long.pdf"), *pages).read_bytes()), config=ASKS)
        assert (len(server.asked), server.most_at_once) == (6, 2)
    with endpoint() as server:
        server.think = lambda asked: Answer(asked.draft, seconds=1.5) if asked.draft else "ok"
        made = service(llm_base_url=server.url, llm_model="m", llm_timeout_seconds=1)
        (item,) = made.run(("slow.html", b"<p>Slow words.</p>"), config=ASKS)
        assert str(item.error_message).startswith("PAGE_ERROR_TOLERANCE_EXCEEDED")


@pytest.mark.setting(
    "llm_item_questions",
    "llm_item_tokens",
    "llm_job_questions",
    "llm_job_tokens",
    "llm_project_questions",
    "llm_project_tokens",
)
@pytest.mark.parametrize(
    ("name", "ceiling", "asked"),
    [
        ("llm_item_questions", 1, 4),
        ("llm_item_tokens", 15, 4),  # an answer of the endpoint counts 15
        ("llm_job_questions", 3, 3),
        ("llm_job_tokens", 45, 3),
        ("llm_project_questions", 2, 2),
        ("llm_project_tokens", 30, 2),
    ],
)
def test_what_models_may_take_has_ceilings(service: Start, name: str, ceiling: int, asked: int) -> None:
    with endpoint() as server:
        server.think = lambda asked: f"> {asked.draft}"
        made = service(llm_base_url=server.url, llm_model="m", llm_concurrency=1, **{name: ceiling})
        pages = [lines("One page of words."), lines("Another page of words.")]
        content = pdf(Path(made.folder, "two.pdf"), *pages).read_bytes()
        for job in range(2):
            documents = [(f"{job}{number}.pdf", content + b"%%%d%d" % (job, number)) for number in range(2)]
            made.run(*documents, config=ASKS)
        spent = asked if name.startswith(("llm_item", "llm_project")) else 2 * asked
        assert len(server.asked) == spent
    with read_session() as session:
        details = session.scalars(sa.select(ProcessingResult.details)).all()
    warnings = [one["message"] for each in details for one in each["warnings"]]
    assert len(warnings) == 8 - spent
    assert all(f"SHEAF_{name.upper()}" in one for one in warnings)


@pytest.mark.setting("llm_embedding_model")
def test_documents_are_compared_by_embeddings_where_there_is_a_model_for_them(service: Start) -> None:
    rules = [
        {"type": "alpha", "description": "Whatever is green"},
        {"type": "beta", "description": "Whatever is round"},
    ]
    text = b"Tomorrow at noon the committee looks at the beds."
    with pytest.raises(SettingsError, match="SHEAF_LLM_EMBEDDING_MODEL needs SHEAF_LLM_BASE_URL"):
        service(llm_embedding_model="means")
    with endpoint() as server:
        server.embed = lambda text: [0.0, 1.0] if "alpha" in text else [1.0, 0.0]
        for model, found, embedded in (("", None, 0), ("means", "beta", 3)):
            made = service(llm_base_url=server.url, llm_model="m", llm_embedding_model=model)
            made.run(("a.txt", text), config=classify_job(made, rules=rules))
            newest = sa.select(ProcessingResult.details).order_by(ProcessingResult.processed_at.desc())
            with read_session() as session:
                details = session.scalars(newest.limit(1)).one()
            assert details["classification"]["type"] == found
            assert len(server.embedded) == embedded
        assert {asked.body["model"] for asked in server.embedded} == {"means"}
        assert details["model_usage"]["requests"] == 3
        assert server.asked == []
