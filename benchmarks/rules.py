"""Rules: ours on all three targets beside what a specialist writes by hand, and beside other engines.

    python benchmarks/rules.py [--facts 20000] [--rows 2_000_000] [--write docs/benchmarks/rules.md]

100 typical rules over nested facts of 15 fields (`rules_workload`). Every verdict of everybody is compared
with the hand-written function's. Times are CPU seconds of the process, medians over repeats; engines that
are slow get fewer facts, and peers that are not installed (`requirements.txt`) are left out and named.
The last part runs all rules over many rows in one query of DuckDB, in a process of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import multiprocessing
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from rules_peers import FACTS, PEERS
from rules_workload import (
    CHOICES,
    DOUBLES,
    FIELDS,
    INTEGERS,
    as_cel,
    as_sql,
    by_hand,
    environment,
    facts,
    numpy_by_hand,
    rules,
)

from cxengine import Engine, cel
from cxengine.cli import main as main_of_cli
from cxengine.rules.compiler import compile_rules

COLUMN = {field: field.replace(".", "_") for field in FIELDS}


def cpu(run: Callable[[], Any], repeats: int) -> float:
    """CPU seconds of a call: the median, after one call to warm up."""
    run()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def compiled(count: int) -> dict[str, cel.Program]:
    made = environment()
    return {f"r{i}": made.compile(as_cel(rule)) for i, rule in enumerate(rules(count))}


def single(given: list[Any], repeats: int, limit: float) -> list[str]:
    """Facts one after the other: by hand, ours, the peers; millions of rules a CPU second."""
    hand, ours = by_hand(rules(100)), cel.fuse(compiled(100))
    assert [ours(fact) for fact in given] == [hand(fact) for fact in given], "ours differs from by hand"
    rate = {
        "by hand, one function, no guards": _rate(hand, given, repeats),
        "cxengine, fused": _rate(ours, given, repeats),
    }
    notes = []
    for name in PEERS:
        some = given[: FACTS.get(name, 2000)]
        found = _apart(_peer, (name, some, repeats), limit)
        if isinstance(found, str):
            notes.append(f"{name}: {found}.")
            continue
        measured, wrong = found
        rate[f"{name} {version(name)}"] = measured
        if wrong:
            notes.append(f"{name}: other verdicts than by hand for {wrong} of {len(some)} facts.")
    return _table("Single facts", rate, "cxengine, fused", notes)


def _peer(name: str, some: list[Any], repeats: int) -> Any:
    chosen = rules(100)
    try:
        verdicts = PEERS[name](chosen)
    except ImportError:
        return "not installed"
    hand = by_hand(chosen)
    wrong = sum(list(map(bool, verdicts(fact))) != list(hand(fact).values()) for fact in some)
    return _rate(verdicts, some, max(repeats // 2, 1)), wrong


def _apart(run: Callable[..., Any], arguments: tuple[Any, ...], limit: float) -> Any:
    """What `run` gives in a process of its own, or in words why it gives nothing."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(run, arguments, sending))
    child.start()
    sending.close()
    try:
        return receiving.recv() if receiving.poll(limit) else f"not done after {limit:.0f} s"
    except EOFError:
        return "ended without a result"
    finally:
        child.terminate()
        child.join()


def _send(run: Callable[..., Any], arguments: tuple[Any, ...], pipe: Any) -> None:
    try:
        pipe.send(run(*arguments))
    except Exception as error:
        pipe.send(f"fails: {type(error).__name__} {error}"[:120])


def _rate(verdicts: Callable[[Any], Any], given: list[Any], repeats: int) -> float:
    def run() -> None:
        for fact in given:
            verdicts(fact)

    return 100 * len(given) / cpu(run, repeats) / 1e6


def _table(title: str, rate: dict[str, float], ours: str, notes: list[str]) -> list[str]:
    lines = [f"## {title}", "", "| | M rules / CPU second | cxengine is |", "|---|---:|---:|"]
    for name, value in sorted(rate.items(), key=lambda item: -item[1]):
        lines.append(f"| {name} | {value:.3g} | {rate[ours] / value:.2f} x |")
    return [*lines, "", *([" ".join(notes), ""] if notes else [])]


def arrays(given: list[Any]) -> dict[str, Any]:
    return {
        path: np.array([fact[path.split(".")[0]][path.split(".")[1]] for fact in given]) for path in FIELDS
    }


def columns(given: list[Any], repeats: int) -> list[str]:
    """All facts at once in NumPy."""
    data = arrays(given)
    hand, programs = numpy_by_hand(rules(100)), list(compiled(100).values())
    arguments = [data[field] for field in FIELDS]
    for expected, program in zip(hand(*arguments), programs, strict=True):
        column = program.columns(data)
        assert column.valid.all()
        assert (column.values == expected).all()

    def shared() -> None:
        table = cel.Table(data)
        for program in programs:
            program.columns(table)

    def apart() -> None:
        for program in programs:
            program.columns(data)

    runs = {
        "NumPy by hand": lambda: hand(*arguments),
        "cxengine, one Table for all rules": shared,
        "cxengine, every rule by itself": apart,
    }
    rate = {name: 100 * len(given) / cpu(run, repeats) / 1e6 for name, run in runs.items()}
    return _table("NumPy columns", rate, "cxengine, one Table for all rules", [])


def loading(repeats: int) -> list[str]:
    """Reading and checking 1,000 rules."""
    texts = [as_cel(rule) for rule in rules(1000, seed=3)]

    def load() -> None:
        made = environment()
        for text in texts:
            made.compile(text)

    with tempfile.TemporaryDirectory() as parent:
        folder = project(Path(parent) / "shop", 1000)
        engine, compiling = Engine(), []

        def whole() -> None:
            loaded = engine.load(folder)
            began = time.process_time()
            compile_rules(loaded.project, loaded.origins)
            compiling.append(time.process_time() - began)

        used = cpu(whole, repeats)
    whole_project = (
        "A project with 1,000 full rules (`when` of five tests, a derived fact, a label, a reason with three"
        f" facts in it) is\nloaded and checked in {used:.3f} CPU seconds, of which the rules take"
        f" {statistics.median(compiling[1:]):.3f}."
    )
    conditions = f"1,000 conditions are parsed and checked in {cpu(load, repeats):.3f} CPU seconds."
    return ["## Loading", "", conditions, "", whole_project, ""]


def project(folder: Path, count: int) -> Path:
    """The starter with `count` full rules."""
    thresholds = gc.get_threshold()
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
        main_of_cli(["new", str(folder)])
    gc.set_threshold(*thresholds)  # the command line looks for garbage less often; here it costs as anywhere
    texts = [
        f'''[[rule]]
id = "r{i}"
about = "{("touchpoint", "cell")[i % 2]}"
when = """
  pain >= {0.1 + i / 2000:.4f} && metrics.csat.high < {3 + i / 1000:.3f} && importance > 0.{i % 7}
  && (stage.id == 'buy' || touchpoint.name in ['a', 'b'])
"""
derive = {{ d{i} = "metrics.csat.target - metrics.csat.value + pain * {i}.0" }}
tag = ["t{i % 20}"]
because = "Satisfaction with {{touchpoint.name}} is {{metrics.csat.value}}, pain {{pain}}."
'''
        for i in range(count)
    ]
    (folder / "rules.toml").write_text("\n".join(texts), encoding="utf-8")
    return folder


def generated(rows: int) -> str:
    """A table of as many rows, made in DuckDB."""
    cells = []
    for number, field in enumerate(FIELDS):
        draw = f"CAST(hash(i * {2 * number + 3} + {number}) % 1000003 AS BIGINT)"
        if field in CHOICES:
            listed = ", ".join(map(repr, CHOICES[field]))
            cell = f"[{listed}][1 + {draw} % {len(CHOICES[field])}]"
        elif field in INTEGERS:
            low, high = INTEGERS[field]
            cell = f"CAST({low} + {draw} % {high - low + 1} AS BIGINT)"
        elif field in DOUBLES:
            low, high = DOUBLES[field]
            cell = f"CAST({low} + {draw} / 1000003.0 * {high - low} AS DOUBLE)"
        else:
            cell = f"{draw} % 10 < 3"
        cells.append(f"{cell} AS {COLUMN[field]}")
    return f"CREATE TABLE facts AS SELECT {', '.join(cells)} FROM range({rows}) t(i)"


def _queries() -> dict[str, str]:
    programs = compiled(100).values()
    promised = {f: cel.SqlColumn(COLUMN[f], required=True, finite=True) for f in FIELDS}
    texts = {
        "SQL by hand": [as_sql(rule) for rule in rules(100)],
        "cxengine": [program.predicate("duckdb", COLUMN) for program in programs],
        "cxengine, columns promised required and finite": [p.predicate("duckdb", promised) for p in programs],
    }
    return {
        name: f"SELECT {', '.join(f'COUNT(*) FILTER (WHERE {text})' for text in found)} FROM facts"
        for name, found in texts.items()
    }


def _pushed_down(name: str, rows: int, repeats: int) -> tuple[Any, ...]:
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    con.execute(generated(rows))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    query = _queries()[name]
    taken = []
    for _ in range(repeats):
        start, cpu_start = time.perf_counter(), time.process_time()
        found = con.execute(query).fetchone()
        taken.append((time.perf_counter() - start, time.process_time() - cpu_start))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, used = (statistics.median(column) for column in zip(*taken, strict=True))
    return found, wall, used, after / 1024, (after - before) / 1024


def pushed_down(rows: int, repeats: int) -> list[str]:
    """All rules over many rows in one query of DuckDB, each in a process of its own."""
    measured = {name: _apart(_pushed_down, (name, rows, repeats), 3600) for name in _queries()}
    failed = [found for found in measured.values() if isinstance(found, str)]
    if failed:
        raise SystemExit(f"SQL: {failed[0]}")
    counts = {found for found, *_ in measured.values()}
    assert len(counts) == 1, "ours counts other rows than the SQL by hand"
    hand = measured["SQL by hand"][2]
    lines = [
        f"## SQL on DuckDB {version('duckdb')}: 100 rules over {rows:,} rows in one query",
        "",
        "| | CPU seconds | of by hand | million rows / s (wall) | peak memory, MB | of it the query's, MB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, (_, wall, used, peak, more) in measured.items():
        lines.append(
            f"| {name} | {used:.2f} | {used / hand:.2f} | {rows / wall / 1e6:.2f} | {peak:.0f} | {more:.0f} |"
        )
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--facts", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--limit", type=float, default=180, help="seconds that a peer may take")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    given = facts(options.facts)
    lines = ["# Rules", "", "Written by `benchmarks/rules.py`; do not edit.", ""]
    made_by = f"Python {platform.python_version()}, NumPy {np.__version__}"
    lines += [f"100 rules, {len(given):,} facts of {len(FIELDS)} fields; {made_by}.", ""]
    parts = (
        lambda: single(given, options.repeats, options.limit),
        lambda: columns(given, options.repeats),
        lambda: loading(options.repeats),
        lambda: pushed_down(options.rows, min(options.repeats, 3)),
    )
    print("\n".join(lines))
    for part in parts:
        found = part()
        print("\n".join(found), flush=True)
        lines += found
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
