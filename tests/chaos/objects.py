"""An S3 of one's own that can be told to fail: `python -m chaos.objects PORT FILE`; while FILE exists, it answers 500."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple


def main() -> None:
    """Serve until the process is ended."""
    port, broken = int(sys.argv[1]), Path(sys.argv[2])
    store = DomainDispatcherApplication(create_backend_app)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if broken.exists():
            start_response("500 Internal Server Error", [("Content-Length", "0"), ("Connection", "close")])
            return [b""]
        found: Iterable[bytes] = store(environ, start_response)
        return found

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    WSGIRequestHandler.protocol_version = "HTTP/1.1"  # connections are kept
    run_simple("127.0.0.1", port, answer, threaded=True)


if __name__ == "__main__":
    main()
