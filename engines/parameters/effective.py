"""What a job's parameters come to: defaults filled in, secrets masked, and the hash that recognises the same work."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from engines.document import Notice
from engines.errors import SENTENCES, Code
from engines.parameters import PARAMETERS, Parameter, ParseParameters, tells_watermarks
from engines.parameters.families import Family
from engines.parameters.masking import Secret, masked
from engines.parameters.modes import resolved
from engines.results import WarningResult
from engines.version import profile_version

UNTOUCHED = ParseParameters()
ACTING: frozenset[str] = frozenset(
    {
        "model",
        "system_prompt",
        "system_prompt_append",
        "user_prompt",
        "parsing_instruction",
        "is_formatting_instruction",
        "formatting_instruction",
        "complemental_formatting_instruction",
        "content_guideline_instruction",
        "gpt4o_mode",
        "gpt4o_api_key",
        "use_vendor_multimodal_model",
        "vendor_multimodal_model_name",
        "vendor_multimodal_api_key",
        "azure_openai_endpoint",
        "azure_openai_deployment_name",
        "azure_openai_api_version",
        "azure_openai_key",
        "structured_output",
        "structured_output_json_schema",
        "structured_output_json_schema_name",
    }
)
"""Wire names of the parameters for language models that act where there is one."""


def effective_value(parameters: ParseParameters, parameter: Parameter) -> Any:
    """What holds: the value given, else the default. An empty text or map is absence, where it could not mean more."""
    value = getattr(parameters, parameter.attribute)
    says_nothing = value in ("", {}) and (parameter.default is None or parameter.needs_model)
    return parameter.default if value is None or says_nothing else value


def effective_parameters(parameters: ParseParameters) -> dict[str, Any]:
    """All of them as they hold, with what mode, tier and preset stand for, by wire name and as plain JSON, secrets masked."""
    whole = resolved(parameters)
    return {name: plain_json(effective_value(whole, one), one.secret) for name, one in PARAMETERS.items()}


def plain_json(value: Any, secret: Secret | None = None) -> Any:
    """Turn a value into plain JSON, with masks in place of secrets."""
    if secret and value:
        return masked(value, secret)
    if is_dataclass(value) and not isinstance(value, type):
        named = ((one.metadata.get("name", one.name), one) for one in fields(value))
        return {name: plain_json(getattr(value, one.name), one.metadata.get("secret")) for name, one in named}
    if isinstance(value, list):
        return [plain_json(one) for one in value]
    return value.value if isinstance(value, enum.Enum) else value


def changed(parameters: ParseParameters) -> list[Parameter]:
    """The parameters whose value is not their default."""
    if parameters == UNTOUCHED:  # as most are; looking at each takes longer than reading some pages
        return []
    return [one for one in PARAMETERS.values() if effective_value(parameters, one) != one.default]


def without_inert(parameters: ParseParameters, *, has_model: bool) -> ParseParameters:
    """The parameters as if none that lacks its language model had been given: they do not act, nor choose a mode that does."""
    names = inert(parameters, has_model=has_model)
    return replace(parameters, **{PARAMETERS[name].attribute: None for name in names}) if names else parameters


def inapplicable(parameters: ParseParameters, family: Family, *, has_model: bool = False) -> list[Notice]:
    """A warning for each parameter that was set but changes nothing in documents of this kind, or alone."""
    acting = [one for one in changed(parameters) if has_model or not one.needs_model]
    reasons = {one.name: str(family) for one in acting if family not in one.inputs}
    reasons |= {one.name: f"needs {one.together_with}" for one in alone(acting)}
    if not tells_watermarks(resolved(parameters)):
        reasons |= {one.name: "not in text alone" for one in acting if one.attribute == "watermark_handling"}
    return [not_applicable(name, reason) for name, reason in reasons.items()]


def not_applicable(name: str, reason: str) -> Notice:
    """The warning that a parameter changes nothing."""
    return Notice(Code.PARAMETER_NOT_APPLICABLE, f"{SENTENCES[Code.PARAMETER_NOT_APPLICABLE]} ({name}: {reason})")


def alone(parameters: Sequence[Parameter]) -> list[Parameter]:
    """Those of the parameters given that change nothing, because none is given that they need beside them."""
    names = {one.name for one in parameters}
    return [one for one in parameters if one.together_with and names.isdisjoint(one.together_with.split(" or "))]


def own_warnings(earlier: Sequence[WarningResult], parameters: ParseParameters) -> list[WarningResult]:
    """The warnings of an earlier job with the same output as a job with these parameters would have them.

    Parameters that change no output may differ between the two, so what is said of them is said anew. What is said of
    parameters that do not act yet is left out: it goes by what was asked for, not by these parameters.
    """
    silent = [one for one in PARAMETERS.values() if one.together_with and not one.affects_output]
    others = {not_applicable(one.name, f"needs {one.together_with}").message for one in silent}
    kept = [one for one in earlier if one["message"] not in others and one["code"] != Code.PARAMETER_HAS_NO_EFFECT]
    mine = [one for one in alone(changed(parameters)) if one in silent]
    return kept + [not_applicable(one.name, f"needs {one.together_with}").as_result() for one in mine]


def inert(parameters: ParseParameters, *, has_model: bool) -> list[str]:
    """Wire names of the parameters that were set and do not act for want of a language model; a warning names them.

    With a model those are left that Sheaf does not know how to use.
    """
    return [one.name for one in changed(parameters) if one.needs_model and not (has_model and one.name in ACTING)]


def output_configuration(parameters: ParseParameters) -> dict[str, Any]:
    """The part of the effective parameters that decides what the result is: no ids, secrets, webhooks, priority."""
    effective = effective_parameters(parameters)
    return {name: effective[name] for name, one in PARAMETERS.items() if one.affects_output}


def parameters_hash(job_type: str, configuration: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a job's output-affecting configuration and of the engines' version.

    `configuration` is `output_configuration()` of a parse job, or that and the rules of a classify job.
    """
    facts = {"job_type": job_type, "configuration": configuration, "engine": profile_version()}
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
