"""Changes of facts: they do what is promised, where one fact is enough it is found, nothing is idle."""

from itertools import combinations, pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine import cel
from cxengine.explain.changes import Changes, _changed
from cxengine.explain.wish import ways
from cxengine.rules.conclusion import Subject

GRID = {
    "a": (0.0, 1.0, 2.0, 3.0, 4.0, 5.0),
    "b": (0.0, 1.0, 2.0, 3.0, 4.0, 5.0),
    "p": (False, True),
    "q": (False, True),
}
ENVIRONMENT = cel.Environment(variables={"a": cel.DOUBLE, "b": cel.DOUBLE, "p": cel.BOOL, "q": cel.BOOL})

atoms = st.one_of(
    st.sampled_from(["p", "q", "a < b", "a >= b", "a + b > 4.0", "a * 2.0 <= b", "a == b"]),
    st.builds(
        "{} {} {}".format,
        st.sampled_from("ab"),
        st.sampled_from(["<", "<=", ">", ">="]),
        st.sampled_from(["1.0", "3.0"]),
    ),
)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
    ),
    max_leaves=5,
)
facts = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in GRID.items()})


def holding(program, known, wanted):
    return [w for w in ways(program, known, wanted) if program(_changed(known, w)) is wanted]


def fewest_by_trying(program, known, wanted):
    """The number of facts that have to change, by trying everything on the grid."""
    for count in range(len(GRID) + 1):
        for names in combinations(GRID, count):
            for values in product(*(GRID[name] for name in names)):
                if program({**known, **dict(zip(names, values, strict=True))}) is wanted:
                    return count
    return None


@settings(derandomize=True, max_examples=200, deadline=None)
@given(text=conditions, known=facts)
def test_no_smaller_change_is_missed(text, known):
    """Where one fact is enough it is found; facts that constrain one another may need more than is found."""
    program = ENVIRONMENT.compile(text)
    wanted = program(known) is not True
    fewest, found = fewest_by_trying(program, known, wanted), holding(program, known, wanted)
    if fewest == 1:
        assert found
        assert len(found[0]) == fewest
    for way in found[:1]:
        for idle in range(len(way)):
            without = way[:idle] + way[idle + 1 :]
            assert program(_changed(known, without)) is not wanted


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("a > 3.0", {"a": 1.0}, "a more than 3"),
        ("a >= 3.0", {"a": 1.0}, "a at least 3"),
        ("!(a >= 3.0)", {"a": 4.0}, "a less than 3"),
        ("a > 3.0 && p", {"a": 1.0, "p": False}, "a more than 3, p true"),
        ("a > 3.0 || b > 3.0", {"a": 1.0, "b": 2.9}, "b more than 3"),
        ("a - b > 2.0", {"a": 3.0, "b": 2.0}, "a more than 4"),
        ("b / a < 1.0", {"a": 2.0, "b": 2.5}, "b less than 2"),
        ("-a > 1.0", {"a": 2.0}, "a less than -1"),
        ("(p ? a : 0.0) > 1.0", {"p": False, "a": 2.0}, "p true"),
        ("a > 3.0", {}, "a more than 3"),
    ],
)
def test_what_is_needed(text, known, expected):
    program = ENVIRONMENT.compile(text)
    way = holding(program, known, True)[0]
    assert ", ".join(f"{'.'.join(map(str, w.place))} {w.needed}" for w in way) == expected


def test_every_change_that_is_told_makes_the_rule_fire(known):
    tried = 0
    for rule, compiled in known.rules.items():
        for subject, conclusion in known.conclusions.items():
            if subject.about != compiled.rule.about:
                continue
            fires = any(f.rule == rule for f in conclusion.firings)
            changes = Changes(known, subject)
            for way in changes.for_rule(rule, fires=not fires).ways:
                after = changes.after(way)
                assert any(f.rule == rule for f in after.firings) is not fires
                tried += 1
    assert tried > 20


def test_changes_reach_through_what_rules_derive(known):
    """`pressing` reads `urgent` of a touchpoint, which another rule derives from its pain."""
    found = Changes(known, Subject("initiative", "softer-chairs")).for_rule("pressing", fires=True).ways
    places = [[wish.place for wish in way] for way in found]
    assert [("touchpoints", 0, "moment_of_truth"), ("touchpoints", 0, "pain")] in places


def test_a_score_that_passes_the_next(known):
    items = sorted(known.items.values(), key=lambda item: item.rank)
    for above, item in pairwise(items):
        changes = Changes(known, Subject("initiative", item.id))
        found = changes.for_score(above.score)
        assert found or item.impact.likely == 0
        for way in found:
            facts = known.ruleset.settled(changes.after(way))
            assert known.ruleset.score(facts) > above.score
