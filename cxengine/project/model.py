"""What an author writes, as frozen values: one class for every TOML table.

The classes are the single source of the loader, the JSON Schema and the documentation: a field is a
key, its `doc` is what an editor shows, and a class docstring describes the table. Expressions are
kept as their CEL text (`Expression`); they are compiled by the rooms that know which facts they see.
Layout: a `Project` holds one tuple for every array of tables, in the order of the files; an element
is found by its `id`, which is unique within its table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NewType

import attrs

Identifier = NewType("Identifier", str)
"""A name used for reference: lower-case letters, digits, `-` and `_`, starting with a letter."""

Name = NewType("Name", Identifier)
"""A name that expressions read: lower-case letters, digits and `_`, starting with a letter."""

Expression = NewType("Expression", str)
"""CEL text."""

Scalar = bool | int | float | str
Direction = Literal["higher_is_better", "lower_is_better"]
Period = Literal["month", "quarter", "year"]
EngineName = Literal["duckdb", "postgres", "spark", "clickhouse"]

NOTHING: Mapping[str, Any] = MappingProxyType({})


def key(
    doc: str,
    *,
    toml: str | None = None,
    refers: str | None = None,
    also: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
    **field: Any,
) -> Any:
    """A field that is a TOML key, with the sentence that documents it.

    Args:
        doc: What an editor shows.
        toml: The key in TOML where it is not the field's name.
        refers: The TOML table whose ids this value names (for tables of values: each value).
        also: Names that are allowed besides those ids.
        minimum: Smallest number allowed; `above` is the same but excludes the number itself.
        maximum: Largest number allowed.
        above: The number must be greater than this.
        field: Passed on to `attrs.field`.
    """
    bounds = {"minimum": minimum, "maximum": maximum, "above": above}
    metadata = {"doc": doc, "toml": toml, "refers": refers, "also": also, **bounds}
    return attrs.field(metadata={k: v for k, v in metadata.items() if v not in (None, ())}, **field)


@attrs.frozen
class Estimate:
    """Low, likely and high: a bare number means certainty, three numbers are what experts expect."""

    low: float
    likely: float
    high: float


# --- the journey -----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Stage:
    """A phase of the journey, in the customer's own words. Stages follow one another as written."""

    id: Identifier = key("Name for references.")
    name: str = key('What the customer would say: "I shop".')
    about: str = key("What happens in this stage and how it is told from its neighbours.", default="")


@attrs.frozen(kw_only=True)
class Touchpoint:
    """One interaction between customer and organisation."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    stage: Identifier = key("The stage it belongs to.", refers="stage")
    about: str = key("What the customer does here and wants.", default="")
    channels: tuple[Identifier, ...] = key(
        "The media through which it takes place.", refers="channel", default=()
    )
    actor: str = key("Who acts for the organisation.", default="")
    frontstage: bool = key("Whether the customer sees it; false for backstage work.", default=True)
    importance: float = key(
        "How much it matters for loyalty, from 0 to 1: a judgement, used until evidence gives a better one.",
        minimum=0,
        maximum=1,
        default=0.5,
    )
    moment_of_truth: bool = key("Declared to shape loyalty.", default=False)
    emotion: float | None = key(
        "Assumed emotion, from -1 (pain) to +1 (love): a judgement, shown where nothing is measured.",
        minimum=-1,
        maximum=1,
        default=None,
    )
    desired: float | None = key(
        "Desired emotion, from -1 (pain) to +1 (love).", minimum=-1, maximum=1, default=None
    )
    start: bool = key("A journey may begin here; the first touchpoint where none is marked.", default=False)
    end: bool = key("A journey may end here.", default=False)
    tags: tuple[str, ...] = key("Free labels that rules may read.", default=())


@attrs.frozen(kw_only=True)
class Transition:
    """A step from one touchpoint to another; where none is declared, touchpoints follow as written."""

    source: Identifier = key("The touchpoint it leaves.", refers="touchpoint")
    target: Identifier = key("The touchpoint it reaches.", refers="touchpoint")
    about: str = key("When and why customers take this step.", default="")


@attrs.frozen(kw_only=True)
class ChannelTable:
    """A medium: web, app, store, telephone."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    about: str = key("What it is for.", default="")


@attrs.frozen(kw_only=True)
class Segment:
    """A population defined by a rule over the attributes of responses."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    when: Expression = key(
        'CEL over `attributes` and `channel`, for example `attributes.country == "NL" && channel == "web"`.'
    )
    about: str = key("Who these customers are.", default="")
    value: float = key(
        "Worth of the segment relative to the others; roadmaps serve the worthiest first.",
        minimum=0,
        default=1.0,
    )


@attrs.frozen(kw_only=True)
class Persona:
    """An archetype that stands for a segment."""

    id: Identifier = key("Name for references.")
    name: str = key("The persona's name.")
    segment: Identifier | None = key(
        "The segment it stands for; without one, everybody.", refers="segment", default=None
    )
    about: str = key("Who this is.", default="")
    functional_needs: tuple[str, ...] = key("What has to get done.", default=())
    emotional_needs: tuple[str, ...] = key("How it should feel.", default=())
    social_needs: tuple[str, ...] = key("How it should look to others.", default=())
    touchpoints: tuple[Identifier, ...] = key(
        "The touchpoints this persona meets; empty for all.", refers="touchpoint", default=()
    )


# --- evidence --------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Scale:
    """The values that an answer may take."""

    min: float = key("Smallest answer.")
    max: float = key("Largest answer.")
    step: float | None = key(
        "Distance between answers; leave it out for a continuous value.", above=0, default=None
    )


@attrs.frozen(kw_only=True)
class Signal:
    """One kind of value that responses carry. Merging signals that differ in these keys is an error."""

    id: Identifier = key("Name for references.")
    wording: str = key("The question as it was asked, or what was measured.")
    scale: Scale | None = key(
        "The declared scale; a value outside it is quarantined. Leave it out only for amounts and durations.",
        default=None,
    )
    direction: Direction = key("Which end of the scale is good.", default="higher_is_better")
    neutral: tuple[float, float] | None = key(
        "The lowest and highest answer that is neither pain nor love; the middle of the scale by default.",
        default=None,
    )
    about: Literal["transaction", "relationship"] = key(
        "Whether the answer concerns one interaction or the relationship as a whole.", default="transaction"
    )
    mode: str = key("How it was asked: web, paper, telephone, kiosk. Modes are never pooled.", default="")
    window: float | None = key(
        "The days that an answer is about: 30 for the last month, 7 for coming back within a week.",
        above=0,
        default=None,
    )
    unit: str = key("Unit of an amount or duration.", default="")


@attrs.frozen(kw_only=True)
class ColumnValue:
    """Where a value comes from: a column, or one fixed value, optionally recoded."""

    column: str | None = key("Column to read.", default=None)
    value: Scalar | dt.datetime | dt.date | None = key("The same value for every row.", default=None)
    format: str | None = key(
        "How a date is written, in strptime's notation; ISO 8601 by default.", default=None
    )
    timezone: str = key("Time zone of times that name none.", default="UTC")
    recode: Mapping[str, Scalar] = key(
        "What a code in the file means; codes that are not listed stay as they are.", default=NOTHING
    )
    otherwise: Scalar | None = key(
        "What every code means that `recode` does not list, instead of staying as it is.", default=None
    )
    no_answer: tuple[str, ...] = key("Texts that mean that there is no value.", default=("",))
    type: Literal["text", "number", "boolean"] = key("What an attribute's values are.", default="text")


@attrs.frozen(kw_only=True)
class Asked:
    """How a source asked for a signal. What is said here must be what the signal declares.

    So that a source that asked something else is refused where it is mapped, instead of being averaged in.
    """

    wording: str | None = key("The question as this source asked it.", default=None)
    scale: Scale | None = key("The scale that this source offered.", default=None)
    direction: Direction | None = key("Which end of it is good.", default=None)
    about: Literal["transaction", "relationship"] | None = key(
        "Whether it asked about one interaction or the relationship as a whole.", default=None
    )
    mode: str | None = key("How it asked: web, paper, telephone, kiosk.", default=None)
    window: float | None = key("The days that an answer is about.", above=0, default=None)


@attrs.frozen(kw_only=True)
class WideColumns:
    """Columns that each hold one signal of one touchpoint: the shape of most survey exports."""

    signal: Identifier = key("The signal that all these columns carry.", refers="signal")
    columns: Mapping[str, Identifier] = key(
        "Column name to touchpoint; `journey` for an answer about the whole.",
        refers="touchpoint",
        also=("journey",),
    )
    no_answer: tuple[str, ...] = key("Codes that mean that the question was not answered.", default=("",))
    recode: Mapping[str, float] = key("What a code in the file means as a value.", default=NOTHING)
    asked: Asked = key("How it was asked, to be held against the signal.", default=Asked())


@attrs.frozen(kw_only=True)
class LongColumns:
    """A file with one value a row: columns name the signal, the touchpoint and the value."""

    value: str = key("Column of the value.")
    signal: str | ColumnValue = key("Column that names the signal, or a fixed one.", refers="signal")
    touchpoint: str | ColumnValue = key(
        "Column that names the touchpoint, or a fixed one.", refers="touchpoint", also=("journey",)
    )
    no_answer: tuple[str, ...] = key("Codes that mean that the question was not answered.", default=("",))
    recode: Mapping[str, float] = key("What a code in the file means as a value.", default=NOTHING)
    asked: Asked = key("How it was asked, to be held against the signal.", default=Asked())


@attrs.frozen(kw_only=True)
class VerbatimColumn:
    """A column of free text."""

    column: str = key("Column to read.")
    touchpoint: Identifier | None = key(
        "The touchpoint it speaks about, if it is one.", refers="touchpoint", also=("journey",), default=None
    )
    no_answer: tuple[str, ...] = key("Texts that mean that nothing was said.", default=("",))


@attrs.frozen(kw_only=True)
class Calendar:
    """When work is done: the opening hours of a week by the clocks of one place, without its holidays."""

    id: Identifier = key("Name for references.")
    open: tuple[str, ...] = key(
        'Opening hours, such as `["mon-thu 09:00-17:30", "fri 09:00-12:00"]`; a day ends at `24:00`.'
    )
    timezone: str = key("Time zone of the clocks, with its changes in spring and autumn.", default="UTC")
    holidays: tuple[dt.date, ...] = key("Days on which nothing is open.", default=())
    about: str = key("Whose hours these are.", default="")


@attrs.frozen(kw_only=True)
class DurationColumns:
    """A new column: the time from one moment to another, such as from opening a ticket to its resolution.

    Where `open_until` is given, what had not ended by then counts as lasting at least until then: its value
    is marked as censored. Without it, a row that has not ended has no value.
    """

    start: str = key("Column of the moment it began.")
    end: str = key("Column of the moment it ended.")
    unit: Literal["seconds", "minutes", "hours", "days"] = key("The unit of the value.", default="hours")
    format: str | None = key(
        "How both are written, in strptime's notation; ISO 8601 by default.", default=None
    )
    timezone: str = key("Time zone of times that name none.", default="UTC")
    open_until: dt.datetime | dt.date | None = key("When observation ended.", default=None)
    calendar: Identifier | None = key(
        "Counts business hours only, those of this calendar; all hours by default.",
        refers="calendar",
        default=None,
    )
    no_answer: tuple[str, ...] = key("Texts that mean that there is no moment.", default=("",))


@attrs.frozen(kw_only=True)
class ChoiceColumn:
    """A new column: 1 where an answer with several choices holds this one, 0 where it does not."""

    column: str = key("Column that lists the choices.")
    choice: str = key("The choice, as the column writes it.")
    separator: str = key("What stands between choices.", default=";")
    no_answer: tuple[str, ...] = key("Texts that mean that the question was not answered.", default=("",))


@attrs.frozen(kw_only=True)
class MappingTable:
    """How the rows of a source become responses, signals and verbatims. A plain text names a column."""

    response_id: str | None = key(
        "Column that names the response; the row's position by default.", default=None
    )
    customer_id: str | None = key(
        "Column that names the customer; pseudonymised before anything sees it.", default=None
    )
    occurred_at: str | ColumnValue | None = key("When it happened.", default=None)
    channel: str | ColumnValue | None = key("The channel it came through.", refers="channel", default=None)
    weight: str | None = key("Column of the design weight; 1 by default.", default=None)
    attributes: Mapping[Name, str | ColumnValue] = key(
        "Attributes for segments: name to column.", default=NOTHING
    )
    signals: tuple[WideColumns, ...] = key("Columns that each hold one signal of one touchpoint.", default=())
    long: LongColumns | None = key("For files with one value a row.", default=None)
    verbatims: tuple[VerbatimColumn, ...] = key("Columns of free text.", default=())
    durations: Mapping[Name, DurationColumns] = key(
        "New columns that measure time; every key of the mapping may name them.", default=NOTHING
    )
    choices: Mapping[Name, ChoiceColumn] = key(
        "New columns that tell whether a choice was made; every key of the mapping may name them.",
        default=NOTHING,
    )
    formulas: Mapping[Name, Expression] = key(
        "New columns by CEL over `attributes.<name>`, `durations.<name>` and `choices.<name>`: a number, a"
        " text, or a truth value (1 or 0). Where something it needs is missing, it has no value. Every key of"
        " the mapping may name them.",
        default=NOTHING,
    )
    censored: Mapping[str, str | ColumnValue] = key(
        "Values that are only a lower bound, such as the tenure of customers who are still there: name of the"
        " column of the value to the column that says whether it has not ended (true, yes, 1) or has.",
        default=NOTHING,
    )
    repeats: Literal["quarantine", "first", "last", "all"] = key(
        "What rows are that repeat a `response_id`: errors, versions of which the first or the last counts (a"
        " log of changes), or further parts of the response.",
        default="quarantine",
    )


@attrs.frozen(kw_only=True)
class SourceTable:
    """A listening post: where evidence comes from and how it maps to signals."""

    id: Identifier = key("Name for references.")
    use: str = key('The plugin that reads it, for example "file".', default="file")
    kind: Literal["survey", "ticket", "review", "order", "behaviour", "employee", "other"] = key(
        "What sort of evidence it is.", default="survey"
    )
    about: str = key("Who was asked, how, and what is known about the response rate.", default="")
    mode: str = key(
        "How it was asked: web, paper, telephone, kiosk; it must be the mode of its signals, where they say"
        " one, and of the other sources of them.",
        default="",
    )
    options: Mapping[str, Any] = key("Options of the plugin.", default=NOTHING)
    mapping: MappingTable = key("How rows become signals.")


@attrs.frozen(kw_only=True)
class EnricherTable:
    """Finds something in verbatims, once, when they are read: sentiment, themes, personal data."""

    id: Identifier = key("Name for references.")
    use: str = key('The plugin that does it: "sentiment", "themes", "redact".')
    about: str = key("Why it is done, and what is known about its errors.", default="")
    sources: tuple[Identifier, ...] = key(
        "The sources whose verbatims it reads; empty for all.", refers="source", default=()
    )
    signals: Mapping[str, Identifier] = key(
        "Signals that carry what it finds, at the touchpoint of the verbatim: name of a score or label to"
        " signal. A label is 1 where it applies and 0 where it does not.",
        refers="signal",
        default=NOTHING,
    )
    options: Mapping[str, Any] = key("Options of the plugin.", default=NOTHING)


@attrs.frozen(kw_only=True)
class EvidenceSettings:
    """How evidence is grouped in time."""

    period: Period = key("Length of a period in trends.", default="quarter")
    current: Literal["latest", "all"] = key(
        "What counts as the present state: the latest period with answers, or all evidence.", default="all"
    )
    by: tuple[Literal["channel"], ...] = key(
        'What measurements are told apart by besides segments: `["channel"]` measures every declared channel,'
        " as the population `channel:<id>`.",
        default=(),
    )


@attrs.frozen(kw_only=True)
class Margin:
    """How an attribute is distributed in the population."""

    attribute: Name = key("The attribute, as the mapping or a rule names it.")
    shares: Mapping[str, float] = key("Value to its share of the population; shares add up to 1.")


@attrs.frozen(kw_only=True)
class WeightingSettings:
    """Weights responses so that they match the population in every margin, by raking.

    The weight that a mapping reads from a column is multiplied by what is found here.
    """

    margins: tuple[Margin, ...] = key("What is known of the population.", default=())
    sources: tuple[Identifier, ...] = key(
        "The sources whose responses are weighted, together; empty for all surveys.",
        refers="source",
        default=(),
    )
    least: float = key(
        "No response is weighted by less than this; 1 is the mean.", minimum=0, maximum=1, default=0.2
    )
    most: float = key("No response is weighted by more than this.", minimum=1, default=5.0)
    missing: Literal["keep", "refuse"] = key(
        "Responses without the attribute keep their share, and the others are matched to the margin among"
        " themselves; or they are an error.",
        default="keep",
    )
    tolerance: float = key(
        "How far a share may be off when it counts as matched.", above=0, maximum=0.01, default=1e-6
    )
    rounds: int = key("How often all margins are matched in turn, at most.", minimum=1, default=200)


@attrs.frozen(kw_only=True)
class PrivacySettings:
    """What may be shown."""

    minimum_n: int = key(
        "Cells with fewer answers are suppressed in every output, and others that would give them away; what"
        " employees answered is never shown for fewer than five.",
        minimum=1,
        default=10,
    )
    caution_n: int = key("Cells with fewer answers carry a caution.", minimum=1, default=30)
    key_variable: str = key(
        "Environment variable with the secret that pseudonymises customer ids; where it is not set, each run"
        " makes a key of its own.",
        default="CXENGINE_KEY",
    )


@attrs.frozen(kw_only=True)
class EngineSettings:
    """What measures the evidence. The same project runs on every engine, and `--engine` names another one.

    DuckDB, inside the program, reads and maps the evidence in any case; another engine then measures it.
    """

    use: EngineName = key(
        "The engine; all but DuckDB need an extra of the package, named like the engine.", default="duckdb"
    )
    storage: Literal["memory", "disk"] = key(
        "DuckDB: where it keeps the evidence; on disk is for evidence larger than memory.", default="memory"
    )
    memory: str | None = key(
        'DuckDB: the memory it may use, such as "2GB"; four fifths of the machine\'s by default.',
        default=None,
    )
    state: str | None = key(
        "A folder, relative to this file, that keeps what was made of each input, so that a run reads only"
        " what is new (DuckDB only). It holds answers under pseudonyms: treat it like the evidence. Nothing"
        " is kept by default.",
        default=None,
    )
    connection_variable: str = key(
        "PostgreSQL: environment variable with the connection string, which holds a password and so is never"
        " written here.",
        default="CXENGINE_POSTGRES",
    )
    master: str = key("Spark: URL of the master.", default="local[*]")
    folder: str | None = key(
        "Spark: a folder that every worker can read, for the tables; one of this machine by default.",
        default=None,
    )


# --- metrics ---------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class MetricTable:
    """A metric: a calculation applied to one signal wherever that signal was given."""

    id: Name = key("Name for references; rules read `metrics.<id>`.")
    use: str = key('The plugin that calculates it, for example "nps".')
    signal: Identifier = key("The signal it measures.", refers="signal")
    name: str = key("What people call it; the plugin's title by default.", default="")
    about: str = key("Why it is measured.", default="")
    target: float | None = key("Where it should be: the aim of success criteria and charts.", default=None)
    benchmark: float | None = key("Where others are; shown beside it, and read by rules.", default=None)
    guardrail: float | None = key(
        "What it must never fall below, or rise above where low is good: a run warns where it is passed"
        " beyond chance, where it got worse, and of initiatives that are expected to pass it.",
        default=None,
    )
    options: Mapping[str, Any] = key("Options of the plugin.", default=NOTHING)


@attrs.frozen(kw_only=True)
class RoxNode:
    """A part of a return on experience: a metric, or another tree, on its way from a base to a target."""

    kind: Literal["experience", "employee", "outcome"] = key("What it is a node of.")
    metric: Identifier | None = key("The metric it is measured by.", refers="metric", default=None)
    rox: Identifier | None = key("Or the tree that it is the index of.", refers="rox", default=None)
    touchpoint: Identifier | None = key(
        "Where the metric is read; over the whole journey by default.", refers="touchpoint", default=None
    )
    weight: float = key("How much it counts beside the other nodes.", above=0, default=1.0)
    base: float = key("The value that counts as 0.", default=0.0)
    target: float = key("The value that counts as 1; it may be smaller than the base.", default=1.0)
    grade: Literal["assumed", "correlational", "experimental"] = key(
        "How well it is backed that this node brings the return.", default="assumed"
    )


@attrs.frozen(kw_only=True)
class RoxTable:
    """Return on experience: how far customers, employees and outcomes have come, by a tree of your own."""

    id: Name = key("Name for references.")
    name: str = key("What people call it.")
    about: str = key("Why these nodes and these weights.", default="")
    nodes: tuple[RoxNode, ...] = key("What it is made of.")
    attributed: Estimate | None = key(
        "Value that is put down to the experience: `[low, likely, high]` or one number.", default=None
    )
    investment: float | None = key("What it cost, in the same currency.", above=0, default=None)


# --- drivers ---------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Outcome:
    """What drivers are held against: loyalty, satisfaction as a whole, retention, revenue, returns."""

    signal: Identifier = key("The signal that tells the outcome.", refers="signal")
    touchpoint: Identifier = key(
        "Where it is answered.", refers="touchpoint", also=("journey",), default=Identifier("journey")
    )
    name: str = key("What people call it; the signal's wording by default.", default="")


@attrs.frozen(kw_only=True)
class Driver:
    """A candidate: what may move the outcome."""

    signal: Identifier = key("The signal that tells it.", refers="signal")
    touchpoint: Identifier | None = key(
        "Where it is answered; without it, one driver for every touchpoint where the signal is.",
        refers="touchpoint",
        also=("journey",),
        default=None,
    )
    name: str = key("What people call it; the touchpoint's name by default.", default="")


@attrs.frozen(kw_only=True)
class DriverEdge:
    """What is known from elsewhere about how one driver moves the outcome."""

    signal: Identifier = key("The driver's signal.", refers="signal")
    touchpoint: Identifier = key(
        "The driver's touchpoint.", refers="touchpoint", also=("journey",), default=Identifier("journey")
    )
    effect: Estimate = key("Change of the outcome for one more point of the driver.")
    grade: Literal["assumed", "experimental"] = key("How it is known.")
    source: str = key("Who says so: the experiment, the study, the person who judged.")


@attrs.frozen(kw_only=True)
class FactorName:
    """The name of a factor: it goes to the factor that these drivers load on most."""

    name: str = key("What people call what these drivers have in common.")
    drivers: tuple[str, ...] = key("Ids of drivers, as the findings write them.")


@attrs.frozen(kw_only=True)
class FactorSettings:
    """Which few things lie behind many drivers."""

    number: int | None = key(
        "How many factors; as parallel analysis says by default.", minimum=1, default=None
    )
    extraction: Literal["minres", "ml"] = key(
        "How loadings are found: least squares of the residuals, or maximum likelihood.", default="minres"
    )
    rotation: Literal["none", "varimax", "promax", "oblimin"] = key(
        "How they are turned to be read; factors may correlate after promax and oblimin.", default="oblimin"
    )
    names: tuple[FactorName, ...] = key("Names for factors.", default=())


@attrs.frozen(kw_only=True)
class CrossHair:
    """Where the quadrants of importance and performance meet; at the mean of all drivers by default."""

    importance: float | None = key("Share of all importance.", minimum=0, maximum=1, default=None)
    performance: float | None = key(
        "From 0 (worst end of the scale) to 1 (best).", minimum=0, maximum=1, default=None
    )


@attrs.frozen(kw_only=True)
class DriverModel:
    """What goes with an outcome: candidate drivers held against it, over the same responses or customers.

    It tells what goes together, not what causes what. How to read it: docs/drivers.md.
    """

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    about: str = key("What is asked, and what is known about it.", default="")
    outcome: Outcome = key("What is to be explained.")
    drivers: tuple[Driver, ...] = key("What may explain it.")
    unit: Literal["response", "customer"] = key(
        "Whose values are held against one another: those of one response, or the means of one customer, over"
        " all sources.",
        default="response",
    )
    after: bool = key(
        "With customers: the outcome only counts from after their first answer about a driver.",
        default=False,
    )
    period: Literal["current", "all"] = key(
        "What counts: the project's present, or all evidence.", default="current"
    )
    segments: tuple[Identifier, ...] = key(
        "Segments that are looked at by themselves, too.", refers="segment", default=()
    )
    missing: Literal["pairwise", "listwise"] = key(
        "Where answers are missing: every pair of questions by those who answered both, or only those who"
        " answered everything.",
        default="pairwise",
    )
    method: Literal["lmg", "johnson"] = key(
        "How the explained variance is divided among drivers: mean gain over all orders (LMG, Shapley), or"
        " Johnson's relative weights.",
        default="lmg",
    )
    rows_per_driver: float = key(
        "Refuses to conclude from fewer responses for each driver.", minimum=2, default=15
    )
    leakage: float = key(
        "A driver that correlates this much with the outcome is taken for the outcome in other words.",
        above=0,
        maximum=1,
        default=0.85,
    )
    cross: CrossHair = key("Where quadrants meet.", default=CrossHair())
    factors: FactorSettings | None = key("Looks for factors behind the drivers.", default=None)
    edges: tuple[DriverEdge, ...] = key("What is known from elsewhere, beside what is measured.", default=())
    sets_importance: bool = key(
        "Its importances take the place of those that touchpoints declare; at most one model says so.",
        default=False,
    )


@attrs.frozen(kw_only=True)
class ObservedJourneyTable:
    """Journeys as customers really went, from an event log: each of its events is an answer at a touchpoint.

    The mapping of the log names the case as `response_id` with `repeats = "all"`, and maps its activities to
    touchpoints in `long`. How to read what comes of it: docs/observed-journeys.md.
    """

    id: Identifier = key("Name for references.")
    source: Identifier = key("The event log.", refers="source")
    signal: Identifier = key(
        "The signal that events carry, best their number in the case: it orders events of the same time.",
        refers="signal",
    )
    about: str = key("What is observed, and what the log does not hold.", default="")


# --- rules -----------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Proposal:
    """An initiative that a rule proposes where it fires. Texts are templates: `{touchpoint.name}`."""

    name: str = key("Title of the initiative.")
    about: str = key("What would be done.", default="")
    metric: Identifier | None = key("The metric it should move.", refers="metric", default=None)
    change: Estimate | None = key("By how much, in the metric's unit.", default=None)
    effort: Estimate = key("Effort in person-weeks: `[low, likely, high]` or one number.", minimum=0)
    cost: float = key("Cost besides people, in the project's currency.", minimum=0, default=0.0)
    complexity: int = key("From 1 (simple) to 5 (touches everything).", minimum=1, maximum=5, default=2)
    team: Identifier | None = key("Who does it; the area's team by default.", refers="team", default=None)
    owner: str = key("Who answers for it.", default="")
    tags: tuple[str, ...] = key("Free labels.", default=())


@attrs.frozen(kw_only=True)
class Rule:
    """When a condition holds about a subject, facts about it are derived. Rules have no order."""

    id: Identifier = key("Name for references.")
    about: Literal["response", "project", "touchpoint", "cell", "initiative"] = key(
        "What the rule is about: each response (where the evidence is), the project as a whole, a"
        " touchpoint, a cell (touchpoint and segment), or an initiative."
    )
    when: Expression = key("CEL condition over the subject's facts.")
    derive: Mapping[Name, Expression] = key("Facts to derive: name to CEL formula.", default=NOTHING)
    tag: tuple[str, ...] = key(
        "Labels for the subject; a tag of a response is an attribute, true where any rule gives it.",
        default=(),
    )
    exclude: bool = key(
        "Keeps an initiative off the roadmap, or a response out of all metrics.", default=False
    )
    require: bool = key("Puts an initiative on the roadmap before all others.", default=False)
    propose: Proposal | None = key("An initiative to propose for the touchpoint.", default=None)
    because: str = key(
        "The reason, told to people; a template such as `NPS is {metrics.nps.value}`. About responses it"
        " names parameters only.",
        default="",
    )


@attrs.frozen(kw_only=True)
class DecisionTable:
    """A decision as rows: where a row's cells hold, its outputs are derived. It is a rule in another form.

    A row is a table with a key for each column: inputs, outputs and, if you like, `because`. A cell of an
    input is CEL over the input, which is called `_`: `"_ >= 20 && _ < 40"`. The first `_` may be left out
    before an operator (`"< 20"`, `'in ["web", "app"]'`), a value stands for equality (`20`, `'"web"'`), and a
    cell that is left out, or `"-"`, takes anything. A cell of an output is a value or a CEL formula.
    """

    id: Identifier = key("Name for references; rules and tables have different names.")
    about: Literal["project", "touchpoint", "cell", "initiative"] = key("What the table is about.")
    inputs: Mapping[Name, Expression] = key("Columns that are asked: name to CEL formula.")
    outputs: tuple[Name, ...] = key("Columns that are answered: facts to derive.")
    hit: Literal["unique", "first", "priority", "any", "collect"] = key(
        "Which rows count: the only one that holds, the first, the one whose first output comes first in"
        " `priority`, any of several that agree, or all of them, collected.",
        default="unique",
    )
    collect: Literal["sum", "min", "max", "count"] | None = key(
        'What is made of all rows that hold; with `hit = "collect"`.', default=None
    )
    priority: tuple[Scalar, ...] = key(
        'Values of the first output, the most important first; with `hit = "priority"`.', default=()
    )
    rows: tuple[Mapping[Name, Scalar], ...] = key("The rows, in any order unless the first one counts.")
    default: Mapping[Name, Scalar] = key("Outputs where no row holds.", default=NOTHING)
    because: str = key(
        "The reason, told to people; by default the reason of the row, or what made it hold.", default=""
    )


# --- planning --------------------------------------------------------------------------------------


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
    deliver: float = key("Share to build, pilot and roll it out.", minimum=0, maximum=1, default=0.5)


@attrs.frozen(kw_only=True)
class InitiativeTable:
    """A change that one can fund."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    public_name: str = key("What customers are told; the name by default.", default="")
    about: str = key("What will be done.", default="")
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
    owner: str = key("Who answers for it.", default="")
    requires: tuple[Identifier, ...] = key(
        "Initiatives that must be finished before this one starts.", refers="initiative", default=()
    )
    earliest: dt.date | None = key("It cannot start before this day.", default=None)
    deadline: dt.date | None = key("It must be finished by this day.", default=None)
    phases: Phases = key("How its effort is divided.", default=Phases())
    public: bool = key("Whether the customer-facing roadmap shows it.", default=True)
    segments: tuple[Identifier, ...] = key("Segments it serves; empty for all.", refers="segment", default=())
    success: str = key("Success criterion; derived from KPI, baseline and target by default.", default="")
    tags: tuple[str, ...] = key("Free labels that rules may read.", default=())


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


@attrs.frozen(kw_only=True)
class Team:
    """People who do the work."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    capacity: float = key("Person-weeks of work a week.", minimum=0)
    focus: int = key("Initiatives that it works on at the same time, at most.", minimum=1, default=2)


@attrs.frozen(kw_only=True)
class Milestone:
    """A date to be met: reached when its initiatives are finished."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    requires: tuple[Identifier, ...] = key("The initiatives it waits for.", refers="initiative")
    due: dt.date | None = key("When it is wanted.", default=None)


@attrs.frozen(kw_only=True)
class RoadmapSettings:
    """How the roadmap is made."""

    start: dt.date = key("First day; the week that holds it is week 1.")
    weeks: int = key(
        "Length of the plan; what does not fit is listed as later.", minimum=1, maximum=1040, default=52
    )
    short_term_weeks: int = key("Items that finish within these weeks are short term.", minimum=0, default=13)
    score: Expression = key(
        "CEL formula over an initiative's facts; the highest score goes first.",
        default=Expression("impact.likely / effort.likely"),
    )
    quick_win_impact: float = key("An initiative with at least this impact may be a quick win.", default=1.0)
    quick_win_effort: float = key("A quick win takes at most these person-weeks.", minimum=0, default=4.0)
    group: str = key("The grouping plugin.", default="area")
    vision: str = key("Where this leads.", default="")
    goals: tuple[str, ...] = key("What shall be reached, measurably.", default=())
    currency: str = key("Currency of costs.", default="EUR")


@attrs.frozen(kw_only=True)
class ExportTable:
    """An artefact that a run writes."""

    id: Identifier = key("Name for references.")
    use: str = key('The plugin that writes it: "json", "markdown", "csv", "mermaid", "html".')
    options: Mapping[str, Any] = key("Options of the plugin.", default=NOTHING)


# --- the whole -------------------------------------------------------------------------------------


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
    observed_journeys: tuple[ObservedJourneyTable, ...] = key(
        "Journeys as customers really went.", toml="observed_journey", default=()
    )
    rules: tuple[Rule, ...] = key("What follows from what.", toml="rule", default=())
    tables: tuple[DecisionTable, ...] = key("Decisions as rows.", toml="table", default=())
    initiatives: tuple[InitiativeTable, ...] = key("Changes one can fund.", toml="initiative", default=())
    areas: tuple[Area, ...] = key("Groups of initiatives.", toml="area", default=())
    teams: tuple[Team, ...] = key("Who does the work.", toml="team", default=())
    milestones: tuple[Milestone, ...] = key("Dates to be met.", toml="milestone", default=())
    exports: tuple[ExportTable, ...] = key("Artefacts to write.", toml="export", default=())
