"""Generates a project with planted truth: TOML and the files of its evidence, as systems export them."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.testing.dice import answer_shares, percentile_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.testing.planted import Planted
    from cxengine.testing.purchases import Bought

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

FIRST_DAY = dt.date(2023, 1, 1)
_TICKET_DAYS = 60


@attrs.frozen(eq=False)
class Generated:
    """A project on disk, what was planted in it, and what its buyers truly did."""

    folder: Path
    truth: Planted
    bought: Bought | None


def generate(
    folder: Path,
    seed: int,
    truth: Planted,
    *,
    responses: int = 2_000,
    customers: int = 1_000,
    tickets: int = 60,
    buyers: int = 600,
) -> Generated:
    """Writes `cxengine.toml` and its evidence: the same for the same seed and truth.

    Each response rates every touchpoint and is of one of the `customers`; every desk has so many `tickets`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([seed, 0])
    _write(folder / "survey.csv", *_survey(truth, rng, responses, customers))
    bought = None
    if truth.desks:
        _write(folder / "tickets.csv", *_tickets(truth, np.random.default_rng([seed, 1]), tickets))
    if truth.purchases is not None:
        bought = truth.purchases.draw(buyers, np.random.default_rng([seed, 2]))
        _write(folder / "purchases.csv", ["customer", "day", "amount"], _purchases(bought))
    (folder / "cxengine.toml").write_text(_toml(truth), encoding="utf-8")
    return Generated(folder, truth, bought)


def _survey(
    truth: Planted, rng: np.random.Generator, responses: int, customers: int
) -> tuple[list[str], Iterable[Sequence[object]]]:
    number, touchpoints = np.arange(responses), truth.touchpoints
    customer = rng.integers(0, customers, responses)
    regions = list(truth.regions)
    region = rng.integers(0, len(regions), customers)[customer]
    month = number * truth.months // responses
    mood = rng.standard_normal(customers)[customer]
    own = rng.standard_normal((2, len(touchpoints), responses))
    pleased, eased = np.sqrt(truth.mood) * mood + np.sqrt(1 - truth.mood) * own
    columns: dict[str, Iterable[object]] = {
        "response": (f"R{i}" for i in number),
        "customer": (f"C{c}" for c in customer),
        "day": [
            _day(m, d) for m, d in zip(month.tolist(), rng.integers(1, 29, responses).tolist(), strict=True)
        ],
        "region": [regions[r] for r in region],
        "recommend": _answers(0, 10, np.full(responses, truth.loyalty), _loyalty(truth, pleased, rng)),
    }
    for i, planted in enumerate(touchpoints):
        means = np.array(
            [[truth.satisfaction(planted.id, r, m) for m in range(truth.months)] for r in regions]
        )
        columns[f"csat_{planted.id}"] = _answers(1, 5, means[region, month], pleased[i])
        columns[f"ease_{planted.id}"] = _answers(1, 7, np.full(responses, planted.ease), eased[i])
    return list(columns), zip(*columns.values(), strict=True)


def _loyalty(truth: Planted, pleased: FloatArray, rng: np.random.Generator) -> FloatArray:
    """How loyal each response is among all, as a standard normal deviate."""
    effects = np.array([one.effect for one in truth.touchpoints])
    together = truth.mood * effects.sum() ** 2 + (1 - truth.mood) * (effects**2).sum()
    latent = effects @ pleased + truth.noise * rng.standard_normal(pleased.shape[1])
    return np.asarray(latent / np.sqrt(together + truth.noise**2))


def _answers(low: int, high: int, means: FloatArray, deviates: FloatArray) -> IntArray:
    """Answers of a scale with these means, at the quantiles of the deviates."""
    found = np.zeros(len(means), dtype=np.int64)
    share = np.array([percentile_of(deviate) for deviate in deviates.tolist()])
    for mean in np.unique(means.round(9)):
        here = means.round(9) == mean
        steps = np.cumsum(answer_shares(low, high, float(mean)))[:-1]
        found[here] = low + np.searchsorted(steps, share[here], side="right")
    return found


def _tickets(
    truth: Planted, rng: np.random.Generator, each: int
) -> tuple[list[str], Iterable[Sequence[object]]]:
    """Tickets that were opened at any time until the last day; what then was not closed is open."""
    rows: list[Sequence[object]] = []
    start = dt.datetime.combine(FIRST_DAY, dt.time(), dt.UTC)
    for desk, median in truth.desks.items():
        opened = rng.uniform(0, 24 * _TICKET_DAYS, each)
        closed = opened + rng.exponential(median / np.log(2), each)
        for i, (first, last) in enumerate(zip(opened.tolist(), closed.tolist(), strict=True)):
            ended = _moment(start, last) if last <= 24 * _TICKET_DAYS else ""
            rows.append([f"{desk}-{i}", desk, _moment(start, first), ended])
    return ["ticket", "desk", "opened", "closed"], rows


def _purchases(bought: Bought) -> Iterable[Sequence[object]]:
    """All were seen until the same day; days are whole."""
    first = bought.age.max() - bought.age
    days = np.round(7 * (first[bought.customer] + bought.week)).astype(int).tolist()
    for customer, day, amount in zip(bought.customer.tolist(), days, bought.amount.tolist(), strict=True):
        yield f"B{customer}", FIRST_DAY + dt.timedelta(days=day), f"{max(amount, 0.01):.2f}"


def _day(month: int, day: int) -> dt.date:
    return dt.date(FIRST_DAY.year + month // 12, month % 12 + 1, day)


def _moment(start: dt.datetime, hours: float) -> str:
    return (start + dt.timedelta(seconds=round(3600 * hours))).isoformat()


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _toml(truth: Planted) -> str:
    names = [one.id for one in truth.touchpoints]
    places = [*names, *truth.desks]
    parts = [_BASE]
    parts += [f'[[touchpoint]]\nid = "{name}"\nname = "{name}"\nstage = "shop"\n' for name in places]
    parts += [
        f'[[segment]]\nid = "{name}"\nname = "{name}"\nwhen = \'attributes.region == "{name}"\'\n'
        for name in truth.regions
    ]
    parts.append(_SURVEY.format(csat=_columns("csat", names), ease=_columns("ease", names)))
    if truth.drivers:
        drivers = ", ".join(f'{{ signal = "satisfaction", touchpoint = "{name}" }}' for name in names)
        parts.append(_DRIVERS.format(drivers=drivers))
    if truth.desks:
        until = FIRST_DAY + dt.timedelta(days=_TICKET_DAYS)
        desks = ", ".join(f'{desk} = "{desk}"' for desk in truth.desks)
        parts.append(_TICKETS.format(until=until, desks=desks))
    if truth.purchases is not None:
        parts.append(_PURCHASES)
    return "\n".join(parts)


def _columns(prefix: str, names: Sequence[str]) -> str:
    return ", ".join(f'{prefix}_{name} = "{name}"' for name in names)


_BASE = """[project]
id = "planted"
name = "Planted shop"

[evidence]
period = "month"

[privacy]
minimum_n = 1  # nobody is behind it

[[stage]]
id = "shop"
name = "I shop"
"""
_SURVEY = """[[signal]]
id = "recommend"
wording = "How likely are you to recommend us?"
scale = {{ min = 0, max = 10, step = 1 }}
about = "relationship"

[[signal]]
id = "satisfaction"
wording = "How satisfied were you?"
scale = {{ min = 1, max = 5, step = 1 }}

[[signal]]
id = "ease"
wording = "The company made it easy for me."
scale = {{ min = 1, max = 7, step = 1 }}

[[metric]]
id = "nps"
use = "nps"
signal = "recommend"

[[metric]]
id = "csat"
use = "csat_mean"
signal = "satisfaction"

[[metric]]
id = "ces"
use = "ces"
signal = "ease"
options = {{ version = "v2" }}

[[source]]
id = "survey"
kind = "survey"
options = {{ path = "survey.csv" }}

[source.mapping]
response_id = "response"
customer_id = "customer"
occurred_at = "day"
attributes = {{ region = "region" }}

[[source.mapping.signals]]
signal = "recommend"
columns = {{ recommend = "journey" }}

[[source.mapping.signals]]
signal = "satisfaction"
columns = {{ {csat} }}

[[source.mapping.signals]]
signal = "ease"
columns = {{ {ease} }}
"""
_DRIVERS = """[[driver_model]]
id = "loyalty"
name = "Loyalty"
outcome = {{ signal = "recommend" }}
drivers = [{drivers}]
"""
_TICKETS = """[[signal]]
id = "resolving"
wording = "Time until it was resolved"
unit = "hours"
direction = "lower_is_better"

[[metric]]
id = "time"
use = "resolution_time"
signal = "resolving"

[[source]]
id = "tickets"
kind = "ticket"
options = {{ path = "tickets.csv" }}

[source.mapping]
response_id = "ticket"
occurred_at = "opened"
durations = {{ hours = {{ start = "opened", end = "closed", open_until = {until} }} }}

[source.mapping.long]
signal = {{ value = "resolving" }}
touchpoint = {{ column = "desk" }}
value = "hours"
"""
_PURCHASES = """[[signal]]
id = "spent"
wording = "Amount of a purchase"
unit = "EUR"
about = "relationship"

[[metric]]
id = "clv"
use = "clv_bg_nbd"
signal = "spent"
options = { margin = 1.0, weeks = 26, discount = 0.0 }

[[source]]
id = "purchases"
kind = "order"
options = { path = "purchases.csv" }

[source.mapping]
customer_id = "customer"
occurred_at = "day"

[[source.mapping.signals]]
signal = "spent"
columns = { amount = "journey" }
"""
