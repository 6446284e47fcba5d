"""The tables of the outlook: what if, how long work took until now, what goes with a change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import attrs

from cxengine.project.model.key import NOTHING, Identifier, Name, Scalar, key


@attrs.frozen(kw_only=True)
class Scenario:
    """What if: another plan on the same measurements.

    An element with a known id changes it key by key, or takes it out (`remove = true`); other elements are
    new.
    """

    id: Identifier = key("Name for references.")
    name: str = key('What people call it: "Half the budget".')
    about: str = key("What is asked.", default="")
    params: Mapping[Name, Scalar] = key("Other values of parameters.", default=NOTHING)
    roadmap: Mapping[str, Any] = key("Other keys of `[roadmap]`.", default=NOTHING)
    scoring: Mapping[str, Any] = key("Other keys of `[scoring]`.", default=NOTHING)
    selection: Mapping[str, Any] = key("Other keys of `[selection]`.", default=NOTHING)
    initiative: tuple[Mapping[str, Any], ...] = key("Initiatives, otherwise.", default=())
    team: tuple[Mapping[str, Any], ...] = key("Teams, otherwise.", default=())
    area: tuple[Mapping[str, Any], ...] = key("Areas, otherwise.", default=())
    milestone: tuple[Mapping[str, Any], ...] = key("Milestones, otherwise.", default=())
    goal: tuple[Mapping[str, Any], ...] = key("Goals, otherwise.", default=())
    budget: tuple[Mapping[str, Any], ...] = key("Budgets, otherwise.", default=())
    exclusion: tuple[Mapping[str, Any], ...] = key("Exclusions, otherwise.", default=())
    bundle: tuple[Mapping[str, Any], ...] = key("Bundles, otherwise.", default=())
    quota: tuple[Mapping[str, Any], ...] = key("Quotas, otherwise.", default=())
    rule: tuple[Mapping[str, Any], ...] = key("Rules, otherwise.", default=())
    table: tuple[Mapping[str, Any], ...] = key("Decision tables, otherwise.", default=())


@attrs.frozen(kw_only=True)
class HistoryTable:
    """How long work really took: what forecasts are drawn from."""

    id: Identifier = key("Name for references.")
    path: Path = key("A CSV file with one row a finished piece of work; relative to this file.")
    days: str = key("The column with the days that it took.", default="")
    started: str = key("Or the column with the day on which it began ...", default="")
    finished: str = key("... and that on which it was finished.", default="")
    expected: str = key(
        "The column with the days that were expected: then what counts is how many times as long it took.",
        default="",
    )
    size: str = key("The column with its size or type, which initiatives name as `size`.", default="")
    teams: tuple[Identifier, ...] = key(
        "Teams whose initiatives it forecasts, where these name no history.", refers="team", default=()
    )


@attrs.frozen(kw_only=True)
class ChangeTask:
    """What has to be done with people so that a change is lived: training, telling, new habits."""

    name: str = key("What is done.")
    kind: Literal["training", "communication", "change", "support"] = key(
        "Whether people learn, are told, change how they work, or are helped with it.", default="training"
    )
    who: str = key("For whom.", default="")
    owner: str = key("Who sees to it.", default="")
    weeks_before: float = key(
        "Weeks before the end by which it is done; 0: at the end, less than 0: after it.",
        minimum=-520,
        maximum=520,
        default=0.0,
    )
    public: bool = key("Whether the customer-facing roadmap may tell of it.", default=False)
