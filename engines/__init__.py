"""Engines turn bytes and parameters into a Document. They know no SQL, no Celery, no Flask and no settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engines.context import Context, Source
    from engines.document import Document
    from engines.parameters import ParseParameters


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read one document, whatever its format.

    Raises DocumentError with the code of what is wrong with it, or whatever `context.progress` raises to stop the work.
    """
    # Imported late: every import of `engines.parameters` or `engines.errors` passes through this file, and those who
    # need only these (the API) shall not load the native libraries of the formats.
    from engines import pipeline  # noqa: PLC0415 - see above
    from engines.errors import Code, DocumentError  # noqa: PLC0415

    try:
        return pipeline.read(source, parameters, context)
    except DocumentError as error:
        if str(source.path) not in error.detail:
            raise
        # Libraries name the file they read; users know it by another name, and the paths of this machine are not theirs.
        raise DocumentError(error.code, error.detail.replace(str(source.path), source.name)) from error
    except RecursionError as error:
        raise DocumentError(Code.FILE_IS_BROKEN, "it is nested too deeply") from error
