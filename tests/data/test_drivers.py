"""Driver analysis against published numbers, and on surveys that nobody in this project made."""

from __future__ import annotations

import csv
import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from cxengine import Engine
from cxengine.insight.drivers import shapley
from cxengine.insight.drivers.factors import adequacy
from cxengine.insight.drivers.factors.extraction import extract
from cxengine.insight.drivers.factors.rotation import rotate
from cxengine.insight.drivers.relative_weights import relative_weights
from cxengine.insight.published import insight_schema

HERE = Path(__file__).parent
RULESETS = HERE.parents[1] / "rulesets"

PROJECT = """
[project]
id = "published"
name = "Published"

[[stage]]
id = "one"
name = "One"

[[signal]]
id = "outcome"
wording = "{outcome}"
about = "relationship"

[[source]]
id = "file"
kind = "other"
options = {{ path = "{path}" }}

[source.mapping]
response_id = "rownames"

[[source.mapping.signals]]
signal = "outcome"
columns = {{ "{outcome}" = "journey" }}

[[driver_model]]
id = "published"
name = "Published"
outcome = {{ signal = "outcome" }}
method = "{method}"
rows_per_driver = 5
drivers = [{drivers}]
"""
DRIVER = """
[[signal]]
id = "{id}"
wording = "{column}"
about = "relationship"

[[source.mapping.signals]]
signal = "{id}"
columns = {{ "{column}" = "journey" }}
"""


def published(folder, path, outcome, columns, method):
    """A driver model over the columns of a file, from TOML."""
    ids = {column.lower().replace(".", "-"): column for column in columns}
    drivers = ", ".join(f'{{ signal = "{one}" }}' for one in ids)
    text = PROJECT.format(path=path.as_posix(), outcome=outcome, method=method, drivers=drivers)
    text += "".join(DRIVER.format(id=one, column=column) for one, column in ids.items())
    (folder / "cxengine.toml").write_text(text)
    result = Engine().run(folder).insight.drivers.models[0]
    assert result.refused is None
    by_name = {driver.name: driver for driver in result.drivers}
    return result, [by_name[column] for column in columns]


def test_swiss_is_divided_as_relaimpo_prints(data, tmp_path):
    columns = ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"]
    path = data("key-driver-reference") / "swiss.csv"
    result, drivers = published(tmp_path, path, "Fertility", columns, "lmg")
    assert f"{result.r2.value:.6f}" == "0.706735"
    printed = ["0.0570912", "0.1711730", "0.2601347", "0.1055702", "0.1127659"]
    assert [f"{driver.importance.value:.7f}" for driver in drivers] == printed
    shares = ["8.08", "24.22", "36.81", "14.94", "15.96"]
    assert [f"{100 * driver.share:.2f}" for driver in drivers] == shares


def test_mtcars_is_divided_as_rwa_prints(data, tmp_path):
    path = data("key-driver-reference") / "mtcars.csv"
    result, drivers = published(tmp_path, path, "mpg", ["cyl", "disp", "hp", "gear"], "johnson")
    assert f"{result.r2.value:.7f}" == "0.7791896"
    printed = ["0.2284797", "0.2221469", "0.2321744", "0.0963886"]
    assert [f"{driver.importance.value:.7f}" for driver in drivers] == printed
    assert [f"{100 * d.share:.5f}" for d in drivers] == ["29.32274", "28.50999", "29.79691", "12.37037"]
    assert [driver.pearson.value > 0 for driver in drivers] == [False, False, False, True]


def numbers(path):
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return np.array([[float(cell) for cell in row[1:]] for row in rows])


def answers(path):
    """The rows of a file that have everything, as numbers."""
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return np.array(
        [[float(cell) for cell in row] for row in rows if all(cell not in ("", "NA") for cell in row)]
    )


@pytest.mark.parametrize("name", ["test02", "test03"])
@pytest.mark.parametrize("method", ["ml", "uls"])
@pytest.mark.parametrize("rotation", ["none", "varimax", "promax"])
@pytest.mark.parametrize("k", [2, 3])
def test_factors_are_those_of_r(data, name, method, rotation, k):
    folder = data("factor-analysis-reference")
    correlations = np.corrcoef(answers(folder / "data" / f"{name}.csv").T)

    def expected(kind):
        return numbers(folder / "expected" / name / f"{kind}_{method}_{rotation}_{k}_{name}.csv")

    assert np.linalg.eigvalsh(correlations)[::-1] == pytest.approx(expected("evalues")[:, 0], abs=1e-9)
    loadings = extract(correlations, k, "ml" if method == "ml" else "minres")
    turned = rotate(loadings, rotation).loadings
    signed = [turned * signs for signs in np.array(np.meshgrid(*[[1, -1]] * k)).T.reshape(-1, k)]
    printed = expected("loading")
    apart = min(
        np.abs(one[:, order] - printed).max() for one in signed for order in map(list, permutations(range(k)))
    )
    assert apart < 3e-4
    communalities = (loadings**2).sum(axis=1)
    assert communalities == pytest.approx(expected("communalities")[:, 0], abs=3e-4)
    assert 1 - communalities == pytest.approx(expected("uniquenesses")[:, 0], abs=3e-4)
    reduced = correlations.copy()
    np.fill_diagonal(reduced, communalities)
    assert np.linalg.eigvalsh(reduced)[::-1] == pytest.approx(expected("value")[:, 0], abs=3e-4)


KEYS = ("-++++", "+++--", "--+++", "+++++", "+-++-")
"""Statements about agreeableness, conscientiousness, extraversion, neuroticism, openness: which say the reverse."""


def test_five_factors_lie_behind_twenty_five_statements(data):
    path = next((data("factor-analysis-reference") / "r-datasets").glob("bfi*.csv"))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    items = [f"{letter}{i}" for letter in "ACENO" for i in range(1, 6)]
    table = np.array(
        [[float(r[i]) for i in items] for r in rows if all(r[i] not in ("", "NA") for i in items)]
    )
    for rotation in ("varimax", "promax", "oblimin"):
        loadings = rotate(extract(np.corrcoef(table.T), 5, "minres"), rotation).loadings
        traits = (loadings**2).reshape(5, 5, 5).sum(axis=1).argmax(axis=1)
        assert sorted(traits) == [0, 1, 2, 3, 4]
        for letter, trait in enumerate(traits):
            mine = loadings[5 * letter : 5 * letter + 5, trait]
            key = np.array([1 if sign == "+" else -1 for sign in KEYS[letter]])
            assert abs((np.sign(mine) * key).sum()) == 5
            assert (np.abs(loadings[5 * letter : 5 * letter + 5]).argmax(axis=1) == trait).sum() >= 4


def test_four_factors_of_24_tests_are_those_that_factanal_prints(data):
    # R's documentation of factanal prints these for Harman's 24 psychological tests.
    path = data("factor-analysis-reference") / "r-datasets" / "Harman74.cor.csv"
    correlations = numbers(path)[:, :24]
    loadings = extract(correlations, 4, "ml")
    printed = (
        "0.438 0.780 0.644 0.651 0.352 0.312 0.283 0.485 0.257 0.240 0.551 0.435 0.491 0.646 0.696 0.549 0.598"
        " 0.593 0.762 0.592 0.583 0.601 0.497 0.500"
    )
    assert [f"{one:.3f}" for one in 1 - (loadings**2).sum(axis=1)] == printed.split()
    variances = sorted(rotate(loadings, "varimax").variances(), reverse=True)
    assert [f"{one:.3f}" for one in variances] == ["3.647", "2.872", "2.657", "2.290"]


def test_bfi_is_as_adequate_as_psych_prints(data):
    path = data("factor-analysis-reference") / "r-datasets" / "bfi.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    items = [f"{letter}{i}" for letter in "ACENO" for i in range(1, 6)]
    table = np.array([[float(r[i]) if r[i] not in ("", "NA") else np.nan for i in items] for r in rows])
    there, matrix = ~np.isnan(table), np.eye(25)
    for i in range(25):
        for j in range(i):
            both = there[:, i] & there[:, j]
            matrix[i, j] = matrix[j, i] = np.corrcoef(table[both][:, [i, j]].T)[0, 1]
    assert f"{adequacy.kmo(matrix).overall:.2f}" == "0.85"
    test = adequacy.bartlett(matrix, 2800)
    assert f"{test.chi2:.2f}" == "20163.79"
    assert test.degrees == 300
    chance = adequacy.by_chance(25, 2800, np.random.default_rng(1))
    assert adequacy.number(np.linalg.eigvalsh(matrix)[::-1], chance) in {5, 6}


# --- surveys ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def airline(data):
    folder = data("airline-passenger-satisfaction")
    return Engine().run(HERE / "drivers" / "airline", params={"data": str(folder)})


def test_airline_correlations_are_those_that_were_counted(airline):
    model = airline.insight.drivers.models[0]
    counted = {
        "online-boarding": 0.565,
        "entertainment": 0.398,
        "wifi": 0.390,
        "seat": 0.349,
        "on-board": 0.322,
        "leg-room": 0.316,
        "cleanliness": 0.307,
        "baggage": 0.249,
        "in-flight": 0.245,
        "booking": 0.238,
        "check-in": 0.237,
        "food": 0.212,
        "gate": -0.003,
        "times": -0.051,
    }
    assert {driver.id: round(driver.pearson.value, 3) for driver in model.drivers} == counted
    by_id = {driver.id: driver for driver in model.drivers}
    assert by_id["times"].n == (129_880 - 6_681) // 10 * 10
    assert by_id["baggage"].n == 129_880
    assert model.n == min(n for row in model.pairs for n in row)


def test_airline_importances_are_those_of_the_rows(airline, data):
    path = data("airline-passenger-satisfaction") / "airline_passenger_satisfaction.csv"
    columns = list(airline.project.sources[0].mapping.signals[0].columns)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    table = np.array(
        [[float(row[c]) for c in columns] + [row["Satisfaction"] == "Satisfied"] for row in rows]
    )
    table[:, :-1][table[:, :-1] == 0] = np.nan
    there = ~np.isnan(table)
    matrix = np.eye(15)
    for i in range(15):
        for j in range(i):
            both = there[:, i] & there[:, j]
            matrix[i, j] = matrix[j, i] = np.corrcoef(table[both][:, [i, j]].T)[0, 1]
    model = airline.insight.drivers.models[0]
    by_id = {driver.id: driver for driver in model.drivers}
    touchpoints = list(airline.project.sources[0].mapping.signals[0].columns.values())
    mine = [by_id[t] for t in touchpoints]
    assert [d.importance.value for d in mine] == pytest.approx(shapley.lmg(matrix), abs=1e-9)
    assert [d.other_method for d in mine] == pytest.approx(relative_weights(matrix), abs=1e-9)


def test_airline_reads_as_an_analyst_would_tell_it(airline):
    model = airline.insight.drivers.models[0]
    assert [driver.id for driver in model.drivers[:4]] == [
        "online-boarding",
        "wifi",
        "entertainment",
        "leg-room",
    ]
    roles = {driver.id: driver.role.name for driver in model.drivers}
    assert roles["online-boarding"] == "excitement"
    assert roles["entertainment"] == "basic"
    first = {segment.segment: segment.drivers[0].id for segment in model.segments}
    assert first == {"business": "online-boarding", "personal": "wifi", "first-time": "wifi"}
    named = {factor.name for factor in model.factors.factors}
    assert {"Comfort on board", "People and handling", "Ease before the flight"} < named
    assert model.factors.kmo == pytest.approx(0.78, abs=0.005)


def test_airline_moments_of_truth_are_where_importance_meets_feeling(airline):
    """Three of fourteen stand out; of 130,000 passengers, chance leaves no doubt."""
    found = {one.touchpoint: one for one in airline.insight.moments}
    assert {name for name, one in found.items() if one.counts} == {"online-boarding", "wifi", "entertainment"}
    for one in found.values():
        assert one.importance == "measured"
        assert one.probability > 0.95 or one.probability < 0.05
        assert one.strength.low < one.strength.value < one.strength.high
    boarding = airline.insight.feeling("online-boarding")
    felt = boarding.pain.value + boarding.love.value  # extremity x reach
    driver = airline.insight.drivers.models[0].drivers[0]
    declared = max(t.importance for t in airline.project.touchpoints)
    assert driver.touchpoint == "online-boarding"
    assert found["online-boarding"].strength.value == pytest.approx(declared * felt)


def test_insight_is_published_as_its_schema_says(airline, tmp_path):
    Engine().write(airline, tmp_path / "run")
    content = json.loads((tmp_path / "run" / "insight.json").read_text())
    Draft202012Validator(insight_schema()).validate(content)
    assert content["format"] == "cxengine/insight/2"
    weights = [finding["matters"] for finding in content["findings"]]
    assert weights == sorted(weights, reverse=True)
    first = next(finding for finding in content["findings"] if finding["kind"] == "driver")
    assert first["subject"] == "online-boarding"


def test_telco_tells_what_goes_with_leaving(data):
    folder = data("telco-churn-ibm")
    result = Engine().run(HERE / "drivers" / "telco", params={"data": str(folder)})
    model = result.insight.drivers.models[0]
    assert model.n == (7_043 - 1_526) // 10 * 10  # those without internet cannot have its services
    assert [driver.id for driver in model.drivers[:2]] == ["tenure", "contract"]
    assert model.drivers[0].pearson.high < 0
    assert all(driver.quadrant is None and driver.role is None for driver in model.drivers)
    assert any("yes or no" in caution for caution in model.cautions)
    assert [edge.contradicted for edge in model.edges if edge.grade == "experimental"] == [False]


def test_airport_drivers_hold_for_those_who_rated_them(data):
    folder = data("sfo-airport-survey-2010-2017")
    result = Engine().run(RULESETS / "airport", params={"data": str(folder)})
    model = result.insight.drivers.models[0]
    assert model.refused is None
    assert len(model.drivers) == 11
    assert model.drivers[0].id == "restaurants"
    assert model.drivers[-1].id == "trip"
    assert {segment.segment for segment in model.segments if segment.refused is None} == {
        "business",
        "international",
    }
    assert model.n > 1_500
