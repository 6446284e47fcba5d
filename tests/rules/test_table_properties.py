"""The analysis of tables against a grid of values, and what order and neighbours change: nothing."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.cel import CelError
from cxengine.project.model import DecisionTable, Identity, Project, Rule, Stage, Touchpoint
from cxengine.rules.compiler import compile_rules, readable
from cxengine.rules.conclude import conclude
from cxengine.rules.conclusion import Subject
from cxengine.rules.desk import Desk
from cxengine.rules.domain import Domain
from cxengine.rules.table_findings import _Analysis, _columns, _gaps, _Steps
from cxengine.rules.tables import compile_grid

SUBJECT = Subject("touchpoint", "a")
LIMITS = (0.0, 0.25, 0.5, 0.75, 1.0)
GRID = (0.0, 0.1, 0.25, 0.3, 0.5, 0.6, 0.75, 0.8, 1.0)
IDS = ("a", "b", "c")


class Nowhere:
    def locate(self, path, within=None):
        return None


def cells_of_numbers():
    limit = st.sampled_from(LIMITS)
    simple = st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), limit)
    band = st.builds(">= {} && _ < {}".format, limit, limit)
    return st.one_of(st.just("-"), simple, band, st.builds("_ < {} || _ > {}".format, limit, limit))


ROWS = st.fixed_dictionaries(
    {
        "pain": cells_of_numbers(),
        "mot": st.sampled_from(["-", True, False]),
        "id": st.one_of(st.just("-"), st.sampled_from(['"a"', '!= "b"', 'in ["b", "c"]'])),
        "out": st.integers(1, 3),
    }
)
TABLES = st.lists(ROWS, min_size=1, max_size=5)


def table(rows, hit="unique", **keys):
    inputs = {"pain": "pain", "mot": "moment_of_truth", "id": "touchpoint.id"}
    given = dict(
        id="t", about="touchpoint", inputs=inputs, outputs=("out",), hit=hit, rows=tuple(rows), **keys
    )
    return DecisionTable(**given)


def project(*authors):
    return Project(
        project=Identity(id="p", name="P"),
        stages=(Stage(id="s", name="S"),),
        touchpoints=tuple(Touchpoint(id=i, name=i, stage="s") for i in IDS),
        rules=tuple(a for a in authors if isinstance(a, Rule)),
        tables=tuple(a for a in authors if isinstance(a, DecisionTable)),
    )


def analysed(decision):
    whole, desk = project(decision), Desk(Nowhere())
    grid = compile_grid(decision, readable(whole, "touchpoint", {}), desk)
    domain = Domain(whole, "touchpoint", {})
    return grid, _Analysis(grid, _columns(grid, domain), desk)


def facts(pain, mot, id_):
    return {"pain": pain, "moment_of_truth": mot, "touchpoint": {"id": id_}}


def everything():
    return itertools.product(GRID, (True, False), IDS)


def holding(grid, point):
    return [i for i, row in enumerate(grid.rows) if row.when(facts(*point)) is True]


def region_of(analysis, region):
    """The witness as facts."""
    pain, mot, id_ = (c.sample(parts) for c, parts in zip(analysis.columns, region, strict=True))
    return pain, mot, id_


@settings(max_examples=80, deadline=None, derandomize=True)
@given(TABLES)
def test_gaps_are_what_a_grid_finds(rows):
    grid, analysis = analysed(table(rows))
    regions = [r for i in range(len(rows)) if (r := analysis.region(i, largest=True))]
    gaps = list(_gaps(tuple(c.everything for c in analysis.columns), regions, _Steps()))
    for gap in gaps:
        assert holding(grid, region_of(analysis, gap)) == []
    assert bool(gaps) == any(not holding(grid, point) for point in everything())


@settings(max_examples=80, deadline=None, derandomize=True)
@given(TABLES)
def test_overlaps_are_what_a_grid_finds(rows):
    grid, analysis = analysed(table(rows))
    for pair in itertools.combinations(range(len(rows)), 2):
        both = analysis._common(*pair)
        if both is not None:
            assert set(pair) <= set(holding(grid, region_of(analysis, both)))
        assert (both is not None) == any(set(pair) <= set(holding(grid, point)) for point in everything())


@settings(max_examples=80, deadline=None, derandomize=True)
@given(TABLES)
def test_rows_in_vain_are_what_a_grid_finds(rows):
    grid, analysis = analysed(table(rows, "first"))
    analysis._vain()
    said = {int(d.message.split()[1]) - 1 for d in analysis.desk.findings}
    counting = {found[0] for point in everything() if (found := holding(grid, point))}
    assert said == set(range(len(rows))) - counting


def concluded(known, *authors):
    """Derived facts by rule or table; None where the authors contradict one another."""
    from cxengine.diagnostics import ProjectError

    try:
        ruleset = compile_rules(project(*authors), Nowhere())
    except ProjectError:
        return None
    (found,) = conclude(ruleset, {SUBJECT: known})
    return {f.rule: (dict(f.derived), f.because) for f in found.firings}, set(found.unanswered)


KNOWN = st.builds(
    lambda point, missing: {k: v for k, v in facts(*point).items() if k != missing},
    st.tuples(st.sampled_from(GRID), st.booleans(), st.sampled_from(IDS)),
    st.sampled_from(["", "pain", "moment_of_truth"]),
)
POLICIES = st.sampled_from(
    [
        {"hit": "unique"},
        {"hit": "any"},
        {"hit": "priority", "priority": (3, 1, 2)},
        *({"hit": "collect", "collect": how} for how in ("sum", "min", "max", "count")),
    ]
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(TABLES, KNOWN, POLICIES, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(rows, known, policy, default, random):
    keys = {**policy, **({"default": {"out": 9}} if default else {})}
    found = concluded(known, table(rows, **keys))
    shuffled = concluded(known, table(random.sample(rows, len(rows)), **keys))
    assert (found is None) == (shuffled is None)
    if found is not None:
        assert _without_texts(found) == _without_texts(shuffled)


def _without_texts(found):
    return {rule: derived for rule, (derived, _) in found[0].items()}, found[1]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(TABLES, KNOWN, POLICIES)
def test_policies_are_those_of_the_rows_that_hold(rows, known, policy):
    decision = table(rows, **policy)
    found = concluded(known, decision)
    if found is None:
        return
    values = [_asked(row, known) for row in analysed(decision)[0].rows]
    if None in values:
        return
    hits = [float(row["out"]) for row, holds in zip(rows, values, strict=True) if holds]
    expected = _by_hand(policy, hits)
    assert _without_texts(found)[0] == ({} if expected is None else {"t": {"out": expected}})


def _asked(row, known):
    try:
        return row.when(known)
    except CelError:
        return None


def _by_hand(policy, hits):
    how = policy.get("collect")
    if how in {"sum", "count"}:
        return float(sum(hits) if how == "sum" else len(hits))
    if not hits:
        return None
    if how:
        return min(hits) if how == "min" else max(hits)
    return min(hits, key=[3.0, 1.0, 2.0].index) if policy["hit"] == "priority" else hits[0]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(TABLES, KNOWN, st.booleans())
def test_a_neighbour_changes_nothing(rows, known, before):
    decision = table(rows, "first")
    other = DecisionTable(
        id="other",
        about="touchpoint",
        inputs={"x": "pain"},
        outputs=("z",),
        rows=({"x": ">= 0", "z": "out"},),
    )
    rule = Rule(id="rule", about="touchpoint", when="pain > 0.3", derive={"y": "pain"})
    alone = concluded(known, decision)
    together = concluded(known, *((rule, other, decision) if before else (decision, other, rule)))
    assert together[0].get("t") == alone[0].get("t")
    assert {u for u in together[1] if u.rule == "t"} == alone[1]
