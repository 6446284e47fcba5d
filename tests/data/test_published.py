"""Surveys with a known NPS: from TOML alone, through the whole pipeline, with intervals."""

from __future__ import annotations

import math

import pytest

from cxengine.diagnostics import ProjectError
from cxengine.engine import Engine

PROJECT = """
[project]
id = "survey"
name = "Survey"

[[stage]]
id = "use"
name = "I use it"

[[touchpoint]]
id = "it"
name = "It"
stage = "use"
start = true
end = true

[[signal]]
id = "recommend"
wording = "How likely is it that you would recommend it?"
{scale}
about = "relationship"

[[metric]]
id = "nps"
use = "nps"
signal = "recommend"

[[source]]
id = "answers"
options = {{ path = "{path}" }}

[source.mapping]
signals = [{{ signal = "recommend", columns = {{ {column} = "journey" }}, no_answer = {no_answer} }}]
"""


def nps(tmp_path, **mapping):
    mapping = {"scale": "scale = { min = 0, max = 10, step = 1 }", "no_answer": []} | mapping
    (tmp_path / "cxengine.toml").write_text(PROJECT.format(**mapping), encoding="utf-8")
    result = Engine().run(tmp_path)
    (account,) = result.evidence.accounts
    return result.measurements.get("nps", "journey", "survey"), account


def wald(promoters, detractors, n):
    """The plain 95% interval of the share difference, in points."""
    p, d = promoters / n, detractors / n
    return 196 * math.sqrt((p + d - (p - d) ** 2) / n)


def test_airport_2017(tmp_path, data):
    path = data("sfo-airport-survey-2010-2017") / "2017_SFO_Customer_Survey.csv"
    found, account = nps(tmp_path, path=path, column="NETPRO", no_answer=["11"])
    assert found.n == 2746
    assert found.value == pytest.approx(100 * (1436 - 342) / 2746, abs=1e-9)
    assert round(found.value, 2) == 39.84
    half = wald(1436, 342, 2746)
    assert (found.low, found.high) == pytest.approx((found.value - half, found.value + half), abs=0.2)
    assert (account.rows_read, account.values_used, account.values_blank) == (2831, 2746, 85)


def test_airport_2017_with_eleven_as_an_answer(tmp_path, data):
    """Eleven is the code for blank: forgotten in the mapping, it is set aside and never a promoter."""
    path = data("sfo-airport-survey-2010-2017") / "2017_SFO_Customer_Survey.csv"
    found, account = nps(tmp_path, path=path, column="NETPRO")
    assert (found.n, round(found.value, 2)) == (2746, 39.84)
    assert account.values_quarantined == 84


def test_community_survey_2018(tmp_path, data):
    path = data("rstats-community-survey-2018-en") / "survey_English.tsv"
    scale = "scale = { min = 1, max = 10, step = 1 }"
    found, account = nps(tmp_path, path=path, column="Qrecommend", scale=scale, no_answer=["NA"])
    assert found.n == 3018
    assert round(found.value, 2) == 72.13
    half = wald(467 + 1841, 6 + 5 + 12 + 12 + 44 + 52, 3018)
    assert (found.low, found.high) == pytest.approx((found.value - half, found.value + half), abs=0.2)
    assert (account.rows_read, account.values_blank) == (3080, 62)


def test_a_scale_is_never_assumed(tmp_path, data):
    path = data("rstats-community-survey-2018-en") / "survey_English.tsv"
    with pytest.raises(ProjectError, match="needs a scale from 0 to 10 \\(or 1 to 10\\)"):
        nps(tmp_path, path=path, column="Qrecommend", scale="", no_answer=["NA"])


def test_carpentries_2020(tmp_path, data):
    path = data("carpentries-longterm-2020-01") / "20200326-longterm-other_questions-no-open.csv"
    found, account = nps(tmp_path, path=path, column="recommendation_score", no_answer=["NA"])
    assert found.n == 134
    assert round(found.value, 2) == 62.69
    half = wald(93, 9, 134)
    assert (found.low, found.high) == pytest.approx((found.value - half, found.value + half), abs=1.5)
    assert account.rows_read == 176
