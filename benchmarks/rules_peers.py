"""Other rule engines on the rules of the benchmark, each as its documentation says.

A peer is a function from rules to a function from facts to the list of verdicts. `FACTS` limits how many
facts a slow peer gets; its rate is by what it did.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from rules_workload import CHOICES, DOUBLES, FIELDS, INTEGERS, Rule, Test, as_cel, joined

Verdicts = Callable[[dict[str, Any]], list[bool]]
FACTS = {
    "durable_rules": 200,  # it holds 1,024 sessions, and a fact needs one of its own
    "clipspy": 500,
    "cel-python": 100,
    "business-rules": 500,
    "json-logic-qubit": 500,
    "rule-engine": 200,
}


def zen_engine(rules: list[Rule]) -> Verdicts:
    import zen

    compiled = [zen.compile_expression(_words(rule, "true")) for rule in rules]
    return lambda facts: [expression.evaluate(facts) for expression in compiled]


def common_expression_language(rules: list[Rule]) -> Verdicts:
    import cel

    compiled = [cel.compile(as_cel(rule)) for rule in rules]
    return lambda facts: [program.execute(facts) for program in compiled]


def cel_expr_python(rules: list[Rule]) -> Verdicts:
    from cel_expr_python import cel

    records = sorted({field.split(".")[0] for field in FIELDS})
    environment = cel.NewEnv(variables=dict.fromkeys(records, cel.Type.Map(cel.Type.STRING, cel.Type.DYN)))
    compiled = [environment.compile(as_cel(rule)) for rule in rules]

    def verdicts(facts: dict[str, Any]) -> list[bool]:
        activation = environment.Activation(facts)
        return [expression.eval(activation).value() for expression in compiled]

    return verdicts


def cel_python(rules: list[Rule]) -> Verdicts:
    import celpy

    environment = celpy.Environment()
    compiled = [environment.program(environment.compile(as_cel(rule))) for rule in rules]

    def verdicts(facts: dict[str, Any]) -> list[bool]:
        activation = celpy.json_to_cel(facts)
        return [bool(program.evaluate(activation)) for program in compiled]

    return verdicts


def rule_engine(rules: list[Rule]) -> Verdicts:
    import rule_engine as engine

    context = engine.Context(resolver=engine.resolve_item)
    compiled = [engine.Rule(_words(rule, "true"), context=context) for rule in rules]
    return lambda facts: [rule.matches(facts) for rule in compiled]


def json_logic_qubit(rules: list[Rule]) -> Verdicts:
    from json_logic import jsonLogic

    compiled = [_json_logic(rule) for rule in rules]
    return lambda facts: [bool(jsonLogic(rule, facts)) for rule in compiled]


def business_rules(rules: list[Rule]) -> Verdicts:
    from business_rules.engine import check_conditions_recursively
    from business_rules.variables import (
        BaseVariables,
        boolean_rule_variable,
        numeric_rule_variable,
        string_rule_variable,
    )

    def reader(field: str) -> Any:
        record, name = field.split(".")

        def read(self: Any) -> Any:
            return self.facts[record][name]

        read.__name__ = field.replace(".", "_")
        kind = string_rule_variable if field in CHOICES else numeric_rule_variable
        return (kind if field in CHOICES or field in INTEGERS or field in DOUBLES else boolean_rule_variable)(
            read
        )

    variables = type("Facts", (BaseVariables,), {field.replace(".", "_"): reader(field) for field in FIELDS})
    variables.__init__ = lambda self, facts: setattr(self, "facts", facts)
    compiled = [_business(rule) for rule in rules]

    def verdicts(facts: dict[str, Any]) -> list[bool]:
        known = variables(facts)
        return [check_conditions_recursively(rule, known) for rule in compiled]

    return verdicts


def durable_rules(rules: list[Rule]) -> Verdicts:
    from itertools import count

    from durable.engine import MessageNotHandledException
    from durable.lang import assert_fact, m, ruleset, when_all

    fired: set[int] = set()
    numbers = count()

    def note(number: int) -> Any:
        def action(_: Any) -> None:
            fired.add(number)

        return action

    # It fails (error code 303) when very many rules of one set fire on one fact, so there are two sets.
    half = len(rules) // 2
    for name, part in (("first", range(half)), ("second", range(half, len(rules)))):
        with ruleset(name):
            for number in part:
                when_all(_durable(rules[number], m))(note(number))

    def verdicts(facts: dict[str, Any]) -> list[bool]:
        fired.clear()
        session = str(next(numbers))  # facts of one session would be joined
        for name in ("first", "second"):
            with suppress(MessageNotHandledException):
                assert_fact(name, {"sid": session, "id": session, **_flat(facts)})
        return [number in fired for number in range(len(rules))]

    return verdicts


def _flat(facts: dict[str, Any]) -> dict[str, Any]:
    return {f"{record}_{name}": value for record, inner in facts.items() for name, value in inner.items()}


def clipspy(rules: list[Rule]) -> Verdicts:
    import clips

    environment = clips.Environment()
    slots = " ".join(f"(slot {field.replace('.', '_')})" for field in FIELDS)
    environment.build(f"(deftemplate facts {slots})")
    environment.build("(deftemplate fired (slot rule))")
    names = " ".join(f"({field.replace('.', '_')} ?{field.replace('.', '_')})" for field in FIELDS)
    for number, rule in enumerate(rules):
        test = _clips(rule)
        environment.build(
            f"(defrule r{number} (facts {names}) (test {test}) => (assert (fired (rule {number}))))"
        )
    template = environment.find_template("facts")

    def verdicts(facts: dict[str, Any]) -> list[bool]:
        environment.reset()
        flat = {f"{record}_{name}": value for record, inner in facts.items() for name, value in inner.items()}
        flat = {
            name: clips.Symbol("TRUE" if v else "FALSE") if isinstance(v, bool) else v
            for name, v in flat.items()
        }
        template.assert_fact(**flat)
        environment.run()
        fired = {fact["rule"] for fact in environment.facts() if fact.template.name == "fired"}
        return [number in fired for number in range(len(rules))]

    return verdicts


PEERS: dict[str, Callable[[list[Rule]], Verdicts]] = {
    "zen-engine": zen_engine,
    "common-expression-language": common_expression_language,
    "cel-expr-python": cel_expr_python,
    "cel-python": cel_python,
    "rule-engine": rule_engine,
    "json-logic-qubit": json_logic_qubit,
    "business-rules": business_rules,
    "durable_rules": durable_rules,
    "clipspy": clipspy,
}


# --- the rules in their languages -----------------------------------------------------------------------


def _words(rule: Rule, true: str) -> str:
    """zen and rule-engine: `and`, `or`, `in [..]`."""

    def test(t: Test) -> str:
        if t.operator == "is":
            return f"{t.field} == {true}"
        listed = "[" + ", ".join(f'"{c}"' for c in t.constant) + "]" if t.operator == "in" else None
        return f"{t.field} {t.operator} {listed or _quoted(t.constant)}"

    return joined(rule, test, " and ", " or ")


def _quoted(constant: Any) -> str:
    return f'"{constant}"' if isinstance(constant, str) else repr(constant)


def _nested(rule: Rule, test: Any, all_: Any, any_: Any) -> Any:
    inner, outer = (any_, all_) if rule.outer == "and" else (all_, any_)
    groups = [inner([test(t) for t in group]) if len(group) > 1 else test(group[0]) for group in rule.groups]
    return outer(groups)


def _json_logic(rule: Rule) -> Any:
    def test(t: Test) -> Any:
        variable = {"var": t.field}
        if t.operator == "is":
            return variable
        return {t.operator: [variable, list(t.constant) if t.operator == "in" else t.constant]}

    return _nested(rule, test, lambda parts: {"and": parts}, lambda parts: {"or": parts})


_NUMERIC = {
    "<": "less_than",
    "<=": "less_than_or_equal_to",
    ">": "greater_than",
    ">=": "greater_than_or_equal_to",
}


def _business(rule: Rule) -> Any:
    def equal(t: Test, constant: str) -> Any:
        return {"name": t.field.replace(".", "_"), "operator": "equal_to", "value": constant}

    def test(t: Test) -> Any:
        name = t.field.replace(".", "_")
        if t.operator == "is":
            return {"name": name, "operator": "is_true", "value": True}
        if t.operator == "in":
            return {"any": [equal(t, constant) for constant in t.constant]}
        if t.operator == "!=":
            # There is no "not equal" for text: any of the other values.
            return {"any": [equal(t, other) for other in CHOICES[t.field] if other != t.constant]}
        if t.operator == "==":
            return equal(t, t.constant)
        return {"name": name, "operator": _NUMERIC[t.operator], "value": t.constant}

    return _nested(rule, test, lambda parts: {"all": parts}, lambda parts: {"any": parts})


def _durable(rule: Rule, m: Any) -> Any:
    import operator

    signs = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}

    def test(t: Test) -> Any:
        value = getattr(m, t.field.replace(".", "_"))
        if t.operator == "is":
            return value == True  # noqa: E712 - it overloads ==
        if t.operator == "in":
            return (value == t.constant[0]) | (value == t.constant[1])
        if t.operator == "!=":
            return value != t.constant
        return signs[t.operator](value, t.constant)

    def reduced(sign: Any) -> Any:
        from functools import reduce

        return lambda parts: reduce(sign, parts)

    return _nested(rule, test, reduced(operator.and_), reduced(operator.or_))


def _clips(rule: Rule) -> str:
    def test(t: Test) -> str:
        name = "?" + t.field.replace(".", "_")
        if t.operator == "is":
            return f"(eq {name} TRUE)"
        if t.operator == "in":
            return "(or " + " ".join(f'(eq {name} "{c}")' for c in t.constant) + ")"
        if t.operator in {"==", "!="}:
            return f'({"eq" if t.operator == "==" else "neq"} {name} "{t.constant}")'
        return f"({t.operator} {name} {t.constant})"

    def connected(word: str) -> Any:
        return lambda parts: f"({word} {' '.join(parts)})" if len(parts) > 1 else parts[0]

    return str(_nested(rule, test, connected("and"), connected("or")))
