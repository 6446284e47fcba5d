"""What can be said about a project without its evidence, and what a run needs of it before it reads any."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from cxengine import journey
from cxengine.diagnostics import Diagnostic, ProjectError, errors
from cxengine.evidence.computed import check_computed
from cxengine.evidence.enrich import enrichings
from cxengine.evidence.raking import unusable
from cxengine.metrics.attributes import anonymous, missing
from cxengine.metrics.segment import attribute_kinds, cubes
from cxengine.metrics.translated import untranslatable
from cxengine.plugin import NoOptions
from cxengine.plugin.reach import explained
from cxengine.project.cases import load_cases
from cxengine.project.dates import untimely
from cxengine.project.scenarios import scenario
from cxengine.rules.cases.bench import prepare
from cxengine.rules.compiler import compile_rules
from cxengine.rules.plugged import plugged
from cxengine.rules.strict import strict as strictly

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.plugin import Metric
    from cxengine.project import Loaded
    from cxengine.rules.cases.bench import Bench
    from cxengine.rules.ruleset import RuleSet


def check(loaded: Loaded, *, strict: bool) -> tuple[Diagnostic, ...]:
    """Errors, warnings, notes; with `strict`, also what rules say in vain, always, or against one another."""
    project, origins = loaded.project, loaded.origins
    findings = [*loaded.warnings, *journey.check(project, origins)]
    findings += untimely(project, origins, dt.date.today())
    findings += explained(check_computed(project, origins), loaded.registry.functions)
    with _collected(findings):
        enrichings(loaded)
        findings += untranslatable(project, loaded.metrics, origins)
    brought = plugged(loaded)
    types: dict[str, str] | None = {}
    if any("response" in {one.about for one in written} for written in (project.rules, project.tables)):
        types = None
    with _collected(findings):
        ruleset = compile_rules(project, origins, brought)
        types = ruleset.attribute_types()
        findings += ruleset.warnings
        findings += strictly(project, ruleset, origins, brought) if strict else ()
        _bench(loaded, ruleset)
    for one in project.scenarios:
        with _collected(findings):
            other = scenario(loaded, one.id)
            compile_rules(other.project, other.origins, plugged(other))
    with _collected(findings):
        if types is not None:  # else segments and metrics may read attributes of rules that are wrong
            cubes(project, origins, types, brought.functions)
            known = attribute_kinds(project) | types
            findings += missing(loaded.metrics, known, origins)
            findings += unusable(project.weighting, known, origins)
            findings += anonymous(project, loaded.metrics, origins)
    return tuple(findings)


@contextmanager
def _collected(findings: list[Diagnostic]) -> Iterator[None]:
    """Takes the findings of a project error instead of stopping at them."""
    try:
        yield
    except ProjectError as error:
        findings += error.diagnostics


def bench(loaded: Loaded) -> Bench:
    """The project's rules with the cases that test them.

    Raises:
        ProjectError: rules or cases are unusable.
    """
    return _bench(loaded, compile_rules(loaded.project, loaded.origins, plugged(loaded)))


def _bench(loaded: Loaded, ruleset: RuleSet) -> Bench:
    group = loaded.uses.get(("roadmap", "group"))
    grouping = group.make() if group else loaded.registry.find("grouping", "area")(NoOptions())
    return prepare(loaded.project, ruleset, grouping, loaded.origins, load_cases(loaded))


@attrs.frozen(eq=False)
class Ready:
    """A project that can be run: its rules compiled, its journey as a graph, its metrics made."""

    ruleset: RuleSet
    journey: nx.DiGraph[str]
    metrics: Mapping[str, Metric]
    warnings: tuple[Diagnostic, ...]


def ready(loaded: Loaded) -> Ready:
    """What a run needs of a project.

    Raises:
        ProjectError: rules or journey are unusable.
    """
    import networkx as nx

    project, origins = loaded.project, loaded.origins
    ruleset = compile_rules(project, origins, plugged(loaded))
    wrong = untranslatable(project, loaded.metrics, origins)
    warnings = (*loaded.warnings, *journey.check(project, origins), *ruleset.warnings, *wrong)
    if found := errors(warnings):
        raise ProjectError(*found)
    return Ready(ruleset, nx.freeze(journey.build(project)), loaded.metrics, warnings)
