"""Peak and end, and personas: known answers, and intervals that cover though the peak is chosen."""

from __future__ import annotations

import attrs
import networkx as nx
import numpy as np
import pytest

from cxengine import journey
from cxengine.insight.find import find
from cxengine.insight.flags import chances, flagged
from cxengine.insight.insight import Feeling, Insight
from cxengine.insight.profiles import profiles
from cxengine.insight.remembered import remembered
from cxengine.metrics.discovery import discover
from cxengine.metrics.measure import measure
from cxengine.metrics.measurement import SUPPRESSED, Measurement
from cxengine.project import model

NOTHING = Measurement(0.0, 0.0, 0.0, 50, 50.0)


def feeling(touchpoint, emotion, *, reach=1.0, error=0.05, segment="all", n=50):
    half = 1.96 * error
    return Feeling(
        touchpoint,
        segment,
        Measurement(emotion, max(emotion - half, -1.0), min(emotion + half, 1.0), n, float(n)),
        NOTHING,
        NOTHING,
        reach,
        "strong",
    )


def way(feelings, ends):
    """The graph of touchpoints one after another; a persona `few` meets all but the first."""
    graph = nx.DiGraph(ends=ends)
    for i, touchpoint in enumerate(dict.fromkeys(f.touchpoint for f in feelings)):
        graph.add_node(touchpoint, personas=("few",) if i else ())
    return graph


def memories(project, feelings, ends=("d",)):
    return remembered(project, way(feelings, ends), Insight(tuple(feelings)))


@pytest.fixture
def plain(make_project):
    return make_project(segments=())


def test_the_peak_is_furthest_from_indifferent_and_the_end_is_where_it_ends(plain):
    (one,) = memories(plain, [feeling(*f) for f in (("a", 0.2), ("b", -0.6), ("c", 0.4), ("d", 0.5))])
    assert (one.peak, one.ends, one.touchpoints) == ("b", ("d",), 4)
    assert one.peak_emotion.value == -0.6
    assert one.score.value == pytest.approx((-0.6 + 0.5) / 2)
    assert one.mean.value == pytest.approx(0.125)
    assert one.difference.value == pytest.approx(-0.05 - 0.125)
    assert one.score.low < one.score.value < one.score.high
    assert 0.8 < one.peak_probability < 1


def test_several_ends_and_the_mean_count_by_reach(plain):
    felt = [feeling("a", 0.6), feeling("c", -0.2, reach=0.3), feeling("d", 0.4, reach=0.9)]
    (one,) = memories(plain, felt, ends=("c", "d"))
    assert one.end_emotion.value == pytest.approx((0.3 * -0.2 + 0.9 * 0.4) / 1.2)
    assert one.mean.value == pytest.approx((0.6 + 0.3 * -0.2 + 0.9 * 0.4) / 2.2)


def test_what_few_meet_is_no_peak(plain):
    felt = [feeling("a", 0.9, reach=0.1), feeling("b", 0.5), feeling("d", 0.1)]
    assert memories(plain, felt)[0].peak == "b"
    rare = [attrs.evolve(f, reach=0.1) for f in felt]
    assert memories(plain, rare)[0].peak == "a"  # a sparse survey: all are met by few


def test_a_hidden_end_gives_way_to_the_last_that_is_shown(plain):
    felt = [feeling("a", 0.2), feeling("b", -0.6), attrs.evolve(feeling("d", 0.9), emotion=SUPPRESSED)]
    (one,) = memories(plain, felt)
    assert (one.ends, one.touchpoints) == (("b",), 2)
    hidden = [attrs.evolve(f, emotion=SUPPRESSED) for f in felt]
    assert memories(plain, hidden) == ()


def test_segments_and_personas_have_their_own_memory(make_project):
    project = make_project(personas=(model.Persona(id="few", name="Few", segment="dutch"),))
    felt = [feeling("a", 0.8), feeling("d", 0.2)]
    felt += [feeling("a", 0.9, segment="dutch"), feeling("d", -0.3, segment="dutch", n=12)]
    found = {(one.segment, one.persona): one for one in memories(project, felt)}
    assert set(found) == {("all", ""), ("dutch", ""), ("dutch", "few")}
    assert found["dutch", ""].peak == "a"
    assert (found["dutch", "few"].peak, found["dutch", "few"].n) == ("d", 12)


def coverage(project, size, spread, error, times=400):
    """How often the interval of the score holds the score of the true emotions."""
    rng = np.random.default_rng(size)
    held = 0
    for _ in range(times):
        truth = np.clip(rng.normal(0.1, spread, size), -0.9, 0.9)
        felt = [feeling(f"t{i}", t + rng.normal(0, error), error=error) for i, t in enumerate(truth)]
        (one,) = memories(project, felt, ends=(f"t{size - 1}",))
        true = (truth[np.argmax(np.abs(truth))] + truth[-1]) / 2
        held += one.score.low <= true <= one.score.high
    return held / times


def test_the_interval_covers_though_the_peak_is_chosen(plain):
    assert 0.93 <= coverage(plain, 12, 0.3, 0.1) <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("size", [5, 12, 25])
@pytest.mark.parametrize(("spread", "error"), [(0.1, 0.03), (0.1, 0.1), (0.3, 0.03), (0.3, 0.1)])
def test_intervals_cover_94_to_98_percent(plain, size, spread, error):
    assert 0.93 <= coverage(plain, size, spread, error, times=2000) <= 0.985


# --- personas --------------------------------------------------------------------------------------


def answers(touchpoint, values, country):
    return [
        {"signal": "satisfied", "touchpoint": touchpoint, "value": float(v), "a_country": country,
         "response_id": f"survey:{country}{i}"}
        for i, v in enumerate(values)
    ]  # fmt: skip


def test_a_persona_has_the_pains_of_its_segment_where_it_goes(make_project, make_evidence):
    personas = (
        model.Persona(id="noor", name="Noor", segment="dutch", touchpoints=("search", "delivery")),
        model.Persona(id="all", name="All"),
    )
    rows = [
        *answers("search", [1] * 40 + [4] * 40, "NL"),
        *answers("order", [1] * 80, "NL"),  # where Noor does not go
        *answers("delivery", [2] * 8 + [5] * 72, "NL"),
        *answers("search", [4] * 70 + [1] * 10, "BE"),
        *answers("delivery", [5] * 72 + [2] * 8, "BE"),
    ]
    project = make_project(personas=personas)
    graph = journey.build(project)
    evidence = make_evidence(rows)
    insight = find(project, graph, evidence, measure(project, evidence, {}))
    insight = flagged(insight, discover(chances(insight)))
    noor, everybody = profiles(project, graph, insight)
    assert [one.touchpoint for one in noor.pains] == ["search", "delivery"]
    assert [one.touchpoint for one in noor.loves] == ["delivery", "search"]
    assert noor.pains[0].size.value == pytest.approx(0.5)
    assert noor.pains[0].difference.value == pytest.approx(0.5 - 0.125)
    assert (noor.pains[0].beyond_chance, noor.pains[1].beyond_chance) == (True, False)
    assert (noor.pains[0].n, noor.segment, noor.hidden) == (80, "dutch", 0)
    assert everybody.segment == "all"
    assert everybody.pains[0].touchpoint == "order"
    assert everybody.pains[0].difference is None


def test_hidden_cells_are_counted_and_not_told(make_project, make_evidence):
    persona = model.Persona(id="noor", name="Noor", segment="dutch")
    project = make_project(personas=(persona,), minimum_n=10)
    rows = [*answers("search", [1] * 4, "NL"), *answers("search", [5] * 60, "BE")]
    graph, evidence = journey.build(project), make_evidence(rows)
    insight = find(project, graph, evidence, measure(project, evidence, {}))
    (noor,) = profiles(project, graph, insight)
    assert (noor.pains, noor.loves, noor.hidden) == ((), (), 1)
