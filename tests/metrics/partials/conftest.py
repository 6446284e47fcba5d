"""A clinic whose surveys come file by file, with everything that may be wrong with them; a shop whose visitors
are followed through files of clicks."""

from __future__ import annotations

import csv
import datetime as dt
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


SHOP = """
[project]
id = "shop"
name = "Shop"

[engine]
state = "kept"

[evidence]
period = "month"
current = "{current}"

[privacy]
minimum_n = 1

[[stage]]
id = "look"
name = "I look"

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "search"
name = "Search"
stage = "look"
start = true

[[touchpoint]]
id = "product"
name = "Product page"
stage = "look"

[[touchpoint]]
id = "pay"
name = "Payment"
stage = "buy"
end = true

[[segment]]
id = "phone"
name = "On the phone"
when = 'attributes.device == "phone"'

[[signal]]
id = "step"
wording = "Which event of the visit"

[[signal]]
id = "rating"
wording = "How was it?"
scale = {{ min = 1, max = 5, step = 1 }}

[[source]]
id = "clicks"
kind = "behaviour"
use = "event_log"
options = {{ path = "data/clicks-*.csv", case = "visit", activity = "event", timestamp = "at" }}

[source.mapping]
response_id = "visit"
customer_id = "who"
repeats = "{repeats}"
occurred_at = "at"
attributes = {{ device = "device" }}

[source.mapping.long]
value = "event_number"
signal = {{ value = "step" }}
touchpoint = {{ column = "event", recode = {{ s = "search", p = "product", b = "pay"{passed} }} }}

[[source]]
id = "survey"
kind = "survey"
options = {{ path = "data/answers.csv" }}

[source.mapping]
response_id = "id"
verbatims = [{{ column = "comment" }}]
signals = [{{ signal = "rating", columns = {{ search = "search", pay = "pay" }} }}]

[[enricher]]
id = "themes"
use = "themes"
options = {{ themes = {{ slow = 'text.contains("slow")' }} }}

[[enricher]]
id = "private"
use = "redact"

{observed}

[[metric]]
id = "happy"
use = "csat_t2b"
signal = "rating"

{metrics}
"""
OBSERVED = """
[[observed_journey]]
id = "visits"
source = "clicks"
signal = "step"
"""
CLICKS = ("visit", "who", "event", "at", "device")


def clicks(visits, seed):
    """Events of visits, mixed; some are at no touchpoint, some have no time, some no visit."""
    dice = random.Random(seed)
    found = []
    for visit in range(visits):
        device, who = dice.choice(["phone", "desktop", ""]), f"customer-{dice.randint(0, visits)}"
        first = dice.randint(0, 120 * 24 * 60)
        for number in range(dice.randint(1, 5)):
            minutes = first + number * dice.choice([0, 1, 7, 3000])
            at = dt.datetime(2024, 1, 1) + dt.timedelta(minutes=minutes)
            found.append(
                {
                    "visit": dice.choice([f"visit-{visit}"] * 15 + [""]),
                    "who": dice.choice([who, who, ""]),
                    "event": dice.choice(["s", "p", "p", "b", "x", "?"]),
                    "at": dice.choice([at.isoformat()] * 15 + ["yesterday"]),
                    "device": device,
                }
            )
    dice.shuffle(found)
    return found


def as_csv(part, columns=COLUMNS):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
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
        """Writes a file of the rows."""
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


class Shop(Clinic):
    """A project with a log of clicks, beside a survey with comments."""

    def __init__(self, folder, **settings):
        super().__init__(folder, **{"metrics": "", "repeats": "all", "observed": OBSERVED} | settings)
        comments = ["The search is so slow", "All went well", "", "A slow page; write to ann@example.com"]
        rows = [f"{n},{(1, 5, 4, 2)[n % 4]},{5 - n % 3},{comments[n % 4]}" for n in range(40)]
        text = "\n".join(["id,search,pay,comment", *rows, ""])
        (folder / "data" / "answers.csv").write_text(text, encoding="utf-8")

    def configure(self, **settings):
        self.settings |= settings
        (self.folder / "cxengine.toml").write_text(self.toml(), encoding="utf-8")

    def toml(self):
        """Events of an observed journey may be passed over."""
        return SHOP.format(**self.settings, passed=', x = "journey"' if self.settings["observed"] else "")

    def put(self, name, part):
        path = self.folder / "data" / f"clicks-{name}.csv"
        path.write_text(as_csv(part, CLICKS), encoding="utf-8")

    def drop(self, name):
        (self.folder / "data" / f"clicks-{name}.csv").unlink()

    @property
    def state(self):
        return self.folder / "kept" / "shop"


def told(result):
    """Everything that a run says, but for how long it took."""
    insight = [(f, f.emotion, f.pain, f.love) for f in result.insight.feelings]
    return {
        "measurements": result.measurements.table.to_pydict(),
        "changes": result.measurements.changes.to_pydict(),
        "insight": [repr(one) for one in insight],
        "accounts": result.evidence.accounts,
        "quarantine": result.evidence.quarantine.to_pylist(),
        "observed": result.insight.observed,
        "themes": result.insight.themes.themes,
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


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


@pytest.fixture(scope="session")
def world():
    """What the tests are made of: `world.Clinic`, `world.rows`, `world.same` ..."""
    return SimpleNamespace(Clinic=Clinic, Shop=Shop, rows=rows, clicks=clicks, same=same, told=told)
