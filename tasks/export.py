"""Results written where the job wants them too: `output_s3_path_prefix`, or `outputBucket` without one.

The bytes are the same as in Sheaf's own store, which stays the place that is read. A bucket that does not take them fails the
item: the job asked for them there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from engines.errors import Code, DocumentError
from engines.parameters import ParseParameters
from engines.parameters.masking import without_credentials
from engines.render import workbook
from models import BatchItem
from settings import Settings
from storage import StorageError
from tasks.buckets import bucket_at


def is_wanted(parameters: ParseParameters) -> bool:
    """Whether a job wants its results in a bucket of its own."""
    return bool(parameters.output_s3_path_prefix or parameters.output_bucket)


def address_of(item: BatchItem, project_id: str, parameters: ParseParameters) -> str:
    """The address below which the outputs of an item lie."""
    if parameters.output_s3_path_prefix:
        return f"{parameters.output_s3_path_prefix.rstrip('/')}/{item.source_id}"
    return f"s3://{parameters.output_bucket}/{project_id}/{item.job_id}/{item.source_id}"


def deliver(outputs: Mapping[str, bytes], address: str, parameters: ParseParameters, settings: Settings) -> None:
    """Write the outputs of an item below an address. Raises DocumentError: OUTPUT_UPLOAD_FAILED."""
    result = json.loads(outputs["output.json"])
    files = dict(outputs)
    if any(item["type"] == "table" for page in result["pages"] for item in page["items"]):
        files["output.xlsx"] = workbook(result)  # made here, since nobody can ask a bucket to
    try:
        store, folder = bucket_at(address, parameters.output_s3_region, settings)
        store.put_all(folder, files)
    except StorageError as error:
        raise DocumentError(Code.OUTPUT_UPLOAD_FAILED, without_credentials(str(error)).splitlines()[0][:200]) from error
