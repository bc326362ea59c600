"""Secrets inside of a job's configuration: taken out before it is stored, put back for the worker, masked in answers.

All of it works on the JSON of a configuration, so that an answer need not load one. Which fields are secret is said
where they are declared (engines/parameters.py); the same word inside of `custom_metadata` is none.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from engines.effective import plain
from engines.parameters import PARAMETERS, WebhookConfiguration

IN_PARAMETERS = frozenset(name for name, one in PARAMETERS.items() if one.secret)
IN_WEBHOOKS = frozenset(one.name for one in fields(WebhookConfiguration) if one.metadata.get("secret"))


def split_secrets(config: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A configuration with masks in place of its secrets, and the secrets by path (`parameters/azure_openai_key`)."""
    public = copy.deepcopy(dict(config))
    secrets: dict[str, Any] = {}
    for path, holder, name in places(public):
        secrets[path] = holder[name]
        holder[name] = plain(holder[name], secret=True)
    return public, secrets


def join_secrets(config: Mapping[str, Any], secrets: Mapping[str, Any]) -> dict[str, Any]:
    """Put secrets back where `split_secrets` took them from."""
    whole = copy.deepcopy(dict(config))
    for path, holder, name in places(whole):
        holder[name] = secrets.get(path, holder[name])
    return whole


def masked(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration as answers show it."""
    return split_secrets(config)[0]


def places(config: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every secret that is set: its path, the object that holds it, and its name there."""
    parameters = config.get("parameters") or {}
    for name in IN_PARAMETERS & parameters.keys():
        if parameters[name]:
            yield f"parameters/{name}", parameters, name
    for prefix, holder in (("", config), ("parameters/", parameters)):
        for position, webhook in enumerate(holder.get("webhook_configurations") or []):
            for name in IN_WEBHOOKS & webhook.keys():
                if webhook[name]:
                    yield f"{prefix}webhook_configurations/{position}/{name}", webhook, name
