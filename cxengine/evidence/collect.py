"""Collects the evidence of a project: every source, batch by batch, into the tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.evidence.backend import DuckDB
from cxengine.evidence.checks import Nowhere, Origins, attribute_types, check_columns, check_mapping
from cxengine.evidence.computed import check_computed
from cxengine.evidence.derive import DerivedAttribute, derive
from cxengine.evidence.engines import hand_over, open_embedded, open_engine
from cxengine.evidence.enrich import Enriching, enrichings
from cxengine.evidence.evidence import Account, Evidence
from cxengine.evidence.exclude import Exclusion, exclude
from cxengine.evidence.findings import quarantined, undeclared_channels, unmade_choices, unseen_codes
from cxengine.evidence.intake import Intake
from cxengine.evidence.mapping import SourceMapping, read_mapping
from cxengine.evidence.privacy import key_from_environment, random_key
from cxengine.evidence.quarantine import read_quarantine
from cxengine.evidence.tables import create_tables
from cxengine.plugin.base import OptionError

if TYPE_CHECKING:
    from cxengine.plugin.base import Source
    from cxengine.project import Loaded
    from cxengine.project.model import Project, SourceTable


def collect(
    loaded: Loaded,
    *,
    backend: DuckDB | None = None,
    derived: Sequence[Sequence[DerivedAttribute]] = (),
    excluded: Sequence[Exclusion] = (),
) -> Evidence:
    """Reads all sources of a loaded project and hands the signals to the engine that it names.

    `derived` are the attributes that rules add to responses, layer by layer; `excluded` are the rules that
    leave responses out. See `collect_from`. The embedded DuckDB reads and maps, whatever engine measures.

    Raises:
        EvidenceError: with every finding; whether the engine is there is found out first.
    """
    project = loaded.project
    engine = open_engine(project.engine, loaded.origins)
    backend = backend or open_embedded(project.engine)
    sources = []
    for table in project.sources:
        use = loaded.uses["source", table.id]
        folder = loaded.origins.folder(("source", table.id, "options"))
        sources.append((table, use.plugin(use.options, folder)))
    key = key_from_environment(project.privacy.key_variable)
    enrichers = enrichings(loaded)
    evidence = collect_from(
        project, sources, backend=backend, origins=loaded.origins, key=key, enrichers=enrichers
    )
    types = derive(backend, attribute_types(project), derived, project.params)
    accounts = exclude(backend, evidence.accounts, excluded, project.params)
    functions = loaded.registry.functions
    evidence = attrs.evolve(
        evidence, attributes=tuple(types), types=types, functions=functions, accounts=accounts
    )
    return hand_over(evidence, backend, engine) if engine else evidence


def collect_from(
    project: Project,
    sources: Sequence[tuple[SourceTable, Source]],
    *,
    backend: DuckDB | None = None,
    origins: Origins | None = None,
    key: bytes | None = None,
    enrichers: Sequence[Enriching] = (),
) -> Evidence:
    """Reads sources and maps their rows to the tables that `cxengine.evidence.evidence` describes.

    Args:
        project: What the mappings refer to, as `cxengine.project.load` checks it.
        sources: Each `[[source]]` of the project with the source that reads it.
        backend: An empty database; one in memory by default.
        origins: Where things were written, for diagnostics.
        key: The secret that pseudonymises customer ids; without it, a key of this run alone.
        enrichers: What is found in verbatims.

    Raises:
        EvidenceError: with every finding, when a mapping cannot work or a source cannot be read.
    """
    backend, origins = backend or DuckDB(), origins or Nowhere()
    if wrong := tuple(check_computed(project, origins)):
        raise EvidenceError(*wrong)
    types = attribute_types(project)
    create_tables(backend, project, types)
    collector = _Collector(project, backend, origins, key or random_key(), enrichers)
    for table, source in sources:
        collector.take_in(table, source)
    if collector.failures:
        raise EvidenceError(*collector.failures)
    notes = [*_key_note(project, sources, origins, key), *collector.notes]
    quarantine = read_quarantine(backend, [table.id for table, _ in sources])
    return Evidence(backend, tuple(types), tuple(collector.accounts), quarantine, types, tuple(notes))


@attrs.define
class _Collector:
    """Takes sources in, one after the other, and keeps what is to be said about them."""

    project: Project
    backend: DuckDB
    origins: Origins
    key: bytes
    enrichers: Sequence[Enriching]
    accounts: list[Account] = attrs.field(factory=list)
    notes: list[Diagnostic] = attrs.field(factory=list)
    failures: list[Diagnostic] = attrs.field(factory=list)
    next_row: int = 0

    def take_in(self, table: SourceTable, source: Source) -> None:
        """Reads a source to its end; what fails is kept, so that all sources are looked at."""
        mapping = read_mapping(table, self.project)
        wrong = tuple(check_mapping(table, mapping, self.backend, self.origins))
        if wrong:
            self.failures += wrong
            return
        enrichers = [one for one in self.enrichers if one.reads(table.id)]
        intake = Intake(self.backend, mapping, self.key, self.next_row, enrichers)
        try:
            self._read(source, mapping, intake)
            found = intake.finish()
            self.accounts.append(_account(table, source, intake))
        except EvidenceError as error:
            self.failures += _located(error, table, self.origins)
            return
        self.next_row = intake.next_row
        self.notes += found
        self.notes += quarantined(self.backend, mapping, self.origins)
        self.notes += undeclared_channels(self.backend, table.id, self.project, self.origins)
        if intake.tally.rows_read:
            self.notes += unseen_codes(mapping, intake, self.origins)
            self.notes += unmade_choices(mapping, intake, self.origins)
        else:
            place = self.origins.locate(("source", table.id))
            self.notes.append(Diagnostic("CX232", f"{table.id} has no rows.", place, severity="warning"))

    def _read(self, source: Source, mapping: SourceMapping, intake: Intake) -> None:
        checked: tuple[str, object] | None = None
        for batch in source.read():
            if checked != (batch.origin, batch.rows.schema):
                checked = (batch.origin, batch.rows.schema)
                names = batch.rows.schema.names
                missing = tuple(check_columns(mapping, batch.origin, names, self.origins, source.labels))
                if missing:
                    raise EvidenceError(*missing)
            intake.append(batch)


def _account(table: SourceTable, source: Source, intake: Intake) -> Account:
    return Account(source=table.id, inputs=dict(source.fingerprints()), **attrs.asdict(intake.tally))


def _located(error: EvidenceError, table: SourceTable, origins: Origins) -> Iterator[Diagnostic]:
    """The findings of a source; those without a place get that of the source's options."""
    option = error.option if isinstance(error, OptionError) else ()
    place = origins.locate(("source", table.id, "options", *option))
    for found in error.diagnostics:
        yield found if found.location else attrs.evolve(found, location=place)


def _key_note(
    project: Project,
    sources: Sequence[tuple[SourceTable, Source]],
    origins: Origins,
    key: bytes | None,
) -> Iterator[Diagnostic]:
    named = [table for table, _ in sources if table.mapping.customer_id is not None]
    if key is None and named:
        variable = project.privacy.key_variable
        yield Diagnostic(
            "CX233",
            "Customers get pseudonyms of this run alone: the next run will not recognise them.",
            origins.locate(("source", named[0].id, "mapping", "customer_id")),
            f"Put a secret into the environment variable {variable}.",
            severity="note",
        )
