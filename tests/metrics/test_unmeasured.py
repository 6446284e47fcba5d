"""Metrics that are measured nowhere, or not everywhere: a note each, with the cause and a way out."""

from __future__ import annotations

import pytest

from cxengine.engine import Engine

MAP = """
[project]
id = "shop"
name = "Shop"

[privacy]
minimum_n = 5

[[stage]]
id = "only"
name = "Only"

[[touchpoint]]
id = "visit"
name = "Visit"
stage = "only"

[[touchpoint]]
id = "call"
name = "Call"
stage = "only"
"""
SATISFACTION = """
[[signal]]
id = "satisfaction"
wording = "How satisfied were you?"
scale = { min = 1, max = 5, step = 1 }

[[metric]]
id = "csat"
use = "csat_mean"
signal = "satisfaction"
"""
SURVEY = """
[[source]]
id = "survey"
options = { path = "survey.csv" }

[source.mapping]
response_id = "id"
occurred_at = "day"

[[source.mapping.signals]]
signal = "satisfaction"
columns = { visit = "visit", call = "call" }
"""
TICKETS = """
[[signal]]
id = "resolving"
wording = "Time until it was resolved"
unit = "hours"
direction = "lower_is_better"

[[metric]]
id = "slowest"
use = "resolution_time"
signal = "resolving"
options = { quantile = 0.9 }

[[source]]
id = "tickets"
kind = "ticket"
options = { path = "tickets.csv" }

[source.mapping]
response_id = "id"
occurred_at = "opened"
durations = { hours = { start = "opened", end = "closed", open_until = 2024-06-01 } }

[source.mapping.long]
value = "hours"
signal = { value = "resolving" }
touchpoint = { column = "place" }
"""


@pytest.fixture
def notes(tmp_path):
    """What a run of a project says of metrics without a value, and its files."""

    def run(text, least=5, **files):
        settings = MAP.replace("minimum_n = 5", f"minimum_n = {least}")
        (tmp_path / "cxengine.toml").write_text(settings + text, encoding="utf-8")
        for name, lines in files.items():
            (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        found = [one for one in Engine().run(tmp_path).warnings if one.code == "CX532"]
        assert all(one.severity == "note" and one.location.file.endswith("cxengine.toml") for one in found)
        return [(one.message, one.hint) for one in found]

    return run


def survey(visits, calls=(), day="2024-03-01"):
    head = "id,day,visit,call"
    return [
        head,
        *(f"v{i},{day},{v}," for i, v in enumerate(visits)),
        *(f"c{i},{day},,{v}" for i, v in enumerate(calls)),
    ]


def test_nothing_is_said_of_what_is_measured(notes):
    assert notes(SATISFACTION + SURVEY, survey=survey([1, 2, 3, 4, 5, 5])) == []


def test_of_a_signal_that_no_source_has(notes):
    other = (
        SATISFACTION + SURVEY + SATISFACTION.replace('"satisfaction"', '"ease"').replace('"csat"', '"ces"')
    )
    assert notes(other, survey=survey([1, 2, 3, 4, 5])) == [
        (
            "ces is measured nowhere: no source has answers to ease.",
            'Map a column to it: [[source.mapping.signals]] with `signal = "ease"`.',
        )
    ]


def test_of_a_signal_that_nobody_answered(notes):
    [(message, hint)] = notes(SATISFACTION + SURVEY, survey=survey([""] * 9))
    assert message == "csat is measured nowhere: there is no answer to satisfaction."
    assert "blank" in hint


def test_of_what_is_all_suppressed(notes):
    [(message, _)] = notes(SATISFACTION + SURVEY, survey=survey([1, 2, 3, 4]))
    assert message == (
        "csat is measured nowhere now: whatever were shown would tell of fewer than 5 people, by itself or"
        " beside the rest."
    )


def test_of_employees_the_number_is_the_one_that_holds_for_them(notes):
    of_employees = SURVEY.replace('id = "survey"', 'id = "survey"\nkind = "employee"')
    [(message, _)] = notes(SATISFACTION + of_employees, least=1, survey=survey([1, 2, 3, 4]))
    assert "would tell of fewer than 5 people" in message


def test_of_what_is_not_measured_any_more(notes):
    text = '[evidence]\nperiod = "month"\ncurrent = "latest"\n' + SATISFACTION + SURVEY + TICKETS
    tickets = ["id,opened,closed,place", *(f"t{i},2024-05-01,2024-05-0{2 + i},visit" for i in range(7))]
    [(message, hint)] = notes(text, survey=survey([1, 2, 3, 4, 5]), tickets=tickets)
    assert message.startswith("csat is measured nowhere now: no answer to satisfaction is of the period")
    assert 'current = "all"' in hint


def tickets(ended, still_open, place):
    return [
        *(f"{place}e{i},2024-05-01,2024-05-{2 + i:02},{place}" for i in range(ended)),
        *(f"{place}o{i},2024-05-{10 + i:02},,{place}" for i in range(still_open)),
    ]


def test_of_a_percentile_that_too_few_have_reached(notes):
    head = ["id,opened,closed,place"]
    nowhere = notes(TICKETS, tickets=head + tickets(6, 6, "visit"))
    assert [message for message, _ in nowhere] == [
        "slowest is measured nowhere, though there are answers: it needs 90% to have ended while they were watched."
    ]
    partly = notes(TICKETS, tickets=head + tickets(20, 0, "visit") + tickets(6, 6, "call"))
    wanted = "it needs 90% to have ended while they were watched."
    assert [message for message, _ in partly] == [
        f"slowest has no value at journey, call, though there are answers: {wanted}"
    ]


def test_of_a_percentile_that_too_few_have_reached_beside_a_small_segment(notes):
    text = TICKETS.replace("[source.mapping.long]", 'attributes = { kind = "kind" }\n\n[source.mapping.long]')
    text += '[[segment]]\nid = "story"\nname = "Story"\nwhen = "attributes.kind == \'story\'"\n'
    rows = [f"{i},2024-05-01,,visit,{'story' if i < 2 else 'bug'}" for i in range(30)]
    ((message, _),) = notes(text, tickets=["id,opened,closed,place,kind", *rows])
    assert message.startswith(
        "slowest is measured nowhere, though there are answers: it needs 90% to have ended"
    )


def test_of_two_periods_of_which_there_is_one(notes):
    text = """
[[signal]]
id = "spent"
wording = "Amount of a purchase"
about = "relationship"

[[metric]]
id = "nrr"
use = "net_revenue_retention"
signal = "spent"

[[source]]
id = "purchases"
options = { path = "purchases.csv" }

[source.mapping]
customer_id = "customer"
occurred_at = "day"

[[source.mapping.signals]]
signal = "spent"
columns = { amount = "journey" }
"""
    lines = ["customer,day,amount", *(f"c{i % 8},2024-0{1 + i % 6}-01,{i}" for i in range(60))]
    [(message, _)] = notes(text, purchases=lines)
    assert message == (
        "nrr is measured nowhere: there is no answer to spent, or none that it can use: it needs purchases of the"
        " last 365 days and of as many before, back to nine tenths of those."
    )


def test_the_terminal_shows_it_among_no_hidden_notes(cli, tmp_path):
    (tmp_path / "cxengine.toml").write_text(MAP + SATISFACTION, encoding="utf-8")
    code, out, _ = cli("run", tmp_path, "--out", tmp_path / "out")
    assert code == 0
    assert "CX532 note: csat is measured nowhere: no source has answers to satisfaction." in out
    assert "not shown here" not in out


def test_of_a_value_that_an_answer_makes_impossible_over_all_time_but_not_in_every_period(notes):
    text = """
    [[signal]]
    id = "paid"
    wording = "What was paid?"
    unit = "EUR"

    [[metric]]
    id = "inverse"
    use = "formula"
    signal = "paid"
    options = { components = { a = "sum(1.0 / value)" }, formula = "a / n", direction = "higher_is_better" }
    """ + SURVEY.replace('"satisfaction"', '"paid"')
    lines = [*survey([2.0] * 9), *(f"w{i},2024-06-01,{value}," for i, value in enumerate([0.0, *[4.0] * 8]))]
    [(message, hint)] = notes(text, survey=lines)
    assert message.startswith("inverse is measured nowhere, though there are answers: some of them add to")
    assert "value != 0.0" in hint
