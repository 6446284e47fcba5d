"""The corpus of the differential test on every engine: each result is equal, or the expression was refused.

`CXENGINE_CORPUS=10000` asks for another number of expressions.
"""

import os

import corpus
import pytest
from engines import Embedded

from cxengine.cel.targets.sql.ranges import ARITHMETIC
from cxengine.evidence.engines import open_engine
from cxengine.project.model import EngineSettings

SIZES = {"spark": 300, "duckdb": 500}
"""Spark plans and compiles a class for every query; DuckDB has tests/cel/test_differential.py besides."""


@pytest.fixture
def engine(settings):
    opened = open_engine(settings, None) or Embedded(settings)
    yield opened
    opened.close()


def test_every_expression_means_the_same_or_is_refused(engine, record_figures):
    size = int(os.environ.get("CXENGINE_CORPUS") or SIZES.get(engine.dialect, 1_500))
    report = corpus.compare(corpus.draw(size), engine)
    record_figures(str(report))
    assert not report.different, "\n".join([str(report), *report.different[:20]])
    assert report.refused.total() < size / 2
    assert report.compared == (size - report.refused.total()) * corpus.FACTS


@pytest.fixture
def embedded():
    opened = Embedded(EngineSettings())
    yield opened
    opened.close()


def test_a_wrong_translation_would_be_noticed(embedded, monkeypatch):
    program = corpus.ENVIRONMENT.compile("i < j")
    wrong = program.sql("duckdb", corpus.columns(embedded)).replace("<", "<=")
    monkeypatch.setattr(type(program), "sql", lambda *_: wrong)
    found = corpus.compare(corpus.Corpus((program,), corpus.facts()), embedded)
    assert len(found.different) == 1
    assert "is expected, found is" in found.different[0]


def test_an_expression_that_the_engine_refuses_spoils_no_other(embedded, monkeypatch):
    asked = [corpus.ENVIRONMENT.compile(text) for text in ("i", "j", "b", "d")]
    sql = type(asked[0]).sql

    def broken(program, *given):
        return "nonsense(" if program is asked[2] else sql(program, *given)

    monkeypatch.setattr(type(asked[0]), "sql", broken)
    found = corpus.compare(corpus.Corpus(tuple(asked), corpus.facts()), embedded)
    assert len(found.different) == 1
    assert found.compared == 3 * corpus.FACTS


EDGES = [
    0.0, -0.0, float("nan"), float("inf"), float("-inf"), 5e-324, -5e-324, 2.0**-1022, 2.0**-538, 2.0**-537,
    2.0**-51, 0.5, 1 - 2**-53, 1.0, -1.0, 1 + 2**-52, 2.0, 2.0**511, 2.0**512, 2.0**969, 2.0**970, 2.0**1023,
    -(2.0**1023), 1.7976931348623157e308, -1.7976931348623157e308,
]  # fmt: skip


def test_doubles_leave_their_range_as_they_should(settings, request):
    """Where PostgreSQL by itself raises: sums, products and quotients beyond the greatest or the least double."""
    import numpy as np
    import pyarrow as pa

    if settings.use != "postgres":
        pytest.skip("the arithmetic of other engines is their own")
    engine = request.getfixturevalue("engine")
    x, y = (side.ravel() for side in np.meshgrid(EDGES, EDGES))
    engine.load("edges", pa.table({"number": np.arange(len(x)), "x": x, "y": y}).to_reader())
    columns = ", ".join(f"{template.format('x', 'y')} AS {name}" for name, template in ARITHMETIC.items())
    found = engine.execute(f"SELECT number, {columns} FROM edges").sort_by("number")
    with np.errstate(all="ignore"):
        expected = {"add": x + y, "subtract": x - y, "multiply": x * y, "divide": x / y}
    for name, values in expected.items():
        result = found[f"{name}_double"].to_numpy()
        np.testing.assert_array_equal(result, values)
        signed = ~np.isnan(values)
        np.testing.assert_array_equal(np.signbit(result[signed]), np.signbit(values[signed]))
