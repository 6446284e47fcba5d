"""How equal the measurements of a project are on all engines, metric by metric.

`python tests/engines/equality.py` starts what it can, measures and prints the table of docs/engines.md;
`--write` puts it there.
"""

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import attrs
import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent))
import engines
import everything
import generated

from cxengine import Engine

SHOP = Path(__file__).parents[2] / "rulesets" / "online-shop"
PAGE = Path(__file__).parents[2] / "docs" / "engines.md"
MARKS = ("<!-- equality: written by tests/engines/equality.py --write -->", "<!-- equality ends -->")
TOLERANCE = 1e-9


def run(path, settings=None):
    """A run of the project at `path` with `[engine]` as in `settings`; its evidence is closed."""
    with running(path, settings) as result:
        return result


@contextmanager
def running(path, settings=None):
    """The same while its evidence is open, as those who write it need it."""
    engine = Engine()
    loaded = engine.load(path)
    if settings is not None:
        loaded = attrs.evolve(loaded, project=attrs.evolve(loaded.project, engine=settings))
    result = engine.run(loaded)
    try:
        yield result
    finally:
        for engine_of_its in {result.evidence.backend, result.evidence.whole}:
            engine_of_its.close()


def differences(found, expected):
    """The largest relative difference of a double by metric, 0.0 where every bit is equal.

    Of numbers below 1 it is the difference itself: a share of 0 has no other.

    Raises:
        AssertionError: the tables differ in cells or in a column that is no double.
    """
    assert found.schema == expected.schema
    assert found.num_rows == expected.num_rows
    largest = np.zeros(expected.num_rows)
    for name in expected.column_names:
        one, other = found[name], expected[name]
        if pa.types.is_floating(expected.schema.field(name).type):
            np.fmax(largest, _relative(one.to_numpy(), other.to_numpy()), out=largest)
        else:
            assert one.equals(other), name
    metrics = np.array(expected["metric"].to_pylist())
    return {name: float(largest[metrics == name].max()) for name in dict.fromkeys(metrics.tolist())}


def _relative(one, other):
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    with np.errstate(all="ignore"):
        apart = np.abs(one - other) / np.maximum(1, np.abs(other))
    return np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart))


def projects(folder):
    """The projects by what they are called in the table, with the plugin of each of their metrics."""
    weighted, complete = folder / "weighted", folder / "everything"
    for each in (weighted, complete):
        each.mkdir()
    generated.write(weighted)
    everything.write(complete)
    return {"online shop": SHOP, "weights, gaps, hostile texts": weighted, "every metric": complete}


def table():
    """The lines of the table: a metric a line, an engine a column."""
    with tempfile.TemporaryDirectory(prefix="cxengine-equality-") as name:
        folder = Path(name)
        paths = projects(folder)
        expected = {title: run(path) for title, path in paths.items()}
        columns = {}
        for engine in engines.NAMES:
            if reason := engines.missing(engine):
                print(f"{engine}: {reason}", file=sys.stderr)
                continue
            folder.joinpath(engine).mkdir()
            with engines.started(engine, folder / engine) as settings:
                columns[engine] = {
                    title: differences(
                        run(path, settings).measurements.table, expected[title].measurements.table
                    )
                    for title, path in paths.items()
                }
        used = {
            title: {m.id: m.use for m in Engine().load(path).project.metrics} for title, path in paths.items()
        }
    yield "| project | metric | measurements | " + " | ".join(_TITLES[engine] for engine in columns) + " |"
    yield "|---|---|---:|" + "---|" * len(columns)
    for title, metrics in used.items():
        counts = expected[title].measurements.table["metric"].value_counts().to_pylist()
        cells = {count["values"]: count["counts"] for count in counts}
        for metric, use in metrics.items():
            if metric in cells:
                shown = " | ".join(_shown(columns[engine][title][metric]) for engine in columns)
                yield f"| {title} | `{metric}` ({use}) | {cells[metric]:,} | {shown} |"


_TITLES = {
    "disk": "DuckDB on disk",
    "postgres": "PostgreSQL",
    "spark": "Spark cluster",
    "clickhouse": "ClickHouse",
}


def _shown(difference):
    return "equal" if difference == 0 else f"{difference:.0e}"


def main():
    made = "\n".join(table())
    print(made)
    if "--write" in sys.argv:
        text = PAGE.read_text(encoding="utf-8")
        before, rest = text.split(MARKS[0])
        after = rest.split(MARKS[1])[1]
        PAGE.write_text(f"{before}{MARKS[0]}\n\n{made}\n\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
