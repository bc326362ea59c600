"""Options of a v2 parse configuration, by path, and the parameters that each sets, by wire name.

schemas/parse_v2_options.py says what an option does to them; engines/auto_mode/overrides.py knows some of the groups.
"""

from __future__ import annotations

from collections.abc import Mapping

CHART_PARSING: Mapping[str, str] = {
    "efficient": "specialized_chart_parsing_efficient",
    "agentic": "specialized_chart_parsing_agentic",
    "agentic_plus": "specialized_chart_parsing_plus",
}
"""The values of `specialized_chart_parsing`, and the parameter that each switches on."""

V2_NAMES: Mapping[str, tuple[str, ...]] = {
    "tier": ("tier",),
    "version": ("version",),
    "source_url": ("input_url",),
    "http_proxy": ("http_proxy",),
    "disable_cache": ("do_not_cache", "invalidate_cache"),
    "user_metadata": ("custom_metadata",),
    "webhook_configurations": ("webhook_configurations",),
    "agentic_options.custom_prompt": ("parsing_instruction",),
    "crop_box.top": ("bbox_top",),
    "crop_box.right": ("bbox_right",),
    "crop_box.bottom": ("bbox_bottom",),
    "crop_box.left": ("bbox_left",),
    "page_ranges.max_pages": ("max_pages",),
    "page_ranges.target_pages": ("target_pages",),
    "input_options.html.make_all_elements_visible": ("html_make_all_elements_visible",),
    "input_options.html.remove_fixed_elements": ("html_remove_fixed_elements",),
    "input_options.html.remove_navigation_elements": ("html_remove_navigation_elements",),
    "input_options.presentation.include_hidden_slides": ("presentation_include_hidden_slides",),
    "input_options.presentation.out_of_bounds_content": ("presentation_out_of_bounds_content",),
    "input_options.presentation.skip_embedded_data": ("presentation_skip_embedded_data",),
    "input_options.spreadsheet.detect_sub_tables_in_sheets": ("spreadsheet_extract_sub_tables",),
    "input_options.spreadsheet.force_formula_computation_in_sheets": ("spreadsheet_force_formula_computation",),
    "input_options.spreadsheet.include_hidden_sheets": ("spreadsheet_include_hidden_sheets",),
    "output_options.extract_printed_page_number": ("extract_printed_page_number",),
    "output_options.granular_bboxes": ("line_level_bounding_box",),
    "output_options.images_to_save": ("images_to_save",),
    "output_options.markdown.annotate_line_numbers": ("annotate_line_numbers",),
    "output_options.markdown.annotate_links": ("annotate_links",),
    "output_options.markdown.annotate_revisions": ("annotate_revisions",),
    "output_options.markdown.inline_images": ("inline_images_in_markdown",),
    "output_options.markdown.tables.compact_markdown_tables": ("compact_markdown_table",),
    "output_options.markdown.tables.markdown_table_multiline_separator": ("markdown_table_multiline_header_separator",),
    "output_options.markdown.tables.merge_continued_tables": ("merge_tables_across_pages_in_markdown",),
    "output_options.markdown.tables.output_tables_as_markdown": ("output_tables_as_HTML",),
    "output_options.save_output_pdf": ("output_pdf_of_document",),
    "output_options.spatial_text.do_not_unroll_columns": ("do_not_unroll_columns",),
    "output_options.spatial_text.preserve_layout_alignment_across_pages": ("preserve_layout_alignment_across_pages",),
    "output_options.spatial_text.preserve_very_small_text": ("preserve_very_small_text",),
    "output_options.tables_as_spreadsheet.guess_sheet_name": ("guess_xlsx_sheet_name",),
    "output_options.watermark_handling": ("watermark_handling",),
    "processing_control.job_failure_conditions.allowed_page_failure_ratio": ("page_error_tolerance",),
    "processing_control.job_failure_conditions.fail_on_buggy_font": ("strict_mode_buggy_font",),
    "processing_control.job_failure_conditions.fail_on_image_extraction_error": ("strict_mode_image_extraction",),
    "processing_control.job_failure_conditions.fail_on_image_ocr_error": ("strict_mode_image_ocr",),
    "processing_control.job_failure_conditions.fail_on_markdown_reconstruction_error": ("strict_mode_reconstruction",),
    "processing_control.timeouts.base_in_seconds": ("job_timeout_in_seconds",),
    "processing_control.timeouts.extra_time_per_page_in_seconds": ("job_timeout_extra_time_per_page_in_seconds",),
    "processing_options.aggressive_table_extraction": ("aggressive_table_extraction",),
    "processing_options.auto_mode_configuration": ("auto_mode_configuration_json", "auto_mode"),
    "processing_options.cost_optimizer.enable": ("enable_cost_optimizer",),
    "processing_options.disable_heuristics": ("outlined_table_extraction", "adaptive_long_table"),
    "processing_options.forms": ("extract_forms",),
    "processing_options.ignore.ignore_diagonal_text": ("skip_diagonal_text",),
    "processing_options.ignore.ignore_hidden_text": ("remove_hidden_text",),
    "processing_options.ignore.ignore_text_in_image": ("disable_ocr",),
    "processing_options.ocr_parameters.languages": ("languages",),
    "processing_options.specialized_chart_parsing": tuple(CHART_PARSING.values()),
}
"""Options that set nothing are not among them."""


def names_below(group: str) -> dict[str, str]:
    """The options right below a group of which each sets one parameter, such as `crop_box`, and that parameter."""
    return {
        path.removeprefix(f"{group}."): names[0] for path, names in V2_NAMES.items() if path.rpartition(".")[0] == group
    }
