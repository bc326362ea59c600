"""What the types of the parameters cannot say: rules of values and of parameters together.

One wrong value must not waste ten thousand documents, so whatever cannot work is refused before a job exists. Each rule
yields its complaints and none stops at the first, so that a caller sees all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from engines.auto_mode.triggers import AutoModeRule, entries_in
from engines.page_selection import page_ranges
from engines.parameters import ParseParameters, WebhookConfiguration, model_rules
from engines.parameters.conditions import Complaint, Conditions, ParameterRule
from engines.parameters.crop import box_margins, is_fraction, margins_of
from engines.parameters.languages import Language
from engines.parameters.modes import PRESETS, TIERS, VERSIONS
from engines.parameters.patterns import Pattern, pattern_in, refused

PRESET_SUFFIXES = ("", "-v-1", "-latest")
AGENTIC_TIERS = ("agentic", "agentic_plus")
SOURCES = ("input_url", "input_s3_path")
"""Wire names of the parameters that name a document of their own, so that no stored items may be named beside them."""


def complaints_about(parameters: ParseParameters, conditions: Conditions) -> list[Complaint]:
    """Everything that cannot work, in the order of the rules; empty when the parameters are good."""
    return [complaint for rule in RULES for complaint in rule(parameters, conditions)]


def pages(parameters: ParseParameters, _: Conditions) -> Iterator[Complaint]:
    """The page selection reads as one, and its limits are no negative numbers."""
    if parameters.target_pages:
        try:
            page_ranges(parameters.target_pages)
        except ValueError as error:
            yield Complaint(
                ("target_pages",), f"Input should be page numbers from 0 and ranges, such as '0,2-5': {error}"
            )
    for name, number in (("max_pages", parameters.max_pages), ("max_pages_enforced", parameters.max_pages_enforced)):
        if number is not None and number < 0:
            yield Complaint((name,), "Input should be greater than or equal to 0")


def crop(parameters: ParseParameters, _: Conditions) -> Iterator[Complaint]:
    """Margins are fractions, and opposite ones leave something of the page."""
    sound = True
    for side in ("top", "right", "bottom", "left"):
        number = getattr(parameters, f"bbox_{side}")
        if number is not None and not is_fraction(number):
            sound = False
            yield Complaint((f"bbox_{side}",), "Input should be a number from 0 to 1")
    if parameters.bounding_box:
        try:
            box_margins(parameters.bounding_box)
        except ValueError:
            sound = False
            yield Complaint(("bounding_box",), "Input should be four numbers from 0 to 1: 'top,right,bottom,left'")
    if sound:
        yield from opposite_margins(parameters)


def opposite_margins(parameters: ParseParameters) -> Iterator[Complaint]:
    """Blame the later-named of two margins that meet; `bounding_box` when neither was given by itself."""
    margins = margins_of(parameters)
    for first, second in (("top", "bottom"), ("left", "right")):
        if getattr(margins, first) + getattr(margins, second) >= 1:
            sides = [side for side in (second, first) if getattr(parameters, f"bbox_{side}") is not None]
            name = f"bbox_{sides[0]}" if sides else "bounding_box"
            yield Complaint(
                (name,), f"The margins {first} and {second} leave nothing of the page; together they must stay below 1"
            )


def time_limits(parameters: ParseParameters, conditions: Conditions) -> Iterator[Complaint]:
    """A job has the time the server asks for at least, and extra time comes on top of a limit."""
    base, extra = parameters.job_timeout_in_seconds, parameters.job_timeout_extra_time_per_page_in_seconds
    least = conditions.min_job_timeout_seconds
    if base is not None and base < least:
        yield Complaint(("job_timeout_in_seconds",), f"Input should be greater than or equal to {least:g}")
    if extra is None:
        return
    if extra < 0:
        yield Complaint(("job_timeout_extra_time_per_page_in_seconds",), "Input should be greater than or equal to 0")
    if base is None:
        yield Complaint(
            ("job_timeout_extra_time_per_page_in_seconds",), "This needs job_timeout_in_seconds, to which it is added"
        )


def languages(parameters: ParseParameters, _: Conditions) -> Iterator[Complaint]:
    """`lang` is any text for the schema but one of the 86 codes in fact; a list of languages is not empty."""
    if parameters.lang is not None and parameters.lang not in list(Language):
        yield Complaint(("lang",), f"Input should be one of {', '.join(Language)}")
    if parameters.languages is not None and not parameters.languages:
        yield Complaint(("languages",), "List should have at least 1 item")


def tolerance(parameters: ParseParameters, _: Conditions) -> Iterator[Complaint]:
    """The share of pages that may fail is a share."""
    if parameters.page_error_tolerance is not None and not is_fraction(parameters.page_error_tolerance):
        yield Complaint(("page_error_tolerance",), "Input should be a number from 0 to 1")


def addresses(parameters: ParseParameters, conditions: Conditions) -> Iterator[Complaint]:
    """URLs are such, and lead nowhere that the server may not go; through a proxy it is the proxy that goes."""
    for name in ("input_url", "http_proxy", "azure_openai_endpoint", "webhook_url"):
        is_judged = not (name == "input_url" and parameters.http_proxy)
        yield from web_address_complaint((name,), getattr(parameters, name), conditions if is_judged else None)
    for name in ("input_s3_path", "output_s3_path_prefix"):
        if (url := getattr(parameters, name)) and not is_s3_address(url, with_key=name == "input_s3_path"):
            yield Complaint((name,), "Input should be an s3:// URL with a bucket, such as s3://bucket/folder/file.pdf")


def project(parameters: ParseParameters, conditions: Conditions) -> Iterator[Complaint]:
    """A job belongs to the project of whoever asks for it."""
    if parameters.project_id and conditions.project_id not in (None, parameters.project_id):
        yield Complaint(("project_id",), "Input should be the project of the API key, or nothing")


def buckets(parameters: ParseParameters, conditions: Conditions) -> Iterator[Complaint]:
    """Buckets that a job names are open to jobs."""
    named = {
        "input_s3_path": bucket_in(parameters.input_s3_path),
        "output_s3_path_prefix": bucket_in(parameters.output_s3_path_prefix),
        "outputBucket": parameters.output_bucket,
    }
    for name, bucket in named.items():
        if bucket and conditions.buckets is not None and bucket not in conditions.buckets:
            yield Complaint(
                (name,), f"The bucket {bucket} is not open to jobs; an operator can list it in SHEAF_S3_BUCKETS"
            )


def bucket_in(url: str | None) -> str:
    """The bucket of an `s3://` URL; empty for none, and for what is no such URL."""
    return url.removeprefix("s3://").partition("/")[0] if url and is_s3_address(url, with_key=False) else ""


def webhooks(parameters: ParseParameters, conditions: Conditions) -> Iterator[Complaint]:
    """Webhooks can be sent: an address each, and headers that fit into an HTTP request."""
    yield from complaints_about_webhooks(parameters.webhook_configurations, conditions)


def complaints_about_webhooks(
    configurations: list[WebhookConfiguration] | None, conditions: Conditions
) -> list[Complaint]:
    """What cannot work in `webhook_configurations`, wherever they are given."""
    complaints: list[Complaint] = []
    if len(configurations or []) > MOST_WEBHOOKS:
        complaints.append(Complaint(("webhook_configurations",), f"List should have at most {MOST_WEBHOOKS} items"))
    for position, one in enumerate(configurations or []):
        path = ("webhook_configurations", position)
        complaints += web_address_complaint((*path, "webhook_url"), one.webhook_url, conditions)
        for name, value in (one.webhook_headers or {}).items():
            if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
                complaints.append(
                    Complaint((*path, "webhook_headers"), "Input should be HTTP headers: ASCII, on one line")
                )
    return complaints


MOST_WEBHOOKS = 10
"""Endpoints that a job may name in one list: what happens to each document is told to every one of them."""
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


def web_address_complaint(
    path: tuple[str | int, ...], url: str | None, conditions: Conditions | None = None
) -> Iterator[Complaint]:
    """Complain of a text that is no http(s) URL, or of one where the server may not go; absent and empty ones are none at all."""
    if not url:
        return
    if not is_web_address(url):
        yield Complaint(path, WEB_ADDRESS)
        return
    try:
        is_barred = conditions is not None and conditions.is_barred(url)
    except ValueError:
        yield Complaint(path, WEB_ADDRESS)
        return
    if is_barred:
        yield Complaint(path, PRIVATE_ADDRESS)


PRIVATE_ADDRESS = "This is a private address; an operator can allow it with SHEAF_OUTBOUND_ALLOW"
WEB_ADDRESS = "Input should be an http or https URL with a host"


def is_web_address(text: str) -> bool:
    """Whether a text is an http(s) URL with a host and, if any, a port that can be."""
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"[\s\x00-\x1f]", text)


def is_s3_address(text: str, *, with_key: bool) -> bool:
    """Whether a text is `s3://bucket…`, with a key after the bucket when that is asked for."""
    matched = re.fullmatch(r"s3://([^/\s:@]+)(?:/(.*))?", text, re.DOTALL)
    return matched is not None and bool(matched[2] or not with_key)


def documents_in_text(parameters: ParseParameters, _: Conditions) -> Iterator[Complaint]:
    """JSON inside of strings can be read."""
    if parameters.auto_mode_configuration_json:
        try:
            entries_in(parameters.auto_mode_configuration_json)
        except ValueError as error:
            yield Complaint(
                ("auto_mode_configuration_json",), f"Input should be a JSON array of triggers and parsing_conf: {error}"
            )


def expressions(parameters: ParseParameters, _: Conditions) -> Iterator[Complaint]:
    """Regular expressions are such, and small enough to be used."""
    placed: list[tuple[Pattern, str, str]] = []
    simple, entries = "auto_mode_trigger_on_regexp_in_page", "auto_mode_configuration_json"
    if text := parameters.auto_mode_trigger_on_regexp_in_page:
        try:
            placed.append((pattern_in(text), simple, ""))
        except ValueError as error:
            yield Complaint((simple,), f"Input should be a regular expression: {error}")
    for number, entry in enumerate(entries_if_any(parameters), 1):
        placed += [(pattern, entries, f"entry {number}: ") for pattern in entry.patterns]
    if verdict := refused([pattern for pattern, *_place in placed]):
        position, reason = verdict
        _pattern, name, place = placed[position]
        yield Complaint((name,), f"{place}Input should be a regular expression: {reason}")


def entries_if_any(parameters: ParseParameters) -> list[AutoModeRule]:
    """The entries of auto mode; none when they cannot be read, of which documents_in_text complains."""
    try:
        return entries_in(parameters.auto_mode_configuration_json or "[]")
    except ValueError:
        return []


def upgrades(parameters: ParseParameters, conditions: Conditions) -> Iterator[Complaint]:
    """What pages are to be read with in auto mode could be asked for the whole document as well."""
    for number, entry in enumerate(entries_if_any(parameters), 1):
        for complaint in complaints_about(ParseParameters(**entry.changes), conditions):
            yield Complaint(
                ("auto_mode_configuration_json",), f"entry {number}: {complaint.path[0]}: {complaint.message}"
            )


def profiles(parameters: ParseParameters, _: Conditions) -> Iterator[Complaint]:
    """Presets and tiers are known, a tier comes with its version, modes that exclude each other do not meet."""
    known = [preset + suffix for preset in PRESETS for suffix in PRESET_SUFFIXES]
    if parameters.preset and parameters.preset not in known:
        yield Complaint(("preset",), f"Input should be one of {', '.join(known)}")
    if parameters.tier and parameters.tier not in TIERS:
        yield Complaint(("tier",), f"Input should be one of {', '.join(TIERS)}")
    if parameters.tier and not parameters.version:
        yield Complaint(("version",), "Must specify a version with a tier, such as 'latest'")
    if parameters.version and parameters.version not in VERSIONS:
        yield Complaint(("version",), f"INVALID_TIER_VERSION_COMBINATION: Input should be one of {', '.join(VERSIONS)}")
    if parameters.version and not parameters.tier:
        yield Complaint(("tier",), "Must specify a tier with a version")
    if parameters.enable_cost_optimizer and parameters.tier not in AGENTIC_TIERS:
        yield Complaint(("enable_cost_optimizer",), f"This needs a tier that is one of {', '.join(AGENTIC_TIERS)}")
    if parameters.fast_mode and parameters.gpt4o_mode:
        yield Complaint(("fast_mode",), "This cannot be used together with gpt4o_mode")


RULES: tuple[ParameterRule, ...] = (
    pages,
    crop,
    time_limits,
    languages,
    tolerance,
    addresses,
    project,
    buckets,
    webhooks,
    documents_in_text,
    expressions,
    upgrades,
    profiles,
    model_rules.models,
    model_rules.names_of_models,
    model_rules.structured_output,
)
