"""One new day on two years: a run that reads everything against one that keeps what it made of each file.

    python benchmarks/metrics_incremental.py [--rows 20_000_000] [--folder FOLDER]

24 Parquet files, one a month, in long form: a row an answer, with its date, touchpoint and four attributes;
then one file of one day (a 730th of the rows). Nothing is suppressed. Every run is a process of its own,
counted whole from
the start of the interpreter to its last file: CPU seconds of user and system, peak of the process.

- `everything`: a run that keeps nothing
- `first`: a run that reads everything and keeps it
- `nothing new`: the same again, which is the fixed cost: loading, adding up, measuring
- `one new day`: with the file of the day
- `everything, again`: with that file, a run that keeps nothing; its measurements must be the same bytes
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from metrics_workload import ATTRIBUTES, MONTHS, SCALES, STAGES, TOUCHPOINTS

from cxengine.evidence.backend import DuckDB

ONE_RUN = """
import hashlib, json, resource, sys
import attrs
from cxengine import Engine
engine = Engine()
loaded = engine.load(sys.argv[1])
if sys.argv[2] == "forgetful":
    settings = attrs.evolve(loaded.project.engine, state=None)
    loaded = attrs.evolve(loaded, project=attrs.evolve(loaded.project, engine=settings))
result = engine.run(loaded)
engine.write(result, sys.argv[3])
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024,
    "measurements": result.measurements.table.num_rows, "reading": result.evidence.reading,
    "timings": result.timings}))
"""


def toml() -> str:
    """The project of the benchmark of the scan, as an author would write it."""
    parts = [
        '[project]\nid = "bench"\nname = "Bench"\n[evidence]\nperiod = "month"\n[engine]\nstate = "kept"'
    ]
    parts += [f'[[stage]]\nid = "{s}"\nname = "{s}"' for s in STAGES]
    parts += [
        f'[[touchpoint]]\nid = "{t}"\nname = "{t}"\nstage = "{STAGES[i % 9]}"'
        for i, t in enumerate(TOUCHPOINTS)
    ]
    parts += [
        f'[[segment]]\nid = "{name}-{value}"\nname = "{name}"\nwhen = \'attributes.{name} == "{value}"\''
        for name in ATTRIBUTES
        for value in "abcde"
    ]
    for name, scale in SCALES.items():
        declared = f"\nscale = {{ min = {scale[0]}, max = {scale[1]}, step = {scale[2]} }}" if scale else ""
        parts.append(f'[[signal]]\nid = "{name}"\nwording = "?"{declared}')
        use = "nps" if name == "recommend" else "csat_mean" if scale else "mean"
        parts.append(f'[[metric]]\nid = "{name}"\nuse = "{use}"\nsignal = "{name}"')
    parts.append(
        '[[source]]\nid = "survey"\noptions = { path = "data/*.parquet" }\n[source.mapping]\n'
        'occurred_at = "day"\nlong = { signal = "signal", touchpoint = "touchpoint", value = "value" }\n'
        "[source.mapping.attributes]\n" + "\n".join(f'{name} = "{name}"' for name in ATTRIBUTES)
    )
    return "\n\n".join(parts) + "\n"


def make(folder: Path, name: str, first: str, days: int, rows: int) -> None:
    """A file of answers, by hashing row numbers and the file's name."""

    def dice(salt: str, sides: int) -> str:
        return f"(hash(i, '{salt}{name}') % {sides})"

    names = ", ".join(f"'{signal}'" for signal in SCALES)
    values = "CASE signal " + " ".join(
        f"WHEN '{signal}' THEN {scale[0]} + {dice(signal, scale[1] - scale[0] + 1)}"
        if scale
        else f"WHEN '{signal}' THEN {dice(signal, 6000)} / 100.0"
        for signal, scale in SCALES.items()
    )
    attributes = ", ".join(f"chr(97 + {dice(a, 5)}::INTEGER) AS {a}" for a in ATTRIBUTES)
    backend = DuckDB(threads=2)
    backend.run(
        f"COPY (SELECT (DATE '{first}' + {dice('d', days)}::INTEGER)::VARCHAR AS day, signal,"
        f" printf('t%02d', {dice('p', 60)}) AS touchpoint, CAST({values} END AS DOUBLE) AS value,"
        f" {attributes}"
        f" FROM (SELECT i, [{names}][1 + i % 8] AS signal FROM range({rows}) AS r(i)))"
        f" TO '{folder / 'data' / name}.parquet' (FORMAT parquet)"
    )
    backend.close()


def run(folder: Path, how: str, out: str) -> dict:
    command = [sys.executable, "-c", ONE_RUN, str(folder), how, str(folder / out)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    found = json.loads(done.stdout)
    digest = hashlib.sha256((folder / out / "measurements.parquet").read_bytes()).hexdigest()
    return found | {"digest": digest}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--folder", type=Path, help="where the files go; a temporary folder by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "cxengine.toml").write_text(toml(), encoding="utf-8")
        for month in range(MONTHS):
            first = f"{2023 + month // 12}-{month % 12 + 1:02}-01"
            make(folder, f"{first[:7]}", first, 28, options.rows // MONTHS)
        everything = run(folder, "forgetful", "everything")
        print("| run | CPU s | of everything | peak MB |\n|---|---:|---:|---:|", flush=True)
        show("everything", everything, everything)
        show("first", run(folder, "kept", "first"), everything)
        show("nothing new", run(folder, "kept", "nothing"), everything)
        make(folder, "2025-01-01", "2024-12-30", 1, max(options.rows // 730, 1))
        day = run(folder, "kept", "day")
        show("one new day", day, everything)
        again = run(folder, "forgetful", "again")
        show("everything, again", again, everything)
        print("the same bytes:", day["digest"] == again["digest"], "; kept MB:", size(folder / "kept"))
        print(day["reading"], {stage: round(s, 2) for stage, s in day["timings"].items()})


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 1_000_000


def show(name: str, found: dict, everything: dict) -> None:
    share = found["cpu"] / everything["cpu"]
    print(f"| {name} | {found['cpu']:.2f} | {share:.1%} | {found['peak']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
