"""What is said of the future of items and milestones: when, how surely, tried how, and with whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.names import Names

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item
    from cxengine.planning.timing import Lever, Wait

Told = tuple[str, tuple[str, ...]]
"""A head and its lines."""


@attrs.frozen
class Limit:
    """Something that limited the choice: how much of it is used, and what it costs to keep it."""

    name: str
    used: str
    price: str


@attrs.frozen
class Outlook:
    """Forecasts in words."""

    milestones: Mapping[str, str]
    """How probably a milestone is reached by its date, by id."""
    items: Mapping[str, Sequence[Told]]
    limits: tuple[Limit, ...]
    quality: str
    """How good the timetable is."""
    terms: str = ""
    """The head of the terms of a score."""

    def of(self, item: Item) -> Sequence[Told]:
        """What is said of an item: heads, each with its lines."""
        return self.items.get(item.id, ())


def outlook(result: Result, say: Language = ENGLISH) -> Outlook:
    """The outlook of a run."""
    roadmap = result.roadmap
    if roadmap is None:
        return Outlook({}, {}, (), "")
    teller = _Teller(Names.of(result.loaded, say), {i.id: i.name for i in roadmap.items}, say)
    return Outlook(
        milestones={m.id: say.chance(m.probability) for m in roadmap.milestones if m.probability is not None},
        items={item.id: tuple(teller.told(item)) for item in roadmap.items},
        limits=tuple(teller.limits(result)),
        quality=roadmap.quality.sentence() if roadmap.quality else "",
        terms=say.text("Terms of the score"),
    )


@attrs.frozen
class _Teller:
    names: Names
    titles: Mapping[str, str]
    say: Language

    def told(self, item: Item) -> Iterator[Told]:
        """What is known of an item, each under its head."""
        say = self.say
        if when := tuple(self._when(item)):
            yield say.text("When, and why then"), when
        if item.pilot:
            decided = say.text("Decided on %(day)s.", day=say.day(item.decision)) if item.decision else ""
            yield say.text("Tried first"), tuple(filter(None, (item.pilot.text, decided)))
        if item.tasks:
            yield (
                say.text("With people"),
                tuple(
                    ", ".join(filter(None, (task.name, task.who, task.owner, say.day(task.day))))
                    for task in item.tasks
                ),
            )
        if item.terms:
            yield (
                say.text("Terms of the score"),
                tuple(
                    f"{t.name}: {say.number(t.value)} ({say.word(t.role)}, {say.number(t.amount)})"
                    for t in item.terms
                ),
            )

    def _when(self, item: Item) -> Iterator[str]:
        say = self.say
        if item.forecast:
            yield say.text(
                "Finished by %(half)s with 50%%, by %(likely)s with 80%%;"
                " as planned or earlier with %(planned)s.",
                half=say.day(item.forecast.p50),
                likely=say.day(item.forecast.p80),
                planned=say.chance(item.forecast.as_planned),
            )
        timing = item.timing
        if timing is None:
            return
        if timing.critical:
            yield say.text("Critical: any delay moves a wanted day or the end of the plan.")
        elif timing.slack_weeks >= 1:
            slack = round(timing.slack_weeks)
            yield say.counted("It may slip by %(n)s week.", "It may slip by %(n)s weeks.", slack)
        yield from (self._wait(wait) for wait in timing.waits)
        yield from (self._lever(lever) for lever in timing.levers[:2])

    def _wait(self, wait: Wait) -> str:
        say = self.say
        items = ", ".join(self.titles.get(item, item) for item in wait.items)
        match wait.kind:
            case "requires":
                return say.text("It waits for: %(items)s.", items=items)
            case "capacity" | "focus":
                team = self.names.team(wait.team)
                return say.text("%(team)s is busy until %(day)s.", team=team, day=say.day(wait.until))
            case "earliest":
                return say.text("It cannot start before %(day)s.", day=say.day(wait.until))
            case "agreed":
                return say.text("Its start is agreed.")

    def _lever(self, lever: Lever) -> str:
        say = self.say
        weeks = say.number(lever.weeks, 1)
        match lever.kind:
            case "people":
                name = self.names.team(lever.id)
                return say.text(
                    "Half a person more in %(team)s: %(weeks)s weeks earlier.", team=name, weeks=weeks
                )
            case "focus":
                name = self.names.team(lever.id)
                return say.text(
                    "%(team)s working on one more at a time: %(weeks)s weeks earlier.", team=name, weeks=weeks
                )
            case "item":
                name = self.titles.get(lever.id, lever.id)
                return say.text("%(item)s a week earlier: %(weeks)s weeks earlier.", item=name, weeks=weeks)
            case "day":
                return say.text("Allowed to start earlier: %(weeks)s weeks earlier.", weeks=weeks)

    def limits(self, result: Result) -> Iterator[Limit]:
        """Budgets with their use, then every other limit that has a price."""
        assert result.roadmap is not None
        selection, say = result.roadmap.selection, self.say
        if selection is None:
            return
        prices = {price.id: price for price in selection.prices}
        for budget in selection.budgets:
            money = budget.unit == "money"
            used, limit = (
                say.money(value, result.roadmap.currency) if money else say.number(value)
                for value in (budget.used, budget.limit)
            )
            price = prices.pop(budget.id, None)
            yield Limit(
                budget.name or budget.id,
                say.text("%(used)s of %(limit)s", used=used, limit=limit),
                say.number(price.price, 2) if price else "\N{EN DASH}",
            )
        for price in prices.values():
            yield Limit(price.name or price.id, "", say.number(price.price, 2))
