"""Typed expressions and facts for differential tests, as Hypothesis strategies.

`VARIABLES` declares what expressions read; `conditions()` and `values(type)` give expression texts;
`rows()` gives facts with missing keys, nulls, NaN, infinities, extreme integers, empty lists and Unicode.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from cxengine import cel

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
VARIABLES = {
    "i": cel.INT,
    "j": cel.INT,
    "d": cel.DOUBLE,
    "e": cel.DOUBLE,
    "s": cel.STRING,
    "u": cel.STRING,
    "b": cel.BOOL,
    "t": cel.TIMESTAMP,
    "v": cel.TIMESTAMP,
    "ns": cel.nullable(cel.STRING),
    "nd": cel.nullable(cel.DOUBLE),
    "tags": cel.list_(cel.STRING),
    "r": cel.record({"k": cel.INT, "c": cel.enum("web", "app", "store"), "x": cel.nullable(cel.INT)}),
}
PATHS = (*(name for name in VARIABLES if name != "r"), "r.k", "r.c", "r.x")
NULLABLE = {"ns", "nd", "r.x"}

INTS = st.one_of(st.integers(-3, 3), st.sampled_from([INT_MIN, INT_MAX, INT_MIN + 1, 2**53 + 1, 2**31]))
DOUBLES = st.one_of(
    st.sampled_from(
        [math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 2.5, 1e308, -1e308, 5e-324, 2.0**63]
    ),
    st.integers(-3, 3).map(float),
)
ALPHABET = ["a", "b", "A", "é", "e\u0301", "😀", "'", '"', "\\", "%", "_", "\n", " ", "7", "-"]
TEXTS = st.one_of(
    st.sampled_from(["", "web", "app", "12", "-7", "9223372036854775808"]),
    st.lists(st.sampled_from(ALPHABET), max_size=4).map("".join),
)
MOMENTS = st.one_of(
    st.sampled_from([datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]),
    st.datetimes(datetime(1999, 12, 30), datetime(2025, 3, 31)).map(
        lambda moment: moment.replace(tzinfo=UTC)
    ),
)
LENGTHS = st.sampled_from(["0s", "1h", "-90m", "1.5s", "400h", "-0.000001s", "2562047h", "1ms"])

_FACTS = {
    "i": INTS,
    "j": INTS,
    "d": DOUBLES,
    "e": DOUBLES,
    "s": TEXTS,
    "u": TEXTS,
    "b": st.booleans(),
    "t": MOMENTS,
    "v": MOMENTS,
    "ns": st.none() | TEXTS,
    "nd": st.none() | DOUBLES,
    "tags": st.lists(TEXTS, max_size=3),
    "r.k": INTS,
    "r.c": st.sampled_from(["web", "app", "store"]),
    "r.x": st.none() | INTS,
}


@st.composite
def rows(draw, count=5, missing=True):
    """Facts of some rows by dotted path; a path that is absent in a row is a missing fact there."""
    made = []
    for _ in range(count):
        row = {path: draw(strategy) for path, strategy in _FACTS.items()}
        absent = draw(st.sets(st.sampled_from([p for p in PATHS if p not in NULLABLE]), max_size=4))
        made.append({path: value for path, value in row.items() if not (missing and path in absent)})
    return made


def nested(row):
    """A row as the facts that a program takes."""
    facts = {path: value for path, value in row.items() if "." not in path}
    return facts | {"r": {path[2:]: value for path, value in row.items() if path.startswith("r.")}}


def quoted(text):
    """A string literal of the language."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
    return '"' + "".join(escapes.get(character, character) for character in text) + '"'


def _number(value):
    if math.isnan(value):
        return "(0.0 / 0.0)"
    if math.isinf(value):
        return "(1.0 / 0.0)" if value > 0 else "(-1.0 / 0.0)"
    return repr(value)


def _moment(value):
    return f'timestamp("{value.astimezone(UTC).replace(tzinfo=None).isoformat("T", "microseconds")}Z")'


_ORDER = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
_EQUAL = st.sampled_from(["==", "!="])
_ZONES = st.sampled_from(["", '"UTC"', '"Europe/Berlin"', '"America/New_York"', '"+05:30"', '"-08:00"'])
_PARTS = [
    "FullYear",
    "Month",
    "Date",
    "DayOfMonth",
    "DayOfWeek",
    "DayOfYear",
    "Hours",
    "Minutes",
    "Seconds",
    "Milliseconds",
]
_PATTERNS = st.sampled_from(["^a", "b$", "a.b", "[a-c]+7?", "é|😀", "(?i)WEB", "^$", "\\\\d", "'"])


def ints(depth):
    """Expressions of type int."""
    leaves = st.one_of(st.sampled_from(["i", "j", "r.k"]), INTS.map(str))
    if depth == 0:
        return leaves
    below = ints(depth - 1)
    return st.one_of(
        leaves,
        st.tuples(below, st.sampled_from("+-*/%"), below).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        below.map(lambda x: f"-({x})"),
        st.tuples(conditions(depth - 1), below, below).map(lambda p: f"({p[0]} ? {p[1]} : {p[2]})"),
        texts(depth - 1).map(lambda x: f"size({x})"),
        doubles(depth - 1).map(lambda x: f"int({x})"),
        st.sampled_from(["int(s)", "size(tags)", "math.abs(i)"]),
        st.tuples(moments(depth - 1), st.sampled_from(_PARTS), _ZONES).map(
            lambda p: f"{p[0]}.get{p[1]}({p[2]})"
        ),
        lengths(depth - 1).map(lambda x: f"({x}).getMinutes()"),
        below.map(lambda x: f"cel.bind(x, {x}, x + x)"),
    )


def doubles(depth):
    """Expressions of type double."""
    leaves = st.one_of(st.sampled_from(["d", "e"]), DOUBLES.map(_number))
    if depth == 0:
        return leaves
    below = doubles(depth - 1)
    return st.one_of(
        leaves,
        st.tuples(below, st.sampled_from("+-*/"), below).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        below.map(lambda x: f"-({x})"),
        ints(depth - 1).map(lambda x: f"double({x})"),
        st.tuples(conditions(depth - 1), below, below).map(lambda p: f"({p[0]} ? {p[1]} : {p[2]})"),
        st.tuples(st.sampled_from(["abs", "ceil", "floor", "trunc", "round", "sqrt"]), below).map(
            lambda p: f"math.{p[0]}({p[1]})"
        ),
        st.tuples(below, below).map(lambda p: f"math.greatest({p[0]}, {p[1]})"),
        st.tuples(below, below).map(lambda p: f"math.least({p[0]}, {p[1]})"),
    )


def texts(depth):
    """Expressions of type string."""
    leaves = st.one_of(st.sampled_from(["s", "u", "r.c"]), TEXTS.map(quoted))
    if depth == 0:
        return leaves
    below = texts(depth - 1)
    places = st.integers(-1, 4)
    return st.one_of(
        leaves,
        st.tuples(below, below).map(lambda p: f"({p[0]} + {p[1]})"),
        st.tuples(conditions(depth - 1), below, below).map(lambda p: f"({p[0]} ? {p[1]} : {p[2]})"),
        st.tuples(below, st.sampled_from(["lowerAscii()", "upperAscii()", "reverse()", "trim()"])).map(
            ".".join
        ),
        st.tuples(below, places, places).map(lambda p: f"{p[0]}.substring({p[1]}, {p[2]})"),
        st.tuples(below, places).map(lambda p: f"{p[0]}.charAt({p[1]})"),
        st.tuples(below, TEXTS, TEXTS).map(lambda p: f"{p[0]}.replace({quoted(p[1])}, {quoted(p[2])})"),
        ints(depth - 1).map(lambda x: f"string({x})"),
        conditions(depth - 1).map(lambda x: f"string({x})"),
    )


def moments(depth):
    """Expressions of type timestamp."""
    leaves = st.one_of(st.sampled_from(["t", "v"]), MOMENTS.map(_moment))
    if depth == 0:
        return leaves
    return st.one_of(
        leaves,
        st.tuples(moments(depth - 1), st.sampled_from("+-"), lengths(depth - 1)).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
    )


def lengths(depth):
    """Expressions of type duration."""
    leaves = LENGTHS.map(lambda x: f'duration("{x}")')
    if depth == 0:
        return leaves
    return st.one_of(
        leaves,
        st.tuples(moments(depth - 1), moments(depth - 1)).map(lambda p: f"({p[0]} - {p[1]})"),
        st.tuples(lengths(depth - 1), st.sampled_from("+-"), lengths(depth - 1)).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
    )


def _compared(operands):
    return st.tuples(operands, _ORDER, operands).map(lambda p: f"({p[0]} {p[1]} {p[2]})")


def _listed(operands):
    return st.tuples(operands, st.lists(operands, max_size=4)).map(
        lambda p: f"({p[0]} in [{', '.join(p[1])}])"
    )


_NULL_TESTS = st.sampled_from(
    [
        "ns == null",
        "nd != null",
        "null == r.x",
        "ns == s",
        "s != ns",
        "nd == d",
        "nd != nd",
        "r.x == i + 1",
        "r.x == r.k",
        "nd != null && nd > 0.5",
        "ns == null || ns.startsWith(u)",
        "r.x != null ? r.x + 1 > i : b",
        "(b ? ns : null) == s",
        "(i > j ? nd : nd) != d",
        "has(r.x)",
    ]
)


def conditions(depth):
    """Expressions of type bool."""
    leaves = st.one_of(st.sampled_from(["b", "true", "false", "has(r.k)", "has(r.c)", "!b"]), _NULL_TESTS)
    if depth == 0:
        return leaves
    below = conditions(depth - 1)
    return st.one_of(
        leaves,
        st.tuples(below, st.sampled_from(["&&", "||"]), below).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.lists(below, min_size=3, max_size=4).map(lambda parts: "(" + " || ".join(parts) + ")"),
        below.map(lambda x: f"!({x})"),
        st.tuples(below, below, below).map(lambda p: f"({p[0]} ? {p[1]} : {p[2]})"),
        st.tuples(below, _EQUAL, below).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        *(_compared(kind(depth - 1)) for kind in (ints, doubles, texts, moments, lengths)),
        st.tuples(ints(depth - 1), st.sampled_from(["<", "<=", ">", ">="]), doubles(depth - 1))
        .map(" ".join)
        .map("({})".format),
        *(_listed(kind(depth - 1)) for kind in (ints, doubles, texts, moments)),
        st.tuples(
            texts(depth - 1), st.sampled_from(["startsWith", "endsWith", "contains"]), texts(depth - 1)
        ).map(lambda p: f"{p[0]}.{p[1]}({p[2]})"),
        st.tuples(texts(depth - 1), _PATTERNS).map(lambda p: f'{p[0]}.matches("{p[1]}")'),
        texts(depth - 1).map(lambda x: f"({x} in tags)"),
        st.tuples(st.sampled_from(["all", "exists"]), below).map(
            lambda p: f"tags.{p[0]}(x, x != s || {p[1]})"
        ),
        st.tuples(st.sampled_from(["all", "exists"]), ints(depth - 1)).map(
            lambda p: f"[1, 2, 3].{p[0]}(x, x > {p[1]})"
        ),
        doubles(depth - 1).map(lambda x: f"math.isNaN({x})"),
    )


def values(depth=2):
    """Expressions of any type that all targets know."""
    return st.one_of(*(kind(depth) for kind in (conditions, ints, doubles, texts, moments, lengths)))


def shrunk_duration(value):
    """A timedelta as microseconds, which is what SQL has."""
    return value // timedelta(microseconds=1)
