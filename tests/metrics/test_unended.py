"""Durations without `open_until` leave open cases out of metrics that count them: that is told."""

from __future__ import annotations

import pytest

from cxengine import Engine

TOML = """
[project]
id = "desk"
name = "Desk"

[engine]
{state}

[privacy]
minimum_n = 1

[[stage]]
id = "help"
name = "I get help"

[[touchpoint]]
id = "desk"
name = "Desk"
stage = "help"

[[signal]]
id = "resolving"
wording = "Hours until it was resolved"
direction = "lower_is_better"
unit = "hours"

[[metric]]
id = "typical"
use = "{use}"
signal = "resolving"

[[source]]
id = "tickets"
kind = "ticket"
options = {{ path = "tickets-*.csv" }}

[source.mapping]
response_id = "id"
occurred_at = "opened"
{mapping}
{more}

[source.mapping.durations.lasted]
start = "opened"
end = "closed"
{until}
"""
WIDE = 'signals = [{ signal = "resolving", columns = { lasted = "desk" } }]'
HEAD = "id,opened,closed\n"
CLOSED = "".join(f"c{i},2024-01-0{i},2024-01-0{i + 1}\n" for i in range(1, 5))
OPEN = "o1,2024-01-01,\no2,2024-01-02, \no3,2024-01-03,\n,2024-01-03,\n,,\n"


@pytest.fixture
def told(tmp_path):
    """`told(until)`: what a run says of rows that have not ended; those without an id are no rows."""

    def of(
        until="", *, use="resolution_time", more="", state="", files=(CLOSED, OPEN), mapping=WIDE, head=HEAD
    ):
        text = TOML.format(until=until, use=use, more=more, state=state, mapping=mapping)
        (tmp_path / "cxengine.toml").write_text(text, encoding="utf-8")
        for number, rows in enumerate(files):
            (tmp_path / f"tickets-{number}.csv").write_text(head + rows, encoding="utf-8")
        return [found for found in Engine().run(tmp_path).warnings if found.code in ("CX272", "CX534")]

    return of


def test_what_has_not_ended_and_is_left_out_is_told_with_its_number(told):
    (found,) = told()
    assert found.message == (
        "tickets: 3 of 7 rows began and have not ended; lasted leaves them out, so that typical misses slow cases."
    )
    assert found.severity == "warning"
    assert found.location.line == TOML.splitlines().index("[source.mapping.durations.lasted]") + 1
    assert "`open_until`" in found.hint


@pytest.mark.parametrize("until", ["open_until = 2024-01-31", "open_until = 2024-01-31T00:00:00"])
def test_nothing_is_left_out_with_open_until(told, until):
    assert told(until) == []


def test_nothing_is_told_where_all_have_ended(told):
    assert told(files=(CLOSED,)) == []


def test_other_metrics_of_a_time_are_of_what_has_ended(told):
    assert told(use="mean") == []


OTHER = """[[signal]]
id = "waiting"
wording = "Hours until somebody answered"
direction = "lower_is_better"
unit = "hours"
"""


@pytest.mark.parametrize(
    ("signal", "told_of"),
    [('"kind"', True), ('{ value = "resolving" }', True), ('{ value = "waiting" }', False)],
)
def test_a_file_with_a_value_a_row_may_name_any_signal(told, signal, told_of):
    rows = "r1,2024-01-01,2024-01-03,resolving\nw1,2024-01-02,2024-01-03,waiting\nw2,2024-01-02,,waiting\n"
    mapping = f'long = {{ value = "lasted", signal = {signal}, touchpoint = {{ value = "desk" }} }}'
    found = told(f"\n{OTHER}", files=(rows,), mapping=mapping, head="id,opened,closed,kind\n")
    assert [one.message.partition(";")[0] for one in found] == (
        ["tickets: 1 of 3 rows began and have not ended"] if told_of else []
    )


def test_versions_that_later_ones_supersede_do_not_count(told):
    closed_later = "o1,2024-01-01,\no2,2024-01-01,\no1,2024-01-01,2024-01-05\n"
    (found,) = told(more='repeats = "last"', files=(CLOSED, closed_later))
    assert found.message.startswith("tickets: 1 of 6 rows")


def test_what_is_kept_tells_the_same(told):
    whole = told()
    for _ in range(2):
        assert told(state='state = "kept"') == whole
    (more,) = told(state='state = "kept"', files=(CLOSED, OPEN, "p1,2024-01-09,\n"))
    assert more.message.startswith("tickets: 4 of 8 rows")


UNTIL = "open_until = 2024-01-31"


@pytest.mark.parametrize("use", ["mean", "sales"])
def test_a_metric_that_leaves_out_what_is_open_says_so(told, use):
    (found,) = told(UNTIL, use=use)
    assert (found.code, found.severity) == ("CX534", "note")
    assert found.message == (
        "typical knows only what has ended: what tickets tells to be open is left out, which takes longest."
    )
    assert found.location.line == TOML.splitlines().index("[[metric]]") + 1


@pytest.mark.parametrize("use", ["resolution_time", "response_time"])
def test_one_that_counts_it_says_nothing(told, use):
    assert told(UNTIL, use=use) == []


@pytest.mark.parametrize(("value", "said"), [("resolving", True), ("waiting", False)])
def test_it_is_said_of_the_signal_that_the_column_fills(told, value, said):
    rows = "r1,2024-01-01,2024-01-03,resolving\nw1,2024-01-02,,waiting\n"
    mapping = (
        f'long = {{ value = "lasted", signal = {{ value = "{value}" }}, touchpoint = {{ value = "desk" }} }}'
    )
    found = told(
        f"{UNTIL}\n{OTHER}", use="mean", files=(rows,), mapping=mapping, head="id,opened,closed,kind\n"
    )
    assert bool(found) is said


def test_a_column_that_says_what_has_not_ended_is_one_too(told):
    rows = "".join(f"r{i},2024-01-01,2024-01-0{i},{i},{'no' if i % 2 else 'yes'}\n" for i in range(2, 9))
    mapping = (
        'signals = [{ signal = "resolving", columns = { took = "desk" } }]\ncensored = { took = "open" }'
    )
    (found,) = told(use="mean", files=(rows,), mapping=mapping, head="id,opened,closed,took,open\n")
    assert found.code == "CX534"
