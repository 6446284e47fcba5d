"""Column names: found, cleaned and made unique."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def header_line(rows: Sequence[Sequence[str]]) -> int:
    """Index of the row that holds the column names: the first with more than one filled cell.

    Titles above a table fill one cell; where no row fills more, the table has one column.
    """
    for index, row in enumerate(rows):
        if sum(1 for cell in row if cell.strip()) > 1:
            return index
    return 0


def column_names(cells: Sequence[str]) -> list[str]:
    """Names by which a mapping can address every column.

    White space around a name does not count; a column without a name is "column 3"; columns of one name
    are "Q1 (1)", "Q1 (2)": none silently stands for the others.
    """
    names = [" ".join(cell.split()) or f"column {i}" for i, cell in enumerate(cells, 1)]
    times, nth = Counter(names), Counter[str]()
    unique = []
    for name in names:
        nth[name] += 1
        unique.append(f"{name} ({nth[name]})" if times[name] > 1 else name)
    return unique
