"""The same components by hand: one fused query, a query per metric, Polars, pandas per metric.

Each peer gives, for every attribute, the components of the fifteen usual metrics by signal, touchpoint, month
and value of the attribute, unweighted: sums that intervals need included, the intervals themselves not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from metrics_workload import ATTRIBUTES, STEPPED

from cxengine.evidence.backend import DuckDB

Component = tuple[str, str, str]
"""Name, signal, and what is added up: a condition or a term over `value`, in SQL."""
KEYS = ("signal", "touchpoint", "month")


def components() -> dict[str, list[Component]]:
    """The components of every metric but for counts, which all have."""
    found = {"nps": [("promoters", "recommend", "value >= 9"), ("detractors", "recommend", "value <= 6")]}
    for name in STEPPED:
        middle, top = (4, 6) if name == "easy" else (3, 4)
        found[f"{name}_t2b"] = [(f"{name}_t2b", name, f"value >= {top}")]
        found[f"{name}_mean"] = [
            (f"{name}_sum", name, f"value - {middle}"),
            (f"{name}_squares", name, f"(value - {middle}) * (value - {middle})"),
        ]
    found["minutes"] = [("minutes_sum", "minutes", "value"), ("minutes_squares", "minutes", "value * value")]
    found["slow"] = [("slow", "minutes", "value >= 30")]
    return found


def hand(path: Path, threads: int, *, weighted: bool = False) -> int:
    """One query: grouping sets by attribute, every component a filtered aggregate."""
    backend = DuckDB(str(path), threads=threads)
    every = [part for parts in components().values() for part in parts]
    return backend.execute(_query(every, weighted=weighted)).num_rows


def per_metric(path: Path, threads: int) -> int:
    """A query for every metric, which reads only its signal."""
    backend = DuckDB(str(path), threads=threads)
    queries = (_query(parts, f"WHERE signal = '{parts[0][1]}'") for parts in components().values())
    return sum(backend.execute(query).num_rows for query in queries)


def _query(parts: list[Component], where: str = "", *, weighted: bool = False) -> str:
    w = "w" if weighted else "1"
    sums = ["COUNT(*) AS n", f"SUM({w}) AS w", f"SUM({w} * {w}) AS w2"]
    for name, signal, term in parts:
        compares = "=" in term
        condition = f"signal = '{signal}'" + (f" AND {term}" if compares else "")
        sums.append(f"SUM(CASE WHEN {condition} THEN {w if compares else f'({term}) * {w}'} END) AS {name}")
    keys = ", ".join(KEYS)
    columns = ", ".join(f"a_{name}" for name in ATTRIBUTES)
    sets = ", ".join(f"({keys}, a_{name})" for name in ATTRIBUTES)
    month = "YEAR(occurred_at) * 12 + MONTH(occurred_at) AS month"
    return (
        f"SELECT {keys}, {columns}, {', '.join(sums)}"
        f" FROM (SELECT signal, touchpoint, value, month, w, {columns} FROM answers"
        f" JOIN (SELECT response, weight AS w, {month}, {columns} FROM responses) USING (response) {where})"
        f" GROUP BY GROUPING SETS ({sets})"
    )


def polars(path: Path, threads: int) -> int:
    """Polars, lazily, with its streaming engine: all attributes in one collection."""
    import polars as pl

    del threads  # their number is set in the environment of the process
    columns = [f"a_{name}" for name in ATTRIBUTES]
    month = (pl.col("occurred_at").dt.year() * 12 + pl.col("occurred_at").dt.month()).alias("month")
    responses = pl.scan_parquet(path.with_name("responses.parquet")).select("response", month, *columns)
    answers = pl.scan_parquet(path.with_name("answers.parquet")).select(
        "response", "signal", "touchpoint", "value"
    )
    rows = answers.join(responses, on="response")
    sums = [pl.len().alias("n")]
    for name, signal, term in (part for parts in components().values() for part in parts):
        mine = pl.col("signal") == signal
        value = pl.sql_expr(term)
        sums.append((mine & value).sum().alias(name) if "=" in term else value.filter(mine).sum().alias(name))
    frames = [rows.group_by(*KEYS, column).agg(sums) for column in columns]
    return sum(frame.height for frame in pl.collect_all(frames, engine="streaming"))


def pandas(path: Path, threads: int) -> int:
    """pandas, a metric at a time, keys as categories."""
    del threads  # it uses one
    return sum(_pandas(path))


def _pandas(path: Path) -> Iterator[int]:
    import pandas as pd

    columns = [f"a_{name}" for name in ATTRIBUTES]
    responses = pd.read_parquet(
        path.with_name("responses.parquet"), columns=["response", "occurred_at", *columns]
    )
    moment = responses.pop("occurred_at").dt
    responses["month"] = moment.year * 12 + moment.month
    answers = pd.read_parquet(
        path.with_name("answers.parquet"), columns=["response", "signal", "touchpoint", "value"]
    )
    responses = responses.astype(dict.fromkeys(columns, "category"))
    rows = answers.astype({"signal": "category", "touchpoint": "category"}).merge(responses, on="response")
    for parts in components().values():
        mine = rows[rows["signal"] == parts[0][1]]
        mine = mine.assign(**{name: mine.eval(term) for name, _, term in parts})
        names = [name for name, _, _ in parts]
        for column in columns:
            groups = mine.groupby(["touchpoint", "month", column], observed=True)
            yield len(groups[names].sum().join(groups.size().rename("n")))
