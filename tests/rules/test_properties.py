"""Rules have no order, and mind their own business."""

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.project.model import Identity, Project, Rule, Stage, Touchpoint
from cxengine.rules.compiler import compile_rules
from cxengine.rules.conclude import conclude
from cxengine.rules.conclusion import Subject

SUBJECT = Subject("touchpoint", "t")
BASE = ("pain", "love", "importance")


class Nowhere:
    def locate(self, path, within=None):
        return None


@st.composite
def rulesets(draw):
    """Rules that read base facts and what earlier rules derive, in any order of writing."""
    rules = []
    for i in range(draw(st.integers(1, 7))):
        readable = [*BASE, *(f"n{j}" for j in range(i))]
        left, right = draw(st.sampled_from(readable)), draw(st.sampled_from(readable))
        flag = draw(st.sampled_from(["true", *(f"b{j}" for j in range(i))]))
        limit = draw(st.sampled_from(["0.25", "0.5"]))
        rules.append(
            Rule(
                id=f"r{draw(st.integers(0, 9))}{i}",
                about="touchpoint",
                when=f"{flag} && {left} > {limit} || {right} < {limit}",
                derive={f"n{i}": f"{left} + {right} * 2", f"b{i}": f"{left} < {right}"},
                tag=(f"t{i % 3}",),
                because=f"{{{left}}} and {{n{i}}}",
            )
        )
    return rules


VALUES = st.floats(0, 1, width=16)
FACTS = st.fixed_dictionaries({"importance": VALUES}, optional={"pain": VALUES, "love": VALUES})


def concluded(rules, facts):
    project = Project(
        project=Identity(id="p", name="P"),
        stages=(Stage(id="s", name="S"),),
        touchpoints=(Touchpoint(id="t", name="T", stage="s"),),
        rules=tuple(rules),
    )
    (found,) = conclude(compile_rules(project, Nowhere()), {SUBJECT: facts})
    return found


@settings(max_examples=40, deadline=None, derandomize=True)
@given(rulesets(), FACTS, st.randoms(use_true_random=False))
def test_order_never_matters(rules, facts, random):
    shuffled = random.sample(rules, len(rules))
    assert concluded(shuffled, facts) == concluded(rules, facts)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(rulesets(), FACTS, st.integers(0, 7), st.booleans())
def test_an_unrelated_rule_changes_no_other(rules, facts, position, reads_others):
    when = "b0" if reads_others else "importance >= 0"
    other = Rule(id="other", about="touchpoint", when=when, derive={"z": "1"}, tag=("other",))
    alone, together = concluded(rules, facts), concluded([*rules[:position], other, *rules[position:]], facts)
    assert {k: v for k, v in together.derived.items() if k != "z"} == alone.derived
    assert [f for f in together.firings if f.rule != "other"] == list(alone.firings)
    assert [u for u in together.unanswered if u.rule != "other"] == list(alone.unanswered)
    assert set(together.tags) - {"other"} == set(alone.tags)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(rulesets(), FACTS)
def test_a_rule_fires_or_not_as_if_facts_had_been_given(rules, facts):
    """Whatever was derived, giving it as a fact to the last reader alone leads to the same."""
    found = concluded(rules, facts)
    known = {**{f"b{i}": False for i in range(len(rules))}, **facts, **found.derived}
    for rule in rules:
        expected = _by_hand(rule, known)
        fired = {f.rule for f in found.firings}
        asked = {u.rule for u in found.unanswered}
        assert (rule.id in fired, rule.id in asked) == (expected is True, expected is None)


def _by_hand(rule, known):
    """True, False, or None where a fact is missing; read from the text by other means than CEL."""
    first, second = rule.when.split(" || ")
    terms = [_three(term, known) for term in first.split(" && ")]
    both = False if False in terms else (None if None in terms else True)
    either = [both, _three(second, known)]
    when = True if True in either else (None if None in either else False)
    if when:
        names = {w for text in rule.derive.values() for w in text.replace("*", " ").split() if w[0].isalpha()}
        return None if names - known.keys() else True
    return when


def _three(term, known):
    words = term.split()
    if len(words) == 1:
        return True if term == "true" else known[term]
    if words[0] not in known:
        return None
    return known[words[0]] > float(words[2]) if words[1] == ">" else known[words[0]] < float(words[2])


def test_the_properties_see_a_difference():
    rules = [Rule(id="a", about="touchpoint", when="pain > 0.5", derive={"n0": "pain"})]
    assert concluded(rules, {"pain": 0.7}) != concluded(rules, {"pain": 0.8})
    assert attrs.asdict(concluded(rules, {"pain": 0.7}))["derived"] == {"n0": 0.7}
