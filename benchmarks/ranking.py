"""Ranking with uncertainty: joint draws of all that is measured and estimated, through rules and formula.

    python benchmarks/ranking.py [--items 2000] [--draws 10000] [--write docs/benchmarks/ranking.md]

Generated initiatives with two effects each at 40 touchpoints, five rules about touchpoints and initiatives
(two run over the touchpoints of an initiative), a formula with weights. Beside ours: the same draws in NumPy,
by hand, for this very project; and the facts of every draw put through the rules one after the other, as a
run does it once. All give the same scores. Times are CPU seconds of the process, medians; memory is the
greatest resident size of a process that does nothing else.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from cxengine.insight.insight import Feeling, Insight
from cxengine.metrics.measurement import ALL, Measurement, Measurements
from cxengine.planning.appraisal import appraise
from cxengine.planning.benefit import Ground, shares, yardstick
from cxengine.planning.candidates import candidates
from cxengine.planning.ranking import rank
from cxengine.planning.ranks import streams
from cxengine.planning.ranks.assess import assess
from cxengine.planning.ranks.impacts import change_name
from cxengine.planning.ranks.order import Ranks
from cxengine.planning.ranks.prospect import effort_name
from cxengine.planning.ranks.scene import Scene
from cxengine.planning.ranks.scores import Scorer, Scores
from cxengine.planning.ranks.worlds import Drawn
from cxengine.project import load
from cxengine.rules.compiler import compile_rules
from cxengine.rules.conclude import conclude, conclude_one
from cxengine.rules.conclusion import Subject
from cxengine.rules.facts import touchpoint_facts

PLACES = 40
N = 400.0
BASE = """
[project]
id = "bench"
name = "Bench"

[params]
limit = 0.12
week_cost = 4000.0

[[stage]]
id = "s"
name = "S"

[[signal]]
id = "satisfaction"
wording = "How satisfied are you?"
scale = { min = 1, max = 5, step = 1 }

[[metric]]
id = "csat"
name = "Satisfaction"
use = "csat_mean"
signal = "satisfaction"

[[rule]]
id = "below"
about = "touchpoint"
when = "metrics.csat.high < 3.7"
derive = { below = "true", shortfall = "4.2 - metrics.csat.value" }

[[rule]]
id = "hurts"
about = "touchpoint"
when = "pain > params.limit"
derive = { hurting = "true" }

[[rule]]
id = "urgent"
about = "touchpoint"
when = "hurting && importance > 0.4"
derive = { urgent = "true" }

[[rule]]
id = "pressing"
about = "initiative"
when = "touchpoints.exists(t, t.urgent)"
derive = { pressing = "true" }

[[rule]]
id = "deep"
about = "initiative"
when = "touchpoints.exists(t, t.below) && impact.likely > 0.3"
derive = { deep = "true" }

[roadmap]
start = 2027-01-04
score = '''
100.0 * impact.likely / (effort.likely + initiative.cost / params.week_cost)
* (pressing ? 1.5 : 1.0) * (deep ? 1.25 : 1.0)
'''
"""


def project(items: int, seed: int = 1) -> str:
    """The project with so many initiatives."""
    random = np.random.default_rng(seed)
    parts = [BASE]
    for place in range(PLACES):
        importance = round(float(random.uniform(0.1, 1.0)), 2)
        parts.append(
            f'[[touchpoint]]\nid = "t{place}"\nname = "T{place}"\nstage = "s"\nimportance = {importance}\n'
        )
    for item in range(items):
        where = random.choice(PLACES, 2, replace=False)
        effects = []
        for place in where:
            low, likely, high = np.sort(random.uniform(-0.1, 0.8, 3)).round(2)
            effects.append(
                f'{{ touchpoint = "t{place}", metric = "csat", change = [{low}, {likely}, {high}] }}'
            )
        low, likely, high = np.sort(random.uniform(0.5, 20, 3)).round(1)
        parts.append(
            f'[[initiative]]\nid = "i{item}"\nname = "I{item}"\neffects = [{", ".join(effects)}]\n'
            f"effort = [{low}, {likely}, {high}]\ncost = {round(float(random.uniform(0, 20000)))}\n"
        )
    return "\n".join(parts)


def scene(items: int) -> Scene:
    """The generated project, measured and ranked."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "cxengine.toml").write_text(project(items))
        loaded = load(folder)
    random = np.random.default_rng(2)
    values, feelings = [], []
    for place in range(PLACES):
        value, pain = float(random.uniform(3.2, 4.4)), float(random.uniform(0.02, 0.25))
        values.append({"subject": f"t{place}", "value": value, "low": value - 0.12, "high": value + 0.12})
        felt = [Measurement(v, v - 0.03, v + 0.03, int(N), N) for v in (0.1, pain, 0.1)]
        reach = float(random.uniform(0.2, 1.0))
        feelings.append(Feeling(f"t{place}", ALL, *felt, reach=reach, grade="strong", base=2000.0))
    common = {"metric": "csat", "level": "touchpoint", "segment": ALL, "period": "current", "n": int(N)}
    rows = [{**common, **row, "n_eff": N, "clusters": N, "suppressed": False} for row in values]
    measurements = Measurements(pa.Table.from_pylist(rows))
    return _ranked(loaded, measurements, Insight(tuple(feelings)))


def _ranked(loaded: Any, measurements: Measurements, insight: Insight) -> Scene:
    project_ = loaded.project
    rules = compile_rules(project_, loaded.origins)
    conclusions = conclude(rules, touchpoint_facts(project_, measurements, insight))
    cells = {(c.subject.id, c.subject.segment): c for c in conclusions}
    importance = {c.subject.id: c.facts["importance"] for c in conclusions}
    metrics = loaded.metrics
    sticks = {str(m.id): yardstick(m, metrics[m.id]) for m in project_.metrics}
    ground = Ground(shares(project_, importance), measurements, insight, sticks)
    pool = candidates(project_, conclusions)
    found = appraise(project_, project_.roadmap, pool, ground=ground, ruleset=rules, places=cells)
    ranking = rank(found, rules, loaded.origins)
    return Scene.of(project_, rules, ground, conclusions=conclusions, appraisals=found, ranking=ranking)


# --- the three ways ----------------------------------------------------------------------------------


def ours(made: Scene, draws: int) -> Scores:
    """As the engine does it."""
    return Scorer(made, Drawn(draws)).all()


def by_hand(made: Scene, draws: int) -> Scores:
    """What a specialist would write for this very project."""
    known = Scorer(made, Drawn(draws)).experience
    ids = [str(t.id) for t in made.project.touchpoints]
    csat = {t: known.metric("csat", "touchpoint", t) for t in ids}
    pain = {t: known.feeling("pain", t) for t in ids}
    importance = {str(t.id): t.importance for t in made.project.touchpoints}
    high = {
        t: np.clip(made.touchpoints[t].facts["metrics"]["csat"]["high"] - m.value + csat[t], 1, 5)
        for t in ids
        if (m := made.ground.measurements.get("csat", "touchpoint", t))
    }
    below = {t: high[t] < 3.7 for t in ids}
    urgent = {t: (pain[t] > 0.12) & (importance[t] > 0.4) for t in ids}
    scale = {t: 100 * importance[t] / sum(importance.values()) * known.reach(t) / 4 for t in ids}
    score = np.empty((len(made.appraisals), draws))
    for row, appraisal in enumerate(made.appraisals):
        one = appraisal.candidate
        impact = 0.0
        for effect in one.initiative.effects:
            change = streams.pert(change_name(one, effect), effect.change, draws)
            now = csat[effect.touchpoint]
            impact = impact + np.clip(change, 1 - now, 5 - now) * scale[effect.touchpoint]
        effort = streams.pert(effort_name(one), one.initiative.effort, draws)
        first, second = one.touchpoints
        pressing, deep = urgent[first] | urgent[second], (below[first] | below[second]) & (impact > 0.3)
        value = 100 * impact / (effort + one.initiative.cost / 4000)
        score[row] = value * np.where(pressing, 1.5, 1.0) * np.where(deep, 1.25, 1.0)
    ids = tuple(appraisal.id for appraisal in made.appraisals)
    return Scores(ids, score, np.zeros(score.shape, bool))


def draw_by_draw(made: Scene, draws: int, of: int) -> Scores:
    """The rules and the formula on the facts of every draw, as a run applies them once."""
    known, rules = Scorer(made, Drawn(of)).experience, made.ruleset
    score = np.empty((len(made.appraisals), draws))
    importance = {str(t.id): t.importance for t in made.project.touchpoints}
    total = sum(importance.values())
    estimates = [_estimates(a.candidate, of) for a in made.appraisals]
    for draw in range(draws):
        places = {}
        for touchpoint, conclusion in made.touchpoints.items():
            facts = _facts(conclusion.facts, known, touchpoint, draw)
            concluded = conclude_one(rules, Subject("touchpoint", touchpoint), facts)
            places[touchpoint] = rules.settled(concluded)
        for row, (appraisal, (changes, effort)) in enumerate(zip(made.appraisals, estimates, strict=True)):
            one = appraisal.candidate
            impact = 0.0
            for effect, change in zip(one.initiative.effects, changes, strict=True):
                t = effect.touchpoint
                now = places[t]["metrics"]["csat"]["value"]
                possible = min(max(change[draw], 1 - now), 5 - now)
                impact += 100 * importance[t] / total * known.reach(t)[draw] / 4 * possible
            facts = {
                **appraisal.conclusion.facts,
                "impact": dict.fromkeys(("low", "likely", "high"), float(impact)),
                "effort": dict.fromkeys(("low", "likely", "high"), float(effort[draw])),
                "touchpoints": [places[t] for t in one.touchpoints],
            }
            concluded = conclude_one(rules, Subject("initiative", one.id), facts)
            score[row, draw] = rules.score(rules.settled(concluded))
    return Scores(tuple(a.id for a in made.appraisals), score, np.zeros(score.shape, bool))


def _estimates(one: Any, draws: int) -> tuple[list[Any], Any]:
    changes = [streams.pert(change_name(one, e), e.change, draws) for e in one.initiative.effects]
    return changes, streams.pert(effort_name(one), one.initiative.effort, draws)


def _facts(facts: Any, known: Any, touchpoint: str, draw: int) -> dict[str, Any]:
    was = facts["metrics"]["csat"]
    now = float(known.metric("csat", "touchpoint", touchpoint)[draw])
    ends = {end: min(max(was[end] + now - was["value"], 1.0), 5.0) for end in ("low", "high")}
    pain = float(known.feeling("pain", touchpoint)[draw])
    return {**facts, "metrics": {"csat": {**was, "value": now, **ends}}, "pain": pain}


# --- measuring ---------------------------------------------------------------------------------------


def cpu(run: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """CPU seconds of a call, the median, and what it gave."""
    taken, found = [], None
    for _ in range(repeats):
        found = None
        began = time.process_time()
        found = run()
        taken.append(time.process_time() - began)
    return statistics.median(taken), found


def alone(items: int, draws: int, what: str) -> tuple[float, float]:
    """CPU seconds and the greatest resident size, in megabytes, of a process that does one thing."""
    done = subprocess.run(
        [sys.executable, __file__, "--items", str(items), "--draws", str(draws), "--alone", what],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, size = map(float, done.stdout.split())
    return seconds, size


def one_thing(items: int, draws: int, what: str) -> None:
    """Does one thing, and says how long it took and how large it grew."""
    made = scene(items)
    things: dict[str, Callable[[], Any]] = {
        "nothing": lambda: None,
        "ranks": lambda: Ranks.of(ours(made, draws)),
        "everything": lambda: assess(made),
        "by hand": lambda: Ranks.of(by_hand(made, draws)),
    }
    seconds, _ = cpu(things[what], 1)
    # What `getrusage` tells is that of the process that started this one, if that was larger.
    largest = next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    print(seconds, int(largest.split()[1]) / 1024)


def report(items: int, draws: int) -> list[str]:
    """The page."""
    made, few = scene(items), 2
    seconds = {}
    seconds["cxengine: scores of all draws"], one = cpu(lambda: ours(made, draws), 3)
    seconds["NumPy by hand, for this project only"], other = cpu(lambda: by_hand(made, draws), 3)
    assert np.allclose(one.score, other.score, rtol=1e-9), "ours differs from by hand"
    slow, third = cpu(lambda: draw_by_draw(made, few, draws), 1)
    assert np.allclose(one.score[:, :few], third.score, rtol=1e-9), "ours differs from draw by draw"
    seconds[f"rules draw by draw (from {few} draws)"] = slow * draws / few
    ranked, _ = cpu(partial(Ranks.of, one), 3)
    ours_seconds = seconds["cxengine: scores of all draws"]
    about = (
        f"{items:,} initiatives, {draws:,} joint draws; {PLACES} touchpoints, 5 rules, 2 effects each."
        f" CPU seconds, medians; {platform.machine()}, Python {platform.python_version()}, NumPy"
        f" {np.__version__}. All three give the same scores (to 1e-9)."
    )
    lines = [
        "# Ranking with uncertainty",
        "",
        about,
        "",
        "| | CPU seconds | cxengine is |",
        "|---|---:|---:|",
        *(f"| {name} | {value:,.2f} | {value / ours_seconds:,.2f} x |" for name, value in seconds.items()),
        f"| sorting every draw and counting ranks | {ranked:.2f} | |",
        "",
        "| in a process of its own | CPU seconds | resident MB, at most |",
        "|---|---:|---:|",
    ]
    for what in ("nothing", "ranks", "everything"):
        used, size = alone(items, draws, what)
        lines.append(f"| {_NAMED[what]} | {used:.2f} | {size:,.0f} |")
    return [*lines, ""]


_NAMED = {
    "nothing": "the project loaded and ranked once",
    "ranks": "scores of all draws, ranks of all initiatives",
    "everything": "all that a run says: ranks, tiers, value of information, flips (4,000 draws)",
}


def main() -> None:
    """Measures and prints the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--alone", choices=_NAMED | {"by hand": ""})
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    if given.alone:
        one_thing(given.items, given.draws, given.alone)
        return
    page = "\n".join(report(given.items, given.draws))
    print(page)
    if given.write:
        given.write.write_text(page)


if __name__ == "__main__":
    main()
