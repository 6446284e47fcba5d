"""What every response of a table has: what names it, its customer, its weight, its date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cxengine_standard.proposal.dates import Written
from cxengine_standard.proposal.meaning import Meant
from cxengine_standard.proposal.written import note, text

WHEN = (
    *(r"recorded|erfasst", r"submi|complet|finish|\bend|abgegeben|abgeschlossen|beendet"),
    *(
        r"^(date|datum|fecha|data)$|\b(day|tag)\b",
        r"creat|open|receiv|start|order|erstell|eingang|bestell|begin",
    ),
    r".",
)
"""Which date is that of the response, the likeliest first."""


def keys(meant: Sequence[Meant]) -> Iterator[str]:
    """Lines that name the response, the customer, the weight and the date."""
    response = next((m for m in meant if m.kind == "response"), None)
    customer = next((m for m in meant if m.kind == "customer"), None)
    weight = next((m for m in meant if m.kind == "weight"), None)
    if response is not None:
        yield f"response_id = {text(response.column.name)}"
        if not response.column.is_key:
            yield 'repeats = "last" # DECIDE: is a row a later state of the same, of which the last counts?'
    else:
        yield '# response_id = "" # DECIDE: what names a response; its row does, where nothing is said'
    if customer is not None:
        yield f"customer_id = {text(customer.column.name)} # DECIDE: does it name a customer?"
    else:
        yield (
            '# customer_id = "" # DECIDE: what names a customer? Where nothing is said, every response counts'
            " as another person"
        )
    if weight is not None:
        yield f"weight = {text(weight.column.name)} # DECIDE: is it the weight of the response?"
    yield from _when(meant)


def several(name: str, how: Written) -> Iterator[str]:
    """A comment on the dates of a column that are written in more than one way, if they are."""
    if not (ways := how.ways):
        return
    told = ", ".join(f'{way.rows:,} as {way.form or "ISO 8601"} ("{note(way.example)}")' for way in ways)
    yield f'# DECIDE: the dates in "{note(name)}" are written in {len(ways)} ways: {told}.'
    yield (
        f"# One is read, here the commonest; the other {sum(way.rows for way in ways[1:]):,} are set aside"
        " (CX230). To keep them, write all in one way in the file."
    )


def _when(meant: Sequence[Meant]) -> Iterator[str]:
    dates = [m for m in meant if m.kind == "date" and m.date]
    if not dates:
        yield '# occurred_at = "" # no column looks like a date: nothing is told of time'
        return
    chosen = next(m for pattern in WHEN for m in dates if m.column.says(pattern))
    assert chosen.date is not None
    form, name = chosen.date.form, text(chosen.column.name)
    if len(dates) > 1:
        yield f"# DECIDE: which date counts? {note(', '.join(m.column.name for m in dates))}"
    elif not any(chosen.column.says(pattern) for pattern in WHEN[:-1]):
        yield "# DECIDE: is this when it happened? It is the only date."
    yield from several(chosen.column.name, chosen.date)
    if chosen.date.other:
        yield f"# DECIDE: {form} or {chosen.date.other}? Both could be meant."
    if form is not None:
        yield f"occurred_at = {{ column = {name}, format = {text(form)} }}"
    else:
        yield f"occurred_at = {name}"
    if chosen.date.clock and not chosen.date.offset:
        yield '# DECIDE: in which time zone? UTC, or what `[evidence] timezone = "Europe/Berlin"` says'
