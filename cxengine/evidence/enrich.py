"""What enrichers find in verbatims: rewritten texts before they are stored, signals and labels after."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.diagnostics import Diagnostic, PluginError, ProjectError, closest
from cxengine.evidence import sql
from cxengine.plugin.base import Enricher, Enrichment, OptionError
from cxengine.plugin.guard import held, without_secrets

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.checks import Origins
    from cxengine.project import Loaded
    from cxengine.project.model import EnricherTable, Project, Signal

REASONS = 5
"""How many reasons are told."""
MANY_TEXTS = 20_000
"""From this number of distinct texts on, the work is divided among processes."""


@attrs.frozen
class Enriching:
    """An `[[enricher]]` and the plugin that does it."""

    table: EnricherTable
    plugin: Enricher

    def reads(self, source: str) -> bool:
        """Whether it is about the verbatims of a source."""
        return not self.table.sources or source in self.table.sources


@attrs.frozen
class LeftOut:
    """How many of the verbatims of a source an enricher left out, by reason; `of` is how many there are."""

    enricher: str
    of: int
    reasons: Mapping[str, int]

    def joined(self, other: LeftOut) -> LeftOut:
        """The same of two inputs of one source."""
        reasons = {**self.reasons}
        for reason, n in other.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + n
        return LeftOut(self.enricher, self.of + other.of, reasons)

    def told(self, source: str) -> Iterator[Diagnostic]:
        """A note, where it left any out; the commonest reasons first."""
        if not self.reasons:
            return
        ranked = sorted(self.reasons.items(), key=lambda pair: (-pair[1], pair[0]))
        told = "; ".join(f"{n:,} because {reason}" for reason, n in ranked[:REASONS])
        more = f"; {len(ranked) - REASONS} further reasons" if len(ranked) > REASONS else ""
        left = f"{sum(self.reasons.values()):,} of {self.of:,} verbatims"
        message = f'{source}: "{self.enricher}" left out {left}: {told}{more}.'
        yield Diagnostic("CX235", message, severity="note")


@attrs.frozen
class Found:
    """How many values enrichers were asked for and gave, and what they left out."""

    asked: int = 0
    given: int = 0
    left_out: tuple[LeftOut, ...] = ()
    """By enricher, in the order in which they are asked."""


def enrichings(loaded: Loaded) -> tuple[Enriching, ...]:
    """The enrichers of a project, ready to be asked.

    Raises:
        ProjectError: CX220, CX221, and what a plugin says of its options.
    """
    built, wrong = [], []
    for table in loaded.project.enrichers:
        use = loaded.uses["enricher", table.id]
        try:
            one = Enriching(table, use.make())
        except OptionError as error:
            path = ("enricher", table.id, "options", *error.option)
            wrong += [
                attrs.evolve(d, location=loaded.origins.locate(path, d.location)) for d in error.diagnostics
            ]
            continue
        wrong += check_signals(one, loaded.project, loaded.origins)
        built.append(one)
    if wrong:
        raise ProjectError(*wrong)
    return tuple(built)


def check_signals(one: Enriching, project: Project, origins: Origins) -> Iterator[Diagnostic]:
    """Whether every signal is for something that the enricher offers, and has a scale that can hold it."""
    signals = {str(signal.id): signal for signal in project.signals}
    offers = one.plugin.offers()
    for name, signal in one.table.signals.items():
        path = ("enricher", one.table.id, "signals", name)
        if name not in offers:
            near = closest(name, offers)
            hint = f'Did you mean "{near}"?' if near else f"It offers: {', '.join(offers) or 'nothing'}."
            message = f'The enricher "{one.table.id}" offers no "{name}" that a signal could carry.'
            yield Diagnostic("CX220", message, origins.locate(path), hint)
        elif signal in signals and not _holds(signals[signal], offers[name]):
            low, high = offers[name]
            message = f'The scale of "{signal}" must reach from {low:g} to {high:g} to carry "{name}".'
            hint = f"Declare `scale = {{ min = {low:g}, max = {high:g} }}`."
            yield Diagnostic("CX221", message, origins.locate(path), hint)


def rewritten(texts: Sequence[str], enrichers: Sequence[Enriching]) -> Sequence[str]:
    """The texts as the enrichers that rewrite them, one after the other, leave them."""
    for one in enrichers:
        texts = _asked(one.plugin, texts).texts or texts
    return texts


def enrich(backend: DuckDB, source: str, enrichers: Sequence[Enriching]) -> Found:
    """Asks enrichers about every distinct verbatim of a source; answers and labels go into the tables.

    Raises:
        PluginError: CX305, CX307, when an enricher fails or does not give what it must.
    """
    found = Found()
    of_source = f"FROM verbatims WHERE source = {sql.text(source)}"
    distinct = backend.execute(f"SELECT text, count(*) AS n {of_source} GROUP BY text ORDER BY text")
    texts, times = distinct.column("text").to_pylist(), distinct.column("n").to_pylist()
    for one in enrichers:
        enrichment = _asked(one.plugin, texts)
        _store_labels(backend, source, one, texts, enrichment)
        given = sum(
            _store_values(backend, source, signal, texts, _values(name, enrichment))
            for name, signal in one.table.signals.items()
        )
        asked = sum(times) * len(one.table.signals)
        left_out = (*found.left_out, _left_out(one, enrichment, times))
        found = Found(found.asked + asked, found.given + given, left_out)
    return found


def _asked(plugin: Enricher, texts: Sequence[str]) -> Enrichment:
    """What the enricher finds; of very many texts, in as many processes as there are processors."""
    processes = os.cpu_count() or 1
    # A class that was made within a function cannot be found by another process.
    findable = "<locals>" not in type(plugin).__qualname__ and type(plugin).__module__ != "__main__"
    if len(texts) < MANY_TEXTS or processes == 1 or not (sys.executable and findable):
        found = plugin.enrich(texts)
    else:
        size = -(-len(texts) // processes)
        parts = [texts[start : start + size] for start in range(0, len(texts), size)]
        with ThreadPoolExecutor(processes) as pool:
            found = _together(list(pool.map(lambda part: _in_process(plugin, part), parts)))
    return found


def _in_process(plugin: Enricher, texts: Sequence[str]) -> Enrichment:
    """The work of one process; a fresh interpreter, so that the threads of this one do not matter."""
    asked = _pickled((type(plugin), plugin.options, list(texts)))
    command = [sys.executable, "-m", "cxengine.evidence.enrich_process"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(command, input=asked, capture_output=True, check=False, env=environment)  # noqa: S603 - our own module
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        said = without_secrets(last[0], plugin.options)
        raise PluginError(Diagnostic("CX305", f'The enricher "{plugin.name}" fails: {said}'))
    answer: Enrichment = pickle.loads(done.stdout)  # noqa: S301 - written by the process just started
    return held(plugin.enrich, answer, texts)


def _pickled(value: object) -> bytes:
    """With the read-only tables that options hold, which pickle does not know."""
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream)
    pickler.dispatch_table = {MappingProxyType: lambda table: (_read_only, (dict(table),))}
    pickler.dump(value)
    return stream.getvalue()


def _read_only(table: dict[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(table)


def _together(parts: Sequence[Enrichment]) -> Enrichment:
    names = parts[0].scores
    rewriting = any(part.texts is not None for part in parts)
    return Enrichment(
        scores={name: [score for part in parts for score in part.scores[name]] for name in names},
        labels=[labels for part in parts for labels in part.labels],
        texts=[text for part in parts for text in part.texts or ()] if rewriting else None,
        refusals=[refusal for part in parts for refusal in part.refusals],
    )


def _values(name: str, enrichment: Enrichment) -> list[float | None]:
    """The values of a score, or 1 and 0 for a label."""
    if name not in enrichment.scores:
        return [float(name in labels) for labels in enrichment.labels]
    return list(enrichment.scores[name])


def _store_values(
    backend: DuckDB, source: str, signal: str, texts: Sequence[str], values: Sequence[float | None]
) -> int:
    return _stored(
        backend,
        {"text": (texts, "string"), "value": (values, "float64")},
        f"INSERT INTO answers SELECT response, coalesce(touchpoint, 'journey'), {sql.text(signal)}, value,"
        f" false FROM verbatims JOIN lent_texts USING (text) WHERE source = {sql.text(source)}"
        " AND value IS NOT NULL ORDER BY response",
    )


def _store_labels(
    backend: DuckDB, source: str, one: Enriching, texts: Sequence[str], enrichment: Enrichment
) -> None:
    pairs = [
        (text, label) for text, labels in zip(texts, enrichment.labels, strict=False) for label in labels
    ]
    _stored(
        backend,
        {"text": ([text for text, _ in pairs], "string"), "label": ([label for _, label in pairs], "string")},
        f"INSERT INTO labels SELECT response, response_id, source, touchpoint, {sql.text(one.table.id)},"
        f" label FROM verbatims JOIN lent_texts USING (text) WHERE source = {sql.text(source)}"
        " ORDER BY response, label",
    )


def _stored(backend: DuckDB, columns: Mapping[str, tuple[Sequence[Any], str]], statement: str) -> int:
    import pyarrow as pa

    arrays = {name: pa.array(values, getattr(pa, kind)()) for name, (values, kind) in columns.items()}
    with backend.lent("lent_texts", pa.table(arrays)):
        return backend.run(statement)


def _left_out(one: Enriching, enrichment: Enrichment, times: Sequence[int]) -> LeftOut:
    reasons: Counter[str] = Counter()
    for refusal, n in zip(enrichment.refusals, times, strict=False):
        if refusal is not None:
            reasons[refusal] += n
    return LeftOut(str(one.table.id), sum(times), dict(reasons))


def _holds(signal: Signal, reach: tuple[float, float]) -> bool:
    scale = signal.scale
    if scale is None:
        return True
    on_step = scale.step is None or set(reach) == {0.0, 1.0} == {scale.min, scale.max}
    return on_step and scale.min <= reach[0] and reach[1] <= scale.max
