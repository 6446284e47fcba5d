"""What no roll-up of cells can tell: the signals whose answers were asked for once more, and what for.

Customers do not add up over cells, so what is distinct about them needs the answers themselves; and cells of
months do not tell of their days.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

import attrs

Reason = Literal[
    "what customers did over time",
    "how alike the answers of one customer are",
    "how many persons are behind a cell",
    "how much days vary",
]


@attrs.frozen
class Again:
    """A further scan of the answers to a signal, beside the one that all cells come from."""

    signal: str
    reason: Reason


def again(
    signals: Iterable[str],
    *,
    histories: Collection[str],
    repeated: Collection[str],
    persons: Collection[str],
    daily: Collection[str],
) -> tuple[Again, ...]:
    """The further scans, in the order of the signals."""
    asked: tuple[tuple[Reason, Collection[str]], ...] = (
        ("what customers did over time", histories),
        ("how alike the answers of one customer are", repeated),
        ("how many persons are behind a cell", persons),
        ("how much days vary", daily),
    )
    return tuple(Again(signal, reason) for signal in signals for reason, these in asked if signal in these)
