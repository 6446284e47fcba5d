"""The tables of planning: initiatives, areas, teams, milestones, the roadmap and its exports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

import attrs

from cxengine.project.model.capacity import CapacityChange, Leave, TeamWork, Window
from cxengine.project.model.evidence import Scale
from cxengine.project.model.key import NOTHING, Estimate, Expression, Identifier, Name, key
from cxengine.project.model.outlook import ChangeTask


@attrs.frozen(kw_only=True)
class Effect:
    """What an initiative is expected to change."""

    touchpoint: Identifier = key("Where.", refers="touchpoint")
    metric: Identifier = key("What.", refers="metric")
    change: Estimate = key("By how much, in the metric's unit: `[low, likely, high]` or one number.")
    grade: Literal["assumed", "correlational", "experimental"] = key(
        "How well backed the expectation is.", default="assumed"
    )


@attrs.frozen(kw_only=True)
class Phases:
    """How an initiative's effort is divided; shares add up to 1."""

    discover: float = key("Share of effort to learn what customers need.", minimum=0, maximum=1, default=0.1)
    define: float = key("Share to decide what to build.", minimum=0, maximum=1, default=0.15)
    design: float = key("Share to design and test it.", minimum=0, maximum=1, default=0.25)
    deliver: float = key("Share to build it and bring it to customers.", minimum=0, maximum=1, default=0.5)
    test: float = key("Share to test what was built.", minimum=0, maximum=1, default=0.0)
    pilot: float = key("Share to try it with some customers before all.", minimum=0, maximum=1, default=0.0)


@attrs.frozen(kw_only=True)
class InitiativeTable:
    """A change that one can fund."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    public_name: str = key("What customers are told; the name by default.", default="")
    about: str = key("What will be done.", default="")
    public_about: str = key("What customers are told of it, besides its name.", default="")
    effects: tuple[Effect, ...] = key("What it is expected to change.", default=())
    effort: Estimate = key("Effort in person-weeks: `[low, likely, high]` or one number.", minimum=0)
    cost: float = key("Cost besides people, in the project's currency.", minimum=0, default=0.0)
    complexity: int = key("From 1 (simple) to 5 (touches everything).", minimum=1, maximum=5, default=2)
    duration: float | None = key(
        "Least calendar weeks it takes however many people work on it.", minimum=0, default=None
    )
    area: Identifier | None = key(
        "The area, where the author decides it rather than a rule.", refers="area", default=None
    )
    team: Identifier | None = key("Who does it; the area's team by default.", refers="team", default=None)
    work: tuple[TeamWork, ...] = key(
        "Shares of its effort that other teams do at the same time; the rest is its own team's.", default=()
    )
    people: float | None = key(
        "How many of its own team work on it at the same time, at most; as many as there are by default.",
        above=0,
        default=None,
    )
    owner: str = key("Who answers for it.", default="")
    requires: tuple[Identifier, ...] = key(
        "Initiatives that must be finished before this one starts.", refers="initiative", default=()
    )
    earliest: dt.date | None = key("It cannot start before this day.", default=None)
    start: dt.date | None = key(
        "It starts on this day, whatever else: agreed, or begun already.", default=None
    )
    deadline: dt.date | None = key(
        "It should be finished by this day: the plan puts that before value, and says so where it cannot.",
        default=None,
    )
    latest: dt.date | None = key(
        "It must be finished by this day: where that cannot be, there is no plan, and the reason is named.",
        default=None,
    )
    phases: Phases = key("How its effort is divided.", default=Phases())
    public: bool = key("Whether the customer-facing roadmap shows it.", default=True)
    segments: tuple[Identifier, ...] = key("Segments it serves; empty for all.", refers="segment", default=())
    success: str = key("Success criterion; derived from KPI, baseline and target by default.", default="")
    tasks: tuple[ChangeTask, ...] = key(
        "What has to be done with people so that it is lived: training, communication.", default=()
    )
    pilot: Literal["auto", "no"] = key(
        "Whether it is tried with some customers first, where its KPI can be compared: planned by itself, or"
        " not at all.",
        default="auto",
    )
    pilot_share: float = key(
        "Share of customers that may be asked to take part in its pilot; half of them get the change.",
        above=0,
        maximum=1,
        default=1.0,
    )
    history: Identifier | None = key(
        "The history that its forecast is drawn from; that of its team by default.",
        refers="history",
        default=None,
    )
    size: str = key("Its size or type, as its history calls it.", default="")
    pieces: int = key(
        "Pieces of work like those of its history that it consists of, done one after another.",
        minimum=1,
        maximum=1000,
        default=1,
    )
    tags: tuple[str, ...] = key("Free labels that rules may read.", default=())
    inputs: Mapping[Name, Any] = key(
        "What only people can say of it, by the inputs that `[scoring]` asks for or `[[input]]` declares: a"
        " number, `[low, likely, high]`, a word, or counts of answers.",
        default=NOTHING,
    )
    goals: tuple[Identifier, ...] = key("The goals that it serves.", refers="goal", default=())
    moscow: Literal["must", "should", "could", "wont"] | None = key(
        "Whether it has to be on the roadmap: what must be goes first whatever it scores, what won't be is"
        " left out; what should or could be is for formulas and rules to weigh.",
        default=None,
    )


@attrs.frozen(kw_only=True)
class Area:
    """A group of initiatives, named as customers would name what they expect."""

    id: Identifier = key("Name for references.")
    name: str = key('The expectation: "Make it easy for me".')
    about: str = key("What belongs here.", default="")
    when: Expression | None = key(
        "CEL over an initiative's facts. Areas are asked in the order written; one without a condition takes"
        " the rest.",
        default=None,
    )
    team: Identifier | None = key("The team that serves it.", refers="team", default=None)
    prototypes: tuple[Mapping[str, Any], ...] = key(
        "Typical initiatives of this area, by facts, for the grouping `nearest`: numbers, words, lists of"
        ' words, as in `{ pain = 0.2, complexity = 2, tags = ["effort"] }`.',
        default=(),
    )


@attrs.frozen(kw_only=True)
class Team:
    """People who do the work."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    capacity: float = key("Person-weeks of work a week.", minimum=0)
    focus: int = key("Initiatives that it works on at the same time, at most.", minimum=1, default=2)
    skills: tuple[Identifier, ...] = key("What it can do that initiatives may ask for.", default=())
    holidays: tuple[dt.date, ...] = key("Days on which it does not work, besides the roadmap's.", default=())
    leave: tuple[Leave, ...] = key("When a part of it is away.", default=())
    capacity_changes: tuple[CapacityChange, ...] = key("When it grows or shrinks.", default=())
    release_windows: tuple[Window, ...] = key(
        "When its initiatives may go live; at any time by default.", default=()
    )
    freezes: tuple[Window, ...] = key("When nothing of its goes live, besides the roadmap's.", default=())


@attrs.frozen(kw_only=True)
class Milestone:
    """A date to be met: reached when its initiatives are finished."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    requires: tuple[Identifier, ...] = key("The initiatives it waits for.", refers="initiative")
    due: dt.date | None = key("When it is wanted.", default=None)


@attrs.frozen(kw_only=True)
class InputTable:
    """What only people can say of an initiative, on a scale whose ends are fixed.

    The ends never move with the candidates: one more candidate reorders none of the others. A method of
    scoring brings its own inputs; declaring one here says more about it, or gives it another scale.
    """

    id: Name = key("Name for formulas: `inputs.<id>`.")
    about: str = key("What is asked, and what the ends of the scale stand for.", default="")
    scale: Scale | None = key("The lowest and the highest number; any number without it.", default=None)
    choices: tuple[str, ...] = key("The words to choose from, where the answer is a word.", default=())


@attrs.frozen(kw_only=True)
class Goal:
    """What shall be reached, and how much it counts that an initiative serves it."""

    id: Identifier = key("Name for references.")
    name: str = key("What shall be reached, measurably.")
    weight: float = key("How much it counts beside the other goals.", above=0, default=1.0)
    metric: Identifier | None = key("The metric that tells how far it is.", refers="metric", default=None)
    touchpoint: Identifier | None = key(
        "Where the metric is read; over the whole journey by default.", refers="touchpoint", default=None
    )
    target: float | None = key("The value to be reached; the metric's target by default.", default=None)
    by: dt.date | None = key("The day by which it is wanted.", default=None)


@attrs.frozen(kw_only=True)
class ScoringSettings:
    """How initiatives are scored: a method with its options. It takes the place of the roadmap's `score`."""

    use: str = key('The plugin: "rice", "ice", "wsjf", "benefit" and others; see docs/prioritizing.md.')
    options: Mapping[str, Any] = key("Options of the plugin.", default=NOTHING)


@attrs.frozen(kw_only=True)
class Budget:
    """What there is to spend, in all or for one team or area."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    limit: float = key("As much as may be spent.", minimum=0)
    unit: Literal["money", "person-weeks"] = key(
        "What is spent: the cost besides people, or the expected effort.", default="money"
    )
    team: Identifier | None = key("Only what this team does.", refers="team", default=None)
    area: Identifier | None = key("Only what belongs to this area.", refers="area", default=None)


@attrs.frozen(kw_only=True)
class Exclusion:
    """Initiatives that stand in for one another: so many of them at most."""

    id: Identifier = key("Name for references.")
    initiatives: tuple[Identifier, ...] = key("Those that exclude one another.", refers="initiative")
    most: int = key("As many of them at most.", minimum=1, default=1)
    because: str = key("The reason, told to people.", default="")


@attrs.frozen(kw_only=True)
class Bundle:
    """Initiatives that make sense together only: all of them or none."""

    id: Identifier = key("Name for references.")
    initiatives: tuple[Identifier, ...] = key("Those that belong together.", refers="initiative")
    because: str = key("The reason, told to people.", default="")


@attrs.frozen(kw_only=True)
class Quota:
    """How many initiatives of an area, of a team or with a tag: at least, at most."""

    id: Identifier = key("Name for references.")
    area: Identifier | None = key("Those of this area.", refers="area", default=None)
    team: Identifier | None = key("Those of this team.", refers="team", default=None)
    tag: str | None = key("Those with this tag.", default=None)
    least: int | None = key("At least so many.", minimum=0, default=None)
    most: int | None = key("At most so many.", minimum=0, default=None)
    because: str = key("The reason, told to people.", default="")


@attrs.frozen(kw_only=True)
class SelectionSettings:
    """How the best set of initiatives is looked for, where budgets or other limits make one choose."""

    value: Expression | None = key(
        "What a chosen initiative is worth, as CEL over its facts: the sum is made as large as it can be. By"
        " default its score without what the score is divided by.",
        default=None,
    )
    gap: float = key(
        "The search ends when no better set can be worth this part more.", minimum=0, default=1e-6
    )
    nodes: int = key(
        "The search ends after so many steps, and says what gap is left: the same on every machine.",
        minimum=1,
        maximum=1_000_000_000,
        default=1000,
    )


@attrs.frozen(kw_only=True)
class RoadmapSettings:
    """How the roadmap is made."""

    start: dt.date = key("First day; the week that holds it is week 1.")
    weeks: int = key(
        "Length of the plan; what does not fit is listed as later.", minimum=1, maximum=1040, default=52
    )
    short_term_weeks: int = key("Items that finish within these weeks are short term.", minimum=0, default=13)
    holidays: tuple[dt.date, ...] = key("Days on which nobody works.", default=())
    release_windows: tuple[Window, ...] = key(
        "When initiatives may go live; at any time by default.", default=()
    )
    freezes: tuple[Window, ...] = key("When nothing goes live.", default=())
    search: float = key(
        "How much work goes into the search for a better timetable, in units of about a second; counted, not"
        " timed, so that every machine finds the same.",
        minimum=0,
        maximum=3600,
        default=2.0,
    )
    score: Expression = key(
        "CEL formula over an initiative's facts; the highest score goes first.",
        default=Expression("impact.likely / effort.likely"),
    )
    quick_win_impact: float = key(
        "An initiative with at least this impact may be a quick win.", minimum=0, default=1.0
    )
    quick_win_effort: float = key("A quick win takes at most these person-weeks.", minimum=0, default=4.0)
    group: str = key("The grouping plugin.", default="area")
    vision: str = key("Where this leads.", default="")
    goals: tuple[str, ...] = key("What shall be reached, measurably.", default=())
    currency: str = key("Currency of costs.", default="EUR")
    top: int | None = key(
        "How many items count as the first, of which the roadmap says how sure they are: by default 10, or"
        " half of the candidates where there are fewer than 20.",
        minimum=1,
        default=None,
    )
    draws: int = key(
        "Joint draws of everything uncertain that tell how sure the order is.",
        minimum=200,
        maximum=100_000,
        default=4000,
    )
    more_answers: int = key(
        "The value of asking more people is told for so many more answers.", minimum=1, default=500
    )
    answer_cost: float | None = key(
        "What one more answer costs, in the currency; what is worth knowing is then ranked by gain per cost.",
        above=0,
        default=None,
    )
    estimate_cost: float | None = key(
        "What it costs to estimate something carefully, in the currency.", above=0, default=None
    )


@attrs.frozen(kw_only=True)
class ExportTable:
    """An artefact that a run writes."""

    id: Identifier = key("Name for references.")
    use: str = key('The plugin that writes it: "json", "markdown", "csv", "mermaid", "html".')
    options: Mapping[str, Any] = key("Options of the plugin.", default=NOTHING)
