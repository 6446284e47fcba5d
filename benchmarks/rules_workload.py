"""The rules and facts of the rules benchmark, and the same rules in everybody's language.

100 rules over facts of 15 fields in four records. A rule joins 2 to 4 tests by and/or; a test compares a
number, compares a text, looks a text up in a list, or reads a truth value. Everything follows from a seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import attrs

from cxengine import cel

CHOICES = {
    "touchpoint.channel": ["web", "app", "store", "phone", "mail"],
    "touchpoint.stage": ["discover", "buy", "receive", "use"],
    "customer.country": ["DE", "FR", "US", "GB", "IT", "ES"],
    "customer.tier": ["basic", "plus", "gold"],
}
INTEGERS = {"touchpoint.visits": (0, 400), "customer.age": (16, 90), "order.returns": (0, 9)}
DOUBLES = {
    "touchpoint.wait": (0.0, 60.0),
    "customer.spend": (0.0, 5000.0),
    "customer.tenure": (0.0, 20.0),
    "metrics.nps": (-100.0, 100.0),
    "metrics.csat": (1.0, 5.0),
    "metrics.ces": (1.0, 7.0),
    "order.value": (0.0, 900.0),
}
BOOLEANS = ["touchpoint.moment_of_truth"]
FIELDS = (*CHOICES, *INTEGERS, *DOUBLES, *BOOLEANS)


@attrs.frozen
class Test:
    """One test of one field; `operator` is <, <=, >, >=, ==, !=, `in` or `is`."""

    field: str
    operator: str
    constant: Any = None


@attrs.frozen
class Rule:
    """Tests in groups: a group holds when any of its tests does (or all), the rule when all (or any) do."""

    groups: tuple[tuple[Test, ...], ...]
    outer: str


def rules(count: int, seed: int = 7) -> list[Rule]:
    rng = random.Random(seed)
    return [_rule(rng) for _ in range(count)]


def _rule(rng: random.Random) -> Rule:
    tests = [_test(rng) for _ in range(rng.choice([2, 3, 3, 4]))]
    outer = rng.choice(["and", "and", "or"])
    split = rng.randrange(1, len(tests)) if rng.random() < 0.5 else None
    groups = tuple((t,) for t in tests) if split is None else (tuple(tests[:split]), tuple(tests[split:]))
    return Rule(groups, outer)


def _test(rng: random.Random) -> Test:
    kind = rng.random()
    if kind < 0.25:
        field = rng.choice(sorted(CHOICES))
        return Test(field, rng.choice(["==", "==", "!="]), rng.choice(CHOICES[field]))
    if kind < 0.4:
        field = rng.choice(sorted(CHOICES))
        return Test(field, "in", tuple(rng.sample(CHOICES[field], 2)))
    if kind < 0.45:
        return Test(BOOLEANS[0], "is")
    if kind < 0.6:
        field = rng.choice(sorted(INTEGERS))
        return Test(field, rng.choice(["<", "<=", ">", ">="]), rng.randint(*INTEGERS[field]))
    field = rng.choice(sorted(DOUBLES))
    low, high = DOUBLES[field]
    return Test(field, rng.choice(["<", "<=", ">", ">="]), round(rng.uniform(low, high), 2))


def facts(count: int, seed: int = 11) -> list[dict[str, dict[str, Any]]]:
    """Nested facts: four records, 15 fields."""
    rng = random.Random(seed)
    return [_nested(dict(_values(rng))) for _ in range(count)]


def _values(rng: random.Random) -> Iterator[tuple[str, Any]]:
    for field in FIELDS:
        if field in CHOICES:
            yield field, rng.choice(CHOICES[field])
        elif field in INTEGERS:
            yield field, rng.randint(*INTEGERS[field])
        elif field in DOUBLES:
            yield field, round(rng.uniform(*DOUBLES[field]), 3)
        else:
            yield field, rng.random() < 0.3


def _nested(flat: dict[str, Any]) -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for path, value in flat.items():
        record, field = path.split(".")
        made.setdefault(record, {})[field] = value
    return made


def environment() -> cel.Environment:
    types: dict[str, dict[str, cel.Type]] = {}
    for path in FIELDS:
        record, field = path.split(".")
        kind = cel.enum(*CHOICES[path]) if path in CHOICES else cel.INT if path in INTEGERS else cel.DOUBLE
        types.setdefault(record, {})[field] = cel.BOOL if path in BOOLEANS else kind
    return cel.Environment(variables={name: cel.record(fields) for name, fields in types.items()})


# --- the same rules in other words ----------------------------------------------------------------------


def joined(rule: Rule, test: Any, all_: str, any_: str) -> str:
    """The rule as text; `test` renders one test, `all_` and `any_` are the connectives."""
    inner, outer = (any_, all_) if rule.outer == "and" else (all_, any_)
    groups = [
        "(" + inner.join(map(test, group)) + ")" if len(group) > 1 else test(group[0])
        for group in rule.groups
    ]
    return outer.join(f"({group})" for group in groups)


def as_cel(rule: Rule) -> str:
    def test(t: Test) -> str:
        if t.operator == "is":
            return t.field
        listed = "[" + ", ".join(f'"{c}"' for c in t.constant) + "]" if t.operator == "in" else None
        shown = listed or (f'"{t.constant}"' if isinstance(t.constant, str) else repr(t.constant))
        return f"{t.field} {t.operator} {shown}"

    return joined(rule, test, " && ", " || ")


def as_python(rule: Rule, read: Any) -> str:
    """`read` renders a field."""

    def test(t: Test) -> str:
        if t.operator == "is":
            return str(read(t.field))
        return f"{read(t.field)} {t.operator} {t.constant!r}"

    return joined(rule, test, " and ", " or ")


def as_numpy(rule: Rule) -> str:
    def test(t: Test) -> str:
        name = t.field.replace(".", "_")
        if t.operator == "is":
            return name
        return (
            f"isin({name}, {list(t.constant)!r})"
            if t.operator == "in"
            else f"({name} {t.operator} {t.constant!r})"
        )

    return joined(rule, test, " & ", " | ")


def as_sql(rule: Rule) -> str:
    def test(t: Test) -> str:
        name = t.field.replace(".", "_")
        if t.operator == "is":
            return name
        if t.operator == "in":
            return f"{name} IN ({', '.join(map(repr, t.constant))})"
        operator = {"==": "=", "!=": "<>"}.get(t.operator, t.operator)
        return f"{name} {operator} {t.constant!r}"

    return joined(rule, test, " AND ", " OR ")


def by_hand(chosen: list[Rule]) -> Any:
    """What a specialist writes: one function, fields read once, no guards, a dict of verdicts."""
    names = {field: field.replace(".", "_") for field in FIELDS}
    lines = ["def verdicts(facts):"]
    records = ("touchpoint", "customer", "metrics", "order")
    lines += [f"    {record} = facts[{record!r}]" for record in records]
    lines += [f"    {name} = {f.split('.')[0]}[{f.split('.')[1]!r}]" for f, name in names.items()]
    lines.append("    return {")
    lines += [f"        'r{i}': {as_python(rule, names.__getitem__)}," for i, rule in enumerate(chosen)]
    lines.append("    }")
    scope: dict[str, Any] = {}
    exec("\n".join(lines), scope)
    return scope["verdicts"]


def numpy_by_hand(chosen: list[Rule]) -> Any:
    """The rules on arrays, one expression a rule."""
    import numpy as np

    names = [field.replace(".", "_") for field in FIELDS]
    lines = [f"def verdicts({', '.join(names)}):", "    return ["]
    lines += [f"        {as_numpy(rule)}," for rule in chosen]
    lines.append("    ]")
    scope: dict[str, Any] = {"isin": np.isin}
    exec("\n".join(lines), scope)
    return scope["verdicts"]
