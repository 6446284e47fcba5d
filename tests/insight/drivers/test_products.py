"""Sums that the engine adds up against NumPy's on the same rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.insight.drivers.products import Ask, Variable, scan
from cxengine.insight.drivers.wide import BLOCKS, Place, Wide
from cxengine.metrics.segment import cubes
from cxengine.project import model

SEGMENTS = (("young", "attributes.age < 30.0"), ("old", "attributes.age >= 60.0"))


def pairwise(answers, weights=None):
    """The correlation of every pair among the rows that have both."""
    p = answers.shape[1]
    found = np.eye(p)
    for i in range(p):
        for j in range(i):
            both = ~np.isnan(answers[:, [i, j]]).any(axis=1)
            x, y = answers[both, i], answers[both, j]
            w = np.ones(len(x)) if weights is None else weights[both]
            cov = np.cov(x, y, aweights=w)
            found[i, j] = found[j, i] = cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1])
    return found


def asked(
    answers, evidence, project, *, whole=True, weights=None, complete=False, wide_unit="row", packed=None
):
    touchpoints = [t.id for t in project.touchpoints]
    places = (*(Place("rating", t) for t in touchpoints), Place("overall", "journey"))
    wide = Wide(places, wide_unit, cubes(project), "quarter", None, clustered=False)
    unit, largest = (1.0, 2.0) if whole else (10.0, 1.0)
    variables = tuple(Variable(f"(x{i} - 3.0) / {unit}", largest, whole=whole) for i in range(len(places)))
    heaviest = None if weights is None else float(weights.max())
    rows = len(answers) if packed is None else packed
    return scan(Ask(wide, variables, complete, rows, heaviest), evidence.backend)


@settings(max_examples=12, derandomize=True, deadline=None)
@given(
    seed=st.integers(0, 1000),
    p=st.integers(1, 4),
    missing=st.sampled_from([0.0, 0.25]),
    weighted=st.booleans(),
    whole=st.booleans(),
)
def test_correlations_and_counts_are_those_of_the_rows(
    make_project, make_evidence, make_columns, seed, p, missing, weighted, whole
):

    rng = np.random.default_rng(seed)
    n = 300
    answers = rng.integers(1, 6, (n, p + 1)).astype(float)
    if not whole:
        answers += rng.standard_normal(answers.shape)
    answers[rng.random(answers.shape) < missing] = np.nan
    age = rng.integers(18, 80, n).astype(float)
    weights = np.round(rng.uniform(0.2, 3, n), 4) if weighted else None
    touchpoints = [f"t{i}" for i in range(p)]
    made = make_project(touchpoints, (), segments=SEGMENTS, attributes=("age",))
    given = make_evidence(make_columns(answers, touchpoints), attributes={"age": age}, weights=weights)
    found = asked(answers, given, made, whole=whole, weights=weights)
    for segment, rows in (("all", age > 0), ("young", age < 30), ("old", age >= 60)):
        mine = answers[rows]
        there = ~np.isnan(mine)
        sums = found[segment]
        assert sums.answers() == pytest.approx(there.T.astype(int) @ there.astype(int))
        own = None if weights is None else weights[rows]
        assert sums.total().correlations()[0] == pytest.approx(pairwise(mine, own), abs=1e-9)
        w = np.where(there, 1.0 if own is None else own[:, None], 0)
        mean = (np.nan_to_num(mine) * w).sum(axis=0) / w.sum(axis=0)
        unit = 1.0 if whole else 10.0
        assert sums.total().means()[0] * unit + 3 == pytest.approx(mean, abs=1e-9)
        expected = 1.0 if own is None else own.sum() ** 2 / (own**2).sum() / len(own)
        if missing == 0 or own is None:
            assert sums.evenness() == pytest.approx(expected, rel=1e-6)


def test_listwise_takes_only_rows_that_have_everything(make_project, make_evidence, make_columns):
    rng = np.random.default_rng(5)
    answers = rng.integers(1, 6, (400, 4)).astype(float)
    answers[rng.random(answers.shape) < 0.2] = np.nan
    touchpoints = ["a", "b", "c"]
    given = make_evidence(make_columns(answers, touchpoints))
    found = asked(answers, given, make_project(touchpoints, ()), complete=True)["all"]
    whole = answers[~np.isnan(answers).any(axis=1)]
    assert found.answers()[0, 0] == len(whole)
    assert found.total().correlations()[0] == pytest.approx(np.corrcoef(whole.T), abs=1e-12)


def test_the_same_bytes_whatever_the_order_of_rows_and_threads(make_project, make_evidence, make_columns):
    rng = np.random.default_rng(6)
    answers = rng.standard_normal((500, 4)) * 10.0 ** rng.integers(-3, 4, 4)
    touchpoints = ["a", "b", "c"]
    project, weights = make_project(touchpoints, ()), np.round(rng.uniform(0.1, 5, 500), 9)
    layers = []
    for threads, shuffle in ((1, None), (4, 1), (2, 2)):
        given = make_evidence(
            make_columns(answers, touchpoints), weights=weights, threads=threads, shuffle=shuffle
        )
        sums = asked(answers / 1e4, given, project, whole=False, weights=weights)["all"]
        layers.append([getattr(sums, name).tobytes() for name in ("n", "w", "z", "zz", "products")])
    assert layers[0] == layers[1] == layers[2]


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_sums_that_share_a_double_are_the_same(make_project, make_evidence, make_columns, missing):
    rng = np.random.default_rng(7)
    answers = rng.integers(1, 6, (300, 6)).astype(float)
    answers[rng.random(answers.shape) < missing] = np.nan
    touchpoints = list("abcde")
    project, given = make_project(touchpoints, ()), make_evidence(make_columns(answers, touchpoints))
    three, two, one = (
        asked(answers, given, project, packed=rows)["all"] for rows in (300, 10_000_000, 10_000_000_000)
    )
    for name in ("n", "z", "zz", "products"):
        assert (getattr(three, name) == getattr(one, name)).all()
        assert (getattr(two, name) == getattr(one, name)).all()


def test_a_block_that_is_too_large_for_its_double_is_added_up_again(
    make_project, make_evidence, make_columns
):
    # One customer said everything, so one block holds all rows, far more than fair shares would.
    rng = np.random.default_rng(8)
    n = 9000
    answers = rng.integers(1, 6, (n, 3)).astype(float)
    answers[:, 0] = 5.0
    answers[0, 0] = 1.0
    given = make_evidence(make_columns(answers, ["a", "b"]), customers=["same"] * n)
    project = make_project(["a", "b"], ())
    places = (Place("rating", "a"), Place("rating", "b"), Place("overall", "journey"))
    wide = Wide(places, "row", cubes(project), "quarter", None, clustered=True)
    variables = tuple(Variable(f"x{i} - 1.0", 4.0, whole=True) for i in range(3))
    ask = Ask(wide, variables, complete=False, rows=n)
    assert ask.packing(n // BLOCKS * 2) > ask.packing(n)
    found = scan(ask, given.backend)["all"]
    assert found.blocks == 1
    assert found.products[0] == pytest.approx((answers - 1).T @ (answers - 1), abs=0)


def test_a_large_offset_costs_no_precision(ask):
    rng = np.random.default_rng(9)
    answers = rng.standard_normal((800, 3))
    answers[:, 2] += answers[:, 0]
    columns = {
        ("amount", "a"): answers[:, 0] + 1e6,
        ("amount", "b"): answers[:, 1] * 1e-3 - 5e5,
        ("spent", "journey"): answers[:, 2] * 1e4 + 1e9,
    }
    found = ask(
        ["a", "b"],
        columns,
        drivers=(model.Driver(signal="amount"),),
        outcome=model.Outcome(signal="spent", name="spending"),
        of_project={"signal": "amount"},
    )
    expected = np.corrcoef(answers.T)[-1, :-1]
    by_id = {driver.id: driver.pearson.value for driver in found.drivers}
    assert [by_id["a"], by_id["b"]] == pytest.approx(expected, abs=1e-6)


def test_blocks_do_not_follow_the_order_of_rows(make_project, make_evidence):
    # Half the rows say 1, then half say 5: blocks must not notice.
    n = 20_000
    answers = np.repeat([1.0, 5.0], n // 2)
    given = make_evidence({("rating", "a"): answers, ("overall", "journey"): answers})
    wide = Wide(
        (Place("rating", "a"), Place("overall", "journey")),
        "row",
        cubes(make_project(["a"], ())),
        "year",
        None,
        False,
    )
    table = given.backend.execute(
        f"SELECT block, COUNT(*) AS n, SUM(x0) AS x FROM ({wide.sql('duckdb')}) AS w GROUP BY block ORDER BY block"
    )
    counts, sums = table["n"].to_numpy(), table["x"].to_numpy()
    assert len(counts) == BLOCKS
    fair = n / BLOCKS
    assert ((counts - fair) ** 2 / fair).sum() < 200  # chi squared on 127 degrees of freedom
    spread = ((sums - 3 * counts) ** 2).sum() / n / 4
    assert 0.7 < spread < 1.35


def test_segments_of_several_cubes_are_told_apart(make_project, make_evidence, make_columns):
    rng = np.random.default_rng(10)
    answers = rng.integers(1, 6, (300, 2)).astype(float)
    age, visits = rng.integers(18, 80, 300).astype(float), rng.integers(1, 5, 300).astype(float)
    segments = (*SEGMENTS, ("regular", "attributes.visits > 2.0"))
    project = make_project(["a"], (), segments=segments, attributes=("age", "visits"))
    given = make_evidence(make_columns(answers, ["a"]), attributes={"age": age, "visits": visits})
    found = asked(answers, given, project)
    assert found["regular"].answers()[0, 0] == (visits > 2).sum()
    assert found["all"].answers()[0, 0] == 300
