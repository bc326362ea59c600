"""Values that cannot work are refused before a job exists, each with its place and a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from engines.page_selection import page_indices
from engines.parameters import ParseParameters, WebhookConfiguration
from engines.parameters.conditions import Conditions
from engines.parameters.crop import Margins, margins_of
from engines.parameters.validation import complaints_about

ANYWHERE = Conditions()


def refused(conditions: Any = ANYWHERE, **values: Any) -> list[tuple[str | int, ...]]:
    """The paths of what is refused."""
    return [one.path for one in complaints_about(ParseParameters(**values), conditions)]


def test_nothing_said_is_nothing_refused() -> None:
    assert refused() == []


@pytest.mark.parametrize("pages", ["0", "0,2-5", " 3 , 1 ", "7-7", "0-999999999", ""])
def test_page_lists_of_numbers_and_ranges_are_accepted(pages: str) -> None:
    assert refused(target_pages=pages) == []


@pytest.mark.parametrize(
    "pages", ["3-1", "-1", "1-", "a", "1;2", "1,,2", "1.5", "0x1", "1-2-3", ",", "²", "9" * 5000, "pages"]
)
def test_what_is_no_page_list_is_refused(pages: str) -> None:
    assert refused(target_pages=pages) == [("target_pages",)]


def test_pages_are_sorted_once_and_inside_of_the_document() -> None:
    assert page_indices("3,1,0-2,8-999999999", 10) == [0, 1, 2, 3, 8, 9]
    assert page_indices("9", 5) == []
    assert page_indices(",".join(["0-999999999"] * 10_000), 3) == [0, 1, 2]


@pytest.mark.parametrize("name", ["max_pages", "max_pages_enforced"])
def test_page_limits_may_be_nought_but_not_below(name: str) -> None:
    assert refused(**{name: 0}) == []
    assert refused(**{name: -1}) == [(name,)]


@pytest.mark.parametrize("box", ["0.1,0,0.2,0", "0, 0, 0, 0", "0.4,0.5,0.5,0.4"])
def test_boxes_of_four_fractions_are_accepted(box: str) -> None:
    assert refused(bounding_box=box) == []


@pytest.mark.parametrize("box", ["0.1,0,0.2", "a,b,c,d", "0,0,0,1.1", "-0.1,0,0,0", "nan,0,0,0", "0.5,0,0.5,0", "1"])
def test_boxes_that_are_none_or_leave_nothing_are_refused(box: str) -> None:
    assert refused(bounding_box=box) == [("bounding_box",)]


def test_margins_are_fractions_and_opposite_ones_leave_something() -> None:
    assert refused(bbox_top=0.5, bbox_bottom=0.4, bbox_left=1.0) == [("bbox_left",)]
    assert refused(bbox_top=1.5, bbox_right=-0.1) == [("bbox_top",), ("bbox_right",)]
    assert refused(bbox_top=0.5, bbox_bottom=0.5) == [("bbox_bottom",)]
    assert refused(bounding_box="0.6,0,0.3,0", bbox_bottom=0.4) == [("bbox_bottom",)]
    assert refused(bounding_box="0.6,0,0.4,0", bbox_bottom=0.1) == []


def test_a_margin_by_name_stands_above_that_of_the_box() -> None:
    margins = margins_of(ParseParameters(bounding_box="0.1,0.2,0.3,0.4", bbox_top=0.0, bbox_left=0.5))
    assert margins == Margins(top=0.0, right=0.2, bottom=0.3, left=0.5)
    assert not margins_of(ParseParameters())


def test_a_job_has_at_least_the_time_the_server_asks_for() -> None:
    assert refused(job_timeout_in_seconds=119) == [("job_timeout_in_seconds",)]
    assert refused(job_timeout_in_seconds=120) == []
    assert refused(Conditions(min_job_timeout_seconds=1), job_timeout_in_seconds=1) == []


def test_extra_time_comes_on_top_of_a_limit() -> None:
    extra = "job_timeout_extra_time_per_page_in_seconds"
    assert refused(**{extra: 5}) == [(extra,)]
    assert refused(**{extra: 5, "job_timeout_in_seconds": 200}) == []
    assert refused(**{extra: -1, "job_timeout_in_seconds": 200}) == [(extra,)]


def test_languages_are_among_the_86_and_at_least_one() -> None:
    assert refused(lang="de") == []
    assert refused(lang="klingon") == [("lang",)]
    assert refused(lang="") == [("lang",)]
    assert refused(languages=[]) == [("languages",)]


@pytest.mark.parametrize(("share", "is_refused"), [(0.0, False), (1.0, False), (1.01, True), (-0.1, True)])
def test_the_error_tolerance_is_a_share(share: float, is_refused: bool) -> None:
    assert bool(refused(page_error_tolerance=share)) is is_refused


URLS = ["http://example.org", "https://example.org:8080/a?b=c", "http://[::1]/x", "https://user:word@example.org/"]
NO_URLS = [
    "example.org",
    "ftp://example.org",
    "http://",
    "https:///path",
    "http://a b/",
    "http://a:99999/",
    "http://[x",
    "x",
]


@pytest.mark.parametrize("name", ["input_url", "http_proxy", "webhook_url"])
def test_addresses_are_http_urls_with_a_host(name: str) -> None:
    assert not [path for url in URLS for path in refused(**{name: url}) if path == (name,)]
    assert [url for url in NO_URLS if (name,) not in refused(**{name: url})] == []


def test_webhooks_have_addresses_and_headers_that_can_be_sent() -> None:
    hooks = [
        WebhookConfiguration(webhook_url="https://example.org/hook", webhook_headers={"X-Token": "abc def"}),
        WebhookConfiguration(webhook_url="nowhere"),
        WebhookConfiguration(webhook_headers={"X-Token": "one\r\nX-Other: two"}),
        WebhookConfiguration(webhook_headers={"no header": "x"}),
    ]
    assert refused(webhook_configurations=hooks) == [
        ("webhook_configurations", 1, "webhook_url"),
        ("webhook_configurations", 2, "webhook_headers"),
        ("webhook_configurations", 3, "webhook_headers"),
    ]


def test_object_store_addresses_name_a_bucket_and_inputs_a_key() -> None:
    assert refused(output_s3_path_prefix="s3://bucket", input_s3_path="s3://bucket/a/b.pdf") == []
    assert refused(output_s3_path_prefix="file:///tmp") == [("output_s3_path_prefix",)]
    assert refused(output_s3_path_prefix="s3://") == [("output_s3_path_prefix",)]
    assert refused(input_s3_path="s3://bucket") == [("input_s3_path",)]


def test_json_inside_of_text_is_read() -> None:
    name = "auto_mode_configuration_json"
    assert refused(**{name: '[{"parsing_conf": {}}]'}) == []
    assert refused(**{name: "{}"}) == []
    assert [text for text in ("[", "3", "[3]", '"x"', "[" * 100_000) if refused(**{name: text}) != [(name,)]] == []


def test_regular_expressions_compile_as_javascript_writes_them() -> None:
    name = "auto_mode_trigger_on_regexp_in_page"
    good = ["total", "/((total cost)|(tax))/gi", "(?<sum>[0-9]+)", "(?<=a)b", "/"]
    assert [text for text in good if refused(**{name: text})] == []
    bad = ["(", "/[a/", "a" * 20_000, "*"]
    assert [text for text in bad if refused(**{name: text}) != [(name,)]] == []


def test_presets_are_known_ones_with_or_without_a_version() -> None:
    assert [preset for preset in ("invoice", "forms-v-1", "scientific-latest") if refused(preset=preset)] == []
    assert refused(preset="poems") == [("preset",)]


def test_a_tier_is_known_and_has_a_version() -> None:
    assert refused(tier="fast", version="latest") == []
    assert refused(tier="fast") == [("version",)]
    assert refused(version="latest") == [("tier",)]
    assert refused(tier="best", version="latest") == [("tier",)]


def test_the_cost_optimizer_belongs_to_agentic_tiers() -> None:
    assert refused(enable_cost_optimizer=True) == [("enable_cost_optimizer",)]
    assert refused(enable_cost_optimizer=True, tier="fast", version="latest") == [("enable_cost_optimizer",)]
    assert refused(enable_cost_optimizer=True, tier="agentic", version="latest") == []
    assert refused(enable_cost_optimizer=False) == []


def test_fast_mode_and_gpt4o_mode_exclude_each_other() -> None:
    assert refused(fast_mode=True, gpt4o_mode=True) == [("fast_mode",), ("gpt4o_mode",)]


def test_what_needs_a_model_is_refused() -> None:
    (complaint,) = complaints_about(ParseParameters(user_prompt="Translate."), ANYWHERE)
    assert complaint.path == ("user_prompt",)
    assert "needs a language model" in complaint.message


def test_defaults_of_what_needs_a_model_pass() -> None:
    defaults = ParseParameters(
        parsing_instruction="",
        is_formatting_instruction=True,
        gpt4o_mode=False,
        gpt4o_api_key="",
        vendor_multimodal_model_name="openai-gpt4o",
        structured_output=False,
    )
    assert complaints_about(defaults, ANYWHERE) == []


def test_everything_wrong_is_said_at_once() -> None:
    assert refused(target_pages="x", preset="y", lang="z") == [("target_pages",), ("lang",), ("preset",)]
