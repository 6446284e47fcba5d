"""What changed between two runs, for people to read."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from cxengine.metrics.measurement import ALL, Measurement
from cxengine.review.comparing.difference import Difference, Remeasured
from cxengine.review.comparing.factors import FACTORS, Edit
from cxengine.review.comparing.moves import Move
from cxengine.review.comparing.shares import rounded
from cxengine.rules.wording import listed, shown

MOST = 10
"""Figures and edits of one factor that are told; JSON has them all."""

_UNITS: Mapping[str, str] = {"rank": "", "start": " days", "end": " days", "score": ""}


def told(found: Difference) -> str:
    """The comparison as text."""
    head = f"{found.before} -> {found.after}"
    if found.nothing:
        return f"{head}\nNothing changed."
    parts = [head, *_edits(found), *_measurements(found), *_moves(found), _method(found)]
    return "\n\n".join(part for part in parts if part)


def _edits(found: Difference) -> Iterator[str]:
    for factor in FACTORS:
        lines = [_edit(edit) for edit in found.edits if edit.factor == factor]
        if factor == "definition":
            lines += [f"how answers are collected: {name}" for name in found.collected_differently]
        if factor in found.changed and lines:
            yield "\n".join([f"Changed: {factor}", *_some(lines)])
    if found.engine:
        yield "\n".join(["Changed: engine", *_some(list(found.engine))])


def _edit(edit: Edit) -> str:
    place = (
        f"[{edit.table}] {edit.name}"
        if not edit.key and not isinstance(edit.after or edit.before, dict)
        else ""
    )
    if edit.key == "order":
        return f"[[{edit.table}]] in another order"
    if place:
        return f"{place}: {_short(edit.before)} -> {_short(edit.after)}"
    if not edit.key:
        return f"{edit.table} {edit.name}: {'new' if edit.before is None else 'gone'}"
    return f"{edit.table} {edit.name}, {edit.key}: {_short(edit.before)} -> {_short(edit.after)}"


def _short(value: Any) -> str:
    if value is None:
        return "not set"
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _measurements(found: Difference) -> Iterator[str]:
    if not found.measurements:
        return
    apart = sum(one.apart for one in found.measurements)
    figures = _counted(len(found.measurements), "figure")
    head = f"Measured anew: {figures} of the present, {apart} with intervals apart"
    everybody = [one for one in found.measurements if one.segment == ALL]
    yield "\n".join([head, *_some([_remeasured(one) for one in everybody])])


def _remeasured(one: Remeasured) -> str:
    mark = " (apart)" if one.apart else ""
    return f"{one.metric} at {one.subject}: {_figure(one.before)} -> {_figure(one.after)}{mark}"


def _figure(found: Measurement | None) -> str:
    if found is None:
        return "none"
    return "too few answers" if found.suppressed else shown(attrs.asdict(found))


def _moves(found: Difference) -> Iterator[str]:
    if not found.moves:
        yield "No item of the roadmap moved."
        return
    by_item: dict[str, list[Move]] = {}
    for move in found.moves:
        by_item.setdefault(move.item, []).append(move)
    came = [m[0] for m in by_item.values() if m[0].quantity == "on the roadmap" and m[0].before is None]
    went = [m[0] for m in by_item.values() if m[0].quantity == "on the roadmap" and m[0].after is None]
    moved = [m for m in by_item.values() if m[0].quantity != "on the roadmap"]
    if came:
        yield "\n".join(["New on the roadmap", *(f"  {m.name}, rank {m.after} ({_shares(m)})" for m in came)])
    if went:
        lines = (f"  {m.name}, rank {m.before} until now ({_shares(m)})" for m in went)
        yield "\n".join(["No longer on the roadmap", *lines])
    if moved:
        blocks = [
            line
            for item in moved
            for line in (f"  {item[0].name}", *(f"    {_move(m, found)}" for m in item))
        ]
        yield "\n".join(["Moved", *blocks])


def _move(move: Move, found: Difference) -> str:
    def value(one: object) -> str:
        if isinstance(one, dt.date):
            return f"{one:%d %b %Y}"
        if move.quantity == "area":
            return found.areas.get(str(one), "none")
        if move.quantity == "score" and isinstance(one, int | float):
            return f"{one:.{_digits(move)}f}"
        return "later" if one is None else shown(one)

    return f"{move.quantity} {value(move.before)} -> {value(move.after)} ({_shares(move)})"


def _shares(move: Move) -> str:
    """`data -2, capacity +1`; of what is so or not, in percent."""
    if move.quantity in _UNITS:
        unit, digits = _UNITS[move.quantity], _digits(move)
        parts = rounded(move.shares, digits)
        return listed(
            [
                f"{cause} {amount:+.{digits}f}".removesuffix(".0") + unit
                for cause, amount in parts.items()
                if amount
            ]
        )
    whole = abs(move.change) or 1
    sign = -1 if move.change < 0 else 1
    percents = rounded({cause: 100 * sign * part / whole for cause, part in move.shares.items()}, 0)
    return listed([f"{cause} {amount:.0f}%" for cause, amount in percents.items() if amount])


def _digits(move: Move) -> int:
    """Digits after the point: one of ranks and days, of scores as many as show the largest share."""
    if move.quantity != "score":
        return 1
    largest = float(max(map(abs, move.shares.values()), default=1))
    return min(max(1 - math.floor(math.log10(largest)), 2), 6) if largest else 2


def _method(found: Difference) -> str:
    if not found.replanned:
        return ""
    text = (
        f"Shares: the mean effect of each change over all orders of making them, from {found.replanned}"
        f" plannings on what the two runs kept; they add up."
    )
    if found.impossible:
        names = listed([" and ".join(one) or "nothing" for one in found.impossible])
        text += f" Left aside, because it cannot be planned: the earlier run with {names} of the later one."
    return text


def _some(lines: list[str]) -> list[str]:
    more = [f"  and {len(lines) - MOST} more (--format json has them all)"] if len(lines) > MOST else []
    return [f"  {line}" for line in lines[:MOST]] + more


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"
