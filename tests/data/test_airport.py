"""The airport ruleset on eight years of the real survey, against counts made without the engine."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from cxengine.engine import Engine

REPOSITORY = Path(__file__).parents[2]
ROWS = {2010: 3234, 2011: 3872, 2012: 3521, 2013: 3535, 2014: 2818, 2015: 2958, 2016: 3087, 2017: 2831}
OVERALL = {2010: "Q6N", 2011: "Q8N", 2012: "Q8N_WHOLE", 2013: "Q7O_WHOLE"} | dict.fromkeys(
    range(2014, 2018), "Q7ALL"
)
SECURITY = {2010: "Q13B", 2011: "Q15B", 2012: "Q15B_SECURITY", 2013: "Q14B_SECURITY"} | dict.fromkeys(
    range(2014, 2018), "Q14PASSTHRU"
)
SCALE = {"1", "2", "3", "4", "5"}


@pytest.fixture(scope="module")
def folder(data):
    return data("sfo-airport-survey-2010-2017")


@pytest.fixture(scope="module")
def result(folder):
    return Engine().run(REPOSITORY / "rulesets" / "airport", params={"data": str(folder)})


@pytest.fixture(scope="module")
def survey(folder):
    """`survey(year)`: the file's rows as dicts."""

    def rows(year: int) -> list[dict[str, str]]:
        with (folder / f"{year}_SFO_Customer_Survey.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    return rows


def test_every_row_of_every_year_is_accounted_for(result):
    accounts = {int(a.source.removeprefix("survey-")): a for a in result.evidence.accounts}
    assert {year: a.rows_read for year, a in accounts.items()} == ROWS
    for account in accounts.values():
        assert account.rows_read == account.rows_used + account.rows_quarantined
        assert account.values_read == account.values_used + account.values_blank + account.values_quarantined
        assert account.rows_quarantined == account.values_quarantined == account.attributes_quarantined == 0


def test_no_code_is_declared_in_vain(result):
    assert result.evidence.notes == ()


@pytest.mark.parametrize("year", ROWS)
@pytest.mark.parametrize(
    ("signal", "touchpoint", "columns"), [("overall", "journey", OVERALL), ("ease", "security", SECURITY)]
)
def test_answers_are_those_in_the_file(result, survey, year, signal, touchpoint, columns):
    expected = Counter(row[columns[year]] for row in survey(year) if row[columns[year]] in SCALE)
    found = result.evidence.backend.execute(
        f"SELECT value, count(*) AS n FROM signals WHERE source = 'survey-{year}' AND signal = '{signal}'"
        f" AND touchpoint = '{touchpoint}' GROUP BY value"
    )
    assert {f"{row['value']:g}": row["n"] for row in found.to_pylist()} == expected


def test_recommendation_of_2017_is_weighted(result, survey):
    rows = [r for r in survey(2017) if r["NETPRO"] not in ("", "11")]
    weights = [float(r["WEIGHT"]) for r in rows]
    signs = [(int(r["NETPRO"]) >= 9) - (int(r["NETPRO"]) <= 6) for r in rows]
    expected = 100 * sum(w * s for w, s in zip(weights, signs, strict=True)) / sum(weights)
    found = result.measurements.get("nps", "journey", "airport")
    assert found.n == 2746
    assert found.value == pytest.approx(expected, abs=1e-4)
    assert found.low < expected < found.high
    off = [sign - expected / 100 for sign in signs]
    assumed = sum(w * x * x for w, x in zip(weights, off, strict=True)) * sum(weights)
    linear = assumed / sum((w * x) ** 2 for w, x in zip(weights, off, strict=True))
    assert found.n_eff == pytest.approx(linear, rel=0.005)  # the variance is that of the weighted answers
    assert linear == pytest.approx(sum(weights) ** 2 / sum(w * w for w in weights), rel=0.02)


def test_the_airport_as_a_whole_in_2017(result):
    found = result.evidence.backend.execute(
        "SELECT avg(value) AS mean, avg(CAST(value >= 4 AS INT)) AS top FROM signals"
        " WHERE source = 'survey-2017' AND signal = 'overall'"
    ).to_pylist()
    counts = {1: 6, 2: 32, 3: 444, 4: 1507, 5: 699}
    assert found[0]["mean"] == pytest.approx(sum(v * n for v, n in counts.items()) / sum(counts.values()))
    assert round(100 * found[0]["top"], 2) == 82.07


def test_segments_mean_the_same_in_every_year(result, survey):
    """Terminal from three different columns, and age from codes and from a spreadsheet's texts."""
    query = (
        "SELECT source, count(*) FILTER (a_terminal = 'international') AS international,"
        " count(*) FILTER (a_age = 'under 18') AS minors, count(*) FILTER (a_purpose = 'business') AS business"
        " FROM responses GROUP BY source"
    )
    found = {row["source"]: row for row in result.evidence.backend.execute(query).to_pylist()}
    assert found["survey-2010"]["international"] == sum(r["TERM"] == "2" for r in survey(2010))
    assert found["survey-2011"]["international"] == sum(r["TERM"] == "4" for r in survey(2011))
    assert found["survey-2013"]["international"] == sum(
        int(r["GATE"]) <= 12 or int(r["GATE"]) >= 91 for r in survey(2013)
    )
    assert found["survey-2016"]["minors"] == sum(r["Q19AGE"].startswith("Under") for r in survey(2016)) == 15
    assert found["survey-2017"]["business"] == sum(r["Q2PURP1"] in ("1", "5") for r in survey(2017))


def test_the_roadmap_is_one_to_present(result):
    assert len(result.roadmap.items) >= 12
    assert {item.area for item in result.roadmap.items} == {
        "make-it-easy",
        "involve-me",
        "surprise-me",
        "let-it-work",
    }
    assert all(item.reasons and item.start and item.end for item in result.roadmap.items[:10])
