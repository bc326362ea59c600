"""Many files in one request: as a tar archive, and by the SHA-256 of bytes that the project has."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.databases import whichever_database
from support.forms import form

from app import tar as reader
from app.api import bulk
from models import ApiKey, BatchItem, DirectoryFile, File, Project, Session, read_session
from models.retention import discard_bytes
from settings import Settings
from storage import LocalStorage, StorageError

DIRECTORIES = "/api/v1/beta/directories"
FILES = "/api/v1/beta/files"
TAR = "application/x-tar"


@pytest.fixture
def directory(client: FlaskClient) -> str:
    return made(client)


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    with Session.begin() as session:
        ApiKey.issue(session, Project.named(session, "other"), "another key")
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer another key"
    return client


def made(client: FlaskClient, **body: Any) -> str:
    directory_id: str = client.post(DIRECTORIES, json={"name": "many", **body}).json["id"]
    return directory_id


def tar(files: Mapping[str, bytes], kind: int = tarfile.PAX_FORMAT) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=kind) as archive:
        for name, content in files.items():
            archive.addfile(member(name, size=len(content)), io.BytesIO(content))
    return target.getvalue()


def member(name: str, **facts: Any) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    for fact, value in facts.items():
        setattr(header, fact, value)
    return header


def raw(*headers: tarfile.TarInfo, kind: int = tarfile.GNU_FORMAT) -> bytes:
    """An archive of headers alone."""
    return b"".join(one.tobuf(kind) for one in headers) + bytes(1024)


def send(client: FlaskClient, directory: str, archive: bytes, content_type: str = TAR) -> Any:
    return client.post(f"{DIRECTORIES}/{directory}/files/bulk-upload", data=archive, content_type=content_type)


def rows(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["results"]
    return found


def outcomes(answer: Any) -> list[tuple[str, str | None]]:
    return [(row["status"], row["error_code"]) for row in rows(answer)]


def attach(client: FlaskClient, directory: str, *files: tuple[str, bytes]) -> Any:
    body = [{"name": name, "sha256": sha256(content), "size": len(content)} for name, content in files]
    return client.post(f"{DIRECTORIES}/{directory}/files/bulk-attach", json={"files": body})


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def listed(client: FlaskClient, directory: str) -> list[str]:
    answer = client.get(f"{DIRECTORIES}/{directory}/files", query_string={"page_size": 1000}).json
    return sorted(one["display_name"] for one in answer["items"])


def content(client: FlaskClient, file_id: str) -> bytes:
    link = client.get(f"{FILES}/{file_id}/content").json["url"].removeprefix("http://localhost")
    with client.get(link) as answer:
        return bytes(answer.data)


def stored(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.data_dir, "store").rglob("*") if path.is_file()]


class TestAnArchive:
    """POST …/files/bulk-upload."""

    @pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    @pytest.mark.parametrize("pack", [bytes, gzip.compress])
    def test_each_file_becomes_an_entry_of_its_path(
        self, client: FlaskClient, directory: str, kind: int, pack: Callable[[bytes], bytes]
    ) -> None:
        files = {"a.txt": b"a", "2026/b.PDF": b"b" * 5000, "empty": b"", "2026/Übung 東京.txt": b"c"}
        found = rows(send(client, directory, pack(tar(files, kind))))
        assert [row["name"] for row in found] == list(files)
        assert {row["status"] for row in found} == {"added"}
        for row, (name, sent) in zip(found, files.items(), strict=True):
            assert (row["sha256"], row["size"]) == (sha256(sent), len(sent))
            entry = client.get(f"{DIRECTORIES}/{directory}/files/{row['id']}").json
            assert (entry["unique_id"], entry["display_name"], entry["file_id"]) == (name, name, row["file_id"])
            assert content(client, row["file_id"]) == sent
        file = client.get(f"{FILES}/{found[1]['file_id']}").json
        assert (file["name"], file["file_type"]) == ("b.PDF", "pdf")

    def test_long_names_are_read_in_each_form(self, client: FlaskClient) -> None:
        name = f"{'d' * 120}/{'ü' * 150}.txt"
        for kind in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
            assert rows(send(client, made(client), tar({name: b"x"}, kind)))[0]["name"] == name

    def test_directories_do_not_count_and_a_leading_dot_is_no_part_of_a_name(
        self, client: FlaskClient, directory: str
    ) -> None:
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w") as archive:
            archive.addfile(member("./", type=tarfile.DIRTYPE))
            archive.addfile(member("./sub/", type=tarfile.DIRTYPE))
            archive.addfile(member("./sub/a", size=1), io.BytesIO(b"x"))
        assert [row["name"] for row in rows(send(client, directory, target.getvalue()))] == ["sub/a"]

    def test_the_same_archive_again_makes_no_doubles(
        self, client: FlaskClient, directory: str, settings: Settings
    ) -> None:
        archive = tar({"a": b"1", "b": b"2"})
        first, second = rows(send(client, directory, archive)), rows(send(client, directory, archive))
        assert [row["status"] for row in second] == ["present"] * 2
        assert [(row["id"], row["file_id"]) for row in second] == [(row["id"], row["file_id"]) for row in first]
        assert listed(client, directory) == ["a", "b"]
        assert len(stored(settings)) == 2

    def test_other_bytes_under_a_name_that_is_there_are_refused_and_cost_no_other_file(
        self, client: FlaskClient, directory: str, settings: Settings
    ) -> None:
        first = rows(send(client, directory, tar({"a": b"1"})))[0]
        answer = send(client, directory, tar({"a": b"other", "b": b"2"}))
        assert outcomes(answer) == [("failed", "UPLOAD_NAME_TAKEN"), ("added", None)]
        assert content(client, first["file_id"]) == b"1"
        assert len(stored(settings)) == 2

    def test_of_two_members_of_one_name_the_first_counts(self, client: FlaskClient, directory: str) -> None:
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w") as archive:
            for sent in (b"1", b"1", b"2"):
                archive.addfile(member("a", size=1), io.BytesIO(sent))
        answer = send(client, directory, target.getvalue())
        assert outcomes(answer) == [("added", None), ("present", None), ("failed", "UPLOAD_NAME_TAKEN")]

    @whichever_database
    @pytest.mark.parametrize(
        "name", ["/etc/passwd", "../a", "a/../../b", "..", "a\nb", "\u202egpj.exe", "x" * 501, "./", "a\udcff"]
    )
    def test_a_name_that_is_none_is_refused_and_costs_no_other_file(
        self, client: FlaskClient, directory: str, name: str
    ) -> None:
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT, errors="surrogateescape") as archive:
            archive.addfile(member(name, size=1), io.BytesIO(b"x"))
            archive.addfile(member("good", size=1), io.BytesIO(b"y"))
        answer = send(client, directory, target.getvalue())
        assert outcomes(answer) == [("failed", "UPLOAD_NAME_INVALID"), ("added", None)]
        assert "another" in rows(answer)[0]["error_message"]
        assert listed(client, directory) == ["good"]

    @whichever_database
    @pytest.mark.parametrize(
        "kind",
        [
            *(tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE),
            *(tarfile.GNUTYPE_SPARSE, b"M", b"9"),
        ],
    )
    def test_what_is_no_ordinary_file_is_refused_and_costs_no_other_file(
        self, client: FlaskClient, directory: str, settings: Settings, kind: bytes
    ) -> None:
        strange = member("link", type=kind, linkname="/etc/passwd").tobuf(tarfile.GNU_FORMAT)
        answer = send(client, directory, strange + tar({"good": b"x"}))
        assert outcomes(answer) == [("failed", "UPLOAD_NOT_A_FILE"), ("added", None)]
        assert len(stored(settings)) == 1

    def test_a_file_with_holes_is_refused(self, client: FlaskClient, directory: str) -> None:
        holes = member("a", pax_headers={"GNU.sparse.major": "1", "GNU.sparse.realsize": str(1 << 40)})
        assert outcomes(send(client, directory, holes.tobuf(tarfile.PAX_FORMAT) + bytes(1024))) == [
            ("failed", "UPLOAD_NOT_A_FILE")
        ]

    @whichever_database
    @pytest.mark.parametrize(
        ("archive", "what"),
        [
            (b"", "ends in the middle"),
            (b"no archive" * 200, "no tar archive"),
            (tar({"a": b"x" * 5000})[:2000], "ends in the middle"),
            (gzip.compress(tar({"a": b"x" * 5000}), mtime=0)[:-20], "compression is damaged"),
            (gzip.compress(b"no archive" * 200, mtime=0), "no tar archive"),
            (b"\x1f\x8bno gzip" * 100, "compression is damaged"),
            (raw(member("a", size=-5)), "negative"),
            (raw(member("a", type=tarfile.GNUTYPE_LONGNAME, size=1 << 30)), "1073741824 bytes"),
            (raw(member("a", type=tarfile.XHDTYPE, size=1 << 30)), "1073741824 bytes"),
            (member("a", type=tarfile.XHDTYPE, size=9).tobuf() + b"99 path=a".ljust(512, b"\0"), "damaged"),
            (
                member("a", type=tarfile.XHDTYPE, size=10).tobuf()
                + b"10 size=x\n".ljust(512, b"\0")
                + raw(member("a")),
                "size",
            ),
        ],
    )
    def test_an_archive_that_is_damaged_is_told_in_a_sentence(
        self, client: FlaskClient, directory: str, archive: bytes, what: str
    ) -> None:
        answer = send(client, directory, archive)
        assert answer.status_code == 422
        assert what in answer.json["detail"][0]["msg"]
        assert listed(client, directory) == []

    @pytest.mark.parametrize("kind", [tarfile.DIRTYPE, tarfile.XGLTYPE])
    def test_headers_that_bring_no_files_are_bounded(
        self, client: FlaskClient, directory: str, monkeypatch: pytest.MonkeyPatch, kind: bytes
    ) -> None:
        monkeypatch.setattr(reader, "MOST_HEADERS", 4)
        headers = [member("d", type=kind)] * 4
        assert rows(send(client, directory, raw(*headers))) == []
        answer = send(client, directory, raw(*headers, member("a")))
        assert (answer.status_code, listed(client, directory)) == (422, [])
        assert "more than 4 headers" in answer.json["detail"][0]["msg"]

    def test_extended_headers_are_bounded_together(
        self, client: FlaskClient, directory: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = {f"{'d' * 200}/{number}": b"x" for number in range(20)}
        assert len(rows(send(client, directory, tar(names)))) == 20
        monkeypatch.setattr(reader, "MOST_EXTENDED", 2000)
        answer = send(client, directory, tar(names))
        assert answer.status_code == 422
        assert "extended headers" in answer.json["detail"][0]["msg"]

    def test_what_came_whole_before_the_end_is_there_and_present_when_it_is_sent_again(
        self, client: FlaskClient, directory: str, settings: Settings
    ) -> None:
        archive = tar({f"{number:03}": b"x" * 600 for number in range(450)})
        broken = send(client, directory, archive[: 1536 * 300 + 700])
        assert broken.status_code == 422
        assert "300 of its files are in the directory" in broken.json["detail"][0]["msg"]
        assert len(stored(settings)) == 300
        again = rows(send(client, directory, archive))
        assert [row["status"] for row in again] == ["present"] * 300 + ["added"] * 150
        assert len(listed(client, directory)) == len(stored(settings)) == 450

    @pytest.mark.parametrize("rest", ["announced", "sent"])
    def test_no_more_is_unpacked_than_may_be_uploaded(
        self, client: FlaskClient, app: Flask, directory: str, settings: Settings, rest: str
    ) -> None:
        replace(app.extensions["sheaf"], settings=replace(settings, max_upload_mb=1)).attach(app)
        if rest == "announced":
            bomb = tar({"a": b"x"})[:1024] + member("bomb", size=1 << 40).tobuf()
        else:
            bomb = tar({"a": b"x", **{str(number): bytes(300_000) for number in range(4)}})
        answer = send(client, directory, gzip.compress(bomb, 9))
        assert answer.status_code == 413
        assert "more than 1 MB" in answer.json["detail"]
        kept = ["a"] if rest == "announced" else ["0", "1", "2", "a"]
        assert listed(client, directory) == kept
        assert len(stored(settings)) == len(kept)

    def test_more_files_than_a_request_may_hold_are_413(
        self, client: FlaskClient, directory: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bulk, "MOST_FILES", 3)
        answer = send(client, directory, tar({str(number): b"x" for number in range(4)}))
        assert answer.status_code == 413
        assert listed(client, directory) == ["0", "1", "2"]

    @pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", ""])
    def test_what_is_not_sent_as_an_archive_is_415(self, client: FlaskClient, directory: str, kind: str) -> None:
        assert send(client, directory, tar({"a": b"x"}), kind).status_code == 415

    def test_an_unknown_directory_and_another_projects_are_404(
        self, client: FlaskClient, stranger: FlaskClient, directory: str, settings: Settings
    ) -> None:
        assert send(client, "dir-unknown", tar({"a": b"x"})).status_code == 404
        assert send(stranger, directory, tar({"a": b"x"})).status_code == 404
        assert attach(stranger, directory, ("a", b"x")).status_code == 404
        assert stored(settings) == []

    def test_a_store_that_fails_is_503_and_leaves_nothing_unknown(
        self, client: FlaskClient, directory: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put, calls = LocalStorage.put_stream, []

        def fail_at_the_third(self: LocalStorage, key: str, stream: Any, **options: Any) -> None:
            calls.append(key)
            if len(calls) == 3:
                message = "full"
                raise StorageError(message)
            put(self, key, stream, **options)

        monkeypatch.setattr(LocalStorage, "put_stream", fail_at_the_third)
        archive = tar({str(number): b"x" for number in range(4)})
        assert send(client, directory, archive).status_code == 503
        assert listed(client, directory) == []
        assert stored(settings) == []
        assert [row["status"] for row in rows(send(client, directory, archive))] == ["added"] * 4

    def test_what_comes_into_an_expiring_directory_expires_with_it(self, client: FlaskClient) -> None:
        expires = "2099-01-01T00:00:00.000000Z"
        brief = made(client, type="ephemeral", expires_at=expires)
        sent = rows(send(client, brief, tar({"a": b"x"})))[0]
        attached = rows(attach(client, brief, ("b", b"x")))[0]
        for row in (sent, attached):
            assert client.get(f"{FILES}/{row['file_id']}").json["expires_at"] == expires


class TestKnownBytes:
    """POST …/files/bulk-attach."""

    def test_what_the_project_has_is_attached_and_the_rest_is_missing(
        self, client: FlaskClient, directory: str, settings: Settings
    ) -> None:
        known = client.post(FILES, **form({"purpose": "parse", "file": (io.BytesIO(b"known"), "old.pdf")})).json
        found = rows(attach(client, directory, ("new/name.txt", b"known"), ("other", b"unknown")))
        assert [row["status"] for row in found] == ["added", "missing"]
        assert [row["error_code"] for row in found] == [None, None]
        file = client.get(f"{FILES}/{found[0]['file_id']}").json
        assert file["id"] != known["id"]
        assert (file["name"], file["file_type"]) == ("name.txt", "txt")
        assert content(client, file["id"]) == b"known"
        assert listed(client, directory) == ["new/name.txt"]
        assert len(stored(settings)) == 1

    def test_a_right_hash_with_a_wrong_size_is_missing(self, client: FlaskClient, directory: str) -> None:
        rows(send(client, directory, tar({"a": b"known"})))
        hashed = sha256(b"known").upper()
        body = {"files": [{"name": str(size), "sha256": hashed, "size": size} for size in (6, 5)]}
        answer = client.post(f"{DIRECTORIES}/{directory}/files/bulk-attach", json=body)
        assert [row["status"] for row in rows(answer)] == ["missing", "added"]

    def test_the_bytes_of_another_project_are_missing(
        self, client: FlaskClient, stranger: FlaskClient, directory: str
    ) -> None:
        rows(send(client, directory, tar({"a": b"secret"})))
        theirs = made(stranger)
        assert outcomes(attach(stranger, theirs, ("a", b"secret"))) == [("missing", None)]
        assert listed(stranger, theirs) == []

    def test_asked_again_it_is_present_and_other_bytes_are_refused(self, client: FlaskClient, directory: str) -> None:
        rows(send(client, made(client), tar({"x": b"1", "y": b"2"})))
        first = rows(attach(client, directory, ("a", b"1")))[0]
        again = rows(attach(client, directory, ("a", b"1"), ("a", b"2"), ("a", b"unknown")))
        assert [row["status"] for row in again] == ["present", "failed", "failed"]
        assert [row["error_code"] for row in again] == [None, "UPLOAD_NAME_TAKEN", "UPLOAD_NAME_TAKEN"]
        assert again[0]["id"] == first["id"]
        with read_session() as session:
            assert session.query(File).count() == 3

    def test_bytes_of_a_deleted_file_are_missing(self, client: FlaskClient, directory: str) -> None:
        row = rows(send(client, directory, tar({"a": b"gone"})))[0]
        client.delete(f"{FILES}/{row['file_id']}")
        assert outcomes(attach(client, directory, ("a", b"gone"))) == [("missing", None)]

    def test_bytes_stay_as_long_as_one_file_or_one_open_item_needs_them(
        self, client: FlaskClient, directory: str, settings: Settings
    ) -> None:
        first = rows(send(client, directory, tar({"a": b"shared"})))[0]
        second = rows(attach(client, directory, ("b", b"shared")))[0]
        client.post("/api/v1/beta/batch-processing", json={"directory_id": directory, "job_config": {}})
        client.delete(f"{FILES}/{first['file_id']}")
        assert content(client, second["file_id"]) == b"shared"
        with Session.begin() as session:  # the items of the first file have ended, those of the second are open
            session.query(BatchItem).filter_by(file_id=first["file_id"]).delete()
        client.delete(f"{FILES}/{second['file_id']}")
        store = LocalStorage(str(Path(settings.data_dir, "store")))
        discard_bytes(store)
        assert len(stored(settings)) == 1
        with Session.begin() as session:
            session.query(BatchItem).delete()
        discard_bytes(store)
        assert stored(settings) == []

    @whichever_database
    @pytest.mark.parametrize("name", ["../a", "/a", "", "x" * 501, "a\tb"])
    def test_a_name_that_is_none_is_refused(self, client: FlaskClient, directory: str, name: str) -> None:
        rows(send(client, directory, tar({"a": b"1"})))
        assert outcomes(attach(client, directory, (name, b"1"))) == [("failed", "UPLOAD_NAME_INVALID")]

    @whichever_database
    @pytest.mark.parametrize(
        "files",
        [
            [],
            None,
            [{"name": "a", "sha256": "0" * 63, "size": 1}],
            [{"name": "a", "sha256": "0" * 64 + "\n", "size": 1}],
            [{"name": "a", "sha256": "0" * 64, "size": -1}],
            [{"sha256": "0" * 64, "size": 1}],
        ],
    )
    def test_a_question_that_is_none_is_422(self, client: FlaskClient, directory: str, files: Any) -> None:
        answer = client.post(f"{DIRECTORIES}/{directory}/files/bulk-attach", json={"files": files})
        assert answer.status_code == 422

    def test_an_attached_file_is_an_item_like_any_other(self, client: FlaskClient, directory: str) -> None:
        rows(send(client, made(client), tar({"x": b"1"})))
        row = rows(attach(client, directory, ("a/b.txt", b"1")))[0]
        body = {"directory_id": directory, "job_config": {}}
        job = client.post("/api/v1/beta/batch-processing", json=body).json
        items = client.get(f"/api/v1/beta/batch-processing/{job['id']}/items").json["items"]
        assert [(item["item_id"], item["item_name"]) for item in items] == [(row["id"], "a/b.txt")]
        with read_session() as session:
            assert session.get_one(DirectoryFile, row["id"]).unique_id == "a/b.txt"
