"""Reads instances of the resource-constrained project scheduling problem: PSPLIB `.sm` and Patterson `.rcp`.

Single mode, renewable resources, no lags. Numbers are read as a stream, so that wrapped lines do not matter.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from cxengine.planning.scheduling.problem import Activity, Problem

NUMBER = re.compile(r"-?\d+")


def read(path: Path) -> Problem:
    """The problem in a file; by its content, whatever its name ends with.

    Raises:
        ValueError: it is in neither format, or has several modes or non-renewable resources.
    """
    text = path.read_text(encoding="latin-1")
    try:
        return read_sm(text) if "PRECEDENCE RELATIONS" in text.upper() else read_rcp(text)
    except (StopIteration, IndexError, KeyError) as error:
        raise ValueError(f"{path}: neither PSPLIB (.sm) nor Patterson (.rcp)") from error


def read_sm(text: str) -> Problem:
    """The single-mode format of PSPLIB (Kolisch and Sprecher, EJOR 96, 1996)."""
    head, _, rest = re.split(r"(?i)(PRECEDENCE RELATIONS:?)", text, maxsplit=1)
    relations, _, rest = re.split(r"(?i)(REQUESTS/DURATIONS:?)", rest, maxsplit=1)
    requests, _, available = re.split(r"(?i)(RESOURCE\s*AVAILABILITIES:?)", rest, maxsplit=1)
    renewable = int(NUMBER.search(_line(head, r"-\s*renewable"))[0])
    if any(int(n) for n in NUMBER.findall(_line(head, r"-\s*nonrenewable"))[:1]):
        raise ValueError("has non-renewable resources")
    jobs = int(NUMBER.search(_line(head, r"jobs"))[0])
    numbers = _numbers(relations)
    after: dict[int, list[int]] = {}
    for _ in range(jobs):
        job, modes, count = next(numbers), next(numbers), next(numbers)
        if modes != 1:
            raise ValueError("has activities with several modes")
        after[job] = [next(numbers) for _ in range(count)]
    numbers = _numbers(requests.split("---", 1)[-1].lstrip("-"))
    durations: dict[int, int] = {}
    demands: dict[int, list[int]] = {}
    for _ in range(jobs):
        job, _mode, durations[job] = next(numbers), next(numbers), next(numbers)
        demands[job] = [next(numbers) for _ in range(renewable)]
    rows = [line for line in available.splitlines() if line.strip() and not re.search(r"[A-Za-z*]", line)]
    return _problem(after, durations, demands, [int(n) for n in NUMBER.findall(" ".join(rows))][:renewable])


def read_rcp(text: str) -> Problem:
    """The format of Patterson, as RanGen and others write it."""
    numbers = _numbers(text)
    jobs, resources = next(numbers), next(numbers)
    capacities = [next(numbers) for _ in range(resources)]
    after: dict[int, list[int]] = {}
    durations: dict[int, int] = {}
    demands: dict[int, list[int]] = {}
    for job in range(1, jobs + 1):
        durations[job] = next(numbers)
        demands[job] = [next(numbers) for _ in range(resources)]
        after[job] = [next(numbers) for _ in range(next(numbers))]
    return _problem(after, durations, demands, capacities)


def _line(text: str, pattern: str) -> str:
    found = re.search(rf"(?im)^.*{pattern}[^:\n]*:(.*)$", text)
    if found is None:
        raise ValueError("neither PSPLIB (.sm) nor Patterson (.rcp)")
    return found[1]


def _numbers(text: str) -> Iterator[int]:
    """Every number in the lines that have nothing but numbers."""
    for line in text.splitlines():
        if not re.search(r"[A-Za-z*]", line):
            yield from (int(n) for n in NUMBER.findall(line))


def _problem(
    after: dict[int, list[int]],
    durations: dict[int, int],
    demands: dict[int, list[int]],
    capacities: list[int],
) -> Problem:
    before: dict[int, list[str]] = {job: [] for job in after}
    for job, successors in after.items():
        for successor in successors:
            before[successor].append(f"{job:06}")
    activities = tuple(
        Activity(
            f"{job:06}",
            durations[job],
            {f"R{n}": amount for n, amount in enumerate(demands[job])},
            tuple(before[job]),
        )
        for job in sorted(after)
    )
    return Problem(activities, {f"R{n}": c for n, c in enumerate(capacities)})


def known(folder: Path) -> dict[str, int]:
    """The best known length by instance, from `optimum.csv`: a number, or `lower..upper`."""
    path = folder / "optimum.csv"
    if not path.exists():
        return {}
    found = {}
    for row in csv.reader(path.read_text(encoding="utf-8").splitlines()):
        numbers = NUMBER.findall(row[1]) if len(row) > 1 else []
        if numbers:
            found[Path(row[0]).stem] = int(numbers[-1])
    return found


def feasible(problem: Problem, starts: dict[str, int]) -> bool:
    """Whether every activity starts after what it requires and no capacity is exceeded, period by period."""
    ones = {a.id: a for a in problem.activities}
    ends = {name: starts[name] + a.work for name, a in ones.items()}
    used: dict[tuple[str, int], int] = {}
    for name, a in ones.items():
        if any(ends[r] > starts[name] for r in a.requires):
            return False
        for resource, amount in a.demands.items():
            for period in range(starts[name], ends[name]):
                used[resource, period] = used.get((resource, period), 0) + amount
    return all(amount <= problem.capacities[r] for (r, _), amount in used.items())
