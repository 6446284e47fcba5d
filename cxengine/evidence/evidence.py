"""The evidence of a run: signals, verbatims, and an account of every row.

Layout of the table `signals` in the backend, one row a value:

    response_id text · customer text (pseudonym, null) · occurred_at timestamp (UTC, null) ·
    source text · touchpoint text ("journey": the whole relationship) · channel text (null) ·
    signal text · value double · weight decimal(18,9) · censored boolean ·
    one column `a_<name>` an attribute that any source maps (text, double or boolean; null where absent)

Layout of `verbatims`: response_id, source, touchpoint (null), channel (null), occurred_at, text.
Weights are decimals so that sums are exact whatever the order and number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    import pyarrow as pa


class Backend(Protocol):
    """An engine that holds the evidence."""

    dialect: str

    def execute(self, sql: str) -> pa.Table:
        """The result of a query."""
        ...


@attrs.frozen
class Account:
    """What became of the rows and values of one source.

    Always `rows_read = rows_used + rows_quarantined` and
    `values_read = values_used + values_blank + values_quarantined`. A row is used when it is well
    formed, even where it holds no answer; a value of it may still be quarantined by itself.
    """

    source: str
    rows_read: int
    rows_used: int
    rows_quarantined: int
    values_read: int
    values_used: int
    values_blank: int
    values_quarantined: int
    inputs: Mapping[str, str]
    """Name of each input with the hash of its content."""


@attrs.frozen
class Evidence:
    """Signals and verbatims in the backend, and the account of how they came there.

    `quarantine` has the columns source, origin, position (data row, from 1), column (null for a whole
    row), value (as found), reason.
    """

    backend: Backend
    attributes: tuple[str, ...]
    accounts: tuple[Account, ...]
    quarantine: pa.Table
