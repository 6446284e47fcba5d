"""Reads exports of SurveyMonkey: the second header row names the answers that a question was split into."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, Location
from cxengine.plugin import Batch, Source, option
from cxengine_standard.sources.delimited import read_delimited
from cxengine_standard.sources.file import FileOptions
from cxengine_standard.sources.files import Files, check_encoding
from cxengine_standard.sources.header import column_names
from cxengine_standard.sources.text_encoding import find_encoding, undecodable

WHOLE = frozenset({"", "response", "open-ended response"})
"""What the second row says below a question that has one column."""


@attrs.frozen(kw_only=True)
class SurveyMonkeyOptions:
    """Which export, and how it is written."""

    path: str = option("The CSV export, relative to the folder of the TOML file; wildcards match many.")
    encoding: str | None = option(
        'Encoding of the text; told from the file by default. Exports saved on a Mac: "mac-roman".',
        default=None,
    )


class SurveyMonkeyExport(Source):
    """Reads CSV exports of SurveyMonkey; a column of a split question is named `question - answer`."""

    name: ClassVar[str] = "surveymonkey_export"
    Options: ClassVar[type] = SurveyMonkeyOptions
    options: SurveyMonkeyOptions

    def __init__(self, options: SurveyMonkeyOptions, folder: Path) -> None:
        """The export is looked for when it is read."""
        super().__init__(options, folder)
        self._files = Files(options.path, folder)

    def read(self) -> Iterator[Batch]:
        """All responses.

        Raises:
            EvidenceError: CX201-CX209, when there is no such file or it is no such export.
        """
        check_encoding(self.options.encoding)
        for path in self._files.found():
            origin = self._files.filled(path)
            names, records = read_header(path, origin, self.options.encoding)
            options = FileOptions(
                path=self.options.path,
                encoding=self.options.encoding,
                columns=names,
                skip_rows=records,
            )
            yield from read_delimited(path, origin, options, ",")

    def fingerprints(self) -> Mapping[str, str]:
        """SHA-256 of every file by its name relative to the project."""
        return self._files.fingerprints()


def read_header(path: Path, origin: str, declared: str | None) -> tuple[tuple[str, ...], int]:
    """The names of the columns, and how many records hold them: one or two.

    Raises:
        EvidenceError: CX205-CX207, when it is no text or begins with no `RespondentID`.
    """
    encoding = find_encoding(path, origin, declared)
    try:
        with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
            rows = list(islice(csv.reader(file), 2))
    except UnicodeError:
        raise undecodable(path, origin, encoding) from None
    first = rows[0] if rows else [""]
    if "".join(first[0].lower().split()) != "respondentid":
        message = f"{origin} is no export of SurveyMonkey: its first column is not `RespondentID`."
        hint = 'Export "all responses data" as CSV; for other files, `use = "file"`.'
        raise EvidenceError(Diagnostic("CX207", message, Location(origin), hint))
    two = len(rows) > 1 and not rows[1][0].strip() and len(rows[1]) == len(first)
    names = list(_split(first, rows[1])) if two else first
    return tuple(column_names(names)), 2 if two else 1


def _split(questions: Sequence[str], answers: Sequence[str]) -> Iterator[str]:
    """A name a column: a question stands above the first of its columns only."""
    question = ""
    for above, below in zip(questions, answers, strict=True):
        question = above.strip() or question
        answer = below.strip()
        yield question if answer.lower() in WHOLE else f"{question} - {answer}"
