"""Programs that are made of programs mean the same as those that they are made of."""

from __future__ import annotations

import numpy as np
import pytest

from cxengine import cel
from cxengine.cel import ast
from cxengine.cel.rewrite import element, named_parts, unrolled

PLACE = cel.record({"pain": cel.DOUBLE, "urgent": cel.BOOL, "tags": cel.list_(cel.STRING)})
ENVIRONMENT = cel.Environment({"places": cel.list_(PLACE), "limit": cel.DOUBLE, "name": cel.STRING})
PLACES = [
    {"pain": 0.1, "urgent": False, "tags": ["a"]},
    {"pain": 0.4, "urgent": True, "tags": []},
    {"urgent": False, "tags": ["b", "a"]},
]
TEXTS = [
    '((limit > 0.3 ? ["high"] : []) + (limit <= 0.1 ? ["low"] : []) + ["other"])[0] == name',
    "((places[0].pain > limit ? [1.0] : []) + (places[1].pain > limit ? [2.0] : []))[0] > 1.5",
    "((places.exists(p, p.pain > limit) ? [limit] : []) + (limit > 0.5 ? [1.0] : []))[0] < 0.4",
    "places.exists(p, p.urgent)",
    "places.exists(p, p.pain > limit)",
    "places.all(p, p.pain < 1 || p.urgent)",
    "places.exists(p, p.tags.exists(t, t == name) && !p.urgent)",
    'places.exists(p, places.exists(q, q.pain > p.pain && "a" in p.tags))',
    "places.size() > 1 && places[0].pain < limit",
    "places.filter(p, p.urgent).size() >= 1",
    "size(places.filter(p, p.pain > limit)) == 1",
    "math.greatest(places.map(p, p.pain)) > limit",
    "places.exists_one(p, p.urgent)",
    "has(places[0].pain) ? places[0].pain : limit",
    "places.exists(p, has(p.pain) && p.pain > 0.3)",
]


def outcome(program, facts):
    try:
        return program(facts)
    except cel.CelError:
        return "fails"


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_macros_written_out_mean_the_same(text, length):
    program = ENVIRONMENT.compile(text)
    plain = unrolled(program, {"places": length})
    facts = {"places": PLACES[:length], "limit": 0.2, "name": "a"}
    each = {element("places", i): place for i, place in enumerate(facts["places"])}
    assert outcome(plain, {**facts, **each}) == outcome(program, facts)


@pytest.mark.parametrize("text", TEXTS)
def test_columns_of_what_is_written_out_are_the_same(text):
    program = ENVIRONMENT.compile(text)
    plain = unrolled(program, {"places": 2})
    limits = [0.05, 0.2, 0.4, 0.7]
    columns = {"limit": np.array(limits), "name": np.array(["a", "high", "low", "other"])}
    for i, place in enumerate(PLACES[:2]):
        for field in ("pain", "urgent"):
            columns[f"{element('places', i)}.{field}"] = np.full(4, place[field])
    if any("tags" in path for path in plain.reads) or ("places",) in plain.reads:
        return
    found = plain.columns(columns)
    for row, limit in enumerate(limits):
        facts = {"places": PLACES[:2], "limit": limit, "name": str(columns["name"][row])}
        expected = outcome(program, facts)
        assert (found.values[row].item() if found.valid[row] else "fails") == expected


def test_macros_written_out_run_over_no_list():
    for text in TEXTS[3:12]:
        plain = unrolled(ENVIRONMENT.compile(text), {"places": 2})
        assert ("places",) not in plain.reads, text


@pytest.mark.parametrize("text", TEXTS)
def test_parts_by_name_put_together_are_the_whole(text):
    program = ENVIRONMENT.compile(text)

    def is_short(part):
        return isinstance(part.tree, ast.Select | ast.Variable) and part.reads == {("limit",)}

    rest, parts = named_parts(program, is_short)
    facts = {"places": PLACES, "limit": 0.2, "name": "a"}
    values = {name: part(facts) for name, part in parts.items()}
    assert set(values.values()) <= {0.2}
    assert bool(parts) == ("limit" in text)
    assert ("limit",) not in rest.reads
    assert outcome(rest, {**facts, **values}) == outcome(program, facts)


def test_what_a_macro_binds_is_no_part_outside_of_it():
    asked = []
    named_parts(
        ENVIRONMENT.compile("places.exists(p, p.pain > limit)"), lambda part: asked.append(part) or False
    )
    texts = {type(part.tree).__name__ for part in asked}
    assert texts == {"Comprehension", "Variable"}
