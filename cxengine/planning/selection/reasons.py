"""Why a candidate was not chosen, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from cxengine.planning.selection.outcome import BudgetUse, Choice, Selection
from cxengine.planning.selection.problem import counts
from cxengine.project.model import Project
from cxengine.rules.wording import listed, shown

SHOWN = 3
"""Initiatives that are named of those that took the place."""


@attrs.frozen(eq=False)
class Why:
    """Tells reasons for what a selection leaves out."""

    project: Project
    selection: Selection

    def not_chosen(self, choice: Choice) -> str:
        """The limits that it does not fit into beside what was chosen; or that nothing speaks for it."""
        if choice.worth <= 0:
            return f"It would bring nothing: its worth is {shown(choice.worth)}."
        found = [*self._requires(choice), *self._budgets(choice), *self._exclusions(choice)]
        found += [*self._bundles(choice), *self._quotas(choice)]
        worth = f"It is worth {shown(choice.worth)}"
        return " ".join(found) or f"{worth}, and would displace more than that."

    def _requires(self, choice: Choice) -> Iterator[str]:
        missing = [c.name for c in self.selection.choices if c.id in choice.requires and not c.chosen]
        if missing:
            yield f"It requires {listed(missing)}, which is not chosen."

    def _budgets(self, choice: Choice) -> Iterator[str]:
        for use in self.selection.budgets:
            if (use.team and use.team != choice.team) or (use.area and use.area != choice.area):
                continue
            need = choice.money if use.unit == "money" else choice.weeks
            if need > use.limit - use.used + 1e-9:
                yield self._full(use, choice, need)

    def _full(self, use: BudgetUse, choice: Choice, need: float) -> str:
        named = {c.id: c for c in self.selection.choices}
        users = [named[item] for item in use.items]
        needs, free = self._amount(need, use), self._amount(max(use.limit - use.used, 0.0), use)
        if not users:
            return f"It would need {needs} of {use.name}, which has {free}."
        each = all(user.worth >= choice.worth for user in users)
        more = "which give more" if each else "which together give more"
        more = more if len(users) > 1 else "which gives more"
        return (
            f"{use.name} is used by {_some([user.name for user in users])}, {more};"
            f" it would need {needs}, and {free} is left."
        )

    def _amount(self, amount: float, use: BudgetUse) -> str:
        currency = self.project.roadmap.currency if self.project.roadmap else ""
        if use.unit == "money":
            return f"{amount:,.0f} {currency}".rstrip()
        return f"{amount:.4g} person-week{'' if amount == 1 else 's'}"

    def _exclusions(self, choice: Choice) -> Iterator[str]:
        for one in self.project.exclusions:
            rivals = [c for c in self.selection.choices if c.chosen and c.id in one.initiatives]
            if choice.id in one.initiatives and len(rivals) >= one.most:
                names = listed([rival.name for rival in rivals])
                because = f" {one.because}" if one.because else ""
                yield f"At most {one.most} of its kind can be chosen, and {names} gives more.{because}"

    def _bundles(self, choice: Choice) -> Iterator[str]:
        for one in self.project.bundles:
            if choice.id not in one.initiatives:
                continue
            others = [c.name for c in self.selection.choices if c.id in one.initiatives and c != choice]
            missing = len(one.initiatives) - 1 - len(others)
            because = f" {one.because}" if one.because else ""
            if missing:
                yield f"It makes sense only with others, and {missing} of them cannot be chosen.{because}"
            elif others:
                yield f"It comes with {listed(others)} or not at all, and others give more than all of them."

    def _quotas(self, choice: Choice) -> Iterator[str]:
        for one in self.project.quotas:
            taken = [c for c in self.selection.choices if c.chosen and counts(one, c)]
            if counts(one, choice) and one.most is not None and len(taken) >= one.most:
                because = f" {one.because}" if one.because else ""
                of = _some([c.name for c in taken]) if taken else "none"
                yield f"At most {one.most} of its kind are chosen: {of}.{because}"


def _some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - SHOWN
    quoted = [f'"{name}"' for name in names[:SHOWN]]
    return listed([*quoted, f"{more} more"] if more > 0 else quoted)
