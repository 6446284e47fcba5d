"""What expected changes do to outcomes: by the estimated effect of the driver, and by no more."""

from types import SimpleNamespace

import attrs
import pytest

from cxengine.diagnostics import ProjectError
from cxengine.insight.drivers.report import Drivers, Edge
from cxengine.metrics.interval import Interval
from cxengine.planning.benefit import Ground, Yardstick
from cxengine.planning.outcomes import counted, outcomes
from cxengine.project.model import Effect, Estimate

CSAT = Yardstick("csat", "Satisfaction", "", 1.0, 5.0, 1, 4.0)
T2B = Yardstick("happy", "Happy", "%", 0.0, 100.0, 1, 100.0)
SIGNAL = SimpleNamespace(id="satisfaction", scale=SimpleNamespace(min=1.0, max=5.0))
PROJECT = SimpleNamespace(
    metrics=[
        SimpleNamespace(id="csat", signal="satisfaction"),
        SimpleNamespace(id="happy", signal="satisfaction"),
    ],
    signals=[SIGNAL],
)


def model(*, restates=False, refused=None, edges=()):
    driver = SimpleNamespace(
        id="checkout", signal="satisfaction", touchpoint="checkout", restates_outcome=restates
    )
    measured = Edge("checkout", Interval(2.0, 1.0, 3.0), "correlational", "", contradicted=False)
    return SimpleNamespace(id="keeps", drivers=[driver], edges=[measured, *edges], refused=refused)


@pytest.fixture
def ground(evidence):
    def made(found):
        insight = attrs.evolve(evidence.insight(), drivers=Drivers(models=(found,)))
        sticks = {"csat": CSAT, "happy": T2B}
        return Ground({}, evidence.measurements(), insight, sticks)

    return made


def effect(low, likely, high, touchpoint="checkout", metric="csat"):
    return Effect(touchpoint=touchpoint, metric=metric, change=Estimate(low, likely, high))


def moved(ground, *effects, segments=()):
    return outcomes(PROJECT, effects, segments, ground)["keeps"]


def test_a_change_moves_the_outcome_by_the_effect_of_its_driver(ground):
    change = moved(ground(model()), effect(0.1, 0.2, 0.4))
    assert attrs.astuple(change) == pytest.approx((0.1 * 1.0, 0.2 * 2.0, 0.4 * 3.0))


def test_it_moves_it_no_further_than_the_metric_can_go(ground):
    change = moved(ground(model()), effect(0.1, 9.0, 9.0))  # from 3.7 to 5 at most
    assert change.likely == pytest.approx(1.3 * 2.0)


def test_two_effects_on_one_driver_are_one_experience(ground):
    both = moved(ground(model()), effect(0.1, 0.2, 0.4), effect(0.2, 0.3, 0.4))
    assert both.likely == pytest.approx(0.3 * 2.0)


def test_it_counts_for_those_whom_the_initiative_serves(ground):
    found = ground(model())
    share = found.reach("checkout", ("new",)) / found.reach("checkout", ())
    assert moved(found, effect(0.2, 0.2, 0.2), segments=("new",)).likely == pytest.approx(0.4 * share)


def test_what_an_experiment_found_takes_the_place_of_what_goes_together(ground):
    better = Edge("checkout", Interval(0.5, 0.4, 0.6), "experimental", "test", contradicted=True)
    assert moved(ground(model(edges=[better])), effect(0.2, 0.2, 0.2)).likely == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("found", "one"),
    [
        (model(), effect(1, 1, 1, touchpoint="search")),
        (model(), effect(1, 1, 1, metric="happy")),  # a share is not in points of the answer
        (model(restates=True), effect(1, 1, 1)),
    ],
)
def test_what_no_driver_stands_for_moves_nothing(ground, found, one):
    assert attrs.astuple(moved(ground(found), one)) == (0.0, 0.0, 0.0)
    assert not counted(PROJECT, one, ground(found), ["keeps"])


def test_an_outcome_that_was_not_measured_is_not_known(ground):
    assert outcomes(PROJECT, [effect(1, 1, 1)], (), ground(model(refused="too few"))) == {}


def test_an_effect_that_a_linked_outcome_counts_is_said_to_be(ground):
    assert counted(PROJECT, effect(1, 1, 1), ground(model()), ["keeps"])
    assert not counted(PROJECT, effect(1, 1, 1), ground(model()), [])


MODELS = """
[[driver_model]]
id = "keeps"
name = "What keeps"
outcome = { signal = "effort" }
drivers = [{ signal = "satisfaction", touchpoint = "checkout" }]

[[driver_model]]
id = "sells"
name = "What sells"
outcome = { signal = "effort", touchpoint = "delivery" }
drivers = [{ signal = "satisfaction", touchpoint = "checkout" }]
"""


def benefit(*streams):
    links = ", ".join(
        f'{{ model = "{m}", stream = "{s}", worth = 1 }}'
        for m, s in zip(("keeps", "sells"), streams, strict=True)
    )
    return f'{MODELS}\n[scoring]\nuse = "benefit"\noptions = {{ week_cost = 1, links = [{links}] }}\n'


def test_retention_and_revenue_do_not_count_one_change_twice(planned, plan_without_initiatives):
    base = plan_without_initiatives.replace("score = 'impact.likely / effort.likely'\n", "")
    with pytest.raises(ProjectError, match="CX516 retention and revenue would be counted twice"):
        planned(benefit("retention", "revenue"), base=base)
    planned(benefit("retention", "cross_selling"), base=base)
