"""Reads exports of SurveyMonkey: the second header row names the answers that a question was split into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, Location
from cxengine.plugin import option
from cxengine_standard.sources.survey_export import Header, SurveyExport

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


class SurveyMonkeyExport(SurveyExport):
    """Reads CSV exports of SurveyMonkey; a column of a split question is named `question - answer`."""

    name: ClassVar[str] = "surveymonkey_export"
    Options: ClassVar[type] = SurveyMonkeyOptions
    HEADER: ClassVar[int] = 2
    options: SurveyMonkeyOptions

    def header(self, records: Sequence[Sequence[str]], origin: str) -> Header:
        """The columns, which one or two records name.

        Raises:
            EvidenceError: CX207, when it begins with no `RespondentID`.
        """
        first = records[0] if records else [""]
        if "".join(first[0].lower().split()) != "respondentid":
            message = f"{origin} is no export of SurveyMonkey: its first column is not `RespondentID`."
            hint = 'Export "all responses data" as CSV; for other files, `use = "file"`.'
            raise EvidenceError(Diagnostic("CX207", message, Location(origin), hint))
        two = len(records) > 1 and not records[1][0].strip() and len(records[1]) == len(first)
        names = list(_split(first, records[1])) if two else first
        return Header.of(names, names, 2 if two else 1)


def _split(questions: Sequence[str], answers: Sequence[str]) -> Iterator[str]:
    """A name a column: a question stands above the first of its columns only."""
    question = ""
    for above, below in zip(questions, answers, strict=True):
        question = above.strip() or question
        answer = below.strip()
        yield question if answer.lower() in WHOLE else f"{question} - {answer}"
