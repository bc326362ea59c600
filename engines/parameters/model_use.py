"""When a language model is asked: only for jobs that ask for one, in whatever words (docs/decisions/0051)."""

from __future__ import annotations

from engines.parameters import ParseParameters, ParsingMode, wants_chart_data
from engines.parameters.modes import LOOKING, resolved

AZURE_FIELDS = ("azure_openai_endpoint", "azure_openai_deployment_name", "azure_openai_api_version", "azure_openai_key")
"""Attributes that name an Azure resource together."""
NAMES_OF_MODELS = ("model", "vendor_multimodal_model_name")
"""Attributes that name a model."""
PROMPTS = frozenset(
    {
        "model",
        "system_prompt",
        "system_prompt_append",
        "user_prompt",
        "parsing_instruction",
        "formatting_instruction",
        "complemental_formatting_instruction",
        "content_guideline_instruction",
    }
)
"""Attributes that ask for a model by being set."""


def asks_model(parameters: ParseParameters) -> bool:
    """Whether a job asks a model, where there is one: auto mode does, which reads pages again in a mode that is named after one."""
    looks_closer = parameters.specialized_image_parsing or wants_chart_data(parameters)
    return bool(parameters.auto_mode or parameters.structured_output or looks_closer or rebuilds(parameters))


def rebuilds(parameters: ParseParameters) -> bool:
    """Whether pages are rebuilt by a model: a mode, tier or preset is named after one, or something has no meaning otherwise."""
    mode = resolved(parameters).parse_mode
    if mode is ParsingMode.PARSE_PAGE_WITHOUT_LLM:
        return False
    return mode is not None or any(getattr(parameters, name) for name in PROMPTS)


def brings_azure(parameters: ParseParameters) -> bool:
    """Whether a job names an Azure resource of its own."""
    return all(getattr(parameters, name) for name in AZURE_FIELDS)


def brings_key(parameters: ParseParameters) -> bool:
    """Whether a job brings a key for the vendor of its model."""
    if parameters.gpt4o_mode and parameters.gpt4o_api_key:
        return True
    return bool(parameters.use_vendor_multimodal_model and parameters.vendor_multimodal_api_key)


def brings_model(parameters: ParseParameters) -> bool:
    """Whether a job needs no endpoint of the operator."""
    return brings_azure(parameters) or brings_key(parameters)


def looks(parameters: ParseParameters) -> bool:
    """Whether the model is shown pictures of pages and nothing else."""
    return parameters.parse_mode in LOOKING
