"""What is asked of every batch, and the hash of everything that decides the answers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from cxengine import __version__
from cxengine.evidence.checks import attribute_types
from cxengine.evidence.derive import predicate
from cxengine.metrics.aggregate import compile_components
from cxengine.metrics.heard import Asked
from cxengine.metrics.measure import scan_for
from cxengine.metrics.partials.state import FORMAT
from cxengine.metrics.segment import cubes
from cxengine.plugin.component import HISTORY

if TYPE_CHECKING:
    from cxengine.evidence.derive import DerivedAttribute
    from cxengine.evidence.exclude import Exclusion
    from cxengine.evidence.sql import Kind
    from cxengine.metrics.aggregate import Scanned
    from cxengine.metrics.scan import Scan
    from cxengine.plugin import Metric
    from cxengine.project import Loaded
    from cxengine.project.model import Project, SourceTable

DIALECT = "duckdb"
_OF_NO_MATTER = frozenset(
    {"areas", "budgets", "bundles", "delivered", "driver_models", "engine", "exclusions", "exports"}
    | {"extends", "goals", "histories", "initiatives", "inputs", "metrics", "milestones", "moments_of_truth"}
    | {"observed_journeys", "params", "personas", "project", "quotas", "roadmap", "rox", "scenarios"}
    | {"scoring", "selection", "stages", "tables", "teams", "transitions"}
)
"""Tables of a project that decide nothing about what its evidence says."""
_THRESHOLDS = ("minimum_n", "dominance", "caution_n", "key")


@attrs.frozen(eq=False)
class Questions:
    """The scans that every batch is asked for."""

    scan: Scan
    """For the metrics of this run; what is asked of a batch is `kept_scan`."""
    asked: Asked
    by_period: bool
    """Whether distinct responses are counted period by period."""
    types: Mapping[str, Kind]

    @classmethod
    def of(
        cls,
        loaded: Loaded,
        metrics: Mapping[str, Metric],
        derived: Sequence[Sequence[DerivedAttribute]],
        feeling: Sequence[str],
    ) -> Questions:
        """Those of a project.

        Raises:
            ProjectError: a segment or a component of a metric is no valid expression.
        """
        project = loaded.project
        types = attribute_types(project) | {one.name: one.kind for layer in derived for one in layer}
        groups = cubes(project, loaded.origins, types, loaded.registry.functions)
        aggregates = {name: compile_components(metric) for name, metric in metrics.items()}
        return cls(
            scan=scan_for(project, metrics, aggregates, groups, weighted=_weighted(project)),
            asked=Asked.of(project, groups, feeling),
            by_period=project.evidence.current == "latest",
            types=types,
        )

    def kept_scan(self, project: Project) -> Scan:
        """The scan for a batch: every signal, also what is open, and nothing that reaches beyond a batch."""
        signals = tuple(str(signal.id) for signal in project.signals)
        known = {*self.scan.discrete, *self.scan.aggregated}
        aggregates = self.scan.aggregates.items()
        return attrs.evolve(
            self.scan,
            aggregates={name: one for name, one in aggregates if one.reads.isdisjoint(HISTORY)},
            followed=(),
            observed=signals,
            counted=tuple(name for name in signals if name not in known),
        )


def _weighted(project: Project) -> bool:
    """Whether responses may have weights."""
    return any(source.mapping.weight is not None for source in project.sources)


@attrs.frozen
class Column:
    """A column of aggregates: its name among what is kept, its SQL, and one of the components that it is."""

    name: str
    text: str
    component: tuple[str, str]
    aggregate: Scanned


def kept_columns(scan: Scan) -> dict[str, Column]:
    """The columns of a scan by the names that it gives them."""
    names, texts = scan.columns(DIALECT, weighted=True)
    found = {}
    for component, name in names.items():
        kind, text = scan.aggregates[component].kind, texts[name]
        how = kind if kind in {"min", "max"} else "sum"
        kept = f"{how}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        found[name] = Column(kept, text, component, scan.aggregates[component])
    return found


def is_column(name: str) -> bool:
    """Whether a column of what is kept is one of aggregates."""
    return re.fullmatch(r"(min|max|sum)_[0-9a-f]{16}", name) is not None


def definition(
    loaded: Loaded,
    questions: Questions,
    derived: Sequence[Sequence[DerivedAttribute]],
    excluded: Sequence[Exclusion],
) -> Mapping[str, Any]:
    """Everything besides its inputs and its own table that decides what is kept of a batch."""
    import duckdb

    project = loaded.project
    fields = {
        field.name: getattr(project, field.name)
        for field in attrs.fields(type(project))
        if field.name not in _OF_NO_MATTER
    }
    fields["sources"] = [source.id for source in project.sources]
    fields["touchpoints"] = [touchpoint.id for touchpoint in project.touchpoints]
    fields["segments"] = [(cube.mask(DIALECT), cube.segments) for cube in questions.scan.cubes]
    fields["times"] = _times(loaded)
    fields["channels"] = [channel.id for channel in project.channels]
    fields["privacy"] = attrs.asdict(project.privacy, filter=lambda field, _: field.name not in _THRESHOLDS)
    fields["rules"] = [
        *((one.name, one.sql(project.params)) for layer in derived for one in layer),
        *((one.rule, predicate(one.when, project.params), one.because) for one in excluded),
    ]
    versions = (FORMAT, __version__, duckdb.__version__, sorted(loaded.registry.versions().items()))
    return {"versions": versions, "asked": questions.asked.feeling, **fields}


def _times(loaded: Loaded) -> list[tuple[str, str]]:
    """Signals whose answers below 0 are set aside, as metrics read them as times, with one that does.

    Those with a scale are held to it in any case, and what is computed from two columns is never below 0.
    """
    read = set[str]()
    scaled = {str(signal.id) for signal in loaded.project.signals if signal.scale is not None}
    for source in loaded.project.sources:
        computed = source.mapping.durations.keys()
        read |= {str(wide.signal) for wide in source.mapping.signals if wide.columns.keys() - computed}
        if source.mapping.long is not None and source.mapping.long.value not in computed:
            read |= {str(signal.id) for signal in loaded.project.signals}
    return [(signal, name) for signal, name in sorted(loaded.times.items()) if signal in read - scaled]


def digest(*parts: object) -> str:
    """A short hash of values by how they are written."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def table_digest(definition: Mapping[str, Any], table: SourceTable) -> str:
    """The hash of everything but the inputs that decides what is kept of a source."""
    return digest(sorted(definition.items()), table)
