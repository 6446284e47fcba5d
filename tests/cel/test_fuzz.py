"""Whatever text comes in, only `CelError` comes out; and the two evaluations in Python agree."""

from __future__ import annotations

import pytest

from cxengine import cel

from . import conformance, mutation

ENVIRONMENT = cel.Environment(mutation.VARIABLES)


def outcome(function, facts):
    try:
        return "value", function(facts)
    except cel.CelError as error:
        return "error", error.kind


def run(seed, count):
    """How many expressions compiled; fails on any exception that is no CelError and on any disagreement."""
    compiled = 0
    for number, text in enumerate(mutation.expressions(seed, count)):
        try:
            program = ENVIRONMENT.compile(text, check_types=bool(number % 4))
        except cel.CelError as error:
            if any(d.location is None or d.location.line < 1 for d in error.diagnostics):
                pytest.fail(f"a finding without a place: {text}")
            continue
        compiled += 1
        for facts in (mutation.GOOD, *mutation.BAD):
            fast, exact = outcome(program, facts), outcome(program.exact, facts)
            assert fast[0] == exact[0], (text, fast, exact)
            assert fast[1] == exact[1] if fast[0] == "error" else conformance.same(fast[1], exact[1]), (
                text,
                fast,
                exact,
            )
        again = ENVIRONMENT.compile(program.canonical(), check_types=bool(number % 4))
        assert again.canonical() == program.canonical(), text
        assert outcome(again, mutation.GOOD)[0] == outcome(program, mutation.GOOD)[0], text
        str(program.explain(mutation.GOOD))
    return compiled


@pytest.mark.parametrize("seed", range(4))
def test_mutated_expressions(seed):
    assert run(seed, 500) > 50


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
def test_a_million_mutated_expressions(seed):
    assert run(seed, 100_000) > 10_000
