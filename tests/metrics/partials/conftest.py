"""A clinic whose surveys come file by file, with everything that may be wrong with them."""

from __future__ import annotations

import csv
import io
import random
from types import SimpleNamespace

import attrs
import pytest

from cxengine import Engine

TOML = """
[project]
id = "clinic"
name = "Clinic"

[engine]
state = "kept"

[evidence]
period = "month"
current = "{current}"

[privacy]
minimum_n = 1

[[stage]]
id = "visit"
name = "I see the doctor"

[[touchpoint]]
id = "desk"
name = "Desk"
stage = "visit"
start = true

[[touchpoint]]
id = "room"
name = "Waiting room"
stage = "visit"
end = true

[[channel]]
id = "web"
name = "Web"

[[segment]]
id = "young"
name = "Young"
when = "attributes.age < 30.0"

[[segment]]
id = "dutch"
name = "Dutch"
when = 'attributes.country == "NL"'

[[segment]]
id = "cross"
name = "Cross"
when = "has(attributes.cross) && attributes.cross"

[[signal]]
id = "rating"
wording = "How was it?"
scale = {{ min = 1, max = 5, step = 1 }}

[[signal]]
id = "wait"
wording = "Minutes waited"
direction = "lower_is_better"

[[signal]]
id = "open_for"
wording = "Hours until it was settled"
direction = "lower_is_better"
unit = "hours"

[[source]]
id = "survey"
options = {{ path = "data/survey-*.csv" }}

[source.mapping]
{identity}
occurred_at = "day"
channel = "channel"
weight = "weight"
signals = [
  {{ signal = "rating", columns = {{ q1 = "desk", q2 = "room" }}, no_answer = ["9"] }},
  {{ signal = "wait", columns = {{ waited = "room" }} }},
  {{ signal = "open_for", columns = {{ lasted = "desk" }} }},
]

[source.mapping.attributes]
age = {{ column = "age", type = "number" }}
country = {{ column = "country", recode = {{ Holland = "NL", Nowhere = "XX" }} }}

[source.mapping.durations.lasted]
start = "day"
end = "ended"
open_until = 2024-12-31T00:00:00

[[rule]]
id = "cross"
about = "response"
when = "answers.rating.lowest <= 2.0"
derive = {{ cross = "true" }}

[[rule]]
id = "test-answers"
about = "response"
when = 'attributes.country == "test"'
exclude = true
because = "Somebody tried the form."

[[metric]]
id = "satisfied"
use = "csat_t2b"
signal = "rating"

[[metric]]
id = "waited"
use = "mean"
signal = "wait"

{metrics}
"""
CENSORED = """
[[metric]]
id = "settled"
use = "resolution_time"
signal = "open_for"
"""
COLUMNS = ("id", "who", "day", "channel", "weight", "q1", "q2", "waited", "ended", "age", "country")


def rows(count, seed):
    """Rows as a file has them; some are wrong."""
    dice = random.Random(seed)
    for number in range(count):
        day = f"2024-{dice.randint(1, 5):02}-{dice.randint(1, 28):02}"
        yield {
            "id": f"r{number}",
            "who": f"customer-{dice.randint(0, count)}",
            "day": dice.choice([day] * 12 + ["31.1.2024", ""]),
            "channel": dice.choice(["web", "web", "fax", ""]),
            "weight": dice.choice(["1", "1.5", "0.25", "2.000000001", "0"] if seed % 2 else ["1"]),
            "q1": dice.choice(["1", "2", "3", "4", "5", "9", "", "7", "x"]),
            "q2": dice.choice(["1", "3", "5", "5", ""]),
            "waited": dice.choice(["0.1", "12.75", "30", "1e-7", "0.333333333333", "", "4,5"]),
            "ended": dice.choice(["", "2024-06-01", "2025-02-01", day]),
            "age": dice.choice(["20", "29", "41", "", "old"]),
            "country": dice.choice(["NL", "Holland", "BE", "", "test"]),
        }


def as_csv(part):
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(part)
    return out.getvalue()


class Clinic:
    """A project folder; `run` is a run with what is kept, `whole` one that knows of nothing kept."""

    def __init__(self, folder, **settings):
        self.folder = folder
        (folder / "data").mkdir(parents=True, exist_ok=True)
        self.settings = {"current": "all", "identity": 'response_id = "id"', "metrics": CENSORED} | settings
        self.configure()

    def configure(self, **settings):
        self.settings |= settings
        (self.folder / "cxengine.toml").write_text(TOML.format(**self.settings), encoding="utf-8")

    def put(self, name, part):
        (self.folder / "data" / f"survey-{name}.csv").write_text(as_csv(part), encoding="utf-8")

    def drop(self, name):
        (self.folder / "data" / f"survey-{name}.csv").unlink()

    @property
    def state(self):
        return self.folder / "kept" / "clinic"

    def load(self, **engine):
        loaded = Engine().load(self.folder)
        settings = attrs.evolve(loaded.project.engine, **engine)
        return attrs.evolve(loaded, project=attrs.evolve(loaded.project, engine=settings))

    def run(self):
        return Engine().run(self.load())

    def whole(self):
        return Engine().run(self.load(state=None))


def told(result):
    """Everything that a run says, but for how long it took."""
    insight = [(f, f.emotion, f.pain, f.love) for f in result.insight.feelings]
    return {
        "measurements": result.measurements.table.to_pydict(),
        "changes": result.measurements.changes.to_pydict(),
        "insight": [repr(one) for one in insight],
        "accounts": result.evidence.accounts,
        "quarantine": result.evidence.quarantine.to_pylist(),
        "warnings": [w for w in result.warnings if w.code != "CX233"],
    }


def same(one, other):
    """Two runs say the same, to the last bit."""
    first, second = told(one), told(other)
    for key, value in first.items():
        assert repr(value) == repr(second[key]), key


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("CXENGINE_KEY", "the secret of these tests")


@pytest.fixture
def clinic(tmp_path):
    return Clinic(tmp_path)


@pytest.fixture(scope="session")
def world():
    """What the tests are made of: `world.Clinic`, `world.rows`, `world.same`."""
    return SimpleNamespace(Clinic=Clinic, rows=rows, same=same, told=told)
