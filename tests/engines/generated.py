"""A project that asks much of an engine, with evidence drawn at random: weights, gaps, hostile texts."""

import csv
import random

TOML = """
[project]
id = "generated"
name = "Generated"

[evidence]
period = "{period}"
current = "latest"

[privacy]
minimum_n = 5

[[stage]]
id = "choose"
name = "I choose"

[[stage]]
id = "get"
name = "I get it"

[[touchpoint]]
id = "search"
name = "Search"
stage = "choose"

[[touchpoint]]
id = "order"
name = "Order"
stage = "choose"

[[touchpoint]]
id = "delivery"
name = "Delivery"
stage = "get"

[[signal]]
id = "recommend"
wording = "Would you recommend us?"
scale = {{ min = 0, max = 10, step = 1 }}
about = "relationship"

[[signal]]
id = "satisfied"
wording = "How satisfied were you?"
scale = {{ min = 1, max = 5, step = 0.5 }}

[[signal]]
id = "waited"
wording = "How long did you wait?"
direction = "lower_is_better"
unit = "minutes"

[[segment]]
id = "quoted"
name = "A country with a quote, a backslash and an umlaut"
when = '''attributes.country == "O'Neil\\\\Zürich"'''

[[segment]]
id = "young"
name = "Young"
when = "attributes.age < 30.0"

[[segment]]
id = "young-member"
name = "Young members"
when = "attributes.age < 30.0 && attributes.member"

[[segment]]
id = "member-or-dutch"
name = "Members, or Dutch"
when = 'attributes.member || attributes.country == "NL"'

[[segment]]
id = "benelux"
name = "Benelux"
when = 'attributes.country in ["NL", "BE"] && !attributes.member'

[[segment]]
id = "n-lands"
name = "Countries by their first letter"
when = 'attributes.country.startsWith("N") || attributes.country.contains("%_")'

[[source]]
id = "survey"
options = {{ path = "survey.csv" }}

[source.mapping]
response_id = "id"
customer_id = "customer"
occurred_at = "at"
weight = "weight"
signals = [
  {{ signal = "recommend", columns = {{ recommend = "journey" }} }},
  {{ signal = "satisfied", columns = {{ search = "search", order = "order", delivery = "delivery" }} }},
  {{ signal = "waited", columns = {{ waited = "delivery", queued = "order" }} }},
]

[source.mapping.attributes]
country = "country"
age = {{ column = "age", type = "number" }}
member = {{ column = "member", type = "boolean" }}

[[metric]]
id = "nps"
use = "nps"
signal = "recommend"

[[metric]]
id = "csat"
use = "csat_mean"
signal = "satisfied"

[[metric]]
id = "top"
use = "csat_t2b"
signal = "satisfied"

[[metric]]
id = "wait"
use = "mean"
signal = "waited"

[[metric]]
id = "long_wait"
use = "share"
signal = "waited"
options = {{ at_least = 12.5 }}
"""
CUSTOMERS = 500
COLUMNS = [
    "id",
    "customer",
    "at",
    "weight",
    "country",
    "age",
    "member",
    "recommend",
    "search",
    "order",
    "delivery",
    "waited",
    "queued",
]
COUNTRIES = ["NL", "BE", "nl", "O'Neil\\Zürich", "100%_sure", "日本", "N\u200bL", ""]


def write(folder, *, rows=2_000, weighted=True, period="quarter", seed=7):
    """Writes the project into `folder`."""
    dice = random.Random(seed)
    folder.joinpath("cxengine.toml").write_text(TOML.format(period=period), encoding="utf-8")
    with folder.joinpath("survey.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(rows):
            writer.writerow(_row(dice, number, weighted))


def _row(dice, number, weighted):
    def maybe(value, share=0.8):
        return value if dice.random() < share else ""

    year, month, day = dice.choice([2022, 2023, 2024]), dice.randint(1, 12), dice.randint(1, 28)
    moment = f"{year}-{month:02}-{day:02}T{dice.randint(0, 23):02}:59:59.999999"
    return [
        number,
        f"c{dice.randint(0, CUSTOMERS)}",
        maybe(moment, 0.97),
        f"{dice.lognormvariate(0, 0.7):.9f}" if weighted else "1",
        dice.choice(COUNTRIES),
        maybe(dice.choice([17, 29.999, 30, 64])),
        maybe(dice.choice(["true", "false"])),
        maybe(dice.randint(0, 10)),
        *(maybe(dice.choice([1, 1.5, 3, 4, 4.5, 5])) for _ in range(3)),
        maybe(repr(dice.expovariate(0.1))),
        maybe(f"{dice.uniform(-20, 1e6):.3f}"),
    ]
