"""The corpus of the differential test, whole: many expressions over many facts, on one engine.

An expression per query would cost a plan each, which is most of the time on Spark. So a query asks for some
hundred expressions over a table of all facts; one that an engine refuses is halved until the culprit is found.
"""

import math
import sys
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import attrs
import pyarrow as pa
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from cxengine import cel
from cxengine.cel.targets.sql import dialect, quoted

sys.path.insert(0, str(Path(__file__).parents[1] / "cel"))
from expressions import INT_MAX, INT_MIN, NULLABLE, PATHS, VARIABLES, conditions, nested, rows, values

ENVIRONMENT = cel.Environment(variables=VARIABLES)
OBJECTIONS = {"type_mismatch", "no_such_overload", "may_be_null", "not_in_enum", "syntax"}
"""Why a drawn expression may rightly not compile: a constant that cannot be, say."""
ARROW = {
    "row": pa.int64(),
    **dict.fromkeys(("i", "j", "r.k", "r.x"), pa.int64()),
    **dict.fromkeys(("d", "e", "nd"), pa.float64()),
    **dict.fromkeys(("s", "u", "ns", "r.c"), pa.string()),
    **dict.fromkeys(("t", "v"), pa.timestamp("us")),
    "b": pa.bool_(),
    "tags": pa.list_(pa.string()),
}
FACTS = 48
"""Rows that every expression is evaluated over."""
ALL_YEARS = (1, 9999)
TOGETHER = 150
"""Expressions in one query."""
LONGEST = 300_000
"""Characters of SQL in one query."""
CORNERS = [
    {},
    {"i": INT_MIN, "j": -1, "d": math.nan, "e": math.nan, "s": "a", "u": "", "tags": [], "r.k": 0},
    {"i": INT_MAX, "j": 0, "d": math.inf, "e": -0.0, "s": "é", "u": "e\u0301", "tags": [""], "r.k": -1},
    {"i": 7, "j": INT_MIN, "d": 1e308, "e": 1e308, "s": "\\", "u": "%", "tags": ["a", "\\"], "nd": math.nan},
    {"i": 1, "j": 2, "d": 5e-324, "e": -5e-324, "s": "😀a", "u": "😀", "tags": ["😀a"], "r.x": INT_MAX},
    {"i": -7, "j": 2, "d": -0.0, "e": 0.0, "s": "9223372036854775807", "u": "'", "r.c": "web", "b": True},
    {"i": 0, "j": 0, "d": 9.3e18, "e": -1e-200, "s": "", "u": " ", "nd": -math.inf, "r.c": "store", "b": False},
]  # fmt: skip


REGRESSIONS = [
    "(i + 9223372036854775807) + -9223372036854775807",  # Spark gathered the constants
    "(i + 2) + (j + 9223372036854775807)",
    "(i * 4611686018427387904) * 4",
    "cel.bind(x, (-(i) + -9223372036854775808), x + x)",
    "-((b ? 0 : -9223372036854775808))",
    "-((false ? 0 : -9223372036854775808))",  # DuckDB made a HUGEINT of it
    "string(i / r.k) in tags",  # PostgreSQL took NULL = ANY('{}') for false
    "e * d",  # and raised where it overflows
    "5e-324 * (b ? 0.25 : d)",
    "d in [-3.0, 1.0, 0.0, (0.0 / 0.0)]",  # ClickHouse made IN of it
    "d == -3.0 || d == (0.0 / 0.0) || d == 0.0 || d == 2.0",
]
"""What engines did otherwise once; always in the corpus."""


@attrs.frozen(eq=False)
class Corpus:
    """Programs, and the facts that each is evaluated over."""

    programs: tuple[cel.Program, ...]
    facts: tuple[dict, ...]


@attrs.define
class Report:
    """What came of a corpus on an engine."""

    engine: str
    drawn: int
    compared: int = 0
    refused: Counter = attrs.Factory(Counter)
    different: list = attrs.Factory(list)

    def __str__(self):
        return (
            f"{self.engine}: {self.drawn:,} expressions, {self.drawn - self.refused.total():,} of them run"
            f" ({self.refused.total():,} refused at compile time), {self.compared:,} results equal,"
            f" {len(self.different)} expressions different"
        )


@cache
def draw(size):
    """The same `size` programs and facts whenever it is asked."""
    texts = {text: ENVIRONMENT.compile(text) for text in REGRESSIONS}
    for number in range(100):
        for text in _drawn(st.one_of(conditions(3), values(2), values(3)), number, size):
            if len(texts) < size and text not in texts and (program := _compiled(text)) is not None:
                texts[text] = program
        if len(texts) == size:
            break
    return Corpus(tuple(texts.values()), facts())


@cache
def facts():
    """The same rows of facts whenever it is asked."""
    corners = [dict.fromkeys(NULLABLE) | row for row in CORNERS]
    made = [row for batch in _drawn(rows(count=4), 0, FACTS) for row in batch]
    return tuple(corners + made[len(corners) - FACTS :])


@cache
def answers(corpus, years):
    """Facts with the timestamps of these years only, and what every program makes of them."""
    kept = tuple(
        {p: v for p, v in row.items() if not isinstance(v, datetime) or years[0] <= v.year <= years[1]}
        for row in corpus.facts
    )
    given_facts = [nested(row) for row in kept]
    return kept, {p: [_outcome(p, row) for row in given_facts] for p in corpus.programs}


def _drawn(strategy, number, count):
    found = []

    @seed(number)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value):
        found.append(value)

    collect()
    return found


def _compiled(text):
    try:
        return ENVIRONMENT.compile(text)
    except cel.CelError as error:
        if error.kind not in OBJECTIONS:
            raise
        return None


def columns(engine):
    """What binds the variables to the columns of the facts."""
    return {path: quoted(engine.dialect, path) for path in PATHS}


def compare(corpus, engine):
    """Runs the corpus on an `Engine`."""
    report = Report(engine.dialect, len(corpus.programs))
    facts, expected = answers(corpus, dialect(engine.dialect).years)
    engine.load("facts", _table(facts).to_reader())
    asked = []
    for program in corpus.programs:
        try:
            asked.append((program, program.sql(engine.dialect, columns(engine))))
        except cel.CelError as error:
            if error.kind != "unsupported" or error.diagnostics[0].location is None:
                raise
            report.refused[error.diagnostics[0].message] += 1
    for batch in _batches(asked):
        for (program, sql), found in zip(batch, _ask(engine, [sql for _, sql in batch]), strict=True):
            if wrong := _difference(expected[program], found, facts):
                report.different.append(f"{program.source.text}\n  as {sql}\n  {wrong}")
            else:
                report.compared += len(found)
    return report


def _table(facts):
    numbered = [{**row, "row": number} for number, row in enumerate(facts)]
    return pa.table(
        {path: pa.array([_naive(row.get(path)) for row in numbered], kind) for path, kind in ARROW.items()}
    )


def _batches(asked):
    batch, length = [], 0
    for program, sql in asked:
        if batch and (len(batch) == TOGETHER or length + len(sql) > LONGEST):
            yield batch
            batch, length = [], 0
        batch.append((program, sql))
        length += len(sql)
    if batch:
        yield batch


def _ask(engine, expressions):
    """The values of each expression in the order of the facts, or what the engine said."""
    row = quoted(engine.dialect, "row")
    selected = ", ".join(f"{sql} AS x{number}" for number, sql in enumerate(expressions))
    try:
        table = engine.execute(f"SELECT {row} AS number, {selected} FROM facts")
    except Exception as error:
        if len(expressions) == 1:
            return [str(error)]
        middle = len(expressions) // 2
        return _ask(engine, expressions[:middle]) + _ask(engine, expressions[middle:])
    table = table.sort_by("number")
    return [table[f"x{number}"].to_pylist() for number in range(len(expressions))]


def _outcome(program, facts):
    try:
        value = program.exact(facts)
    except cel.CelError:
        return None
    return value // timedelta(microseconds=1) if isinstance(value, timedelta) else _naive(value)


def _naive(value):
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _difference(expected, found, facts):
    if isinstance(found, str):
        return found
    return next(
        (
            f"{one!r} is expected, found is {other!r} for {row}"
            for one, other, row in zip(expected, found, facts, strict=True)
            if not _same(one, _naive(other))
        ),
        None,
    )


def _same(expected, found):
    if isinstance(expected, bool) and type(found) is int:
        found = bool(found)
    if isinstance(expected, float) and isinstance(found, float):
        return expected == found or (math.isnan(expected) and math.isnan(found))
    return type(expected) is type(found) and expected == found
