"""The official conformance cases, one test a case."""

from __future__ import annotations

import json

import pytest

from . import conformance

# The suite expects a backslash in the value of b''' ? " ' ` ''', which has none: no reading of the language
# definition gives that, and the same text without the b is expected to have none.
CONTRADICTORY = {1689, 1690}


def _cases():
    if not conformance.CASES.exists():
        return [pytest.param(None, marks=pytest.mark.skip(f"{conformance.CASES} is not there"))]
    document = json.loads(conformance.CASES.read_text("utf-8"))
    wrong = pytest.mark.xfail(reason="the suite contradicts itself")
    return [
        pytest.param(
            case, id=f"{case['file']}-{case['id']}", marks=[wrong] if case["id"] in CONTRADICTORY else []
        )
        for case in document["tests"]
    ]


@pytest.mark.parametrize("case", _cases())
def test_case(case):
    assert conformance.problem(case) is None
