"""Every ruleset that ships is tested by its own cases, and the cases leave nothing untested."""

from pathlib import Path

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


def test_every_threshold_is_among_the_mutants(bench):
    """What is measured is the thresholds: of every number in a rule and in [params] there are mutants."""
    from cxengine.rules.cases import mutation

    texts = {change.before for change in mutation._changes(bench)}
    numbers = {
        f"{name} = {value!r}"
        for name, value in bench.project.params.items()
        if isinstance(value, float) and any(f"params.{name}" in _text(bench) for _ in "1")
    }
    assert numbers <= texts


def _text(bench):
    rules = [text for rule in bench.project.rules for text in (rule.when, *rule.derive.values())]
    return " ".join([*rules, bench.ruleset.score_text])
