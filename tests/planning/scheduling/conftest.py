"""Random problems of every kind, and what a timetable must keep, checked from outside."""

from __future__ import annotations

from hypothesis import strategies as st

from cxengine.planning.scheduling.problem import Activity, Problem, Way

DAYS = 30


@st.composite
def problems(draw, *, hard: bool = False, most: int = 9, ways: bool = True):
    """Teams with calendars and a limit to their work in progress, release windows, dates that are wanted."""
    teams = [f"t{i}" for i in range(draw(st.integers(1, 3)))]
    capacities = {t: draw(st.integers(50, 300)) for t in teams}
    capacities |= {f"{t}/focus": draw(st.integers(1, 3)) for t in teams}
    pace = st.sampled_from([0, 50, 100])
    calendars = {t: (*draw(st.lists(pace, min_size=3, max_size=DAYS)), 100) for t in teams}
    windows = {"train": tuple(day % 5 == 4 for day in range(DAYS))}
    activities: list[Activity] = []
    for i in range(draw(st.integers(1, most))):
        team = draw(st.sampled_from(teams))
        earlier = [a.id for a in activities]
        needs = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2)) if earlier else []
        fixed = hard and draw(st.integers(0, 3)) == 0
        days, people = draw(st.integers(0, 8)), draw(st.integers(1, capacities[team]))
        least = draw(st.integers(1, 5))
        half = Way(200 * days, {team: -(-people // 2), f"{team}/focus": 1}, least)
        activities.append(
            Activity(
                f"a{i}",
                100 * days,
                {team: people, f"{team}/focus": 1},
                tuple(needs),
                earliest=draw(st.integers(0, 8)),
                fixed=draw(st.integers(8, 30)) if fixed else None,
                latest=draw(st.none() | st.integers(10, 60)) if hard and not fixed else None,
                due=draw(st.none() | st.integers(1, 40)),
                weight=draw(st.integers(0, 20)),
                calendar=draw(st.sampled_from([team, None])),
                least=least,
                slower=(half,) if ways and days and draw(st.booleans()) else (),
                windows=draw(st.sampled_from([None, None, "train"])),
            )
        )
    return Problem(tuple(draw(st.permutations(activities))), capacities, calendars, windows)


def broken(problem, found):
    """Everything that a timetable breaks, in words; reckoned day by day and not as the search does."""
    ones = {a.id: a for a in problem.activities}
    wrong = [f"{name} is missing" for name in ones.keys() - found.starts.keys()]
    used: dict[tuple[str, int], int] = {}
    for name, a in ones.items():
        start, end, done = found.starts[name], found.ends[name], found.completed[name]
        pace = problem.calendars.get(a.calendar or "", (1,))
        way = ([a, *a.slower])[found.ways[name]]
        did = sum(pace[min(day, len(pace) - 1)] for day in range(start, end))
        if did < way.work or end - start < way.least:
            wrong.append(f"{name} ends before its work is done")
        if start < a.earliest or (a.fixed is not None and start != a.fixed):
            wrong.append(f"{name} starts on the wrong day")
        if a.latest is not None and done > a.latest:
            wrong.append(f"{name} is completed after its last day")
        wrong += [f"{name} starts before {r} is completed" for r in a.requires if found.completed[r] > start]
        window = problem.windows.get(a.windows or "", ())
        if done < end or (done <= len(window) and done > 0 and window and not window[done - 1]):
            wrong.append(f"{name} is completed outside of its window")
        for day in range(start, end):
            for resource, amount in way.demands.items():
                used[resource, day] = used.get((resource, day), 0) + amount
    wrong += [f"{r} is over capacity on day {d}" for (r, d), u in used.items() if u > problem.capacities[r]]
    return wrong


def price(problem, completed):
    """Tardiness, then weighted completion, then length."""
    late = sum(max(completed[a.id] - a.due, 0) for a in problem.activities if a.due is not None)
    return late, sum(a.weight * completed[a.id] for a in problem.activities), max(completed.values())
