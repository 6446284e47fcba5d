"""Evidence arrives a little at a time: the roadmap of the demo stays what it was but for what really changed."""

import json
import random
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cxengine.engine import Engine

FOLDER = Path(__file__).parents[2] / "rulesets" / "online-shop"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The demo where it may be changed, and its first run."""
    place = tmp_path_factory.mktemp("shop")
    shutil.copytree(FOLDER, place / "online-shop")
    return place / "online-shop", run(place / "online-shop", place / "first")


def run(project, out, previous=None):
    engine = Engine()
    engine.write(engine.run(project, previous=previous), out)
    return out


def more(project, number, seed):
    """So many answer as others did before."""
    survey = project / "data" / "survey.csv"
    head, *lines = survey.read_text(encoding="utf-8").splitlines()
    for i, line in enumerate(random.Random(seed).sample(lines, number)):
        lines.append(";".join([f"X{seed}-{i}", f"Y{seed}-{i}", *line.split(";")[2:]]))
    survey.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")


def items(out):
    return {item["id"]: item for item in json.loads((out / "roadmap.json").read_text("utf-8"))["items"]}


@pytest.mark.parametrize(("number", "seed"), [(1, 5), (100, 7)])
def test_a_few_answers_more_turn_no_roadmap_over(shop, tmp_path, number, seed):
    project, first = shop
    shutil.copytree(project, tmp_path / "shop")
    more(tmp_path / "shop", number, seed)
    second = run(tmp_path / "shop", tmp_path / "second", previous=first)
    before, after = items(first), items(second)
    assert list(after) == list(before)
    for name, item in after.items():
        for end, points in before[name]["impact"].items():
            assert item["impact"][end] == pytest.approx(points, rel=0.02)
        assert not any("kept back" in reason["text"] for reason in item["reasons"])
    felt = pq.read_table(second / "feelings.parquet")
    assert felt["as_of"].null_count < len(felt), "not all of it could be told anew"
    told = [reason["text"] for item in after.values() for reason in item["reasons"]]
    assert any("as of 20" in text for text in told)
