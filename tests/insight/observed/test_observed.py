"""Observed journeys of a small shop, every number counted by hand."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from cxengine import Engine
from cxengine.cli import cxengine as cli
from cxengine.diagnostics import ProjectError
from cxengine.insight.observed.published import observed_json, observed_schema
from cxengine.insight.observed.sentences import findings
from cxengine.insight.observed.shares import Whole, share

TOML = """
[project]
id = "shop"
name = "Shop"

[evidence]
period = "year"

[[stage]]
id = "look"
name = "I look"

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "search"
name = "Search"
stage = "look"
start = true

[[touchpoint]]
id = "product"
name = "Product page"
stage = "look"

[[touchpoint]]
id = "pay"
name = "Payment"
stage = "buy"
end = true

[[transition]]
source = "search"
target = "product"

[[transition]]
source = "product"
target = "pay"

[[segment]]
id = "phone"
name = "On the phone"
when = 'attributes.device == "phone"'

[[signal]]
id = "step"
wording = "Which event of the visit"

[[source]]
id = "clicks"
kind = "behaviour"
use = "event_log"
options = { path = "clicks.csv", case = "visit", activity = "event", timestamp = "at" }

[source.mapping]
response_id = "visit"
repeats = "all"
occurred_at = "at"
attributes = { device = "device" }

[source.mapping.long]
value = "event_number"
signal = { value = "step" }
touchpoint = { column = "event", recode = { s = "search", p = "product", b = "pay", x = "journey" } }

[[observed_journey]]
id = "visits"
source = "clicks"
signal = "step"
"""

# way, how many visits, device, year, seconds between events
VISITS = [
    ("spb", 40, "desktop", 2023, 10),
    ("spb", 10, "phone", 2024, 30),
    ("sppb", 20, "desktop", 2024, 20),  # meets the product page again
    ("sxp", 20, "phone", 2024, 10),  # x is at no touchpoint; ends at the product page
    ("pspspb", 12, "phone", 2023, 10),  # begins at the product page, comes back to it
    ("bs", 3, "desktop", 2023, 10),  # too few to tell
    ("b", 12, "desktop", 2024, 0),
]
CASES = 117


def write(folder, visits=VISITS, toml=TOML):
    rows = []
    for kind, (way, n, device, year, wait) in enumerate(visits):
        for i in range(n):
            for j, event in enumerate(way):
                at = f"{year}-03-01T10:{j * wait // 60:02}:{j * wait % 60:02}"
                rows.append(f"{kind}-{i},{event},{at},{device}")
    random.Random(5).shuffle(rows)
    (folder / "clicks.csv").write_text("visit,event,at,device\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (folder / "cxengine.toml").write_text(toml, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return Engine().run(write(tmp_path_factory.mktemp("shop")))


@pytest.fixture(scope="module")
def visits(result):
    (found,) = result.insight.observed
    return found


def counts(things, *names):
    return {tuple(getattr(t, n) for n in names): (t.cases.count, t.cases.n) for t in things}


def test_counts(visits):
    events = 50 * 3 + 20 * 4 + 20 * 2 + 12 * 6 + 3 * 2 + 12
    assert (visits.cases, visits.events, visits.variants, visits.threshold) == (CASES, events, 6, 10)


def test_conformance_and_departures(visits):
    assert (visits.follows.count, visits.follows.n) == (50, CASES)
    assert counts(visits.departures, "kind", "source", "target") == {
        ("step", "product", "product"): (20, CASES),
        ("end", "product", None): (20, CASES),
        ("start", "pay", None): (15, CASES),
        ("start", "product", None): (12, CASES),
    }
    assert visits.follows.count + sum(d.cases.count for d in visits.departures) == CASES


def test_steps(visits):
    steps = {(s.source, s.target): s for s in visits.steps}
    assert ("pay", "search") not in steps, "three visits are too few to tell"
    assert ("search", None) not in steps
    assert visits.rest.steps == 2
    onward = steps["search", "product"]
    assert (onward.times, onward.cases.count, onward.cases.n) == (50 + 20 + 20 + 24, 102, 105)
    assert (onward.designed, onward.seconds) == (True, 10.0)
    assert onward.probability.count == onward.times
    assert onward.probability.n == onward.times + 3, "all departures, also those not told"
    again = steps["product", "product"]
    assert (again.times, again.designed, again.seconds) == (20, False, 20.0)
    back = steps["product", "search"]
    assert (back.times, back.cases.count) == (24, 12)
    stop = steps["product", None]
    assert (stop.cases.count, stop.designed, stop.seconds) == (20, False, None)


def test_variants_starts_and_loops(visits):
    assert [(v.touchpoints, v.cases.count, v.follows) for v in visits.common[:2]] == [
        (("search", "product", "pay"), 50, True),
        (("search", "product"), 20, False),
    ]
    assert len(visits.common) + visits.rest.variants == 6
    assert all(v.touchpoints != ("pay", "search") for v in visits.common)
    assert {(b.touchpoint, b.cases.count, b.designed) for b in visits.begins} == {
        ("search", 90, True), ("pay", 15, False), ("product", 12, False),
    }  # fmt: skip
    loops = {loop.touchpoint: loop for loop in visits.loops}
    assert (loops["product"].again.count, loops["product"].back.count, loops["product"].again.n) == (
        32,
        12,
        102,
    )
    assert (loops["search"].again.count, loops["search"].back.count) == (12, 12)


def test_populations(visits):
    found = {(p.segment, p.period): p for p in visits.populations}
    assert {key: (p.cases, p.follows.count) for key, p in found.items()} == {
        ("all", "all"): (117, 50),
        ("all", "2023"): (55, 40),
        ("all", "2024"): (62, 10),
        ("phone", "all"): (42, 10),
        ("phone", "2023"): (12, 0),
        ("phone", "2024"): (30, 10),
    }
    look, buy = found["phone", "all"].stages
    assert (look.reached.count, look.dropped.count, look.dropped.n) == (42, 20, 42)
    assert (buy.reached.count, buy.dropped) == (22, None)
    assert found["phone", "2023"].seconds == 50.0


def test_small_segments_and_periods_are_hidden(tmp_path):
    few = [("spb", 40, "desktop", 2023, 10), ("spb", 4, "phone", 2023, 10), ("spb", 30, "desktop", 2024, 10)]
    (found,) = Engine().run(write(tmp_path, few)).insight.observed
    shown = {(p.segment, p.period) for p in found.populations}
    assert ("all", "all") in shown
    assert not {key for key in shown if key[0] == "phone"}
    assert found.rest.populations == 2
    (tmp_path / "fewer").mkdir()
    fewer = [("spb", 40, "desktop", 2023, 10), ("spb", 4, "desktop", 2024, 10)]
    (found,) = Engine().run(write(tmp_path / "fewer", fewer)).insight.observed
    assert {(p.segment, p.period) for p in found.populations} == {("all", "all")}


def test_too_few_cases_are_a_warning(tmp_path):
    result = Engine().run(write(tmp_path, [("spb", 9, "desktop", 2023, 10)]))
    assert result.insight.observed == ()
    (warning,) = [w for w in result.warnings if w.code == "CX264"]
    assert warning.severity == "warning"
    assert "cases of fewer than 10 persons" in warning.message
    assert warning.location.line == TOML.splitlines().index("[[observed_journey]]") + 1


def test_a_case_is_not_a_person(tmp_path):
    """Three customers who come often are three, however many their cases."""
    toml = TOML.replace('response_id = "visit"', 'response_id = "visit"\ncustomer_id = "who"', 1)
    write(tmp_path, toml=toml)
    rows = ["visit,event,at,device,who"]
    for i in range(60):
        for j, event in enumerate("spb" if i < 30 else "ppb"):
            who = i if i < 30 else i % 3
            rows.append(f"{i},{event},2023-03-01T10:00:0{j},{'desktop' if i < 30 else 'phone'},c{who}")
    (tmp_path / "clicks.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (found,) = Engine().run(tmp_path).insight.observed
    assert (found.cases, found.persons) == (60, 30)
    assert [variant.touchpoints for variant in found.common] == [("search", "product", "pay")]
    assert [begin.touchpoint for begin in found.begins] == ["search"]
    assert ("product", "product") not in {(step.source, step.target) for step in found.steps}
    assert {population.segment for population in found.populations} == {"all"}


def test_cases_of_one_customer_are_alike(tmp_path):
    """Groups of customers who differ among themselves, not from group to group: 5% have a chance below 5%."""
    groups, customers, cases = 40, 15, 8
    dice = np.random.default_rng(4)
    toml = TOML.replace('response_id = "visit"', 'response_id = "visit"\ncustomer_id = "who"', 1)
    toml = toml.replace('{ device = "device" }', '{ group = "group" }')
    start, end = toml.index("[[segment]]"), toml.index("[[signal]]")
    segments = "".join(
        f'[[segment]]\nid = "g{i}"\nname = "G{i}"\nwhen = \'attributes.group == "{i}"\'\n\n'
        for i in range(groups)
    )
    write(tmp_path, toml=toml[:start] + segments + toml[end:])
    rows = ["visit,event,at,group,who"]
    for who in range(groups * customers):
        keen = dice.beta(0.5, 0.5)
        for case in range(cases):
            way = "spb" if dice.random() < keen else "sb"
            rows += [
                f"{who}-{case},{e},2023-03-01T10:00:0{j},{who % groups},c{who}" for j, e in enumerate(way)
            ]
    (tmp_path / "clicks.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (found,) = Engine().run(tmp_path).insight.observed
    chances = [one.p for one in found.populations if one.p is not None]
    assert len(chances) == groups
    assert sum(p < 0.05 for p in chances) <= 5
    assert sum(p < 0.5 for p in chances) >= 14
    covered = [one.follows.low <= 0.5 <= one.follows.high for one in found.populations if one.p is not None]
    assert sum(covered) >= 36
    assert found.follows.high - found.follows.low > 2 * (share(2400, 4800).high - share(2400, 4800).low)


def test_sentences(result, visits):
    told = [f.text for f in findings(result.project, result.journey, visits)]
    assert told[0] == (
        "43% of cases (n = 117, 34% to 52%) follow the designed journey from a start to an end."
    )
    assert (
        "17% of cases (n = 117, 11% to 25%) leave the designed journey where they go from Product page to Product"
        " page again."
    ) in told
    assert "31% of cases that meet Product page (n = 102, 23% to 41%) meet it again." in told
    assert (
        '17% of cases that come as far as the stage "I look" (n = 117, 11% to 25%) go no further: no stage loses more.'
        in told
    )


def test_any_source_that_names_cases_will_do(tmp_path):
    """Times order events, numbers those of the same time; the first event tells segment and period."""
    rows = []
    for i in range(12):
        rows.append(f"{i},b,2024-01-01T00:00:01,desktop,1")
        rows.append(f"{i},p,2023-12-31T23:59:59,desktop,2")
        rows.append(f"{i},s,2023-12-31T23:59:59,phone,1")
    toml = TOML.replace('use = "event_log"\n', "").replace('value = "event_number"', 'value = "number"')
    start = toml.index("options = ")
    toml = toml[:start] + 'options = { path = "clicks.csv" }' + toml[toml.index("\n", start) :]
    write(tmp_path, toml=toml)
    log = "visit,event,at,device,number\n" + "\n".join(rows) + "\n"
    (tmp_path / "clicks.csv").write_text(log, encoding="utf-8")
    (found,) = Engine().run(tmp_path).insight.observed
    assert [v.touchpoints for v in found.common] == [("search", "product", "pay")]
    assert {(p.segment, p.period, p.cases) for p in found.populations} == {
        (segment, period, 12) for segment in ("all", "phone") for period in ("all", "2023")
    }
    assert [step.seconds for step in found.steps if step.source == "product"] == [2.0]


def test_events_at_no_touchpoint_leave_the_map(tmp_path):
    visits = [
        ("spb", 30, "desktop", 2023, 10),
        ("sqpb", 20, "phone", 2023, 10),
        ("qspb", 10, "phone", 2023, 10),
    ]
    result = Engine().run(write(tmp_path, visits))
    (found,) = result.insight.observed
    assert found.cases == 60
    assert (found.follows.count, found.unmapped.count, found.follows_mapped.count) == (30, 30, 60)
    assert [(d.kind, d.source, d.cases.count) for d in found.departures] == [("unmapped", "search", 30)]
    document = observed_json(result.project, result.journey, result.insight.observed)
    text = document["findings"][0]["text"]
    assert "50% of cases (n = 60, 38% to 62%) follow the designed journey" in text
    assert "with these left aside, 100% would follow it." in text
    assert "do something that is at no touchpoint, after Search" in document["findings"][1]["text"]


def test_rules_may_read_what_cases_do(tmp_path):
    rule = """
[[rule]]
id = "lost"
about = "touchpoint"
when = "observed.visits.drop_off.low > 0.1 && observed.visits.reach.value > 0.1"
derive = { lost = "true" }
because = "Cases end here."
"""
    result = Engine().run(write(tmp_path, toml=TOML + rule))
    fired = [one.subject.id for one in result.conclusions if one.derived.get("lost")]
    assert fired == ["product", "pay"]


def test_touchpoints_that_nobody_meets(result, visits, tmp_path):
    assert visits.unmet == ()
    store = '[[touchpoint]]\nid = "store"\nname = "Store"\nstage = "buy"\n\n'
    office = store.replace("store", "office").replace("Store", "Office") + "frontstage = false\n\n"
    found = Engine().run(
        write(tmp_path, toml=TOML.replace("[[transition]]", store + office + "[[transition]]", 1))
    )
    (observed,) = found.insight.observed
    assert observed.unmet == ("store",), "customers do not see the office"
    told = [f.text for f in findings(found.project, found.journey, observed) if f.kind == "unmet"]
    assert told == [
        "No case meets Store (n = 117, at most 3.2%): nobody goes there, or the log does not hold it."
    ]


def test_kept_evidence_tells_the_same(visits, tmp_path):
    toml = TOML.replace("[evidence]", '[engine]\nstate = "kept"\n\n[evidence]')
    for _ in range(2):
        assert Engine().run(write(tmp_path, toml=toml)).insight.observed == (visits,)


def test_segments_that_differ_by_chance_are_not_told(tmp_path):
    visits = [("spb", 30, "desktop", 2023, 1), ("sb", 30, "desktop", 2023, 1)]
    visits += [("spb", 12, "phone", 2023, 1), ("sb", 18, "phone", 2023, 1)]
    result = Engine().run(write(tmp_path, visits))
    assert not _segments_told(result)
    (tmp_path / "apart").mkdir()
    visits[2:] = [("spb", 3, "phone", 2023, 1), ("sb", 27, "phone", 2023, 1)]
    result = Engine().run(write(tmp_path / "apart", visits))
    (told,) = _segments_told(result)
    assert told.startswith('10% of cases of the segment "On the phone" (n = 30, 3% to 26%) follow')
    assert told.endswith("less than 37% of all.")


def _segments_told(result):
    (observed,) = result.insight.observed
    return [f.text for f in findings(result.project, result.journey, observed) if f.kind == "segment"]


def test_files(result, visits, tmp_path):
    Engine().write(result, tmp_path / "run")
    content = json.loads((tmp_path / "run" / "observed.json").read_text(encoding="utf-8"))
    assert content == observed_json(result.project, result.journey, (visits,))
    Draft202012Validator(observed_schema()).validate(content)
    drawn = (tmp_path / "run" / "observed-visits.mmd").read_text(encoding="utf-8")
    assert "%% 43% of cases (n = 117, 34% to 52%) follow" in drawn
    assert 't1 -->|"102 cases, 97#37;"| t2' in drawn
    assert 't2 -.->|"20 cases' in drawn


def test_same_bytes_again(result, visits, tmp_path):
    again = Engine().run(write(tmp_path))
    assert again.insight.observed == (visits,)


def test_command(tmp_path):
    write(tmp_path)
    done = CliRunner().invoke(cli, ["journey", str(tmp_path), "--observed"])
    assert done.exit_code == 0
    assert done.stdout.startswith("flowchart LR\n    %% 43% of cases")
    without = TOML[: TOML.index("[[observed_journey]]")].replace(', x = "journey"', "")
    (tmp_path / "cxengine.toml").write_text(without, encoding="utf-8")
    done = CliRunner().invoke(cli, ["journey", str(tmp_path), "--observed"])
    assert done.exit_code == 2
    assert "No journey was observed" in done.stderr


def test_a_mapping_that_tells_no_cases(tmp_path):
    toml = TOML.replace('repeats = "all"\n', "")
    with pytest.raises(ProjectError) as caught:
        Engine().load(write(tmp_path, toml=toml))
    (finding,) = caught.value.diagnostics
    assert finding.code == "CX185"
    assert 'its mapping lacks `repeats = "all"`.' in finding.message
    assert finding.location.line == toml.splitlines().index('source = "clicks"') + 1


def test_shares():
    assert (share(3, 10).value, share(3, 10).count) == (0.3, 3)
    assert (round(share(3, 10).low, 4), round(share(3, 10).high, 4)) == (0.1078, 0.6032)  # Wilson, by hand


def test_clusters_widen_intervals():
    """Ten cases with ten departures each that all go one way are ten observations, not a hundred."""
    sums = {"k": 50, "k_yy": 500, "k_xy": 500}
    alike = Whole(100, 1000, 10).share(sums, "k")
    apart = Whole(100, 100, 100).share(sums | {"k_yy": 50, "k_xy": 50}, "k")
    assert alike.value == apart.value == 0.5
    assert apart.high - apart.low == pytest.approx(share(50, 100).high - share(50, 100).low, rel=0.01)
    assert alike.high - alike.low == pytest.approx(share(5, 10).high - share(5, 10).low, rel=0.1)


def test_intervals_of_steps_cover():
    """Customers differ in how they go on, and some leave a touchpoint often: 95% of intervals hold the truth."""
    chance = np.random.default_rng(11)
    held, runs, truth = 0, 2_000, 0.3
    for _ in range(runs):
        x = 1 + chance.poisson(2, 200)
        y = chance.binomial(x, chance.beta(0.6, 1.4, 200))
        sums = {"k": int(y.sum()), "k_yy": int((y * y).sum()), "k_xy": int((x * y).sum())}
        found = Whole(int(x.sum()), int((x * x).sum()), 200).share(sums, "k")
        held += found.low <= truth <= found.high
    assert 0.935 <= held / runs <= 0.965
