"""Answers that are kept until the work on a document has ended: what waited for an endpoint asks nothing twice."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from typing import Protocol

from engines.llm.asking import ModelRequest
from engines.llm.endpoint import Endpoint


class Answers(Protocol):
    """A place for answers by key. Losing one costs a request, so nothing here fails."""

    def get(self, key: str) -> str | None:
        """The answer of this key, when there is one."""

    def put(self, key: str, text: str) -> None:
        """Keep an answer."""


def key_of(request: ModelRequest, endpoint: Endpoint) -> str:
    """What tells a question from all others: its words, its pictures, and the model that is asked."""
    pictures = [hashlib.sha256(picture).hexdigest() for picture in request.pictures]
    shape = [request.wants_json, request.schema, request.most_tokens]
    facts = [endpoint.base_url, endpoint.name_of(request.role), request.system, request.user, pictures, shape]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class Recent:
    """The answers of this process that were used last, so many of them; safe for several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        """See Answers."""
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
            return self._texts.get(key)

    def put(self, key: str, text: str) -> None:
        """See Answers."""
        with self._lock:
            self._texts[key] = text
            self._texts.move_to_end(key)
            while len(self._texts) > self._most:
                self._texts.popitem(last=False)


EMBEDDED = Recent(500)
"""Embeddings: rules and their examples are the same for every document of a job. Each takes some ten kilobytes."""
