"""Why an initiative was chosen, or not: the limits that it takes part in, and what taking it would cost."""

from __future__ import annotations

from collections.abc import Iterator

from cxengine.explain.known import Known
from cxengine.explain.step import Step
from cxengine.planning.selection.outcome import BudgetUse, Choice, Selection
from cxengine.planning.selection.problem import Limit, problem
from cxengine.planning.selection.select import taking
from cxengine.planning.selection.solve import NoSet, Solution
from cxengine.rules.conditions import exactly
from cxengine.rules.wording import listed


def chosen(known: Known, item: str) -> Iterator[Step]:
    """What it was chosen for, and what of every budget it uses; nothing where nobody had to choose."""
    selection = known.result.roadmap.selection if known.result.roadmap else None
    choice = next((c for c in selection.choices if c.id == item), None) if selection else None
    if selection is None or choice is None:
        return
    taken = sum(one.chosen for one in selection.choices)
    text = f"chosen with {taken - 1} others of {len(selection.choices)}: it is worth {exactly(choice.worth)}"
    text += f" of {exactly(selection.value)}"
    uses = [
        Step("fact", _used(use), known.origins.locate(("budget", use.id)))
        for use in selection.budgets
        if item in use.items
    ]
    yield Step("score", text, None, tuple(uses))


def _used(use: BudgetUse) -> str:
    return f"{use.name}: {use.used:,.6g} of {use.limit:,.6g} used"


def not_chosen(known: Known, selection: Selection, item: str) -> Iterator[Step]:
    """The limits that it takes part in, and what it would cost to take it all the same."""
    choices = {choice.id: choice for choice in selection.choices}
    for limit in problem(known.project, selection.choices).limits:
        if limit.kind != "requires" and any(item in row.parts for row in limit.rows):
            yield _limit(known, selection, limit)
    try:
        found = taking(known.project, selection, item)
    except NoSet:
        yield Step("change", "Whether it could be taken was not found out in so many steps.")
        return
    if not isinstance(found, Solution):
        names = listed([f'{limit.kind} "{limit.id}"' for limit in found])
        yield Step("change", f"It cannot be taken at all: {names} forbid it together with what must be.")
        return
    yield _taken(choices, selection, found.chosen, selection.value - found.value)


def _limit(known: Known, selection: Selection, limit: Limit) -> Step:
    price = next((p for p in selection.prices if (p.kind, p.id) == (limit.kind, limit.id)), None)
    text = f'{limit.kind} "{limit.id}": {limit.name.rstrip(".")}'
    if price is not None:
        most = "at most " if price.how == "bound" else ""
        text += f"; without it, {most}{exactly(price.price)} more could be had"
    return Step("condition", text, known.origins.locate(limit.path))


def _taken(choices: dict[str, Choice], selection: Selection, instead: frozenset[str], loss: float) -> Step:
    gone = [c.name for c in selection.choices if c.chosen and c.id not in instead]
    come = [choices[item].name for item in sorted(instead) if not choices[item].chosen]
    text = f"Taking it would cost {exactly(max(loss, 0.0))} of {exactly(selection.value)}"
    text += f": {listed(gone)} would give way" if gone else ""
    return Step("change", f"{text} to {listed(come)}." if gone else f"{text}.")
