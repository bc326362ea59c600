"""The lists the API fixes: 125 parse parameters with their types, those that came later, 86 languages."""

from __future__ import annotations

import pytest
from support.effects import LATER

from engines.parameters import PARAMETERS, ParseParameters, SaveableImage, saved_images
from engines.parameters.languages import Language, languages_of
from engines.parameters.masking import Secret

REFERENCE = {
    "boolean": """
        adaptive_long_table aggressive_table_extraction annotate_links auto_mode
        auto_mode_trigger_on_image_in_page auto_mode_trigger_on_table_in_page compact_markdown_table
        continuous_mode disable_image_extraction disable_ocr disable_reconstruction do_not_cache
        do_not_unroll_columns enable_cost_optimizer extract_charts extract_layout
        extract_printed_page_number fast_mode gpt4o_mode guess_xlsx_sheet_name hide_footers hide_headers
        high_res_ocr html_make_all_elements_visible html_remove_fixed_elements
        html_remove_navigation_elements ignore_document_elements_for_layout_detection
        inline_images_in_markdown internal_is_screenshot_job invalidate_cache is_formatting_instruction
        keep_page_separator_when_merging_tables layout_aware line_level_bounding_box
        merge_tables_across_pages_in_markdown outlined_table_extraction output_pdf_of_document
        output_tables_as_HTML precise_bounding_box premium_mode presentation_out_of_bounds_content
        presentation_skip_embedded_data preserve_layout_alignment_across_pages preserve_very_small_text
        remove_hidden_text save_images skip_diagonal_text specialized_chart_parsing_agentic
        specialized_chart_parsing_efficient specialized_chart_parsing_plus specialized_image_parsing
        spreadsheet_extract_sub_tables spreadsheet_force_formula_computation
        spreadsheet_include_hidden_sheets strict_mode_buggy_font strict_mode_image_extraction
        strict_mode_image_ocr strict_mode_reconstruction structured_output take_screenshot
        use_vendor_multimodal_model
    """,
    "string": """
        auto_mode_configuration_json auto_mode_trigger_on_regexp_in_page auto_mode_trigger_on_text_in_page
        azure_openai_api_version azure_openai_deployment_name azure_openai_endpoint azure_openai_key
        bounding_box complemental_formatting_instruction content_guideline_instruction
        formatting_instruction gpt4o_api_key http_proxy input_s3_path input_s3_region input_url lang
        markdown_table_multiline_header_separator model output_s3_path_prefix output_s3_region outputBucket
        page_footer_prefix page_footer_suffix page_header_prefix page_header_suffix page_prefix
        page_separator page_suffix parsing_instruction pipeline_id preset project_id
        replace_failed_page_with_error_message_prefix replace_failed_page_with_error_message_suffix
        structured_output_json_schema structured_output_json_schema_name system_prompt system_prompt_append
        target_pages tier user_prompt vendor_multimodal_api_key vendor_multimodal_model_name version
        webhook_url
    """,
    "number": """
        bbox_bottom bbox_left bbox_right bbox_top job_timeout_extra_time_per_page_in_seconds
        job_timeout_in_seconds max_pages max_pages_enforced page_error_tolerance
    """,
    "map": """
        custom_metadata resource_info
    """,
    "list of SaveableImage": "images_to_save",
    "list of Language": "languages",
    "ParsingMode": "parse_mode",
    "Priority": "priority",
    "FailPageMode": "replace_failed_page_mode",
    "ParseType": "type",
    "list of WebhookConfiguration": "webhook_configurations",
}

LANGUAGES = """
    af az bs cs cy da de en es et fr ga hr hu id is it ku la lt lv mi ms mt nl no oc pi pl pt ro rs_latin sk
    sl sq sv sw tl tr uz vi ar fa ug ur bn as mni ru rs_cyrillic be bg uk mn abq ady kbd ava dar inh che lbe
    lez tab tjk hi mr ne bh mai ang bho mah sck new gom sa bgc th ch_sim ch_tra ja ko ta te kn
"""

NEED_A_MODEL = """
    model system_prompt system_prompt_append user_prompt parsing_instruction is_formatting_instruction
    formatting_instruction complemental_formatting_instruction content_guideline_instruction gpt4o_mode gpt4o_api_key
    use_vendor_multimodal_model vendor_multimodal_model_name vendor_multimodal_api_key azure_openai_endpoint
    azure_openai_deployment_name azure_openai_api_version azure_openai_key structured_output
    structured_output_json_schema structured_output_json_schema_name
"""


def test_the_parameters_are_those_of_the_reference_with_their_types() -> None:
    expected = {name: kind for kind, names in REFERENCE.items() for name in names.split()}
    later = {name: kind for kind, names in LATER.items() for name in names.split()}
    declared = {name: one.kind.replace("integer", "number") for name, one in PARAMETERS.items()}
    assert len(expected) == 125
    assert declared == expected | later


def test_counts_of_pages_are_whole_numbers() -> None:
    assert [name for name, one in PARAMETERS.items() if one.kind == "integer"] == ["max_pages", "max_pages_enforced"]


def test_every_parameter_is_absent_unless_given() -> None:
    nothing = ParseParameters()
    assert all(getattr(nothing, one.attribute) is None for one in PARAMETERS.values())


def test_every_parameter_has_a_sentence_and_a_group() -> None:
    assert all(one.doc.endswith(".") and one.group for one in PARAMETERS.values())
    assert len({one.doc for one in PARAMETERS.values()}) == len(PARAMETERS)
    assert len({one.group for one in PARAMETERS.values()}) == 19


def test_keys_are_secret_and_so_are_the_credentials_in_addresses() -> None:
    secret = {kind: {name for name, one in PARAMETERS.items() if one.secret is kind} for kind in Secret}
    assert secret[Secret.ALL] == {"azure_openai_key", "gpt4o_api_key", "vendor_multimodal_api_key"}
    assert secret[Secret.CREDENTIALS] == {"azure_openai_endpoint", "http_proxy", "input_url", "webhook_url"}


def test_what_needs_a_model_are_prompts_keys_and_vendor_settings() -> None:
    assert sorted(name for name, one in PARAMETERS.items() if one.needs_model) == sorted(NEED_A_MODEL.split())


def test_the_languages_are_those_of_the_reference_in_its_order() -> None:
    assert list(Language) == LANGUAGES.split()


def test_a_language_knows_its_data_and_the_package_that_holds_it() -> None:
    assert (Language.EN.model, Language.EN.package) == ("eng", "tesseract-ocr-eng")
    assert (Language("ch_sim").model, Language("ch_sim").package) == ("chi_sim", "tesseract-ocr-chi-sim")
    assert (Language("rs_latin").model, Language("rs_latin").package) == ("srp_latn", "tesseract-ocr-srp-latn")


def test_a_language_without_data_of_its_own_is_read_with_its_script() -> None:
    fallbacks = [one for one in Language if one.is_script_fallback]
    assert len(fallbacks) == 21
    assert {one.model for one in fallbacks} == {"Cyrillic", "Devanagari", "Bengali", "Latin"}
    assert Language("che").package == "tesseract-ocr-script-cyrl"


def test_languages_win_over_lang_and_english_is_the_default() -> None:
    assert languages_of("de", [Language.FR, Language.EN]) == [Language.FR, Language.EN]
    assert languages_of("de", None) == [Language.DE]
    assert languages_of(None, []) == [Language.EN]
    with pytest.raises(ValueError, match="klingon"):
        languages_of("klingon", None)


@pytest.mark.parametrize(
    ("parameters", "kinds"),
    [
        (ParseParameters(), {"embedded"}),
        (ParseParameters(save_images=False), set()),
        (ParseParameters(take_screenshot=True), {"embedded", "screenshot"}),
        (ParseParameters(images_to_save=[], take_screenshot=True), set()),
        (ParseParameters(images_to_save=[SaveableImage.LAYOUT], save_images=True), {"layout"}),
    ],
)
def test_images_to_save_wins_over_the_two_switches(parameters: ParseParameters, kinds: set[str]) -> None:
    assert saved_images(parameters) == kinds
