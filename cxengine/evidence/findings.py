"""What to tell people about evidence that was read: what was set aside, and codes that never occurred."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic
from cxengine.evidence.sql import Codes, text

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.checks import Origins
    from cxengine.evidence.intake import Intake
    from cxengine.evidence.mapping import Path, SourceMapping

NOUNS = {"row": "row", "answer": "value", "attribute": "attribute value"}


def quarantined(backend: DuckDB, source: str, origins: Origins) -> Iterator[Diagnostic]:
    """One warning for every reason and column that put something of `source` into quarantine."""
    groups = backend.execute(
        'SELECT kind, "column", reason, count(*) AS n, first(origin ORDER BY file, position) AS origin,'
        " first(position ORDER BY file, position) AS position, first(value ORDER BY file, position) AS value"
        f' FROM quarantine WHERE source = {text(source)} GROUP BY ALL ORDER BY kind DESC, "column", reason'
    )
    for group in groups.to_pylist():
        n, noun = group["n"], NOUNS[group["kind"]]
        where = f' of column "{group["column"]}"' if group["column"] else ""
        value = f": {_shown(group['value'])}" if group["value"] else ""
        yield Diagnostic(
            "CX230",
            f"{source}: {n:,} {noun}{'' if n == 1 else 's'}{where} quarantined: {group['reason']}"
            f" (first in {group['origin']}, row {group['position']:,}{value})",
            origins.locate(("source", source)),
            severity="warning",
        )


def unseen_codes(mapping: SourceMapping, intake: Intake, origins: Origins) -> Iterator[Diagnostic]:
    """A note for every declared code that no row holds: misspelt, perhaps."""
    for coded in mapping.coded():
        for code in sorted(intake.unseen[coded.path]):
            path, key = _place(coded.path, coded.codes, code)
            message = f'{mapping.source}: code "{code}" never occurs'
            yield Diagnostic("CX231", message, origins.locate(path, key=key), severity="note")


def _place(path: Path, codes: Codes, code: str) -> tuple[Path, bool]:
    if code in codes.recode:
        return (*path, "recode", code), True
    return (*path, "no_answer"), False


def _shown(value: str) -> str:
    line = " ".join(value.split())
    return f'"{line[:40]}..."' if len(line) > 40 else f'"{line}"'
