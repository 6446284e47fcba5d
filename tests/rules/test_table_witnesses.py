"""What is claimed about rows of any sort of cell: the values that show it do, and chance finds nothing else."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.cel import CelError
from cxengine.project.model import DecisionTable, Identity, Project, Stage, Touchpoint
from cxengine.rules.compiler import readable
from cxengine.rules.desk import Desk
from cxengine.rules.domain import Domain
from cxengine.rules.table_findings import _Analysis, _columns, _gaps, _Steps
from cxengine.rules.tables import compile_grid

from .test_table_properties import IDS, Nowhere

NUMBERS = [
    "-",
    "< 0.25",
    "<= 0.25",
    "> 0.5",
    "== 0.25",
    "!= 0.5",
    ">= -0.5 && _ < 0.25",
    "!(_ < 0.5)",
    "in [0.25, 0.5]",
]
NUMBERS += ["< params.floor", "params.floor", "0.5 > _", "> 1e-300"]
NOT_FOLLOWED = ["> importance", "_ * 2.0 > 1.0", "math.abs(_) > 0.3", "_ > 0.2 ? true : false"]
TEXTS = [
    "-",
    '"x"',
    '!= "x"',
    'in ["x", "y"]',
    '!(_ in ["x", "z"])',
    '< "y"',
    "params.brand",
    '_.startsWith("x")',
]
ROWS = st.fixed_dictionaries(
    {
        "emotion": st.sampled_from([*NUMBERS, *NOT_FOLLOWED]),
        "actor": st.sampled_from(TEXTS),
        "truth": st.sampled_from(["-", True, False, "_", "!_"]),
        "id": st.sampled_from(["-", '"a"', '!= "b"', 'in ["b", "c"]']),
        "out": st.integers(1, 3),
    }
)
INPUTS = {
    "emotion": "emotion",
    "actor": "touchpoint.actor",
    "truth": "moment_of_truth",
    "id": "touchpoint.id",
}
PARAMS = {"floor": 0.3, "brand": "north"}


def facts(emotion, actor, truth, id_, importance=0.4):
    place = {"id": id_, "actor": actor}
    known = {"emotion": emotion, "touchpoint": place, "moment_of_truth": truth}
    return {**known, "importance": importance, "params": PARAMS}


POINTS = [
    facts(*point)
    for point in itertools.product(
        (-1.0, -0.5, 0.0, 1e-300, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0),
        ("", "x", "y", "z", "north"),
        (True, False),
        IDS,
    )
]


def analysed(rows):
    table = DecisionTable(id="t", about="touchpoint", inputs=INPUTS, outputs=("out",), rows=tuple(rows))
    whole = Project(
        project=Identity(id="p", name="P"),
        params=PARAMS,
        stages=(Stage(id="s", name="S"),),
        touchpoints=tuple(Touchpoint(id=i, name=i, stage="s") for i in IDS),
        tables=(table,),
    )
    desk = Desk(Nowhere())
    grid = compile_grid(table, readable(whole, "touchpoint", {}), desk)
    assert grid is not None
    return grid, _Analysis(grid, _columns(grid, Domain(whole, "touchpoint", {})), desk)


def holds(row, known):
    try:
        return row.when.exact(known) is True
    except CelError:
        return False


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_what_is_claimed_is_so(rows):
    grid, analysis = analysed(rows)

    def witness(region):
        return facts(*(c.sample(parts) for c, parts in zip(analysis.columns, region, strict=True)))

    numbers = range(len(rows))
    largest = [found for i in numbers if (found := analysis.region(i, largest=True))]
    everything = tuple(column.everything for column in analysis.columns)
    for gap in itertools.islice(_gaps(everything, largest, _Steps()), 5):
        assert not any(holds(row, witness(gap)) for row in grid.rows)
    for first, second in itertools.combinations(numbers, 2):
        both = analysis._common(first, second)
        if both is not None:
            assert holds(grid.rows[first], witness(both))
            assert holds(grid.rows[second], witness(both))
    for i in numbers:
        if analysis.region(i, largest=True) is None:
            assert not any(holds(grid.rows[i], point) for point in POINTS)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.lists(ROWS, min_size=1, max_size=3))
def test_nothing_that_is_analysed_is_missed(rows):
    grid, analysis = analysed(rows)
    understood = [all(column.cells[i] is not None for column in analysis.columns) for i in range(len(rows))]
    for i, row in enumerate(rows):
        asked = row["emotion"] in NOT_FOLLOWED or "startsWith" in str(row["actor"])
        assert understood[i] is not asked, "what is not followed is said to be not analysed, and only that"
    if all(understood):
        regions = [found for i in range(len(rows)) if (found := analysis.region(i, largest=True))]
        everything = tuple(column.everything for column in analysis.columns)
        gaps = any(True for _ in _gaps(everything, regions, _Steps()))
        assert gaps or all(any(holds(row, point) for row in grid.rows) for point in POINTS)
        for first, second in itertools.combinations(range(len(rows)), 2):
            if analysis._common(first, second) is None:
                assert not any(holds(grid.rows[first], p) and holds(grid.rows[second], p) for p in POINTS)
