"""The parse parameters, once: wire name, type, effective default, meaning, and what else is known about each.

Everything else is derived from here: the marshmallow schema and the OpenAPI (schemas/derive.py), docs/parameters.md
(docs/generate.py), the configuration a result reports and the hash that recognises it (engines/parameters/effective.py), and the
typed options of the engines. The list is the API's: 125 of its first
reference and what newer clients know besides; a test holds it to that. The length of this file is the list's.
"""

from __future__ import annotations

import enum
import types
import typing
from dataclasses import dataclass, field, fields
from typing import Any, TypedDict, Unpack

from engines.parameters.families import EVERY, FIXED, NOT_SHEETS, OFFICE, PAGED, PRINTED, Family
from engines.parameters.languages import Language
from engines.parameters.masking import Secret


class ParsingMode(enum.StrEnum):
    """Ways of rebuilding a document; those named after a model use one when it is configured."""

    PARSE_PAGE_WITHOUT_LLM = "parse_page_without_llm"
    PARSE_PAGE_WITH_LLM = "parse_page_with_llm"
    PARSE_PAGE_WITH_LVM = "parse_page_with_lvm"
    PARSE_PAGE_WITH_AGENT = "parse_page_with_agent"
    PARSE_PAGE_WITH_LAYOUT_AGENT = "parse_page_with_layout_agent"
    PARSE_DOCUMENT_WITH_LLM = "parse_document_with_llm"
    PARSE_DOCUMENT_WITH_LVM = "parse_document_with_lvm"
    PARSE_DOCUMENT_WITH_AGENT = "parse_document_with_agent"


class FailPageMode(enum.StrEnum):
    """What stands in the result for a page that failed."""

    RAW_TEXT = "raw_text"
    BLANK_PAGE = "blank_page"
    ERROR_MESSAGE = "error_message"


class Priority(enum.StrEnum):
    """How urgent a job is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class SaveableImage(enum.StrEnum):
    """Kinds of pictures that can be kept with a result."""

    SCREENSHOT = "screenshot"
    EMBEDDED = "embedded"
    LAYOUT = "layout"


class WatermarkHandling(enum.StrEnum):
    """Where the text of a watermark stands in the result."""

    MOVE_TO_END = "move_to_end"
    MOVE_TO_START = "move_to_start"
    REMOVE = "remove"


class ParseType(enum.StrEnum):
    """The only value of `type`."""

    PARSE = "parse"


class WebhookFormat(enum.StrEnum):
    """How a webhook's body is written."""

    STRING = "string"
    JSON = "json"


class WebhookEvent(enum.StrEnum):
    """Events of the API reference; a subscription may name others too, which newer clients know."""

    EXTRACT_PENDING = "extract.pending"
    EXTRACT_SUCCESS = "extract.success"
    EXTRACT_ERROR = "extract.error"
    EXTRACT_PARTIAL_SUCCESS = "extract.partial_success"
    EXTRACT_CANCELLED = "extract.cancelled"
    PARSE_PENDING = "parse.pending"
    PARSE_RUNNING = "parse.running"
    PARSE_SUCCESS = "parse.success"
    PARSE_ERROR = "parse.error"
    PARSE_PARTIAL_SUCCESS = "parse.partial_success"
    PARSE_CANCELLED = "parse.cancelled"
    CLASSIFY_PENDING = "classify.pending"
    CLASSIFY_SUCCESS = "classify.success"
    CLASSIFY_ERROR = "classify.error"
    CLASSIFY_PARTIAL_SUCCESS = "classify.partial_success"
    CLASSIFY_CANCELLED = "classify.cancelled"
    UNMAPPED_EVENT = "unmapped_event"


class ParameterFacts(TypedDict, total=False):
    """What may be said of a parameter besides its sentence."""

    name: str
    """Its name on the wire, where that is no good attribute name."""
    default: Any
    """What holds when it is absent; booleans default to false, everything else to nothing."""
    group: str
    """Given to the first parameter of a group; those that follow belong to it too."""
    secret: Secret
    """How much of it is stored encrypted, answered masked, and in no hash; nothing by default."""
    needs_model: bool
    """Has no meaning without a language model, so it is refused where none is configured."""
    affects_output: bool
    """Two jobs that differ in it may give different results (the default)."""
    inputs: tuple[Family, ...]
    """Kinds of documents that it can change (every kind by default); on others it leaves a warning."""
    needs: str
    """What must be installed or set for it, beyond the default install."""
    together_with: str
    """Wire name of the parameter without which it changes nothing; of several, `a or b`, one is enough."""


def param(doc: str, **facts: Unpack[ParameterFacts]) -> Any:
    """Declare a parameter: one sentence that says what it does, and the facts that differ from the usual."""
    return field(default=None, metadata={"doc": doc, **facts})


def model_param(doc: str, **facts: Unpack[ParameterFacts]) -> Any:
    """Declare a parameter that has no meaning without a language model, which rebuilds pages and never sheets."""
    return param(doc, **({"inputs": NOT_SHEETS} | facts | {"needs_model": True}))


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConfiguration:
    """An address to be told when the status of a job changes."""

    webhook_events: list[str] | None = param("Events to be told of, such as `parse.success`; absent means all.")
    webhook_headers: dict[str, str] | None = param("HTTP headers to send along, such as a token.", secret=Secret.ALL)
    webhook_output_format: WebhookFormat | None = param(
        "`json` sends the event as an object, `string` as a JSON string that holds it.", default=WebhookFormat.STRING
    )
    webhook_url: str | None = param("Where to POST the event.", secret=Secret.CREDENTIALS)
    webhook_signing_secret: str | None = param("Key of the HMAC-SHA256 sent as `LC-Signature`.", secret=Secret.ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseParameters:
    """What a caller may ask of the parser; None means that the caller did not say."""

    target_pages: str | None = param(
        "Pages to read, counted from 0, as numbers and ranges: `0,2-5`; absent means all.",
        group="Page selection and limits",
    )
    max_pages: int | None = param("Read no more than this many of the selected pages; 0 means all.", default=0)
    max_pages_enforced: int | None = param(
        "Fail the document with TOO_MANY_PAGES when more pages than this are left to read; 0 means no limit.",
        default=0,
    )
    bounding_box: str | None = param(
        "Margins to leave out as `top,right,bottom,left`, each a fraction of the page: `0.1,0,0.2,0`.",
        inputs=FIXED,
    )
    bbox_top: float | None = param("Fraction of the page's height to leave out at the top.", inputs=FIXED)
    bbox_bottom: float | None = param("Fraction of the page's height to leave out at the bottom.", inputs=FIXED)
    bbox_left: float | None = param("Fraction of the page's width to leave out at the left.", inputs=FIXED)
    bbox_right: float | None = param("Fraction of the page's width to leave out at the right.", inputs=FIXED)

    do_not_cache: bool | None = param(
        "Do not keep the result for later documents with the same bytes.",
        group="Caching and job control",
        affects_output=False,
    )
    invalidate_cache: bool | None = param(
        "Forget the kept result of the same bytes, parse again, and keep the new one.", affects_output=False
    )
    priority: Priority | None = param(
        "How far ahead of the project's other jobs this one is worked on.",
        default=Priority.MEDIUM,
        affects_output=False,
    )
    job_timeout_in_seconds: float | None = param(
        "Seconds a document may take from the moment it is first sent to a worker; then it fails with EXPIRED.",
        affects_output=False,
    )
    job_timeout_extra_time_per_page_in_seconds: float | None = param(
        "Seconds added to job_timeout_in_seconds for each selected page; of no use without it.",
        affects_output=False,
    )
    internal_is_screenshot_job: bool | None = param("Only make a picture of each page; read no text.", inputs=PRINTED)
    type: ParseType | None = param(
        "Kind of this configuration; always `parse`.", default=ParseType.PARSE, affects_output=False
    )
    enable_cost_optimizer: bool | None = param("Read simple pages without a model; only with an agentic tier.")

    input_url: str | None = param(
        "Fetch the document from this address instead of from stored files.",
        group="Input sources",
        secret=Secret.CREDENTIALS,
        affects_output=False,
    )
    http_proxy: str | None = param(
        "Proxy to fetch input_url through.", secret=Secret.CREDENTIALS, affects_output=False, together_with="input_url"
    )
    input_s3_path: str | None = param(
        "Read the document from this `s3://bucket/key`.",
        affects_output=False,
        needs="a bucket in SHEAF_S3_BUCKETS",
    )
    input_s3_region: str | None = param(
        "Region of the bucket of input_s3_path.", affects_output=False, together_with="input_s3_path"
    )
    resource_info: dict[str, Any] | None = param("Anything known about the file; comes back with the result.")

    page_separator: str | None = param(
        "Text between two pages; `{pageNumber}` stands for the number of the page that follows.",
        default="\n\n---\n\n",
        group="Page formatting",
    )
    page_prefix: str | None = param("Text before each page; `{pageNumber}` stands for its number.")
    page_suffix: str | None = param("Text after each page; `{pageNumber}` stands for its number.")
    page_header_prefix: str | None = param("Text before the running header of a page in the Markdown.", inputs=PAGED)
    page_header_suffix: str | None = param("Text after the running header of a page in the Markdown.", inputs=PAGED)
    page_footer_prefix: str | None = param("Text before the running footer of a page in the Markdown.", inputs=PAGED)
    page_footer_suffix: str | None = param("Text after the running footer of a page in the Markdown.", inputs=PAGED)
    hide_headers: bool | None = param("Leave running headers out of the Markdown.", inputs=PAGED)
    hide_footers: bool | None = param("Leave running footers out of the Markdown.", inputs=PAGED)

    skip_diagonal_text: bool | None = param(
        "Ignore text that is neither upright nor at a right angle.", group="Text and layout", inputs=FIXED
    )
    annotate_line_numbers: bool | None = param(
        "Find the line numbers printed in the margin, leave them out of the text, and report where the line of each stands.",
        inputs=(Family.PDF,),
    )
    watermark_handling: WatermarkHandling | None = param(
        "Where text that is stamped across the page stands: last on it, first, or nowhere; the page's `watermark` tells it.",
        default=WatermarkHandling.MOVE_TO_END,
        inputs=(Family.PDF, Family.WORD, Family.SLIDES),
    )
    remove_hidden_text: bool | None = param(
        "Ignore text that a reader of the document cannot see.", inputs=(Family.PDF,)
    )
    preserve_very_small_text: bool | None = param(
        "Keep lines less than about 2 pt high, as in drawings.", inputs=(Family.PDF,)
    )
    do_not_unroll_columns: bool | None = param(
        "Keep columns side by side in the text instead of one after the other.", inputs=FIXED
    )
    preserve_layout_alignment_across_pages: bool | None = param(
        "Align the text of all pages on one grid.", inputs=FIXED
    )
    annotate_links: bool | None = param(
        "Write links that lie on the pages of a PDF with their address: `[text](url)`. Links in the text of other documents are "
        "written so unless it is false; then every kind has their text alone. `links` of a page has them in any case."
    )
    annotate_revisions: bool | None = param(
        "Report the tracked changes of each page beside its comments, with what they are about.", inputs=(Family.WORD,)
    )
    extract_forms: bool | None = param(
        "Report the fields of fillable forms with what was filled in, page by page.", inputs=(Family.PDF,)
    )
    disable_reconstruction: bool | None = param("Make plain paragraphs: no headings, lists or tables.")
    extract_printed_page_number: bool | None = param(
        "Report the number printed on each page, such as `iv` or `A-3`.", inputs=PAGED
    )
    layout_aware: bool | None = param(
        "Order content by blocks of the layout and report the box of each part.", inputs=FIXED
    )
    ignore_document_elements_for_layout_detection: bool | None = param(
        "Find the layout from the picture of the page alone, not from the document's own objects.",
        inputs=FIXED,
        together_with="extract_layout",
    )
    continuous_mode: bool | None = param("Old name of parse_mode `parse_document_with_llm`: read across page breaks.")

    extract_layout: bool | None = param(
        "Report the blocks of each page with label, box, confidence and a cut-out picture.",
        group="Bounding boxes",
        inputs=FIXED,
    )
    precise_bounding_box: bool | None = param("Draw boxes tightly around the ink.", inputs=FIXED)
    line_level_bounding_box: bool | None = param("Report a box for each line of an item too.", inputs=FIXED)

    outlined_table_extraction: bool | None = param(
        "Find tables by the lines drawn around their cells also where most cells are empty, as in forms.",
        group="Tables",
        inputs=(Family.PDF,),
    )
    aggressive_table_extraction: bool | None = param(
        "Find tables without lines too, at the risk of false ones.", inputs=(Family.PDF,)
    )
    adaptive_long_table: bool | None = param(
        "Carry the header and columns of a long table over to its next pages.", inputs=PAGED
    )
    merge_tables_across_pages_in_markdown: bool | None = param(
        "Make one table of the parts that follow on several pages.", inputs=PAGED
    )
    keep_page_separator_when_merging_tables: bool | None = param(
        "Keep the page separators although tables were merged.",
        inputs=PAGED,
        together_with="merge_tables_across_pages_in_markdown",
    )
    output_tables_as_html: bool | None = param(
        "Write tables in the Markdown as HTML, which can show joined cells.", name="output_tables_as_HTML"
    )
    compact_markdown_table: bool | None = param("Write Markdown tables without spaces that only align them.")
    markdown_table_multiline_header_separator: str | None = param(
        "Text that joins the lines of one header cell.", default="<br/>"
    )
    guess_xlsx_sheet_name: bool | None = param("Name the sheets of the workbook of tables after what is in them.")

    disable_ocr: bool | None = param("Do not read text in pictures.", group="OCR and languages")
    high_res_ocr: bool | None = param("Read pictures at a higher resolution: slower, better with small print.")
    lang: str | None = param("Language of text in pictures; `languages` wins.", default=Language.EN)
    languages: list[Language] | None = param("Languages of text in pictures, the main one first.")

    save_images: bool | None = param(
        "Keep the document's pictures with the result.", default=True, group="Images and screenshots"
    )
    images_to_save: list[SaveableImage] | None = param(
        "Kinds of pictures to keep; when given, save_images and take_screenshot do not count."
    )
    take_screenshot: bool | None = param("Make a picture of each page.")
    disable_image_extraction: bool | None = param("Leave pictures alone: neither keep them nor read text in them.")
    inline_images_in_markdown: bool | None = param("Put pictures into the Markdown as data URIs.")
    specialized_image_parsing: bool | None = param(
        "Describe each picture in the text: by a model that sees where there is one, else by the words in it."
    )

    extract_charts: bool | None = param(
        "Report the charts of each page and keep their pictures.",
        group="Charts",
        inputs=OFFICE,
        needs="LibreOffice for pictures of charts on slides",
    )
    specialized_chart_parsing_efficient: bool | None = param(
        "Turn charts into tables, quickly.", inputs=(*OFFICE, *FIXED)
    )
    specialized_chart_parsing_plus: bool | None = param(
        "Turn charts into tables, more carefully.", inputs=(*OFFICE, *FIXED)
    )
    specialized_chart_parsing_agentic: bool | None = param(
        "Turn charts into tables in steps that check each other.", inputs=(*OFFICE, *FIXED)
    )

    spreadsheet_extract_sub_tables: bool | None = param(
        "Find several tables in one sheet.", group="Spreadsheets", inputs=(Family.SHEETS,)
    )
    spreadsheet_force_formula_computation: bool | None = param(
        "Compute formulas again instead of trusting stored values.", inputs=(Family.SHEETS,)
    )
    spreadsheet_include_hidden_sheets: bool | None = param("Read hidden sheets too.", inputs=(Family.SHEETS,))

    presentation_out_of_bounds_content: bool | None = param(
        "Read what lies outside the slide too.", group="Presentations", inputs=(Family.SLIDES,)
    )
    presentation_skip_embedded_data: bool | None = param(
        "Leave out the data behind charts; keep what they show.", inputs=(Family.SLIDES,)
    )
    presentation_include_hidden_slides: bool | None = param("Read hidden slides too.", inputs=(Family.SLIDES,))

    html_make_all_elements_visible: bool | None = param(
        "Read elements that the page hides.", group="HTML", inputs=(Family.WEB,)
    )
    html_remove_fixed_elements: bool | None = param(
        "Leave out elements fixed to the window, such as cookie banners.", inputs=(Family.WEB,)
    )
    html_remove_navigation_elements: bool | None = param(
        "Leave out menus, headers and footers of the site.", inputs=(Family.WEB,)
    )

    parse_mode: ParsingMode | None = param(
        "How pages are rebuilt.",
        default=ParsingMode.PARSE_PAGE_WITH_LLM,
        group="Modes, prompts and models",
        inputs=NOT_SHEETS,
    )
    tier: str | None = param("Quality level: `fast`, `cost_effective`, `agentic` or `agentic_plus`; needs `version`.")
    version: str | None = param("Version of the tier: `latest` or a date.")
    preset: str | None = param("Set of parameters for a kind of document, such as `invoice`; wins over most others.")
    model: str | None = model_param("Model of the agent modes.")
    system_prompt: str | None = model_param("Takes the place of the built-in system prompt.")
    system_prompt_append: str | None = model_param("Text added to the system prompt.")
    user_prompt: str | None = model_param("Takes the place of the built-in user prompt.")
    parsing_instruction: str | None = model_param("Older way to tell the model what to do.")
    is_formatting_instruction: bool | None = model_param(
        "Whether parsing_instruction may change the formatting.", default=True, together_with="parsing_instruction"
    )
    formatting_instruction: str | None = model_param("Old name of system_prompt.")
    complemental_formatting_instruction: str | None = model_param("Old name of system_prompt_append.")
    content_guideline_instruction: str | None = model_param("Old name of user_prompt.")
    fast_mode: bool | None = param("Only text: no Markdown, no OCR, no pictures; not together with gpt4o_mode.")
    premium_mode: bool | None = param("Old name of parse_mode `parse_page_with_agent`.")
    gpt4o_mode: bool | None = model_param("Old way to have pictures of the pages read by a model.")
    gpt4o_api_key: str | None = model_param(
        "Key for gpt4o_mode.", secret=Secret.ALL, together_with="gpt4o_mode", affects_output=False
    )
    use_vendor_multimodal_model: bool | None = model_param("Have pictures of the pages read by a model.")
    vendor_multimodal_model_name: str | None = model_param(
        "The model that reads pictures of pages.", default="openai-gpt4o", together_with="use_vendor_multimodal_model"
    )
    vendor_multimodal_api_key: str | None = model_param(
        "Key for that model.", secret=Secret.ALL, together_with="use_vendor_multimodal_model", affects_output=False
    )
    azure_openai_endpoint: str | None = model_param("Address of an Azure OpenAI resource.", secret=Secret.CREDENTIALS)
    azure_openai_deployment_name: str | None = model_param("Deployment of that resource.")
    azure_openai_api_version: str | None = model_param("API version of that resource.")
    azure_openai_key: str | None = model_param("Key of that resource.", secret=Secret.ALL, affects_output=False)
    structured_output: bool | None = model_param("Answer with JSON after a schema too.", inputs=EVERY)
    structured_output_json_schema: str | None = model_param(
        "The JSON Schema for it, as text.", inputs=EVERY, together_with="structured_output"
    )
    structured_output_json_schema_name: str | None = model_param(
        "A built-in schema for it: `imFeelingLucky`, `invoice` or `resume`.",
        inputs=EVERY,
        together_with="structured_output",
    )

    auto_mode: bool | None = param("Read a page again in the best mode when a trigger fits it.", group="Auto mode")
    auto_mode_trigger_on_table_in_page: bool | None = param("Trigger: the page has a table.", together_with="auto_mode")
    auto_mode_trigger_on_image_in_page: bool | None = param(
        "Trigger: the page has a picture.", together_with="auto_mode"
    )
    auto_mode_trigger_on_text_in_page: str | None = param("Trigger: the page has this text.", together_with="auto_mode")
    auto_mode_trigger_on_regexp_in_page: str | None = param(
        "Trigger: the page matches this regular expression.", together_with="auto_mode"
    )
    auto_mode_configuration_json: str | None = param(
        "JSON list of triggers, each with the parameters to use then.", together_with="auto_mode"
    )

    output_pdf_of_document: bool | None = param(
        "Keep a PDF of the document with the result.",
        group="Output and storage",
        inputs=PRINTED,
        needs="LibreOffice for office documents, Chromium for web pages",
    )
    output_s3_path_prefix: str | None = param(
        "Write the results under this `s3://bucket/prefix` too.", needs="a bucket in SHEAF_S3_BUCKETS"
    )
    output_s3_region: str | None = param(
        "Region of the bucket of the results.", together_with="output_s3_path_prefix or outputBucket"
    )
    output_bucket: str | None = param(
        "Bucket for the results when there is no output_s3_path_prefix.",
        name="outputBucket",
        needs="a bucket in SHEAF_S3_BUCKETS",
    )

    page_error_tolerance: float | None = param(
        "Share of the pages that may fail before the document does.",
        default=0.05,
        group="Errors and strictness",
    )
    replace_failed_page_mode: FailPageMode | None = param(
        "What stands for a page that failed.", default=FailPageMode.RAW_TEXT
    )
    replace_failed_page_with_error_message_prefix: str | None = param("Text before the message of a failed page.")
    replace_failed_page_with_error_message_suffix: str | None = param("Text after the message of a failed page.")
    strict_mode_image_extraction: bool | None = param("Fail the document when a picture cannot be decoded.")
    strict_mode_image_ocr: bool | None = param("Fail the document when a picture cannot be read.")
    strict_mode_reconstruction: bool | None = param(
        "Fail the document when the structure of a page cannot be rebuilt, because the page, or a part it needs, cannot be read."
    )
    strict_mode_buggy_font: bool | None = param(
        "Fail the document when characters of a font cannot be identified.", inputs=(Family.PDF,)
    )

    webhook_url: str | None = param(
        "Address that gets the whole result of each document.",
        group="Webhooks",
        secret=Secret.CREDENTIALS,
        affects_output=False,
    )
    webhook_configurations: list[WebhookConfiguration] | None = param(
        "Addresses that are told of events.", affects_output=False
    )

    custom_metadata: dict[str, Any] | None = param(
        "Anything to attach to the documents; comes back with the result.", group="Metadata"
    )
    pipeline_id: str | None = param("A grouping key of yours; comes back.", affects_output=False)
    project_id: str | None = param("Project of the job; comes back.", affects_output=False)


def saved_images(parameters: ParseParameters) -> frozenset[SaveableImage]:
    """The kinds of pictures to keep: `images_to_save` alone when given, else what the two older switches say."""
    if parameters.images_to_save is not None:
        return frozenset(parameters.images_to_save)
    switches = {
        SaveableImage.EMBEDDED: parameters.save_images is not False,
        SaveableImage.SCREENSHOT: parameters.take_screenshot is True,
    }
    return frozenset(kind for kind, is_on in switches.items() if is_on)


def tells_watermarks(parameters: ParseParameters) -> bool:
    """Whether watermarks are told from the text; the mode that gives text alone leaves them where they stand."""
    return parameters.parse_mode is not ParsingMode.PARSE_PAGE_WITHOUT_LLM


def wants_chart_data(parameters: ParseParameters) -> bool:
    """Whether charts are to be told as tables, however carefully: from a file's own numbers all three ways are the same."""
    return bool(
        parameters.specialized_chart_parsing_agentic
        or parameters.specialized_chart_parsing_plus
        or parameters.specialized_chart_parsing_efficient
    )


def notes_charts(parameters: ParseParameters) -> bool:
    """Whether it has to be known where charts are: to report them, to tell them as tables, or for auto mode to count them."""
    counts = "_n_charts" in (parameters.auto_mode_configuration_json or "")
    return counts or bool(parameters.extract_charts) or wants_chart_data(parameters)


def takes_pictures_out(parameters: ParseParameters) -> bool:
    """Whether embedded pictures are taken out of the document: to be kept, shown or read."""
    uses = (
        SaveableImage.EMBEDDED in saved_images(parameters),
        parameters.inline_images_in_markdown,
        parameters.specialized_image_parsing,
        parameters.strict_mode_image_extraction,
    )
    return any(uses) and not parameters.disable_image_extraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What is known of one parameter, read off its declaration; the fields are those of ParameterFacts."""

    attribute: str
    name: str
    doc: str
    group: str
    kind: str
    """Its type in words, such as `boolean` or `list of string`."""
    default: Any
    secret: Secret | None
    needs_model: bool
    affects_output: bool
    inputs: tuple[Family, ...]
    needs: str
    together_with: str


KINDS: dict[Any, str] = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "map"}


def kind_of(hint: Any) -> str:
    """A type hint in words; `X | None` reads as `X`."""
    arguments = [one for one in typing.get_args(hint) if one is not type(None)]
    origin = typing.get_origin(hint)
    if origin is list:
        return f"list of {kind_of(arguments[0])}"
    if origin is types.UnionType:
        return kind_of(arguments[0])
    return KINDS.get(origin or hint, getattr(hint, "__name__", ""))


def read_declarations() -> dict[str, Parameter]:
    """Collect the facts of the fields, in their order, by wire name."""
    hints = typing.get_type_hints(ParseParameters)
    group = ""
    parameters: dict[str, Parameter] = {}
    for one in fields(ParseParameters):
        facts, kind = one.metadata, kind_of(hints[one.name])
        group = facts.get("group", group)
        name = facts.get("name", one.name)
        parameters[name] = Parameter(
            attribute=one.name,
            name=name,
            doc=facts["doc"],
            group=group,
            kind=kind,
            default=facts.get("default", False if kind == "boolean" else None),
            secret=facts.get("secret"),
            needs_model=facts.get("needs_model", False),
            affects_output=facts.get("affects_output", True),
            inputs=facts.get("inputs", EVERY),
            needs=facts.get("needs", ""),
            together_with=facts.get("together_with", ""),
        )
    return parameters


PARAMETERS = read_declarations()
"""All that is known of each parameter, by its name on the wire."""
