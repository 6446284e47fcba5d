"""When people are there and when things may go live: leave, capacity that changes, windows."""

from __future__ import annotations

import datetime as dt

import attrs

from cxengine.project.model.key import Identifier, key


@attrs.frozen(kw_only=True)
class Leave:
    """Days on which a part of a team is away: everything the team works on goes slower."""

    first: dt.date = key("The first day away.")
    last: dt.date = key("The last day away.")
    share: float = key("The share of the team that is away.", above=0, maximum=1, default=1.0)
    about: str = key("Why.", default="")


@attrs.frozen(kw_only=True)
class CapacityChange:
    """A team that grows or shrinks."""

    since: dt.date = key("The first day on which it is so.")
    capacity: float = key("Person-weeks of work a week from then on.", minimum=0)


@attrs.frozen(kw_only=True)
class Window:
    """A stretch of days."""

    first: dt.date = key("The first day.")
    last: dt.date = key("The last day.")
    about: str = key("What it is.", default="")


@attrs.frozen(kw_only=True)
class TeamWork:
    """A share of an initiative's effort that another team does, from its start to its end."""

    team: Identifier | None = key("Who does it.", refers="team", default=None)
    skill: Identifier | None = key(
        "What it takes: the team with that skill does it that has most room left.", default=None
    )
    share: float = key("Share of the initiative's effort.", above=0, maximum=1)
