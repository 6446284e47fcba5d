"""Rules about responses and tables have no order either, and mind their own business."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.project import load
from cxengine.project.model import DecisionTable, Identity, Project, Rule, Scale, Signal, Stage, Touchpoint
from cxengine.rules.compiler import compile_rules
from cxengine.rules.conclude import conclude_one
from cxengine.rules.conclusion import Subject
from cxengine.rules.responses import derived_attributes, exclusions

from .conftest import CAFE

RESPONSE, PLACE = Subject("response", "r"), Subject("touchpoint", "t")
SIGNALS = ("a", "b")


class Nowhere:
    def locate(self, path, within=None):
        return None


@st.composite
def rulesets(draw):
    """Rules about responses that read answers, what earlier ones derive, and tags that several give."""
    rules = []
    for i in range(draw(st.integers(1, 6))):
        number = draw(
            st.sampled_from([*(f"answers.{s}.lowest" for s in SIGNALS), *(f"n{j}" for j in range(i))])
        )
        flag = draw(
            st.sampled_from(["true", *(f"b{j}" for j in range(i)), *(f"tag{j}" for j in range(i // 2))])
        )
        rules.append(
            Rule(
                id=f"r{draw(st.integers(0, 9))}{i}",
                about="response",
                when=f"{flag} && {number} > {draw(st.sampled_from(['1.0', '3.0']))}",
                derive={f"n{i}": f"{number} + 1.0", f"b{i}": f"{number} < 4.0"},
                tag=(f"tag{i // 2}",),
                exclude=draw(st.booleans()),
            )
        )
    return rules


def project(rules, tables=()):
    return Project(
        project=Identity(id="p", name="P"),
        stages=(Stage(id="s", name="S"),),
        touchpoints=(Touchpoint(id="t", name="T", stage="s"),),
        signals=tuple(Signal(id=s, wording=s, scale=Scale(min=0, max=5)) for s in SIGNALS),
        rules=tuple(rules),
        tables=tuple(tables),
    )


VALUES = st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
FACTS = st.fixed_dictionaries({}, optional=dict.fromkeys(SIGNALS, VALUES)).map(
    lambda known: {"answers": {s: {"lowest": v} for s, v in known.items()}, "params": {}}
)


def asked(ruleset):
    """What the database is asked, layer by layer: the conditions of each attribute, and of each exclusion."""
    layers = [
        {one.name: (sorted(w.source.text for w in one.when), one.value.source.text) for one in layer}
        for layer in derived_attributes(ruleset)
    ]
    return layers, [(one.rule, one.when.source.text) for one in exclusions(ruleset)]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(rulesets(), FACTS, st.randoms(use_true_random=False))
def test_order_never_matters(rules, facts, random):
    first = compile_rules(project(rules), Nowhere())
    second = compile_rules(project(random.sample(rules, len(rules))), Nowhere())
    assert asked(first) == asked(second)
    assert conclude_one(first, RESPONSE, facts) == conclude_one(second, RESPONSE, facts)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(rulesets(), FACTS, st.integers(0, 6), st.booleans())
def test_an_unrelated_rule_or_table_changes_no_other(rules, facts, position, reads):
    when = "b0" if reads else "answers.b.lowest >= 0.0"
    other = Rule(id="other", about="response", when=when, derive={"z": "1.0"}, tag=("other",), exclude=reads)
    rows = ({"x": "< 0.5", "care": 1}, {"x": ">= 0.5", "care": 2})
    table = DecisionTable(id="t", about="touchpoint", inputs={"x": "pain"}, outputs=("care",), rows=rows)
    alone = compile_rules(project(rules), Nowhere())
    more = compile_rules(project([*rules[:position], other, *rules[position:]], [table]), Nowhere())
    before, after = conclude_one(alone, RESPONSE, facts), conclude_one(more, RESPONSE, facts)
    assert {k: v for k, v in after.derived.items() if k not in {"z", "other"}} == before.derived
    assert [f for f in after.firings if f.rule != "other"] == list(before.firings)
    assert [u for u in after.unanswered if u.rule != "other"] == list(before.unanswered)
    assert set(after.tags) - {"other"} == set(before.tags)
    attributes = [{n: v for n, v in layer.items() if n not in {"z", "other"}} for layer in asked(more)[0]]
    assert [layer for layer in attributes if layer] == [layer for layer in asked(alone)[0] if layer]
    assert [one for one in asked(more)[1] if one[0] != "other"] == asked(alone)[1]


PARTS = (
    '[[rule]]\nid = "low"\nabout = "response"\nwhen = "at.counter.recommend <= 3"\ntag = ["sad"]\n',
    '[[rule]]\nid = "sad-guest"\nabout = "response"\nwhen = \'sad && attributes.kind == "guest"\'\nexclude = true\n',
    '[[rule]]\nid = "calm"\nabout = "touchpoint"\nwhen = "care == 0.0"\ntag = ["calm"]\n',
    """
[[table]]
id = "care"
about = "touchpoint"
inputs = { pain = "pain" }
outputs = ["care"]
rows = [{ pain = "< 0.1", care = 0 }, { pain = ">= 0.1", care = 1 }]
""",
    '[[segment]]\nid = "sad"\nname = "Sad"\nwhen = "attributes.sad"\n',
)


def test_order_of_files_never_matters(tmp_path):
    found = []
    for turn in range(len(PARTS)):
        folder = tmp_path / str(turn)
        folder.mkdir()
        (folder / "cxengine.toml").write_text(CAFE, encoding="utf-8")
        for position in range(len(PARTS)):
            part = PARTS[(position + turn) % len(PARTS)]
            (folder / f"{position}.toml").write_text(part, encoding="utf-8")
        loaded = load(folder)
        ruleset = compile_rules(loaded.project, loaded.origins)
        concluded = conclude_one(ruleset, PLACE, {"pain": 0.05, "params": {}})
        found.append((asked(ruleset), concluded, ruleset.warnings))
    assert all(one == found[0] for one in found)
    assert found[0][1].tags == ("calm",)
