"""A driver's mean is not told where the rows of the model are all but a few of the answers there."""

import random

import pytest

from cxengine import Engine

TOML = """
[project]
id = "proj"
name = "Proj"
[privacy]
minimum_n = 10
[[stage]]
id = "s"
name = "Stage"
[[touchpoint]]
id = "t1"
name = "T1"
stage = "s"
[[touchpoint]]
id = "t2"
name = "T2"
stage = "s"
[[signal]]
id = "sat"
wording = "r"
scale = {{ min = 1, max = 5, step = 1 }}
[[signal]]
id = "over"
wording = "o"
scale = {{ min = 1, max = 5, step = 1 }}
about = "relationship"
[[source]]
id = "s"
options = {{ path = "a.csv" }}
[source.mapping]
response_id = "id"
customer_id = "c"
signals = [{{ signal = "sat", columns = {{ t1 = "t1", t2 = "t2" }} }}, {{ signal = "over", columns = {{ over = "journey" }} }}]
[[metric]]
id = "csat"
use = "csat_mean"
signal = "sat"
[[driver_model]]
id = "model"
name = "Model"
outcome = {{ signal = "over" }}
drivers = [{{ signal = "sat" }}]
missing = "{missing}"
rows_per_driver = 2
"""


def drivers(folder, missing, silent, people=90):
    """The drivers where so many gave no outcome."""
    dice = random.Random(2)
    rows = ["id,c,t1,t2,over"]
    for i in range(90):
        sat = dice.randrange(1, 6)
        over = min(5, max(1, sat + dice.choice([-1, 0, 1]))) if i >= silent else ""
        rows.append(f"{i},c{i % people},{sat},{dice.randrange(1, 6)},{over}")
    (folder / "a.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "cxengine.toml").write_text(TOML.format(missing=missing), encoding="utf-8")
    return Engine().run(folder).insight.drivers.models[0]


@pytest.mark.parametrize(
    ("missing", "silent", "told"),
    [("listwise", 3, False), ("listwise", 15, True), ("listwise", 0, True), ("pairwise", 3, True)],
)
def test_a_mean_of_all_but_a_few_is_not_told(tmp_path, missing, silent, told):
    model = drivers(tmp_path, missing, silent)
    assert [driver.mean == driver.mean for driver in model.drivers] == [told, told]
    assert (model.drivers[0].performance is not None) is told


def test_a_model_is_of_enough_persons(tmp_path):
    refused = drivers(tmp_path, "listwise", 0, people=6).refused
    assert refused is not None
    assert "of too few people" in refused
    assert drivers(tmp_path, "listwise", 0, people=45).refused is None
