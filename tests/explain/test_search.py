"""The smallest change of facts: none that trying everything on a grid finds is smaller."""

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine import cel
from cxengine.explain.changes import _changed
from cxengine.explain.linear import Reader, Scope
from cxengine.explain.search import Search
from cxengine.explain.wish import Wish, size

NUMBERS = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.5)
GRID = {
    "a": NUMBERS,
    "b": NUMBERS,
    "p": (False, True),
    "c": ("web", "app", "store"),
}
TYPES = {"a": cel.DOUBLE, "b": cel.DOUBLE, "p": cel.BOOL, "c": cel.enum("web", "app", "store")}
ENVIRONMENT = cel.Environment(variables=TYPES)

atoms = st.one_of(
    st.sampled_from(["p", 'c == "web"', 'c != "app"', 'c in ["app", "store"]', "a in [2.0, 5.0]"]),
    st.sampled_from(["a < b", "a >= b", "a + b > 4.0", "a * 2.0 <= b", "a == b", "a - b == 2.0", "a + b <= 2.5"]),
    st.builds(
        "{} {} {}".format, st.sampled_from("ab"), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.sampled_from(["1.0", "3.0", "4.0"])
    ),
)  # fmt: skip
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
    ),
    max_leaves=6,
)
known = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in GRID.items()})


def searched(text, facts, wanted, whole=lambda place: False):
    program = ENVIRONMENT.compile(text)
    reader = Reader()
    reader.gather(program, Scope(facts, {}))

    def holds(way):
        try:
            return program.exact(_changed(facts, way)) is wanted
        except cel.CelError:
            return False

    return Search(reader.atoms(), facts, holds, whole).smallest()


def least_by_trying(program, facts, wanted):
    """How many facts have to change, and the least distance with so many, of everything on the grid."""
    for count in range(1, len(GRID) + 1):
        costs = []
        for names in combinations(GRID, count):
            for values in product(*([v for v in GRID[name] if v != facts[name]] for name in names)):
                changed = dict(zip(names, values, strict=True))
                if program.exact({**facts, **changed}) is wanted:
                    way = tuple(Wish((name,), facts[name], value) for name, value in changed.items())
                    costs.append(size(way)[2])
        if costs:
            return count, min(costs)
    return None


@settings(derandomize=True, max_examples=150, deadline=None)
@given(text=conditions, facts=known)
def test_nothing_on_a_grid_is_smaller(text, facts):
    program = ENVIRONMENT.compile(text)
    wanted = program.exact(facts) is not True
    least, found = least_by_trying(program, facts, wanted), searched(text, facts, wanted)
    assert found.complete
    for way in found.ways:
        assert program.exact(_changed(facts, way)) is wanted
        assert len(way) == len(found.ways[0])
    if least is not None:
        assert found.ways
        count, _, distance, _ = size(found.ways[0])
        assert count <= least[0]
        if count == least[0]:
            assert distance <= least[1] + 1e-6


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("a + b == 10.0 && a - b == 2.0", {"a": 1.0, "b": 1.0}, "a 6, b 4"),
        ("a + b > 4.0 && a <= 3.0 && b <= 3.0", {"a": 0.5, "b": 0.5}, "a more than 1, b 3"),
        ("a < b && b < 2.0 && a > 1.0", {"a": 5.0, "b": 5.0}, "a less than 2, b less than 2"),
        ('c == "web" && p && a > 3.0', {"a": 1.0, "c": "app", "p": False}, "a more than 3, c \"web\", p true"),
        ("a != 3.0", {"a": 3.0}, "a anything but 3"),
        ("a >= 2.5", {"a": 1.0}, "a at least 2.5"),
        ("a >= 2.5 && a < 4.0", {}, "a at least 2.5"),
    ],
)  # fmt: skip
def test_facts_that_constrain_one_another(text, facts, expected):
    way = searched(text, facts, True).ways[0]
    assert ", ".join(f"{'.'.join(map(str, w.place))} {w.needed}" for w in way) == expected


def test_whole_numbers_change_by_whole_numbers():
    (way, *_) = searched("a > 2.5 && a * 2.0 < 7.5", {"a": 1.0}, True, lambda place: True).ways
    assert [(w.value, w.needed) for w in way] == [(3.0, "3")]
    found = searched("a > 2.1 && a < 2.9", {"a": 1.0}, True, lambda place: True)
    assert (found.ways, found.complete) == ((), True)


def test_what_is_not_followed_is_admitted():
    environment = cel.Environment(variables={"a": cel.DOUBLE, "t": cel.STRING})
    reader = Reader()
    reader.gather(environment.compile('t.startsWith("x") || a * a > 9.0'), Scope({}, {}))
    assert reader.atoms().opaque


def test_too_many_combinations_are_admitted():
    names = [f"x{i}" for i in range(12)]
    environment = cel.Environment(variables=dict.fromkeys(names, cel.DOUBLE))
    program = environment.compile(" && ".join(f"{name} > 1.0" for name in names))
    facts, reader = dict.fromkeys(names, 0.0), Reader()
    reader.gather(program, Scope(facts, {}))
    search = Search(
        reader.atoms(), facts, lambda way: program.exact(_changed(facts, way)) is True, lambda p: False
    )
    found = search.smallest()
    assert (found.ways, found.complete) == ((), False)
