"""Reads exports of Qualtrics surveys, of all three generations of their header.

Legacy: two header rows (`V1 ... V10, Q1`; then the names of V1 ... and the wording of questions). Early
Insights and today's form: three (names; wording; `ImportId`, in Python's or JSON's notation). Wording holds
commas, quotes and newlines. The columns about the response have today's names in every generation.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, Location
from cxengine.plugin import Batch, Reject, Source, option
from cxengine_standard.sources.delimited import read_delimited
from cxengine_standard.sources.file import FileOptions
from cxengine_standard.sources.files import Files, check_encoding
from cxengine_standard.sources.header import column_names
from cxengine_standard.sources.text_encoding import find_encoding, undecodable

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


@attrs.frozen
class Header:
    """The columns of an export: their names, the wording of each, and how many records name them."""

    names: tuple[str, ...]
    wordings: tuple[str, ...]
    records: int


class QualtricsExport(Source):
    """Reads CSV exports of Qualtrics: header rows of every generation, previews told from answers."""

    name: ClassVar[str] = "qualtrics_export"
    Options: ClassVar[type] = QualtricsOptions
    options: QualtricsOptions

    def __init__(self, options: QualtricsOptions, folder: Path) -> None:
        """The export is looked for when it is read."""
        super().__init__(options, folder)
        self._files = Files(options.path, folder)

    def read(self) -> Iterator[Batch]:
        """The responses; those of a refused status are rejected.

        Raises:
            EvidenceError: CX201-CX209, when there is no such file or it is no such export.
        """
        check_encoding(self.options.encoding)
        for path in self._files.found():
            origin = self._files.filled(path)
            header = read_header(path, origin, self.options.encoding)
            options = FileOptions(
                path=self.options.path,
                encoding=self.options.encoding,
                columns=header.names,
                skip_rows=header.records,
            )
            for batch in read_delimited(path, origin, options, ","):
                yield _without_refused(batch, self.options.refuse)

    def fingerprints(self) -> Mapping[str, str]:
        """SHA-256 of every file by its name relative to the project."""
        return self._files.fingerprints()

    def labels(self) -> Mapping[str, str]:
        """The wording of every question by the name of its column; of many files, the first that has it."""
        found: dict[str, str] = {}
        for path in self._files.found():
            header = read_header(path, self._files.filled(path), self.options.encoding)
            found = dict(zip(header.names, header.wordings, strict=True)) | found
        return found


def read_header(path: Path, origin: str, declared: str | None) -> Header:
    """The columns of one export.

    Raises:
        EvidenceError: CX205-CX207, when the file does not begin as any generation does.
    """
    encoding = find_encoding(path, origin, declared)
    try:
        with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
            rows = list(islice(csv.reader(file), 3))
    except UnicodeError:
        raise undecodable(path, origin, encoding) from None
    if len(rows) >= 2 and len(rows[0]) == len(rows[1]):
        if len(rows) == 3 and (ids := _import_ids(rows[2])):
            return _header([_standard(name, key) for name, key in zip(rows[0], ids, strict=True)], rows[1], 3)
        if LEGACY.fullmatch(rows[0][0]):
            names = [
                _standard(w if LEGACY.fullmatch(n) else n, w) for n, w in zip(rows[0], rows[1], strict=True)
            ]
            return _header(names, rows[1], 2)
    message = f"{origin} is no export of Qualtrics: neither `V1` nor an `ImportId` stands in its first rows."
    hint = 'Export the data as CSV from Qualtrics; for other files, `use = "file"`.'
    raise EvidenceError(Diagnostic("CX207", message, Location(origin), hint))


def _header(names: Sequence[str], wordings: Sequence[str], records: int) -> Header:
    return Header(tuple(column_names(names)), tuple(" ".join(w.split()) for w in wordings), records)


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
