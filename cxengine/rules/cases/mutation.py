"""Whether cases notice a changed rule: every mutant of every expression, tried on the cases it concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any

import attrs

from cxengine import cel
from cxengine.diagnostics import Diagnostic, Location
from cxengine.project.scanner import Path
from cxengine.rules.cases.bench import Bench, Prepared
from cxengine.rules.cases.mutants import moved, mutants
from cxengine.rules.cases.table_mutants import TableMutant, table_mutants
from cxengine.rules.compiler import KINDS
from cxengine.rules.conclusion import About
from cxengine.rules.ruleset import CompiledRule, Layer, RuleSet
from cxengine.rules.tables import Grid
from cxengine.rules.vocabulary import facts_about


@attrs.frozen
class Mutation:
    """How many mutants there were, how many cases noticed, and those that none did, each at its place."""

    mutants: int
    killed: int
    survivors: tuple[Diagnostic, ...]


@attrs.frozen(eq=False)
class _Change:
    """A mutant, where it is written, and the question whether a case would notice it."""

    before: str
    after: str
    place: Location | None
    noticed_by: Callable[[Prepared, Mapping[str, Any]], bool]
    about: About | None


def mutate(bench: Bench) -> Mutation:
    """Tries every mutant of the rules, the areas' conditions, the score and the parameters that they read.

    All cases must pass on the rules as they are. Of a mutant only the expression that it changes is
    compiled anew, and a case is tried only where that expression comes out otherwise on its facts.
    """
    known = {case.case.id: _settled(bench, case) for case in bench.cases}
    total, survivors = 0, list[Diagnostic]()
    for change in _changes(bench):
        total += 1
        concerned = [case for case in bench.cases if change.about in (None, case.case.about)]
        if not any(change.noticed_by(case, known[case.case.id]) for case in concerned):
            message = f"No case notices when `{change.before}` becomes `{change.after}`."
            survivors.append(Diagnostic("CX433", message, change.place, severity="warning"))
    return Mutation(total, total - len(survivors), tuple(survivors))


def _settled(bench: Bench, case: Prepared) -> Mapping[str, Any]:
    return bench.trial(case, bench.ruleset).facts


def _changes(bench: Bench) -> Iterator[_Change]:
    whole = {a: frozenset(f.name for f in facts_about(bench.project, a) if f.whole) for a in KINDS}
    for written in _expressions(bench):
        for mutant in mutants(written.program, whole[written.about]):
            place = bench.origins.locate(written.path, mutant.place)
            changed = written.with_program(mutant.program)
            noticed = partial(_notices, bench, written, mutant=mutant.program, ruleset=changed)
            yield _Change(mutant.before, mutant.after, place, noticed, written.about)
    yield from _of_tables(bench, whole)
    yield from _of_params(bench)


def _of_tables(bench: Bench, whole: Mapping[About, frozenset[str]]) -> Iterator[_Change]:
    for about in KINDS:
        compiled = (rule for layer in bench.ruleset.layers[about] for rule in layer.rules)
        for grid in (rule.grid for rule in compiled if rule.grid):
            for mutant in table_mutants(grid, whole[about], bench.project, bench.origins):
                if mutant.rule is not None:
                    noticed = partial(_notices_table, bench, grid, mutant)
                    yield _Change(mutant.before, mutant.after, mutant.place, noticed, about)


def _notices_table(
    bench: Bench, grid: Grid, mutant: TableMutant, case: Prepared, facts: Mapping[str, Any]
) -> bool:
    if not mutant.matters(grid, facts) or mutant.rule is None:
        return False
    ruleset = _with_rule(bench.ruleset, grid.table.about, mutant.rule)
    return bool(bench.trial(case, ruleset).failures)


@attrs.frozen(eq=False)
class _Written:
    """An expression of the project, where it is written, and the rules with another one in its place."""

    program: cel.Program
    with_program: Callable[[cel.Program], RuleSet]
    about: About
    path: Path


def _expressions(bench: Bench) -> Iterator[_Written]:
    """Every expression over facts, but for those in texts; those in decision tables are no programs alone."""
    ruleset = bench.ruleset
    for about in KINDS:
        for compiled in (rule for layer in ruleset.layers[about] for rule in layer.rules):
            if compiled.table is None:
                yield from _of_rule(ruleset, about, compiled)
    for area, program in ruleset.areas.items():
        yield _Written(program, partial(_with_area, ruleset, area), "initiative", ("area", area, "when"))
    if bench.project.roadmap and not ruleset.scoring.method:
        yield _Written(ruleset.score, partial(_with_score, ruleset), "initiative", ("roadmap", "score"))


def _of_rule(ruleset: RuleSet, about: About, compiled: CompiledRule) -> Iterator[_Written]:
    path: Path = compiled.path

    def with_condition(program: cel.Program) -> RuleSet:
        return _with_rule(ruleset, about, attrs.evolve(compiled, when=program))

    def with_formula(name: str, program: cel.Program) -> RuleSet:
        derive = {**compiled.derive, name: program}
        return _with_rule(ruleset, about, attrs.evolve(compiled, derive=derive))

    yield _Written(compiled.when, with_condition, about, (*path, "when"))
    for name in compiled.rule.derive:
        formula = compiled.derive[name]
        yield _Written(formula, partial(with_formula, name), about, (*path, "derive", name))


def _notices(
    bench: Bench,
    written: _Written,
    case: Prepared,
    facts: Mapping[str, Any],
    *,
    mutant: cel.Program,
    ruleset: RuleSet,
) -> bool:
    same = _outcome(written.program, facts) == _outcome(mutant, facts)
    return not same and bool(bench.trial(case, ruleset).failures)


def _outcome(program: cel.Program, facts: Mapping[str, Any]) -> Any:
    try:
        return program.exact(facts)
    except cel.CelError as error:
        return error.message


# --- rules with one thing changed ------------------------------------------------------------------


@attrs.frozen(eq=False, slots=False)
class _ChangedLayer(Layer):
    """A layer with another version of one rule, which keeps the compiled conditions of the others."""

    before: Layer
    changed: CompiledRule

    @cached_property
    def conditions(self) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """All conditions; the changed one walks its tree instead of being compiled."""

        def conditions(facts: Mapping[str, Any]) -> dict[str, Any]:
            return {**self.before.conditions(facts), self.changed.rule.id: self._asked(facts)}

        return conditions

    def _asked(self, facts: Mapping[str, Any]) -> Any:
        try:
            return self.changed.when.exact(facts)
        except cel.CelError as error:
            return error


def _with_rule(ruleset: RuleSet, about: About, changed: CompiledRule) -> RuleSet:
    layers = []
    for layer in ruleset.layers[about]:
        rules = tuple(changed if r.rule.id == changed.rule.id else r for r in layer.rules)
        layers.append(layer if rules == layer.rules else _ChangedLayer(rules, layer, changed))
    return attrs.evolve(ruleset, layers={**ruleset.layers, about: tuple(layers)})


def _with_area(ruleset: RuleSet, area: str, changed: cel.Program) -> RuleSet:
    return attrs.evolve(ruleset, areas={**ruleset.areas, area: changed})


def _with_score(ruleset: RuleSet, changed: cel.Program) -> RuleSet:
    return attrs.evolve(ruleset, score=changed)


# --- parameters ------------------------------------------------------------------------------------


def _of_params(bench: Bench) -> Iterator[_Change]:
    """Numbers in [params] that rules read are thresholds too: moved in every case that does not set them."""
    read = {path[1] for program in _programs(bench) for path in program.reads if path[0] == "params"}
    for name, value in bench.project.params.items():
        if name not in read or isinstance(value, bool | str):
            continue
        for other in moved(float(value), whole=False):
            before, after = f"{name} = {value!r}", f"{name} = {other!r}"
            noticed = partial(_notices_param, bench, name, present=float(value), other=other)
            yield _Change(before, after, bench.origins.locate(("params", name)), noticed, None)


def _notices_param(
    bench: Bench, name: str, case: Prepared, facts: Mapping[str, Any], *, present: float, other: float
) -> bool:
    del facts
    params = case.facts["params"]
    if name in case.own_params or params.get(name) != present:
        return False
    changed = attrs.evolve(case, facts={**case.facts, "params": {**params, name: other}})
    return bool(bench.trial(changed, bench.ruleset).failures)


def _programs(bench: Bench) -> Iterator[cel.Program]:
    for layers in bench.ruleset.layers.values():
        for compiled in (rule for layer in layers for rule in layer.rules):
            yield from (compiled.when, *compiled.derive.values())
    yield from (bench.ruleset.score, *bench.ruleset.areas.values())
