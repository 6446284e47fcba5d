"""What sources may not pour into one signal: other modes of asking, or employees with customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from cxengine.diagnostics import Diagnostic
from cxengine.project.checks import Parts
from cxengine.project.model import ColumnValue, SourceTable


def check_merges(parts: Parts) -> Iterator[Diagnostic]:
    """Signals that are filled in ways that cannot be pooled, with the places of both."""
    feeding: dict[str, list[SourceTable]] = defaultdict(list)
    for source in parts.of("source").values():
        for signal in sorted(_signals(source)):
            feeding[signal].append(source)
    for signal, sources in feeding.items():
        yield from _other_modes(parts, signal, sources)
        yield from _employees(parts, signal, sources)


def _signals(source: SourceTable) -> set[str]:
    """The signals that a source is known to carry before it is read."""
    found = {str(wide.signal) for wide in source.mapping.signals}
    long = source.mapping.long
    if long is not None and isinstance(long.signal, ColumnValue):
        named = (long.signal.value, long.signal.otherwise, *long.signal.recode.values())
        found |= {str(name) for name in named if name is not None}
    return found


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
