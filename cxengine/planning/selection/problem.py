"""The choice as a problem in whole numbers: candidates with their worth, and limits as rows of sums.

Money is counted in cents and work in hundredths of a person-week, so that sums are exact.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

import attrs

from cxengine.planning.selection.outcome import Choice, LimitKind
from cxengine.project.model import Budget, Bundle, Exclusion, Project, Quota

HUNDREDTHS = 100
Path = tuple[str | int, ...]


@attrs.frozen
class Row:
    """Lowest <= sum of these candidates, each so many times, <= highest."""

    parts: Mapping[str, int]
    low: float = -math.inf
    high: float = math.inf


@attrs.frozen
class Limit:
    """Something that a choice has to keep: its name for people, where it is written, and its rows."""

    id: str
    kind: LimitKind
    name: str
    path: Path
    rows: tuple[Row, ...]


@attrs.frozen
class Problem:
    """Candidates in the order of rank, and all limits."""

    choices: tuple[Choice, ...]
    limits: tuple[Limit, ...]

    def without(self, *dropped: Limit) -> Problem:
        """The same without some of the limits."""
        return attrs.evolve(self, limits=tuple(one for one in self.limits if one not in dropped))

    def taking(self, item: str) -> Problem:
        """The same with one candidate that has to be chosen."""
        row = Row({item: 1}, low=1)
        return attrs.evolve(self, limits=(*self.limits, Limit(item, "must", item, (), (row,))))


def limited(project: Project) -> bool:
    """Whether a project makes one choose at all."""
    return bool(project.budgets or project.exclusions or project.bundles or project.quotas)


def problem(project: Project, choices: Sequence[Choice]) -> Problem:
    """The problem of a project for these candidates."""
    known = {choice.id for choice in choices}
    found: list[Limit] = [_must(choice) for choice in choices if choice.must]
    found += [_budget(one, choices) for one in project.budgets]
    found += [_exclusion(one, known) for one in project.exclusions]
    found += [_bundle(one, known) for one in project.bundles]
    found += [_quota(one, choices) for one in project.quotas]
    found += [limit for choice in choices for limit in _requires(choice, known)]
    return Problem(tuple(choices), tuple(found))


def spent(budget: Budget, choice: Choice) -> int:
    """What a candidate takes of a budget, in hundredths of its unit."""
    if (budget.team and budget.team != choice.team) or (budget.area and budget.area != choice.area):
        return 0
    return math.ceil(round((choice.money if budget.unit == "money" else choice.weeks) * HUNDREDTHS, 6))


def counts(quota: Quota, choice: Choice) -> bool:
    """Whether a candidate is one of those that a quota counts."""
    wanted = ((quota.area, choice.area), (quota.team, choice.team))
    fits = all(one is None or one == other for one, other in wanted)
    return fits and (quota.tag is None or quota.tag in choice.tags)


def _must(choice: Choice) -> Limit:
    path = ("initiative", choice.id, "moscow")
    return Limit(choice.id, "must", f"{choice.name} must be chosen", path, (Row({choice.id: 1}, low=1),))


def _budget(budget: Budget, choices: Sequence[Choice]) -> Limit:
    parts = {choice.id: amount for choice in choices if (amount := spent(budget, choice))}
    high = math.floor(round(budget.limit * HUNDREDTHS, 6))
    return Limit(budget.id, "budget", budget.name, ("budget", budget.id), (Row(parts, high=high),))


def _exclusion(exclusion: Exclusion, known: set[str]) -> Limit:
    parts = {str(one): 1 for one in exclusion.initiatives if one in known}
    name = exclusion.because or f"At most {exclusion.most} of {', '.join(exclusion.initiatives)}"
    path = ("exclusion", exclusion.id)
    return Limit(exclusion.id, "exclusion", name, path, (Row(parts, high=exclusion.most),))


def _bundle(bundle: Bundle, known: set[str]) -> Limit:
    """Each with the next; where one of them cannot be had, none of them."""
    there = [str(one) for one in bundle.initiatives if one in known]
    if len(there) < len(bundle.initiatives):
        rows = tuple(Row({one: 1}, high=0) for one in there)
    else:
        rows = tuple(Row({a: 1, b: -1}, low=0, high=0) for a, b in pairwise(there))
    name = bundle.because or f"{', '.join(bundle.initiatives)} together or not at all"
    return Limit(bundle.id, "bundle", name, ("bundle", bundle.id), rows)


def _quota(quota: Quota, choices: Sequence[Choice]) -> Limit:
    parts = {choice.id: 1 for choice in choices if counts(quota, choice)}
    bounds = [f"at least {quota.least}"] if quota.least is not None else []
    bounds += [f"at most {quota.most}"] if quota.most is not None else []
    of = [str(one) for one in (quota.area, quota.team, quota.tag) if one] or ["all"]
    name = quota.because or f"{' and '.join(bounds).capitalize()} of {', '.join(of)}"
    low = -math.inf if quota.least is None else quota.least
    high = math.inf if quota.most is None else quota.most
    return Limit(quota.id, "quota", name, ("quota", quota.id), (Row(parts, low, high),))


def _requires(choice: Choice, known: set[str]) -> Iterator[Limit]:
    rows = tuple(Row({choice.id: 1, need: -1}, high=0) for need in choice.requires if need in known)
    if rows:
        name = f"{choice.name} requires {', '.join(choice.requires)}"
        yield Limit(choice.id, "requires", name, ("initiative", choice.id, "requires"), rows)


def broken(limits: Sequence[Limit], chosen: Collection[str]) -> list[Limit]:
    """The limits that a set does not keep, in exact numbers."""
    return [one for one in limits if not all(kept(row, chosen) for row in one.rows)]


def kept(row: Row, chosen: Collection[str]) -> bool:
    """Whether a set keeps a row, in exact numbers."""
    return row.low <= sum(times for item, times in row.parts.items() if item in chosen) <= row.high
