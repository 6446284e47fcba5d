"""Expressions that go wrong in every way: seeds, cut up and put together again by a seeded generator."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta

from cxengine import cel

VARIABLES = {
    "nps": cel.DOUBLE,
    "count": cel.INT,
    "size_": cel.UINT,
    "name": cel.STRING,
    "flag": cel.BOOL,
    "data": cel.BYTES,
    "when": cel.TIMESTAMP,
    "length": cel.DURATION,
    "maybe": cel.nullable(cel.INT),
    "anything": cel.DYN,
    "tags": cel.list_(cel.STRING),
    "numbers": cel.list_(cel.INT),
    "scores": cel.map_(cel.STRING, cel.DOUBLE),
    "touchpoint": cel.record({"channel": cel.enum("web", "app", "store"), "visits": cel.INT}),
    "chosen": cel.optional(cel.INT),
}

GOOD = {
    "nps": 12.5,
    "count": 3,
    "size_": cel.uint(7),
    "name": "straße 😀",
    "flag": True,
    "data": b"\x00\xff",
    "when": datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
    "length": timedelta(hours=1.5),
    "maybe": None,
    "anything": {"a": [1, 2.5, "x", None, True], "b": {"c": -1}},
    "tags": ["a", "b", ""],
    "numbers": [0, 1, -5, 2**62],
    "scores": {"x": 1.0, "y": float("nan")},
    "touchpoint": {"channel": "web", "visits": 2**63 - 1},
    "chosen": cel.Optional(4),
}

BAD = (
    GOOD | {"nps": float("nan"), "count": -(2**63), "maybe": 5, "anything": 7, "numbers": [], "tags": []},
    GOOD | {"nps": 10**400, "count": True, "name": None, "flag": "true", "touchpoint": {"visits": "2"}},
    GOOD | {"anything": object(), "when": datetime(2026, 1, 1), "scores": {1: 2.0}, "touchpoint": None},
    {},
)

SEEDS = """
nps < 20 && touchpoint.channel == "web" || !flag
count + 1 > touchpoint.visits * 2 - count / 3 % 4
size_ - 3u >= 2u ? "a" + name : name.substring(1, 3)
tags.exists(t, t.startsWith("a")) && numbers.all(n, n / (n - 1) > 0)
numbers.map(n, n > 0, n * n).filter(x, x != 4)
[1, 2, 3].exists_one(n, n == count) == (count in [1, 2, 3])
scores["x"] + scores.y <= 3.5e-2
has(touchpoint.channel) && has(anything.b.c)
anything.a[1] == anything.b.c || anything.a[0] in anything
maybe != null && maybe > 3
when + duration("1h30m") > timestamp("2026-01-01T00:00:00Z")
when.getHours("Europe/Berlin") + length.getMinutes()
"%s is %d of %.2f".format([name, count, nps])
optional.of(count).optMap(v, v + 1).orValue(0) + chosen.or(optional.none()).value()
{"a": 1, "b": 2}.transformMap(k, v, v > 1, k + "!")
numbers.transformList(i, v, i + v)
cel.bind(x, count * 2, x + x)
math.greatest(count, 3, -1) + math.least([nps, 2.5])
name.matches("^s.*e") || data == b"\\x00\\xff"
string(count) + string(nps) + string(when) + string(data)
int(name) + int(nps) + int("12")
{?"k": anything.?q, "l": [?chosen, 1]}
type(count) == int && type(anything) != map
base64.encode(data).size() + size(tags)
-count - -9223372036854775808 + 0xFF
cidr("10.0.0.0/8").containsIP(ip("10.1.2.3"))
name.split("").join("-").upperAscii().indexOf("S")
dyn(count) == 3.0 && dyn(size_) < nps
r"raw\\d" + '''triple''' + "esc\\u00e9\\n"
numbers[?9].hasValue() ? tags[0] : tags[1]
""".strip().splitlines()

_TOKEN = re.compile(r"[A-Za-z_]\w*|\d+(?:\.\d+)?|\"[^\"]*\"|\s+|&&|\|\||[=!<>]=|.", re.DOTALL)
PIECES = [piece for seed in SEEDS for piece in _TOKEN.findall(seed)]
EXTREMES = [
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "18446744073709551615u",
    "null",
    "[]",
    "{}",
    "0",
]


def expressions(seed: int, count: int):
    """`count` expressions, the same for the same seed."""
    rng = random.Random(seed)
    for _ in range(count):
        tokens = _TOKEN.findall(rng.choice(SEEDS))
        mutate = rng.choice((_exchange, _exchange, _mutate))
        for _ in range(rng.choice((1, 1, 2, 3, 6))):
            mutate(tokens, rng)
        yield "".join(tokens)


_ALIKE = (
    ("<", "<=", ">", ">=", "==", "!=", " in "),
    ("+", "-", "*", "/", "%"),
    ("&&", "||"),
    (*VARIABLES, "1", "2.5", "3u", '"web"', "true", *EXTREMES),
    ("all", "exists", "exists_one", "map", "filter"),
)


def _exchange(tokens: list[str], rng: random.Random) -> None:
    """Another operator for an operator, another operand for an operand: often still an expression."""
    places = [(i, family) for i, token in enumerate(tokens) for family in _ALIKE if token in family]
    if places:
        position, family = rng.choice(places)
        tokens[position] = rng.choice(family)


def _mutate(tokens: list[str], rng: random.Random) -> None:
    position = rng.randrange(len(tokens) + 1)
    match rng.randrange(7):
        case 0:
            tokens.insert(position, rng.choice(PIECES))
        case 1 if len(tokens) > 1:
            del tokens[min(position, len(tokens) - 1)]
        case 2:
            tokens[min(position, len(tokens) - 1)] = rng.choice(PIECES)
        case 3:
            tokens[min(position, len(tokens) - 1)] = rng.choice(EXTREMES)
        case 4:
            start = rng.randrange(len(tokens))
            tokens[position:position] = tokens[start : start + rng.randrange(8)]
        case 5:
            tokens[min(position, len(tokens) - 1)] = rng.choice(list(VARIABLES))
        case _:
            tokens.insert(
                position, chr(rng.choice((0, 9, 34, 39, 92, 96, 955, 0xD800, 0x1F600, rng.randrange(128))))
            )
