"""Names of models: those of the hosted service, and what they are at their vendors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

OPENAI, ANTHROPIC, GOOGLE = "openai", "anthropic", "google"
VENDORS = (OPENAI, ANTHROPIC, GOOGLE)
"""Vendors of models that jobs may bring keys for; all offer the interface of the first one."""
GPT_4O = "openai-gpt4o"
AZURE = "custom-azure-model"
"""The name that stands for a deployment of the job's own."""


@dataclass(frozen=True, slots=True)
class Known:
    """A model of the hosted service."""

    vendor: str
    name: str
    """At the vendor."""
    is_small: bool = False


KNOWN: Mapping[str, Known] = MappingProxyType(
    {
        GPT_4O: Known(OPENAI, "gpt-4o"),
        "openai-gpt-4o": Known(OPENAI, "gpt-4o"),
        "openai-gpt-4o-mini": Known(OPENAI, "gpt-4o-mini", is_small=True),
        "openai-gpt-4-1": Known(OPENAI, "gpt-4.1"),
        "openai-gpt-4-1-mini": Known(OPENAI, "gpt-4.1-mini", is_small=True),
        "openai-gpt-4-1-nano": Known(OPENAI, "gpt-4.1-nano", is_small=True),
        "openai-gpt-5": Known(OPENAI, "gpt-5"),
        "openai-gpt-5-mini": Known(OPENAI, "gpt-5-mini", is_small=True),
        "openai-gpt-5-nano": Known(OPENAI, "gpt-5-nano", is_small=True),
        "anthropic-sonnet-3.5": Known(ANTHROPIC, "claude-3-5-sonnet-latest"),
        "anthropic-sonnet-3.7": Known(ANTHROPIC, "claude-3-7-sonnet-latest"),
        "anthropic-sonnet-4.0": Known(ANTHROPIC, "claude-sonnet-4-0"),
        "anthropic-sonnet-4.5": Known(ANTHROPIC, "claude-sonnet-4-5"),
        "anthropic-haiku-3.5": Known(ANTHROPIC, "claude-3-5-haiku-latest", is_small=True),
        "anthropic-haiku-4.5": Known(ANTHROPIC, "claude-haiku-4-5", is_small=True),
        "gemini-2.0-flash-001": Known(GOOGLE, "gemini-2.0-flash-001", is_small=True),
        "gemini-2.5-flash": Known(GOOGLE, "gemini-2.5-flash", is_small=True),
        "gemini-2.5-pro": Known(GOOGLE, "gemini-2.5-pro"),
    }
)
"""Models that clients of the hosted service name. At an endpoint of the operator such a name means its small model or its own."""
