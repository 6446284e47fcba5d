"""A café with answers, rules of every kind and a few initiatives, small enough to know by heart."""

from __future__ import annotations

import pytest

from cxengine.engine import Engine
from cxengine.explain.known import Known

PROJECT = """
[project]
id = "cafe"
name = "Café"
journey = "I have a coffee"

[params]
pain_limit = 0.1
dear = 500

[privacy]
minimum_n = 5

[[stage]]
id = "visit"
name = "I visit"

[[touchpoint]]
id = "counter"
name = "Counter"
stage = "visit"
importance = 0.6
moment_of_truth = true

[[touchpoint]]
id = "table"
name = "Table"
stage = "visit"
importance = 0.4
end = true

[[touchpoint]]
id = "terrace"
name = "Terrace"
stage = "visit"
importance = 0.2

[[segment]]
id = "regulars"
name = "Regulars"
when = 'attributes.kind == "regular"'
value = 1.5

[[signal]]
id = "rating"
wording = "How was it? 1 bad, 5 good"
scale = { min = 1, max = 5, step = 1 }

[[source]]
id = "cards"
options = { path = "cards.csv" }
mapping.attributes = { kind = "kind" }
mapping.signals = [{ signal = "rating", columns = { counter = "counter", table = "table" } }]

[[metric]]
id = "csat"
use = "csat_mean"
signal = "rating"
name = "Rating"
target = 4.0

[[rule]]
id = "below-target"
about = "touchpoint"
when = "metrics.csat.high < metrics.csat.target"
derive = { shortfall = "metrics.csat.target - metrics.csat.value" }
because = "{touchpoint.name} is rated {metrics.csat.value}."

[[rule]]
id = "hurts"
about = "touchpoint"
when = "pain >= params.pain_limit && moment_of_truth"
derive = { urgent = "true" }
tag = ["urgent"]
because = "{touchpoint.name} hurts: {pain}."

[[rule]]
id = "far-off"
about = "touchpoint"
when = "shortfall > 1.5 || n < 20.0"
because = "{touchpoint.name} is far off."

[[rule]]
id = "loved"
about = "touchpoint"
when = "love >= 0.5 && metrics.csat.low >= 3.9"
derive = { loved = "true" }
because = "{touchpoint.name} is loved."

[rule.propose]
name = "Keep {touchpoint.name} as it is"
effort = 1

[[rule]]
id = "impossible"
about = "touchpoint"
when = "love >= 0.9 && love <= 0.1"
because = "Nothing can be both."

[[rule]]
id = "own-people"
about = "response"
when = 'attributes.kind == "staff"'
exclude = true
because = "Our own people are no guests."

[[rule]]
id = "let-down"
about = "response"
when = "at.counter.rating <= 1"
tag = ["let_down"]

[[rule]]
id = "let-down-twice"
about = "response"
when = "answers.rating.highest <= 2"
tag = ["let_down"]

[[table]]
id = "care"
about = "touchpoint"
inputs = { pain = "pain", truth = "moment_of_truth" }
outputs = ["care"]
hit = "first"
rows = [
  { pain = "< 0.1", care = '"none"' },
  { truth = true, care = '"urgent"', because = "It hurts where it counts." },
]

[[rule]]
id = "rush"
about = "touchpoint"
when = 'care == "urgent"'
tag = ["rush"]

[[rule]]
id = "regulars-leave"
about = "cell"
when = 'urgent && segment.id == "regulars" && metrics.csat.value < 2.5'
because = "{segment.name} are annoyed at the {touchpoint.name}."

[[rule]]
id = "pressing"
about = "initiative"
when = "touchpoints.exists(t, t.urgent)"
derive = { pressing = "true" }
because = "It mends what hurts."

[[rule]]
id = "too-dear"
about = "initiative"
when = "initiative.cost > params.dear && initiative.complexity >= 4.0"
exclude = true
because = "It costs {initiative.cost}."

[[initiative]]
id = "second-barista"
name = "A second barista"
effects = [{ touchpoint = "counter", metric = "csat", change = [0.5, 1.0, 1.5] }]
effort = [1, 2, 3]
team = "bar"

[[initiative]]
id = "softer-chairs"
name = "Softer chairs"
effects = [{ touchpoint = "table", metric = "csat", change = 0.2 }]
effort = 1
cost = 400
team = "bar"

[[initiative]]
id = "new-building"
name = "A new building"
effects = [{ touchpoint = "table", metric = "csat", change = 0.5 }]
effort = 40
cost = 90000
complexity = 5
team = "bar"

[[initiative]]
id = "roof-garden"
name = "A garden on the roof"
requires = ["new-building"]
effort = 5
team = "bar"

[[initiative]]
id = "better-menu"
name = "A better menu"
effects = [{ touchpoint = "table", metric = "csat", change = 0.1 }]
effort = 30
team = "bar"

[[team]]
id = "bar"
name = "Bar"
capacity = 1

[[area]]
id = "rest"
name = "Everything"

[roadmap]
start = 2027-01-04
weeks = 10
score = "10.0 * impact.likely / effort.likely * (pressing ? 2.0 : 1.0)"
"""


def answers() -> str:
    """Forty cards: the counter is bad, the worst for regulars; the table is good."""
    lines = ["kind,counter,table"]
    for n in range(40):
        regular = n % 4 == 0
        counter = 1 + (n % 2) if regular else 1 + n % 4
        table = 5 if n % 3 else 4
        lines.append(f"{'regular' if regular else 'guest'},{counter},{table}")
    return "\n".join([*lines, "guest,seven,4", "staff,1,1", ""])


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cafe")
    (folder / "cxengine.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "cards.csv").write_text(answers(), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def result(folder):
    return Engine().run(folder)


@pytest.fixture(scope="session")
def known(result):
    return Known(result)


@pytest.fixture
def told(result, folder):
    """What is said about an item, with the café's folder left out of the places."""

    def tell(question, item):
        engine = Engine()
        step = {"why": engine.why, "why-not": engine.why_not}[question](result, item)
        return str(step).replace(f"{folder.as_posix()}/", "") + "\n"

    return tell
