"""The pipeline, readable top to bottom: TOML -> evidence -> metrics -> insight -> rules -> roadmap.

`Engine` holds the plugins; every stage returns an immutable value, and `Result` holds them all.
Nothing is global: two engines in one process do not see each other.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine import __version__
from cxengine.diagnostics import Diagnostic, ProjectError, errors

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.evidence.evidence import Evidence
    from cxengine.evidence.history import History
    from cxengine.explain.step import Step
    from cxengine.insight.insight import Insight
    from cxengine.metrics.guardrails import Guardrail
    from cxengine.metrics.measurement import Measurements
    from cxengine.metrics.partials.forgotten import Forgotten
    from cxengine.metrics.rox import Rox
    from cxengine.planning.plan import Plan as Planned
    from cxengine.planning.roadmap import Roadmap
    from cxengine.planning.scenarios import Comparison
    from cxengine.plugin import Metric, Outcome, Plan, RemoteExporter
    from cxengine.plugin.http import Network
    from cxengine.project import Loaded
    from cxengine.project.model import EngineName, Project
    from cxengine.review.comparing.difference import Difference
    from cxengine.review.shown import Shown
    from cxengine.rules.cases.bench import Bench
    from cxengine.rules.conclusion import Conclusion
    from cxengine.rules.ruleset import RuleSet

Progress = Callable[[str], None]
"""Called with the name of a stage when it begins."""


@attrs.frozen(eq=False)
class Result:
    """Everything a run found, stage by stage; exporters read it and nothing else."""

    loaded: Loaded
    journey: nx.DiGraph[str]
    evidence: Evidence
    measurements: Measurements
    insight: Insight
    conclusions: tuple[Conclusion, ...]
    roadmap: Roadmap | None
    """None where the project has no `[roadmap]`: the run only measures."""
    warnings: tuple[Diagnostic, ...] = ()
    timings: Mapping[str, float] = attrs.field(factory=dict)
    """Seconds by stage."""
    rox: tuple[Rox, ...] = ()
    """Returns on experience, in the order of the project."""
    guardrails: tuple[Guardrail, ...] = ()
    """What must not get worse, wherever it is measured, in the order of the project."""
    previous: Shown | None = None
    """What the run before showed, where one was named."""
    scenarios: Comparison | None = None
    """What would come of every scenario; None where the project asks about none."""

    @property
    def project(self) -> Project:
        """What the author wrote."""
        return self.loaded.project

    def explain(self, items: Iterable[str]) -> tuple[Step, ...]:
        """Why each of them is as it is, down to the rows of the sources; see `explain.why.why`.

        Raises:
            ProjectError: there is no such thing.
        """
        from cxengine.explain.why import explained

        return explained(self, items)


class Engine:
    """Loads, checks, runs and writes projects with one set of plugins.

    Args:
        autoload: find installed plugins through their entry points.
        plugins: further plugins: modules or objects with hook implementations.
        blocked: installed plugins that are never imported, by the name of their distribution or module.
    """

    def __init__(
        self, *, autoload: bool = True, plugins: Sequence[object] = (), blocked: Iterable[str] = ()
    ) -> None:
        from cxengine.plugin.registry import Registry

        self.registry = Registry(autoload=autoload, plugins=plugins, blocked=blocked)

    def load(self, path: str | Path, *, params: Mapping[str, str] | None = None) -> Loaded:
        """The project at `path` (a folder or a file).

        Raises:
            ProjectError: the TOML is unusable; the error carries every finding.
        """
        from cxengine.project import load

        return load(path, params=params or {}, registry=self.registry)

    def check(self, loaded: Loaded, *, strict: bool = False) -> tuple[Diagnostic, ...]:
        """Everything that can be said about a project without its evidence: errors, warnings, notes.

        With `strict`, also what rules say in vain, always, or against one another.
        """
        from cxengine import journey
        from cxengine.evidence.computed import check_computed
        from cxengine.evidence.enrich import enrichings
        from cxengine.evidence.raking import unusable
        from cxengine.metrics.attributes import anonymous, missing
        from cxengine.metrics.segment import attribute_kinds, cubes
        from cxengine.plugin.reach import explained
        from cxengine.project.dates import untimely
        from cxengine.project.scenarios import scenario
        from cxengine.rules.compiler import compile_rules
        from cxengine.rules.plugged import plugged
        from cxengine.rules.strict import strict as strictly

        findings = [*loaded.warnings, *journey.check(loaded.project, loaded.origins)]
        findings += untimely(loaded.project, loaded.origins, dt.date.today())
        findings += explained(check_computed(loaded.project, loaded.origins), loaded.registry.functions)
        with _collected(findings):
            enrichings(loaded)
        brought = plugged(loaded)
        types: dict[str, str] | None = {}
        if any(rule.about == "response" for rule in loaded.project.rules):
            types = None
        with _collected(findings):
            ruleset = compile_rules(loaded.project, loaded.origins, brought)
            types = ruleset.attribute_types()
            findings += ruleset.warnings
            findings += strictly(loaded.project, ruleset, loaded.origins, brought) if strict else ()
            self._bench(loaded, ruleset)
        for one in loaded.project.scenarios:
            with _collected(findings):
                other = scenario(loaded, one.id)
                compile_rules(other.project, other.origins, plugged(other))
        with _collected(findings):
            if types is not None:  # else segments and metrics may read attributes of rules that are wrong
                cubes(loaded.project, loaded.origins, types, brought.functions)
                known = attribute_kinds(loaded.project) | types
                findings += missing(loaded.metrics, known, loaded.origins)
                findings += unusable(loaded.project.weighting, known, loaded.origins)
                findings += anonymous(loaded.project, loaded.metrics, loaded.origins)
        return tuple(findings)

    def bench(self, loaded: Loaded) -> Bench:
        """The project's rules with the cases that test them; no evidence is needed.

        Raises:
            ProjectError: rules or cases are unusable.
        """
        from cxengine.rules.compiler import compile_rules
        from cxengine.rules.plugged import plugged

        return self._bench(loaded, compile_rules(loaded.project, loaded.origins, plugged(loaded)))

    def _bench(self, loaded: Loaded, ruleset: RuleSet) -> Bench:
        from cxengine.plugin import NoOptions
        from cxengine.project.cases import load_cases
        from cxengine.rules.cases.bench import prepare

        group = loaded.uses.get(("roadmap", "group"))
        grouping = group.make() if group else self.registry.find("grouping", "area")(NoOptions())
        return prepare(loaded.project, ruleset, grouping, loaded.origins, load_cases(loaded))

    def run(
        self,
        project: str | Path | Loaded,
        *,
        params: Mapping[str, str] | None = None,
        engine: EngineName | None = None,
        previous: str | Path | None = None,
        progress: Progress | None = None,
        network: Network | None = None,
    ) -> Result:
        """Takes a project from its evidence to its roadmap; writes nothing.

        Args:
            project: a folder or file, or what `load` returned.
            params: values for the project's `[params]`, as text; only where `project` is a path.
            engine: measures instead of the one that the project names.
            previous: the folder of the run that was published before: nothing in this run gives away what
                was suppressed in either, when the two are compared.
            progress: called with the name of each stage when it begins, and with what takes long.
            network: how sources reach services, and who keeps the record of their requests; see
                `cxengine.plugin.http`.

        Raises:
            CxengineError: the project, its evidence or its plan is unusable.
        """
        from cxengine.review.shown import Shown, shown

        clock = Clock(progress)
        before = Shown() if previous is None else shown(Path(previous))
        with clock.stage("Loading the project"):
            loaded = self.load(project, params=params) if isinstance(project, str | Path) else project
        if engine is not None:
            loaded = loaded.measured_by(engine)
        if network is None and progress is not None:
            from cxengine.plugin.http import Network

            network = Network(progress=progress)
        found = _run(attrs.evolve(loaded, network=network), clock, before)
        return found if previous is None else attrs.evolve(found, previous=before)

    def forget(self, loaded: Loaded, customers: Sequence[str]) -> Forgotten:
        """Takes customers, by the ids of the sources, out of what a project keeps between runs.

        Raises:
            CxengineError: nothing is kept, nobody of them is known, or the key is missing; or an input that
                held them cannot be read again.
        """
        from cxengine.metrics.partials.forgotten import forget
        from cxengine.rules.compiler import compile_rules
        from cxengine.rules.plugged import plugged

        ruleset = compile_rules(loaded.project, loaded.origins, plugged(loaded))
        return forget(loaded, customers, lambda: _evidence(loaded, ruleset, loaded.metrics))

    def why(self, result: Result, item: str) -> Step:
        """Why an item, a touchpoint, a fact or a rule at a subject is as it is; see `explain.why.why`.

        Raises:
            ProjectError: there is no such thing.
        """
        from cxengine.explain.why import why

        return why(result, item)

    def why_not(self, result: Result, item: str) -> Step:
        """Why it is not otherwise, and the smallest changes of facts that would have made it so.

        Raises:
            ProjectError: there is no such thing.
        """
        from cxengine.explain.why_not import why_not

        return why_not(result, item)

    def diff(self, before: str | Path, after: str | Path, *, progress: Progress | None = None) -> Difference:
        """What changed between two runs in folders, and what moved each item of the roadmap.

        Raises:
            OutputError: a folder holds no run that can be planned again.
            ProjectError: a run needs a plugin that is not installed.
        """
        from cxengine.review.comparing.difference import difference

        return difference(Path(before), Path(after), self.registry, progress)

    def write(self, result: Result, folder: str | Path) -> tuple[Path, ...]:
        """Writes a run: measurements, what the project exports, and the manifest; returns the files.

        The folder appears whole or not at all. What an earlier run wrote there is replaced.

        Raises:
            OutputError: the folder is not one that a run wrote, or cannot be written.
        """
        from pyarrow import parquet

        from cxengine.insight import feelings
        from cxengine.review.folder import written_whole
        from cxengine.review.insight import write_insight
        from cxengine.review.kept import write_kept
        from cxengine.review.manifest import write_manifest
        from cxengine.review.observed import write_observed
        from cxengine.review.rox import write_rox
        from cxengine.review.scenarios import write_scenarios

        target = Path(folder)
        with written_whole(target) as beside:
            parquet.write_table(result.measurements.table, beside / "measurements.parquet")
            period = feelings.present(result.project, result.measurements)
            parquet.write_table(feelings.table(result.insight, period), beside / feelings.FILE)
            if result.measurements.changes:
                parquet.write_table(result.measurements.changes, beside / "changes.parquet")
            if result.rox:
                write_rox(beside, result.rox)
            write_insight(beside, result.project, result.journey, result.insight, result.rox)
            if result.scenarios:
                write_scenarios(beside, result.scenarios)
            if result.insight.observed:
                write_observed(beside, result.project, result.journey, result.insight.observed)
            for table in result.project.exports:
                use = result.loaded.uses["export", table.id]
                use.make().export(result, beside)
            write_manifest(beside, {**self._manifest(result), "planning": write_kept(beside, result)})
        return tuple(sorted(path for path in target.rglob("*") if path.is_file()))

    def plan_export(self, result: Result, to: str, *, network: Network | None = None) -> Plan:
        """What the `[[export]]` with the id `to` would change at the service that it synchronises with.

        Args:
            result: what `run` returned.
            to: the id of the export.
            network: who watches its requests; see `cxengine.plugin.http`.

        Raises:
            ProjectError: CX604, there is no such export, or it writes files only.
            RemoteError: the service refuses or fails.
        """
        return _remote(result.loaded, to, network).plan(result)

    def apply_export(
        self, loaded: Loaded, to: str, plan: Plan, *, network: Network | None = None
    ) -> Iterator[Outcome]:
        """Does what was planned; yields what became of every change as it is known.

        It may be cut off anywhere and done again.

        Raises:
            ProjectError: CX604, there is no such export, it writes files only, or the plan is not its own.
            RemoteError: the service fails for good; what was yielded until then is done.
        """
        return _remote(loaded, to, network, plan).apply(plan)

    def _manifest(self, result: Result) -> dict[str, Any]:
        from cxengine.review.manifest import manifest

        return manifest(
            version=__version__,
            plugins=self.registry.versions(),
            project=result.loaded.fingerprint(),
            accounts=result.evidence.accounts,
            weighting=result.evidence.weighting,
            timings=result.timings,
        )


@contextmanager
def _collected(findings: list[Diagnostic]) -> Iterator[None]:
    """Takes the findings of a project error instead of stopping at them."""
    try:
        yield
    except ProjectError as error:
        findings += error.diagnostics


class Clock:
    """Announces stages and keeps the seconds that each took."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What runs in the block is the stage `name`."""
        if self._progress:
            self._progress(name)
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began


def _remote(loaded: Loaded, to: str, network: Network | None, plan: Plan | None = None) -> RemoteExporter:
    """The exporter of an `[[export]]` that synchronises with a service."""
    from cxengine.plugin import RemoteExporter

    remote = {
        str(table.id): use
        for table in loaded.project.exports
        if issubclass((use := loaded.uses["export", table.id]).plugin, RemoteExporter)
    }
    if to not in remote:
        known = f"There are: {', '.join(remote)}." if remote else "No export of this project does."
        message = f'No export "{to}" synchronises with a service.'
        raise ProjectError(Diagnostic("CX604", message, hint=known))
    use = remote[to]
    if plan is not None and plan.exporter != use.plugin.name:
        message = f'The plan was made by "{plan.exporter}", and the export "{to}" uses "{use.plugin.name}".'
        raise ProjectError(Diagnostic("CX604", message))
    exporter: RemoteExporter = use.make()
    if network is not None:
        exporter.network = network
    return exporter


def _run(loaded: Loaded, clock: Clock, previous: Shown) -> Result:
    import networkx as nx

    from cxengine import journey
    from cxengine.evidence.history import histories
    from cxengine.metrics import rox
    from cxengine.metrics.attributes import anonymous
    from cxengine.metrics.guardrails import guardrails
    from cxengine.metrics.guardrails import warnings as passed
    from cxengine.metrics.measure import measure
    from cxengine.planning.plan import plan
    from cxengine.planning.ranks.assess import assessed
    from cxengine.rules.compiler import compile_rules
    from cxengine.rules.conclude import conclude
    from cxengine.rules.facts import all_facts
    from cxengine.rules.plugged import plugged

    project, origins = loaded.project, loaded.origins
    with clock.stage("Checking rules and journey"):
        ruleset = compile_rules(project, origins, plugged(loaded))
        warnings = [*loaded.warnings, *journey.check(project, origins), *ruleset.warnings]
        if found := errors(warnings):
            raise ProjectError(*found)
        graph = nx.freeze(journey.build(project))
        metrics = loaded.metrics
    with clock.stage("Reading evidence"):
        evidence = _evidence(loaded, ruleset, metrics)
        past = histories(loaded)
    with clock.stage("Measuring"):
        measurements = measure(project, evidence, metrics, origins, previous.measurements)
        grown = rox.returns(project, metrics, measurements)
        guarded = guardrails(project, metrics, measurements)
    insight, remarks = _insight(
        loaded, clock, graph, evidence=evidence, measurements=measurements, metrics=metrics, previous=previous
    )
    with clock.stage("Applying rules"):
        conclusions = conclude(ruleset, all_facts(project, measurements, insight, grown))
    planned = None
    if project.roadmap:
        with clock.stage("Planning"):
            group = loaded.uses["roadmap", "group"]
            planned = plan(
                project,
                ruleset=ruleset,
                conclusions=conclusions,
                measurements=measurements,
                insight=insight,
                metrics=metrics,
                grouping=group.make(),
                origins=origins,
                returns=grown,
                guardrails=guarded,
                histories=past.found,
            )
        with clock.stage("Asking how sure the order is"):
            planned = attrs.evolve(planned, roadmap=assessed(planned.roadmap, planned.scene))
    return Result(
        loaded=loaded,
        journey=graph,
        evidence=evidence,
        measurements=measurements,
        insight=insight,
        conclusions=(*conclusions, *(planned.conclusions if planned else ())),
        roadmap=planned.roadmap if planned else None,
        warnings=(
            *warnings,
            *evidence.notes,
            *past.notes,
            *remarks,
            *anonymous(project, metrics, origins),
            *passed(guarded, origins),
            *(planned.diagnostics if planned else ()),
        ),
        timings=clock.seconds,
        rox=grown,
        guardrails=guarded,
        scenarios=_scenarios(loaded, planned, clock, (measurements, insight, grown, past.found))
        if planned
        else None,
    )


def _scenarios(
    loaded: Loaded,
    planned: Planned,
    clock: Clock,
    seen: tuple[Measurements, Insight, tuple[Rox, ...], Mapping[str, History]],
) -> Comparison | None:
    """Every scenario beside the plan as it stands; None where the project asks about none."""
    from cxengine.planning.scenarios import compared

    if not loaded.project.scenarios:
        return None
    measurements, insight, returns, past = seen
    with clock.stage("Planning scenarios"):
        return compared(
            loaded,
            planned.roadmap,
            measurements=measurements,
            insight=insight,
            returns=returns,
            histories=past,
        )


def _evidence(loaded: Loaded, ruleset: RuleSet, metrics: Mapping[str, Metric]) -> Evidence:
    """What the sources say, with what rules about responses derive and exclude."""
    from cxengine.insight.moments import feeling_signals
    from cxengine.metrics.partials.update import collect_kept
    from cxengine.rules.responses import derived_attributes, exclusions

    return collect_kept(
        loaded,
        metrics,
        derived=derived_attributes(ruleset),
        excluded=exclusions(ruleset),
        feeling=[str(signal.id) for signal in feeling_signals(loaded.project)],
    )


def _insight(
    loaded: Loaded,
    clock: Clock,
    graph: nx.DiGraph[str],
    *,
    evidence: Evidence,
    measurements: Measurements,
    metrics: Mapping[str, Metric],
    previous: Shown,
) -> tuple[Insight, tuple[Diagnostic, ...]]:
    """What the measurements mean, and what is to be said about how it was found."""
    from cxengine.insight.changes.look import look
    from cxengine.insight.drivers.analyse import drivers
    from cxengine.insight.find import find
    from cxengine.insight.map import mapped
    from cxengine.insight.observed.observe import observe
    from cxengine.insight.themes.find import themes

    project, origins = loaded.project, loaded.origins
    with clock.stage("Finding pain and love"):
        insight = find(project, graph, evidence, measurements, origins, previous=previous.feelings)
        followed = observe(project, graph, evidence, origins)
        insight = attrs.evolve(insight, observed=followed.journeys)
    with clock.stage("Looking for changes"):
        changed = look(project, graph, evidence, measurements=measurements, metrics=metrics, origins=origins)
        insight = attrs.evolve(insight, changes=changed)
    with clock.stage("Reading what people write"):
        present = None if measurements.components is None else measurements.components.present
        insight = attrs.evolve(insight, themes=themes(loaded, evidence, insight, present))
    if project.driver_models:
        with clock.stage("Asking what goes with what"):
            insight = attrs.evolve(insight, drivers=drivers(project, evidence, measurements, origins))
    with clock.stage("Holding the map against the evidence"):
        insight = mapped(
            insight, project, graph, evidence=evidence, measurements=measurements, metrics=metrics
        )
    return insight, followed.notes
