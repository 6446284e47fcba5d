"""How well forecasts hold, and how fast they are.

    python benchmarks/forecasting.py                 # calibration on real work, and CPU time at 2,000 items

Calibration reads 4,123 finished tasks of two real projects from `--data`, by default
`../shared/data/jira-export-software-en/agile-project-dataset_jira.csv` beside the repository; without it that
part says so and is left out. CPU time is that of one process, the median of five runs.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cxengine.planning.calendar import Calendar
from cxengine.planning.durations import quantiles
from cxengine.planning.forecast import DRAWS, Stretch, forecast, simulated
from cxengine.project.model import Estimate, Identity, InitiativeTable, Project

REAL = Path(__file__).parents[1].parent / "shared/data/jira-export-software-en/agile-project-dataset_jira.csv"
ITEMS, TEAMS = 2000, 20


def main() -> None:
    """Prints both tables of docs/forecasting.md."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, default=REAL)
    data = asked.parse_args().data
    if data.exists():
        for line in calibration(tasks(data)):
            print(line)
    else:
        print(f"{data} is not there: calibration is left out")
    print(f"{ITEMS:,} items x {DRAWS:,} draws: {speed():.2f} s CPU, quantiles of all items included")


def tasks(file: Path) -> dict[str, np.ndarray]:
    """Cycle times by project, in the order in which tasks were finished; negative ones are no durations."""
    with file.open(encoding="utf-8") as text:
        rows = [row for row in csv.DictReader(text) if float(row["cycle_time_days"]) >= 0]
    rows.sort(key=lambda row: (row["finished_date"], row["id"]))
    return {p: np.array([float(r["cycle_time_days"]) for r in rows if r["project"] == p]) for p in "01"}


def calibration(days: dict[str, np.ndarray]) -> Iterator[str]:
    """How many tasks end within the 80% interval that others promise."""
    rng = np.random.default_rng(1)
    for name, taken in days.items():
        halves = [rng.permutation(taken) for _ in range(10)]
        cut = len(taken) // 2
        mixed = [np.mean(held(half[:cut], half[cut:])) for half in halves]
        late = int(0.7 * len(taken))
        ahead = np.mean(held(taken[:late], taken[late:]))
        rolling = [np.mean(held(taken[i - 300 : i], taken[i : i + 100])) for i in range(300, len(taken), 100)]
        yield (
            f"project {name}, {len(taken):,} tasks: random halves {min(mixed):.1%} to {max(mixed):.1%},"
            f" first 70% for the last 30% {ahead:.1%}, 300 before for the next 100 {np.mean(rolling):.1%}"
        )


def held(past: np.ndarray, future: np.ndarray) -> np.ndarray:
    """How much of each later task's last day lies within the 80% interval that the past ones promise."""
    low, high = quantiles(sorted(past), np.array([0.1, 0.9]))
    return np.clip(np.minimum(future, high) - np.maximum(future - 1, low), 0, 1)


def speed() -> float:
    """Seconds of CPU that a forecast of a large portfolio takes."""
    efforts = {f"i{n}": Estimate(2.0, 3.0 + n % 7 / 7, 6.0) for n in range(ITEMS)}
    items = {i: InitiativeTable(id=i, name=i, effort=effort) for i, effort in efforts.items()}  # type: ignore[arg-type]
    ends = dict.fromkeys(range(TEAMS), 0.0)
    plan: list[Stretch] = []
    for n in range(ITEMS):
        team, took = n % TEAMS, 5 + n % 7
        waits = (f"i{n - TEAMS}",) if n >= TEAMS else ()
        plan.append(Stretch(f"i{n}", ends[team], ends[team] + took, people=waits))
        ends[team] += took
    project = Project(project=Identity(id="p", name="P"))  # type: ignore[arg-type]
    calendar = Calendar(dt.date(2027, 1, 4), 52)
    taken = []
    for _ in range(5):
        began = time.process_time()
        found = simulated(project, items, plan, teams={}, histories={})
        for one in plan:
            forecast(found.ends[one.id], None, "estimate", calendar)
        taken.append(time.process_time() - began)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
