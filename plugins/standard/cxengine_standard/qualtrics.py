"""What answers from Qualtrics have in common, as files exported by hand or by API: names, ids, statuses.

Public: vendors' plugins may use `STANDARD_NAMES`, `standard_name`, `import_ids`, `time_zones`, `Refusable`
and `without_refused`, which keep to the rules of `cxengine.plugin.version`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from cxengine.plugin import Batch, Reject

if TYPE_CHECKING:
    import pyarrow as pa

Refusable = Literal["preview", "test", "spam"]

STANDARD_NAMES: Mapping[str, str] = {
    "startdate": "StartDate",
    "enddate": "EndDate",
    "status": "Status",
    "ipaddress": "IPAddress",
    "progress": "Progress",
    "duration": "Duration (in seconds)",
    "finished": "Finished",
    "recordeddate": "RecordedDate",
    "responseid": "ResponseId",
    "recordid": "ResponseId",
    "responseset": "ResponseSet",
    "responsesetid": "ResponseSet",
    "name": "RecipientName",
    "recipientlastname": "RecipientLastName",
    "recipientfirstname": "RecipientFirstName",
    "recipientemail": "RecipientEmail",
    "emailaddress": "RecipientEmail",
    "externaldatareference": "ExternalReference",
    "externalreference": "ExternalReference",
    "locationlatitude": "LocationLatitude",
    "locationlongitude": "LocationLongitude",
    "locationaccuracy": "LocationAccuracy",
    "distributionchannel": "DistributionChannel",
    "userlanguage": "UserLanguage",
}
"""What each generation calls the columns about a response (letters only), and today's name."""

STATUS_BITS: Mapping[Refusable, int] = {"preview": 1, "test": 2, "spam": 8}
REASONS: Mapping[Refusable, str] = {
    "preview": "a preview of the survey, not an answer",
    "test": "a response that was generated as a test",
    "spam": "marked as spam",
}


def standard_name(name: str, key: str) -> str:
    """Today's name of a column about the response, told by its key; other names stay."""
    letters = "".join(c for c in key.removeprefix("panel-").lower() if c.isalpha())
    return STANDARD_NAMES.get(letters, name)


def import_ids(row: Sequence[str]) -> list[str] | None:
    """The `ImportId` of every cell, or None where the row is one of data."""
    found = [_import_id(cell) for cell in row]
    return [key or "" for key in found] if all(key is not None for key in found) else None


def time_zones(row: Sequence[str]) -> list[str | None]:
    """The time zone that stands beside the `ImportId` of each cell; None where there is none."""
    found = [_described(cell) for cell in row]
    named = [value.get("timeZone") if value else None for value in found]
    return [zone.strip() if isinstance(zone, str) and zone.strip() else None for zone in named]


def _import_id(cell: str) -> str | None:
    if not cell.strip():
        return ""
    value = _described(cell)
    return None if value is None else str(value.get("ImportId", ""))


def _described(cell: str) -> dict[str, Any] | None:
    """What a cell of the third header row says of its column; None where it is one of data."""
    text = cell.strip()
    if not (text.startswith("{") and "ImportId" in text):
        return None
    try:
        value = json.loads(text) if '"ImportId"' in text else ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):  # whatever a cell may hold
        return None
    return value if isinstance(value, dict) else None


def without_refused(batch: Batch, refuse: Sequence[Refusable]) -> Batch:
    """The batch with the rows of a refused status among its rejects."""
    import pyarrow as pa

    if "Status" not in batch.rows.schema.names or not refuse:
        return batch
    encoded = batch.rows.column("Status").dictionary_encode()
    reasons = [_refusal(status, refuse) for status in encoded.dictionary.to_pylist()]
    refused = pa.array([r is not None for r in reasons], pa.bool_()).take(encoded.indices)
    positions: pa.Array = batch.positions
    rejects = (
        Reject(position, reasons[index] or "", "")
        for position, index, out in zip(
            positions.to_pylist(), encoded.indices.to_pylist(), refused.to_pylist(), strict=True
        )
        if out
    )
    keep = pa.compute.invert(refused)
    together = sorted((*batch.rejects, *rejects), key=lambda reject: reject.position)
    return Batch(batch.origin, batch.rows.filter(keep), positions.filter(keep), tuple(together))


def _refusal(status: str | None, refuse: Sequence[Refusable]) -> str | None:
    """Why a response of that status is none; a status is a number that adds up flags, or words."""
    text = (status or "").strip()
    for kind in refuse:
        flagged = int(text) & STATUS_BITS[kind] if text.isdecimal() else kind in text.lower()
        if flagged:
            return REASONS[kind]
    return None
