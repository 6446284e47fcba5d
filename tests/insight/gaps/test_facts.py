"""What rules, readers of JSON and later runs get of the map."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest

from cxengine import Engine
from cxengine.insight.heatmap import heatmap
from cxengine.insight.map import MapDocument, map_document
from cxengine.plugin.json_schema import schema_of
from cxengine.plugin.json_value import plain
from cxengine.rules.conclusion import Subject
from cxengine.rules.facts import cell_facts, touchpoint_facts

RULES = """
[moments_of_truth]
top = 1
decided_by = "measured"

[[rule]]
id = "falls-short"
about = "touchpoint"
when = "gap.low > 0.0 && gap.addressed && gap.remaining > 0.0"
derive = { distance = "gap.value" }

[[rule]]
id = "below-its-target"
about = "touchpoint"
when = "metrics.csat.gap.probability > 0.9 && metrics.csat.target == 4.4"
tag = ["below target"]

[[rule]]
id = "short-for-them"
about = "cell"
when = "gap.probability > 0.9"
tag = ["short"]

[[rule]]
id = "makes-or-breaks"
about = "touchpoint"
when = "moment_of_truth && moment_of_truth_probability > 0.5"
tag = ["truth"]
"""


@pytest.fixture(scope="module")
def ruled(run_shop, shop_toml):
    return run_shop(shop_toml + RULES)


def fired(result, rule):
    return {
        (c.subject.id, c.subject.segment)
        for c in result.conclusions
        if any(firing.rule == rule for firing in c.firings)
    }


def unanswered(result, rule):
    return {c.subject.id for c in result.conclusions if any(u.rule == rule for u in c.unanswered)}


def test_rules_read_gaps(ruled):
    assert fired(ruled, "below-its-target") == {("search", "all")}
    assert fired(ruled, "short-for-them") == {("search", "young")}
    assert {"fair", "packing"} <= unanswered(ruled, "falls-short")


def test_a_gap_as_a_fact(ruled):
    facts = touchpoint_facts(ruled.project, ruled.measurements, ruled.insight)
    gap = ruled.insight.gaps.of("search")
    assert facts[Subject("touchpoint", "search")]["gap"] == {
        "value": gap.size.value,
        "low": gap.size.low,
        "high": gap.size.high,
        "probability": gap.probability,
        "remaining": gap.remaining.value,
        "addressed": True,
    }
    judged = facts[Subject("touchpoint", "store")]["gap"]
    assert (judged["value"], judged["addressed"]) == (pytest.approx(0.6), True)
    assert "probability" not in judged
    assert "gap" not in facts[Subject("touchpoint", "fair")]
    assert "remaining" not in facts[Subject("touchpoint", "pay")]["gap"]


def test_the_target_of_a_metric_is_that_of_the_touchpoint(ruled):
    facts = touchpoint_facts(ruled.project, ruled.measurements, ruled.insight)
    search, pay = (facts[Subject("touchpoint", name)]["metrics"]["csat"] for name in ("search", "pay"))
    assert (search["target"], pay["target"]) == (4.4, 4.0)
    assert search["gap"]["value"] == pytest.approx(4.4 - search["value"])


def test_moments_of_truth_as_facts(ruled):
    facts = touchpoint_facts(ruled.project, ruled.measurements, ruled.insight)
    truths = {
        subject.id: (f["moment_of_truth"], f.get("moment_of_truth_probability"))
        for subject, f in facts.items()
    }
    assert truths["fair"] == (False, None)
    assert truths["pay"][1] + truths["search"][1] == pytest.approx(1.0)
    (strongest,) = (one for one in ruled.insight.moments if one.counts)
    assert fired(ruled, "makes-or-breaks") == {(strongest.touchpoint, "all")}


def test_why_goes_down_to_what_is_desired_and_who_does_something_about_it(ruled):
    told = str(Engine().why(ruled, "short-for-them@search/young"))
    assert "gap of the emotion at" in told
    assert "short of 0.5, over 99% sure that it is short at all" in told
    assert 'addressed by "index"' in told
    assert "expected to remain: " in told
    assert "cxengine.toml:17]" in told  # where it says what is desired
    told = str(Engine().why(ruled, "below-its-target@search"))
    assert "gap of csat at" in told
    assert "short of 4.4" in told
    truth = str(Engine().why(ruled, "makes-or-breaks@pay"))
    assert "by judged importance; decided by measured, from 80% on" in truth


def test_hidden_cells_have_no_facts(ruled):
    facts = cell_facts(ruled.project, ruled.measurements, ruled.insight)
    assert "gap" not in facts[Subject("cell", "search", "few")]
    assert facts[Subject("cell", "search", "few")]["metrics"] == {}
    assert facts[Subject("cell", "search", "young")]["gap"]["value"] > 0


def test_facts_are_listed(ruled):
    from cxengine.rules.vocabulary import describe

    listed = {(row.about, row.name) for row in describe(ruled.project)}
    for name in ("gap.value", "gap.addressed", "metrics.csat.gap.probability", "moment_of_truth_probability"):
        assert {("touchpoint", name), ("cell", name)} <= listed


# --- JSON ------------------------------------------------------------------------------------------


def test_the_map_is_published_with_a_schema(ruled):
    document = plain(map_document(ruled.project, ruled.journey, ruled.insight))
    jsonschema.validate(document, schema_of(MapDocument))
    assert {gap["touchpoint"] for gap in document["gaps"]} == {"search", "pay", "store"}
    assert len(document["heatmap"]) == 5 * 3
    assert document["missing_touchpoints"][0]["name"] == "click and collect"
    broken = json.loads(json.dumps(document))
    broken["gaps"][0]["size"] = "large"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema_of(MapDocument))


def test_what_is_hidden_is_nowhere_in_it(ruled):
    """Of the few, five answers at search must not be told, nor what follows from them."""
    document = plain(map_document(ruled.project, ruled.journey, ruled.insight))
    few = [one for part in ("heatmap", "apart", "gaps") for one in document[part] if one["segment"] == "few"]
    assert [(one["suppressed"], one["grade"], one["n"]) for one in few if one["touchpoint"] == "search"] == [
        (True, "none", 0)
    ]
    assert all(one.get("emotion") is None and "size" not in one for one in few)
    assert not [one for one in document["remembered"] if one["segment"] == "few"]


def test_what_an_earlier_run_showed_is_held_against_it(run_shop, shop_toml, tmp_path):
    """Three answers more than in the run before would tell of three people: the gap of then is told again."""
    engine = Engine()
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "cxengine.toml").write_text(shop_toml)
    survey = "id,age,about,signal,value\n" + "".join(f"{i},50,search,rating,4\n" for i in range(40))
    (folder / "answers.csv").write_text(survey)
    first = engine.run(engine.load(folder))
    engine.write(first, tmp_path / "first")
    (folder / "answers.csv").write_text(survey + "".join(f"{i},50,search,rating,1\n" for i in range(40, 43)))
    loaded = engine.load(folder)
    assert engine.run(loaded).insight.gaps.of("search").size != first.insight.gaps.of("search").size
    again = engine.run(loaded, previous=tmp_path / "first")
    day = again.insight.feeling("search").as_of
    assert day is not None
    for measure in ("emotion", "csat"):
        then, now = (one.insight.gaps.of("search", measure) for one in (first, again))
        assert (now.size, now.current, now.n) == (then.size, then.current, then.n)
        assert (now.as_of, now.p, now.beyond_chance) == (day, None, False)
    assert again.insight.moment_of_truth("search").n == 40
    assert {(one.n, one.as_of, one.p) for one in again.insight.remembered} == {(40, day, None)}


def test_without_what_was_told_before_nothing_is_known_of_what_is_hidden(run_shop, shop_toml, tmp_path):
    """Somebody went: the gap there is hidden."""
    engine = Engine()
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "cxengine.toml").write_text(shop_toml)
    survey = ["id,age,about,signal,value", *(f"{i},50,search,rating,4" for i in range(40))]
    (folder / "answers.csv").write_text("\n".join(survey))
    engine.write(engine.run(engine.load(folder)), tmp_path / "first")
    (folder / "answers.csv").write_text("\n".join(survey[:-2]))
    again = engine.run(engine.load(folder), previous=tmp_path / "first")
    assert again.insight.feeling("search").emotion.suppressed
    assert again.insight.gaps.of("search") is None
    assert again.insight.gaps.of("search", "csat") is None
    assert again.insight.moment_of_truth("search").probability is None
    assert again.insight.remembered == ()


def test_the_heatmap_says_how_well_every_cell_is_backed(ruled):
    found = heatmap(ruled.project, ruled.journey, ruled.insight)
    grades = {(cell.touchpoint, cell.segment): cell.grade for row in found.rows for cell in row}
    assert grades["search", "all"] == grades["search", "young"] == "measured well"
    assert grades["store", "all"] == "judged"
    assert grades["store", "young"] == grades["search", "few"] == grades["fair", "all"] == "none"
    (store,) = (row[0] for row in found.rows if row[0].touchpoint == "store")
    assert (store.judged, store.suppressed, store.emotion) == (-0.2, False, None)
    young = next(cell for row in found.rows for cell in row if cell.segment == "young" and cell.n)
    assert young.difference.value < 0
    assert young.differs


def test_a_thin_cell_is_graded_so(run_shop, shop_toml):
    result = run_shop(shop_toml, {("search", "rating", 1, 20): 6, ("search", "rating", 5, 20): 6})
    assert heatmap(result.project, result.journey, result.insight).rows[0][0].grade == "measured thinly"


def test_texts_name_no_ids(ruled):
    from cxengine.insight.gaps.findings import findings
    from cxengine.insight.map_findings import findings as of_map

    for finding in (*findings(ruled.project, ruled.insight), *of_map(ruled.project, ruled.insight)):
        assert not re.search(r"\b(csat|happy|big-buttons|second-till)\b", finding.text)
        assert finding.text.endswith(".")
        assert finding.caution.endswith(".")
