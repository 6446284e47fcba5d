"""Methods of scoring in a plan: the order does not depend on who else is there, terms make up scores."""

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cxengine.diagnostics import PlanningError, ProjectError
from cxengine.project.model import Effect, Estimate, InitiativeTable
from cxengine.rules.scoring import whole


@pytest.fixture
def scored(planned, shop_toml):
    """Plans the shop by a method: without a formula of its own, and without its initiatives on request."""
    base = shop_toml[shop_toml.index("[roadmap]") :].replace("score = 'impact.likely / effort.likely'\n", "")

    def run(*toml, alone=False, **named):
        return planned(*toml, base=base[: base.index("[[initiative]]")] if alone else base, **named)

    return run


METRICS = """
[[metric]]
id = "important"
use = "csat_t2b"
signal = "satisfaction"

[[metric]]
id = "satisfied"
use = "csat_t2b"
signal = "satisfaction"
"""

JUDGED = dict.fromkeys(("impact", "confidence", "ease"), (1, 10))
VALUED = dict.fromkeys(("business_value", "time_criticality", "risk_reduction"), (1, 20))
MONEY = dict.fromkeys(("revenue", "cross_selling", "cost_reduction", "kept_customers"), (0, 90))
WEIGHTED = """{ criteria = [
    { name = "value", value = "impact.likely", worst = 0, best = 5, weight = "params.pain_limit * 10.0" },
    { name = "cheap", value = "initiative.cost", worst = 100, best = 0 },
] }"""
NEEDS = 'importance = "important", satisfaction = "satisfied"'

METHODS = {
    "rice": ("{}", {}),
    "rice as judged": ('{ impact = "judged" }', {"impact": (1, 3), "confidence": (0, 1), "reach": (1, 99)}),
    "ice": ("{}", JUDGED),
    "wsjf": ("{}", VALUED),
    "value_complexity": ("{}", {}),
    "effort_impact": ("{}", {}),
    "weighted_sum": (WEIGHTED, {}),
    "opportunity": (f"{{ {NEEDS} }}", {"importance": (0, 10), "satisfaction": (0, 10)}),
    "kano": ("{}", {"better": (0, 1), "worse": (-1, 0)}),
    "benefit": ("{ week_cost = 3, customer_point = 9, emphasis = { goals = 1, pain = 1, segment = 1 } }", {}),
    "benefit of inputs": ("{ week_cost = 3, lifetime_value = 2 }", MONEY),
}
PLACES = [("search", "csat"), ("checkout", "csat"), ("checkout", "hard"), ("delivery", "csat")]


def scoring(method):
    options, inputs = METHODS[method]
    return f'{METRICS}\n[scoring]\nuse = "{method.split()[0]}"\noptions = {options}\n', inputs


def estimates(low, high):
    return st.lists(st.integers(low, high), min_size=3, max_size=3).map(
        lambda n: Estimate(*map(float, sorted(n)))
    )


@st.composite
def initiatives(draw, inputs, first=0):
    places = draw(st.lists(st.sampled_from(PLACES), unique=True, min_size=1, max_size=3))
    return InitiativeTable(
        id=f"i{draw(st.integers(first, first + 99))}",
        name="Initiative",
        effects=tuple(Effect(touchpoint=t, metric=m, change=draw(estimates(-2, 2))) for t, m in places),
        effort=draw(estimates(1, 12)),
        cost=float(draw(st.integers(0, 100))),
        complexity=draw(st.integers(1, 5)),
        duration=float(draw(st.integers(1, 6))),
        segments=draw(st.sampled_from([(), ("new",)])),
        inputs={name: draw(estimates(*scale)) for name, scale in inputs.items()},
    )


few = settings(
    max_examples=6,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize("method", METHODS)
@few
@given(st.data())
def test_one_more_candidate_reorders_none_of_the_others(scored, method, data):
    toml, inputs = scoring(method)
    some = initiatives(inputs)
    pool = data.draw(st.lists(some, min_size=2, max_size=6, unique_by=lambda i: i.id))
    other = data.draw(initiatives(inputs, first=100))

    def order(*found):
        items = scored(toml, alone=True, change=lambda p: attrs.evolve(p, initiatives=found)).roadmap.items
        return {i.id: (i.score, i.terms) for i in items}, [i.id for i in items]

    alone, first = order(*pool)
    more, longer = order(*pool, other)
    assert {i: more[i] for i in alone} == alone
    assert [i for i in longer if i != other.id] == first
    for score, terms in more.values():
        assert whole(terms) == pytest.approx(score, rel=1e-9, abs=1e-12)


def test_the_terms_of_a_formula_of_ones_own_make_up_the_score(planned):
    for formula in (
        "100.0 * impact.likely / (effort.likely + initiative.cost) * segment_value",
        "impact.likely - 2.0 * effort.likely + (quick_win ? 1.0 : 0.0)",
        "quick_win ? 5.0 : impact.likely",
    ):
        project = planned(
            change=lambda p, f=formula: attrs.evolve(p, roadmap=attrs.evolve(p.roadmap, score=f))
        )
        for item in project.roadmap.items:
            assert whole(item.terms) == pytest.approx(item.score)
    assert [t.role for t in item.terms] == ["adds"]


def test_a_loss_is_not_made_smaller_by_dividing_it(scored):
    toml, _ = scoring("benefit")
    items = scored(
        toml, '[[initiative]]\nid = "big"\nname = "Big"\neffort = 50\ncomplexity = 5'
    ).roadmap.items
    big = next(i for i in items if i.id == "big")
    assert big.score == -150  # what it costs, neither divided by 50 weeks nor by its complexity
    told = next(r.text for r in big.reasons if r.kind == "score")
    assert "a loss is neither multiplied nor divided" in told


def test_the_reason_tells_the_terms(scored):
    toml, _ = scoring("value_complexity")
    item = scored(toml).roadmap.items[0]
    (told,) = (r.text for r in item.reasons if r.kind == "score")
    assert told == "Score 2.5 by Value against complexity: value 5 / complexity 2."


def test_rice_takes_confidence_from_the_backing_and_reach_from_the_evidence(scored):
    items = {i.id: i for i in scored(scoring("rice")[0]).roadmap.items}
    terms = {t.name: t.value for t in items["one-page"].terms}
    assert {n: round(v, 9) for n, v in terms.items()} == {
        "impact": 5.0,
        "reach": 1.0,
        "confidence": 0.5,
        "effort": 6.0,
    }


def test_kano_answers_become_better_and_worse(scored):
    table = "[[0, 10, 10, 10, 20], [0, 5, 5, 5, 15], [0, 5, 5, 5, 5], [0, 0, 0, 0, 5], [0, 0, 0, 0, 0]]"
    asked = f"[initiative.inputs]\nkano_answers = {table}\n"
    toml = '[scoring]\nuse = "kano"\n'
    one = f'[[initiative]]\nid = "asked"\nname = "Asked"\neffort = 1\n{asked}'
    roadmap = scored(toml, one).roadmap
    (item,) = roadmap.items  # the others say nothing, so they have no score
    # A = 30, O = 20, M = 25, I = 30: better 50 / 105, worse -45 / 105
    assert {t.name: round(t.value, 4) for t in item.terms} == {"better": 0.4762, "worse": 0.4286}
    assert {left.id for left in roadmap.left_out} == {"one-page", "single-sign-on", "parcel-lockers"}


MUST = '[[initiative]]\nid = "law"\nname = "Law"\neffort = 9\nmoscow = "{}"\n'


def test_a_must_goes_first_and_a_wont_is_left_out(planned):
    first = planned(MUST.format("must")).roadmap.items[0]
    assert first.id == "law"
    assert any(r.text.startswith("It is a must, so it goes first.") for r in first.reasons)
    left = {one.id: one.reason for one in planned(MUST.format("wont")).roadmap.left_out}
    assert left == {"law": "Its author says that it won't be done this time (MoSCoW)."}


def test_a_must_that_a_rule_excludes_is_a_contradiction(planned):
    rule = '[[rule]]\nid = "no"\nabout = "initiative"\nwhen = \'initiative.id == "law"\'\nexclude = true\n'
    with pytest.raises(
        PlanningError, match='the author requires initiative "law", but rule "no" excludes it'
    ):
        planned(MUST.format("must"), rule)


def test_inputs_are_held_against_what_the_method_needs(scored):
    toml = (
        '[scoring]\nuse = "ice"\n'
        '[[initiative]]\nid = "odd"\nname = "Odd"\neffort = 1\n'
        'inputs = { impact = 11, confidence = "high", eas = 3 }\n'
    )
    with pytest.raises(ProjectError) as error:
        scored(toml, alone=True)
    found = error.value.diagnostics
    places = [(d.location.line - found[0].location.line, d.location.column) for d in found]
    assert places == [(0, 1), (4, 21), (4, 38), (4, 46)]
    assert [(d.code, d.message) for d in found[1:]] == [
        ("CX192", "The input `impact` must be from 1 to 10, not the number 11."),
        ("CX192", 'The input `confidence` must be one number or [low, likely, high], not the text "high".'),
        ("CX190", 'Nobody asks for the input "eas".'),
    ]
    assert found[0].message.startswith('Initiative "odd" has no input `ease`, which the method "ice" (')
    assert found[3].hint == 'Did you mean "ease"?'


def test_a_formula_and_a_method_in_one_file_are_a_mistake(planned):
    with pytest.raises(ProjectError, match="CX194 The score is said twice"):
        planned('[scoring]\nuse = "effort_impact"\n')


def test_what_a_method_cannot_do_without_is_asked_for(scored):
    with pytest.raises(ProjectError, match='has no `duration`, which the method "wsjf"'):
        scored('[scoring]\nuse = "wsjf"\n')


def test_a_mistake_in_a_formula_of_the_options_is_shown_there(scored):
    criteria = '{ criteria = [{ name = "x", value = "impact.likly", worst = 0, best = 1 }] }'
    with pytest.raises(ProjectError) as error:
        scored(f'[scoring]\nuse = "weighted_sum"\noptions = {criteria}\n')
    (found,) = error.value.diagnostics
    assert found.location.source[found.location.column - 1 :].startswith("likly")


@pytest.mark.parametrize(
    ("criterion", "column", "said"),
    [
        ('value = "pain", worst = 1, best = 1', "1", "CX519 `worst` and `best` of x are the same"),
        (
            'value = "pain", worst = 0, best = 1, weight = "pain"',
            '"pain"',
            "CX519 the weight of x may read `params` only",
        ),
    ],
)
def test_criteria_that_tell_nothing_apart_are_refused_where_they_are_written(scored, criterion, column, said):
    options = f'{{ criteria = [{{ name = "x", {criterion} }}] }}'
    with pytest.raises(ProjectError) as error:
        scored(f'[scoring]\nuse = "weighted_sum"\noptions = {options}\n')
    (found,) = error.value.diagnostics
    assert f"{found.code} {found.message}".startswith(said)
    assert found.location.source[found.location.column - 1 :].startswith(column)


def test_an_input_of_ones_own_is_read_by_formulas_and_rules(planned):
    toml = """
[[input]]
id = "courage"
about = "How much courage it takes."
scale = { min = 1, max = 5 }

[[input]]
id = "mood"
choices = ["good", "bad"]

[[initiative]]
id = "bold"
name = "Bold"
effort = 1
inputs = { courage = [1, 4, 5], mood = "good" }

[[rule]]
id = "likes"
about = "initiative"
when = 'has(inputs.mood) && inputs.mood == "good" && inputs.courage.likely > 3'
tag = ["bold"]
"""
    tags = {i.id: i.tags for i in planned(toml).roadmap.items}
    assert tags == {"bold": ("bold",), "one-page": (), "single-sign-on": (), "parcel-lockers": ()}
