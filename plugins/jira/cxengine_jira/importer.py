"""A CSV that Jira's importer reads, for those who may not use its interface.

Headers are those of Jira's own export, repeated where a field has several values; parents come before their
children; the labels are those by which a later `--plan` finds what was imported and goes on with it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxengine_jira import adf

if TYPE_CHECKING:
    from cxengine_jira.options import JiraOptions
    from cxengine_jira.wanted import Board

CSV = "jira.csv"
GUIDE = "jira-import.txt"
REPEATED = {"Labels": "labels", "Fix versions": "fixVersions", "Components": "components"}
_GUIDE = """\
How to import {csv} into Jira

1. In Jira, open the importer: Settings > System > External System Import > CSV, or Import from CSV in the
   menu of the project.
2. File encoding: UTF-8. Delimiter: comma. Date format: yyyy-MM-dd
3. Project: {project}.
4. Map each column to the field of its name. Columns with the same header belong to the same field.
   "Issue id" and "Parent" number the rows: they tell the importer which issue belongs below which. Map
   "Blocked by" to the link type {link} where your importer offers links; else leave it out.
   {start} and every column of a custom field: to the field of that name.
5. {rows} issues. Those who are not administrators may import 250 rows at once.

Milestones (versions) and areas (components) are made by the importer where they do not exist.
The labels that begin with cx- are how cxengine finds these issues again: keep them.
A cell that begins with an apostrophe does so because a spreadsheet would take it for a formula.
"""


def write(board: Board, options: JiraOptions, folder: Path) -> Sequence[Path]:
    """The table and how to import it."""
    table, guide = folder / CSV, folder / GUIDE
    table.write_bytes(text(board, options).encode("utf-8"))
    facts = {"csv": CSV, "project": options.project, "link": options.link_type, "start": options.start_field}
    guide.write_text(_GUIDE.format(rows=len(board.issues), **facts), encoding="utf-8", newline="\n")
    return (table, guide)


def text(board: Board, options: JiraOptions) -> str:
    """The table: RFC 4180, every cell quoted, every row as wide as the header."""
    numbers = {issue.id: str(number) for number, issue in enumerate(board.issues, 1)}
    single = [options.start_field, *options.custom, *options.always]
    widths = {header: _widest(board, name) for header, name in REPEATED.items()}
    blocked = max((len(issue.requires) for issue in board.issues), default=0)
    header = ["Summary", "Issue id", "Parent", "Issue Type", "Description", "Due date", *single]
    header += [name for name, width in widths.items() for _ in range(width)] + ["Blocked by"] * blocked
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([_heading(name) for name in header])
    for issue in board.issues:
        row = [
            issue.name,
            numbers[issue.id],
            numbers.get(issue.parent or "", ""),
            options.epic_type if issue.kind == "epic" else options.phase_type,
            adf.plain(issue.values["description"]),
            issue.values["duedate"],
            *(issue.values.get(name) for name in single),
        ]
        for column, width in widths.items():
            row += _padded(issue.values.get(REPEATED[column]) or [], width)
        row += _padded([numbers[one] for one in issue.requires], blocked)
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _widest(board: Board, name: str) -> int:
    return max((len(issue.values.get(name) or ()) for issue in board.issues), default=0)


def _padded(values: Sequence[Any], width: int) -> list[Any]:
    return [*values, *[""] * (width - len(values))]


def _heading(name: str) -> str:
    """The importer takes no punctuation in headers."""
    return " ".join("".join(c if c.isalnum() else " " for c in name).split())


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return _cell(adf.plain(value))
    if isinstance(value, list | tuple):
        return _cell(", ".join(map(str, value)))
    if isinstance(value, float):
        return f"{value:g}"
    written = str(value)
    return "'" + written if written.lstrip()[:1] in ("=", "+", "-", "@") else written
