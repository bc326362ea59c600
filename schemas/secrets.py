"""Secrets inside of a job's configuration: taken out before it is stored, put back for the worker, masked in answers.

All of it works on the JSON of a configuration, so that an answer need not load one. Which fields are secret is said
where they are declared (engines/parameters/__init__.py); the same word inside of `custom_metadata` is none.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from marshmallow import ValidationError

from engines.parameters import PARAMETERS, WebhookConfiguration, masking
from engines.parameters.masking import Secret

IN_PARAMETERS = {name: one.secret for name, one in PARAMETERS.items() if one.secret}
"""The legacy `webhook_url` stands beside the parameters too."""
IN_WEBHOOKS = {one.name: one.metadata["secret"] for one in fields(WebhookConfiguration) if one.metadata.get("secret")}


def split_secrets(config: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A configuration with masks in place of its secrets, and the secrets by path (`parameters/azure_openai_key`)."""
    public = copy.deepcopy(dict(config))
    secrets: dict[str, Any] = {}
    for path, holder, name, secret in places(public):
        shown = masking.masked(holder[name], secret)
        if shown != holder[name]:
            secrets[path] = holder[name]
            holder[name] = shown
    return public, secrets


def join_secrets(config: Mapping[str, Any], secrets: Mapping[str, Any]) -> dict[str, Any]:
    """Put secrets back where `split_secrets` took them from."""
    whole = copy.deepcopy(dict(config))
    for path, holder, name, _ in places(whole):
        holder[name] = secrets.get(path, holder[name])
    return whole


def masked_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration as answers show it."""
    return split_secrets(config)[0]


def unmasked(config: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with the secrets of an earlier one wherever it shows their masks, header by header.

    A webhook is the earlier one of the same address, as masked, so that no secret goes to another. Raises
    ValidationError, keyed by its place, for a mask that stands for nothing.
    """
    before = dict(earlier)
    before["webhook_configurations"] = _same_addresses(config, before)
    return _restored(config, before)


def _restored(config: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with the secrets of an earlier one in place of their masks. Raises as `unmasked` does."""
    whole = copy.deepcopy(dict(config))
    known = {path: holder[name] for path, holder, name, _ in places(copy.deepcopy(dict(earlier)))}
    for path, holder, name, secret in places(whole):
        holder[name] = _without_masks(holder[name], known.get(path), secret)
        if _has_mask(holder[name]):
            problem: Any = [
                f"{masking.MASK} stands for a stored secret, and there is none here: send the secret itself"
            ]
            for step in reversed(path.split("/")):
                problem = {int(step) if step.isdigit() else step: problem}
            raise ValidationError(problem)
    return whole


def split_webhook(webhook: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """As `split_secrets`, for one webhook that stands alone."""
    public, secrets = split_secrets(_alone(webhook))
    [shown] = public[_WEBHOOKS]
    return shown, secrets


def join_webhook(webhook: Mapping[str, Any], secrets: Mapping[str, Any]) -> dict[str, Any]:
    """Put secrets back where `split_webhook` took them from."""
    whole: dict[str, Any] = join_secrets(_alone(webhook), secrets)[_WEBHOOKS][0]
    return whole


def unmasked_webhook(webhook: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    """As `unmasked`, for one webhook that is known to be the earlier one whatever its address. Errors are keyed by field."""
    try:
        whole: dict[str, Any] = _restored(_alone(webhook), _alone(earlier))[_WEBHOOKS][0]
    except ValidationError as error:
        raise ValidationError(error.messages[_WEBHOOKS][0]) from error  # type: ignore[call-overload] # always keyed so
    return whole


_WEBHOOKS = "webhook_configurations"


def _alone(webhook: Mapping[str, Any]) -> dict[str, Any]:
    return {_WEBHOOKS: [dict(webhook)]}


def _same_addresses(config: Mapping[str, Any], earlier: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each webhook of a configuration the earlier one of its address; nothing where it is new, or one of several."""
    webhooks, stored = (one.get("webhook_configurations") or [] for one in (config, earlier))
    addresses = [_shown_address(one) for one in webhooks]
    found: list[dict[str, Any]] = []
    for position, address in enumerate(addresses):
        same = [one for one in stored if _shown_address(one) == address]
        is_clear = len(same) == addresses.count(address)
        found.append(same[addresses[:position].count(address)] if is_clear else {})
    return found


def _shown_address(webhook: Mapping[str, Any]) -> object:
    return masking.masked(webhook.get("webhook_url"), Secret.CREDENTIALS)


def _without_masks(value: Any, before: Any, secret: Secret) -> Any:
    if isinstance(value, dict) and isinstance(before, dict):
        return {name: before.get(name, one) if one == masking.MASK else one for name, one in value.items()}
    return before if before and value == masking.masked(before, secret) else value


def _has_mask(value: Any) -> bool:
    if isinstance(value, dict):
        return masking.MASK in value.values()
    return isinstance(value, str) and masking.MASK in value


def places(config: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str, Secret]]:
    """All that may hold secrets: its path, the object that it is in, its name there, and how much of it is secret."""
    for prefix, holder in (("", config), ("parameters/", config.get("parameters") or {})):
        for name in IN_PARAMETERS.keys() & holder.keys():
            yield f"{prefix}{name}", holder, name, IN_PARAMETERS[name]
        for position, webhook in enumerate(holder.get("webhook_configurations") or []):
            for name in IN_WEBHOOKS.keys() & webhook.keys():
                yield f"{prefix}webhook_configurations/{position}/{name}", webhook, name, IN_WEBHOOKS[name]
