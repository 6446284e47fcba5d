"""Collects the evidence of a project: every source, batch by batch, into the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import CxengineError, Diagnostic, EvidenceError, PluginError
from cxengine.evidence.backend import DuckDB
from cxengine.evidence.checks import Nowhere, Origins, attribute_types, check_columns, check_mapping
from cxengine.evidence.clocks import by_clocks_of_origin
from cxengine.evidence.computed import check_computed
from cxengine.evidence.derive import DerivedAttribute, derive
from cxengine.evidence.engines import hand_over, open_embedded, open_engine
from cxengine.evidence.enrich import Enriching, enrichings
from cxengine.evidence.evidence import Evidence
from cxengine.evidence.exclude import Exclusion, exclude
from cxengine.evidence.findings import channels_undeclared, light_weights
from cxengine.evidence.intake import Intake
from cxengine.evidence.mapping import SourceMapping, read_mapping
from cxengine.evidence.privacy import known_key, passed_over, random_key
from cxengine.evidence.quarantine import read_quarantine
from cxengine.evidence.raking import weigh
from cxengine.evidence.spelling import spelt_as_asked
from cxengine.evidence.tables import create_tables
from cxengine.evidence.taken import Taken, cannot_be_pooled, told, unended
from cxengine.plugin.base import OptionError
from cxengine.plugin.http.error import RemoteError
from cxengine.project.merges import names_any

if TYPE_CHECKING:
    from cxengine.plugin.base import Source
    from cxengine.project import Loaded
    from cxengine.project.model import Project, SourceTable

NONE: Mapping[str, str] = {}


def collect(
    loaded: Loaded,
    *,
    backend: DuckDB | None = None,
    derived: Sequence[Sequence[DerivedAttribute]] = (),
    excluded: Sequence[Exclusion] = (),
    forgotten: frozenset[str] = frozenset(),
) -> Evidence:
    """Reads all sources of a loaded project and hands the signals to the engine that it names.

    `derived` are the attributes that rules add to responses, layer by layer; `excluded` are the rules that
    leave responses out; `forgotten` the marks of customers who are passed over. See `collect_from`. The
    embedded DuckDB reads and maps, whatever engine measures.

    Raises:
        EvidenceError: with every finding; whether the engine is there is found out first.
    """
    project = loaded.project
    engine = open_engine(project.engine, loaded.origins)
    backend = backend or open_embedded(project.engine)
    evidence = collect_from(
        project,
        sources_of(loaded, forgotten),
        backend=backend,
        origins=loaded.origins,
        key=known_key(project, loaded.origins),
        enrichers=enrichings(loaded),
        forgotten=forgotten,
        times=loaded.times,
    )
    types = derive(backend, attribute_types(project), derived, project.params)
    accounts = exclude(backend, evidence.accounts, excluded, project.params)
    weighting = weigh(backend, project, types, loaded.origins)
    functions = loaded.registry.functions
    evidence = attrs.evolve(
        evidence,
        attributes=tuple(types),
        types=types,
        functions=functions,
        accounts=accounts,
        weighting=weighting,
        notes=(
            *evidence.notes,
            *((weighting.note(loaded.origins.locate(("weighting",))),) if weighting else ()),
        ),
    )
    return hand_over(evidence, backend, engine) if engine else evidence


def sources_of(loaded: Loaded, forgotten: frozenset[str] = frozenset()) -> list[tuple[SourceTable, Source]]:
    """Each source of a project with the plugin that reads it, and knows which customers are `forgotten`."""
    sources = []
    key = known_key(loaded.project, loaded.origins)
    for table in loaded.project.sources:
        use = loaded.uses["source", table.id]
        folder = loaded.origins.folder(("source", table.id, "options"))
        source = use.make(folder)
        if loaded.network is not None:
            source.network = loaded.network
        source.forgotten = passed_over(table.mapping.customer_id, forgotten, key)
        sources.append((table, source))
    return sources


def collect_from(
    project: Project,
    sources: Sequence[tuple[SourceTable, Source]],
    *,
    backend: DuckDB | None = None,
    origins: Origins | None = None,
    key: bytes | None = None,
    enrichers: Sequence[Enriching] = (),
    forgotten: frozenset[str] = frozenset(),
    times: Mapping[str, str] = NONE,
) -> Evidence:
    """Reads sources and maps their rows to the tables that `cxengine.evidence.evidence` describes.

    Args:
        project: What the mappings refer to, as `cxengine.project.load` checks it.
        sources: Each `[[source]]` of the project with the source that reads it.
        backend: An empty database; one in memory by default.
        origins: Where things were written, for diagnostics.
        key: The secret that pseudonymises customer ids; without it, a key of this run alone.
        enrichers: What is found in verbatims.
        forgotten: Marks of customers whose rows are passed over.
        times: The signals whose answers are times, with what reads them so: below 0 there is none.

    Raises:
        EvidenceError: with every finding, when a mapping cannot work or a source cannot be read.
    """
    backend, origins = backend or DuckDB(), origins or Nowhere()
    if wrong := tuple(check_computed(project, origins)):
        raise EvidenceError(*wrong)
    taken = take(
        project,
        sources,
        backend=backend,
        origins=origins,
        key=key or random_key(),
        enrichers=enrichers,
        forgotten=forgotten,
        times=times,
    )
    by_source = {str(table.id): one for (table, _), one in zip(sources, taken, strict=True)}
    if mixed := tuple(cannot_be_pooled(project, by_source, origins)):
        raise EvidenceError(*mixed)
    notes = list(key_note(project, origins)) if key is None else []
    for (table, _), one in zip(sources, taken, strict=True):
        notes += told(one, table, project, backend, origins)
    quarantine = read_quarantine(backend, [table.id for table, _ in sources])
    types = attribute_types(project)
    accounts = tuple(one.account for one in taken)
    return Evidence(
        backend, tuple(types), accounts, quarantine, types, tuple(notes), unended=unended(by_source)
    )


def take(
    project: Project,
    sources: Sequence[tuple[SourceTable, Source]],
    *,
    backend: DuckDB,
    origins: Origins,
    key: bytes,
    enrichers: Sequence[Enriching] = (),
    forgotten: frozenset[str] = frozenset(),
    times: Mapping[str, str] = NONE,
) -> list[Taken]:
    """Makes the tables and takes sources in; what became of each. Arguments as of `collect_from`.

    Raises:
        EvidenceError: with every finding.
    """
    create_tables(backend, project, attribute_types(project))
    collector = _Collector(project, backend, origins, key, enrichers, forgotten, times)
    for table, source in sources:
        collector.take_in(table, source)
    if collector.failures:
        raise EvidenceError(*collector.failures)
    return collector.taken


@attrs.define
class _Collector:
    """Takes sources in, one after the other, and keeps what is to be said about them."""

    project: Project
    backend: DuckDB
    origins: Origins
    key: bytes
    enrichers: Sequence[Enriching]
    forgotten: frozenset[str]
    times: Mapping[str, str]
    taken: list[Taken] = attrs.field(factory=list)
    failures: list[Diagnostic] = attrs.field(factory=list)
    next_row: int = 0

    def take_in(self, table: SourceTable, source: Source) -> None:
        """Reads a source to its end; what fails is kept, so that all sources are looked at."""
        try:
            table = by_clocks_of_origin(table, source.timezones(), self.origins)
        except (EvidenceError, PluginError, RemoteError) as error:
            self.failures += located(error, table, self.origins)
            return
        mapping = read_mapping(table, self.project)
        wrong = tuple(check_mapping(table, mapping, self.backend, self.origins))
        if wrong:
            self.failures += wrong
            return
        enrichers = [one for one in self.enrichers if one.reads(table.id)]
        intake = Intake(
            self.backend,
            mapping,
            self.key,
            self.next_row,
            enrichers,
            forgotten=self.forgotten,
            times=self.times,
        )
        try:
            self._read(source, mapping, intake)
            left_out = intake.finish()
            account = attrs.evolve(intake.account, inputs=dict(source.fingerprints()))
        except (EvidenceError, PluginError, RemoteError) as error:
            self.failures += located(error, table, self.origins)
            return
        self.failures += light_weights(self.backend, mapping, self.next_row, self.origins)
        signals = self._signals(table, enrichers)
        self.next_row = intake.next_row
        unseen = {path: frozenset(codes) for path, codes in intake.unseen.items()}
        channels = channels_undeclared(self.backend, table.id, self.project)
        self.taken.append(
            Taken(
                account,
                unseen,
                frozenset(intake.unmade),
                channels,
                left_out,
                signals,
                intake.unended,
                intake.moments,
                intake.answered,
            )
        )

    def _signals(self, table: SourceTable, enrichers: Sequence[Enriching]) -> frozenset[str]:
        """The signals that the column of a source named, where it may name any, besides those of texts."""
        long = table.mapping.long
        if long is None or not names_any(long):
            return frozenset()
        own = f"answers WHERE response >= {self.next_row}"
        rows = self.backend.execute(f"SELECT DISTINCT CAST(signal AS VARCHAR) AS signal FROM {own}")
        found = set(rows.column("signal").to_pylist())
        return frozenset(found.difference(*(one.table.signals.values() for one in enrichers)))

    def _read(self, source: Source, mapping: SourceMapping, intake: Intake) -> None:
        checked: tuple[str, object] | None = None
        names: list[str] = []
        asked = {column for column, _, _ in mapping.columns()}
        headed = hasattr(source.options, "header")
        for batch in source.read():
            if checked != (batch.origin, batch.rows.schema):
                checked = (batch.origin, batch.rows.schema)
                names = spelt_as_asked(batch.rows.schema.names, asked)
                missing = tuple(
                    check_columns(mapping, batch.origin, names, self.origins, source.labels, headed=headed)
                )
                if missing:
                    raise EvidenceError(*missing)
            intake.append(attrs.evolve(batch, rows=batch.rows.rename_columns(names)))


def located(error: CxengineError, table: SourceTable, origins: Origins) -> Iterator[Diagnostic]:
    """The findings of a source; those without a place get that of the source's options."""
    option = error.option if isinstance(error, OptionError) else ()
    place = origins.locate(("source", table.id, "options", *option))
    for found in error.diagnostics:
        yield found if found.location else attrs.evolve(found, location=place)


def key_note(project: Project, origins: Origins) -> Iterator[Diagnostic]:
    """What to know where customers are named and there is no key: a warning where one was declared."""
    named = [table for table in project.sources if table.mapping.customer_id is not None]
    if not named:
        return
    secret, place = project.privacy.key, origins.locate(("privacy", "key"))
    alone = "Customers get pseudonyms of this run alone: the next run will not recognise them."
    if place == origins.locate(("privacy",)):
        place = origins.locate(("source", named[0].id, "mapping", "customer_id"))
        yield Diagnostic("CX233", alone, place, f"Put a secret into {secret.place}.", severity="note")
    else:
        hint = f"Put the secret of earlier runs, or a new one, into {secret.place}, or declare no `key`."
        yield Diagnostic("CX233", f"The key {secret} is not there. {alone}", place, hint, severity="warning")
