"""All metrics in all cells: ours against SQL by hand, one query per metric, Polars and pandas.

    pip install -r benchmarks/requirements.txt
    python benchmarks/metrics_scan.py [--rows 2_000_000 20_000_000] [--sides hand ours] [--repeat 3]

100 million rows need about 4 GB of disk; `--sides hand "ours, 64 MB"` measures them.

Every side runs in a process of its own with the same number of threads, and reads its data from disk. CPU
seconds are medians of rounds in which every side runs once, without Python's start and imports; memory is the
peak of the whole process. Peers stop at components by attribute and leave them as they are. Ours compiles
metrics and segments, scans, rolls up to stages, journey, all time and segments, and gives every measurement
with its interval, and every change from period to period; "scan" is the queries within it, "changes" those.
"ours, 10 metrics" and "ours, 100 metrics" show the growth with their number; in "ours, 64 MB" DuckDB is held
to that. `--folder` keeps the data, and uses what is there.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType

import metrics_peers as peers
import pyarrow as pa
from metrics_workload import ATTRIBUTES, make, metrics, project

from cxengine.evidence.backend import DuckDB
from cxengine.evidence.evidence import Evidence
from cxengine.metrics import measure as measuring
from cxengine.metrics import scan

Numbers = dict[str, float]


def ours(path: Path, threads: int, *, memory: str | None = None, count: int = 15) -> Numbers:
    """Measurements from our scan; the CPU seconds of the scan, and of changes, by themselves beside them."""
    made = project()
    backend = DuckDB(str(path), threads=threads, memory=memory)
    with clocked(scan, "run") as scanned, clocked(measuring, "changes") as compared:
        evidence = Evidence(backend, ATTRIBUTES, (), pa.table({}))
        found = measuring.measure(made, evidence, metrics(made, count))
    return {"rows": found.table.num_rows, "scan": sum(scanned), "changes": sum(compared)}


@contextmanager
def clocked(module: ModuleType, name: str) -> Iterator[list[float]]:
    """The CPU seconds of every call of a function."""
    usual, spent = getattr(module, name), []

    def watched(*arguments: object, **options: object) -> object:
        began = cpu()
        found = usual(*arguments, **options)
        spent.append(cpu() - began)
        return found

    setattr(module, name, watched)
    try:
        yield spent
    finally:
        setattr(module, name, usual)


SIDES = {
    "hand": peers.hand,
    "ours": ours,
    "ours, 64 MB": partial(ours, memory="64MB"),
    "ours, 10 metrics": partial(ours, count=10),
    "ours, 100 metrics": partial(ours, count=100),
    "per metric": peers.per_metric,
    "polars": peers.polars,
    "pandas": peers.pandas,
}
OURS = dict.fromkeys((name for name in SIDES if name.startswith("ours")), ("pandas",))
"""Arrow imports pandas when it is there, which costs half a second."""
MODULES = OURS | {"polars": ("polars",), "pandas": ("pandas",)}


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def watch(name: str, path: Path, threads: int, out) -> None:
    """One side in this process; modules are loaded before the clock starts."""
    for module in ("scipy.special", "cxengine_standard.metrics", *MODULES.get(name, ())):
        if importlib.util.find_spec(module) is not None:
            __import__(module)
    began, clock = cpu(), time.perf_counter()
    found = SIDES[name](path, threads)
    found = found if isinstance(found, dict) else {"rows": found}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    out.put(found | {"cpu": cpu() - began, "seconds": time.perf_counter() - clock, "megabytes": peak})


def run(name: str, options: argparse.Namespace, path: Path) -> Numbers | None:
    """One run of a side in a process of its own; None where it failed."""
    os.environ["POLARS_MAX_THREADS"] = str(options.threads)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command line does: idle ones burn time, on every side
    spawn = multiprocessing.get_context("spawn")
    out = spawn.Queue()
    process = spawn.Process(target=watch, args=(name, path, options.threads, out))
    process.start()
    while process.is_alive() and out.empty():
        process.join(0.2)
    found = None if out.empty() else out.get()
    process.join()
    return found


def in_turns(options: argparse.Namespace, path: Path) -> dict[str, Numbers]:
    """The medians of all sides, each run once a round: a machine that grows slower is so for all of them."""
    rounds: dict[str, list[Numbers]] = {name: [] for name in options.sides}
    for _ in range(options.repeat):
        for name, runs in rounds.items():
            found = run(name, options, path)
            if found is not None:
                runs.append(found)
    return {
        name: {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        for name, runs in rounds.items()
        if len(runs) == options.repeat
    }


@contextmanager
def folder_of(kept: Path | None, rows: int) -> Iterator[Path]:
    """The folder of the data of a size."""
    if kept is None:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)
        return
    folder = kept / str(rows)
    folder.mkdir(parents=True, exist_ok=True)
    yield folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[2_000_000])
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument(
        "--folder", type=Path, help="where the data go, to be used again; else a temporary folder"
    )
    options = parser.parse_args()
    print("| rows | side | CPU s | to hand | of it scan | of it changes | wall s | peak MB | result rows |")
    print("|---:|---|---:|---:|---:|---:|---:|---:|---:|")
    for rows in options.rows:
        with folder_of(options.folder, rows) as folder:
            path = folder / "evidence.duckdb"
            if not path.with_name("responses.parquet").exists():
                make(path, rows, weighted=False)
            sides = in_turns(options, path)
            hand = sides["hand"]["cpu"] if "hand" in sides else None
            for name in options.sides:
                if name not in sides:
                    print(f"| {rows:,} | {name} | failed | | | | | | |")
                    continue
                found = sides[name]
                parts = " | ".join(f"{found[p]:.2f}" if p in found else "" for p in ("scan", "changes"))
                ratio = f"{found['cpu'] / hand:.2f}" if hand else ""
                print(
                    f"| {rows:,} | {name} | {found['cpu']:.2f} | {ratio} | {parts}"
                    f" | {found['seconds']:.2f} | {found['megabytes']:.0f} | {found['rows']:,.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
