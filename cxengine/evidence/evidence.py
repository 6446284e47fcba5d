"""The evidence of a run: signals, verbatims, and an account of every row.

Layout of the view `signals` in the backend, one row a value:

    response_id text (`<source>:<id>`, unique in a run) · customer text (pseudonym, null) ·
    occurred_at timestamp (UTC, null) · occurred_on date (by the clocks of the project, null) ·
    source text · touchpoint text ("journey": the whole relationship) ·
    channel text (null) · signal text · value double · weight decimal(18,9) · censored boolean ·
    one column `a_<name>` an attribute that any source maps (text, double or boolean; null where absent)

It joins two tables by the row number `response`, which may be queried by themselves:

    responses  one row a used row of input: response, response_id, source, customer, occurred_at,
               occurred_on, channel, weight, a_<name> ... (conditions on attributes are cheapest here; in a
               long file several rows share a response_id, so count responses by distinct response_id)
    answers    response, touchpoint, signal, value, censored

Layout of `verbatims`: response, response_id, source, touchpoint (null), channel (null), occurred_at, text
(as enrichers that rewrite texts left it). Layout of `labels`, one row a label that an enricher gave to a
verbatim: response, response_id, source, touchpoint (null), enricher, label. Layout of `strays`, one row a row
of a case with many rows that is quarantined as it is at no touchpoint: response_id, source, occurred_at.
Weights are decimals so that sums are exact whatever the order and number of threads. source, touchpoint
and signal are ENUMs in the order of the project (so they sort) and compare with text; results hold text.

How text is read: white space around it does not count, nor how a letter and its accent are put together
(everything is in the composed form of Unicode, NFC; so are the texts of a project that it is compared with);
empty text and null are no answer; codes are
compared as text, but "5.0" is the code "5". A number is written with a decimal point and no thousands
separators: "4,5" is quarantined, not guessed. Dates are ISO 8601 or as the mapping's `format` says; a date
without a time is midnight UTC of that day, and that day by whatever clocks. Time between two moments is
measured on `occurred_at`, so that clocks do not matter; days, and their periods, are those of `occurred_on`.
A value outside its declared scale, or between its steps, is quarantined.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from cxengine import cel
from cxengine.diagnostics import Diagnostic

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.raking import Weighting


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

    Always `rows_read = rows_used + rows_quarantined + rows_superseded + rows_excluded + rows_forgotten` and
    `values_read = values_used + values_blank + values_quarantined + values_superseded + values_excluded`.
    A row is used when it is well formed, even where it holds no answer; a value of it may still be
    quarantined by itself. A row is superseded where another version of the same response counts (`repeats`),
    and excluded where a rule about responses leaves it out; its good values go with it. What enrichers find
    in verbatims counts among the values. Rows of customers who asked to be forgotten are not looked into.
    """

    source: str
    rows_read: int = 0
    rows_used: int = 0
    rows_quarantined: int = 0
    values_read: int = 0
    values_used: int = 0
    values_blank: int = 0
    values_quarantined: int = 0
    inputs: Mapping[str, str] = attrs.field(factory=dict)
    """Name of each input with the hash of its content."""
    attributes_quarantined: int = 0
    """Attribute values that could not be read; their rows are used without them."""
    rows_superseded: int = 0
    values_superseded: int = 0
    rows_excluded: int = 0
    values_excluded: int = 0
    excluded_by: tuple[ExcludedRows, ...] = ()
    """By rule; a row that several rules leave out is counted by each of them, and once in `rows_excluded`."""
    rows_forgotten: int = 0

    def plus(self, **counts: int) -> Account:
        """The account with more rows and values in it."""
        return attrs.evolve(self, **{name: getattr(self, name) + n for name, n in counts.items()})

    def joined(self, other: Account) -> Account:
        """The account of two parts of one source."""
        counts = {
            field.name: getattr(other, field.name)
            for field in attrs.fields(Account)
            if isinstance(getattr(other, field.name), int)
        }
        inputs = {**self.inputs, **other.inputs}
        return attrs.evolve(self.plus(**counts), inputs=inputs, excluded_by=self._excluded_by(other))

    def _excluded_by(self, other: Account) -> tuple[ExcludedRows, ...]:
        rows: dict[str, ExcludedRows] = {one.rule: one for one in self.excluded_by}
        for one in other.excluded_by:
            before = rows[one.rule].rows if one.rule in rows else 0
            rows[one.rule] = attrs.evolve(one, rows=before + one.rows)
        return tuple(rows.values())


@attrs.frozen
class Unended:
    """Rows that began and tell no end, of which a duration without `open_until` has no value."""

    source: str
    duration: str
    rows: int
    of: int
    """The rows of the source, those that a rule leaves out as well."""


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
    weighting: Weighting | None = None
    """How responses were weighted to match the population; None where only design weights count."""
    kept: Any = None
    """What answers the questions of measuring in place of `backend`, from components that earlier runs kept
    (a `cxengine.metrics.finest.Finest`); None where they are asked of the evidence itself."""
    reading: tuple[str, ...] = ()
    """How the evidence was read, where anything is kept between runs: for people, no part of the results."""
    unended: tuple[Unended, ...] = ()
    """What durations leave out, where they leave anything out."""
    embedded: Backend | None = None
    """The DuckDB that read the evidence, where another engine measures."""

    @property
    def whole(self) -> Backend:
        """The DuckDB that read the evidence, whatever engine measures: it holds texts, too."""
        return self.embedded or self.backend
