"""A bakery small enough to be run many times: answers, one rule, three initiatives, two teams."""

from __future__ import annotations

import pytest

from cxengine.engine import Engine

PROJECT = """
[project]
id = "bakery"
name = "Bakery"
journey = "I buy bread"

[params]
pain_limit = 0.1
boost = 2.0

[privacy]
minimum_n = 5

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "queue"
name = "Queue"
stage = "buy"
importance = 0.5

[[touchpoint]]
id = "counter"
name = "Counter"
stage = "buy"
importance = 0.5
end = true

[[signal]]
id = "rating"
wording = "How was it? 1 bad, 5 good"
scale = { min = 1, max = 5, step = 1 }

[[source]]
id = "cards"
options = { path = "cards.csv" }
mapping.signals = [{ signal = "rating", columns = { queue = "queue", counter = "counter" } }]

[[metric]]
id = "csat"
use = "csat_mean"
signal = "rating"

[[rule]]
id = "hurts"
about = "initiative"
when = "pain >= params.pain_limit"
derive = { factor = "params.boost" }

[[rule]]
id = "does-not-hurt"
about = "initiative"
when = "pain < params.pain_limit"
derive = { relaxed = "true" }

[[area]]
id = "easy"
name = "Make it easy for me"
when = "initiative.complexity <= 2.0"
team = "shop"

[[area]]
id = "works"
name = "Let it work"
team = "back"

[[team]]
id = "shop"
name = "Shop"
capacity = 1.0
focus = 1

[[team]]
id = "back"
name = "Bakehouse"
capacity = 1.0
focus = 1

[[initiative]]
id = "second-till"
name = "A second till"
effects = [{ touchpoint = "queue", metric = "csat", change = 0.5 }]
effort = 4

[[initiative]]
id = "order-ahead"
name = "Order ahead"
effects = [{ touchpoint = "counter", metric = "csat", change = 0.6 }]
effort = 5

[[initiative]]
id = "night-shift"
name = "A night shift"
effects = [{ touchpoint = "counter", metric = "csat", change = 0.4 }]
effort = 6
complexity = 4

[roadmap]
start = 2027-01-04
weeks = 26
score = "100.0 * impact.likely * (relaxed ? 1.0 : factor) / effort.likely"
"""

ANSWERS = [("2", "4")] * 20 + [("3", "5")] * 20


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def run(tmp_path, engine):
    """Writes and runs the project with replacements, and returns the folder of the run."""

    def write(name: str, *replacements: tuple[str, str], answers=ANSWERS, extra: str = "", head: str = ""):
        text = PROJECT + extra
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        folder = tmp_path / f"project-{name}"
        folder.mkdir()
        (folder / "cxengine.toml").write_text(text)
        rows = "".join(f"{queue},{counter}\n" for queue, counter in answers)
        (folder / "cards.csv").write_text(f"queue,counter{head}\n" + rows)
        out = tmp_path / name
        engine.write(engine.run(folder), out)
        return out

    return write
