"""Whatever a run flags was told from chance by one procedure over all of it."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.stats import binom, norm

from cxengine import Engine
from cxengine.insight.changes.look import look
from cxengine.metrics.discovery import discover
from cxengine.pipeline import flag as flagging

PLACES = ("pay", "delivery", "help")
TOML = """
[project]
id = "shop"
name = "Shop"

[evidence]
period = "month"

[privacy]
minimum_n = 10

[[stage]]
id = "buy"
name = "I buy"

[[stage]]
id = "use"
name = "I use"

[[touchpoint]]
id = "pay"
name = "Paying"
stage = "buy"
start = true
desired = 0.0

[[touchpoint]]
id = "delivery"
name = "Delivery"
stage = "use"
desired = 0.0

[[touchpoint]]
id = "help"
name = "Help"
stage = "use"
end = true
desired = 0.0

[[transition]]
source = "pay"
target = "delivery"

[[transition]]
source = "delivery"
target = "help"

[[segment]]
id = "young"
name = "Young people"
when = 'attributes.age == "young"'

[[segment]]
id = "rural"
name = "In the country"
when = 'attributes.home == "rural"'

[[persona]]
id = "yara"
name = "Yara"
segment = "young"

[[signal]]
id = "rating"
wording = "How was it?"
scale = { min = 1, max = 5, step = 1 }

[[signal]]
id = "overall"
wording = "How are we?"
scale = { min = 1, max = 5, step = 1 }
about = "relationship"

[[signal]]
id = "step"
wording = "Which event of the visit"

[[source]]
id = "survey"
options = { path = "answers.csv" }

[source.mapping]
response_id = "id"
occurred_at = "day"
attributes = { age = "age", home = "home" }
verbatims = [{ column = "comment" }]
signals = [
  { signal = "rating", columns = { pay = "pay", delivery = "delivery", help = "help" } },
  { signal = "overall", columns = { overall = "journey" } },
]

[[source]]
id = "clicks"
kind = "behaviour"
use = "event_log"
options = { path = "clicks.csv", case = "visit", activity = "event", timestamp = "at" }

[source.mapping]
response_id = "visit"
repeats = "all"
occurred_at = "at"
attributes = { age = "age", home = "home" }

[source.mapping.long]
value = "event_number"
signal = { value = "step" }
touchpoint = { column = "event", recode = { p = "pay", d = "delivery", h = "help" } }

[[observed_journey]]
id = "visits"
source = "clicks"
signal = "step"

[[enricher]]
id = "themes"
use = "themes"

[enricher.options.themes]
late = 'text.contains("late")'
price = 'text.contains("price")'

[[metric]]
id = "mean"
use = "csat_mean"
signal = "rating"
target = 3
guardrail = 3

[[metric]]
id = "loved"
use = "csat_t2b"
signal = "rating"

[[driver_model]]
id = "overall"
name = "Overall"
outcome = { signal = "overall" }
drivers = [{ signal = "rating" }]
segments = ["young", "rural"]
edges = [
  { signal = "rating", touchpoint = "pay", effect = 0, grade = "assumed", source = "A guess" },
  { signal = "rating", touchpoint = "help", effect = 0, grade = "assumed", source = "A guess" },
]

[[delivered]]
id = "done"
name = "Done"
finished = 2024-04-15
effects = [
  { touchpoint = "delivery", metric = "mean", change = [0.2, 0.4, 0.6] },
  { touchpoint = "help", metric = "mean", change = [0.2, 0.4, 0.6] },
]
"""


def write(folder, seed, effect, everywhere=0.0, n=360, months=6):
    """A world in which, with an `effect` of 0, nothing is real; and nothing about help is, whatever it is.

    If something is `everywhere`, all is rated lower by so much, paying where the price is named by twice as
    much more, and how paying is rated matters to the young by thrice as much more than to others.
    """
    rng = np.random.default_rng(seed)
    answers = ["id,day,age,home,pay,delivery,help,overall,comment"]
    clicks = ["visit,event,at,age,home"]
    for i in range(n):
        month = i * months // n
        young, rural, late, price = rng.random(4) < 0.5
        paying = effect * young - 2 * everywhere * price
        moved = {"pay": paying, "delivery": effect * (month > 3) - effect * late, "help": 0.0}
        rated = {p: int(np.clip(round(rng.normal(3 + moved[p] - everywhere, 1.2)), 1, 5)) for p in PLACES}
        matters = 0.6 * effect - everywhere + 3 * everywhere * (young - 0.5)
        overall = int(np.clip(round(rng.normal(3 + matters * (rated["pay"] - 3), 1.0)), 1, 5))
        who = f"{'young' if young else 'old'},{'rural' if rural else 'town'}"
        text = f"It was {'late' if late else 'there'} at a {'price' if price else 'fee'}"
        day = f"2024-{month + 1:02}-{1 + i % 28:02}"
        answers.append(f"{i},{day},{who},{','.join(str(rated[p]) for p in PLACES)},{overall},{text}")
        way = "pdh" if rng.random() < 0.5 + 0.25 * effect * young else ("pd" if rng.random() < 0.5 else "ph")
        clicks += [f"{i},{event},{day}T10:0{j}:00,{who}" for j, event in enumerate(way)]
    (folder / "answers.csv").write_text("\n".join(answers) + "\n", encoding="utf-8")
    (folder / "clicks.csv").write_text("\n".join(clicks) + "\n", encoding="utf-8")
    (folder / "cxengine.toml").write_text(TOML, encoding="utf-8")
    return folder


def run(folder, seed, effect, everywhere=0.0):
    folder.mkdir()
    return Engine().run(write(folder, seed, effect, everywhere))


def hypotheses(result, folder):
    """Every hypothesis of a run, gathered from what it publishes: kind, what it is about, chance, flag."""
    Engine().write(result, folder)
    read = {name: json.loads((folder / f"{name}.json").read_text()) for name in ("insight", "observed")}
    told, rails = read["insight"]["map"], result.guardrails
    models = read["insight"]["models"]
    rows = pq.read_table(folder / "changes.parquet").to_pylist()
    found = [("change", r["subject"], r["p"], r["changed"]) for r in rows]
    found += [("guardrail", g.subject, g.p, g.state == "passed") for g in rails]
    found += [("segment's feeling", a["touchpoint"], a["p"], a["beyond_chance"]) for a in told["apart"]]
    found += [("gap", g["touchpoint"], g["p"], g["beyond_chance"]) for g in told["gaps"]]
    found += [("peak-end", "", r["p"], r["beyond_chance"]) for r in told["remembered"]]
    found += [
        ("delivered", d["touchpoint"], d["p"], d["verdict"] in {"better", "worse"}) for d in told["delivered"]
    ]
    themes = read["insight"]["themes"]["themes"]
    found += [("theme", t["touchpoint"], t["p"], t["beyond_chance"]) for t in themes]
    for model in models:
        places = {driver["id"]: driver["touchpoint"] for driver in model["drivers"]}
        found += [("driver", d["touchpoint"], d["p"], d["beyond_chance"]) for d in model["drivers"]]
        found += [("edge", places[e["driver"]], e["p"], e["contradicted"]) for e in model["edges"]]
        found += [
            ("segment's driver", places[d["id"]], d["p"], d["beyond_chance"])
            for segment in model["segments"]
            for d in segment["drivers"]
        ]
    for journey in read["observed"]["journeys"]:
        found += [("segment's journey", "", p["p"], p["beyond_chance"]) for p in journey["populations"]]
    return [*(one for one in found if one[2] is not None), *metrics(result, folder), *series(result)]


def metrics(result, folder):
    """Metrics of segments against everybody's, from the measurements as they are published."""
    rows = pq.read_table(folder / "measurements.parquet").to_pylist()
    here = [r for r in rows if (r["level"], r["period"], r["suppressed"]) == ("touchpoint", "current", False)]
    everybody = {(r["metric"], r["subject"]): r for r in here if r["segment"] == "all"}
    for row in here:
        whole = everybody.get((row["metric"], row["subject"]))
        if row["segment"] not in ("young", "rural") or whole is None:
            continue
        one, other = (row, whole) if row["value"] > whole["value"] else (whole, row)
        half = np.hypot(one["value"] - one["low"], other["high"] - other["value"])
        p = 2 * norm.sf(norm.ppf(0.975) * (one["value"] - other["value"]) / half)
        flag = result.insight.metrics_apart.differs(row["metric"], row["subject"], row["segment"])
        yield "segment's metric", row["subject"], p, flag


def series(result):
    """Chances of series are not published: they are asked for again; a change that is told is a flag."""
    parts = {"measurements": result.measurements, "metrics": result.loaded.metrics}
    courses = look(result.project, result.journey, result.evidence, **parts)
    told = {place for change in result.insight.changes.found for place in (change.place, *change.also)}
    for line, p in zip(courses.series.lines, courses.chances.tolist(), strict=True):
        here = [t for t in told if (t.measure, t.level, t.subject, t.segment, t.target) == (
            line.measure.id, line.level, line.subject, line.segment, line.target
        ) and t.about == line.measure.kind]  # fmt: skip
        yield "series", line.subject, p, bool(here)


def by_hand(chances, rate=0.05):
    """Benjamini and Hochberg's procedure step by step, largest first: the largest chance that falls."""
    ranked = sorted(chances, reverse=True)
    for place, p in enumerate(ranked):
        if p <= rate * (len(ranked) - place) / len(ranked):
            return p
    return -1.0


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A run of a world in which much is real, and its hypotheses."""
    folder = tmp_path_factory.mktemp("flags")
    result = run(folder / "project", 1, 1.0)
    return result, hypotheses(result, folder / "out"), folder / "out"


def one_procedure(result, found, rate=0.05):
    """The cutoff, once all flags are known to be those of one procedure by hand."""
    cutoff = by_hand([p for _, _, p, _ in found], rate)
    assert cutoff == pytest.approx(result.insight.discovery.cutoff, rel=1e-9)
    cutoff *= 1 + 1e-9
    for kind, _, p, flag in found:
        if kind == "series":  # one that changes may be told without a place in time
            assert p <= cutoff or not flag
        else:
            assert flag == (p <= cutoff), (kind, p)
    series = sum(p <= cutoff for kind, _, p, _ in found if kind == "series")
    assert result.insight.changes.search.flagged == series
    feelings = {(f.touchpoint, f.segment) for f in result.insight.feelings if f.differs}
    assert feelings == {
        (a.touchpoint, a.segment) for a in result.insight.apart if a.feeling == "emotion" and a.p <= cutoff
    }
    return cutoff


def test_all_flags_are_those_of_one_procedure_by_hand(real):
    result, found, _ = real
    one_procedure(result, found)


@pytest.mark.parametrize("seed", [2, 10])
def test_no_kind_of_finding_has_a_cutoff_of_its_own(tmp_path, monkeypatch, seed):
    """Of every kind something is no flag that would be one at 0.05: the procedure is asked for a lower rate."""
    monkeypatch.setattr(flagging, "discover", partial(discover, rate=1e-5))
    result = run(tmp_path / "project", seed, 0.8, everywhere=0.25)
    found = hypotheses(result, tmp_path / "out")
    cutoff = one_procedure(result, found, 1e-5)
    decided = {kind for kind, _, p, _ in found if cutoff < p <= 0.04}
    assert decided == {kind for kind, *_ in found}  # else the world has to be another
    assert len(decided) == 13
    assert sum(told for *_, told in found) >= 5


def test_the_run_tells_what_it_tested_and_what_fell(real):
    _, found, folder = real
    cutoff = by_hand([p for _, _, p, _ in found])
    counted = {kind: [p for other, _, p, _ in found if other == kind] for kind, *_ in found}
    told = json.loads((folder / "run.json").read_text())["discovery"]
    assert told == json.loads((folder / "insight.json").read_text())["discovery"]
    assert (told["rate"], told["tested"], told["cutoff"]) == (0.05, len(found), pytest.approx(cutoff))
    cutoff *= 1 + 1e-9
    assert told["flagged"] == sum(p <= cutoff for _, _, p, _ in found)
    assert {(one["kind"], one["tested"], one["flagged"]) for one in told["families"]} == {
        (kind, len(chances), sum(p <= cutoff for p in chances)) for kind, chances in counted.items()
    }
    assert len(counted) == 13  # every kind that there is


def test_trends_are_as_sure_as_flags_say(real):
    result, found, _ = real
    for place, trend in result.insight.changes.trends:
        here = [p for kind, subject, p, _ in found if kind == "series" and subject == place.subject]
        assert any(
            (trend.certainty >= 1 - 0.05 - 1e-12) == (p <= result.insight.discovery.cutoff) for p in here
        )


def test_real_effects_are_found_and_little_else(real):
    result, found, _ = real
    flags = [(kind, subject) for kind, subject, _, flag in found if flag]
    assert {("segment's feeling", "pay"), ("theme", "delivery"), ("driver", "pay"), ("edge", "pay")} <= set(
        flags
    )
    assert sum(subject == "help" for _, subject in flags) <= 0.1 * len(flags)
    assert result.insight.discovery.flagged >= len(flags)


def nothing_real(folder, seeds):
    """How many runs of a world in which nothing is real flag anything."""
    return sum(run(folder / str(seed), seed, 0.0).insight.discovery.flagged > 0 for seed in seeds)


def test_where_nothing_is_real_hardly_a_run_flags_anything(tmp_path):
    assert nothing_real(tmp_path, range(6)) <= binom.ppf(0.99, 6, 0.05)


@pytest.mark.slow
def test_where_nothing_is_real_one_run_in_twenty_flags_anything(tmp_path):
    assert nothing_real(tmp_path, range(100, 300)) / 200 <= 0.05 + 2 * (0.05 * 0.95 / 200) ** 0.5


@pytest.mark.slow
def test_of_what_reports_flag_at_most_one_in_twenty_is_false(tmp_path):
    """What is about help alone is known to be nothing; it is a third of all."""
    shares = []
    for seed in range(60):
        result = run(tmp_path / str(seed), seed, 0.5)
        found = hypotheses(result, tmp_path / f"{seed}-out")
        flags = [subject for _, subject, p, _ in found if result.insight.discovery.falls(p)]
        shares.append(sum(subject == "help" for subject in flags) / max(len(flags), 1))
    assert np.mean(shares) <= 0.05
