"""Whom a job asks: the endpoint of the operator, under whatever name the job has for its models, or one of the job's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engines.llm.aliases import AZURE, GPT_4O, KNOWN
from engines.llm.endpoint import Endpoint
from engines.parameters import PARAMETERS, ParseParameters
from engines.parameters.model_use import AZURE_FIELDS, brings_azure, brings_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """What the operator says of models."""

    endpoint: Endpoint | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Models of the endpoint by the names that jobs may use."""
    takes_any: bool = False
    """Whether names that nobody knows here go to the endpoint as they are."""
    vendors: Mapping[str, str] = field(default_factory=dict)
    """Base URLs of vendors for which jobs may bring keys."""
    concurrency: int = 4
    seconds: float = 120.0

    def names(self) -> list[str]:
        """The names of models that a job may use."""
        own = {self.endpoint.model, self.endpoint.small_model, self.endpoint.vision_model} if self.endpoint else set()
        return sorted({*KNOWN, AZURE, *self.aliases, *own} - {""})

    def knows(self, name: str) -> bool:
        """Whether a job may use a name."""
        return name in self.names() or (self.takes_any and self.endpoint is not None)


def endpoint_for(parameters: ParseParameters, operator: Operator) -> Endpoint | None:
    """The endpoint that a job asks: its own where it brings one, else the operator's; None where there is neither."""
    if brings_azure(parameters):
        return azure_of(parameters, operator)
    if brings_key(parameters):
        return vendor_of(parameters, operator)
    return named_by(parameters, operator)


def azure_of(parameters: ParseParameters, operator: Operator) -> Endpoint:
    """The Azure resource of a job."""
    address, deployment, version, key = (str(getattr(parameters, name)) for name in AZURE_FIELDS)
    return Endpoint(
        base_url=address,
        key=key,
        model=deployment,
        vision_model=deployment,
        azure_deployment=deployment,
        azure_api_version=version,
        concurrency=operator.concurrency,
        seconds=operator.seconds,
        is_of_a_job=True,
    )


def vendor_of(parameters: ParseParameters, operator: Operator) -> Endpoint | None:
    """The vendor of a job's model, with the job's key; None for one whose address the operator does not give."""
    known = KNOWN.get(picture_model(parameters))
    address = operator.vendors.get(known.vendor) if known else None
    if known is None or not address:
        return None
    return Endpoint(
        base_url=address,
        key=(parameters.gpt4o_api_key if parameters.gpt4o_mode else parameters.vendor_multimodal_api_key) or "",
        model=known.name,
        vision_model=known.name,
        concurrency=operator.concurrency,
        seconds=operator.seconds,
        belongs_to_a_job=True,
    )


def named_by(parameters: ParseParameters, operator: Operator) -> Endpoint | None:
    """The operator's endpoint with the models that a job names."""
    endpoint = operator.endpoint
    if endpoint is None:
        return None
    if parameters.model:
        chosen = name_at(parameters.model, operator, endpoint.model, endpoint.small_model or endpoint.model)
        sees = (
            endpoint.vision_model if parameters.model in KNOWN and parameters.model not in operator.aliases else chosen
        )
        endpoint = replace(endpoint, model=chosen, small_model="", vision_model=sees)
    if parameters.gpt4o_mode or parameters.use_vendor_multimodal_model:
        sees = endpoint.vision_model or endpoint.model
        endpoint = replace(endpoint, vision_model=name_at(picture_model(parameters), operator, sees, sees))
    return endpoint


def name_at(name: str, operator: Operator, usual: str, small: str) -> str:
    """What the operator's endpoint calls the model that a job names so."""
    if name in operator.aliases:
        return operator.aliases[name]
    known = KNOWN.get(name)
    return (small if known.is_small else usual) if known else name


def picture_model(parameters: ParseParameters) -> str:
    """The name that a job has for the model that looks at pictures."""
    if parameters.gpt4o_mode:
        return GPT_4O
    return parameters.vendor_multimodal_model_name or str(PARAMETERS["vendor_multimodal_model_name"].default)
