"""Results of runs to test exporters with: a small project, run for real, and what its roadmap may become."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item, Roadmap

ODD_NAMES = (
    'Say "when"; it & <b>really</b> arrives',
    "Umlauts, \N{GREEK SMALL LETTER PI} and \N{ROCKET}, comma, 50% \\ off",
    "=SUM(A1:A9)",
)
"""Names as people write them: quotes, markup, other scripts, what a spreadsheet takes for a formula."""

PROJECT = """
[project]
id = "kit"
name = "The project of the kit"

[privacy]
minimum_n = 5
caution_n = 5

[roadmap]
start = 2026-01-05
weeks = 26
short_term_weeks = 8
vision = "Nobody has to ask twice."

[[stage]]
id = "buy"
name = "I buy it"

[[channel]]
id = "web"
name = "Web shop"

[[touchpoint]]
id = "checkout"
name = "Checkout"
stage = "buy"
channels = ["web"]
importance = 0.6

[[touchpoint]]
id = "delivery"
name = "Delivery"
stage = "buy"
importance = 0.9
moment_of_truth = true

[[signal]]
id = "satisfaction"
wording = "How satisfied were you?"
scale = { min = 1, max = 5, step = 1 }

[[source]]
id = "survey"
options = { path = "survey.csv" }

[source.mapping]
response_id = "response"
occurred_at = "date"

[[source.mapping.signals]]
signal = "satisfaction"
columns = { checkout = "checkout", delivery = "delivery" }

[[metric]]
id = "csat"
use = "csat_mean"
signal = "satisfaction"
target = 4.0

[[team]]
id = "shop"
name = "Shop"
capacity = 2

[[area]]
id = "easy"
name = "Make it easy for me"
when = '"effort" in initiative.tags'
team = "shop"

[[area]]
id = "work"
name = "Let it work"
team = "shop"

[[initiative]]
id = "two-steps"
name = "Checkout in two steps"
about = "Fewer questions, and none twice."
effort = [2, 3, 5]
cost = 4000
effects = [{ touchpoint = "checkout", metric = "csat", change = [0.1, 0.3, 0.4] }]
tags = ["effort"]

[[initiative]]
id = "say-when"
name = "Say when it will really arrive"
effort = [1, 2, 4]
effects = [{ touchpoint = "delivery", metric = "csat", change = [0.1, 0.2, 0.4] }]

[[initiative]]
id = "choose-hour"
name = "Choose the hour of delivery"
effort = [4, 8, 12]
requires = ["say-when"]
effects = [{ touchpoint = "delivery", metric = "csat", change = [0.1, 0.4, 0.6] }]
public = false

[[initiative]]
id = "own-vans"
name = "Vans of our own"
effort = [60, 80, 99]
effects = [{ touchpoint = "delivery", metric = "csat", change = [0.2, 0.5, 0.9] }]

[[milestone]]
id = "spring"
name = "Deliveries come when we say"
requires = ["choose-hour"]
due = 2026-05-01
"""
"""The project, as TOML."""


@cache
def planned() -> Result:
    """A run with a roadmap of three scheduled items and one for later, or that does not fit."""
    from cxengine.engine import Engine

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "cxengine.toml").write_text(PROJECT, encoding="utf-8")
        (folder / "survey.csv").write_text("\n".join(survey()) + "\n", encoding="utf-8")
        return Engine(blocked=["*"]).run(folder)


def survey() -> list[str]:
    """The lines of its survey.csv."""
    rows = [f"r{n},2026-0{1 + n % 3}-{1 + n % 28:02},{1 + n % 5},{1 + n % 3}" for n in range(60)]
    return ["response,date,checkout,delivery", *rows]


def measured_only() -> Result:
    """A run that plans nothing."""
    return attrs.evolve(planned(), roadmap=None)


def without_items() -> Result:
    """A roadmap on which nothing is."""
    return _with(items=(), milestones=(), left_out=())


def with_odd_names() -> Result:
    """The roadmap with names that break careless writers."""
    items = tuple(
        attrs.evolve(item, name=ODD_NAMES[i % 3], public_name=ODD_NAMES[i % 3], about="two\nlines")
        for i, item in enumerate(_roadmap().items)
    )
    return _with(items=items)


def changed() -> Result:
    """The next roadmap: the first item has another name, and the second is no longer on it."""
    first, _, *others = _roadmap().items
    return _with(items=(attrs.evolve(first, name=f"{first.name}, at last"), *others))


def dropped() -> Item:
    """The item that `changed` leaves out."""
    return _roadmap().items[1]


def _roadmap() -> Roadmap:
    roadmap = planned().roadmap
    assert roadmap is not None, "the project of the kit has a [roadmap]"
    return roadmap


def _with(**changes: Any) -> Result:
    return attrs.evolve(planned(), roadmap=attrs.evolve(_roadmap(), **changes))
