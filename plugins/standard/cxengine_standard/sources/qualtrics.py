"""Reads exports of Qualtrics surveys, of all three generations of their header.

Legacy: two header rows (`V1 ... V10, Q1`; then the names of V1 ... and the wording of questions). Early
Insights and today's form: three (names; wording; `ImportId`, in Python's or JSON's notation). Wording holds
commas, quotes and newlines. Today's form names the time zone of moments beside the `ImportId`. The columns
about the response have today's names in every generation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, Location
from cxengine.plugin import Batch, option
from cxengine_standard.qualtrics import Refusable, import_ids, standard_name, time_zones, without_refused
from cxengine_standard.sources.survey_export import Header, SurveyExport

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
            yield without_refused(batch, self.options.refuse)

    def header(self, records: Sequence[Sequence[str]], origin: str) -> Header:
        """The columns of an export of any generation.

        Raises:
            EvidenceError: CX207, when the file does not begin as any generation does.
        """
        first, *others = records if any(records[:1]) else ([],)
        ids = import_ids(others[1]) if len(others) == 2 else None
        if ids and any(ids):
            wordings, keys = _fitting(others[0], 2, first, origin), _fitting(ids, 3, first, origin)
            names = [standard_name(*pair) for pair in zip(first, keys, strict=True)]
            return Header.of(names, wordings, 3, time_zones(others[1]))
        if others and LEGACY.fullmatch(first[0]):
            wordings = _fitting(others[0], 2, first, origin)
            pairs = zip(first, wordings, strict=True)
            return Header.of(
                [standard_name(w if LEGACY.fullmatch(n) else n, w) for n, w in pairs], wordings, 2
            )
        message = (
            f"{origin} is no export of Qualtrics: neither `V1` nor an `ImportId` stands in its first rows."
        )
        hint = 'Export the data as CSV from Qualtrics; for other files, `use = "file"`.'
        raise EvidenceError(Diagnostic("CX207", message, Location(origin), hint))


def _fitting(row: Sequence[str], line: int, first: Sequence[str], origin: str) -> Sequence[str]:
    """A header row as wide as the first one; empty cells at its end are none.

    Raises:
        EvidenceError: CX207, when it has more cells, or fewer.
    """
    extra = row[len(first) :]
    if len(row) < len(first) or any(cell.strip() for cell in extra):
        message = f"Header row {line} of {origin} has {len(row)} cells where the first has {len(first)}."
        hint = "A cell was lost or a comma is not quoted: export it again, or give every column its cell."
        raise EvidenceError(Diagnostic("CX207", message, Location(origin), hint))
    return row[: len(first)]
