"""The queries of a run in the SQL of every engine, those without a server here too: SQLGlot can read them."""

import generated
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from cxengine import Engine
from cxengine.cel.targets.sql import DIALECTS
from cxengine.insight import voices
from cxengine.metrics import scan as scans
from cxengine.metrics.finest import Live
from cxengine.metrics.segment import cubes


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A project and the scan that measuring it asks for."""
    folder = tmp_path_factory.mktemp("generated")
    generated.write(folder, rows=200)
    asked = []

    def recorded(scan, backend, **options):
        asked.append(scan)
        return original(scan, backend, **options)

    original = scans.run
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scans, "run", recorded)
        result = Engine().run(folder)
    (scan,) = asked
    return result.project, scan


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_fused_scan_parses(run, dialect, weighted):
    query = sqlglot.parse_one(run[1].sql(dialect, weighted=weighted), read=dialect)
    names = {"signal", "touchpoint", "period", "answer", "n"} | ({"w", "w2"} if weighted else set())
    assert names <= set(query.named_selects)
    assert {table.name for table in query.find_all(exp.Table)} == {"answers", "responses"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_query_of_voices_parses(run, dialect):
    class Recorder:
        asked = ""

        def execute(self, sql):
            self.asked = sql
            return pa.table({})

    recorder = Recorder()
    recorder.dialect = dialect
    voices.listen(run[0], Live(recorder), ["satisfied"], present=8095, groups=cubes(run[0]))
    parsed = sqlglot.parse_one(recorder.asked, read=dialect)
    assert {"touchpoint", "speaking_n", "asked_w2", "feeling_w"} <= set(parsed.named_selects)


def test_a_broken_query_would_be_noticed(run):
    broken = run[1].sql("snowflake", weighted=True).replace("GROUP BY", "GROUP", 1)
    with pytest.raises(sqlglot.errors.ParseError):
        sqlglot.parse_one(broken, read="snowflake")
