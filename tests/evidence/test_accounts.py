"""Whatever a file holds, its accounts add up and nothing is lost."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from cxengine_standard.sources.file import FileOptions, FileSource
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.evidence.collect import collect_from
from cxengine.project.model import (
    ColumnValue,
    Identity,
    MappingTable,
    Project,
    Scale,
    Signal,
    SourceTable,
    Touchpoint,
    VerbatimColumn,
    WideColumns,
)

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
CELLS = {
    "id": st.integers(0, 12).map(str) | TEXTS,
    "who": st.sampled_from(["ann", "bob", ""]),
    "day": st.sampled_from(["2024-01-31", "2024-02-30", "31.1.2024", "", "2024-01-31T10:00Z"]),
    "weight": st.sampled_from(["1", "0.25", "0", "-2", "", "x"]),
    "q1": st.sampled_from(["1", "5", "0", "6", "3.5", "4,5", "", " 2 ", "99", "3.0"]) | TEXTS,
    "q2": st.integers(-1, 7).map(str) | TEXTS,
    "said": TEXTS,
}
ROWS = st.lists(st.fixed_dictionaries(CELLS), max_size=12)
RAGGED = st.lists(st.integers(0, 20), max_size=3)

MAPPING = MappingTable(
    response_id="id",
    customer_id="who",
    occurred_at=ColumnValue(column="day"),
    weight="weight",
    attributes={"age": ColumnValue(column="q2", type="number")},
    signals=(
        WideColumns(signal="rating", columns={"q1": "desk", "q2": "journey"}, no_answer=("99",)),
        WideColumns(signal="wait", columns={"q2": "desk"}),
    ),
    verbatims=(VerbatimColumn(column="said"),),
)
SOURCE = SourceTable(id="survey", mapping=MAPPING)
PROJECT = Project(
    project=Identity(id="clinic", name="Clinic"),
    touchpoints=(Touchpoint(id="desk", name="Desk", stage="visit"),),
    signals=(
        Signal(id="rating", wording="?", scale=Scale(min=1, max=5, step=1)),
        Signal(id="wait", wording="?"),
    ),
    sources=(SOURCE,),
)


def as_csv(rows: list[dict[str, str]], ragged: list[int]) -> str:
    """The rows as CSV; those in `ragged` get one cell too many."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(CELLS)
    for index, row in enumerate(rows):
        writer.writerow([*row.values(), *(["extra"] if index in ragged else [])])
    return out.getvalue()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(ROWS, RAGGED)
def test_accounts_add_up(rows, ragged):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "in.csv").write_text(as_csv(rows, ragged), encoding="utf-8", newline="")
        source = FileSource(FileOptions(path="in.csv", delimiter=","), Path(folder))
        evidence = collect_from(PROJECT, [(SOURCE, source)], key=b"key")
    (account,) = evidence.accounts
    assert account.rows_read == len(rows)
    assert account.rows_read == account.rows_used + account.rows_quarantined
    assert account.values_read == account.values_used + account.values_blank + account.values_quarantined
    assert account.values_read == 3 * account.rows_used

    def count(query):
        return evidence.backend.execute(query).column(0)[0].as_py()

    kinds = [row["kind"] for row in evidence.quarantine.to_pylist()]
    assert kinds.count("row") == account.rows_quarantined
    assert kinds.count("answer") == account.values_quarantined
    assert kinds.count("attribute") == account.attributes_quarantined
    assert count("SELECT count(*) FROM responses") == account.rows_used
    assert count("SELECT count(*) FROM signals") == account.values_used
    assert all(row["reason"] and 1 <= row["position"] <= len(rows) for row in evidence.quarantine.to_pylist())
    assert count("SELECT count(*) FROM signals WHERE signal = 'rating' AND value NOT IN (1, 2, 3, 4, 5)") == 0
    assert count("SELECT count(DISTINCT response_id) FROM responses") == account.rows_used
    good = {i for i in range(len(rows)) if i not in ragged}
    expected = {row["position"] - 1 for row in evidence.quarantine.to_pylist() if row["kind"] == "row"}
    assert set(range(len(rows))) - good <= expected
