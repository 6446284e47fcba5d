"""The pipeline, readable top to bottom: TOML -> evidence -> metrics -> insight -> rules -> roadmap.

`Engine` holds the plugins; every stage (`cxengine.pipeline`) returns an immutable value, and `Result` holds
them all. Nothing is global: two engines in one process do not see each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic
from cxengine.pipeline.clock import Clock, Progress
from cxengine.pipeline.result import Result

if TYPE_CHECKING:
    from cxengine.explain.step import Step
    from cxengine.metrics.partials.forgotten import Forgotten
    from cxengine.plugin import Outcome, Plan
    from cxengine.plugin.http import Network
    from cxengine.project import Loaded
    from cxengine.project.model import EngineName
    from cxengine.review.comparing.difference import Difference
    from cxengine.rules.cases.bench import Bench

__all__ = ["Engine", "Progress", "Result"]


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
        from cxengine.pipeline.check import check

        return check(loaded, strict=strict)

    def bench(self, loaded: Loaded) -> Bench:
        """The project's rules with the cases that test them; no evidence is needed.

        Raises:
            ProjectError: rules or cases are unusable.
        """
        from cxengine.pipeline.check import bench

        return bench(loaded)

    def run(
        self,
        project: str | Path | Loaded,
        *,
        params: Mapping[str, str] | None = None,
        engine: EngineName | None = None,
        previous: str | Path | None = None,
        published: str | Path | None = None,
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
            published: where runs of the project are published: the one that is there counts as `previous`,
                unless another is named. A run of the same inputs is that one once more.
            progress: called with the name of each stage when it begins, and with what takes long.
            network: how sources reach services, and who keeps the record of their requests; see
                `cxengine.plugin.http`.

        Raises:
            CxengineError: the project, its evidence or its plan is unusable.
        """
        from cxengine.pipeline.run import run
        from cxengine.review.earlier import Earlier

        clock = Clock(progress)
        before = Earlier() if previous is None else Earlier.named(Path(previous))
        with clock.stage("Loading the project"):
            loaded = self.load(project, params=params) if isinstance(project, str | Path) else project
        if previous is None and published is not None:
            before = Earlier.replaced(Path(published), str(loaded.project.project.id))
        if engine is not None:
            loaded = loaded.measured_by(engine)
        if network is None and progress is not None:
            from cxengine.plugin.http import Network

            network = Network(progress=progress)
        return run(attrs.evolve(loaded, network=network), clock, before)

    def forget(self, loaded: Loaded, customers: Sequence[str]) -> Forgotten:
        """Takes customers, by the ids of the sources, out of what a project keeps between runs.

        Raises:
            CxengineError: nothing is kept, nobody of them is known, or the key is missing; or an input that
                held them cannot be read again.
        """
        from cxengine.metrics.partials.forgotten import forget
        from cxengine.pipeline.collect import collect
        from cxengine.rules.compiler import compile_rules
        from cxengine.rules.plugged import plugged

        ruleset = compile_rules(loaded.project, loaded.origins, plugged(loaded))
        return forget(loaded, customers, lambda: collect(loaded, ruleset, loaded.metrics))

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
        from cxengine.pipeline.write import write

        return write(result, Path(folder))

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
        from cxengine.pipeline.remote import remote

        return remote(result.loaded, to, network).plan(result)

    def apply_export(
        self, loaded: Loaded, to: str, plan: Plan, *, network: Network | None = None
    ) -> Iterator[Outcome]:
        """Does what was planned; yields what became of every change as it is known.

        It may be cut off anywhere and done again.

        Raises:
            ProjectError: CX604, there is no such export, it writes files only, or the plan is not its own.
            RemoteError: the service fails for good; what was yielded until then is done.
        """
        from cxengine.pipeline.remote import remote

        return remote(loaded, to, network, plan).apply(plan)
