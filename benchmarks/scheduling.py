"""How good timetables are, and how fast: PSPLIB, larger instances, and road maps, beside two peers.

    python benchmarks/scheduling.py psplib              # every instance of j30 and j60, 1 core, seconds each
    python benchmarks/scheduling.py psplib --every 12   # one of twelve
    python benchmarks/scheduling.py psplib --log rows   # goes on where an earlier run was stopped
    python benchmarks/scheduling.py files A.sm B.rcp    # any single-mode instance
    python benchmarks/scheduling.py large               # 120 activities, made here
    python benchmarks/scheduling.py roadmaps            # 10 to 2,000 items, weighted completion

Every figure is CPU time of one process (the solver has one worker). PSPLIB is read from `--data`, by default
`../shared/data/rcpsp-psplib-j30-j60` beside the repository; without it that part says so and is left out. The
tables are those of docs/benchmarks/scheduling.md.
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import attrs
import rcpsp

from cxengine.planning.scheduling import optimise as searching
from cxengine.planning.scheduling.bound import bound
from cxengine.planning.scheduling.generation import Laid, completions, generate
from cxengine.planning.scheduling.neighbourhoods import replaced
from cxengine.planning.scheduling.objective import Prices
from cxengine.planning.scheduling.optimise import optimise
from cxengine.planning.scheduling.priorities import orders
from cxengine.planning.scheduling.problem import (
    Activity,
    Instance,
    Problem,
    Timetable,
    Way,
    instance,
)
from cxengine.planning.scheduling.search import Found, assessed, constructed, first

DATA = Path(__file__).parents[2] / "shared" / "data" / "rcpsp-psplib-j30-j60"
SEED = 1


@attrs.frozen
class Measured:
    """One instance: what was found, what is known, and what it took."""

    name: str
    found: int
    best: int
    """The best that is known, or the bound."""
    proven: bool
    seconds: float

    @property
    def gap(self) -> float:
        """Above the best, as a share of it."""
        return self.found / self.best - 1 if self.best else 0.0


def timed(problem: Problem, work: float) -> tuple[Timetable, float]:
    """The timetable, and the CPU time that it took."""
    begin = time.process_time()
    found = optimise(problem, work, seed=SEED)
    return found, time.process_time() - begin


def measured(name: str, problem: Problem, best: int | None, work: float) -> Measured:
    """One instance for length."""
    found, seconds = timed(problem, work)
    if not rcpsp.feasible(problem, dict(found.starts)):
        raise SystemExit(f"{name}: the timetable is not feasible")
    return Measured(name, found.length, best or found.least_length, found.proven, seconds)


def summary(title: str, rows: Sequence[Measured]) -> str:
    """A line of the table."""
    gaps, seconds = [r.gap for r in rows], [r.seconds for r in rows]
    return (
        f"| {title} | {len(rows)} | {statistics.fmean(gaps):.3%} | {max(gaps):.2%} |"
        f" {sum(g <= 0 for g in gaps)} | {sum(r.proven for r in rows)} |"
        f" {statistics.median(seconds):.2f} s | {max(seconds):.1f} s |"
    )


HEAD = (
    "| instances | number | mean gap | largest | at best known | proven optimal | CPU, median | largest |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|"
)


def psplib(options: argparse.Namespace) -> None:
    """PSPLIB j30 (optima known) and j60 (best known)."""
    rows = []
    for kind in options.sets:
        folder = options.data / kind
        if not folder.exists():
            print(f"{folder} is not there: {kind} is left out", file=sys.stderr)
            continue
        best = rcpsp.known(folder)
        found = []
        for path in sorted(folder.glob("**/*.sm"))[:: options.every]:
            one = logged(options.log, path.stem)
            if one is None:
                one = measured(path.stem, rcpsp.read(path), best.get(path.stem), options.work)
                log(options.log, one)
            found.append(one)
            if one.gap > 0:
                print(f"{one.name}: {one.found}, best {one.best} ({one.seconds:.1f} s)", file=sys.stderr)
        rows.append(summary(f"PSPLIB {kind}", found))
    print("\n".join([HEAD, *rows]))


def log(path: Path | None, one: Measured) -> None:
    """Keeps what was measured, so that a run that is stopped goes on where it was."""
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            csv.writer(file).writerow(attrs.astuple(one))


def logged(path: Path | None, name: str) -> Measured | None:
    """What an earlier run measured."""
    if path is None or not path.exists():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row[0]: row for row in csv.reader(file)}
    if name not in rows:
        return None
    _, found, best, proven, seconds = rows[name]
    return Measured(name, int(found), int(best), proven == "True", float(seconds))


def files(options: argparse.Namespace) -> None:
    """Any files, for length, beside the bound."""
    for path in options.paths:
        best = rcpsp.known(path.parent).get(path.stem)
        one = measured(path.stem, rcpsp.read(path), best, options.work)
        against = "best known" if best else "bound"
        print(f"{one.name}: {one.found}, {against} {one.best} ({one.gap:.2%}), {one.seconds:.1f} s")


def large(options: argparse.Namespace) -> None:
    """120 activities that share four resources, from scarce to plenty."""
    print(
        "| scarcity | list schedule | search | CP-SAT | bound | search above bound | above the best | CPU |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    above, over = [], []
    for strength in (0.1, 0.2, 0.3, 0.4, 0.5):
        for seed in range(options.each):
            problem = made(120, strength, seed)
            prepared = instance(problem)
            listed = min(max(generate(prepared, order).done) for order in orders(prepared))
            found, seconds = timed(problem, options.work)
            solver, limit = plain(problem, options.work)
            best, least = min(found.length, solver), max(found.least_length, limit)
            above.append(found.length / least - 1)
            over.append(found.length / best - 1)
            print(
                f"| {strength:.1f} | {listed} | {found.length} | {solver} | {least} | {above[-1]:.2%} |"
                f" {over[-1]:.2%} | {seconds:.1f} s |",
                flush=True,
            )
    print(
        f"\nmean above the bound {statistics.fmean(above):.2%}, above the best {statistics.fmean(over):.2%}"
    )


def made(size: int, strength: float, seed: int) -> Problem:
    """Activities of 1 to 10 periods in a network as dense as PSPLIB's, with demands of 1 to 10."""
    rng = random.Random(f"{size}/{strength}/{seed}")
    activities = []
    for n in range(size):
        before = range(max(0, n - 24), n)
        requires = rng.sample(before, min(len(before), rng.choice((1, 1, 2, 3)))) if n > 5 else []
        demands = {f"R{r}": rng.randint(1, 10) for r in range(4) if rng.random() < 0.6}
        activities.append(
            Activity(f"{n:04}", rng.randint(1, 10), demands, tuple(f"{r:04}" for r in sorted(requires)))
        )
    free = Problem(tuple(activities), dict.fromkeys([f"R{r}" for r in range(4)], 10**6))
    early = optimise(free, 0, seed=SEED)
    capacities = {}
    for r in free.capacities:
        most = max(
            sum(a.demands.get(r, 0) for a in activities if early.starts[a.id] <= t < early.ends[a.id])
            for t in range(early.length)
        )
        capacities[r] = round(10 + strength * (most - 10))
    return attrs.evolve(free, capacities=capacities)


def plain(problem: Problem, work: float) -> tuple[int, int]:
    """Length and bound of CP-SAT alone, one worker, from the list schedule, with as much time."""
    prepared = instance(problem)
    prices = Prices.of(prepared, max(first(prepared).done))
    start = constructed(prepared, prices)
    everything = frozenset(range(prepared.size))
    answer = replaced(
        prepared,
        prices,
        start,
        seen=everything,
        free=everything,
        limit=work * (searching.EXACT if prepared.steady else searching.EXACT_TABLES),
        seed=SEED,
    )
    found = start if answer.found is None else start_of(prepared, prices, answer.found)
    least = found.cost if answer.proven else max(answer.bound, bound(prepared, prices).cost(prices))
    return found.cost, min(least, found.cost)


def start_of(prepared: Instance, prices: Prices, found: tuple[tuple[int, ...], tuple[int, ...]]) -> Found:
    """A timetable with its cost."""
    starts, ways = found
    done = tuple(completions(prepared.settled(ways), starts))
    return assessed(prepared, prices, Laid(starts, ways, done))


def roadmaps(options: argparse.Namespace) -> None:
    """Items of several teams with holidays and leave, in working days; the sum of weight times completion."""
    print("| items | teams | list schedule | CP-SAT alone | search | bound | gap | CPU: CP-SAT | search |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for size, teams, work in ((10, 3, 2.0), (200, 8, 8.0), (500, 10, 8.0), (2000, 20, 4.0)):
        problem = roadmap(size, teams, options.seed)
        prepared = instance(problem)
        prices = Prices.of(prepared, max(first(prepared).done))
        total = sum(prepared.weights) * prices.most * 5
        listed = constructed(prepared, prices).cost / total
        begin = time.process_time()
        alone = "too large" if size > 500 else f"{plain(problem, work)[0] / total:.2f}"
        solver = time.process_time() - begin
        found, seconds = timed(problem, work)
        weight = sum(prepared.weights) * 5
        print(
            f"| {size:,} | {teams} | {listed:.2f} | {alone} | {found.delay / weight:.2f} |"
            f" {found.least_delay / weight:.2f} | {found.gap:.1%} |"
            f" {f'{solver:.1f} s' if size <= 500 else ''} | {seconds:.1f} s |",
            flush=True,
        )


def roadmap(size: int, teams: int, seed: int) -> Problem:
    """Items of 3 to 60 days for a team or half of it, a third of which wait for another."""
    rng = random.Random(f"roadmap/{size}/{teams}/{seed}")
    capacities: dict[str, int] = {}
    calendars = {}
    for t in range(teams):
        capacities |= {f"T{t:02}": 100, f"T{t:02}/focus": 3}
        pace = [1000] * 260
        for _ in range(9):
            pace[rng.randrange(260)] = 0
        leave = rng.randrange(140, 190)
        pace[leave : leave + 15] = [min(p, 600) for p in pace[leave : leave + 15]]
        calendars[f"T{t:02}"] = (*pace, 1000)
    activities = []
    for n in range(size):
        team, share, days = f"T{rng.randrange(teams):02}", rng.choice((50, 100, 100)), rng.randint(3, 60)
        focus = {f"{team}/focus": 1}
        half = Way(2 * days * 1000, {team: share // 2, **focus}, 2 * days)
        needs = [rng.randrange(max(0, n - 30), n)] if n and rng.random() < 0.33 else []
        activities.append(
            Activity(
                f"{n:05}",
                days * 1000,
                {team: share, **focus},
                tuple(f"{r:05}" for r in needs),
                earliest=rng.choice((0, 0, 0, 50, 100)),
                weight=max(1, int(rng.lognormvariate(4, 1))),
                calendar=team,
                least=days,
                slower=(half,),
            )
        )
    return Problem(tuple(activities), capacities, calendars)


def main() -> None:
    """Reads the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("psplib", help="PSPLIB j30 and j60")
    one.add_argument("--data", type=Path, default=DATA)
    one.add_argument("--sets", nargs="+", default=["j30", "j60"])
    one.add_argument("--every", type=int, default=1)
    one.add_argument("--work", type=float, default=6.0)
    one.add_argument("--log", type=Path, help="what is measured is kept here, and not measured again")
    one.set_defaults(run=psplib)
    one = commands.add_parser("files", help="any single-mode instances, .sm or .rcp")
    one.add_argument("paths", nargs="+", type=Path)
    one.add_argument("--work", type=float, default=6.0)
    one.set_defaults(run=files)
    one = commands.add_parser("large", help="120 activities")
    one.add_argument("--each", type=int, default=2)
    one.add_argument("--work", type=float, default=10.0)
    one.set_defaults(run=large)
    one = commands.add_parser("roadmaps", help="10 to 2,000 items")
    one.add_argument("--seed", type=int, default=SEED)
    one.set_defaults(run=roadmaps)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
