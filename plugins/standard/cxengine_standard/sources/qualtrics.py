"""Reads exports of Qualtrics surveys, of all three generations of their header.

Legacy: two header rows (`V1 ... V10, Q1`; then the names of V1 ... and the wording of questions). Early
Insights and today's form: three (names; wording; `ImportId`, in Python's or JSON's notation). Wording holds
commas, quotes and newlines. The columns about the response have today's names in every generation.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, Location
from cxengine.plugin import Batch, Reject, option
from cxengine_standard.sources.survey_export import Header, SurveyExport

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
LEGACY = re.compile(r"V\d+")


@attrs.frozen(kw_only=True)
class QualtricsOptions:
    """Which export, and which of its rows are no answers."""

    path: str = option("The CSV export, relative to the folder of the TOML file; wildcards match many.")
    encoding: str | None = option("Encoding of the text; told from the file by default.", default=None)
    refuse: tuple[Refusable, ...] = option(
        "Kinds of responses that are no answers, by their Status; they are set aside with the reason.",
        default=("preview", "test", "spam"),
    )


class QualtricsExport(SurveyExport):
    """Reads CSV exports of Qualtrics: header rows of every generation, previews told from answers."""

    name: ClassVar[str] = "qualtrics_export"
    Options: ClassVar[type] = QualtricsOptions
    HEADER: ClassVar[int] = 3
    options: QualtricsOptions

    def read(self) -> Iterator[Batch]:
        """The responses; those of a refused status are rejected.

        Raises:
            EvidenceError: CX201-CX209, when there is no such file or it is no such export.
        """
        for batch in super().read():
            yield _without_refused(batch, self.options.refuse)

    def header(self, records: Sequence[Sequence[str]], origin: str) -> Header:
        """The columns of an export of any generation.

        Raises:
            EvidenceError: CX207, when the file does not begin as any generation does.
        """
        if len(records) >= 2 and len(records[0]) == len(records[1]):
            first, second = records[:2]
            if len(records) == 3 and (ids := _import_ids(records[2])):
                return Header.of([_standard(n, key) for n, key in zip(first, ids, strict=True)], second, 3)
            if LEGACY.fullmatch(first[0]):
                pairs = zip(first, second, strict=True)
                return Header.of([_standard(w if LEGACY.fullmatch(n) else n, w) for n, w in pairs], second, 2)
        message = (
            f"{origin} is no export of Qualtrics: neither `V1` nor an `ImportId` stands in its first rows."
        )
        hint = 'Export the data as CSV from Qualtrics; for other files, `use = "file"`.'
        raise EvidenceError(Diagnostic("CX207", message, Location(origin), hint))


def _standard(name: str, key: str) -> str:
    """Today's name of a column about the response, told by its key; other names stay."""
    letters = "".join(c for c in key.removeprefix("panel-").lower() if c.isalpha())
    return STANDARD_NAMES.get(letters, name)


def _import_ids(row: Sequence[str]) -> list[str] | None:
    """The `ImportId` of every cell, or None where the row is one of data."""
    found = [_import_id(cell) for cell in row]
    return [key or "" for key in found] if all(key is not None for key in found) else None


def _import_id(cell: str) -> str | None:
    text = cell.strip()
    if not (text.startswith("{") and "ImportId" in text):
        return "" if not text else None
    try:
        value = json.loads(text) if '"ImportId"' in text else ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    return str(value.get("ImportId", "")) if isinstance(value, dict) else None


def _without_refused(batch: Batch, refuse: Sequence[Refusable]) -> Batch:
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
