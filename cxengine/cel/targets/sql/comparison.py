"""Equality, order and membership, which SQL means differently: NULL, and NaN where a backend orders it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ast import ListLiteral, Literal, Node
from ...types import ListType
from .fragment import Fragment
from .kinds import Refused, is_nullable, kind

if TYPE_CHECKING:
    from .translate import Translator
__all__ = ["equality", "list_membership", "membership", "order"]

_NUMBERS = frozenset({"int", "uint", "double"})


def order(to: Translator, operator: str, left: Node, right: Node) -> Fragment:
    """`left < right` and its like; false where one of them is NaN."""
    first, second = _pair(to, left, right)
    if kind(left.type) == "string":
        texts = [to.dialect.collated.format(side.text) for side in (first, second)]
    else:
        texts = [first.plain or first.text, second.plain or second.text]
    compared = f"{texts[0]} {operator} {texts[1]}"
    # Where NaN is the greatest number, only the side that is to be the smaller one needs no guard.
    greater, lesser = (second, first) if operator in {"<", "<="} else (first, second)
    compared += _not_nan(to, greater, lesser)
    return Fragment(f"({compared})", first.fails or second.fails)


def equality(to: Translator, left: Node, right: Node, *, negated: bool) -> Fragment:
    """`left == right`: nulls are equal to each other, NaN to nothing, and an error stays one."""
    if _is_null(left) or _is_null(right):
        made = _null_test(to, right if _is_null(left) else left)
    elif is_nullable(left.type) or is_nullable(right.type):
        made = _nullable_equality(to, left, right)
    else:
        first, second = _pair(to, left, right)
        made = Fragment(_equal(to, first, second), first.fails or second.fails)
    return Fragment(f"(NOT {made.text})", made.fails) if negated else made


def membership(to: Translator, value: Node, items: ListLiteral) -> Fragment:
    """`value in [a, b]`; an element that fails makes it fail, whatever the others are."""
    if items.optional or any(is_nullable(node.type) for node in (value, *items.elements)):
        raise Refused(items, "membership in a list with nulls or optionals cannot be translated to SQL")
    tested = to.operand(value)
    if not items.elements:
        return Fragment(_strict("FALSE", [tested]), tested.fails)
    pairs = [_pair(to, value, element) for element in items.elements]
    elements = [element for _, element in pairs]
    comparable = all(first.text == tested.text and not second.nan for first, second in pairs)
    if comparable and to.dialect.null_in_is_null:
        listed = ", ".join(element.equatable for element in elements)
        text = f"({tested.equatable} IN ({listed}))"
    else:
        text = "(" + " OR ".join(_equal(to, first, second) for first, second in pairs) + ")"
    failing = [element for element in elements if element.fails]
    return Fragment(_strict(text, failing), tested.fails or bool(failing))


def list_membership(to: Translator, node: Node, value: Node, items: Node) -> Fragment:
    """`value in column_of_lists`."""
    template = to.dialect.functions.get("in_list")
    element = items.type.element if isinstance(items.type, ListType) else None
    if template is None or element is None:
        raise Refused(node, f"membership in this cannot be translated to {to.dialect.name}")
    if kind(element) is None or kind(element) != kind(value.type):
        raise Refused(node, f"a value of type {value.type} cannot be looked up in {items.type} in SQL")
    tested, within = to.operand(value), to.operand(items)
    text = template.format(tested.text, within.text) + _not_nan(to, tested, within)
    return Fragment(f"({text})", tested.fails or within.fails)


def _pair(to: Translator, left: Node, right: Node) -> tuple[Fragment, Fragment]:
    """Both sides in one SQL type; an int beside a double is compared as a double, as in the language."""
    kinds = kind(left.type), kind(right.type)
    if kinds[0] is None or kinds[1] is None or (kinds[0] != kinds[1] and not _NUMBERS.issuperset(kinds)):
        raise Refused(right, f"{left.type} and {right.type} cannot be compared in SQL")
    if "uint" in kinds:
        to.sql_type(left if kinds[0] == "uint" else right)
    first, second = to.operand(left), to.operand(right)
    if "double" in kinds and kinds[0] != kinds[1]:
        first, second = (
            side if kind == "double" else _as_double(to, side)
            for kind, side in zip(kinds, (first, second), strict=True)
        )
    return first, second


def _as_double(to: Translator, side: Fragment) -> Fragment:
    return Fragment(f"CAST({side.text} AS {to.dialect.types['double']})", side.fails)


def _equal(to: Translator, first: Fragment, second: Fragment) -> str:
    text = f"{first.equatable} = {second.equatable}"
    guard = _not_nan(to, first, second) if second.nan else ""
    return f"({text}{guard})"


def _not_nan(to: Translator, side: Fragment, other: Fragment) -> str:
    """What to add to a comparison so that a NaN in `side` makes it false, but never hides a failure."""
    if not (side.nan and to.dialect.nan_is_ordered):
        return ""
    guard = to.dialect.not_nan.format(side.text)
    return f" AND ({guard} OR {other.text} IS NULL)" if other.fails else f" AND {guard}"


def _null_test(to: Translator, node: Node) -> Fragment:
    made = to.fragment(node)
    if not is_nullable(node.type):
        return Fragment(_strict("FALSE", [made]), made.fails)
    text = f"({made.text} IS NULL)"
    return Fragment(_unless(made.error, text), made.error is not None)


def _nullable_equality(to: Translator, left: Node, right: Node) -> Fragment:
    first, second = _pair(to, left, right)
    text = to.dialect.equal_where_null.format(first.equatable, second.equatable)
    if first.nan and second.nan and to.dialect.nan_is_ordered:
        text = f"({text} AND COALESCE({to.dialect.not_nan.format(first.text)}, TRUE))"
    errors = []
    for node in (left, right):
        made = to.fragment(node)
        if is_nullable(node.type):
            errors += [made.error] if made.error else []
        elif made.fails:
            errors.append(f"({made.text} IS NULL)")
    return Fragment(_unless(" OR ".join(errors) or None, text), bool(errors))


def _strict(text: str, parts: list[Fragment]) -> str:
    """`text`, but NULL where one of `parts` is."""
    return _unless(" OR ".join(f"({part.text} IS NULL)" for part in parts if part.fails) or None, text)


def _unless(error: str | None, text: str) -> str:
    return text if error is None else f"(CASE WHEN NOT ({error}) THEN {text} END)"


def _is_null(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None
