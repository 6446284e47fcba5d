"""From a checked tree to SQL: the walk over the nodes. Comparisons and membership are in `comparison`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from ...ast import (
    And,
    Bind,
    Call,
    Comprehension,
    Conditional,
    Has,
    ListLiteral,
    Literal,
    Local,
    Node,
    Or,
    Select,
    Variable,
)
from ...dispatch import applied, conforming
from ...errors import CelError
from ...types import DOUBLE, ListType
from ...values import NanoDuration, NanoTimestamp, duration_nanos
from . import comparison
from .dialect import Dialect
from .fragment import Fragment, SqlColumn
from .kinds import Refused, base, is_nullable, kind, path

__all__ = ["Translator"]

DEPTH_LIMIT = 120
SIZE_LIMIT = 1_000_000
_COMPARISONS = {"_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">="}
_EQUALITY = frozenset({"_==_", "_!=_"})
_ZONED = "_with_tz"
_YEARS = ("0001-01-01 00:00:00", "9999-12-31 23:59:59.999999")
_IDENTIFIER = re.compile(r'[\w.]+|"[^"]*"|`[^`]*`')


@attrs.define
class Translator:
    """Makes fragments of nodes for one dialect and one binding of variables to columns."""

    dialect: Dialect
    columns: Mapping[str, SqlColumn]
    locals: dict[int, Fragment] = attrs.Factory(dict)
    depth: int = 0

    def fragment(self, node: Node) -> Fragment:
        """The SQL of `node`.

        Raises:
            Refused: it has none with the same meaning.
        """
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise Refused(node, f"the expression is nested more than {DEPTH_LIMIT} deep")
        try:
            made = self._fragment(node)
        finally:
            self.depth -= 1
        if len(made.text) > SIZE_LIMIT:
            raise Refused(node, f"the SQL of this is longer than {SIZE_LIMIT:,} characters")
        return made

    def _fragment(self, node: Node) -> Fragment:
        made: Fragment | None = None
        match node:
            case Literal():
                made = self.literal(node, node.value)
            case Variable() | Select():
                made = self._column(node)
            case Has():
                made = self._has(node)
            case Local():
                made = self.locals.get(node.slot)
            case And() | Or():
                made = self._joined(node.terms, " AND " if isinstance(node, And) else " OR ")
            case Conditional():
                made = self._conditional(node)
            case Bind():
                self.locals[node.variable.slot] = self.fragment(node.value)
                made = self.fragment(node.body)
            case Comprehension():
                made = self._comprehension(node)
            case Call():
                made = self._call(node)
        if made is None:
            raise Refused(node, f"{_named(node)} cannot be translated to SQL")
        return made

    # --- constants and columns ---------------------------------------------------------------------

    def literal(self, node: Node, value: Any) -> Fragment:
        """The SQL of a constant."""
        made: Fragment | None = None
        match value:
            case None:
                made = Fragment("NULL")
            case bool():
                made = Fragment("TRUE" if value else "FALSE")
            case int() if kind(node.type) == "uint":
                made = Fragment(f"CAST('{int(value)}' AS {self.sql_type(node)})")
            case int():
                made = Fragment(self.dialect.integer(value), plain=self.dialect.integer(value, typed=False))
            case float():
                made = Fragment(self.dialect.double(value), nan=value != value)  # noqa: PLR0124
            case str():
                made = Fragment(self._text(node, value))
            case bytes():
                self.sql_type(node)
                made = Fragment(self.dialect.bytes.format(value.hex()))
            case datetime() | timedelta():
                made = self._temporal(node, value)
        if made is None:
            raise Refused(node, f"a constant of type {node.type} cannot be translated to SQL")
        return made

    def _text(self, node: Node, value: str) -> str:
        if "\0" in value and not self.dialect.nul_in_text:
            raise Refused(node, f"{self.dialect.name} has no text with a NUL character")
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise Refused(node, "the text holds half of a surrogate pair") from None
        parts = [self.dialect.text(part) for part in value.split("\0")]
        return parts[0] if len(parts) == 1 else "(" + " || CHR(0) || ".join(parts) + ")"

    def _temporal(self, node: Node, value: datetime | timedelta) -> Fragment:
        self.sql_type(node)
        if isinstance(value, NanoTimestamp | NanoDuration):
            raise Refused(node, "SQL timestamps have microseconds, this has nanoseconds")
        if isinstance(value, timedelta):
            return Fragment(self.dialect.integer(duration_nanos(value) // 1000))
        text = self.dialect.moment(value)
        if text is None:
            raise Refused(node, f"{self.dialect.name} cannot hold a timestamp of the year {value.year}")
        return Fragment(text)

    def sql_type(self, node: Node) -> str:
        """The SQL type of the values of `node`."""
        name = kind(node.type)
        found = self.dialect.types.get(name or "")
        if found is None:
            reason = self.dialect.refusals.get(name or "", f"{self.dialect.name} has no type for it")
            raise Refused(node, f"a value of type {node.type} cannot be translated: {reason}")
        return found

    def _column(self, node: Node) -> Fragment:
        name = path(node)
        column = self.columns.get(name) if name else None
        if column is None:
            known = ", ".join(sorted(self.columns)) or "none"
            raise Refused(node, f"no column is bound to {name or 'this'}", f"bound are: {known}")
        fails = not (column.required or is_nullable(node.type))
        spelled = column.sql if _IDENTIFIER.fullmatch(column.sql) else f"({column.sql})"
        if isinstance(node.type, ListType):
            return Fragment(spelled, fails=fails)
        text = spelled if kind(node.type) == "bool" else f"CAST({column.sql} AS {self.sql_type(node)})"
        return Fragment(
            text,
            fails=fails,
            nan=base(node.type) == DOUBLE and not column.finite,
            plain=spelled if kind(node.type) == "string" and self.dialect.enums_equal_text else None,
        )

    def _has(self, node: Has) -> Fragment:
        name = f"{path(node.operand)}.{node.field}"
        column = self.columns.get(name)
        if column is not None:
            field = getattr(base(node.operand.type), "field", lambda _: None)(node.field)
            always = column.required or (field is not None and is_nullable(field))
            return Fragment("TRUE" if always else f"(({column.sql}) IS NOT NULL)")
        if any(known.startswith(name + ".") for known in self.columns):
            return Fragment("TRUE")
        raise Refused(node, f"no column is bound to {name}")

    # --- logic -------------------------------------------------------------------------------------

    def _joined(self, terms: tuple[Node, ...], operator: str) -> Fragment:
        parts = [self.operand(term) for term in terms]
        text = "(" + operator.join(part.text for part in parts) + ")"
        return Fragment(text, fails=any(part.fails for part in parts))

    def operand(self, node: Node) -> Fragment:
        """`node` where a null is an error: NULL is the error then, whatever the cause."""
        made = self.fragment(node)
        return attrs.evolve(made, fails=True, error=None) if is_nullable(node.type) else made

    def _conditional(self, node: Conditional) -> Fragment:
        condition = self.operand(node.condition)
        then, otherwise = self.fragment(node.then), self.fragment(node.otherwise)
        text = _case(condition, then.text, otherwise.text)
        fails = condition.fails or then.fails or otherwise.fails
        error = None
        if is_nullable(node.type):
            sides = [_error(part, side) for part, side in ((then, node.then), (otherwise, node.otherwise))]
            if fails or any(sides):
                branches = [side or "FALSE" for side in sides]
                error = f"COALESCE({_case(condition, *branches)}, TRUE)"
            fails = False
        return Fragment(text, fails, then.nan or otherwise.nan, error)

    def _comprehension(self, node: Comprehension) -> Fragment:
        if node.macro not in {"all", "exists"} or len(node.variables) != 1:
            raise Refused(node, f"the macro {node.macro} cannot be translated to SQL")
        if isinstance(node.range, ListLiteral) and not node.range.optional:
            return self._unrolled(node, node.range)
        if not (isinstance(node.range.type, ListType) and self.dialect.list_lambdas):
            raise Refused(node, f"{self.dialect.name} cannot run a macro over this")
        items = self.operand(node.range)
        variable = node.variables[0]
        name = f"x{variable.slot}"
        self.locals[variable.slot] = Fragment(name, nan=base(variable.type) == DOUBLE)
        body = self.operand(node.body).text
        wins = node.macro == "exists"
        decisive = f"LEN(LIST_FILTER({items.text}, LAMBDA {name}: {body if wins else f'NOT {body}'}))"
        failing = f"LEN(LIST_FILTER({items.text}, LAMBDA {name}: ({body}) IS NULL))"
        text = f"(CASE WHEN {decisive} > 0 THEN {_bool(wins)} WHEN {failing} = 0 THEN {_bool(not wins)} END)"
        return Fragment(text, fails=True)

    def _unrolled(self, node: Comprehension, items: ListLiteral) -> Fragment:
        found = [self.operand(element) for element in items.elements]
        if any(element.fails for element in found):
            raise Refused(items, "an element that can fail makes the whole list fail")
        bodies = []
        for element in found:
            self.locals[node.variables[0].slot] = element
            bodies.append(self.operand(node.body))
        if not bodies:
            return Fragment(_bool(node.macro == "all"))
        operator = " OR " if node.macro == "exists" else " AND "
        return Fragment("(" + operator.join(b.text for b in bodies) + ")", any(b.fails for b in bodies))

    # --- functions ---------------------------------------------------------------------------------

    def _call(self, node: Call) -> Fragment:
        constant = self._folded(node)
        if constant is not None:
            return constant
        arguments, overload = node.arguments, node.overload
        if node.function in _EQUALITY:
            made = comparison.equality(self, *arguments, negated=node.function == "_!=_")
        elif node.function == "@in" and isinstance(arguments[1], ListLiteral):
            made = comparison.membership(self, arguments[0], arguments[1])
        elif overload is None:
            raise Refused(node, "the types of the arguments are known only when it is evaluated")
        elif node.function in _COMPARISONS:
            made = comparison.order(self, _COMPARISONS[node.function], *arguments)
        elif overload.id == "logical_not":
            inner = self.operand(arguments[0])
            made = Fragment(f"(NOT {inner.text})", inner.fails)
        elif overload.id == "in_list":
            made = comparison.list_membership(self, node, *arguments)
        elif overload.id.endswith(_ZONED):
            made = self._in_zone(node, overload.id.removesuffix(_ZONED))
        else:
            made = self._templated(node, overload.id)
        return made

    def _folded(self, node: Call) -> Fragment | None:
        """A call of constants, evaluated now by the function's own Python."""
        overload = node.overload
        if overload is None or overload.python is None or kind(node.type) is None:
            return None
        if not all(isinstance(argument, Literal) for argument in node.arguments):
            return None
        try:
            constants = (a.value for a in node.arguments if isinstance(a, Literal))
            value = applied(node, conforming(overload), constants)
        except CelError:
            return Fragment(f"CAST(NULL AS {self.sql_type(node)})", fails=True)
        return self.literal(node, value)

    def _templated(self, node: Call, id_: str) -> Fragment:
        overload = node.overload
        assert overload is not None
        arguments = [self.operand(argument) for argument in node.arguments]
        texts = [argument.text for argument in arguments]
        double = node.type == DOUBLE
        if overload.sql is not None:
            return Fragment(self._own(node, overload.sql, texts), fails=True, nan=double)
        template = self.dialect.functions.get(id_)
        if template is None:
            reason = self.dialect.refusals.get(id_, "it has no translation with the same meaning")
            raise Refused(node, f"{_shown(node)} cannot be translated to {self.dialect.name}: {reason}")
        if id_.startswith("matches"):
            self._check_pattern(node)
        self.sql_type(node)
        partial = template.startswith(("TRY", "(TRY", "(CASE")) or "NULLIF" in template
        fails = partial or any(argument.fails for argument in arguments)
        return Fragment(template.format(*texts), fails, nan=double)

    def _own(self, node: Call, translate: Callable[..., str], texts: list[str]) -> str:
        """What a function that somebody registered says that it is in SQL."""
        try:
            text = applied(node, translate, [self.dialect.name, *texts])
        except CelError as error:
            raise Refused(node, f"{error.message} (its translation to {self.dialect.name})") from error
        if not isinstance(text, str):
            raise Refused(node, f"{node.function} has no translation to {self.dialect.name}")
        return text

    def _check_pattern(self, node: Call) -> None:
        pattern = node.arguments[1]
        if not isinstance(pattern, Literal):
            raise Refused(
                pattern, "in SQL a regular expression has to be a constant, so that it can be checked"
            )
        assert node.overload is not None
        assert node.overload.python is not None
        try:
            node.overload.python("", pattern.value)
        except CelError as error:
            raise Refused(pattern, error.message) from error

    def _in_zone(self, node: Call, id_: str) -> Fragment:
        moment, zone = node.arguments
        if not isinstance(zone, Literal) or self.dialect.zoned is None or self.dialect.shifted is None:
            raise Refused(
                zone, f"{self.dialect.name} needs a constant time zone here, if it can do it at all"
            )
        local = self.operand(moment)
        shift = _offset_seconds(zone.value)
        if shift is not None:
            text = self.dialect.shifted.format(local.text, shift)
        else:
            text = self.dialect.zoned.format(local.text, self.dialect.text(_known_zone(zone)))
        template = self.dialect.functions.get(id_)
        if template is None:
            raise Refused(node, f"{_shown(node)} cannot be translated to {self.dialect.name}")
        first, last = (self.dialect.timestamp.format(end) for end in _YEARS)
        return Fragment(
            f"(CASE WHEN {text} BETWEEN {first} AND {last} THEN {template.format(text)} END)", fails=True
        )


def _offset_seconds(zone: str) -> int | None:
    """The seconds of an offset such as `+02:00`; None when it is no offset."""
    sign, digits = (zone[:1], zone[1:]) if zone[:1] in {"+", "-"} else ("+", zone)
    hours, colon, minutes = digits.partition(":")
    if not (colon and len(hours) == len(minutes) == 2 and (hours + minutes).isdigit()):
        return None
    seconds = int(hours) * 3600 + int(minutes) * 60
    return -seconds if sign == "-" else seconds


def _known_zone(node: Literal) -> str:
    from zoneinfo import ZoneInfo

    try:
        return str(ZoneInfo(node.value))
    except (KeyError, ValueError, OSError) as error:
        raise Refused(node, f"no time zone is called {node.value!r}") from error


def _case(condition: Fragment, then: str, otherwise: str) -> str:
    if condition.fails:
        return f"(CASE {condition.text} WHEN TRUE THEN {then} WHEN FALSE THEN {otherwise} END)"
    return f"(CASE WHEN {condition.text} THEN {then} ELSE {otherwise} END)"


def _error(part: Fragment, node: Node) -> str | None:
    if is_nullable(node.type):
        return part.error
    return f"({part.text} IS NULL)" if part.fails else None


def _bool(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _named(node: Node) -> str:
    return {"ListLiteral": "a list", "MapLiteral": "a map", "TypeValue": "a type"}.get(
        type(node).__name__, f"this {type(node).__name__.lower()}"
    )


def _shown(node: Call) -> str:
    overload = node.overload
    return overload.signature(node.function) if overload else node.function
