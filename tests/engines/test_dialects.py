"""Every query of a run with every metric, in the SQL of engines that no test can start: SQLGlot can read it.

A run over DuckDB is recorded, answer by answer. Another run, which takes its engine for one of another dialect,
is then given the same answers, so that it asks every query of the run.
"""

import attrs
import everything
import pytest
import sqlglot
from engines import Embedded
from equality import SHOP, differences
from sqlglot import exp

from cxengine import Engine
from cxengine.project.model import EngineSettings

WAREHOUSES = ("bigquery", "snowflake", "trino")


class Recorded:
    """DuckDB as an engine that remembers what it answered."""

    dialect = "duckdb"

    def __init__(self):
        self.queries, self.answers = [], []
        self._engine = Embedded(EngineSettings())

    def load(self, name, rows):
        self._engine.load(name, rows)

    def execute(self, sql):
        self.queries.append(sql)
        self.answers.append(self._engine.execute(sql))
        return self.answers[-1]

    def close(self):
        self._engine.close()


class Replayed:
    """An engine of some dialect that gives recorded answers, one after the other."""

    def __init__(self, dialect, answers):
        self.dialect, self.queries = dialect, []
        self._answers = iter(answers)

    def load(self, name, rows):
        rows.read_all()

    def execute(self, sql):
        self.queries.append(sql)
        return next(self._answers)

    def close(self):
        pass


def run(folder, engine):
    """A run of a project whose engine is `engine`."""
    loaded = Engine().load(folder)
    settings = EngineSettings(use="postgres")
    loaded = attrs.evolve(loaded, project=attrs.evolve(loaded.project, engine=settings))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cxengine.evidence.collect.open_engine", lambda *_: engine)
        return Engine().run(loaded)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The project with every metric, and a run of it."""
    folder = tmp_path_factory.mktemp("project")
    everything.write(folder, share=0.1)
    engine = Recorded()
    return folder, engine, run(folder, engine).measurements.table


@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_every_query_of_a_run_parses(recorded, dialect):
    folder, original, measured = recorded
    engine = Replayed(dialect, original.answers)
    assert not any(differences(run(folder, engine).measurements.table, measured).values())
    assert len(engine.queries) == len(original.queries) >= 3
    for query, answer in zip(engine.queries, original.answers, strict=True):
        parsed = sqlglot.parse_one(query, read=dialect)
        assert parsed.named_selects == answer.column_names
        assert {table.name for table in parsed.find_all(exp.Table)} - _named(parsed) <= {
            "answers",
            "responses",
        }


def _named(parsed):
    return {name.alias for name in parsed.find_all(exp.CTE)}


def test_texts_and_whole_journeys_are_told_whatever_engine_measures(recorded, tmp_path):
    for folder in (SHOP, recorded[0]):
        expected = Engine().run(folder)
        found = run(folder, Recorded())
        assert found.evidence.backend is not found.evidence.whole
        assert expected.insight.themes.telling or expected.insight.observed
        assert repr(found.insight) == repr(expected.insight)


def test_a_broken_query_would_be_noticed(recorded):
    scan = max(recorded[1].queries, key=len)
    with pytest.raises(sqlglot.errors.ParseError):
        sqlglot.parse_one(scan.replace("GROUP BY", "GROUP", 1), read="duckdb")
