"""Where documents come from and where results go (docs/parameters.md)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import docx
import pypdf
import pytest
from moto.server import ThreadedMotoServer
from openpyxl import Workbook
from support import papers
from support.engine_runs import work
from support.notes import notes, statuses
from support.running import BATCHES, QUICK, RunningStack, Tenant, once, running
from support.websites import Website, website

from engines.errors import Code, DocumentError
from engines.parameters import ParseParameters
from models import BatchItem
from settings import Settings
from tasks import egress, fetching

PAGE = b"<html><body><h1>Fetched</h1><p>from elsewhere</p></body></html>"


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """A client of an S3 store with two buckets, one of which is open to jobs."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"aws_access_key_id": "loopback", "aws_secret_access_key": "loopback", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", **keys)
    for bucket in ("open", "closed"):
        client.create_bucket(Bucket=bucket)
    yield client
    server.stop()


@pytest.fixture(scope="module")
def bucketed(s3: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack whose jobs may name buckets."""
    variables = QUICK | {
        "SHEAF_S3_ENDPOINT": s3.meta.endpoint_url,
        "SHEAF_S3_REGION": "us-east-1",
        "SHEAF_S3_BUCKETS": "open,missing",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "loopback")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "loopback")
        with running("sqlite+valkey", variables, tmp_path_factory.mktemp("bucketed")) as stack:
            yield stack


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as made:
        yield made


def without_directory(tenant: Tenant, parameters: dict[str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    """The items, by name, of a job about nothing but what its parameters name."""
    job = tenant.ask("POST", BATCHES, json={"job_config": {"parameters": parameters}, **more}, expect=201)["id"]
    tenant.wait(job)
    return tenant.items(job)


def refused(tenant: Tenant, parameters: dict[str, Any], **more: Any) -> tuple[str, str]:
    body = {"job_config": {"parameters": parameters}, **more}
    [detail] = tenant.ask("POST", BATCHES, json=body, expect=422)["detail"]
    return detail["loc"][-1], detail["msg"]


def listed(s3: Any, prefix: str) -> dict[str, bytes]:
    """The objects of the open bucket below a prefix."""
    found = s3.list_objects_v2(Bucket="open", Prefix=prefix).get("Contents", [])
    return {one["Key"]: s3.get_object(Bucket="open", Key=one["Key"])["Body"].read() for one in found}


# Input


@pytest.mark.effect("input_url")
def test_a_document_is_fetched_from_its_address(bucketed: RunningStack, site: Website) -> None:
    site.pages["/page"] = (
        200,
        {"Content-Type": "text/html", "Content-Disposition": 'attachment; filename="a page.html"'},
        PAGE,
    )
    site.pages["/moved"] = 302, {"Location": "/page"}, b""
    for path in ("/page", "/moved"):
        [(name, item)] = without_directory(bucketed, {"input_url": f"{site.url}{path}"}).items()
        assert (name, item["status"]) == ("a page.html", "completed")
        markdown = bucketed.parsed(item["job_id"], "markdown")["markdown"]["pages"][0]["markdown"]
        assert markdown == "# Fetched\n\nfrom elsewhere"


@pytest.mark.effect("input_url")
def test_what_cannot_be_fetched_fails_with_the_reason(bucketed: RunningStack, site: Website) -> None:
    site.pages["/round"] = 302, {"Location": "/round"}, b""
    for path, reason in (("/missing.pdf", "answered 404"), ("/round", "redirects too often")):
        [item] = without_directory(bucketed, {"input_url": f"{site.url}{path}"}).values()
        assert item["status"] == "failed"
        assert item["error_message"].startswith("INPUT_DOWNLOAD_FAILED: ")
        assert reason in item["error_message"]


@pytest.mark.effect("input_url")
def test_an_address_is_a_job_of_its_own(bucketed: RunningStack, site: Website) -> None:
    address = f"{site.url}/page"
    directory = bucketed.upload(notes(1, "beside"))
    assert refused(bucketed, {"input_url": address}, directory_id=directory)[0] == "input_url"
    assert refused(bucketed, {"input_url": address, "input_s3_path": "s3://open/a.pdf"})[0] == "input_s3_path"
    assert refused(bucketed, {"input_url": "ftp://example.org/a"})[0] == "input_url"


@pytest.mark.effect("input_url")
def test_private_addresses_are_not_fetched_nor_followed(site: Website) -> None:
    site.pages["/inside"] = 302, {"Location": "http://10.0.0.1/secret"}, b""
    for url in ("http://10.0.0.1/secret", f"{site.url}/inside"):
        with pytest.raises(egress.RefusedAddressError, match="SHEAF_OUTBOUND_ALLOW"):
            egress.download(url, io.BytesIO(), allowed=["127.0.0.1"], seconds=5, most_bytes=100)
    with pytest.raises(egress.RefusedAddressError):
        egress.download(f"{site.url}/inside", io.BytesIO(), allowed=[], seconds=5, most_bytes=100)


@pytest.mark.effect("input_url")
def test_more_bytes_than_allowed_are_not_read(site: Website) -> None:
    site.pages["/large"] = 200, {}, b"x" * 2000
    with pytest.raises(egress.RefusedAnswerError, match="more than"):
        egress.download(f"{site.url}/large", io.BytesIO(), allowed=["127.0.0.1"], seconds=5, most_bytes=1000)


@pytest.mark.effect("input_url")
def test_direct_jobs_take_addresses_too(bucketed: RunningStack, site: Website) -> None:
    site.pages["/a.html"] = 200, {"Content-Type": "text/html"}, PAGE
    body = {"tier": "cost_effective", "version": "latest", "source_url": f"{site.url}/a.html"}
    second = bucketed.ask("POST", "/api/v2/parse", json=body)["id"]
    first = bucketed.ask("POST", "/api/v1/parsing/upload", data={"input_url": f"{site.url}/a.html"})["id"]
    for work_id in (first, second):
        found = bucketed.until_parsed(work_id, "markdown")
        assert "# Fetched" in found["markdown"]["pages"][0]["markdown"]


@pytest.mark.effect("http_proxy")
def test_a_proxy_fetches_for_us(bucketed: RunningStack, site: Website, tmp_path: Path) -> None:
    site.pages["/a.html"] = 200, {"Content-Type": "text/html"}, PAGE
    with website() as proxy:
        asked = {"input_url": f"{site.url}/a.html", "http_proxy": proxy.url}
        [item] = without_directory(bucketed, asked).values()
        assert item["status"] == "completed"
        assert [path for path, _ in proxy.asked] == [f"{site.url}/a.html"]
    [item] = without_directory(bucketed, asked).values()
    assert item["error_message"].startswith("INPUT_DOWNLOAD_FAILED: ")
    assert "ConnectError" in item["error_message"]
    path = papers.pdf(tmp_path / "a.pdf", papers.lines("no address"))
    [note] = work(path, http_proxy=proxy.url).warnings
    assert "http_proxy: needs input_url" in note["message"]
    [note] = work(path, input_s3_region="eu-west-3").warnings
    assert "input_s3_region: needs input_s3_path" in note["message"]
    [note] = work(path, output_s3_region="eu-west-3").warnings
    assert "output_s3_region: needs output_s3_path_prefix or outputBucket" in note["message"]
    assert work(path, output_s3_region="eu-west-3", output_bucket="b").warnings == []


@pytest.mark.setting("s3_buckets")
@pytest.mark.effect("input_s3_path")
def test_objects_of_open_buckets_are_documents(bucketed: RunningStack, s3: Any) -> None:
    for name in ("one.md", "two.md"):
        s3.put_object(Bucket="open", Key=f"in/{name}", Body=f"# {name}".encode())
    [(name, item)] = without_directory(bucketed, {"input_s3_path": "s3://open/in/one.md"}).items()
    assert (name, item["status"]) == ("one.md", "completed")
    folder = without_directory(bucketed, {"input_s3_path": "s3://open/in/"})
    assert sorted((name, item["status"]) for name, item in folder.items()) == [
        ("one.md", "completed"),
        ("two.md", "completed"),
    ]
    [item] = without_directory(bucketed, {"input_s3_path": "s3://open/in/three.md"}).values()
    assert item["error_message"].startswith("INPUT_DOWNLOAD_FAILED: ")
    assert without_directory(bucketed, {"input_s3_path": "s3://open/empty/"}) == {}
    where, why = refused(bucketed, {"input_s3_path": "s3://closed/in/one.md"})
    assert (where, "SHEAF_S3_BUCKETS" in why) == ("input_s3_path", True)


@pytest.mark.setting("s3_endpoint", "s3_region")
@pytest.mark.effect("input_s3_region", "output_s3_region")
def test_requests_are_signed_for_the_region(site: Website, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "loopback")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "loopback")
    settings = Settings(data_dir=str(tmp_path), s3_endpoint=site.url, s3_region="us-east-1")
    site.pages["/open/a.md"] = 200, {"Last-Modified": "Thu, 26 Nov 2026 10:00:00 GMT", "ETag": '"1"'}, b"# A"
    item = BatchItem(storage_key="s3://open/a.md", name="a.md")
    for asked, region in ({"input_s3_region": "eu-west-3"}, "eu-west-3"), ({}, "us-east-1"):
        fetching.download(item, ParseParameters(input_s3_path="s3://open/a.md", **asked), settings, io.BytesIO())
        assert f"/{region}/s3/" in site.asked[-1][1]["Authorization"]


# Output


@pytest.mark.effect("output_s3_path_prefix")
def test_results_are_written_below_a_prefix_too(bucketed: RunningStack, s3: Any) -> None:
    note = ("table.md", b"# Exported\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n")
    [item] = bucketed.run([note], {"output_s3_path_prefix": "s3://open/out/mine"}).values()
    found = listed(s3, "out/mine/")
    names = {key.rpartition("/")[2] for key in found}
    assert {"output.md", "output.txt", "output.json", "output.xlsx"} <= names
    prefix = f"out/mine/{item['item_id']}"
    markdown = bucketed.client.get(f"/api/v1/parsing/job/{item['job_id']}/result/raw/markdown").content
    assert found[f"{prefix}/output.md"] == markdown
    history = bucketed.ask("GET", f"{BATCHES}/items/{item['item_id']}/processing-results")
    assert history["processing_results"][0]["output_s3_path"] == f"s3://open/{prefix}/output.json"
    [again] = bucketed.run([note], {"output_s3_path_prefix": "s3://open/out/mine"}).values()
    assert f"out/mine/{again['item_id']}/output.md" in listed(s3, "out/mine/"), "no cache stands in for the export"


@pytest.mark.effect("outputBucket")
def test_results_are_written_into_a_bucket_by_project_and_job(bucketed: RunningStack, s3: Any) -> None:
    [item] = bucketed.run(notes(1, "bucket"), {"outputBucket": "open"}).values()
    history = bucketed.ask("GET", f"{BATCHES}/items/{item['item_id']}/processing-results")["processing_results"][0]
    path = history["output_s3_path"].removeprefix("s3://open/").removesuffix("/output.json")
    assert path.endswith(f"/{item['item_id']}")
    assert f"{path}/output.md" in listed(s3, path)
    both = {"outputBucket": "open", "output_s3_path_prefix": "s3://open/preferred"}
    [item] = bucketed.run(notes(1, "both"), both).values()
    assert f"preferred/{item['item_id']}/output.md" in listed(s3, "preferred/")


@pytest.mark.effect("output_s3_path_prefix", "outputBucket")
def test_a_bucket_that_takes_nothing_fails_the_item(bucketed: RunningStack) -> None:
    [item] = bucketed.run(notes(1, "nowhere"), {"output_s3_path_prefix": "s3://missing/out"}).values()
    assert item["error_message"].startswith("OUTPUT_UPLOAD_FAILED: ")
    directory = bucketed.upload(notes(1, "closed"))
    assert refused(bucketed, {"outputBucket": "closed"}, directory_id=directory)[0] == "outputBucket"
    assert refused(bucketed, {"output_s3_path_prefix": "/tmp"}, directory_id=directory)[0] == "output_s3_path_prefix"


@pytest.mark.effect("output_pdf_of_document")
@once
def test_a_document_can_be_kept_as_a_pdf(tenant: Tenant, tmp_path: Path) -> None:
    pages = [papers.chapter(f"Chapter {number}") for number in (1, 2, 3)]
    paper = papers.pdf(tmp_path / "a.pdf", *pages).read_bytes()
    letter, book = io.BytesIO(), io.BytesIO()
    document = docx.Document()
    document.add_paragraph("Dear reader,")
    document.save(letter)
    sheet = Workbook()
    assert sheet.active is not None
    sheet.active.append(["a", "b"])
    sheet.save(book)
    documents = [
        ("a.pdf", paper),
        ("b.docx", letter.getvalue()),
        ("c.html", PAGE),
        ("d.png", papers.png(papers.writing("Scanned words"))),
        ("e.xlsx", book.getvalue()),
    ]
    items = tenant.run(documents, {"output_pdf_of_document": True, "target_pages": "0,2-4"})
    assert set(statuses(items)) == {"completed"}
    counts = {}
    for name, item in items.items():
        answer = tenant.client.get(f"/api/v1/parsing/job/{item['job_id']}/result/pdf")
        counts[name] = (
            len(pypdf.PdfReader(io.BytesIO(answer.content)).pages) if answer.status_code == 200 else answer.status_code
        )
    assert counts == {"a.pdf": 2, "b.docx": 1, "c.html": 1, "d.png": 1, "e.xlsx": 404}
    [plain] = tenant.run([("a.pdf", paper)]).values()
    assert tenant.client.get(f"/api/v1/parsing/job/{plain['job_id']}/result/pdf").status_code == 404


def test_a_document_that_only_promises_a_file_fails(tmp_path: Path) -> None:
    item = BatchItem(storage_key="http://127.0.0.1:1/a.pdf", name="a.pdf")
    settings = Settings(data_dir=str(tmp_path), outbound_allow=("127.0.0.1",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetching, "PAUSES", (0.0, 0.0))
        with pytest.raises(DocumentError) as caught:
            fetching.download(item, ParseParameters(), settings, io.BytesIO())
    assert caught.value.code is Code.INPUT_DOWNLOAD_FAILED
