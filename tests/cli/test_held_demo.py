"""The demo, run again with a few answers more: an analyst finds every figure that was there before."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import cxengine

SHOP = Path(cxengine.__file__).parents[1] / "rulesets/online-shop"


@pytest.mark.slow
def test_every_headline_of_the_demo_is_there_after_one_answer_and_after_a_hundred(tmp_path, monkeypatch, cli):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SHOP, "shop")
    survey = Path("shop/data/survey.csv")
    with survey.open(encoding="utf-8", newline="") as file:
        head, *answers = csv.reader(file, delimiter=";")
    person = head.index("customer")

    def run(came):
        with survey.open("a", encoding="utf-8", newline="") as file:
            for i in came:
                row = [*answers[37 * i % len(answers)]]
                row[0], row[person] = f"{row[0]}n{i}", f"{row[person]}n{i}"
                csv.writer(file, delimiter=";").writerow(row)
        assert cli("run", "shop")[0] == 1
        rows = pq.read_table("runs/online-shop/measurements.parquet").to_pylist()
        whole = [row for row in rows if row["segment"] == row["period"] == "all"]
        return len(whole), sum(row["value"] is not None for row in whole), sum(r["suppressed"] for r in whole)

    assert run([]) == (83, 83, 0)
    number, told, hidden = run([1])
    assert (number, told) == (83, 83)
    assert hidden
    number, told, hidden = run(range(2, 102))
    assert (number, told) == (83, 83)
    assert hidden
    number, told, fewer = run(range(102, 3102))
    assert (number, told) == (83, 83)
    assert fewer < hidden / 3
