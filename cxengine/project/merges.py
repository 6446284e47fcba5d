"""What sources may not pour into one signal: other questions, modes or clocks, employees with customers.

It is asked of what a project says when it is loaded and, where a column names the signal of every row, once
more when evidence was read and its signals are known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Protocol

import attrs

from cxengine.diagnostics import Diagnostic, Location
from cxengine.project.checks import Parts
from cxengine.project.model import (
    NOTHING,
    Asked,
    ColumnValue,
    DurationColumns,
    EnricherTable,
    LongColumns,
    Scale,
    Signal,
    SourceTable,
)
from cxengine.project.scanner import Path as TomlPath

_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "seconds"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hours"),
    **dict.fromkeys(("d", "day", "days"), "days"),
}


class _Places(Protocol):
    """Knows where things were written."""

    def locate(self, path: TomlPath) -> Location | None: ...


@attrs.frozen(eq=False)
class Pooled:
    """Signals, and the sources whose answers are pooled in them."""

    signals: Mapping[str, Signal]
    sources: Sequence[SourceTable]
    enrichers: Sequence[EnricherTable]
    origins: _Places
    found: Mapping[str, frozenset[str]] = NOTHING
    """By source: the signals that its column was found to name."""

    @classmethod
    def of(cls, parts: Parts) -> Pooled:
        """What could be read of a project."""
        sources, enrichers = (list(parts.of(table).values()) for table in ("source", "enricher"))
        signals = {str(key): one for key, one in parts.of("signal").items()}
        return cls(signals, sources, enrichers, parts.origins)

    def carried(self, source: SourceTable) -> set[str]:
        """The signals that a source is known to carry."""
        return carried(source) | self.found.get(str(source.id), frozenset())

    def named(self, source: SourceTable) -> list[str]:
        """The signals that its column is known to name, in order."""
        long = source.mapping.long
        return [] if long is None else sorted(long_signals(long) | self.found.get(source.id, frozenset()))


def check_merges(parts: Parts) -> Iterator[Diagnostic]:
    """What is known to be wrong before anything is read."""
    pooled = Pooled.of(parts)
    yield from mixed(pooled)
    yield from _asked_of_any(pooled)


def mixed(pooled: Pooled) -> Iterator[Diagnostic]:
    """Signals that are filled in ways that cannot be pooled, with the places of both."""
    feeding: dict[str, list[SourceTable]] = defaultdict(list)
    for source in pooled.sources:
        for signal in sorted(pooled.carried(source)):
            feeding[signal].append(source)
    for signal, sources in feeding.items():
        yield from _other_modes(pooled, signal, sources)
        yield from _employees(pooled, signal, sources)
    yield from _read_together(pooled)
    yield from _other_questions(pooled)
    yield from _other_clocks(pooled)


def _asked_of_any(pooled: Pooled) -> Iterator[Diagnostic]:
    """How one question was asked, said of a column that may name any."""
    for source in pooled.sources:
        long = source.mapping.long
        if long is None or not names_any(long) or long_signals(long) or long.asked == Asked():
            continue
        column = long.signal if isinstance(long.signal, str) else long.signal.column
        yield Diagnostic(
            "CX503",
            f'The source "{source.id}" says how it asked, and its signals are whatever the column "{column}"'
            " names: it could not be held against any.",
            pooled.origins.locate(("source", source.id, "mapping", "long", "asked")),
            f'name them: `signal = {{ column = "{column}", recode = {{ <code> = "<signal>" }} }}`',
        )


def _other_questions(pooled: Pooled) -> Iterator[Diagnostic]:
    """Where a source asked otherwise than the signal or, where that is silent, than another source."""
    silent: dict[tuple[str, str], tuple[Any, TomlPath]] = {}
    for signal, asked, path in _asked(pooled):
        declared = pooled.signals.get(signal)
        for field in attrs.fields(Asked):
            name, said = field.name, getattr(asked, field.name)
            if declared is None or said is None:
                continue
            wanted = getattr(declared, name)
            where: TomlPath = ("signal", signal, name)
            if wanted in (None, ""):
                wanted, where = silent.setdefault((signal, name), (said, (*path, name)))
            if plain(said) != plain(wanted):
                yield _misfit(pooled, signal, name, (said, (*path, name)), (wanted, where))


def _misfit(
    pooled: Pooled, signal: str, name: str, one: tuple[Any, TomlPath], other: tuple[Any, TomlPath]
) -> Diagnostic:
    """Two ways of asking that cannot be one signal; the first is the one to be refused."""
    (said, path), (wanted, where) = one, other
    place = pooled.origins.locate(where)
    by = "is declared with" if where[0] == "signal" else "is asked elsewhere with"
    return Diagnostic(
        "CX503",
        f'The source "{path[1]}" asks for "{signal}" with the {name} {_shown(said)}, and the signal {by}'
        f" {_shown(wanted)} ({place}): they cannot be pooled.",
        pooled.origins.locate(path),
        "declare a signal of its own for this question",
    )


def _asked(pooled: Pooled) -> Iterator[tuple[str, Asked, TomlPath]]:
    """Every signal with how a source asked for it, and where that is said."""
    for source in pooled.sources:
        at: TomlPath = ("source", source.id, "mapping")
        for i, wide in enumerate(source.mapping.signals):
            yield str(wide.signal), wide.asked, (*at, "signals", i, "asked")
        if source.mapping.long is not None:
            for signal in pooled.named(source):
                yield signal, source.mapping.long.asked, (*at, "long", "asked")


def plain(value: Any) -> Any:
    """What is compared of two declarations: texts without regard to case, spaces and final marks."""
    return " ".join(value.casefold().split()).rstrip(" .?!") if isinstance(value, str) else value


def _shown(value: Any) -> str:
    if isinstance(value, Scale):
        return f"{value.min:g} to {value.max:g}" + (f" in steps of {value.step:g}" if value.step else "")
    return f"{value:g}" if isinstance(value, float) else f'"{value}"'


def _other_clocks(pooled: Pooled) -> Iterator[Diagnostic]:
    """Durations in another unit than their signal's, or counted in other units or hours than elsewhere."""
    first: dict[str, tuple[DurationColumns, TomlPath]] = {}
    for signal, duration, path in _durations(pooled):
        declared = pooled.signals.get(signal)
        unit = _UNITS.get(declared.unit.strip().casefold()) if declared is not None else None
        if unit not in (None, duration.unit):
            where: TomlPath = ("signal", signal, "unit")
            yield _misfit(pooled, signal, "unit", (duration.unit, (*path, "unit")), (unit, where))
            continue
        other, there = first.setdefault(signal, (duration, path))
        for name in ("unit", "calendar"):
            said, wanted = (getattr(one, name) or "all hours" for one in (duration, other))
            if said != wanted:
                yield _misfit(pooled, signal, name, (said, (*path, name)), (wanted, (*there, name)))


def _durations(pooled: Pooled) -> Iterator[tuple[str, DurationColumns, TomlPath]]:
    """Every signal whose values are a duration that the mapping works out."""
    for source in pooled.sources:
        mapping = source.mapping
        durations = {str(name): duration for name, duration in mapping.durations.items()}
        columns = [(str(wide.signal), column) for wide in mapping.signals for column in wide.columns]
        if mapping.long is not None:
            columns += [(signal, mapping.long.value) for signal in pooled.named(source)]
        for signal, column in dict.fromkeys(columns):
            if column in durations:
                yield signal, durations[column], ("source", source.id, "mapping", "durations", column)


def carried(source: SourceTable) -> set[str]:
    """The signals that a source is known to carry before it is read."""
    found = {str(wide.signal) for wide in source.mapping.signals}
    return found if source.mapping.long is None else found | long_signals(source.mapping.long)


def filled(source: SourceTable, column: str) -> set[str]:
    """The signals that a column of a source fills; none where it may be any."""
    long = source.mapping.long
    if long is not None and long.value == column:
        return set() if names_any(long) else long_signals(long)
    return {str(wide.signal) for wide in source.mapping.signals if column in wide.columns}


def asked_of_employees(sources: Iterable[SourceTable]) -> frozenset[str]:
    """The signals that are known to carry what employees say."""
    return frozenset(signal for source in sources if source.kind == "employee" for signal in carried(source))


def long_signals(long: LongColumns) -> set[str]:
    """The signals that a column is known to name before it is read."""
    if not isinstance(long.signal, ColumnValue):
        return set()
    return named(long.signal)


def names_any(long: LongColumns) -> bool:
    """Whether its column may name signals that nobody knows of before it is read."""
    signal = long.signal
    return isinstance(signal, str) or (signal.column is not None and signal.otherwise is None)


def named(column: ColumnValue) -> set[str]:
    """The ids that a column is known to give before it is read."""
    ids = (column.value, column.otherwise, *column.recode.values())
    return {str(one) for one in ids if one is not None}


def _other_modes(pooled: Pooled, signal: str, sources: list[SourceTable]) -> Iterator[Diagnostic]:
    declared = pooled.signals.get(signal)
    told = [source for source in sources if source.mode]
    if declared is not None and declared.mode:
        place = pooled.origins.locate(("signal", signal, "mode"))
        for source in told:
            if source.mode != declared.mode:
                yield _refused(pooled, signal, source, f"declares the mode {declared.mode} ({place})")
        return
    for one, other in pairwise(told):
        if one.mode != other.mode:
            place = pooled.origins.locate(("source", one.id, "mode"))
            yield _refused(pooled, signal, other, f'is asked by {one.mode} in "{one.id}" ({place})')


def _refused(pooled: Pooled, signal: str, source: SourceTable, against: str) -> Diagnostic:
    return Diagnostic(
        "CX503",
        f'The source "{source.id}" asks by {source.mode}, and its signal "{signal}" {against}:'
        " answers to different modes of asking cannot be pooled.",
        pooled.origins.locate(("source", source.id, "mode")),
        "declare a signal of its own for each mode",
    )


def _read_together(pooled: Pooled) -> Iterator[Diagnostic]:
    """Texts of employees and of customers whose findings an enricher puts into one signal."""
    for enricher in pooled.enrichers:
        read = [one for one in pooled.sources if not enricher.sources or one.id in enricher.sources]
        written = [one for one in read if one.mapping.verbatims]
        for signal in dict.fromkeys(map(str, enricher.signals.values())):
            yield from _employees(pooled, signal, written)


def _employees(pooled: Pooled, signal: str, sources: Sequence[SourceTable]) -> Iterator[Diagnostic]:
    customers = [source for source in sources if source.kind != "employee"]
    if not customers:
        return
    place = pooled.origins.locate(("source", customers[0].id))
    for source in sources:
        if source.kind == "employee":
            yield Diagnostic(
                "CX504",
                f'The source "{source.id}" is about employees, and its signal "{signal}" also comes from'
                f' "{customers[0].id}" ({place}): customers and employees cannot be pooled.',
                pooled.origins.locate(("source", source.id, "kind")),
                "declare a signal of its own for employees",
            )
