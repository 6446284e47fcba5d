"""The evidence of a run: signals, verbatims, and an account of every row.

Layout of the view `signals` in the backend, one row a value:

    response_id text (`<source>:<id>`, unique in a run) · customer text (pseudonym, null) ·
    occurred_at timestamp (UTC, null) · source text · touchpoint text ("journey": the whole relationship) ·
    channel text (null) · signal text · value double · weight decimal(18,9) · censored boolean ·
    one column `a_<name>` an attribute that any source maps (text, double or boolean; null where absent)

It joins two tables by the row number `response`, which may be queried by themselves:

    responses  one row a used row of input: response, response_id, source, customer, occurred_at, channel,
               weight, a_<name> ... (conditions on attributes are cheapest here; in a long file several rows
               share a response_id, so count responses by distinct response_id)
    answers    response, touchpoint, signal, value, censored

Layout of `verbatims`: response, response_id, source, touchpoint (null), channel (null), occurred_at, text
(as enrichers that rewrite texts left it). Layout of `labels`, one row a label that an enricher gave to a
verbatim: response, response_id, source, touchpoint (null), enricher, label.
Weights are decimals so that sums are exact whatever the order and number of threads. source, touchpoint
and signal are ENUMs in the order of the project (so they sort) and compare with text; results hold text.

How text is read: white space around it does not count; empty text and null are no answer; codes are
compared as text, but "5.0" is the code "5". A number is written with a decimal point and no thousands
separators: "4,5" is quarantined, not guessed. Dates are ISO 8601 or as the mapping's `format` says; a date
without a time is midnight UTC. A value outside its declared scale, or between its steps, is quarantined.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import attrs

from cxengine import cel
from cxengine.diagnostics import Diagnostic

if TYPE_CHECKING:
    import pyarrow as pa


class Backend(Protocol):
    """An engine that holds the evidence."""

    dialect: str

    def execute(self, sql: str) -> pa.Table:
        """The result of a query."""
        ...


@attrs.frozen
class ExcludedRows:
    """How many rows of a source a rule about responses leaves out, and why."""

    rule: str
    rows: int
    because: str


@attrs.frozen
class Account:
    """What became of the rows and values of one source.

    Always `rows_read = rows_used + rows_quarantined + rows_superseded + rows_excluded` and
    `values_read = values_used + values_blank + values_quarantined + values_superseded + values_excluded`.
    A row is used when it is well formed, even where it holds no answer; a value of it may still be
    quarantined by itself. A row is superseded where another version of the same response counts (`repeats`),
    and excluded where a rule about responses leaves it out; its good values go with it. What enrichers find
    in verbatims counts among the values.
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
    attributes_quarantined: int = 0
    """Attribute values that could not be read; their rows are used without them."""
    rows_superseded: int = 0
    values_superseded: int = 0
    rows_excluded: int = 0
    values_excluded: int = 0
    excluded_by: tuple[ExcludedRows, ...] = ()
    """By rule; a row that several rules leave out is counted by each of them, and once in `rows_excluded`."""


@attrs.frozen
class Evidence:
    """Signals and verbatims in the backend, and the account of how they came there.

    `backend` is what measures: the embedded DuckDB, or another engine (`cxengine.evidence.engines`), which
    holds `responses` and `answers` alone. Queries for it take their types from `cxengine.metrics.spelling`.

    `quarantine` has the columns source, origin, position (data row, from 1), column (null where the row
    as such could not be read), value (as found, cut to 200 characters; null where it might name a
    customer), reason, and kind: "row" (the whole row is set aside), "answer" or "attribute" (one value).
    `types` says of every attribute, mapped or derived, whether it is "text", "number" or "boolean"; `notes`
    are findings that do not stop the work, such as a summary of the quarantine and codes that never occurred.
    """

    backend: Backend
    attributes: tuple[str, ...]
    accounts: tuple[Account, ...]
    quarantine: pa.Table
    types: Mapping[str, str] = attrs.field(factory=dict)
    notes: tuple[Diagnostic, ...] = ()
    functions: tuple[cel.Function, ...] = ()
    """What plugins add to the language of conditions over the evidence."""
