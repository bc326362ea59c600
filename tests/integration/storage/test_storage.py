"""One behaviour over a local directory and over an object store; the latter against moto's S3 on loopback."""

from __future__ import annotations

import hashlib
import io
import resource
import stat
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from app.datadir import write_private
from app.web import create_app
from models import ApiKey, Project, Session
from settings import Settings
from storage import LocalStorage, ObjectStorage, Storage, StorageError, open_storage

BUCKET = "documents"


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    request = urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")
    urllib.request.urlopen(request).close()
    yield endpoint
    server.stop()


@pytest.fixture
def s3(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> ObjectStorage:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "loopback")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "loopback")
    store = open_storage(f"s3://{BUCKET}/kept", endpoint=s3_endpoint, region="us-east-1")
    assert isinstance(store, ObjectStorage)
    return store


@pytest.fixture
def local(tmp_path: Path) -> LocalStorage:
    store = open_storage(f"file://{tmp_path}/store")
    assert isinstance(store, LocalStorage)
    return store


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest) -> Storage:
    found: Storage = request.getfixturevalue(request.param)
    return found


class Broken(io.BytesIO):
    """A first part, then a client that is gone."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError("the client went away")
        self.seek(1)
        return b"x" * (size or 0)


def read_link(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        content: bytes = answer.read()
        return content


def test_what_is_put_is_got(store: Storage) -> None:
    store.put("project/files/one", b"first")
    store.put("project/files/one", b"second")
    assert store.get("project/files/one") == b"second"
    assert store.exists("project/files/one")


def test_an_unknown_key_is_a_missing_file(store: Storage) -> None:
    assert not store.exists("nowhere/at-all")
    with pytest.raises(FileNotFoundError):
        store.get("nowhere/at-all")
    with pytest.raises(FileNotFoundError):
        list(store.chunks("nowhere/at-all"))
    with pytest.raises(FileNotFoundError), store.local("nowhere/at-all"):
        pass


@pytest.mark.parametrize("size", [0, 5, 12 << 20])
def test_a_stream_is_stored_whole_whatever_its_length(store: Storage, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    store.put_stream("streams/one", io.BytesIO(content))
    digest = hashlib.sha256()
    for piece in store.chunks("streams/one"):
        digest.update(piece)
    assert digest.digest() == hashlib.sha256(content).digest()


def test_a_stream_needs_no_more_than_a_way_to_read_it(store: Storage) -> None:
    class Source(io.RawIOBase):
        def __init__(self) -> None:
            self.left = 7 << 20

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            view = memoryview(buffer)  # type: ignore[call-overload]  # any writable buffer
            size = min(len(view), self.left)
            view[:size] = b"a" * size
            self.left -= size
            return size

    store.put_stream("streams/two", io.BufferedReader(Source()))
    assert sum(map(len, store.chunks("streams/two"))) == 7 << 20


def test_several_files_are_stored_below_a_prefix_and_removed_together(store: Storage) -> None:
    store.put("p/job/other", b"stays")
    store.put("p/job-2/output.md", b"stays too")
    store.put_all("p/job/token", {"output.md": b"# a", "images/one.png": b"png"})
    assert store.get("p/job/token/output.md") == b"# a"
    assert store.get("p/job/token/images/one.png") == b"png"
    store.delete_all("p/job/token")
    assert not store.exists("p/job/token/output.md")
    assert not store.exists("p/job/token/images/one.png")
    assert store.get("p/job/other") == b"stays"
    store.delete_all("p/job")
    assert not store.exists("p/job/other")
    assert store.get("p/job-2/output.md") == b"stays too"


def test_deleting_twice_is_no_error(store: Storage) -> None:
    store.put("gone", b"soon")
    store.delete("gone")
    store.delete("gone")
    store.delete_all("never/there")
    assert not store.exists("gone")


def test_an_object_is_a_local_file_while_it_is_needed(store: Storage) -> None:
    store.put("documents/one", b"%PDF-1.7")
    with store.local("documents/one") as path:
        assert path.read_bytes() == b"%PDF-1.7"
    assert store.exists("documents/one")


def test_a_temporary_copy_does_not_outlive_its_use(
    s3: ObjectStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    s3.put("documents/two", b"content")
    with s3.local("documents/two"):
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_a_local_store_shows_no_path_of_the_server(local: LocalStorage, tmp_path: Path) -> None:
    assert local.location("project/job/output.md") == "file:///project/job/output.md"
    assert str(tmp_path) not in local.location("project/job/output.md")


def test_an_object_store_shows_bucket_prefix_and_key(s3: ObjectStorage) -> None:
    assert s3.location("project/job/output.md") == f"s3://{BUCKET}/kept/project/job/output.md"


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "inside/../../outside"])
def test_no_key_leaves_the_root_of_a_local_store(local: LocalStorage, key: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        local.put(key, b"")
    with pytest.raises(ValueError, match="not a storage key"):
        local.get(key)


def test_a_local_write_leaves_nothing_half_done_behind(local: LocalStorage) -> None:
    local.put("kept/one", b"whole")
    with pytest.raises(StorageError, match="the client went away"):
        local.put_stream("kept/one", Broken())
    assert local.get("kept/one") == b"whole"
    assert [path.name for path in (local.root / "kept").iterdir()] == ["one"]


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file of this process can grow beyond 64 KB: as on a disk that fills up, a write takes a part and the next one fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_told_and_keeps_no_part_of_what_did_not_fit(local: LocalStorage) -> None:
    local.put("kept/one", b"whole")
    large = b"x" * (1 << 17)
    with pytest.raises(StorageError):
        local.put("kept/one", large)
    with pytest.raises(StorageError):
        local.put_stream("kept/one", io.BytesIO(large))
    with pytest.raises(StorageError):
        local.put_all("kept", {"two": large})
    assert local.get("kept/one") == b"whole"
    assert sorted(path.name for path in (local.root / "kept").iterdir()) == ["one", "two"], (
        "the caller removes what put_all began"
    )


@pytest.mark.usefixtures("full_disk")
def test_a_key_that_does_not_fit_on_the_disk_leaves_no_part_of_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="File too large"):
        write_private(tmp_path / "local.key", "x" * (1 << 17))
    assert list(tmp_path.iterdir()) == []


def test_a_broken_stream_leaves_no_object(s3: ObjectStorage) -> None:
    with pytest.raises((StorageError, OSError)):
        s3.put_stream("kept/two", Broken())
    assert not s3.exists("kept/two")


def test_a_local_store_signs_no_links(local: LocalStorage) -> None:
    local.put("one", b"content")
    assert local.url("one", 60, filename="one.txt") is None


def test_a_link_of_the_object_store_works_without_credentials(s3: ObjectStorage) -> None:
    s3.put("one", b"content")
    url = s3.url("one", 60, filename="one.txt")
    assert url is not None
    assert read_link(url) == b"content"


def test_a_link_of_the_object_store_offers_the_name_the_file_came_with(s3: ObjectStorage) -> None:
    s3.put_stream("two", io.BytesIO(b"%PDF-1.7"), filename="Übersicht 1.pdf")
    url = s3.url("two", 60, filename="Übersicht 1.pdf")
    assert url is not None
    with urllib.request.urlopen(url) as answer:
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%9Cbersicht%201.pdf"


def test_a_bucket_that_is_not_there_is_a_storage_error(s3: ObjectStorage, s3_endpoint: str) -> None:
    missing = open_storage("s3://not-there/prefix", endpoint=s3_endpoint, region="us-east-1")
    with pytest.raises(StorageError):
        missing.put("key", b"content")
    with pytest.raises(StorageError):
        missing.put_stream("key", io.BytesIO(b"content"))


def test_an_unknown_scheme_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="SHEAF_STORAGE_URL must begin with"):
        open_storage("ftp://example.org/files")


@pytest.mark.setting("storage_url", "s3_endpoint")
def test_an_upload_lands_in_the_object_store_and_its_link_is_the_stores_own(
    s3: ObjectStorage, s3_endpoint: str, database: str, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=str(tmp_path),
        database_url=database,
        storage_url=f"s3://{BUCKET}/kept",
        s3_endpoint=s3_endpoint,
        s3_region="us-east-1",
    )
    app = create_app(settings)
    with Session.begin() as session:
        ApiKey.issue(session, Project.named(session, "default"), "key")
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer key"
    data = {"purpose": "parse", "file": (io.BytesIO(b"%PDF-1.7"), "Übersicht.pdf")}
    file = client.post("/api/v1/beta/files", data=data, content_type="multipart/form-data").json
    url = client.get(f"/api/v1/beta/files/{file['id']}/content").json["url"]
    assert url.startswith(s3_endpoint)
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"%PDF-1.7"
        assert "%C3%9Cbersicht.pdf" in answer.headers["Content-Disposition"]
    assert client.delete(f"/api/v1/beta/files/{file['id']}").status_code == 204
    assert not s3.exists(f"{file['project_id']}/files/{file['id']}")
    Session.kw["bind"].dispose()


def test_files_are_for_this_user_alone(local: LocalStorage) -> None:
    local.put("a", b"bytes")
    local.put_stream("b", io.BytesIO(b"bytes"))
    local.put_all("c", {"d": b"bytes"})
    assert {stat.S_IMODE(local.path(key).stat().st_mode) for key in ("a", "b", "c/d")} == {0o600}
