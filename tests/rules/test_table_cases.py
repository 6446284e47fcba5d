"""What cases cover of decision tables, and which mistakes in cells and answers they notice."""

import itertools

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.engine import Engine
from cxengine.rules.cases.coverage import coverage
from cxengine.rules.cases.mutants import mutants
from cxengine.rules.cases.mutation import mutate
from cxengine.rules.cases.table_mutants import _recompiled
from cxengine.rules.desk import Desk
from cxengine.rules.domain import Domain
from cxengine.rules.table_findings import counts_somewhere
from cxengine.rules.tables import made_row

from .test_table_properties import IDS, ROWS, Nowhere, analysed, facts, project, table

TABLE = """
[[table]]
id = "care"
about = "touchpoint"
inputs = { pain = "pain", truth = "moment_of_truth" }
outputs = ["care", "weeks"]
hit = "first"
rows = [
  { pain = "< 0.2", care = '"none"', weeks = 0 },
  { pain = ">= 0.2 && _ < 0.5", truth = true, care = '"soon"', weeks = 6 },
  { care = '"urgent"', weeks = "10.0 * pain", because = "It hurts (pain {pain})." },
]
"""

GIVEN = [
    (0.1999, True, "none", 0),
    (0.2, True, "soon", 6),
    (0.4999, True, "soon", 6),
    (0.5, True, "urgent", 5),
    (0.2, False, "urgent", 2),
]


def case(position, pain, truth, care, weeks):
    return (
        f'[[case]]\nid = "c{position}"\nabout = "touchpoint"\n'
        f"given = {{ pain = {pain}, moment_of_truth = {str(truth).lower()} }}\n"
        f'expect.derived = {{ care = "{care}", weeks = {weeks} }}\n'
    )


CASES = [case(position, *one) for position, one in enumerate(GIVEN)]


@pytest.fixture
def bench(cafe, tmp_path):
    def run(*cases, toml=TABLE):
        cafe(toml)
        (tmp_path / "cases").mkdir(exist_ok=True)
        (tmp_path / "cases" / "some.toml").write_text("\n".join(cases), encoding="utf-8")
        engine = Engine()
        return engine.bench(engine.load(tmp_path))

    return run


def where(found):
    at = found.location
    return at.line, at.source[at.column - 1 : at.end_column - 1], found.message


def test_cases_at_every_corner_leave_nothing(bench):
    prepared = bench(*CASES)
    trials = prepared.trials()
    assert [t.failures for t in trials] == [()] * len(CASES)
    covered, mutated = coverage(prepared, trials), mutate(prepared)
    assert (covered.missing, covered.seen) == ((), covered.outcomes)
    assert (mutated.survivors, mutated.killed) == ((), mutated.mutants)
    assert covered.outcomes == 3 * 2 + 2 * (1 + 2 + 1)
    assert mutated.mutants > 20


def test_what_no_case_reaches_is_told_at_its_line(bench):
    prepared = bench(CASES[0])
    found = [where(d) for d in coverage(prepared, prepared.trials()).missing]
    assert (9, '"< 0.2"', "In no case `pain < 0.2` is false.") in found
    assert (10, '">= 0.2 && _ < 0.5"', "In no case `pain >= 0.2` is true.") in found
    assert (10, "true", "In no case `truth == true` is false.") in found
    messages = [message for _, _, message in found]
    assert 'In no case row 2 of table "care" counts.' in messages
    assert 'In no case row 1 of table "care" is decided without counting.' in messages
    assert len(found) == len(set(found)) == coverage(prepared, prepared.trials()).outcomes - 6


@pytest.mark.parametrize(
    ("left_out", "expected"),
    [
        (0, (9, "0.2", "No case notices when `pain < 0.2` becomes `pain < 0.18`.")),
        (1, (10, ">= 0.2", "No case notices when `pain >= 0.2` becomes `pain > 0.2`.")),
        (2, (10, "0.5", "No case notices when `pain < 0.5` becomes `pain < 0.45`.")),
        (3, (10, "_ < 0.5", "No case notices when `pain < 0.5` becomes `pain <= 0.5`.")),
    ],
)
def test_a_mistake_that_no_case_notices_is_told_where_it_is_written(bench, left_out, expected):
    prepared = bench(*CASES[:left_out], *CASES[left_out + 1 :])
    assert expected in [where(d) for d in mutate(prepared).survivors]


def test_answers_are_mistaken_too(bench):
    unlooked = CASES[4].replace(", weeks = 2", "").replace('care = "urgent"', "")
    prepared = bench(*CASES[:3], unlooked.replace("expect.derived = {  }", 'expect.fired = ["care"]'))
    messages = [d.message for d in mutate(prepared).survivors]
    assert 'No case notices when `care = "urgent"` becomes `care = "not urgent"`.' in messages
    assert "No case notices when `weeks = 10.0 * pain` becomes `weeks = 10.0 / pain`." in messages
    assert not any('"none"' in message for message in messages)


def test_inputs_and_defaults_are_mistaken_too(bench):
    toml = """
[[table]]
id = "t"
about = "touchpoint"
inputs = { double = "pain * 2.0" }
outputs = ["x"]
rows = [{ double = "> 1.0", x = 1 }]
default = { x = 7 }
"""
    fine = '[[case]]\nid = "a"\nabout = "touchpoint"\ngiven.pain = 0.9\nexpect.fired = ["t"]\n'
    prepared = bench(fine, toml=toml)
    messages = [d.message for d in mutate(prepared).survivors]
    assert "No case notices when `pain * 2.0` becomes `pain / 2.0`." in messages
    assert "No case notices when `x = 7` becomes `x = 8.0`." in messages or any(
        "`x = 7" in m for m in messages
    )
    missing = [d.message for d in coverage(prepared, prepared.trials()).missing]
    assert 'In no case the default of table "t" answers.' in missing


STEPS = sorted(
    {
        n
        for limit in (0.25, 0.5, 0.75)
        for n in (limit, limit - 0.004, limit + 0.004, limit * 0.95, limit * 1.05)
    }
)
POINTS = [facts(*point) for point in itertools.product([0.0, *STEPS, 1.0], (True, False), IDS)]


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    st.lists(ROWS, min_size=2, max_size=3),
    st.sampled_from([{"hit": "unique"}, {"hit": "first"}, {"hit": "priority", "priority": (3, 1, 2)}]),
)
def test_only_mutants_that_cannot_matter_are_left_out(rows, policy):
    """A cell that is changed in vain: rows count as before at every point, or two of them now clash."""
    grid, _ = analysed(table(rows, **policy))
    domain = Domain(project(grid.table), "touchpoint", {})
    for index, row in enumerate(grid.rows):
        for name, cell in row.cells.items():
            for mutant in mutants(cell, frozenset()):
                changed = _recompiled(grid.cells[name], mutant)
                if changed is None:
                    continue
                cells = {**row.cells, name: changed}
                other = made_row(cells, row.outputs, None, grid.inputs, grid.environment)
                if not counts_somewhere(grid, index, other, domain, Desk(Nowhere())):
                    assert not _matters(grid, index, other) or _clashes(grid, index, other)


def _matters(grid, index, other):
    changed = attrs.evolve(grid, rows=(*grid.rows[:index], other, *grid.rows[index + 1 :]))
    before = grid.rows[index].when
    elsewhere = [point for point in POINTS if before.exact(point) is not other.when.exact(point)]
    return any(grid.counting(point) != changed.counting(point) for point in elsewhere)


def _clashes(grid, index, other):
    rows = [row for i, row in enumerate(grid.rows) if i != index]
    return any(
        other.when.exact(point) is True and any(row.when.exact(point) is True for row in rows)
        for point in POINTS
    )
