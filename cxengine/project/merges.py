"""What sources may not pour into one signal: other questions, modes or clocks, employees with customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import attrs

from cxengine.diagnostics import Diagnostic
from cxengine.project.checks import Parts
from cxengine.project.model import Asked, ColumnValue, DurationColumns, LongColumns, Scale, SourceTable
from cxengine.project.scanner import Path as TomlPath

_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "seconds"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hours"),
    **dict.fromkeys(("d", "day", "days"), "days"),
}


def check_merges(parts: Parts) -> Iterator[Diagnostic]:
    """Signals that are filled in ways that cannot be pooled, with the places of both."""
    feeding: dict[str, list[SourceTable]] = defaultdict(list)
    for source in parts.of("source").values():
        for signal in sorted(carried(source)):
            feeding[signal].append(source)
    for signal, sources in feeding.items():
        yield from _other_modes(parts, signal, sources)
        yield from _employees(parts, signal, sources)
    yield from _other_questions(parts)
    yield from _other_clocks(parts)


def _other_questions(parts: Parts) -> Iterator[Diagnostic]:
    """Where a source asked otherwise than the signal or, where that is silent, than another source."""
    silent: dict[tuple[str, str], tuple[Any, TomlPath]] = {}
    for signal, asked, path in _asked(parts):
        declared = parts.values.get(("signal", signal))
        for field in attrs.fields(Asked):
            name, said = field.name, getattr(asked, field.name)
            if declared is None or said is None:
                continue
            wanted = getattr(declared, name)
            where: TomlPath = ("signal", signal, name)
            if wanted in (None, ""):
                wanted, where = silent.setdefault((signal, name), (said, (*path, name)))
            if _plain(said) != _plain(wanted):
                yield _misfit(parts, signal, name, (said, (*path, name)), (wanted, where))


def _misfit(
    parts: Parts, signal: str, name: str, one: tuple[Any, TomlPath], other: tuple[Any, TomlPath]
) -> Diagnostic:
    """Two ways of asking that cannot be one signal; the first is the one to be refused."""
    (said, path), (wanted, where) = one, other
    place = parts.origins.locate(where)
    by = "is declared with" if where[0] == "signal" else "is asked elsewhere with"
    return Diagnostic(
        "CX503",
        f'The source "{path[1]}" asks for "{signal}" with the {name} {_shown(said)}, and the signal {by}'
        f" {_shown(wanted)} ({place}): they cannot be pooled.",
        parts.origins.locate(path),
        "declare a signal of its own for this question",
    )


def _asked(parts: Parts) -> Iterator[tuple[str, Asked, TomlPath]]:
    """Every signal with how a source asked for it, and where that is said."""
    for path, source in parts.each(SourceTable):
        at = (*path, "mapping")
        for i, wide in enumerate(source.mapping.signals):
            yield str(wide.signal), wide.asked, (*at, "signals", i, "asked")
        if source.mapping.long is not None:
            for signal in sorted(long_signals(source.mapping.long)):
                yield signal, source.mapping.long.asked, (*at, "long", "asked")


def _plain(value: Any) -> Any:
    """What is compared: texts without regard to case, spaces and final marks."""
    return " ".join(value.casefold().split()).rstrip(" .?!") if isinstance(value, str) else value


def _shown(value: Any) -> str:
    if isinstance(value, Scale):
        return f"{value.min:g} to {value.max:g}" + (f" in steps of {value.step:g}" if value.step else "")
    return f"{value:g}" if isinstance(value, float) else f'"{value}"'


def _other_clocks(parts: Parts) -> Iterator[Diagnostic]:
    """Durations in another unit than their signal's, or counted in other units or hours than elsewhere."""
    first: dict[str, tuple[DurationColumns, TomlPath]] = {}
    for signal, duration, path in _durations(parts):
        declared = parts.values.get(("signal", signal))
        unit = _UNITS.get(declared.unit.strip().casefold()) if declared is not None else None
        if unit not in (None, duration.unit):
            where: TomlPath = ("signal", signal, "unit")
            yield _misfit(parts, signal, "unit", (duration.unit, (*path, "unit")), (unit, where))
            continue
        other, there = first.setdefault(signal, (duration, path))
        for name in ("unit", "calendar"):
            said, wanted = (getattr(one, name) or "all hours" for one in (duration, other))
            if said != wanted:
                yield _misfit(parts, signal, name, (said, (*path, name)), (wanted, (*there, name)))


def _durations(parts: Parts) -> Iterator[tuple[str, DurationColumns, TomlPath]]:
    """Every signal whose values are a duration that the mapping works out."""
    for path, source in parts.each(SourceTable):
        mapping = source.mapping
        columns = [(str(wide.signal), column) for wide in mapping.signals for column in wide.columns]
        if mapping.long is not None:
            columns += [(signal, mapping.long.value) for signal in sorted(long_signals(mapping.long))]
        for signal, column in dict.fromkeys(columns):
            if column in mapping.durations:
                yield signal, mapping.durations[column], (*path, "mapping", "durations", column)


def carried(source: SourceTable) -> set[str]:
    """The signals that a source is known to carry before it is read."""
    found = {str(wide.signal) for wide in source.mapping.signals}
    return found if source.mapping.long is None else found | long_signals(source.mapping.long)


def asked_of_employees(sources: Iterable[SourceTable]) -> frozenset[str]:
    """The signals that are known to carry what employees say."""
    return frozenset(signal for source in sources if source.kind == "employee" for signal in carried(source))


def long_signals(long: LongColumns) -> set[str]:
    """The signals that a column is known to name before it is read."""
    if not isinstance(long.signal, ColumnValue):
        return set()
    return named(long.signal)


def named(column: ColumnValue) -> set[str]:
    """The ids that a column is known to give before it is read."""
    ids = (column.value, column.otherwise, *column.recode.values())
    return {str(one) for one in ids if one is not None}


def _other_modes(parts: Parts, signal: str, sources: list[SourceTable]) -> Iterator[Diagnostic]:
    declared = parts.values.get(("signal", signal))
    told = [source for source in sources if source.mode]
    if declared is not None and declared.mode:
        place = parts.origins.locate(("signal", signal, "mode"))
        for source in told:
            if source.mode != declared.mode:
                yield _refused(parts, signal, source, f"declares the mode {declared.mode} ({place})")
        return
    for one, other in pairwise(told):
        if one.mode != other.mode:
            place = parts.origins.locate(("source", one.id, "mode"))
            yield _refused(parts, signal, other, f'is asked by {one.mode} in "{one.id}" ({place})')


def _refused(parts: Parts, signal: str, source: SourceTable, against: str) -> Diagnostic:
    return Diagnostic(
        "CX503",
        f'The source "{source.id}" asks by {source.mode}, and its signal "{signal}" {against}:'
        " answers to different modes of asking cannot be pooled.",
        parts.origins.locate(("source", source.id, "mode")),
        "declare a signal of its own for each mode",
    )


def _employees(parts: Parts, signal: str, sources: list[SourceTable]) -> Iterator[Diagnostic]:
    customers = [source for source in sources if source.kind != "employee"]
    if not customers:
        return
    place = parts.origins.locate(("source", customers[0].id))
    for source in sources:
        if source.kind == "employee":
            yield Diagnostic(
                "CX504",
                f'The source "{source.id}" is about employees, and its signal "{signal}" also comes from'
                f' "{customers[0].id}" ({place}): customers and employees cannot be pooled.',
                parts.origins.locate(("source", source.id, "kind")),
                "declare a signal of its own for employees",
            )
