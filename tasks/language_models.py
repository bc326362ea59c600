"""Which language model a job asks, and under what name its answers are remembered."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from engines.llm.asking import ModelUse
from engines.llm.cache import Answers
from engines.llm.choice import Operator, endpoint_for
from engines.llm.client import Breaker, EndpointModel
from engines.llm.endpoint import Endpoint
from engines.llm.permits import Ceilings, Turns
from engines.llm.prompting import prompts_version
from engines.llm.usage import Prices
from engines.parameters.model_use import NAMES_OF_MODELS, asks_model, brings_model
from engines.parameters.validation import entries_if_any
from schemas.job_config import ClassifyJobConfig, JobConfig, parse_parameters_of
from settings import Settings
from storage import Storage, StorageError
from tasks import egress

WITHOUT_EFFECT = frozenset({"key", "concurrency", "seconds"})
"""Fields of an endpoint that no result depends on."""
_breaker = Breaker()
"""Of this process."""


def operator_of(settings: Settings) -> Operator:
    """What the operator of this server says of models."""
    endpoint = None
    if settings.llm_base_url and settings.llm_model:
        endpoint = Endpoint(
            base_url=settings.llm_base_url,
            key=settings.llm_api_key,
            model=settings.llm_model,
            small_model=settings.llm_small_model,
            vision_model=settings.llm_vision_model,
            embedding_model=settings.llm_embedding_model,
            concurrency=settings.llm_concurrency,
            seconds=settings.llm_timeout_seconds,
        )
    return Operator(
        endpoint=endpoint,
        aliases=pairs(settings.llm_aliases),
        takes_any=settings.llm_other_models == "pass",
        vendors=pairs(settings.llm_vendors),
        concurrency=settings.llm_concurrency,
        seconds=settings.llm_timeout_seconds,
    )


def pairs(entries: Sequence[str]) -> dict[str, str]:
    """Settings of the form `name=value`."""
    return {name.strip(): value.strip() for name, _, value in (one.partition("=") for one in entries) if value}


def reads_with_model(config: JobConfig, settings: Settings) -> bool:
    """Whether there is a model for the reading of a job's documents, if it asks one; that of a classify job asks none."""
    if isinstance(config, ClassifyJobConfig):
        return False
    return operator_of(settings).endpoint is not None or brings_model(parse_parameters_of(config))


def endpoint_of(config: JobConfig, settings: Settings) -> Endpoint | None:
    """The endpoint that a job may ask; None where it asks none, or there is none."""
    if isinstance(config, ClassifyJobConfig):
        is_asked = settings.classify_model != ModelUse.NEVER or settings.llm_embedding_model
        return operator_of(settings).endpoint if is_asked else None
    parameters = parse_parameters_of(config)
    return endpoint_for(parameters, operator_of(settings)) if asks_model(parameters) else None


def entries_of(config: JobConfig, settings: Settings) -> dict[int, Endpoint]:
    """The job's endpoint under the names of models that entries of auto mode give, by their place from 0.

    Entries whose model would be asked elsewhere, or under another key, are left out: a page cannot have an endpoint of its own.
    """
    endpoint = endpoint_of(config, settings)
    if endpoint is None or isinstance(config, ClassifyJobConfig):
        return {}
    parameters, operator = parse_parameters_of(config), operator_of(settings)
    named = {
        place: endpoint_for(entry.applied(parameters, has_model=True), operator)
        for place, entry in enumerate(entries_if_any(parameters) if parameters.auto_mode else [])
        if entry.changes.keys() & set(NAMES_OF_MODELS)
    }
    return {place: one for place, one in named.items() if one and one.identity == endpoint.identity}


def fingerprint_of(config: JobConfig, settings: Settings) -> str:
    """What of models and prompts decides on the result of a job; empty where it asks none."""
    endpoint = endpoint_of(config, settings)
    if endpoint is None:
        return ""
    known, *others = [
        {name: value for name, value in asdict(one).items() if name not in WITHOUT_EFFECT}
        for one in (endpoint, *entries_of(config, settings).values())
    ]
    if not isinstance(config, ClassifyJobConfig):
        del known["embedding_model"]
    use = [settings.classify_model] if isinstance(config, ClassifyJobConfig) else []
    facts = json.dumps([known, prompts_version(), *use, *others], sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


class StoredAnswers:
    """Answers in the store, below a prefix; a store that is away costs requests and nothing else."""

    def __init__(self, storage: Storage, prefix: str) -> None:
        self._storage = storage
        self._prefix = prefix

    def get(self, key: str) -> str | None:
        """The answer of this key, when there is one."""
        try:
            return self._storage.get(f"{self._prefix}/{key}").decode()
        except (FileNotFoundError, StorageError):
            return None

    def put(self, key: str, text: str) -> None:
        """Keep an answer."""
        with contextlib.suppress(StorageError):
            self._storage.put(f"{self._prefix}/{key}", text.encode())


def model_at(
    endpoint: Endpoint,
    settings: Settings,
    answers: Answers,
    *,
    turns: Turns,
    ceilings: Ceilings,
    entries: Mapping[int, Endpoint],
) -> EndpointModel:
    """Whom the work on one document of a job asks, with a place for its answers, its turns, what it may spend, and the
    names of models of the job's entries of auto mode.

    Raises ModelUnavailableError while the endpoint is known to be down.
    """
    _breaker.check(endpoint)

    def resolve(host: str, port: int) -> str:
        try:
            return str(egress.reachable(host, port, settings.outbound_allow))
        except egress.RefusedAddressError as error:
            raise ConnectionRefusedError(str(error)) from error

    model = EndpointModel(endpoint, _breaker, resolve, answers, turns=turns, ceilings=ceilings, entries=entries)
    model.usage.prices = prices_of(settings)
    return model


def prices_of(settings: Settings) -> Prices:
    """What models cost, as far as the operator says so."""
    halves = {model: price.partition("/") for model, price in pairs(settings.llm_prices).items()}
    return {model: (float(asked), float(answered or asked)) for model, (asked, _, answered) in halves.items()}
