"""Rules of parameters that need a language model."""

from __future__ import annotations

import json
from collections.abc import Iterator

from engines.llm.aliases import AZURE
from engines.parameters import ParseParameters, json_schemas
from engines.parameters.conditions import Complaint, Conditions
from engines.parameters.effective import inert
from engines.parameters.model_use import AZURE_FIELDS, brings_key, brings_model

NO_MODEL = (
    "This needs a language model: an operator names one with SHEAF_LLM_BASE_URL and SHEAF_LLM_MODEL, "
    "or has it ignored with SHEAF_MODEL_PARAMETERS=warn"
)


def models(parameters: ParseParameters, conditions: Conditions) -> Iterator[Complaint]:
    """What needs a model is refused where there is none, unless the server ignores it."""
    if not conditions.ignores_models:
        for name in inert(parameters, has_model=conditions.has_model or brings_model(parameters)):
            yield Complaint((name,), NO_MODEL)


def names_of_models(parameters: ParseParameters, conditions: Conditions) -> Iterator[Complaint]:
    """Models have names that are known, and an Azure resource is named whole."""
    azure = [name for name in AZURE_FIELDS if getattr(parameters, name)]
    if azure and len(azure) < len(AZURE_FIELDS):
        missing = [name for name in AZURE_FIELDS if name not in azure]
        for name in missing:
            yield Complaint(
                (name,), f"This is needed too, since the {len(AZURE_FIELDS)} azure_openai_ parameters come together"
            )
    if not (conditions.has_model or brings_model(parameters)):
        return
    for name, model in (
        ("model", parameters.model),
        ("vendor_multimodal_model_name", parameters.vendor_multimodal_model_name),
    ):
        if model and not conditions.knows_model(model):
            yield Complaint((name,), f"{model} is not supported. Input should be one of {', '.join(conditions.models)}")
    if brings_key(parameters) and not conditions.reaches(parameters):
        name = "gpt4o_api_key" if parameters.gpt4o_mode else "vendor_multimodal_api_key"
        yield Complaint(
            (name,), "The vendor of this model cannot be asked here; an operator names it with SHEAF_LLM_VENDORS"
        )
    is_azure = parameters.vendor_multimodal_model_name == AZURE
    if is_azure and not azure:
        yield Complaint(("azure_openai_endpoint",), f"{AZURE} needs the azure_openai_ parameters")


def structured_output(parameters: ParseParameters, _: Conditions) -> Iterator[Complaint]:
    """Structured output has a schema, which is one."""
    text, name = parameters.structured_output_json_schema, parameters.structured_output_json_schema_name
    if parameters.structured_output and not (text or name):
        message = "This needs structured_output_json_schema or structured_output_json_schema_name"
        yield Complaint(("structured_output",), message)
    if name and name not in json_schemas.names():
        known = ", ".join(json_schemas.names())
        yield Complaint(("structured_output_json_schema_name",), f"Input should be one of {known}")
    if text and (fault := fault_of_text(text)):
        yield Complaint(("structured_output_json_schema",), f"Input should be a JSON Schema: {fault}")


def fault_of_text(text: str) -> str:
    """Why a text is no JSON Schema; empty when it is one."""
    try:
        return json_schemas.fault_in(json.loads(text))
    except (ValueError, RecursionError):
        return "a JSON object"
