"""Every ruleset that ships is tested by its own cases, and the cases leave nothing untested."""

import re
from pathlib import Path

import attrs
import pytest

from cxengine.engine import Engine
from cxengine.rules.cases.coverage import coverage
from cxengine.rules.cases.mutation import mutate

RULESETS = Path(__file__).parents[2] / "rulesets"
NAMES = sorted(p.parent.name for p in RULESETS.glob("*/cxengine.toml"))


@pytest.fixture(scope="module", params=NAMES)
def bench(request):
    engine = Engine()
    return engine.bench(engine.load(RULESETS / request.param))


def test_cases_pass_and_cover_every_rule_and_condition(bench):
    trials = bench.trials()
    assert len(trials) >= 12
    assert [(t.case.id, t.failures) for t in trials if t.failures] == []
    covered = coverage(bench, trials)
    assert (str(covered.missing), covered.seen) == ("()", covered.outcomes)


def test_no_mutant_survives(bench):
    found = mutate(bench)
    assert [str(d.location) + d.message for d in found.survivors] == []
    assert found.killed == found.mutants >= 20


def test_every_parameter_that_rules_read_is_moved(bench):
    """That no mutant survives says little where there are none: the loosest case book would do."""
    moved = [rule for rule in bench.project.rules if "params." in rule.when]
    loose = attrs.evolve(bench, cases=())
    told = {d.message.split("`")[1].split(" = ")[0] for d in mutate(loose).survivors if " = " in d.message}
    assert {name for rule in moved for name in re.findall(r"params\.(\w+)", rule.when)} <= told
