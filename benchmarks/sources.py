"""How fast files are read, format by format, beside pandas, Polars and the parser itself.

    python benchmarks/sources.py           # prints the table of docs/benchmarks/sources.md

The same answers (id, customer, moment, score, fraction, yes or no, a text) in every format. Every reading has
a process of its own; what is measured is the CPU time of all its threads without imports, median of three.
Ours gives text and rejects what is no row; pandas and Polars give typed tables. Needs pandas, Polars with
fastexcel (see requirements.txt) and XlsxWriter; a peer that is not installed is left out.
"""

from __future__ import annotations

import csv
import datetime as dt
import importlib.util
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROWS = {
    "csv": 500_000,
    "parquet": 500_000,
    "jsonl": 500_000,
    "xlsx": 50_000,
    "qualtrics": 200_000,
    "xes": 100_000,
}
NAMES = ("id", "who", "day", "score", "time", "ok", "note")
TIMES = 3
Row = tuple[str, str, dt.datetime, int, float, bool, str]


def rows(count: int) -> Iterator[Row]:
    """The answers."""
    dice = random.Random(1)
    notes = ["", "", "fine", "The parcel came three days late, and nobody answered the phone."]
    for number in range(count):
        day = dt.datetime(2024, dice.randint(1, 12), dice.randint(1, 28), dice.randint(0, 23), 30)
        values = (dice.randint(0, 10), dice.random() * 10, dice.random() < 0.5, dice.choice(notes))
        yield (f"r{number}", f"c{dice.randint(0, 9_999)}", day, *values)


def _texts(row: Row) -> list[str]:
    return [row[0], row[1], row[2].isoformat(), str(row[3]), repr(row[4]), str(row[5]).lower(), row[6]]


def _csv(path: Path, found: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(NAMES)
        out.writerows(_texts(row) for row in found)


def _qualtrics(path: Path, found: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["ResponseId", "ExternalReference", "RecordedDate", "Q1", "Q2", "Finished", "Q3"])
        out.writerow([f"wording of {name}" for name in NAMES])
        ids = ("_recordId", "externalDataReference", "recordedDate", "QID1", "QID2", "finished", "QID3_TEXT")
        out.writerow([json.dumps({"ImportId": one}) for one in ids])
        out.writerows(_texts(row) for row in found)


def _jsonl(path: Path, found: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in found:
            file.write(json.dumps(dict(zip(NAMES, row, strict=True)), default=dt.datetime.isoformat) + "\n")


def _parquet(path: Path, found: Iterator[Row]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table(dict(zip(NAMES, map(list, zip(*found, strict=True)), strict=True))), path)


def _xlsx(path: Path, found: Iterator[Row]) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, NAMES)
    for number, row in enumerate(found, 1):
        sheet.write_row(number, 0, row)
    book.close()


def _xes(path: Path, found: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write('<log xmlns="http://www.xes-standard.org/">')
        for number, row in enumerate(found):
            if number % 5 == 0:
                file.write("</trace>" if number else "")
                file.write(f'<trace><string key="concept:name" value="{row[0]}"/>')
            file.write(
                f'<event><string key="concept:name" value="step {row[3]}"/>'
                f'<date key="time:timestamp" value="{row[2].isoformat()}Z"/>'
                f'<string key="org:resource" value="{row[1]}"/></event>'
            )
        file.write("</trace></log>")


WRITERS: dict[str, Callable[[Path, Iterator[Row]], None]] = {
    "csv": _csv,
    "parquet": _parquet,
    "jsonl": _jsonl,
    "xlsx": _xlsx,
    "qualtrics": _qualtrics,
    "xes": _xes,
}


# --- readers ---------------------------------------------------------------------------------------


def ours(kind: str, path: Path) -> int:
    """The source of cxengine."""
    from cxengine_standard.sources.event_log import EventLog, EventLogOptions
    from cxengine_standard.sources.file import FileOptions, FileSource
    from cxengine_standard.sources.qualtrics import QualtricsExport

    source: Any
    if kind == "xes":
        source = EventLog(EventLogOptions(path=path.name), path.parent)
    elif kind == "qualtrics":
        source = QualtricsExport(QualtricsExport.Options(path=path.name), path.parent)
    else:
        source = FileSource(FileOptions(path=path.name), path.parent)
    return sum(batch.rows.num_rows for batch in source.read())


def with_pandas(kind: str, path: Path) -> int:
    """pandas, with the fastest engine that it has for the format."""
    import pandas as pd

    match kind:
        case "csv":
            return len(pd.read_csv(path))
        case "qualtrics":
            return len(pd.read_csv(path, skiprows=[1, 2]))
        case "parquet":
            return len(pd.read_parquet(path))
        case "jsonl":
            return len(pd.read_json(path, lines=True))
        case "xlsx":
            return len(pd.read_excel(path, engine="calamine"))
    return 0


def with_polars(kind: str, path: Path) -> int:
    """Polars."""
    import polars as pl

    match kind:
        case "csv":
            return len(pl.read_csv(path))
        case "qualtrics":
            return len(pl.read_csv(path, skip_rows_after_header=2, infer_schema_length=None))
        case "parquet":
            return len(pl.read_parquet(path))
        case "jsonl":
            return len(pl.read_ndjson(path))
        case "xlsx":
            return len(pl.read_excel(path))
    return 0


def with_parser(kind: str, path: Path) -> int:
    """The parser that ours stands on, alone."""
    match kind:
        case "csv" | "qualtrics":
            import pyarrow.csv

            return int(pyarrow.csv.read_csv(path).num_rows)
        case "parquet":
            import pyarrow.parquet

            return int(pyarrow.parquet.read_table(path).num_rows)
        case "jsonl":
            import pyarrow.json

            return int(pyarrow.json.read_json(path).num_rows)
        case "xlsx":
            from python_calamine import CalamineWorkbook

            return len(CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python())
    from xml.parsers import expat

    parser, found = expat.ParserCreate(), []
    parser.StartElementHandler = lambda name, _: found.append(None) if name == "event" else None
    with path.open("rb") as file:
        parser.ParseFile(file)
    return len(found)


READERS = {"ours": ours, "parser": with_parser, "pandas": with_pandas, "polars": with_polars}


def seconds(reader: str, kind: str, path: Path) -> float | None:
    """CPU seconds of one reading in a process of its own, after a first one of nothing."""
    command = [sys.executable, __file__, reader, kind, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout) if done.stdout.strip() else None


def child(reader: str, kind: str, path: Path) -> None:
    """Reads a small file to import everything, then the file."""
    small = path.with_name(f"small-{path.name}")
    READERS[reader](kind, small)
    before = time.process_time()
    count = READERS[reader](kind, path)
    if count:
        print(time.process_time() - before)


def main() -> None:
    """Prints the table."""
    print("| format | rows | cxengine, rows/s of CPU | the parser alone | pandas | Polars |")
    print("|---|---:|---:|---:|---:|---:|")
    missing = {name for name in ("pandas", "polars") if importlib.util.find_spec(name) is None}
    with tempfile.TemporaryDirectory() as folder:
        for kind, count in ROWS.items():
            path = Path(folder, f"answers.{'csv' if kind == 'qualtrics' else kind}")
            WRITERS[kind](path, rows(count))
            WRITERS[kind](path.with_name(f"small-{path.name}"), rows(10))
            took = {}
            for reader in READERS:
                if reader not in missing:
                    found = [seconds(reader, kind, path) for _ in range(TIMES)]
                    told = [one for one in found if one is not None]
                    took[reader] = statistics.median(told) if told else None
            mine = took["ours"] or 1.0
            ratios = [_ratio(took.get(peer), mine) for peer in ("parser", "pandas", "polars")]
            print(
                f"| {kind} | {count:,} | {round(count / mine, -3):,.0f} | {' | '.join(ratios)} |", flush=True
            )


def _ratio(peer: float | None, mine: float) -> str:
    return "" if peer is None else f"{peer / mine:.2f}"


if __name__ == "__main__":
    if len(sys.argv) == 4:
        child(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    else:
        main()
