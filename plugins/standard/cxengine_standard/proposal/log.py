"""The proposal for an event log: its activities become touchpoints, its cases an observed journey."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.proposal.dates import written
from cxengine_standard.proposal.keys import several
from cxengine_standard.proposal.written import Names, note, text

if TYPE_CHECKING:
    from cxengine_standard.proposal.columns import Column, Table

TOUCHPOINTS = 20
"""How many activities become touchpoints, the commonest first."""
SHARE = 0.001
"""The share of events that an activity must have."""
CASE = r"case:concept:name|case([ _-]?id)?|session([ _-]?id)?|visit([ _-]?id)?|trace([ _-]?id)?|user[ _-]?id"
ACTIVITY = r"concept:name|activity|event([ _-]?(name|type))?|action|step"
TIME = r"time:timestamp|timestamp|(event[ _-]?)?(time|at)|date[ _-]?time|occurred[ _-]?at"


@attrs.frozen
class Keys:
    """Which columns say whose event it is, what happened, and when."""

    case: str
    activity: str
    timestamp: str

    @classmethod
    def of(cls, names: Sequence[str]) -> Keys | None:
        """Those of a log; None where the columns are not those of one."""
        found = [
            next((name for name in names if re.fullmatch(pattern, name.strip(), re.IGNORECASE)), None)
            for pattern in (CASE, ACTIVITY, TIME)
        ]
        case, activity, timestamp = found
        return cls(case, activity, timestamp) if case and activity and timestamp else None


def lines(name: str, path: str, keys: Keys, table: Table) -> Iterator[str]:
    """The whole."""
    columns = {column.name: column for column in table.columns}
    form = written(columns[keys.timestamp]) if keys.timestamp in columns else None
    activities = columns[keys.activity]
    places, others = _places(activities)
    yield from ["[[stage]] # DECIDE: the stages of the journey, in your customers' own words"]
    yield from ['id = "experience"', 'name = "My experience"', ""]
    yield "# DECIDE: which of these are touchpoints, in which order (the design), where cases start and end."
    for place, activity in places.items():
        yield from [
            "[[touchpoint]]",
            f"id = {text(place)}",
            f"name = {text(note(activity))}",
            'stage = "experience"',
            "",
        ]
    yield from ["[[signal]]", 'id = "step"', 'wording = "Which event of the case"', ""]
    source = Names().of(name)
    yield from ["[[source]]", f"id = {text(source)}", 'kind = "behaviour"', 'use = "event_log"', ""]
    yield from ["[source.options]", f"path = {text(path)}", f"case = {text(keys.case)}"]
    yield from [f"activity = {text(keys.activity)}", f"timestamp = {text(keys.timestamp)}"]
    if form is not None and form.form is not None:
        yield f"format = {text(form.form)}"
    if form is None or not form.offset:
        yield '# timezone = "Europe/Berlin" # DECIDE: that of times that name none; UTC by default'
    if form is not None:
        yield from several(keys.timestamp, form)
    yield from ["", "[source.mapping]", f"response_id = {text(keys.case)}"]
    yield 'repeats = "all" # the events of a case are parts of one response'
    if form is not None and form.form is not None:
        yield f"occurred_at = {{ column = {text(keys.timestamp)}, format = {text(form.form)} }}"
    else:
        yield f"occurred_at = {text(keys.timestamp)}"
    yield '# customer_id = "" # DECIDE: what names a customer, if anything does?'
    yield from ["", "[source.mapping.long]", 'value = "event_number"', 'signal = { value = "step" }', ""]
    yield from ["[source.mapping.long.touchpoint]", f"column = {text(keys.activity)}"]
    if others:
        yield f'otherwise = "journey" # DECIDE: {others} rarer activities are no steps of the journey'
    yield from ["", "[source.mapping.long.touchpoint.recode]"]
    yield from (f"{text(activity)} = {text(place)}" for place, activity in places.items())
    yield from [
        "",
        "[[observed_journey]]",
        'id = "as-observed"',
        f"source = {text(source)}",
        'signal = "step"',
        "",
    ]


def _places(activities: Column) -> tuple[dict[str, str], int]:
    """Touchpoints by id, and how many activities are none."""
    names = Names("-")
    least = SHARE * activities.filled
    common = [name for name, n in activities.texts.items() if n >= least][:TOUCHPOINTS]
    return {names.of(name): name for name in common}, len(activities.texts) - len(common)
