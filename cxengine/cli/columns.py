"""Tables on a terminal: names to the left, numbers to the right."""

from __future__ import annotations

from collections.abc import Sequence


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]], names: int = 1) -> str:
    """The rows below their heads, every column as wide as its widest cell; the first `names` hold names."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    return "\n".join(_aligned(row, widths, names) for row in [heads, *rows])


def _aligned(cells: Sequence[str], widths: Sequence[int], names: int) -> str:
    sized = list(zip(cells, widths, strict=True))
    left = [cell.ljust(width) for cell, width in sized[:names]]
    return "  ".join([*left, *(cell.rjust(width) for cell, width in sized[names:])]).rstrip()
