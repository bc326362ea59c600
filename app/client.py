"""A client of Sheaf's HTTP API, as far as the commands need one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NotRequired, Self, TypedDict

import httpx

BATCH = "/api/v1/beta/batch-processing"
DIRECTORIES = "/api/v1/beta/directories"
TERMINAL = frozenset({"completed", "failed", "cancelled"})
TRIES = 4
"""How often a request is sent at most."""
LATER = frozenset({429, 503})
"""Answers that mean: not done, try again."""
PAGE = 1000
"""Items asked for at once: the most that the API gives."""


class Job(TypedDict):
    """A batch job as the server answers it, as far as the commands read it."""

    id: str
    status: str
    total_items: int
    processed_items: int
    failed_items: int
    skipped_items: int
    error_message: str | None
    cancel_reason: NotRequired[str | None]
    """An extension of the API reference."""


class JobAnswer(TypedDict):
    """A job and how far it is, in percent."""

    job: Job
    progress_percentage: float


class ItemAnswer(TypedDict):
    """An item of a job as the server answers it; one that a client makes up itself has no more than the first three."""

    item_name: str
    status: str
    job_id: str | None
    """Of the parse or classify job behind it; None until the item's page is sent, and when that job was deleted."""
    item_id: NotRequired[str]
    error_message: NotRequired[str | None]
    skip_reason: NotRequired[str | None]
    started_at: NotRequired[str | None]
    completed_at: NotRequired[str | None]


class ItemPageAnswer(TypedDict):
    """Some of the items of a job, and how many it has in all."""

    items: list[ItemAnswer]
    total_size: int


class CancelAnswer(TypedDict):
    """What became of a job that was to be cancelled; the message says it in words."""

    job_id: str
    status: str
    message: str


class KnownFile(TypedDict):
    """A file that the server may have: its name in the directory, and its bytes by SHA-256 and size."""

    name: str
    sha256: str
    size: int


class BulkRow(TypedDict):
    """What came of one of many files: `added`, `present`, `missing`, or `failed` with a reason."""

    name: str
    status: str
    error_message: str | None


class ClassificationAnswer(TypedDict):
    """The type of a document, None when no rule fits; how sure that is, from 0 to 1; and why."""

    type: str | None
    confidence: float
    reasoning: str


class CorrectionAnswer(TypedDict):
    """A corrected answer, of which the commands need to know that it is there."""

    id: str
    type: str


class CorrectionPageAnswer(TypedDict):
    """Some of the corrections of a project, and where the others are."""

    items: list[CorrectionAnswer]
    next_page_token: str | None


class ClientError(Exception):
    """The server cannot be reached or refused; the message is for people."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status of a refusal."""


class Client:
    """Speaks to one server with one key; safe for several threads. Every method raises ClientError."""

    def __init__(self, base_url: str, key: str) -> None:
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(60.0, connect=5.0),
            trust_env=httpx.URL(base_url).host not in {"127.0.0.1", "localhost", "::1"},  # no proxy leads back here
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=16),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def project_id(self) -> str:
        """Id of the project that the key opens."""
        return str(self._call("GET", "/api/v1/projects").json()[0]["id"])

    def create_directory(self, name: str) -> str:
        """Make an ephemeral directory; answers its id."""
        return str(self._call("POST", DIRECTORIES, json={"name": name, "type": "ephemeral"}).json()["id"])

    def upload(self, directory_id: str, path: Path, name: str) -> str:
        """Add a file to a directory under `name`; answers the id of the directory file. Raises OSError too."""
        with path.open("rb") as content:
            answer = self._call(
                "POST",
                f"{DIRECTORIES}/{directory_id}/files/upload",
                data={"display_name": name, "unique_id": name},
                files={"upload_file": (name.rpartition("/")[2], content)},
            )
        return str(answer.json()["id"])

    def attach(self, directory_id: str, files: Sequence[KnownFile]) -> list[BulkRow]:
        """Add those of the files to a directory whose bytes the project has; answers a row for each, in their order."""
        path, body = f"{DIRECTORIES}/{directory_id}/files/bulk-attach", {"files": list(files)}
        rows: list[BulkRow] = self._call("POST", path, json=body).json()["results"]
        return rows

    def upload_archive(self, directory_id: str, archive: bytes) -> list[BulkRow]:
        """Add the files of a tar archive to a directory; answers a row for each, in their order."""
        path, headers = f"{DIRECTORIES}/{directory_id}/files/bulk-upload", {"Content-Type": "application/x-tar"}
        rows: list[BulkRow] = self._call("POST", path, content=archive, headers=headers).json()["results"]
        return rows

    def create_batch(self, directory_id: str, job_config: dict[str, Any]) -> str:
        """Start a job over a directory; answers its id. A classify job also names its project, which is filled in."""
        if "rules" in job_config:
            job_config = {"project_id": self.project_id(), **job_config}
        body = {"directory_id": directory_id, "job_config": job_config}
        return str(self._call("POST", BATCH, may_repeat=False, json=body).json()["id"])

    def status(self, job_id: str) -> JobAnswer:
        """The job and its `progress_percentage`."""
        answer: JobAnswer = self._call("GET", f"{BATCH}/{job_id}").json()
        return answer

    def items(self, job_id: str, status: str | None = None) -> Iterator[ItemAnswer]:
        """All items of a job, page by page."""
        offset = 0
        while True:
            page = self.item_page(job_id, offset=offset, status=status)
            yield from page["items"]
            offset += len(page["items"])
            if not page["items"] or offset >= page["total_size"]:
                return

    def item_page(self, job_id: str, *, offset: int, limit: int = PAGE, status: str | None = None) -> ItemPageAnswer:
        """`items` of a job, `limit` of them after the first `offset`, and their `total_size`."""
        query = {"limit": limit, "offset": offset, **({"status": status} if status else {})}
        page: ItemPageAnswer = self._call("GET", f"{BATCH}/{job_id}/items", params=query).json()
        return page

    def cancel(self, job_id: str, reason: str | None) -> CancelAnswer:
        """Cancel a job; without effect on one that is over."""
        body = {"reason": reason} if reason else {}
        answer: CancelAnswer = self._call("POST", f"{BATCH}/{job_id}/cancel", json=body).json()
        return answer

    def retry(
        self, job_id: str, error_codes: Sequence[str], parameters: dict[str, Any], *, with_cancelled: bool = False
    ) -> str:
        """Try the failed items of a job again, of those with one of the codes given; answers the new job's id."""
        body = {"error_codes": list(error_codes) or None, "parameters": parameters or None}
        if with_cancelled:
            body["statuses"] = ["failed", "cancelled"]
        return str(self._call("POST", f"{BATCH}/{job_id}/retry", may_repeat=False, json=body).json()["id"])

    def parse_result(self, parse_job_id: str, kind: str) -> bytes:
        """A parse job's result as `markdown`, `text`, `json` or `chunks` (lines of JSON)."""
        return self._call("GET", f"/api/v1/parsing/job/{parse_job_id}/result/raw/{kind}").content

    def image(self, parse_job_id: str, name: str) -> bytes:
        """A picture of a parse job's result."""
        return self._call("GET", f"/api/v1/parsing/job/{parse_job_id}/result/image/{name}").content

    def classification(self, classify_job_id: str) -> ClassificationAnswer:
        """`type`, `confidence` and `reasoning` of a classified document."""
        result: ClassificationAnswer = self._call("GET", f"/api/v2/classify/{classify_job_id}").json()["result"]
        return result

    def corrections(self) -> Iterator[CorrectionAnswer]:
        """What the project's classify jobs learn from."""
        token: str | None = None
        while True:
            query = {"page_size": PAGE} | ({"page_token": token} if token else {})
            page: CorrectionPageAnswer = self._call("GET", "/api/v2/classify/corrections", params=query).json()
            yield from page["items"]
            token = page["next_page_token"]
            if not token:
                return

    def _call(self, method: str, path: str, *, may_repeat: bool = True, **request: Any) -> httpx.Response:
        """Send a request until it is answered; one that may not be repeated, only until the server has got it."""
        for attempt in range(1, TRIES + 1):
            for _, content in request.get("files", {}).values():
                content.seek(0)
            try:
                answer = self._http.request(method, path, **request)
            except httpx.TransportError as error:
                is_lost = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                if attempt == TRIES or not (may_repeat or is_lost):
                    raise ClientError(f"{self._http.base_url} does not answer: {error}") from error
            except httpx.InvalidURL as error:
                raise ClientError(f"{self._http.base_url} is no address of a server: {error}") from error
            else:
                if answer.is_success:
                    return answer
                if answer.status_code not in LATER or attempt == TRIES:
                    raise ClientError(refusal(answer), answer.status_code)
            time.sleep(pause_after(attempt))
        raise AssertionError  # the last try answers or raises


def pause_after(attempt: int) -> float:
    """Seconds to wait after a try that failed."""
    return float(min(4.0, 0.25 * 2**attempt))


def refusal(answer: httpx.Response) -> str:
    """What a server said no with, in one line."""
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return f"the server answered {answer.status_code} {answer.reason_phrase}"
    if isinstance(detail, list):  # of validation errors
        detail = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in detail)
    return f"{detail} ({answer.status_code})"
