"""Evidence from kept batches: reads what is new, keeps it, and adds everything up."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, PluginError
from cxengine.evidence.checks import attribute_types
from cxengine.evidence.clocks import by_clocks_of_origin
from cxengine.evidence.collect import collect, located, sources_of
from cxengine.evidence.computed import check_computed
from cxengine.evidence.engines import open_embedded
from cxengine.evidence.enrich import enrichings
from cxengine.evidence.evidence import Evidence
from cxengine.evidence.privacy import known_key
from cxengine.evidence.quarantine import read_quarantine
from cxengine.evidence.sql import text
from cxengine.evidence.tables import create_tables, create_types
from cxengine.evidence.taken import Taken, cannot_be_pooled, told, unended
from cxengine.metrics.partials import state as states
from cxengine.metrics.partials.backfill import backfill
from cxengine.metrics.partials.damage import told as told_of_damage
from cxengine.metrics.partials.inputs import Part, divide
from cxengine.metrics.partials.kept import Answers, Kept
from cxengine.metrics.partials.merging import merge, usable, worthwhile
from cxengine.metrics.partials.questions import Questions, definition, kept_columns
from cxengine.metrics.partials.reading import Reader, covered
from cxengine.plugin.http.error import RemoteError

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.derive import DerivedAttribute
    from cxengine.evidence.exclude import Exclusion
    from cxengine.metrics.partials.batch import Batch
    from cxengine.metrics.partials.state import Index, State
    from cxengine.metrics.scan import Scan
    from cxengine.plugin import Metric
    from cxengine.project import Loaded
    from cxengine.project.model import Project

SHOWN = 3


def folder_of(loaded: Loaded) -> Path | None:
    """The folder in which a project keeps its state; None where it keeps nothing."""
    settings = loaded.project.engine
    if settings.state is None:
        return None
    base = loaded.origins.folder(("engine", "state"))
    return (base / settings.state / loaded.project.project.id).resolve()


def unkept_because(loaded: Loaded) -> str | None:
    """Why a project that asks for it cannot keep anything; None where it can."""
    project = loaded.project
    if not project.sources:
        return "there are no sources"
    if project.engine.use != "duckdb":
        return f"{project.engine.use} measures, which holds all evidence in any case"
    if project.weighting is not None:
        return "weights that match the population depend on all responses"
    if given := loaded.registry.unversioned:
        return f"nobody could tell whether plugins without a version changed: {', '.join(given)}"
    named = any(source.mapping.customer_id is not None for source in project.sources)
    if named and known_key(project, loaded.origins) is None:
        return f"customers are named and {project.privacy.key.place} holds no key to know them again by"
    return None


def collect_kept(
    loaded: Loaded,
    metrics: Mapping[str, Metric],
    *,
    derived: Sequence[Sequence[DerivedAttribute]] = (),
    excluded: Sequence[Exclusion] = (),
    feeling: Sequence[str] = (),
) -> Evidence:
    """The evidence of a project, from what is kept where it keeps anything; else as `collect` reads it.

    `feeling` are the signals that tell a feeling.

    Raises:
        ProjectError: a segment or a component of a metric is no valid expression.
        EvidenceError: with every finding of the inputs that had to be read; CX250 to CX253 about the state.
    """
    folder = folder_of(loaded)
    if folder is None:
        return collect(loaded, derived=derived, excluded=excluded)
    if reason := unkept_because(loaded):
        with _placed(loaded):
            index = states.State(folder).index()
        forgotten = known_forgotten(loaded, index)
        evidence = collect(loaded, derived=derived, excluded=excluded, forgotten=forgotten)
        return attrs.evolve(evidence, reading=(f"Nothing is kept: {reason}.",))
    questions = Questions.of(loaded, metrics, derived, feeling)
    if wrong := tuple(check_computed(loaded.project, loaded.origins)):
        raise EvidenceError(*wrong)
    with _placed(loaded), states.opened(folder) as state:
        return Update(loaded, questions, derived, excluded, state).run()


@contextmanager
def _placed(loaded: Loaded) -> Iterator[None]:
    """Tells what is wrong with the folder of the state where the project names it."""
    try:
        yield
    except EvidenceError as error:
        if any(found.code not in {"CX250", "CX251"} for found in error.diagnostics):
            raise
        place = loaded.origins.locate(("engine", "state"))
        raise EvidenceError(*(attrs.evolve(found, location=place) for found in error.diagnostics)) from error


def known_forgotten(loaded: Loaded, index: Index) -> frozenset[str]:
    """The marks of customers who are passed over.

    Raises:
        EvidenceError: CX253, they cannot be recognised by the key of this run.
    """
    named = any(source.mapping.customer_id is not None for source in loaded.project.sources)
    if named and index.forgotten and key_mark(loaded) != index.key:
        secret = loaded.project.privacy.key
        message = (
            f"Customers asked to be forgotten, and {secret.place} does not hold the key to know them by."
        )
        hint = f"Put the secret of earlier runs into {secret.place}."
        raise EvidenceError(Diagnostic("CX253", message, hint=hint))
    return index.forgotten


def key_mark(loaded: Loaded) -> str | None:
    """What tells whether the key is the same, and nothing else about it."""
    key = known_key(loaded.project, loaded.origins)
    return None if key is None else hidden_by(key)


def hidden_by(key: bytes) -> str:
    """The mark of a key."""
    return hmac.digest(key, b"cxengine key", "sha256").hex()[:16]


@attrs.frozen(eq=False)
class Update:
    """One run over a state."""

    loaded: Loaded
    questions: Questions
    derived: Sequence[Sequence[DerivedAttribute]]
    excluded: Sequence[Exclusion]
    state: State

    @property
    def project(self) -> Project:
        """What the author wrote."""
        return self.loaded.project

    def run(self) -> Evidence:
        """Reads what is new, keeps it, and answers from everything."""
        index = self.state.index()
        forgotten = known_forgotten(self.loaded, index)
        index = attrs.evolve(index, key=key_mark(self.loaded))
        parts = self._divide(index)
        batches, read = self._batches(parts, index, forgotten)
        overlapping = _overlapping(self.state.folder, parts, batches, self.project)
        if overlapping:
            index = attrs.evolve(index, together={**index.together, **overlapping})
            parts = self._divide(index)
            known = attrs.evolve(index, batches={**index.batches, **batches})
            batches, more = self._batches(parts, known, forgotten)
            read = [*read, *more]
        scan = self.questions.kept_scan(self.project)
        batches = self._filled(batches, scan)
        merged = usable(index.merged, batches, covered(scan.aggregated, kept_columns(scan)))
        if worthwhile(merged, batches):
            backend = open_embedded(self.project.engine)
            merged = merge(self.state.folder, batches, merged, backend)
            backend.close()
        kept = attrs.evolve(index, batches=batches, merged=merged, together=self._together(index, parts))
        self.state.needs(kept)
        if kept != index or not states.exists(self.state.folder):
            self.state.commit(kept)
        gone = [batch for key, batch in index.batches.items() if key not in batches]
        return self._evidence(kept, parts, _remarks(parts, read, gone))

    def _divide(self, index: Index) -> list[Part]:
        settled = (
            definition(self.loaded, self.questions, self.derived, self.excluded),
            index.key or index.salt,
        )
        parts, wrong = list[Part](), list[Diagnostic]()
        for table, source in sources_of(self.loaded, index.forgotten):
            try:
                timed = by_clocks_of_origin(table, source.timezones(), self.loaded.origins)
                parts += divide(
                    [(timed, source)],
                    self.project,
                    settled,
                    index,
                    summed_up=self._summed_up(),
                )
            except (EvidenceError, PluginError, RemoteError) as error:
                wrong += located(error, table, self.loaded.origins)
        if wrong:
            raise EvidenceError(*wrong)
        return parts

    def _summed_up(self) -> bool:
        """Whether a rule reads what a response answers in all of its rows."""
        programs = [
            *(program for layer in self.derived for one in layer for program in one.programs),
            *(one.when for one in self.excluded),
        ]
        return any(path[0] in {"answers", "at"} for program in programs for path in program.reads)

    def _batches(
        self, parts: Iterable[Part], index: Index, forgotten: frozenset[str]
    ) -> tuple[dict[str, Batch], list[Part]]:
        """All batches in order, and the parts that had to be read."""
        project = self.project
        reader = Reader(
            loaded=self.loaded,
            questions=self.questions,
            derived=self.derived,
            excluded=self.excluded,
            enrichers=enrichings(self.loaded),
            key=known_key(project, self.loaded.origins) or bytes.fromhex(index.salt),
            forgotten=forgotten,
            folder=self.state.folder,
        )
        found, read, wrong = dict[str, "Batch"](), list[Part](), list[Diagnostic]()
        for part in parts:
            if part.id in index.batches:
                found[part.id] = attrs.evolve(index.batches[part.id], stamps=part.stamps)
                continue
            read.append(part)
            try:
                found[part.id] = reader.read(part)
            except EvidenceError as error:
                wrong += [finding for finding in error.diagnostics if finding not in wrong]
        if wrong:
            raise EvidenceError(*wrong)
        return found, read

    def _typed(self) -> DuckDB:
        """An empty database that knows the types of the project."""
        backend = open_embedded(self.project.engine)
        create_types(backend, self.project)
        return backend

    def _filled(self, batches: Mapping[str, Batch], scan: Scan) -> dict[str, Batch]:
        """The batches with every column that the metrics of this run want."""
        return {
            key: backfill(self.state.folder, key, batch, scan, self._typed) for key, batch in batches.items()
        }

    def _together(self, index: Index, parts: Sequence[Part]) -> Mapping[str, tuple[str, ...]]:
        """The sources that must still be read whole."""
        whole = {str(part.table.id) for part in parts if not part.unique}
        return {source: ids for source, ids in index.together.items() if source in whole}

    def _evidence(self, index: Index, parts: Sequence[Part], remarks: tuple[str, ...]) -> Evidence:
        project, folder = self.project, self.state.folder
        taken = _joined(parts, index.batches, [one.rule for one in self.excluded])
        if mixed := tuple(cannot_be_pooled(project, taken, self.loaded.origins)):
            raise EvidenceError(*mixed)
        desk = open_embedded(project.engine)
        create_tables(desk, project, attribute_types(project))
        _lay_out(desk, folder, parts, index.batches)
        notes: list[Diagnostic] = []
        for table in project.sources:
            notes += told(taken[str(table.id)], table, project, desk, self.loaded.origins)
        quarantine = read_quarantine(desk, [str(table.id) for table in project.sources])
        desk.close()
        answers = Answers(folder, index.batches, self._typed, hold=self.state.hold)
        return Evidence(
            backend=answers,
            attributes=tuple(self.questions.types),
            accounts=tuple(taken[str(table.id)].account for table in project.sources),
            quarantine=quarantine,
            types=self.questions.types,
            notes=tuple(notes),
            functions=self.loaded.registry.functions,
            unended=unended(taken),
            kept=Kept(folder, index.batches, index.merged, answers),
            reading=remarks,
        )


def _overlapping(
    folder: Path, parts: Sequence[Part], batches: Mapping[str, Batch], project: Project
) -> dict[str, tuple[str, ...]]:
    """The sources of which two batches hold the same response id, with their batches."""
    found = {}
    for table in project.sources:
        own = [part.id for part in parts if part.table.id == table.id and part.unique]
        files = [batches[key].pieces["ids"] for key in own]
        if len(files) < 2:
            continue
        backend = open_embedded(project.engine)
        ids = f"read_parquet([{', '.join(text(str(folder / file)) for file in files)}])"
        twice = f"SELECT 1 AS twice FROM {ids} GROUP BY id HAVING COUNT(*) > 1 LIMIT 1"  # noqa: S608 - quoted
        with told_of_damage(folder, files):
            if backend.execute(twice).num_rows:
                found[str(table.id)] = tuple(own)
        backend.close()
    return found


def _joined(parts: Sequence[Part], batches: Mapping[str, Batch], rules: Sequence[str]) -> dict[str, Taken]:
    """What became of every source, all of its batches together."""
    found: dict[str, Taken] = {}
    for part in parts:
        source, one = str(part.table.id), batches[part.id].taken
        found[source] = found[source].joined(one) if source in found else one
    for source, taken in found.items():
        excluded = sorted(taken.account.excluded_by, key=lambda one: rules.index(one.rule))
        account = attrs.evolve(taken.account, excluded_by=tuple(excluded))
        found[source] = attrs.evolve(taken, account=account)
    return found


def _lay_out(backend: object, folder: Path, parts: Sequence[Part], batches: Mapping[str, Batch]) -> None:
    """Puts what was set aside of all batches into the table of the quarantine."""
    from cxengine.evidence.backend import DuckDB

    assert isinstance(backend, DuckDB)
    for number, part in enumerate(parts):
        file = batches[part.id].pieces.get("quarantine")
        if file is not None:
            path = text(str(folder / file))
            with told_of_damage(folder, [file]):
                backend.run(
                    f"INSERT INTO quarantine SELECT * REPLACE ({number} * 1000 + file AS file)"  # noqa: S608 - quoted
                    f" FROM read_parquet({path})"
                )


def _remarks(parts: Sequence[Part], read: Sequence[Part], gone: Sequence[Batch]) -> tuple[str, ...]:
    """What was read and what was not, for people."""
    names = [name for part in read for name in part.inputs]
    total = sum(len(part.inputs) for part in parts)
    if not names:
        found = [f"Nothing is new: all {total} inputs were kept."]
    elif len(names) < total:
        found = [f"Read {len(names)} of {total} inputs, {_listed(names)}; the others were kept."]
    else:
        everything = "the one input" if total == 1 else f"all {total} inputs"
        found = [f"Read {everything}, to keep what they say."]
    left = {name for batch in gone for name in batch.inputs} - {n for part in parts for n in part.inputs}
    if left:
        found.append(f"No longer there: {_listed(sorted(left))}.")
    several = [part for part in parts if len(part.inputs) > 1]
    if several:
        sources = _listed([str(part.table.id) for part in several])
        found.append(f"Read whole whenever an input changes, as inputs depend on each other: {sources}.")
    written = [str(part.table.id) for part in parts if part.table.mapping.verbatims]
    if written:
        found.append(f"Texts are not kept, so none is shown of {_listed([*dict.fromkeys(written)])}.")
    return tuple(found)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
