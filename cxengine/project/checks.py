"""What must hold between the parts of a project: references, cycles, contradictions.

Every check takes the project as far as it could be read and yields what is wrong with it. Journey
graph, expressions and plans are checked by their own rooms.
"""

from __future__ import annotations

import re
import zoneinfo
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, get_args, get_origin

import attrs

from cxengine.diagnostics import Diagnostic, closest
from cxengine.project import model
from cxengine.project.dates import check_dates
from cxengine.project.opening import read_opening
from cxengine.project.origins import Origins
from cxengine.project.scanner import Path as TomlPath
from cxengine.project.tables import tables, without_none
from cxengine.project.trees import check_trees

RESERVED_IDS = frozenset({"all", "journey"})
"""Names of subjects that exist in every project."""

_ROUNDED_SHARES = 1e-3
"""Shares as people print them add up to 1 but for this."""

_SIZE = re.compile(r"(?=.*[1-9])[0-9]+(\.[0-9]+)?\s*[KMGT]i?B", re.IGNORECASE)
"""A positive number of bytes, as DuckDB reads it."""

_SUBJECTS = ("stage", "touchpoint", "segment")


@attrs.frozen
class Parts:
    """What could be read of a project, by path, and every id that was declared, by table."""

    raw: Mapping[TomlPath, Any]
    values: Mapping[TomlPath, Any]
    """Those of the raw values that have the right form."""
    ids: Mapping[str, frozenset[str]]
    origins: Origins

    def of(self, table: str) -> dict[str | int, Any]:
        """The elements of an array of tables by key."""
        return {path[1]: value for path, value in self.values.items() if path[0] == table and len(path) > 1}

    def each(self, kind: type[Any]) -> Sequence[tuple[TomlPath, Any]]:
        """Every value of a class, however deep, with its path."""
        return self._by_class.get(kind, ())

    @cached_property
    def _by_class(self) -> dict[type[Any], list[tuple[TomlPath, Any]]]:
        found: dict[type[Any], list[tuple[TomlPath, Any]]] = defaultdict(list)
        for start, value in self.values.items():
            for path, inner in _instances(value, start):
                found[type(inner)].append((path, inner))
        return found


def check(parts: Parts) -> Iterator[Diagnostic]:
    """Everything that is wrong."""
    for one in CHECKS:
        yield from one(parts)


def _instances(value: Any, path: TomlPath) -> Iterator[tuple[TomlPath, Any]]:
    """Every instance of a class of the model in a value, itself included."""
    if attrs.has(type(value)):
        yield path, value
        for field in attrs.fields(type(value)):
            yield from _instances(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _instances(item, (*path, index))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _instances(item, (*path, key))


# --- references ------------------------------------------------------------------------------------


def _reserved(parts: Parts) -> Iterator[Diagnostic]:
    for table in _SUBJECTS:
        for name in sorted(RESERVED_IDS & parts.ids[table]):
            message = f'No {table} can be called "{name}": the word stands for the whole.'
            yield Diagnostic("CX115", message, parts.origins.locate((table, name, "id")))


def _references(parts: Parts) -> Iterator[Diagnostic]:
    """Asked of the raw values, so that an element with another error still has its references checked."""
    for start, raw in parts.raw.items():
        for path, field, name in _named(raw, tables()[str(start[0])].type, start):
            refers, also = field.metadata["refers"], field.metadata.get("also", ())
            if name not in parts.ids[refers] and name not in also:
                known = (*parts.ids[refers], *also)
                meant = closest(name, known)
                hint = f'Did you mean "{meant}"?' if meant else _listed(refers, known)
                place = parts.origins.locate(path)
                yield Diagnostic("CX180", f'There is no {refers} "{name}".', place, hint)


def _listed(table: str, names: tuple[str, ...]) -> str:
    if not names:
        return f"The project declares none; [[{table}]] declares one."
    shown = sorted(names)
    return f"There are: {', '.join(shown[:8])}{', ...' if len(shown) > 8 else ''}."


def _named(raw: Any, kind: Any, path: TomlPath) -> Iterator[tuple[TomlPath, attrs.Attribute[Any], str]]:
    """Every id that a raw value of a class names, with its path and the field that says what it refers to."""
    if not (attrs.has(kind) and isinstance(raw, dict)):
        return
    attrs.resolve_types(kind)
    for field in attrs.fields(kind):
        value, at = raw.get(field.name), (*path, field.name)
        if "refers" in field.metadata:
            column = model.ColumnValue in get_args(field.type)
            names = _fixed_names(value) if column else _names(value)
            yield from (((*at, *step), field, name) for step, name in names)
        elif isinstance(value, list) and get_origin(field.type) is tuple:
            for index, item in enumerate(value):
                yield from _named(item, get_args(field.type)[0], (*at, index))
        elif isinstance(value, dict) and get_origin(field.type) is Mapping:
            for name, item in value.items():
                yield from _named(item, get_args(field.type)[1], (*at, name))
        else:
            yield from _named(value, without_none(field.type), at)


def _names(value: Any) -> Iterator[tuple[TomlPath, str]]:
    """The ids in a text, a list of texts or a table of texts."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [((step,), name) for step, name in steps]
    yield from ((at, name) for at, name in [((), value), *inner] if isinstance(name, str))


def _fixed_names(value: Any) -> Iterator[tuple[TomlPath, str]]:
    """The ids where a column may stand instead: a fixed value, and what codes are recoded to."""
    if isinstance(value, dict):
        if isinstance(value.get("value"), str):
            yield ("value",), value["value"]
        yield from ((("recode", *at), name) for at, name in _names(value.get("recode")))
        yield from ((("otherwise", *at), name) for at, name in _names(value.get("otherwise")))


def _requires_cycle(parts: Parts) -> Iterator[Diagnostic]:
    initiatives = parts.of("initiative")
    needs = {key: [n for n in one.requires if n in initiatives] for key, one in initiatives.items()}
    while True:
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as error:
            ring = list(reversed(error.args[1]))[:-1]
            first = min(range(len(ring)), key=lambda at: list(initiatives).index(ring[at]))
            ring = [*ring[first:], *ring[:first]]
            index = initiatives[ring[0]].requires.index(ring[1 % len(ring)])
            place = parts.origins.locate(("initiative", ring[0], "requires", index))
            way = " -> ".join(map(str, [*ring, ring[0]]))
            hint = "Take out one of these requirements."
            yield Diagnostic("CX181", f"Initiatives require each other: {way}.", place, hint)
            needs[ring[0]] = []
        else:
            return


# --- values that contradict one another ------------------------------------------------------------


def _scales(parts: Parts) -> Iterator[Diagnostic]:
    for path, scale in parts.each(model.Scale):
        if scale.min >= scale.max:
            message = f"A scale's `min` ({scale.min:g}) must be below its `max` ({scale.max:g})."
            yield Diagnostic("CX113", message, parts.origins.locate((*path, "max")))
        elif scale.step and abs((scale.max - scale.min) / scale.step % 1 - 0.5) < 0.5 - 1e-9:
            message = f"Steps of {scale.step:g} do not lead from {scale.min:g} to {scale.max:g}."
            yield Diagnostic("CX113", message, parts.origins.locate((*path, "step")))
    for path, signal in parts.each(model.Signal):
        if not signal.neutral:
            continue
        low, high = signal.neutral
        scale = signal.scale
        if low > high or (scale and not scale.min <= low <= high <= scale.max):
            message = "`neutral` must be [lowest, highest] within the scale."
            yield Diagnostic("CX113", message, parts.origins.locate((*path, "neutral")))


def _phases(parts: Parts) -> Iterator[Diagnostic]:
    for path, phases in parts.each(model.Phases):
        total = sum(attrs.astuple(phases))
        if abs(total - 1) > 1e-6:
            message = f"The shares of the phases add up to {total:g}, not to 1."
            hint = "Name all: discover, define, design and deliver; test and pilot where there are any."
            yield Diagnostic("CX113", message, parts.origins.locate(path), hint)


def _work(parts: Parts) -> Iterator[Diagnostic]:
    """Who does a share of an initiative: a team, or the team that has a skill; not more than all of it."""
    skills = {skill for _, team in parts.each(model.Team) for skill in team.skills}
    for path, part in parts.each(model.TeamWork):
        if (part.team is None) == (part.skill is None):
            message = "Either `team` or `skill` says who does this share."
            yield Diagnostic("CX113", message, parts.origins.locate(path))
        elif part.skill is not None and part.skill not in skills:
            meant = closest(part.skill, skills)
            known = f"Teams have: {', '.join(sorted(skills))}." if skills else "Give a team `skills`."
            hint = f'Did you mean "{meant}"?' if meant else known
            place = parts.origins.locate((*path, "skill"))
            yield Diagnostic("CX180", f'No team has the skill "{part.skill}".', place, hint)
    for path, initiative in parts.each(model.InitiativeTable):
        total = sum(part.share for part in initiative.work)
        if total > 1 + _ROUNDED_SHARES:
            message = f"Other teams do {total:g} of the effort, more than all of it."
            yield Diagnostic("CX113", message, parts.origins.locate((*path, "work")))


_TIMED = (model.ColumnValue, model.DurationColumns, model.Calendar, model.EvidenceSettings)


def _columns(parts: Parts) -> Iterator[Diagnostic]:
    for path, column in parts.each(model.ColumnValue):
        if (column.column is None) == (column.value is None):
            message = "Either `column` or `value` says where the value comes from."
            yield Diagnostic("CX113", message, parts.origins.locate(path))
    for path, timed in (each for kind in _TIMED for each in parts.each(kind)):
        if timed.timezone is not None and not _is_timezone(timed.timezone):
            meant = _timezone_like(timed.timezone)
            hint = f'Did you mean "{meant}"?' if meant else 'For example "Europe/Amsterdam".'
            place = parts.origins.locate((*path, "timezone"))
            yield Diagnostic("CX113", f'There is no time zone "{timed.timezone}".', place, hint)


_OF_THE_MACHINE = frozenset({"localtime", "posixrules", "Factory"})
"""Names that mean another time zone on every machine, or none."""


def _timezone_like(name: str) -> str | None:
    """A time zone that is written almost so, or that of the city."""
    known = sorted(zoneinfo.available_timezones() - _OF_THE_MACHINE)
    city = name.strip().replace(" ", "_").casefold()
    return closest(name, known) or next(
        (one for one in known if one.casefold().rpartition("/")[2] == city), None
    )


def _is_timezone(name: str) -> bool:
    if name in _OF_THE_MACHINE or name.startswith(("posix/", "right/")):
        return False
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _memory(parts: Parts) -> Iterator[Diagnostic]:
    for path, engine in parts.each(model.EngineSettings):
        if engine.memory is not None and not _SIZE.fullmatch(engine.memory.strip()):
            message = f'"{engine.memory}" is no amount of memory.'
            hint = 'A number with its unit: "500MB", "2GB", "1.5 GiB".'
            yield Diagnostic("CX113", message, parts.origins.locate((*path, "memory")), hint)


def _calendars(parts: Parts) -> Iterator[Diagnostic]:
    for path, calendar in parts.each(model.Calendar):
        if not calendar.open:
            yield Diagnostic(
                "CX113", "A calendar needs opening hours.", parts.origins.locate((*path, "open"))
            )
        for index, text in enumerate(calendar.open):
            try:
                read_opening(text)
            except ValueError as error:
                place = parts.origins.locate((*path, "open", index))
                yield Diagnostic("CX113", f'"{text}" {error}.', place)
    for path, duration in parts.each(model.DurationColumns):
        if duration.calendar and duration.unit == "days":
            place = parts.origins.locate((*path, "unit"))
            message = "Business hours are not counted in days: no day has 24 of them."
            yield Diagnostic("CX113", message, place, 'Write `unit = "hours"`.')


def _by_channel(parts: Parts) -> Iterator[Diagnostic]:
    for path, evidence in parts.each(model.EvidenceSettings):
        if "channel" in evidence.by and not parts.ids["channel"]:
            message = "There are no channels to measure by."
            place = parts.origins.locate((*path, "by"))
            yield Diagnostic("CX113", message, place, "Declare each with [[channel]].")


def _weighting(parts: Parts) -> Iterator[Diagnostic]:
    """Margins are distributions, of different attributes; weighting needs one."""
    for path, settings in parts.each(model.WeightingSettings):
        if not settings.margins:
            hint = "Say what is known of the population with [[weighting.margins]], or leave [weighting] out."
            message = "Nothing is weighted: there are no margins."
            yield Diagnostic("CX113", message, parts.origins.locate(path), hint, severity="warning")
    seen: set[str] = set()
    for path, margin in parts.each(model.Margin):
        total = sum(margin.shares.values())
        if margin.attribute in seen:
            message = f'There are two margins of the attribute "{margin.attribute}".'
            place = parts.origins.locate((*path, "attribute"))
            yield Diagnostic("CX113", message, place, "Keep one of them.")
        elif any(share <= 0 for share in margin.shares.values()):
            wrong = next(name for name, share in margin.shares.items() if share <= 0)
            message = f'The share of "{wrong}" must be greater than 0.'
            place = parts.origins.locate((*path, "shares", wrong))
            hint = "Leave out who is not in the population, with a rule that excludes responses."
            yield Diagnostic("CX113", message, place, hint)
        elif abs(total - 1) > _ROUNDED_SHARES:
            message = f'The shares of "{margin.attribute}" add up to {total:.6g}, not to 1.'
            place = parts.origins.locate((*path, "shares"))
            yield Diagnostic("CX113", message, place, "Give the share of every value, as parts of 1.")
        seen.add(margin.attribute)


def _targets(parts: Parts) -> Iterator[Diagnostic]:
    """A touchpoint says once where a metric should be."""
    for path, touchpoint in parts.each(model.Touchpoint):
        metrics = [target.metric for target in touchpoint.targets]
        for index, metric in enumerate(metrics):
            if metric in metrics[:index]:
                message = f'{touchpoint.id} has two targets of the metric "{metric}".'
                place = parts.origins.locate((*path, "targets", index))
                yield Diagnostic("CX113", message, place, "Keep one of them.")


def _attribute_types(parts: Parts) -> Iterator[Diagnostic]:
    """An attribute means the same in every source."""
    first: dict[str, tuple[str, TomlPath]] = {}
    for path, source in parts.each(model.SourceTable):
        for name, column in source.mapping.attributes.items():
            kind = column.type if isinstance(column, model.ColumnValue) else "text"
            at = (*path, "mapping", "attributes", name)
            known, where = first.setdefault(name, (kind, at))
            if known != kind:
                place = parts.origins.locate(where)
                message = f"The attribute `{name}` is {kind} here, but {known} at {place}."
                yield Diagnostic("CX182", message, parts.origins.locate(at))


def _driver_models(parts: Parts) -> Iterator[Diagnostic]:
    """An outcome is not its own driver, times are of customers, and importance comes from one model."""
    models: dict[str | int, model.DriverModel] = parts.of("driver_model")
    for key, one in models.items():
        path: TomlPath = ("driver_model", key)
        outcome = (one.outcome.signal, one.outcome.touchpoint)
        for index, driver in enumerate(one.drivers):
            if (driver.signal, driver.touchpoint) == outcome:
                message = f"The outcome of {key}, {outcome[0]} at {outcome[1]}, is among its drivers."
                yield Diagnostic("CX184", message, parts.origins.locate((*path, "drivers", index)))
        if one.after and one.unit != "customer":
            message = "Only answers of customers come after one another: `after` needs `unit`."
            place = parts.origins.locate((*path, "after"))
            yield Diagnostic("CX113", message, place, 'Say unit = "customer".')
    setting = [key for key, one in models.items() if one.sets_importance]
    for key in setting[1:]:
        message = f"The driver model {setting[0]} sets the importance of touchpoints already."
        yield Diagnostic("CX184", message, parts.origins.locate(("driver_model", key, "sets_importance")))


def _observed_journeys(parts: Parts) -> Iterator[Diagnostic]:
    """The log of an observed journey says which events are of one case, and at which touchpoint each is."""
    sources: dict[str | int, model.SourceTable] = parts.of("source")
    for key, one in parts.of("observed_journey").items():
        mapping = sources[one.source].mapping if one.source in sources else None
        if mapping is None:
            continue
        wanting = [
            wanted
            for wanted, there in (
                ("`response_id`, the column of the case", mapping.response_id is not None),
                ('`repeats = "all"`', mapping.repeats == "all"),
                ("`occurred_at`", mapping.occurred_at is not None),
                ("`long` with the column of the touchpoint", mapping.long is not None),
            )
            if not there
        ]
        if wanting:
            message = f"The events of {one.source} are no journeys: its mapping lacks {', '.join(wanting)}."
            place = parts.origins.locate(("observed_journey", key, "source"))
            yield Diagnostic("CX185", message, place, "See docs/observed-journeys.md.")


def _limits(parts: Parts) -> Iterator[Diagnostic]:
    """A limit limits something."""
    for path, quota in parts.each(model.Quota):
        if quota.least is None and quota.most is None:
            message = "A quota says `least`, or `most`, or both."
            yield Diagnostic("CX113", message, parts.origins.locate(path))
        elif quota.least is not None and quota.most is not None and quota.least > quota.most:
            message = f"No number is at least {quota.least} and at most {quota.most}."
            yield Diagnostic("CX113", message, parts.origins.locate((*path, "most")))
    for path, exclusion in parts.each(model.Exclusion):
        if 1 < (known := len(set(exclusion.initiatives))) <= exclusion.most:
            message = f"At most {exclusion.most} of {known} initiatives: that excludes none."
            yield Diagnostic("CX113", message, parts.origins.locate((*path, "most")))
    for path, one in (each for kind in (model.Exclusion, model.Bundle) for each in parts.each(kind)):
        if len(set(one.initiatives)) < 2:
            message = "It takes two initiatives at least."
            yield Diagnostic("CX113", message, parts.origins.locate((*path, "initiatives")))


CHECKS: tuple[Callable[[Parts], Iterator[Diagnostic]], ...] = (
    _reserved,
    _references,
    _requires_cycle,
    check_trees,
    _scales,
    _phases,
    check_dates,
    _work,
    _columns,
    _calendars,
    _memory,
    _by_channel,
    _weighting,
    _targets,
    _attribute_types,
    _driver_models,
    _observed_journeys,
    _limits,
)
