"""Selection under budgets: how near to the best HiGHS, CP-SAT and a greedy choice come, and at what price.

    python benchmarks/selection.py [--sizes 200 2000] [--seconds 30] [--write docs/benchmarks/selection.md]

Invented portfolios of the shape that projects have: a budget of money over all and for every area, one of
person-weeks for every team, initiatives that require others, exclusions, quotas for areas. In the first kind
initiatives differ in what they bring for their cost; in the second, which is harder, they hardly do.
Everybody chooses from the same whole numbers, and every choice is checked against all limits. The gap is
against the best bound that anybody proved. Times are CPU seconds of the process. HiGHS is what cxengine uses,
with its default limits (a gap or a number of nodes, never a time), and at the root node alone.
"""

from __future__ import annotations

import argparse
import platform
import random
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

import attrs

from cxengine.planning.selection.outcome import Choice
from cxengine.planning.selection.problem import Limit, Problem, broken, problem
from cxengine.planning.selection.solve import solve
from cxengine.project.model import Area, Budget, Exclusion, Identity, Project, Quota, SelectionSettings, Team

TEAMS, AREAS = 12, 4
KINDS = {"unlike": 0.5, "alike": 0.05}
"""How much candidates differ in what they bring for their cost."""
SETTINGS = SelectionSettings()


@attrs.frozen
class Found:
    """What somebody chose: its value, the bound that was proved (infinite where none was), CPU seconds."""

    who: str
    value: float
    bound: float
    seconds: float


def portfolio(size: int, spread: float, seed: int = 1) -> Problem:
    """A portfolio whose budgets have room for about a third."""
    chance = random.Random(seed)
    choices = []
    for index in range(size):
        weeks = chance.lognormvariate(2.0, 0.6)
        money = chance.lognormvariate(10.0, 1.0)
        worth = (weeks / 8 + money / 30_000) * chance.lognormvariate(0.0, spread)
        requires = (f"i{chance.randrange(index)}",) if index and chance.random() < 0.1 else ()
        choices.append(
            Choice(
                id=f"i{index}", name=f"Initiative {index}", worth=round(worth, 4), money=round(money, 2),
                weeks=round(weeks, 2), team=f"t{chance.randrange(TEAMS)}", area=f"a{chance.randrange(AREAS)}",
                tags=(), requires=requires, must=chance.random() < 0.01, chosen=False,
            )
        )  # fmt: skip
    return problem(_project(choices, chance), choices)


def _project(choices: list[Choice], chance: random.Random) -> Project:
    money, size = sum(choice.money for choice in choices), len(choices)
    budgets = [Budget(id="all", name="All", limit=money * 0.35)]
    for area in range(AREAS):
        spent = sum(c.money for c in choices if c.area == f"a{area}")
        budgets.append(Budget(id=f"money-{area}", name="Area", limit=spent * 0.4, area=f"a{area}"))
    for team in range(TEAMS):
        weeks = sum(c.weeks for c in choices if c.team == f"t{team}")
        budget = Budget(
            id=f"weeks-{team}", name="Team", limit=weeks * 0.35, unit="person-weeks", team=f"t{team}"
        )
        budgets.append(budget)
    exclusions = [
        Exclusion(id=f"e{i}", initiatives=tuple(f"i{chance.randrange(size)}" for _ in range(3)))
        for i in range(size // 20)
    ]
    quotas = [Quota(id=f"q{a}", area=f"a{a}", least=size // 40, most=size // 8) for a in range(AREAS)]
    return Project(
        project=Identity(id="portfolio", name="Portfolio"),
        budgets=tuple(budgets), exclusions=tuple(exclusions), quotas=tuple(quotas),
        teams=tuple(Team(id=f"t{t}", name="Team", capacity=1.0) for t in range(TEAMS)),
        areas=tuple(Area(id=f"a{a}", name="Area") for a in range(AREAS)),
    )  # fmt: skip


def by_highs(whole: Problem, nodes: int) -> tuple[frozenset[str], float]:
    """As cxengine chooses."""
    found = solve(whole, gap=SETTINGS.gap, nodes=nodes)
    return found.chosen, found.bound


def by_cp_sat(whole: Problem, seconds: float) -> tuple[frozenset[str], float]:
    """OR-Tools, with one worker and the same rows; worth in hundredths of a thousandth."""
    from ortools.sat.python import cp_model

    model, scale = cp_model.CpModel(), 1e5
    take = {choice.id: model.new_bool_var(choice.id) for choice in whole.choices}
    for limit in whole.limits:
        for row in limit.rows:
            total = sum(times * take[item] for item, times in row.parts.items())
            if row.high != float("inf"):
                model.add(total <= int(row.high))
            if row.low != float("-inf"):
                model.add(total >= int(row.low))
    model.maximize(sum(round(c.worth * scale) * take[c.id] for c in whole.choices))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    done = threading.Event()
    watch = threading.Thread(target=_stop_after, args=(solver, seconds, done))
    watch.start()
    solver.solve(model)
    done.set()
    watch.join()
    chosen = frozenset(item for item, var in take.items() if solver.value(var))
    return chosen, solver.best_objective_bound / scale


def _stop_after(solver: Any, seconds: float, done: threading.Event) -> None:
    """Ends a search after CPU seconds of the process: others may be using the machine."""
    start = time.process_time()
    while not done.wait(0.1):
        if time.process_time() - start > seconds:
            solver.stop_search()


def by_greed(whole: Problem) -> tuple[frozenset[str], float]:
    """What must be, what quotas ask for, then the best ratio of worth to share of the budgets that fits."""
    caps = [row for limit in whole.limits if limit.kind == "budget" for row in limit.rows]

    def taken(choice: Choice) -> float:
        return sum(row.parts.get(choice.id, 0) / row.high for row in caps) or 1e-9

    limits = [limit for limit in whole.limits if limit.kind != "must"]
    chosen = _with_needs(whole, {choice.id for choice in whole.choices if choice.must})
    for choice in sorted(whole.choices, key=lambda c: -c.worth / taken(c)):
        more = _with_needs(whole, {choice.id}) | chosen
        if not _exceeded(limits, more):
            chosen = more
    return frozenset(chosen), float("inf")


def _with_needs(whole: Problem, items: set[str]) -> set[str]:
    needs = {choice.id: choice.requires for choice in whole.choices}
    found, pending = set[str](), list(items)
    while pending:
        item = pending.pop()
        if item not in found:
            found.add(item)
            pending += needs[item]
    return found


def _exceeded(limits: list[Limit], chosen: set[str]) -> bool:
    """Whether an upper end is passed: lower ones may still be reached."""
    rows = (row for limit in limits for row in limit.rows)
    return any(sum(n for item, n in row.parts.items() if item in chosen) > row.high for row in rows)


def run(who: str, whole: Problem, choose: Callable[[], tuple[frozenset[str], float]]) -> Found:
    """What somebody chooses, checked against all limits."""
    start = time.process_time()
    chosen, bound = choose()
    seconds = time.process_time() - start
    past = [f"{limit.kind} {limit.id}" for limit in broken(whole.limits, chosen)]
    value = sum(choice.worth for choice in whole.choices if choice.id in chosen)
    return Found(who + (f" (breaks {', '.join(past)})" if past else ""), value, bound, seconds)


def table(size: int, kind: str, found: list[Found]) -> list[str]:
    """The results for one size as Markdown."""
    bound = min(one.bound for one in found)
    lines = ["", f"## {size:,} candidates, {kind}", ""]
    lines += ["| who | value | gap to the best bound | CPU s |", "|---|---|---|---|"]
    for one in found:
        gap = (bound - one.value) / one.value
        lines.append(f"| {one.who} | {one.value:,.2f} | {max(gap, 0):.4%} | {one.seconds:.1f} |")
    return lines


def main() -> None:
    """Measures and tells."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 2000])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, SETTINGS.nodes])
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    lines = ["# Selection under budgets", "", *(__doc__ or "").split("\n\n", 2)[2].strip().splitlines(), ""]
    lines.append(
        f"Python {platform.python_version()}, SciPy {version('scipy')}, OR-Tools {version('ortools')},"
        f" {options.seconds:g} CPU seconds for CP-SAT, one worker."
    )
    for size, kind in product(options.sizes, KINDS):
        whole = portfolio(size, KINDS[kind])
        found = [run("greedy by ratio", whole, lambda w=whole: by_greed(w))]  # type: ignore[misc]
        for nodes in options.nodes:
            name = f"HiGHS, {nodes:,} nodes at most"
            found.append(run(name, whole, lambda w=whole, n=nodes: by_highs(w, n)))  # type: ignore[misc]
        name = "CP-SAT"
        found.append(run(name, whole, lambda w=whole: by_cp_sat(w, options.seconds)))  # type: ignore[misc]
        lines += table(size, kind, found)
        print("\n".join(lines[-len(found) - 5 :]), flush=True)
    if options.write:
        options.write.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
