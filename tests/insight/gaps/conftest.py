"""A small shop as TOML and CSV, with everything that gap analysis looks at."""

from __future__ import annotations

import pytest

from cxengine import Engine

SHOP = """
[project]
id = "shop"
name = "Shop"

[privacy]
minimum_n = 10

[[stage]]
id = "use"
name = "I use it"

[[touchpoint]]
id = "search"
name = "Search"
stage = "use"
desired = 0.5
targets = [{ metric = "csat", value = 4.4 }]

[[touchpoint]]
id = "pay"
name = "Paying"
stage = "use"
desired = 0.25

[[touchpoint]]
id = "store"
name = "The store"
stage = "use"
emotion = -0.2
desired = 0.4

[[touchpoint]]
id = "fair"
name = "The fair"
stage = "use"

[[touchpoint]]
id = "packing"
name = "Packing"
stage = "use"
frontstage = false

[[segment]]
id = "young"
name = "Young people"
when = "attributes.age < 30.0"

[[segment]]
id = "few"
name = "A few"
when = "attributes.age > 90.0"

[[signal]]
id = "rating"
wording = "How was it?"
scale = { min = 1, max = 5, step = 1 }

[[signal]]
id = "waited"
wording = "How long did it take?"
direction = "lower_is_better"
unit = "minutes"

[[source]]
id = "survey"
options = { path = "answers.csv" }

[source.mapping]
response_id = "id"
repeats = "all"
attributes = { age = { column = "age", type = "number" } }
long = { value = "value", signal = "signal", touchpoint = { column = "about", recode = { till = "pay" } } }

[[metric]]
id = "csat"
use = "csat_mean"
signal = "rating"
name = "Satisfaction"
target = 4.0

[[metric]]
id = "happy"
use = "csat_t2b"
signal = "rating"
name = "Happy customers"
target = 80

[[metric]]
id = "wait"
use = "mean"
signal = "waited"
name = "Minutes"
target = 5

[[initiative]]
id = "index"
name = "A better index"
effort = 3
effects = [{ touchpoint = "search", metric = "csat", change = [0.2, 0.5, 0.8] }]

[[initiative]]
id = "big-buttons"
name = "Big buttons"
effort = 2
segments = ["young"]
effects = [{ touchpoint = "search", metric = "csat", change = 0.5 }]

[[initiative]]
id = "second-till"
name = "A second till"
effort = 4
effects = [{ touchpoint = "pay", metric = "wait", change = -2 }]

[[initiative]]
id = "slogan"
name = "A slogan"
effort = 1

[[initiative]]
id = "carpet"
name = "A red carpet"
effort = 5
effects = [{ touchpoint = "store", metric = "csat", change = 0.1 }]
"""


def rows(counts):
    """Lines of the survey: (touchpoint, signal, value, age) to how many."""
    lines = ["id,age,about,signal,value"]
    for (about, signal, value, age), n in counts.items():
        lines += [f"{len(lines) + i},{age},{about},{signal},{value}" for i in range(n)]
    return "\n".join(lines) + "\n"


ANSWERS = {
    ("search", "rating", 2, 20): 20,
    ("search", "rating", 4, 20): 20,
    ("search", "rating", 4, 50): 40,
    ("search", "rating", 5, 95): 5,
    ("till", "rating", 4, 50): 60,
    ("till", "rating", 5, 50): 60,
    ("till", "waited", 6, 50): 30,
    ("till", "waited", 8, 50): 30,
    ("click and collect", "rating", 2, 50): 12,
    ("the fountain", "rating", 5, 50): 3,
}


@pytest.fixture(scope="session")
def shop_toml():
    return SHOP


@pytest.fixture(scope="session")
def run_shop(tmp_path_factory):
    """`run_shop(toml, answers)`: the result of a run."""

    def run(toml=SHOP, answers=ANSWERS):
        folder = tmp_path_factory.mktemp("shop")
        (folder / "cxengine.toml").write_text(toml)
        (folder / "answers.csv").write_text(rows(answers))
        engine = Engine()
        return engine.run(engine.load(folder))

    return run


@pytest.fixture(scope="session")
def shop(run_shop):
    return run_shop()
