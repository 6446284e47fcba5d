"""What is called impossible never happens: random conditions against random facts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine import cel
from cxengine.project.model import Identity, Project
from cxengine.rules.domain import Domain
from cxengine.rules.possible import Possible
from cxengine.rules.span import Span
from cxengine.rules.strict import normal

NAMES = ("pain", "love", "reach")
TYPES = dict.fromkeys(NAMES, cel.DOUBLE) | {"mot": cel.BOOL, "kind": cel.enum("a", "b", "c")}
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)


def numbers():
    leaf = st.one_of(st.sampled_from(NAMES), st.sampled_from(LEVELS).map(str), st.just("1.5"))
    return st.recursive(
        leaf,
        lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        max_leaves=3,
    )


def conditions():
    compared = st.builds(
        "{} {} {}".format, numbers(), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), numbers()
    )
    text = st.sampled_from(['kind == "a"', 'kind != "b"', 'kind in ["a", "c"]', "mot", "mot == false"])
    listed = st.builds("{} in [0.25, {}]".format, st.sampled_from(NAMES), st.sampled_from(LEVELS))
    leaf = st.one_of(compared, text, listed)
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds("({} && {})".format, inner, inner),
            st.builds("({} || {})".format, inner, inner),
            st.builds("!({})".format, inner),
            st.builds("({} ? {} : {})".format, inner, inner, inner),
        ),
        max_leaves=8,
    )


FACTS = st.fixed_dictionaries(
    {
        **{name: st.sampled_from([*LEVELS, 0.1, 0.6, 0.9]) for name in NAMES},
        "mot": st.booleans(),
        "kind": st.sampled_from("abc"),
    }
)
ENVIRONMENT = cel.Environment(variables=TYPES)
POSSIBLE = Possible(Domain(Project(project=Identity(id="p", name="P")), "touchpoint", {}))


def evaluated(program, facts):
    try:
        return program.exact(facts)
    except cel.CelError:
        return None


def compiled(text):
    """The program; None for what means nothing, such as two literals of different types."""
    try:
        return ENVIRONMENT.compile(text)
    except cel.CelError:
        return None


@settings(max_examples=200, deadline=None, derandomize=True)
@given(conditions(), st.lists(FACTS, min_size=8, max_size=8))
def test_what_happens_is_in_a_box(text, known):
    program = compiled(text)
    if program is None:
        return
    boxes = {truth: POSSIBLE.assume(program.tree, truth, {}) for truth in (True, False)}
    for facts in known:
        outcome = evaluated(program, facts)
        if outcome is not None:
            assert any(_inside(facts, box) for box in boxes[outcome]), (facts, boxes)


def _inside(facts, box):
    return all(
        facts[path[0]] in values
        if isinstance(values, Span)
        else (facts[path[0]] in values.values) is not values.others
        for path, values in box.items()
    )


@settings(max_examples=100, deadline=None, derandomize=True)
@given(conditions(), FACTS)
def test_the_normal_form_means_the_same(text, facts):
    program = compiled(text)
    if program is not None:
        again = ENVIRONMENT.compile(normal(program.tree))
        assert evaluated(again, facts) == evaluated(program, facts)
        assert normal(again.tree) == normal(program.tree)


def test_the_property_would_see_a_wrong_claim():
    tree = ENVIRONMENT.compile("pain > 0.5").tree
    (box,) = POSSIBLE.assume(tree, True, {})
    assert not _inside({"pain": 0.3}, box)
    assert POSSIBLE.assume(ENVIRONMENT.compile("pain > 1").tree, True, {}) == ()
