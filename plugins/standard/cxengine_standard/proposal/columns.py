"""The columns of a table at a glance: which texts they hold, how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from cxengine.plugin import Batch, Source

ROWS = 200_000
"""Rows that are looked at."""
KINDS = 5_000
"""Different texts of a column that are kept apart."""

NUMBER_OF_A_QUESTION = (
    r"(q|qu|qid|question|v|var|variable|item|x|col|column|field|f|frage|feld|spalte|vraag|p|pregunta)"
    r"[ _.-]?[0-9]+(?![0-9])([ _.-]?([a-z](?![a-z])|[0-9]+(?![0-9])))*"
)


@attrs.frozen
class Column:
    """A column: what it is called, what was asked, and its texts by how often they occur."""

    name: str
    wording: str
    texts: Mapping[str, int]
    filled: int
    more: bool
    """Whether it holds more texts than are told."""

    @property
    def is_key(self) -> bool:
        """Whether no text occurs twice."""
        return self.filled > 1 and max(self.texts.values(), default=0) == 1

    @property
    def called(self) -> str:
        """What people call it."""
        return self.wording if self.wording and len(self.wording) <= 60 else self.name

    @property
    def only_numbered(self) -> bool:
        """Whether nothing is known of what was asked but the number of the question: `Q4A`, `V12`, `q3_1`."""
        import re

        if self.wording.strip().lower() not in {"", self.name.strip().lower()}:
            return False
        return re.fullmatch(NUMBER_OF_A_QUESTION, self.name.strip(), re.IGNORECASE) is not None

    def says(self, pattern: str) -> bool:
        """Whether its name or its wording matches, whatever the case of letters."""
        import re

        return any(re.search(pattern, said, re.IGNORECASE) for said in (self.name, self.wording))


@attrs.frozen
class Table:
    """The columns of a source, and how many rows were looked at."""

    columns: Sequence[Column]
    rows: int
    whole: bool
    """Whether these were all rows."""
    refused: str = ""
    """Why most of the rows that are none were set aside."""


def table(source: Source) -> Table:
    """What a source holds, of its first rows.

    Raises:
        EvidenceError: it cannot be read.
    """
    return table_of(source.read(), source.labels())


def table_of(batches: Iterable[Batch], labels: Mapping[str, str]) -> Table:
    """What batches hold, of the first rows; `labels` are the wordings of columns."""
    counters: dict[str, Counter[str]] = {}
    filled: Counter[str] = Counter()
    more: set[str] = set()
    reasons: Counter[str] = Counter()
    rows, whole = 0, True
    for batch in batches:
        part = batch.rows.slice(0, ROWS - rows)
        reasons.update(reject.reason for reject in batch.rejects)
        rows += part.num_rows
        for name, column in zip(part.schema.names, part.columns, strict=True):
            counter = counters.setdefault(name, Counter())
            for value, count in zip(*_counts(column), strict=True):
                filled[name] += count
                if value in counter or len(counter) < KINDS:
                    counter[value] += count
                else:
                    more.add(name)
        if part.num_rows < batch.rows.num_rows:
            whole = False
            break
    columns = [
        Column(name, labels.get(name, ""), dict(counter.most_common()), filled[name], name in more)
        for name, counter in counters.items()
    ]
    return Table(columns, rows, whole, next((reason for reason, _ in reasons.most_common(1)), ""))


def _counts(column: object) -> tuple[Sequence[str], Sequence[int]]:
    """Texts that are not empty, and how often they occur."""
    import pyarrow.compute as pc

    told = pc.utf8_trim_whitespace(column).value_counts()
    pairs = [(value, n) for value, n in zip(*(f.to_pylist() for f in told.flatten()), strict=True) if value]
    return [value for value, _ in pairs], [n for _, n in pairs]
