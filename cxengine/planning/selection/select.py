"""From ranked candidates to those that are chosen within all limits, with reasons for the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import attrs

from cxengine.cel import CelError
from cxengine.diagnostics import Diagnostic, PlanningError
from cxengine.planning.estimate import mean
from cxengine.planning.grouping import Group
from cxengine.planning.ranking import Ranked, Ranking
from cxengine.planning.roadmap import LeftOut
from cxengine.planning.selection.conflict import conflict
from cxengine.planning.selection.outcome import BudgetUse, Choice, Selection
from cxengine.planning.selection.price import prices
from cxengine.planning.selection.problem import HUNDREDTHS, Limit, Problem, limited, problem, spent
from cxengine.planning.selection.reasons import Why
from cxengine.planning.selection.solve import NoSet, Solution, solve
from cxengine.project.model import Budget, Project
from cxengine.rules.origins import Origins
from cxengine.rules.ruleset import RuleSet


@attrs.frozen
class Selected:
    """The ranking of what is chosen; how it was chosen, None where nothing makes one choose; findings."""

    ranking: Ranking
    selection: Selection | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


def select(
    project: Project, ranking: Ranking, groups: Mapping[str, Group], ruleset: RuleSet, origins: Origins
) -> Selected:
    """The set of candidates that is worth most within all limits; everything, where there are none.

    Raises:
        PlanningError: CX515, limits contradict one another; CX517, a worth cannot be computed; CX518, no set
            was found.
    """
    if not limited(project):
        return Selected(ranking)
    choices = [_choice(ranked, groups[ranked.appraisal.id], ruleset, origins) for ranked in ranking.ranked]
    whole = problem(project, choices)
    settings = project.selection
    try:
        solution = solve(whole, gap=settings.gap, nodes=settings.nodes)
    except NoSet as none:
        raise PlanningError(_impossible(whole, origins, proven=none.proven)) from None
    chosen = tuple(attrs.evolve(choice, chosen=choice.id in solution.chosen) for choice in choices)
    selection = Selection(
        value=solution.value,
        bound=solution.bound,
        gap=solution.gap,
        optimal=solution.gap <= settings.gap * (1 + 1e-9) + 1e-12,
        steps=solution.steps,
        budgets=tuple(_use(budget, chosen) for budget in project.budgets),
        prices=tuple(prices(whole, solution, gap=settings.gap, nodes=settings.nodes)),
        choices=chosen,
    )
    return Selected(_narrowed(ranking, project, selection), selection, tuple(_left(selection, origins)))


def _choice(ranked: Ranked, group: Group, ruleset: RuleSet, origins: Origins) -> Choice:
    appraisal = ranked.appraisal
    initiative, worth = appraisal.candidate.initiative, math.nan
    try:
        worth = float(ruleset.scoring.worth(ruleset.settled(appraisal.conclusion)))
        problem_ = "" if math.isfinite(worth) else f"it is {worth}"
    except CelError as error:
        problem_ = error.message
    if problem_:
        message = f'what initiative "{initiative.id}" is worth cannot be computed: {problem_}'
        place = origins.locate(("selection", "value"))
        hint = "use has(...) or a condition for what may be missing"
        raise PlanningError(Diagnostic("CX517", message, place, hint))
    return Choice(
        id=initiative.id,
        name=initiative.name,
        worth=worth,
        money=float(initiative.cost),
        weeks=mean(initiative.effort),
        team=group.team,
        area=group.area,
        tags=tuple(dict.fromkeys((*initiative.tags, *appraisal.conclusion.tags))),
        requires=tuple(initiative.requires),
        must=appraisal.required,
        chosen=False,
    )


def _use(budget: Budget, choices: Sequence[Choice]) -> BudgetUse:
    users = [choice for choice in choices if choice.chosen and spent(budget, choice)]
    users.sort(key=lambda choice: (-choice.worth, choice.id))
    used = sum(spent(budget, choice) for choice in users) / HUNDREDTHS
    return BudgetUse(
        id=budget.id,
        name=budget.name,
        unit=budget.unit,
        team=budget.team,
        area=budget.area,
        limit=budget.limit,
        used=used,
        items=tuple(choice.id for choice in users),
    )


def _narrowed(ranking: Ranking, project: Project, selection: Selection) -> Ranking:
    """The ranking without what is not chosen, ranks counted anew."""
    why = Why(project, selection)
    taken = {choice.id for choice in selection.choices if choice.chosen}
    kept = [ranked for ranked in ranking.ranked if ranked.appraisal.id in taken]
    dropped = [
        LeftOut(choice.id, choice.name, why.not_chosen(choice))
        for choice in selection.choices
        if not choice.chosen
    ]
    return attrs.evolve(
        ranking,
        ranked=tuple(attrs.evolve(ranked, rank=place) for place, ranked in enumerate(kept, 1)),
        left_out=tuple(sorted((*ranking.left_out, *dropped), key=lambda left: left.id)),
    )


def _left(selection: Selection, origins: Origins) -> list[Diagnostic]:
    if selection.optimal:
        return []
    message = f"another choice of initiatives could be worth up to {selection.gap:.2%} more"
    hint = "raise `nodes` of [selection] to search on, or `gap` to be content"
    return [Diagnostic("CX528", message, origins.locate(("selection", "nodes")), hint, severity="note")]


def _impossible(whole: Problem, origins: Origins, *, proven: bool) -> Diagnostic:
    if not proven:
        message = "no set of initiatives that keeps all limits was found in so many steps"
        return Diagnostic("CX518", message, origins.locate(("selection", "nodes")), "raise `nodes`")
    limits = sorted(conflict(whole), key=lambda limit: limit.kind == "must")
    parts = [_told(limit, origins) for limit in limits]
    message = f"no choice of initiatives keeps these limits together: {'; '.join(parts)}"
    place = origins.locate(limits[0].path) if limits else None
    return Diagnostic("CX515", message, place, "widen one of them: each is part of the contradiction")


def _told(limit: Limit, origins: Origins) -> str:
    """A limit with the place where it is written."""
    place = origins.locate(limit.path)
    where = f" ({place})" if place and place.line else ""
    return f'{limit.kind} "{limit.id}"{where}: {limit.name.rstrip(".")}'


def taking(project: Project, selection: Selection, item: str) -> Solution | Sequence[Limit]:
    """The best choice that holds the item; or the limits that forbid it.

    Raises:
        NoSet: neither was found in so many steps.
    """
    whole = problem(project, selection.choices).taking(item)
    settings = project.selection
    try:
        return solve(whole, gap=settings.gap, nodes=settings.nodes)
    except NoSet as none:
        if not none.proven:
            raise
        return [limit for limit in conflict(whole) if limit.path]
