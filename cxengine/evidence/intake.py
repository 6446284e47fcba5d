"""Takes the batches of one source in, set-wise: text becomes responses, answers and verbatims.

Batches may be appended as they come; what they hold is counted where it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cxengine.evidence import sql
from cxengine.evidence.answers import Answers
from cxengine.evidence.counts import added
from cxengine.evidence.enrich import enrich
from cxengine.evidence.evidence import Account
from cxengine.evidence.moments import Moments, moments
from cxengine.evidence.quarantine import Quarantine, rewrite
from cxengine.evidence.repeats import drop_superseded
from cxengine.evidence.rows import Rows
from cxengine.evidence.unended import Unended

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.enrich import Enriching, LeftOut
    from cxengine.evidence.mapping import Path, SourceMapping
    from cxengine.plugin.base import Batch


class Intake:
    """The way of one source's rows into the tables.

    `account` counts what became of rows and values so far, as the statements report it. `unseen` holds, for
    the place of every list of codes, those that no row has held; `unmade` the names of choices that nobody
    has made; `answered` how many answers a column held to a signal, good ones or not; `moments` when rows
    happened, where nobody said until when they can have; `unended`, once it is finished, by duration the
    rows that began and tell no end.
    """

    def __init__(
        self,
        backend: DuckDB,
        mapping: SourceMapping,
        key: bytes,
        first_row: int,
        enrichers: Sequence[Enriching] = (),
        *,
        forgotten: frozenset[str] = frozenset(),
        times: Mapping[str, str],
    ) -> None:
        """Rows of the source are numbered from `first_row`; `key` pseudonymises customers.

        The rows of customers whose marks (`privacy.mark`) are `forgotten` are passed over. `times` are the
        signals whose answers are never below 0, with what reads them so.
        """
        self._backend = backend
        self._mapping = mapping
        self._rewriting = [e for e in enrichers if e.plugin.rewrites]
        self._finding = [e for e in enrichers if not e.plugin.rewrites]
        self._rows = Rows(backend, mapping, key, self._rewriting, forgotten=forgotten)
        self._answers = Answers(backend, mapping, self._rows.columns, times) if mapping.slots else None
        self._unended = Unended(backend, mapping, self._rows.columns)
        self._files: dict[str, int] = {}
        self.next_row = first_row
        self.account = Account(mapping.source)
        self.unended: dict[str, int] = {}
        self.moments = Moments()
        self.answered: Mapping[tuple[str, str], int] = {}
        self.unmade = {choice.name for choice in mapping.computed.choices}
        self.unseen: dict[Path, set[str]] = {c.path: set(c.codes.listed()) for c in mapping.coded()}

    def append(self, batch: Batch) -> None:
        """Takes one batch in."""
        file = self._files.setdefault(batch.origin, len(self._files))
        quarantine = Quarantine(self._backend, self._mapping.source, batch.origin, file)
        private = self._mapping.reading("customer") is not None or bool(self._rewriting)
        self.account = self.account.plus(
            rows_read=batch.rows.num_rows + len(batch.rejects),
            rows_quarantined=quarantine.add_rejects(batch.rejects, private=private),
        )
        if batch.rows.num_rows:
            self.account = self.account.plus(rows_forgotten=self._rows.stage(batch, self.next_row))
            self._keep(quarantine)
            self._note_moments(batch.origin)
            self._strike_codes()
        self.next_row += batch.rows.num_rows

    def finish(self) -> tuple[LeftOut, ...]:
        """Settles what only all rows together tell: which version of a response counts, what texts hold.

        Returns:
            What enrichers left out, one entry each.
        """
        rows, values = drop_superseded(self._backend, self._mapping)
        self.unended = self._unended.counted()
        rewrite(self._backend, self._mapping.source, self._rewriting)
        found = enrich(self._backend, self._mapping.source, self._finding)
        self.account = self.account.plus(
            rows_used=-rows,
            rows_superseded=rows,
            values_read=found.asked,
            values_used=found.given - values,
            values_superseded=values,
            values_blank=found.asked - found.given,
        )
        self._backend.run("DROP TABLE IF EXISTS staged")
        return found.left_out

    def _keep(self, quarantine: Quarantine) -> None:
        used, faulty, attributes = self._rows.keep(quarantine)
        self.account = self.account.plus(
            rows_used=used, rows_quarantined=faulty, attributes_quarantined=attributes
        )
        self._unended.note()
        if self._answers is not None:
            values = self._answers.keep(quarantine)
            self.answered = added(self.answered, values.answered)
            self.account = self.account.plus(
                values_read=values.read,
                values_used=values.used,
                values_blank=values.blank,
                values_quarantined=values.quarantined,
            )

    def _note_moments(self, origin: str) -> None:
        reading = self._mapping.reading("occurred_at")
        if reading is not None and reading.column is not None and self._mapping.until is None:
            found = moments(self._backend, self._rows.found(reading), origin)
            self.moments = self.moments.joined(found)

    def _strike_codes(self) -> None:
        """Strikes off what this batch holds, so that a misspelt code or choice shows at the end."""
        for choice in sorted(self.unmade):
            made = f"SELECT 1 AS made FROM staged WHERE {self._rows.columns[choice]} = '1' LIMIT 1"
            if self._backend.execute(made).num_rows:
                self.unmade.discard(choice)
        for path, text, where in self._coded_texts():
            if missing := self.unseen[path]:
                found = self._backend.execute(
                    f"SELECT DISTINCT code FROM (SELECT {sql.code(text)} AS code FROM {where})"
                    f" WHERE code IN ({sql.texts(missing)})"
                )
                missing.difference_update(found.column("code").to_pylist())

    def _coded_texts(self) -> Iterator[tuple[Path, str, str]]:
        for reading in self._mapping.readings:
            if reading.column is not None:
                yield reading.path, self._rows.found(reading), "staged"
        for verbatim in self._mapping.verbatims:
            yield verbatim.path, sql.stripped(self._rows.columns[verbatim.column]), "staged"
        for index, block in enumerate(self._mapping.blocks):
            yield block.path, "text", f"judged JOIN slots USING (slot) WHERE block = {index}"
