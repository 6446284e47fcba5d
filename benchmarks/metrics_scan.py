"""All metrics in all cells: our scan against the fused SQL that a specialist writes by hand.

    python benchmarks/metrics_scan.py [--rows 2_000_000] [--weighted] [--threads 2]

Evidence is made in the engine: 8 signals, 60 touchpoints, 5 channels, 4 attributes of 5 values each (20
segments), 24 months. Both sides read the same tables with the same threads, each in a process of its
own. By hand means: one query, grouping sets by attribute, every component a filtered aggregate; its
result is left as it is. Ours compiles the metrics and segments, scans, rolls up to stages, journey, all
time and segments, and gives every measurement with its interval; "scan" is the query within it alone.
CPU seconds exclude the making of the evidence; memory is what the process added to its peak while it
measured.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from cxengine.evidence.backend import DuckDB
from cxengine.evidence.evidence import Evidence
from cxengine.metrics.measure import measure
from cxengine.plugin import NoOptions
from cxengine.project import model

ATTRIBUTES = ("country", "age", "plan", "device")
MONTHS = 24
TOUCHPOINTS = [f"t{i:02}" for i in range(60)]
STAGES = [f"stage{i}" for i in range(9)]
SCALES = {
    "recommend": (0, 10, 1.0),
    "satisfied": (1, 5, 1.0),
    "easy": (1, 7, 1.0),
    "friendly": (1, 5, 1.0),
    "clean": (1, 5, 1.0),
    "fast": (1, 5, 1.0),
    "clear": (1, 5, 1.0),
    "minutes": None,
}


def project() -> model.Project:
    attributes = {name: model.ColumnValue(column=name) for name in ATTRIBUTES}
    segments = [
        model.Segment(id=f"{name}-{value}", name=name, when=f'attributes.{name} == "{value}"')
        for name in ATTRIBUTES
        for value in "abcde"
    ]
    return model.Project(
        project=model.Identity(id="bench", name="Bench"),
        evidence=model.EvidenceSettings(period="month"),
        stages=tuple(model.Stage(id=s, name=s) for s in STAGES),
        touchpoints=tuple(
            model.Touchpoint(id=t, name=t, stage=STAGES[i % 9]) for i, t in enumerate(TOUCHPOINTS)
        ),
        segments=tuple(segments),
        signals=tuple(
            model.Signal(id=name, wording="?", scale=s and model.Scale(min=s[0], max=s[1], step=s[2]))
            for name, s in SCALES.items()
        ),
        sources=(model.SourceTable(id="survey", mapping=model.MappingTable(attributes=attributes)),),
    )


def metrics(made: model.Project):
    from cxengine_standard.metrics import Mean, MeanSatisfaction, NetPromoterScore, Share, TopTwoBox

    signals = {s.id: s for s in made.signals}
    found = {"nps": NetPromoterScore(NoOptions(), signals["recommend"])}
    for name in ("satisfied", "easy", "friendly", "clean", "fast", "clear"):
        found[f"{name}_mean"] = MeanSatisfaction(NoOptions(), signals[name])
        found[f"{name}_t2b"] = TopTwoBox(NoOptions(), signals[name])
    found["minutes"] = Mean(NoOptions(), signals["minutes"])
    found["slow"] = Share(Share.Options(at_least=30.0), signals["minutes"])
    return found


def by_hand(*, weighted: bool) -> str:
    """Every component of every metric as a filtered aggregate, grouped by each attribute, in one scan."""
    w = "a_weight" if weighted else "1"
    parts = ["COUNT(*) AS n", f"SUM({w}) AS w", f"SUM({w} * {w}) AS w2"]

    def add(name: str, signal: str, term: str, condition: str = "TRUE") -> None:
        parts.append(f"SUM(CASE WHEN signal = '{signal}' AND {condition} THEN {term} END) AS {name}")

    add("promoters", "recommend", w, "value >= 9")
    add("detractors", "recommend", w, "value <= 6")
    for name in ("satisfied", "easy", "friendly", "clean", "fast", "clear"):
        middle, top = (4, 6) if name == "easy" else (3, 4)
        add(f"{name}_t2b", name, w, f"value >= {top}")
        add(f"{name}_sum", name, f"(value - {middle}) * {w}")
        add(f"{name}_squares", name, f"(value - {middle}) * (value - {middle}) * {w}")
    add("minutes_sum", "minutes", f"value * {w}")
    add("minutes_squares", "minutes", f"value * value * {w}")
    add("slow", "minutes", w, "value >= 30")
    keys = "signal, touchpoint, month"
    sets = ", ".join(f"({keys}, a_{name})" for name in ATTRIBUTES)
    return (
        f"SELECT {keys}, {', '.join(f'a_{name}' for name in ATTRIBUTES)}, {', '.join(parts)} FROM ("
        f" SELECT a.signal, a.touchpoint, a.value, r.month, r.a_weight,"
        f" {', '.join(f'r.a_{name}' for name in ATTRIBUTES)} FROM answers AS a JOIN (SELECT response,"
        " weight AS a_weight, YEAR(occurred_at) * 12 + MONTH(occurred_at) AS month,"
        f" {', '.join(f'a_{name}' for name in ATTRIBUTES)} FROM responses) AS r USING (response))"
        f" GROUP BY GROUPING SETS ({sets})"
    )


def make(path: Path, rows: int, *, weighted: bool) -> None:
    """Evidence in the layout of cxengine.evidence, made by hashing row numbers: the same for everybody."""
    from cxengine.evidence.tables import create_tables

    backend = DuckDB(str(path))
    create_tables(backend, project(), dict.fromkeys(ATTRIBUTES, "text"))

    def dice(salt: str, sides: int, row: str = "i") -> str:
        return f"(hash({row}, '{salt}') % {sides})"

    weight = f"0.5 + {dice('w', 1000)} / 500" if weighted else "1"
    attributes = ", ".join(f"chr(97 + {dice(name, 5)}::INTEGER)" for name in ATTRIBUTES)
    backend.run(
        "INSERT INTO responses SELECT i, 'survey:' || i, 'survey', NULL, TIMESTAMP '2023-01-01'"
        f" + INTERVAL 1 MINUTE * {dice('t', MONTHS * 43_800)}, 'c' || {dice('channel', 5)}, {weight},"
        f" {attributes} FROM range({rows // 8}) AS r(i)"
    )
    values = "CASE signal " + " ".join(
        f"WHEN '{name}' THEN {scale[0]} + {dice(name, scale[1] - scale[0] + 1)}"
        if scale
        else f"WHEN '{name}' THEN {dice(name, 6000)} / 100.0"
        for name, scale in SCALES.items()
    )
    names = ", ".join(f"('{name}')" for name in SCALES)
    backend.run(
        f"INSERT INTO answers SELECT i, printf('t%02d', {dice('p', 60, 'i, signal')}), signal, {values} END,"
        f" FALSE FROM range({rows // 8}) AS r(i), (VALUES {names}) AS s(signal)"
    )
    backend.close()


def ours(backend: DuckDB, **_) -> dict[str, float]:
    made = project()
    spent = {"scan": 0.0}

    class Watched:
        dialect = backend.dialect

        @staticmethod
        def execute(sql: str) -> pa.Table:
            began = cpu()
            table = backend.execute(sql)
            spent["scan"] += cpu() - began
            return table

    found = measure(made, Evidence(Watched(), ATTRIBUTES, (), pa.table({})), metrics(made))
    assert found.table.num_rows > 0
    return spent | {"result": found.table.num_rows}


def hand(backend: DuckDB, *, weighted: bool) -> dict[str, float]:
    return {"result": backend.execute(by_hand(weighted=weighted)).num_rows}


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak() -> float:
    """Megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def watch(side, path: Path, threads: int, weighted: bool, out) -> None:
    """One side in a process of its own; modules are loaded and the file is opened before the clock starts."""
    import scipy.special  # noqa: F401

    backend = DuckDB(str(path), threads=threads)
    backend.execute("SELECT COUNT(*) FROM answers WHERE value > 3")
    before, began, clock = peak(), cpu(), time.perf_counter()
    extra = side(backend, weighted=weighted)
    numbers = {"cpu": cpu() - began, "seconds": time.perf_counter() - clock, "megabytes": peak() - before}
    out.put({side.__name__: numbers | extra})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--weighted", action="store_true")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    best: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evidence.duckdb"
        make(path, options.rows, weighted=options.weighted)
        for _ in range(options.repeat):
            for side in (hand, ours):
                out = spawn.Queue()
                process = spawn.Process(
                    target=watch, args=(side, path, options.threads, options.weighted, out)
                )
                process.start()
                found = out.get()
                process.join()
                for name, numbers in found.items():
                    if name not in best or numbers["cpu"] < best[name]["cpu"]:
                        best[name] = numbers
    rounded = {name: {k: round(v, 3) for k, v in numbers.items()} for name, numbers in best.items()}
    ratios = {
        "scan to hand, CPU": round(best["ours"]["scan"] / best["hand"]["cpu"], 3),
        "ours to hand, CPU": round(best["ours"]["cpu"] / best["hand"]["cpu"], 3),
    }
    print(json.dumps({"rows": options.rows, "weighted": options.weighted} | rounded | ratios, indent=2))


if __name__ == "__main__":
    main()
