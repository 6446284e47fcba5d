"""The tables of evidence: signals, sources and their mappings, how it is weighted and kept private."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

import attrs

from cxengine.plugin.secret import Secret
from cxengine.project.model.key import (
    NOTHING,
    Direction,
    EngineName,
    Expression,
    Identifier,
    Name,
    Period,
    Scalar,
    key,
)


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
    timezone: str | None = key(
        "Time zone of times that name none; that of `[evidence]` by default.", default=None
    )
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
    unit: str | None = key("The unit of its amounts or durations.", default=None)


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
    timezone: str | None = key(
        "Time zone of the clocks, with its changes in spring and autumn; that of `[evidence]` by default.",
        default=None,
    )
    holidays: tuple[dt.date, ...] = key("Days on which nothing is open.", default=())
    about: str = key("Whose hours these are.", default="")


@attrs.frozen(kw_only=True)
class DurationColumns:
    """A new column: the time from one moment to another, such as from opening a ticket to its resolution.

    Where `open_until` is given, what had not ended by then counts as lasting at least until then: its value
    is marked as censored. Without it, a row that has not ended has no value. A date alone is midnight on the
    clocks of the time zone; between two dates every day has 24 hours, whatever the clocks did.
    """

    start: str = key("Column of the moment it began.")
    end: str = key("Column of the moment it ended.")
    unit: Literal["seconds", "minutes", "hours", "days"] = key("The unit of the value.", default="hours")
    format: str | None = key(
        "How both are written, in strptime's notation; ISO 8601 by default.", default=None
    )
    timezone: str | None = key(
        "Time zone of times that name none; that of `[evidence]` by default.", default=None
    )
    open_until: dt.datetime | dt.date | None = key(
        "When observation ended; a date is the whole of that day (of what began on a date alone: up to that"
        " date).",
        default=None,
    )
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
    about: str = key("Who was asked, and how.", default="")
    invited: int | None = key(
        "How many were asked, so that the report can tell the response rate: rows by those asked.",
        minimum=1,
        default=None,
    )
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
    timezone: str = key(
        "Whose clocks tell days, weeks, months, quarters and years apart, with their changes in spring and"
        ' autumn, such as "Europe/Berlin". Mappings and calendars that name no time zone are of this one.',
        default="UTC",
    )
    until: dt.date | None = key(
        "The last day that evidence can be of, by the same clocks: what names a later one, such as a mistyped"
        " year, is quarantined.",
        default=None,
    )
    current: Literal["latest", "all"] = key(
        "What counts as the present state: the latest period with answers, or all evidence.", default="all"
    )
    seasons: tuple[Literal["week", "year"], ...] | None = key(
        "What comes back every week or year and is no change; by default, what the evidence would show"
        " twice.",
        default=None,
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
        "Cells of fewer persons (customers where they are known, else responses) are suppressed in every"
        " output, and others that would give them away; what employees answered is never shown of fewer than"
        " five.",
        minimum=1,
        default=10,
    )
    dominance: float = key(
        "Cells of amounts that add up (revenue, usage) are suppressed, with others that would give them away,"
        " where one person holds more than this share of them; 0.85 is usual, 1 is never. It takes one more"
        " pass over those answers, sorted by person.",
        above=0,
        maximum=1,
        default=1.0,
    )
    caution_n: int = key(
        "What is worth fewer answers than this, with weights and clusters, carries a caution.",
        minimum=1,
        default=30,
    )
    key: Secret = key(
        "Where the secret is that pseudonymises customer ids. Where an environment variable is named and not"
        " set, each run makes a key of its own, and warns where it was declared.",
        default=Secret("env", "CXENGINE_KEY"),
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
