"""The whole: everything an organisation wrote."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cxengine.project.model.evidence import (
    Calendar,
    EngineSettings,
    EnricherTable,
    EvidenceSettings,
    PrivacySettings,
    Signal,
    SourceTable,
    WeightingSettings,
)
from cxengine.project.model.insight import (
    DeliveredTable,
    DriverModel,
    MomentSettings,
    ObservedJourneyTable,
)
from cxengine.project.model.journey import ChannelTable, Persona, Segment, Stage, Touchpoint, Transition
from cxengine.project.model.key import NOTHING, Identifier, Name, Scalar, key
from cxengine.project.model.metrics import MetricTable, RoxTable
from cxengine.project.model.outlook import HistoryTable, Scenario
from cxengine.project.model.planning import (
    Area,
    Budget,
    Bundle,
    Exclusion,
    ExportTable,
    Goal,
    InitiativeTable,
    InputTable,
    Milestone,
    Quota,
    RoadmapSettings,
    ScoringSettings,
    SelectionSettings,
    Team,
)
from cxengine.project.model.rules import DecisionTable, Rule


@attrs.frozen(kw_only=True)
class Identity:
    """Name of the project."""

    id: Identifier = key("Name for references and for the folder of a run.")
    name: str = key("What people call it.")
    about: str = key("What this project is for.", default="")
    journey: str = key("The journey: what the customer wants to get done.", default="")


@attrs.frozen(kw_only=True)
class Project:
    """Everything an organisation wrote about its customer experience."""

    project: Identity = key("Name of the project.")
    extends: str | None = key(
        "A ruleset to build on: its name, or a path relative to this file.", default=None
    )
    params: Mapping[Name, Scalar] = key(
        "Values that expressions read as `params.<name>` and options as `${name}`; `--set` changes them.",
        default=NOTHING,
    )
    evidence: EvidenceSettings = key("How evidence is grouped in time.", default=EvidenceSettings())
    weighting: WeightingSettings | None = key(
        "How responses are weighted to match the population; without it, only by design weights.",
        default=None,
    )
    privacy: PrivacySettings = key("What may be shown.", default=PrivacySettings())
    engine: EngineSettings = key("What measures the evidence.", default=EngineSettings())
    roadmap: RoadmapSettings | None = key(
        "How the roadmap is made; without it a run only measures.", default=None
    )
    stages: tuple[Stage, ...] = key("Phases of the journey.", toml="stage", default=())
    touchpoints: tuple[Touchpoint, ...] = key("Interactions.", toml="touchpoint", default=())
    transitions: tuple[Transition, ...] = key("Steps between touchpoints.", toml="transition", default=())
    channels: tuple[ChannelTable, ...] = key("Media.", toml="channel", default=())
    segments: tuple[Segment, ...] = key("Populations.", toml="segment", default=())
    personas: tuple[Persona, ...] = key("Archetypes.", toml="persona", default=())
    signals: tuple[Signal, ...] = key("Kinds of values that responses carry.", toml="signal", default=())
    sources: tuple[SourceTable, ...] = key("Where evidence comes from.", toml="source", default=())
    enrichers: tuple[EnricherTable, ...] = key(
        "What is found in verbatims; in the order written.", toml="enricher", default=()
    )
    calendars: tuple[Calendar, ...] = key("Business hours.", toml="calendar", default=())
    metrics: tuple[MetricTable, ...] = key("What is calculated.", toml="metric", default=())
    rox: tuple[RoxTable, ...] = key("Returns on experience.", toml="rox", default=())
    driver_models: tuple[DriverModel, ...] = key(
        "What goes with loyalty and other outcomes.", toml="driver_model", default=()
    )
    moments_of_truth: MomentSettings = key(
        "When a touchpoint counts as a moment of truth.", default=MomentSettings()
    )
    observed_journeys: tuple[ObservedJourneyTable, ...] = key(
        "Journeys as customers really went.", toml="observed_journey", default=()
    )
    rules: tuple[Rule, ...] = key("What follows from what.", toml="rule", default=())
    tables: tuple[DecisionTable, ...] = key("Decisions as rows.", toml="table", default=())
    delivered: tuple[DeliveredTable, ...] = key("Changes that were made.", default=())
    initiatives: tuple[InitiativeTable, ...] = key("Changes one can fund.", toml="initiative", default=())
    inputs: tuple[InputTable, ...] = key(
        "What only people can say of an initiative.", toml="input", default=()
    )
    goals: tuple[Goal, ...] = key("What shall be reached.", toml="goal", default=())
    scoring: ScoringSettings | None = key(
        "The method by which initiatives are scored; without it, the formula of `[roadmap]`.", default=None
    )
    budgets: tuple[Budget, ...] = key("What there is to spend.", toml="budget", default=())
    exclusions: tuple[Exclusion, ...] = key(
        "Initiatives that stand in for one another.", toml="exclusion", default=()
    )
    bundles: tuple[Bundle, ...] = key("Initiatives that belong together.", toml="bundle", default=())
    quotas: tuple[Quota, ...] = key("How many of what.", toml="quota", default=())
    selection: SelectionSettings = key(
        "How the best set of initiatives is looked for.", default=SelectionSettings()
    )
    areas: tuple[Area, ...] = key("Groups of initiatives.", toml="area", default=())
    teams: tuple[Team, ...] = key("Who does the work.", toml="team", default=())
    milestones: tuple[Milestone, ...] = key("Dates to be met.", toml="milestone", default=())
    histories: tuple[HistoryTable, ...] = key(
        "How long work really took, for forecasts.", toml="history", default=()
    )
    scenarios: tuple[Scenario, ...] = key("What if.", toml="scenario", default=())
    exports: tuple[ExportTable, ...] = key("Artefacts to write.", toml="export", default=())
