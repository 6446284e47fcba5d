"""What to tell people about evidence that was read: what was set aside, and codes that never occurred."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic
from cxengine.evidence import usual_dates
from cxengine.evidence.mapping import NO_WEIGHT
from cxengine.evidence.sql import Codes, text, texts

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.checks import Origins
    from cxengine.evidence.mapping import Path, SourceMapping
    from cxengine.project.model import Project

HINTS = {
    "outside": "A code for no answer belongs in `no_answer`; a code with another meaning in `recode`.",
    "below 0": (
        "A code for no time belongs in `no_answer`; where an end stands before its start, correct the file."
        " What may be below 0 is no time: map it to a signal of its own, for `mean`."
    ),
    "not a number: decimals": 'Where a CSV file writes a comma, say so: `decimal = ","` in `options`.',
    "not a number": "`recode` gives words a value; `no_answer` lists what means that there is none.",
    "larger than": "Was it mistyped? Where amounts are that large, write them in a larger unit.",
    NO_WEIGHT: (
        "Multiply weights that sum to 1, by `formulas`; where a CSV file writes a comma for its decimals, say"
        ' so: `decimal = ","` in `options`.'
    ),
    "no duration": (
        "`format` says how both moments are written, for example `%d/%m/%Y %H:%M`; where an end stands before"
        " its start, correct the file, or exchange `start` and `end`."
    ),
    "not a date": (
        "`format` says how dates are written, for example `%d/%m/%Y`; the year is one from 1900 to 2199 (`%y`"
        " reads two digits), and `no_answer` lists what stands for no date."
    ),
    "later than": "Is the year mistyped? Else `until` of [evidence] is too early.",
    "names no": "`recode` translates the names in the file.",
}
"""Ways out, by how a reason begins."""

MANY_BEYOND, LEAST_BEYOND = 0.2, 5
"""The share and number of answers beyond a scale, of more than one kind, that are no slips."""
LEAST_WEIGHT = 0.01
"""What weights must at least be on average, for nine decimals to tell their squares."""
NOUNS = {"row": "row", "answer": "value", "attribute": "attribute value"}


def quarantined(backend: DuckDB, mapping: SourceMapping, origins: Origins) -> Iterator[Diagnostic]:
    """One warning for every reason and column that put something of a source into quarantine."""
    source = mapping.source
    asked = {column: (path, key) for column, path, key in mapping.columns()}
    groups = backend.execute(
        'SELECT kind, "column", reason, count(*) AS n, first(origin ORDER BY file, position) AS origin,'
        " first(position ORDER BY file, position) AS position, first(value ORDER BY file, position) AS value"
        f' FROM quarantine WHERE source = {text(source)} GROUP BY ALL ORDER BY kind DESC, "column", reason'
    )
    for group in groups.to_pylist():
        n, noun = group["n"], NOUNS[group["kind"]]
        path, key = asked.get(group["column"], (("source", source), False))
        where = f' of column "{group["column"]}"' if group["column"] else ""
        yield Diagnostic(
            "CX230",
            f"{source}: {n:,} {noun}{'' if n == 1 else 's'}{where} quarantined: {group['reason']}"
            f" (first in {group['origin']}, row {group['position']:,}).",
            origins.locate(path, key=key),
            _way_out(backend, source, group["column"], group["reason"], n),
            severity="warning",
            example=_shown(group["value"]) if group["value"] else None,
        )


def _way_out(backend: DuckDB, source: str, column: str, reason: str, n: int) -> str | None:
    if reason.startswith("not a date") and (usual := usual_dates.hint(backend, source, column, reason, n)):
        return usual
    return next((hint for start, hint in HINTS.items() if reason.startswith(start)), None)


def other_scales(
    backend: DuckDB, mapping: SourceMapping, answered: Mapping[tuple[str, str], int], origins: Origins
) -> Iterator[Diagnostic]:
    """A warning for every column of which many answers lie beyond the scale: it seems to have another."""
    groups = backend.execute(
        'SELECT "column", reason, count(*) AS n, count(DISTINCT value) AS kinds FROM quarantine'
        f" WHERE source = {text(mapping.source)} AND kind = 'answer' GROUP BY ALL"
    ).to_pylist()
    beyond = {(group["column"], group["reason"]): (group["n"], group["kinds"]) for group in groups}
    for slot in {(slot.column, slot.signal.id): slot for slot in mapping.slots}.values():
        n, kinds = beyond.get((slot.column, slot.outside), (0, 0))
        asked = answered.get((slot.column, str(slot.signal.id)), 0)
        if n < LEAST_BEYOND or kinds == 1 or n <= MANY_BEYOND * asked:
            continue
        scale, share = str(slot.outside).removeprefix("outside "), f"{n / asked:.0%}"
        yield Diagnostic(
            "CX274",
            f'{mapping.source}: {share} of the answers in column "{slot.column}" lie beyond {scale}'
            f"{', and the others are taken for answers on it' if n < asked else ''}: is it another scale?",
            origins.locate(slot.path, key=not mapping.is_long),
            "Declare a signal with the scale that was offered, or `recode` every answer of it.",
            severity="warning",
        )


def light_weights(
    backend: DuckDB, mapping: SourceMapping, first_row: int, origins: Origins
) -> Iterator[Diagnostic]:
    """An error where rows from `first_row` on weigh so little that rounding would decide on intervals."""
    weight = mapping.reading("weight")
    if weight is None:
        return
    query = f"SELECT avg(CAST(weight AS DOUBLE)) AS mean FROM responses WHERE response >= {first_row:d}"
    mean = backend.execute(query).column("mean")[0].as_py()
    if mean is None or mean >= LEAST_WEIGHT:
        return
    times = 10.0 ** round(-math.log10(mean))
    column = weight.column or "weight"
    yield Diagnostic(
        "CX265",
        f"{mapping.source}: weights are {mean:.1g} on average; they are kept to nine decimals, and so are"
        " their squares: intervals would be wrong.",
        origins.locate(weight.path),
        f'Multiply them: `attributes = {{ light = {{ column = "{column}", type = "number" }} }}`,'
        f' `formulas = {{ scaled = "attributes.light * {times}" }}`, `weight = "scaled"`.',
    )


def channels_undeclared(backend: DuckDB, source: str, project: Project) -> dict[str, int]:
    """The rows of `source` by channel, of channels that are not declared, where any are."""
    if not project.channels:
        return {}
    channels = backend.execute(
        f"SELECT channel, count(*) AS n FROM responses WHERE source = {text(source)}"
        f" AND channel NOT IN ({texts(c.id for c in project.channels)}) GROUP BY channel"
    )
    return {row["channel"]: row["n"] for row in channels.to_pylist()}


def undeclared_channels(
    channels: Mapping[str, int], source: str, least: int, origins: Origins
) -> Iterator[Diagnostic]:
    """A warning for every channel of `source` that the project does not declare.

    What fewer than `least` rows name may be anything, such as an address in the wrong column: that is an
    example.
    """
    for channel, n in sorted(channels.items()):
        named = f'there is no channel "{channel}", which {n:,} rows name.'
        rare = f"{n:,} row{' names' if n == 1 else 's name'} a channel that is not declared."
        yield Diagnostic(
            "CX234",
            f"{source}: {rare if n < least else named}",
            origins.locate(("source", source, "mapping", "channel")),
            "Declare it with [[channel]], or recode it.",
            severity="warning",
            example=_shown(channel) if n < least else None,
        )


def unseen_codes(
    mapping: SourceMapping, unseen: Mapping[Path, Collection[str]], origins: Origins
) -> Iterator[Diagnostic]:
    """A note for every declared code that no row holds: misspelt, perhaps."""
    for coded in mapping.coded():
        for code in sorted(unseen[coded.path]):
            path, key = _place(coded.path, coded.codes, code)
            message = f'{mapping.source}: the code "{code}" never occurs.'
            yield Diagnostic("CX231", message, origins.locate(path, key=key), severity="note")


def unmade_choices(mapping: SourceMapping, unmade: Collection[str], origins: Origins) -> Iterator[Diagnostic]:
    """A warning for every choice that nobody made: misspelt, it would read as 0 everywhere."""
    for choice in mapping.computed.choices:
        if choice.name in unmade:
            message = f'{mapping.source}: nobody chose "{choice.choice}".'
            hint = f'Write it as the column "{choice.column}" does; `separator` is "{choice.separator}".'
            place = origins.locate((*choice.path, "choice"))
            yield Diagnostic("CX236", message, place, hint, severity="warning")


def _place(path: Path, codes: Codes, code: str) -> tuple[Path, bool]:
    if code in codes.recode:
        return (*path, "recode", code), True
    return (*path, "no_answer"), False


def _shown(value: str) -> str:
    line = " ".join(value.split())
    return f"{line[:40]}..." if len(line) > 40 else line
