"""Answers that are mapped to a place where nothing would measure them."""

from __future__ import annotations

from collections.abc import Iterator

from cxengine.diagnostics import Diagnostic
from cxengine.project.checks import Parts
from cxengine.project.merges import long_signals, named
from cxengine.project.model import ColumnValue, MappingTable, ObservedJourneyTable, SourceTable
from cxengine.project.scanner import Path as TomlPath

_JOURNEY = "journey"


def check_places(parts: Parts) -> Iterator[Diagnostic]:
    """Answers about one interaction at the journey, which is where the relationship is measured.

    The events of an observed journey may be there: they are no steps of it, and passed over.
    """
    observed = {(str(one.source), str(one.signal)) for _, one in parts.each(ObservedJourneyTable)}
    for path, source in parts.each(SourceTable):
        for signal, where in _at_journey(source.mapping, (*path, "mapping")):
            declared = parts.values.get(("signal", signal))
            if declared is None or declared.about == "relationship":
                continue
            if (str(source.id), signal) in observed:
                continue
            place = parts.origins.locate(("signal", signal))
            yield Diagnostic(
                "CX529",
                f'The source "{source.id}" maps "{signal}" to the journey, and the signal is about one'
                f" interaction ({place}): it would be measured nowhere.",
                parts.origins.locate(where),
                'name the touchpoint it is about, or declare the signal with about = "relationship"',
            )


def _at_journey(mapping: MappingTable, at: TomlPath) -> Iterator[tuple[str, TomlPath]]:
    """The signals that are known to be about the whole journey before they are read."""
    for i, wide in enumerate(mapping.signals):
        for column, touchpoint in wide.columns.items():
            if touchpoint == _JOURNEY:
                yield str(wide.signal), (*at, "signals", i, "columns", column)
    long = mapping.long
    if long is not None and isinstance(long.touchpoint, ColumnValue) and _JOURNEY in named(long.touchpoint):
        for signal in sorted(long_signals(long)):
            yield signal, (*at, "long", "touchpoint")
