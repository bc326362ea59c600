"""The one vocabulary of what can go wrong with a document: a code, and a sentence that says what happened and what to do."""

from __future__ import annotations

import enum
import errno
import os
from typing import TypedDict


class Code(enum.StrEnum):
    """Codes of failed items, of warnings and of refused uploads; docs/errors.md lists them with their sentences."""

    # The document
    UNSUPPORTED_FILE_TYPE = "UNSUPPORTED_FILE_TYPE"
    PDF_IS_PROTECTED = "PDF_IS_PROTECTED"
    PDF_IS_BROKEN = "PDF_IS_BROKEN"
    FILE_IS_PROTECTED = "FILE_IS_PROTECTED"
    FILE_IS_BROKEN = "FILE_IS_BROKEN"
    NO_DATA_FOUND_IN_FILE = "NO_DATA_FOUND_IN_FILE"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    OUTPUT_TOO_LARGE = "OUTPUT_TOO_LARGE"
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    PAGE_ERROR_TOLERANCE_EXCEEDED = "PAGE_ERROR_TOLERANCE_EXCEEDED"
    CONVERSION_FAILED = "CONVERSION_FAILED"
    RECONSTRUCTION_FAILED = "RECONSTRUCTION_FAILED"
    FONT_IS_BUGGY = "FONT_IS_BUGGY"
    FILE_NOT_FOUND = "FILE_NOT_FOUND"
    FILE_IS_QUARANTINED = "FILE_IS_QUARANTINED"
    # The run
    TIMEOUT = "TIMEOUT"
    EXPIRED = "EXPIRED"
    WORKER_LOST = "WORKER_LOST"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    RESOURCES_EXHAUSTED = "RESOURCES_EXHAUSTED"
    CANCELLED = "CANCELLED"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    # The environment
    OCR_UNAVAILABLE = "OCR_UNAVAILABLE"
    OCR_LANGUAGE_UNAVAILABLE = "OCR_LANGUAGE_UNAVAILABLE"
    OCR_FAILED = "OCR_FAILED"
    LIBREOFFICE_UNAVAILABLE = "LIBREOFFICE_UNAVAILABLE"
    CHROMIUM_UNAVAILABLE = "CHROMIUM_UNAVAILABLE"
    LLM_NOT_CONFIGURED = "LLM_NOT_CONFIGURED"
    LLM_DENIED = "LLM_DENIED"
    LLM_FAILED = "LLM_FAILED"
    INPUT_DOWNLOAD_FAILED = "INPUT_DOWNLOAD_FAILED"
    OUTPUT_UPLOAD_FAILED = "OUTPUT_UPLOAD_FAILED"
    # The upload of many files
    UPLOAD_NAME_INVALID = "UPLOAD_NAME_INVALID"
    UPLOAD_NAME_TAKEN = "UPLOAD_NAME_TAKEN"
    UPLOAD_NOT_A_FILE = "UPLOAD_NOT_A_FILE"
    # Warnings only
    PARAMETER_HAS_NO_EFFECT = "PARAMETER_HAS_NO_EFFECT"
    PARAMETER_NOT_APPLICABLE = "PARAMETER_NOT_APPLICABLE"
    SCREENSHOT_UNAVAILABLE = "SCREENSHOT_UNAVAILABLE"
    IMAGE_UNREADABLE = "IMAGE_UNREADABLE"
    PART_UNREADABLE = "PART_UNREADABLE"
    ATTACHMENT_LEFT_OUT = "ATTACHMENT_LEFT_OUT"
    XFA_FORM = "XFA_FORM"
    TOO_MANY_PICTURES = "TOO_MANY_PICTURES"
    DRAWING_LEFT_OUT = "DRAWING_LEFT_OUT"
    CHART_NEEDS_LLM = "CHART_NEEDS_LLM"
    IMAGE_TOO_LARGE = "IMAGE_TOO_LARGE"
    LLM_UNFAITHFUL = "LLM_UNFAITHFUL"
    CLASSIFIED_WITHOUT_EMBEDDINGS = "CLASSIFIED_WITHOUT_EMBEDDINGS"
    LLM_CEILING_REACHED = "LLM_CEILING_REACHED"
    LLM_LOST_WORDS = "LLM_LOST_WORDS"
    STRUCTURED_OUTPUT_FAILED = "STRUCTURED_OUTPUT_FAILED"
    CLASSIFIED_WITHOUT_LLM = "CLASSIFIED_WITHOUT_LLM"
    REGEXP_GIVEN_UP = "REGEXP_GIVEN_UP"
    FORMULA_NOT_COMPUTED = "FORMULA_NOT_COMPUTED"
    PAGES_UNKNOWN = "PAGES_UNKNOWN"


SENTENCES: dict[Code, str] = {
    Code.UNSUPPORTED_FILE_TYPE: "Such files cannot be parsed here; GET /api/v1/parsing/supported_file_extensions lists what can.",
    Code.PDF_IS_PROTECTED: "The PDF needs a password; remove the protection and send it again.",
    Code.PDF_IS_BROKEN: "The PDF is damaged and cannot be opened; save it again from its source.",
    Code.FILE_IS_PROTECTED: "The file needs a password; remove the protection and send it again.",
    Code.FILE_IS_BROKEN: "The file is damaged, or is not what its name says; save it again from its source.",
    Code.NO_DATA_FOUND_IN_FILE: "Nothing was found in the selected pages; check the page selection, and OCR for scans.",
    Code.DOCUMENT_TOO_LARGE: "The document is larger than this server accepts; split it, or raise the limit.",
    Code.OUTPUT_TOO_LARGE: "The document repeats or merges so much that its text would be many times as large as itself; "
    "take the repetitions out and send it again.",
    Code.TOO_MANY_PAGES: "More pages are selected than allowed; select fewer with target_pages or max_pages.",
    Code.PAGE_ERROR_TOLERANCE_EXCEEDED: "More pages failed than page_error_tolerance allows; raise it to keep the others.",
    Code.CONVERSION_FAILED: "The file could not be converted for parsing; save it in a current format and send it again.",
    Code.RECONSTRUCTION_FAILED: "The structure of a page could not be rebuilt; its text stands as it was found.",
    Code.FONT_IS_BUGGY: "Characters of a font cannot be identified; without strict_mode_buggy_font the page is read by OCR.",
    Code.FILE_NOT_FOUND: "The bytes of this file are no longer stored; upload it again.",
    Code.FILE_IS_QUARANTINED: "An identical file took down its process each time it was read so; an operator sees more by "
    "`sheaf quarantine show ID` and lets it run again by `release`, or retry the job with other parameters.",
    Code.TIMEOUT: "The work took longer than this server allows; select fewer pages, or raise SHEAF_ITEM_TIMEOUT_SECONDS.",
    Code.EXPIRED: "job_timeout_in_seconds ran out; raise it, or send fewer documents at once.",
    Code.WORKER_LOST: "The process working on this document died each time; the document probably crashes the parser.",
    Code.OUT_OF_MEMORY: "The document needs more memory than SHEAF_ITEM_MEMORY_MB allows; raise it, or select fewer pages.",
    Code.RESOURCES_EXHAUSTED: "The machine ran out of disk space or open files each time that this document was read; free some, "
    "or select fewer pages.",
    Code.CANCELLED: "The job was cancelled.",
    Code.INTERNAL_ERROR: "Sheaf failed on this document; the worker's log has the details.",
    Code.OCR_UNAVAILABLE: "Text in pictures was not read: no OCR engine with data for English is here; install tesseract-ocr "
    "(`make system`) or Sheaf's extra `ocr`.",
    Code.OCR_LANGUAGE_UNAVAILABLE: "Text in pictures cannot be read in a language asked for; install what it needs "
    "(`make system-languages`), or ask for others.",
    Code.OCR_FAILED: "Text in a picture could not be read.",
    Code.LIBREOFFICE_UNAVAILABLE: "LibreOffice is needed for this and was not found; install it (`make system`).",
    Code.CHROMIUM_UNAVAILABLE: "Chromium is needed for this and was not found; install it (`make system`).",
    Code.LLM_NOT_CONFIGURED: "This needs a language model; set SHEAF_LLM_BASE_URL and SHEAF_LLM_MODEL, or leave the parameter out.",
    Code.LLM_DENIED: "The endpoint of the language model does not know the key or the model; check both.",
    Code.LLM_FAILED: "The language model gave no answer for this page that could be used.",
    Code.CLASSIFIED_WITHOUT_EMBEDDINGS: "The embedding model gave no usable answer, so words alone were compared.",
    Code.LLM_CEILING_REACHED: "No more may be spent on language models; what was read without one stands.",
    Code.LLM_UNFAITHFUL: "The language model has written what the page does not say; check it.",
    Code.STRUCTURED_OUTPUT_FAILED: "The language model gave no JSON that the schema allows; there is no structured output.",
    Code.CLASSIFIED_WITHOUT_LLM: "The language model gave no type of the rules; the document was judged without one.",
    Code.LLM_LOST_WORDS: "The language model has lost words of the page, which stands as it was read without one.",
    Code.INPUT_DOWNLOAD_FAILED: "The input could not be downloaded; check the address.",
    Code.OUTPUT_UPLOAD_FAILED: "The bucket that the job names for its results did not take them; check its name and rights.",
    Code.UPLOAD_NAME_INVALID: "The name is no relative path of at most 500 printable characters; give the file another one.",
    Code.UPLOAD_NAME_TAKEN: "The directory has another file of this name; delete that one, or give this one another name.",
    Code.UPLOAD_NOT_A_FILE: "A link, a device or a file with holes stands here in the archive; put an ordinary file in its place.",
    Code.PARAMETER_HAS_NO_EFFECT: "A parameter of this job does not act yet and was ignored.",
    Code.PARAMETER_NOT_APPLICABLE: "A parameter of this job changes nothing in this document.",
    Code.SCREENSHOT_UNAVAILABLE: "No picture of the page could be made.",
    Code.CHART_NEEDS_LLM: "A chart that is only a picture cannot be read without a language model; its page has pictures.",
    Code.IMAGE_TOO_LARGE: "A picture is too large to be put into the Markdown and stands there by its name.",
    Code.REGEXP_GIVEN_UP: "A regular expression of auto mode was given up on this page and decides nothing from here on; write it "
    "without repetitions inside of each other.",
    Code.FORMULA_NOT_COMPUTED: "Formulas that ask about the computer they run on are not computed here: what was stored stands.",
    Code.PAGES_UNKNOWN: "The document does not say where its pages end, and LibreOffice, which could tell, did not: its pages are "
    "those that its author's own breaks make.",
    Code.IMAGE_UNREADABLE: "A picture of the document could not be decoded and was left out.",
    Code.TOO_MANY_PICTURES: "The pictures of the document are too large together; the others were left out.",
    Code.ATTACHMENT_LEFT_OUT: "Files are packed into the document; they were not read. Submit them as files of their own.",
    Code.XFA_FORM: "The document is an XFA form, whose pages are drawn by its own program alone; what was filled in and is not "
    "on its pages stands at their end.",
    Code.PART_UNREADABLE: "A part of the document is damaged; what could not be read of it was left out.",
    Code.DRAWING_LEFT_OUT: "A page draws more than can be read in time; it was read without what is drawn on it.",
}


SHORTAGES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE})
"""What a machine runs out of, mostly for a while and through no fault of the document: errors of the system by number."""


def shortage(error: BaseException | None) -> str:
    """What the machine has run out of, as the system says it, when that is what an error tells of; else nothing."""
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno in SHORTAGES else ""


class DocumentError(Exception):
    """A document could not be processed; `code` says why and the message what to do."""

    def __init__(self, code: Code, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(code, detail)

    def __str__(self) -> str:
        """`CODE: sentence`, the form of `error_message` on the wire."""
        return f"{self.code}: {self.message}"

    @property
    def message(self) -> str:
        """The sentence alone, followed by the detail."""
        return f"{SENTENCES[self.code]} ({self.detail})" if self.detail else SENTENCES[self.code]


class CrashRecord(TypedDict):
    """The crash of a sandboxed process as it is kept with its item: engines.sandbox.crash.CrashReport says what each field is."""

    code: str
    how: str
    seconds: float
    cpu_seconds: float
    memory_mb: int
    page: int | None
    stderr: str
    at: str
