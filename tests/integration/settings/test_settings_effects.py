"""Each setting changes something: the effects that show in one process. The others are marked where a running stack shows them."""

from __future__ import annotations

import ast
import datetime as dt
import io
import json
import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.forms import form, upload
from support.llm import Answer, endpoint
from support.papers import chapter, lines, pdf
from support.places import TESTS
from support.running import BATCHES, DIRECTORIES, FILES, QUICK, RunningStack
from support.waiting import eventually

from app.web import create_app
from engines.parameters import PARAMETERS
from models import (
    ApiKey,
    Base,
    BatchItem,
    BatchJob,
    BatchPage,
    CachedResult,
    ProcessingResult,
    Project,
    Session,
    WebhookDelivery,
    read_session,
)
from models.base import make_engine, now, utc_now
from models.sealed import Sealed
from models.states import ItemStatus, PageStatus
from models.webhooks import DeliveryStatus
from settings import Settings, SettingsError
from tasks import batch, context, executor, logs, reconciler
from tasks.celery import create
from tasks.webhooks import deliver_webhook

NOTE = b"<h1>A note</h1><p>Ordinary words.</p>"
RULES = [{"type": "note", "description": "A short note with ordinary words"}]


def shown() -> Counter[str]:
    """How many tests show the effect of each setting, by their marks."""
    found: Counter[str] = Counter()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.setting":
                found.update(one.value for one in node.args if isinstance(one, ast.Constant))
    return found


def test_every_setting_has_a_test_of_its_effect_and_no_test_claims_one_of_what_is_none() -> None:
    names, marked = {one.name for one in fields(Settings)}, shown()
    assert sorted(names - marked.keys()) == []
    assert sorted(marked.keys() - names) == []


class Service:
    """The API and a worker in this process, over a database of their own."""

    def __init__(self) -> None:
        settings = Settings.from_env()
        engine = make_engine(settings.effective_database_url())
        Base.metadata.create_all(engine)
        engine.dispose()
        self.folder = settings.data_dir
        self.client = create_app(settings).test_client()
        with Session.begin() as session:
            project = Project.named(session, "default")
            self.project = project.id
            self.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {ApiKey.issue(session, project)}"
        Session.kw["bind"].dispose()
        context.connect()

    def post(self, path: str, expect: int = 201, **body: Any) -> Any:
        answer = self.client.post(path, **body)
        assert answer.status_code == expect, answer.text
        return answer.get_json()

    def upload(self, name: str, content: bytes) -> str:
        return str(upload(self.client, content, name)["id"])

    def job(self, *documents: tuple[str, bytes], config: dict[str, Any] | None = None, **body: Any) -> str:
        """The id of a running batch over new files, whose pages were sent to nobody."""
        files = [self.upload(name, content) for name, content in documents]
        job = str(self.post(BATCHES, json={"job_config": config or {}, "item_ids": files, **body})["id"])
        batch.dispatch_batch(job)
        return job

    def run(self, *documents: tuple[str, bytes], config: dict[str, Any] | None = None) -> list[BatchItem]:
        """The items of a batch after all of them were worked on here, in one message."""
        job = self.job(*documents, config=config)
        batch.process_items.apply(args=(job, [one.id for one in items(job)]))
        return items(job)


def items(job: str) -> list[BatchItem]:
    with read_session() as session:
        return list(session.scalars(sa.select(BatchItem).where(BatchItem.job_id == job).order_by(BatchItem.position)))


Start = Callable[..., Service]


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a service with these settings."""
    for name in [one for one in os.environ if one.startswith("SHEAF_")]:
        monkeypatch.delenv(name)

    def start(**settings: object) -> Service:
        context.close()
        for name, value in {"data_dir": tmp_path, **settings}.items():
            monkeypatch.setenv(f"SHEAF_{name.upper()}", str(value))
        return Service()

    context.close()
    yield start
    context.close()


def close_to(moment: dt.datetime | str, **later: float) -> bool:
    """Whether it is that much later than now, give or take a minute."""
    at = dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return abs(at - dt.datetime.now(dt.UTC) - dt.timedelta(**later)) < dt.timedelta(minutes=1)


# The API


@pytest.mark.setting("max_upload_mb")
def test_a_larger_upload_is_refused(service: Start) -> None:
    client = service(max_upload_mb=1).client
    sent = form({"purpose": "parse", "file": (io.BytesIO(bytes(1 << 20)), "a.pdf")})
    assert client.post(FILES, **sent).status_code == 413


@pytest.mark.setting("download_seconds")
def test_links_live_as_long_as_the_setting_says(service: Start) -> None:
    made = service(download_seconds=600)
    link = made.client.get(f"{FILES}/{made.upload('note.html', NOTE)}/content").get_json()
    assert close_to(link["expires_at"], seconds=600)


@pytest.mark.setting("ephemeral_days")
def test_ephemeral_directories_live_as_long_as_the_setting_says(service: Start) -> None:
    directory = service(ephemeral_days=3).post(DIRECTORIES, json={"name": "d", "type": "ephemeral"})
    assert close_to(directory["expires_at"], days=3)


@pytest.mark.setting("min_job_timeout_seconds")
@pytest.mark.parametrize(("least", "status"), [(30, 201), (31, 422)])
def test_a_shorter_time_limit_of_a_job_is_refused(service: Start, least: int, status: int) -> None:
    made = service(min_job_timeout_seconds=least)
    config = {"parameters": {"job_timeout_in_seconds": 30}}
    made.post(BATCHES, status, json={"job_config": config, "item_ids": [made.upload("note.html", NOTE)]})


@pytest.mark.setting("snapshot_items")
def test_a_list_of_more_items_is_refused(service: Start) -> None:
    made = service(snapshot_items=1)
    files = [made.upload(name, NOTE) for name in ("a.html", "b.html")]
    made.post(BATCHES, 422, json={"job_config": {}, "item_ids": files})
    made.post(BATCHES, 201, json={"job_config": {}, "item_ids": files[:1]})


@pytest.mark.setting("secret_key", "public_url")
def test_links_are_signed_by_the_key_and_begin_with_the_public_url(service: Start) -> None:
    made = service(secret_key="one key of many", public_url="https://docs.example.org")
    link = made.client.get(f"{FILES}/{made.upload('note.html', NOTE)}/content").get_json()["url"]
    assert link.startswith("https://docs.example.org/downloads/")
    path = link.removeprefix("https://docs.example.org")
    with made.client.get(path) as answer:
        assert answer.status_code == 200
    assert service(secret_key="another key entirely").client.get(path).status_code == 404


# Work


@pytest.mark.setting("max_pages")
def test_a_document_of_more_pages_fails(service: Start, tmp_path: Path) -> None:
    document = pdf(tmp_path / "two.pdf", chapter("One"), chapter("Two")).read_bytes()
    assert [one.error_code for one in service(max_pages=1).run(("two.pdf", document))] == ["TOO_MANY_PAGES"]
    assert [one.status for one in service(max_pages=2).run(("two.pdf", document))] == [ItemStatus.COMPLETED]


@pytest.mark.setting("max_file_mb")
def test_a_larger_file_is_skipped(service: Start) -> None:
    large, small = service(max_file_mb=1).run(("large.txt", b"word " * 300_000), ("small.html", NOTE))
    assert (large.status, large.skip_reason) == (ItemStatus.SKIPPED, "size_limit_exceeded")
    assert small.status is ItemStatus.COMPLETED


@pytest.mark.setting("window_pages")
def test_so_many_pages_are_in_flight(service: Start) -> None:
    made = service(window_pages=2)
    job = made.job(*((f"{number}.html", NOTE) for number in range(4)), page_size=1)
    for _ in range(3):
        batch.dispatch_batch(job)
    with read_session() as session:
        statuses = session.scalars(sa.select(BatchPage.status).where(BatchPage.job_id == job)).all()
    assert Counter(statuses)[PageStatus.SENT] == 2


@pytest.mark.setting("message_items", "small_file_kb", "workers")
def test_small_documents_share_messages(service: Start) -> None:
    del service
    sizes = [(number, 1024) for number in range(8)] + [(8, 1025)]
    settings = Settings(message_items=3, small_file_kb=1, workers=1)
    assert list(batch.cut_into_messages(sizes, settings)) == [[0, 1, 2], [3, 4, 5], [6, 7], [8]]
    settings = Settings(message_items=3, small_file_kb=1, workers=2)
    assert list(batch.cut_into_messages(sizes, settings)) == [[0, 1], [2, 3], [4, 5], [6, 7], [8]]


@pytest.mark.setting("item_timeout_seconds", "message_timeout_seconds")
def test_a_message_may_take_what_its_items_may(service: Start) -> None:
    made = service(item_timeout_seconds=900, message_timeout_seconds=7)
    plan = batch.workable_job_spec(made.job(("note.html", NOTE)))
    assert plan is not None
    longest = [batch.message_for(plan, ids).options["time_limit"] for ids in ([1], [1, 2], [1, 2, 3])]
    assert [longest[0] - longest[1], longest[2] - longest[1]] == [900 - 2 * 7, 7]
    options = create(Settings(item_timeout_seconds=900, broker_url="redis://host")).conf.broker_transport_options
    assert options["visibility_timeout"] > 2 * 900
    options = create(Settings(message_items=1000, message_timeout_seconds=100, broker_url="redis://host")).conf
    assert options.broker_transport_options["visibility_timeout"] > 1000 * 100


@pytest.mark.setting("lease_seconds")
def test_a_claim_lasts_as_long_as_the_setting_says(service: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[Any] = []
    real = executor.run

    def looked_at(*arguments: Any) -> Any:
        with read_session() as session:
            left.append(session.scalar(sa.select(BatchItem.lease_expires_at)))
        return real(*arguments)

    monkeypatch.setattr(executor, "run", looked_at)
    service(lease_seconds=5000).run(("note.html", NOTE))
    assert close_to(left[0], seconds=5000)


@pytest.mark.setting("max_attempts")
@pytest.mark.parametrize(("most", "status"), [(1, ItemStatus.FAILED), (2, ItemStatus.PENDING)])
def test_an_item_whose_worker_died_so_often_fails(service: Start, most: int, status: ItemStatus) -> None:
    job = service(max_attempts=most).job(("note.html", NOTE))
    with Session.begin() as session:
        lost = {"status": ItemStatus.PROCESSING, "attempts": 1, "isolated": True, "token": "t", "holder": "m@there/1/1"}
        session.execute(sa.update(BatchItem).values(lease_expires_at=utc_now(-60), work_id="pjb-1", **lost))
    reconciler.reconcile()
    assert [one.status for one in items(job)] == [status]


@pytest.mark.setting("item_timeout_seconds", "item_memory_mb", "item_cpu_seconds", "item_progress_seconds")
def test_a_child_has_these_bounds(service: Start) -> None:
    made = service(item_timeout_seconds=61, item_memory_mb=300, item_cpu_seconds=62, item_progress_seconds=63)
    bounds: list[Any] = []
    sandbox = context.current().sandbox

    def run(_work: Any, given: Any, **_options: Any) -> Any:
        bounds.append(given)
        raise FileNotFoundError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(sandbox), "run", lambda _self, *arguments, **options: run(*arguments, **options))
        patch.setattr(executor.ItemExecutor, "_needs_child", lambda *_: True)
        made.run(("note.html", NOTE))
    (one,) = bounds
    assert (one.seconds, one.memory_mb, one.cpu_seconds, one.progress_seconds) == (61, 300, 62, 63)


@pytest.mark.setting("child_documents", "child_seconds", "child_memory_mb", "isolation")
@pytest.mark.parametrize(
    ("settings", "lives"),
    [({}, True), ({"child_documents": 1}, False), ({"child_memory_mb": 1}, False), ({"isolation": "auto"}, False)],
    ids=["kept", "after so many documents", "when it has grown", "when there is none"],
)
def test_a_child_is_kept_as_the_settings_say(service: Start, settings: dict[str, Any], lives: bool) -> None:
    (item,) = service(**{"isolation": "always", "child_seconds": 7000, **settings}).run(("note.html", NOTE))
    assert item.status is ItemStatus.COMPLETED
    sandbox = context.current().sandbox
    assert (sandbox.pid is not None) is lives
    assert sandbox.recycle_seconds == 7000


@pytest.mark.setting("cache_hours", "result_days")
def test_results_and_what_is_remembered_of_them_live_as_long_as_the_settings_say(service: Start) -> None:
    service(cache_hours=5, result_days=0.25).run(("note.html", NOTE))
    with read_session() as session:
        assert close_to(session.scalars(sa.select(CachedResult.expires_at)).one(), hours=5)
        expires = session.scalars(sa.select(ProcessingResult.expires_at)).one()
    assert expires is not None
    assert close_to(expires, hours=6)


@pytest.mark.setting("classify_threshold")
@pytest.mark.parametrize(("threshold", "found"), [(0, "note"), (1, None)])
def test_what_is_too_uncertain_has_no_type(service: Start, threshold: float, found: str | None) -> None:
    job = {"id": "c", "project_id": "p", "user_id": "u", "status": "PENDING", "rules": RULES}
    made = service(classify_threshold=threshold)
    job["project_id"] = made.project
    (item,) = made.run(("note.html", NOTE), config=job)
    assert item.status is ItemStatus.COMPLETED, item.error_message
    with read_session() as session:
        details = session.scalars(sa.select(ProcessingResult.details)).one()
    assert json.loads(json.dumps(details))["classification"]["type"] == found


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


def result_of(made: Service, parameters: dict[str, Any]) -> Any:
    """What became of a note that is processed with these parameters."""
    (item,) = made.run(("note.html", NOTE), config={"parameters": parameters})
    assert item.status is ItemStatus.COMPLETED, item.error_message
    query = {"expand": ["job_metadata", "markdown"]}
    return made.client.get(f"/api/v2/parse/{item.work_id}", query_string=query).get_json()


@pytest.mark.setting("soffice", "chromium", "tessdata_prefix")
def test_programs_and_data_are_those_that_are_named(
    service: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("office", "browser"):
        (tmp_path / name).touch(mode=0o755)
    (tmp_path / "own.traineddata").touch()
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    service(soffice=tmp_path / "office", chromium=tmp_path / "browser")
    tools = context.current().tools
    assert (tools.soffice, tools.chromium) == (str(tmp_path / "office"), str(tmp_path / "browser"))
    assert tools.ocr_models == {"own"}


# Upkeep


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what the reconciler sends."""
    names: list[str] = []
    monkeypatch.setattr(reconciler, "send", lambda task, *_arguments, **_options: names.append(task.name))
    monkeypatch.setattr(reconciler, "send_page", lambda _plan, number: names.append(f"page {number}"))
    return names


@pytest.mark.setting("dispatch_seconds")
@pytest.mark.parametrize(("patience", "woken"), [(30, True), (90, False)])
def test_a_job_that_waits_for_longer_is_woken_up(service: Start, sent: list[str], patience: int, woken: bool) -> None:
    made = service(dispatch_seconds=patience)
    made.post(BATCHES, json={"job_config": {}, "item_ids": [made.upload("note.html", NOTE)]})
    with Session.begin() as session:
        session.execute(sa.update(BatchJob).values(updated_at=now() - dt.timedelta(seconds=60)))
    reconciler.reconcile()
    assert ("batch.dispatch" in sent) is woken


@pytest.mark.setting("stalled_seconds")
@pytest.mark.parametrize(("patience", "again"), [(30, ["page 0"]), (90, [])])
def test_a_page_that_nobody_takes_for_longer_is_sent_again(
    service: Start, sent: list[str], patience: int, again: list[str]
) -> None:
    service(stalled_seconds=patience).job(("note.html", NOTE))
    with Session.begin() as session:
        session.execute(sa.update(BatchPage).values(last_sent_at=utc_now(-60)))
    reconciler.reconcile()
    assert sent == again


@pytest.mark.setting("reconcile_seconds", "sweep_seconds")
def test_the_clock_ticks_as_the_settings_say() -> None:
    schedule = create(Settings(reconcile_seconds=7, sweep_seconds=70)).conf.beat_schedule
    assert {name: one["schedule"] for name, one in schedule.items()} == {"reconcile": 7.0, "sweep": 70.0}


@pytest.mark.setting("broker_url", "result_url", "item_memory_mb")
def test_chords_are_counted_where_the_settings_say() -> None:
    def backend(broker: str, result: str = "") -> str | None:
        found: str | None = create(Settings(broker_url=broker, result_url=result)).conf.result_backend
        return found

    assert backend("redis://one") == "redis://one"
    assert backend("amqp://one") is None
    assert backend("amqp://one", "redis://two") == "redis://two"
    assert create(Settings(item_memory_mb=300)).conf.worker_max_memory_per_child == 300 * 1024


def undelivered(made: Service, hours: float = 0) -> str:
    """The id of a delivery of so many hours ago to an address where nobody listens."""
    fixed = {"work_id": "pjb-1", "event_type": "parse.success", "payload": {}}
    target = Sealed.of({"url": "http://127.0.0.1:9/", "headers": {}, "format": "json"})
    created = now() - dt.timedelta(hours=hours)
    with Session.begin() as session:
        session.add(WebhookDelivery(id="w", project_id=made.project, target=target, created_at=created, **fixed))
    return "w"


@pytest.mark.setting("webhook_hours")
@pytest.mark.parametrize(("hours", "status"), [(2, DeliveryStatus.DEAD), (4, DeliveryStatus.PENDING)])
def test_an_undelivered_webhook_is_given_up_after_these_hours(
    service: Start, hours: int, status: DeliveryStatus
) -> None:
    deliver_webhook(undelivered(service(webhook_hours=hours), hours=3))
    with read_session() as session:
        assert session.scalar(sa.select(WebhookDelivery.status)) is status


@pytest.mark.setting("outbound_allow")
@pytest.mark.parametrize(("allowed", "problem"), [("", "RefusedAddressError"), ("127.0.0.0/8", "ConnectError")])
def test_private_addresses_are_reached_where_the_setting_names_them(service: Start, allowed: str, problem: str) -> None:
    delivery = undelivered(service(outbound_allow=allowed))
    deliver_webhook(delivery)
    with read_session() as session:
        assert str(session.scalar(sa.select(WebhookDelivery.last_error))).startswith(problem)


# Logs


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[Settings], str]]:
    """What stands on standard error after a message of each of two levels."""
    root = logging.getLogger()
    before = root.handlers[:], root.level

    def write(settings: Settings) -> str:
        logs.configure(settings)
        logging.getLogger("sheaf.test").info("a message")
        logging.getLogger("sheaf.test").warning("a warning")
        return capsys.readouterr().err

    yield write
    root.handlers[:], root.level = before


@pytest.mark.setting("log_level", "log_format")
def test_logs_have_the_form_and_the_level_of_the_settings(written: Callable[[Settings], str]) -> None:
    lines = [json.loads(line) for line in written(Settings(log_format="json")).splitlines()]
    assert [one["event"] for one in lines] == ["a message", "a warning"]
    lines = [json.loads(line) for line in written(Settings(log_format="json", log_level="WARNING")).splitlines()]
    assert [one["event"] for one in lines] == ["a warning"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(written(Settings(log_format="console")).splitlines()[0])


# A running stack


@pytest.mark.setting("workers")
def test_so_many_processes_read_documents(stack: RunningStack) -> None:
    eventually(lambda: stack.ask("GET", "/readyz")["workers"]["parse"] == int(QUICK["SHEAF_WORKERS"]))
