"""Raking: an independent implementation, a published table, margins, bounds, and what cannot be matched."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter

import numpy as np
import pytest

from cxengine import Engine, EvidenceError, ProjectError
from cxengine.evidence.raking import rake

NEVER = (0.0, 1e9)


def fitted(table, rows, columns):
    """Iterative proportional fitting of a table, written as the textbook tells it."""
    table = [list(map(float, row)) for row in table]
    for _ in range(2000):
        for i, total in enumerate(rows):
            now = sum(table[i])
            table[i] = [cell * total / now for cell in table[i]]
        for j, total in enumerate(columns):
            now = sum(row[j] for row in table)
            for row in table:
                row[j] *= total / now
    return np.array(table)


def raked(table, rows, columns, **settings):
    table = np.array(table, dtype=float)
    i, j = np.indices(table.shape).reshape(2, -1)
    whole = sum(rows)
    margins = [(i, np.array(rows) / whole), (j, np.array(columns) / whole)]
    usual = {"bounds": NEVER, "tolerance": 1e-12, "rounds": 1000}
    return rake(table.ravel(), margins, **usual | settings)


SEED = [[40, 30, 20, 10], [35, 50, 100, 75], [30, 80, 70, 120], [20, 30, 40, 50]]
ROWS, COLUMNS = [150, 300, 400, 150], [200, 300, 400, 100]
PUBLISHED = [  # the worked example of Wikipedia's article on iterative proportional fitting, after three rounds
    [64.61, 46.28, 35.42, 3.83],
    [49.95, 68.15, 156.49, 25.37],
    [56.70, 144.40, 145.06, 53.76],
    [28.74, 41.18, 63.03, 17.03],
]


def test_a_published_table():
    found = raked(SEED, ROWS, COLUMNS, rounds=3)
    table = np.array(SEED) * found.factor.reshape(4, 4)
    scaled = table / table.sum() * 1000
    assert scaled == pytest.approx(np.array(PUBLISHED), abs=0.006)


@pytest.mark.parametrize("seed", range(5))
def test_an_independent_implementation(seed):
    rng = np.random.default_rng(seed)
    table = rng.uniform(0.5, 9, (4, 3))
    rows, columns = rng.uniform(1, 4, 4), rng.uniform(1, 4, 3)
    columns *= rows.sum() / columns.sum()
    found = raked(table, rows, columns)
    shares = table * found.factor.reshape(4, 3) / (table * found.factor.reshape(4, 3)).sum()
    assert shares == pytest.approx(fitted(table, rows, columns) / rows.sum(), abs=1e-9)
    assert found.off < 1e-9


def test_bounds_hold_and_what_they_cost_is_told():
    free = raked([[100, 1], [1, 100]], [30, 172], [101, 101])
    held = raked([[100, 1], [1, 100]], [30, 172], [101, 101], bounds=(0.5, 2.0))
    assert free.off < 1e-9
    assert free.factor.max() > 2
    assert held.factor.max() <= 2
    assert held.factor.min() >= 0.5
    assert held.off > 0.01


# --- a project -------------------------------------------------------------------------------------

PROJECT = """
[project]
id = "shop"
name = "Shop"
[privacy]
minimum_n = 5
[[stage]]
id = "get"
name = "I get it"
[[touchpoint]]
id = "delivery"
name = "Delivery"
stage = "get"
[[signal]]
id = "satisfied"
wording = "How satisfied are you?"
scale = {{ min = 1, max = 5, step = 1 }}
[[metric]]
id = "csat"
use = "csat_mean"
signal = "satisfied"
[[source]]
id = "survey"
use = "file"
options = {{ path = "answers.csv" }}
[source.mapping]
weight = "weight"
attributes = {{ country = "country", age = "age" }}
signals = [{{ signal = "satisfied", columns = {{ q1 = "delivery" }} }}]
{weighting}
"""
WEIGHTING = """
[weighting]
{settings}
[[weighting.margins]]
attribute = "country"
shares = {{ NL = 0.5, BE = 0.3, DE = 0.2 }}
[[weighting.margins]]
attribute = "age"
shares = {{ young = 0.4, old = 0.6 }}
"""


def people(n=600, *, missing=0.0):
    dice = random.Random(5)
    found = []
    for _ in range(n):
        country = dice.choices(["NL", "BE", "DE"], [6, 2, 2])[0]
        age = dice.choices(["young", "old"], [7, 3] if country == "NL" else [4, 6])[0]
        value = min(5, max(1, round(dice.gauss({"NL": 4, "BE": 3, "DE": 2}[country] + (age == "old"), 1))))
        blank = dice.random() < missing
        found.append({"q1": value, "country": country, "age": "" if blank else age, "weight": dice.choice([1, 1, 2])})  # fmt: skip
    return found


@pytest.fixture
def run(tmp_path):
    def made(rows, settings="", weighting=WEIGHTING, out=None):
        (tmp_path / "cxengine.toml").write_text(
            PROJECT.format(weighting=weighting.format(settings=settings)), encoding="utf-8"
        )
        with (tmp_path / "answers.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["q1", "country", "age", "weight"])
            writer.writeheader()
            writer.writerows(rows)
        engine = Engine()
        result = engine.run(tmp_path)
        if out:
            engine.write(result, tmp_path / out)
        return result

    return made


def oracle(rows, country, age):
    """Weights of the rows by raking row after row, and nothing but loops; blanks keep their share."""
    weights = [float(row["weight"]) for row in rows]
    blank = sum(w for w, row in zip(weights, rows, strict=True) if not row["age"]) / sum(weights)
    age = {name: share * (1 - blank) for name, share in age.items()} | {"": blank}
    for _ in range(400):
        for name, shares in (("country", country), ("age", age)):
            whole, total = sum(weights), Counter()
            for i, row in enumerate(rows):
                total[row[name]] += weights[i]
            for i in range(len(rows)):
                weights[i] *= shares[rows[i][name]] * whole / total[rows[i][name]]
    return weights


COUNTRY, AGE = {"NL": 0.5, "BE": 0.3, "DE": 0.2}, {"young": 0.4, "old": 0.6}


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_values_are_those_of_raking_row_by_row(run, missing):
    rows = people(missing=missing)
    found = run(rows).measurements.get("csat", "touchpoint", "delivery")
    w = np.array(oracle(rows, COUNTRY, AGE))
    values = np.array([row["q1"] for row in rows], dtype=float)
    assert found.value == pytest.approx((w * values).sum() / w.sum(), abs=1e-6)
    assert found.n == len(rows)
    off = values - found.value
    assert found.n_eff == pytest.approx((w * off**2).sum() * w.sum() / ((w * off) ** 2).sum(), rel=0.01)
    assert found.value != pytest.approx(run(rows, weighting="").measurements.get("csat", "touchpoint", "delivery").value, abs=0.02)  # fmt: skip


def test_what_weighted_responses_are_worth_is_kishs_number_of_all_weights_together(run):
    rows = people()
    found, w = run(rows).evidence.weighting, np.array(oracle(rows, COUNTRY, AGE))
    assert found.effective == pytest.approx(w.sum() ** 2 / (w**2).sum(), rel=1e-6)
    assert found.design_effect == pytest.approx(600 * (w**2).sum() / w.sum() ** 2, rel=1e-6)


ONE_MARGIN = """
[weighting]
{settings}
[[weighting.margins]]
attribute = "country"
shares = {{ NL = 0.5, BE = 0.25, DE = 0.25 }}
"""


@pytest.mark.parametrize(
    ("settings", "bounded", "least", "most", "off"),
    [  # eight of ten are Dutch: half as many want 0.625, a quarter instead of a tenth 2.5
        ("", 0.0, 0.625, 2.5, 0.0),
        ("least = 0.7", 0.8, 0.7, 2.5, 0.56 / 1.06 - 0.5),
        ("most = 2.0", 0.2, 0.625, 2.0, 0.5 / 0.9 - 0.5),
        ("least = 0.7\nmost = 2.0", 1.0, 0.7, 2.0, 0.56 / 0.96 - 0.5),
    ],
)
def test_responses_at_either_bound_by_hand(run, settings, bounded, least, most, off):
    rows = [{"q1": i % 5 + 1, "country": c, "age": "old", "weight": 1} for i, c in enumerate(["NL"] * 80 + ["BE", "DE"] * 10)]  # fmt: skip
    found = run(rows, settings=settings, weighting=ONE_MARGIN).evidence.weighting
    assert (found.bounded, found.least, found.most, found.off) == pytest.approx((bounded, least, most, off))
    assert (f"{bounded:.1%} of them at a bound" in found.note().message) is bool(bounded)


TWO_SOURCES = """
[[source]]
id = "paper"
options = {{ path = "paper.csv" }}
[source.mapping]
response_id = "id"
attributes = {{ country = "country", age = "age" }}
long = {{ signal = "signal", touchpoint = "place", value = "value" }}
[weighting]
{settings}
[[weighting.margins]]
attribute = "country"
shares = {{ NL = 0.5, BE = 0.5 }}
"""


@pytest.fixture
def paper(tmp_path):
    """Beside the survey, six responses with a row an answer: two Dutch ones with four, four Belgian ones with one."""
    lines = ["id,country,age,signal,place,value"]
    lines += [f"n{i},NL,old,satisfied,{place},2" for i in range(2) for place in ("delivery", "packing", "door", "bell")]  # fmt: skip
    lines += [f"b{i},BE,old,satisfied,delivery,4" for i in range(4)]
    (tmp_path / "paper.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    more = "".join(f'[[touchpoint]]\nid = "{one}"\nname = "{one}"\nstage = "get"\n' for one in ("packing", "door", "bell"))  # fmt: skip
    return TWO_SOURCES + more


SURVEY = [{"q1": 3, "country": c, "age": "old", "weight": 1} for c in ["NL"] * 30 + ["BE"] * 10]


def weights_of(result):
    found = result.evidence.backend.execute(
        "SELECT source, a_country AS country, CAST(MIN(weight) AS DOUBLE) AS low, CAST(MAX(weight) AS DOUBLE) AS high"
        " FROM responses GROUP BY ALL ORDER BY ALL"
    )
    return {(row["source"], row["country"]): (row["low"], row["high"]) for row in found.to_pylist()}


def test_only_the_sources_that_are_named_are_weighted(run, paper):
    """A third of the papers are Dutch, three quarters of the survey: named alone, the papers alone are weighed."""
    found = run(SURVEY, settings='sources = ["paper"]', weighting=paper)
    assert found.evidence.weighting.responses == 6
    assert weights_of(found) == {
        ("paper", "NL"): (1.5, 1.5), ("paper", "BE"): (0.75, 0.75), ("survey", "NL"): (1, 1), ("survey", "BE"): (1, 1),
    }  # fmt: skip


def test_a_response_with_many_rows_counts_once(run, paper):
    """32 Dutch of 46, where 40 rows of 54 would be."""
    found = run(SURVEY, weighting=paper)
    assert found.evidence.weighting.responses == 46
    dutch, belgian = pytest.approx(0.5 * 46 / 32, abs=1e-6), pytest.approx(0.5 * 46 / 14, abs=1e-6)
    assert weights_of(found) == {
        (source, country): (weight, weight)
        for source in ("paper", "survey")
        for country, weight in (("NL", dutch), ("BE", belgian))
    }


def test_the_manifest_and_the_notes_tell_it(run, tmp_path):
    result = run(people(), out="out")
    told = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["weighting"]
    assert told["responses"] == 600
    assert told["design_effect"] == pytest.approx(600 / told["effective"])
    assert 1 < told["design_effect"] < 2
    assert any(note.code == "CX263" and "design effect" in note.message for note in result.warnings)


def test_bounds_that_keep_margins_from_matching_are_a_warning(run):
    result = run(people(), settings="most = 1.2\nleast = 0.9")
    note = next(note for note in result.warnings if note.code == "CX263")
    assert note.severity == "warning"
    assert "off by up to" in note.message
    assert (note.location.source, "`most`" in note.hint) == ("[weighting]", True)
    assert result.evidence.weighting.most <= 1.2


@pytest.mark.parametrize(
    ("rows", "settings", "old", "new", "code", "message"),
    [
        ([r for r in people() if r["country"] != "DE"], "", "", "", "CX260", 'No response has the country "DE"'),
        ([*people(), people()[0] | {"country": "FR"}], "", "", "", "CX260", 'the country "FR", of which'),
        (people(missing=0.1), 'missing = "refuse"', "", "", "CX261", 'without a value of "age"'),
        (people(), "", 'attribute = "age"', 'attribute = "shoe"', "CX260", 'no attribute "shoe"'),
    ],
)  # fmt: skip
def test_what_cannot_be_matched_is_an_error_at_its_place(run, rows, settings, old, new, code, message):
    with pytest.raises(EvidenceError) as raised:
        run(rows, settings=settings, weighting=WEIGHTING.replace(old, new) if old else WEIGHTING)
    found = raised.value.diagnostics[0]
    assert found.code == code
    assert message in found.message
    assert found.location is not None
    assert found.location.line > 30
    assert found.hint


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("NL = 0.5", "NL = 0.6", 'shares of "country" add up to 1.1, not to 1'),
        ("DE = 0.2", "DE = 0.2, XX = 0", 'share of "XX" must be greater than 0'),
        ('attribute = "age"', 'attribute = "country"', "two margins of the attribute"),
    ],
)
def test_margins_that_are_no_distributions_are_found_at_load(run, old, new, message):
    with pytest.raises(ProjectError) as raised:
        run(people(), weighting=WEIGHTING.replace(old, new))
    found = raised.value.diagnostics[0]
    assert message in found.message
    assert found.location.line > 30


def test_contradicting_margins_are_told(run):
    rows = [row for row in people() if (row["country"] == "NL") == (row["age"] == "young")]
    with pytest.raises(EvidenceError) as raised:
        run(rows, settings="least = 0\nmost = 1000\nrounds = 30")
    assert raised.value.diagnostics[0].code == "CX262"


def test_check_knows_what_is_no_attribute(run, tmp_path):
    with pytest.raises(EvidenceError):
        run(people(), weighting=WEIGHTING.replace('attribute = "age"', 'attribute = "shoe"'))
    engine = Engine()
    found = engine.check(engine.load(tmp_path))
    assert [one.code for one in found if one.severity == "error"] == ["CX260"]
