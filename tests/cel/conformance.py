"""Runs the official conformance cases and writes the table of what passes.

    python tests/cel/conformance.py ../shared/cel/conformance.json docs/cel-conformance.md

A value must be equal and of the same type; a failure must be of the right kind, which `KINDS` derives from
the text that the suite gives; a deduced type must be the same type. Every case runs on the generated code
and on the exact evaluation, and its canonical text must compile to a program with the same result.
"""

from __future__ import annotations

import base64
import collections
import json
import math
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel.types import NullableType, TypeParameter, TypeType
from cxengine.cel.values import duration, timestamp

CASES = Path(__file__).parents[3] / "shared" / "cel" / "conformance.json"

PRIMITIVES = {
    str(t): t for t in (cel.BOOL, cel.INT, cel.UINT, cel.DOUBLE, cel.STRING, cel.BYTES, cel.NULL, cel.DYN)
}
MESSAGES = {"google.protobuf.Timestamp": cel.TIMESTAMP, "google.protobuf.Duration": cel.DURATION}

_OVERLOAD = {"no_such_overload"}
_FORMAT = {"invalid_argument", "no_such_overload"}
# The first text that stands in the suite's message decides which kinds of failure are the right ones.
KINDS = (
    ("undeclared reference", {"undeclared_name"}),
    ("unbound function", {"unknown_function"}),
    ("unknown variable", {"undeclared_name"}),
    ("no such key", {"no_such_key"}),
    ("no_such_key", {"no_such_key"}),
    ("no such overload", _OVERLOAD),
    ("no_such_overload", _OVERLOAD),
    ("found no matching overload", _OVERLOAD),
    # The suite gives this text for `true && 1/0 != 0` too: only the division can be what fails there.
    ("no matching overload", _OVERLOAD | {"divide_by_zero"}),
    ("does not support field selection", {"no_such_overload", "no_such_field"}),
    ("unsupported key type", {"unsupported_key_type"}),
    ("repeated key", {"duplicate_key"}),
    ("overflow", {"overflow"}),
    ("divide by zero", {"divide_by_zero"}),
    ("division by zero", {"divide_by_zero"}),
    ("modulus by zero", {"modulus_by_zero"}),
    ("invalid_argument", {"invalid_argument", "index_out_of_range"}),
    ("range", {"out_of_range", "index_out_of_range"}),
    ("Type conversion error", {"invalid_argument"}),
    ("parse error", {"invalid_argument"}),
    ("not allowed", {"invalid_argument"}),
    ("negative offset", {"invalid_argument"}),
    ("format", _FORMAT),
    ("foo", {"divide_by_zero"}),
)


@attrs.frozen
class Outcome:
    """What became of a case: `problem` is None when it passed."""

    id: int
    file: str
    kind: str
    problem: str | None


def run(cases: list[Mapping[str, Any]]) -> Iterator[Outcome]:
    """The outcome of every case."""
    for case in cases:
        expect = case["expect"]
        kind = next(k for k in ("error", "value", "deduced_type") if k in expect)
        yield Outcome(case["id"], case["file"], kind, problem(case))


def problem(case: Mapping[str, Any]) -> str | None:
    """What is wrong with the outcome of a case, or None."""
    expect = case["expect"]
    try:
        program = environment(case).compile(case["expr"], check_types=not case.get("disable_check"))
        if "deduced_type" in expect and program.type != type_of(expect["deduced_type"]):
            return f"deduced {program.type}"
        if case.get("check_only"):
            return None
        facts = {name: value_of(tagged) for name, tagged in case.get("bindings", {}).items()}
        return _compare(program, facts, case)
    except cel.CelError as error:
        return _compare_error(error, expect)


def _compare(program: cel.Program, facts: dict[str, Any], case: Mapping[str, Any]) -> str | None:
    try:
        value = program(facts)
    except cel.CelError as error:
        found = _compare_error(error, case["expect"])
        return found or _same_failure(program, facts, error)
    expect = case["expect"]
    if "value" not in expect:
        return f"expected an error, got {value!r}"
    if not same(value, value_of(expect["value"])):
        return f"got {value!r}"
    if not same(program.exact(facts), value):
        return f"exactly {program.exact(facts)!r}"
    canonical = program.canonical()
    again = environment(case).compile(canonical, check_types=not case.get("disable_check"))
    if not same(again(facts), value):
        return f"canonical {canonical} gives {again(facts)!r}"
    return None if again.canonical() == canonical else f"canonical twice: {again.canonical()}"


def _same_failure(program: cel.Program, facts: dict[str, Any], error: cel.CelError) -> str | None:
    try:
        return f"exactly {program.exact(facts)!r}"
    except cel.CelError as exact:
        return None if exact.kind == error.kind else f"exactly {exact.kind}"


def _compare_error(error: cel.CelError, expect: Mapping[str, Any]) -> str | None:
    if "error" not in expect:
        return f"{error.kind}: {error.message}"
    for wanted in expect["error"]:
        for text, kinds in KINDS:
            if text in wanted:
                return None if error.kind in kinds else f"{error.kind}, not {sorted(kinds)}: {error.message}"
    return f"no kind is known for {expect['error']}"


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal and of the same type, NaN and the sign of zero included."""
    if (
        isinstance(left, cel.Optional)
        and isinstance(right, cel.Optional)
        and not (left.present or right.present)
    ):
        return True
    if isinstance(left, cel.Optional) and left.present:
        return same(left.content, right.content if isinstance(right, cel.Optional) else right)
    if isinstance(left, float) and isinstance(right, float):
        return (math.isnan(left) and math.isnan(right)) or (left, math.copysign(1, left)) == (
            right,
            math.copysign(1, right),
        )
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        keys = {(type(k), k) for k in left}
        return keys == {(type(k), k) for k in right} and all(same(left[k], right[k]) for k in left)
    kinds = {type(left), type(right)}
    return left == right and (len(kinds) == 1 or all(k.__mro__[1:] and not issubclass(k, int) for k in kinds))


def environment(case: Mapping[str, Any]) -> cel.Environment:
    """The environment that a case declares; bindings that it does not declare are dyn."""
    variables = dict.fromkeys(case.get("bindings", {}), cel.DYN)
    functions = []
    for declared in case.get("type_env", []):
        if "type" in declared:
            variables[declared["name"]] = type_of(declared["type"])
        else:
            functions.append(_function(declared))
    return cel.Environment(variables, functions, case.get("container", ""))


def _function(declared: Mapping[str, Any]) -> cel.Function:
    overloads = tuple(
        cel.Overload(o["id"], tuple(map(type_of, o["params"])), type_of(o["result"]), receiver=o["instance"])
        for o in declared["overloads"]
    )
    return cel.Function(declared["name"], overloads)


def type_of(spec: Any) -> Any:
    """The type that the suite's notation means."""
    if isinstance(spec, str):
        return PRIMITIVES[spec]
    (kind, inner), *rest = spec.items()
    if kind == "list":
        return cel.list_(type_of(inner))
    if kind == "map":
        return cel.map_(*map(type_of, inner))
    if kind == "message":
        return MESSAGES[inner]
    if kind == "wrapper":
        return NullableType(type_of(inner))
    if kind == "param":
        return TypeParameter(inner)
    if kind == "type":
        return TypeType(type_of(inner) if inner else cel.DYN)
    return cel.AbstractType(inner, tuple(map(type_of, rest[0][1] if rest else ())))


def value_of(tagged: Mapping[str, Any]) -> Any:
    """The value that a tagged value stands for."""
    kind, value = tagged["t"], tagged.get("v")
    made = {
        "null": lambda: None,
        "uint": lambda: cel.uint(value),
        "double": lambda: float(value),
        "type": lambda: cel.TypeName(value),
        "bytes": lambda: base64.b64decode(tagged["b64"]),
        "list": lambda: list(map(value_of, value)),
        "map": lambda: {value_of(k): value_of(v) for k, v in value},
        "timestamp": lambda: timestamp(_nanos(tagged)),
        "duration": lambda: duration(_nanos(tagged)),
    }.get(kind)
    return made() if made else value


def _nanos(tagged: Mapping[str, Any]) -> int:
    return int(tagged["seconds"]) * 1_000_000_000 + int(tagged["nanos"])


def table(outcomes: list[Outcome], source: str) -> str:
    """The pass table as Markdown."""
    columns = ("value", "error", "deduced_type")
    count: dict[tuple[str, str], list[int]] = collections.defaultdict(lambda: [0, 0])
    for outcome in outcomes:
        for file in (outcome.file, "**all**"):
            for kind in (outcome.kind, "all"):
                cell = count[file, kind]
                cell[0] += outcome.problem is None
                cell[1] += 1
    files = [*sorted({outcome.file for outcome in outcomes}), "**all**"]
    lines = [
        "# CEL conformance",
        "",
        "Cases of the official suite that need no protobuf message, from",
        f"{source}.",
        "`python tests/cel/conformance.py` makes this page. A case passes when the generated code and the exact",
        "evaluation give the value with its type, or a failure of the right kind, and the canonical text of",
        "the expression gives the same again.",
        "",
        "The two that do not pass, `triple_single_quoted_unescaped_punctuation` and its double-quoted twin among",
        "the bytes literals of `parse`, expect a backslash in the value of a literal that has none; the same",
        "literals without the `b` are expected to have none, and pass.",
        "",
        "| file | values | errors | deduced types | all |",
        "|---|---:|---:|---:|---:|",
    ]
    for file in files:
        cells = [count.get((file, kind)) for kind in (*columns, "all")]
        shown = [f"{cell[0]} of {cell[1]}" if cell else "" for cell in cells]
        lines.append(f"| {file} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Run the cases, write the table, print what fails."""
    document = json.loads(Path(arguments[0] if arguments else CASES).read_text("utf-8"))
    outcomes = list(run(document["tests"]))
    texts = {case["id"]: case["expr"] for case in document["tests"]}
    for outcome in outcomes:
        if outcome.problem:
            print(
                f"{outcome.id} {outcome.file} ({outcome.kind}): {texts[outcome.id][:120]}\n    {outcome.problem}"
            )
    page = table(outcomes, document["source"])
    if len(arguments) > 1:
        Path(arguments[1]).write_text(page, "utf-8")
    print(page)
    return int(any(outcome.problem for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
