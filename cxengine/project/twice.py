"""Sources that read the same values into one signal: every answer would count twice."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import normpath
from pathlib import PurePath
from typing import Any

from cxengine.diagnostics import Diagnostic
from cxengine.project.checks import Parts
from cxengine.project.merges import Pooled, long_signals
from cxengine.project.model import Identifier, Name, SourceTable
from cxengine.project.scanner import Path as TomlPath


def check_twice(parts: Parts) -> Iterator[Diagnostic]:
    """A warning for every source that reads what another reads into the same signal."""
    pooled = Pooled.of(parts)
    first: dict[tuple[Any, ...], tuple[SourceTable, TomlPath]] = {}
    told: set[tuple[str, str]] = set()
    for source in pooled.sources:
        if not source.options:
            continue
        for signal, column, path in _filled(source):
            other, there = first.setdefault(_origin(pooled, source, signal, column), (source, path))
            if other.id == source.id or (other.id, source.id) in told:
                continue
            told.add((other.id, source.id))
            yield Diagnostic(
                "CX275",
                f'The source "{source.id}" reads the column "{column}" into "{signal}", as "{other.id}" does'
                f" from the same {source.use} ({pooled.origins.locate(there)}): every answer counts twice.",
                pooled.origins.locate(path),
                "map each column in one source",
                severity="warning",
            )


def _filled(source: SourceTable) -> Iterator[tuple[str, str, TomlPath]]:
    """Every signal with a column that fills it; of a column that may name any signal, what tells which."""
    at: TomlPath = ("source", source.id, "mapping")
    for i, wide in enumerate(source.mapping.signals):
        for column in wide.columns:
            yield str(wide.signal), column, (*at, "signals", i, "columns", column)
    if (long := source.mapping.long) is not None:
        named_by = long.signal if isinstance(long.signal, str) else long.signal.column
        for signal in sorted(long_signals(long)) or [f"whatever {named_by} names"]:
            yield signal, long.value, (*at, "long", "value")


def _origin(pooled: Pooled, source: SourceTable, signal: str, column: str) -> tuple[Any, ...]:
    """What reads a signal's values, from where, and how a column comes about that the mapping adds."""
    place = pooled.origins.locate(("source", source.id))
    folder = PurePath(place.file).parent if place is not None else None
    options = {
        name: normpath(value) if name == "path" else value for name, value in sorted(source.options.items())
    }
    mapping = source.mapping
    added = (mapping.durations, mapping.choices, mapping.formulas)
    made = [table[Name(Identifier(column))] for table in added if column in table]
    return source.use, folder, repr(options), signal, column, repr(made)
