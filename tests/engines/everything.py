"""A project with every metric that ships, and with all ways to read evidence that the engine's queries see.

Tickets that are open or were rewritten, customers who come back, purchases, tenures, an event log, design
weights, derived attributes, segments: drawn at random, the same whenever it is asked.
"""

import csv
import datetime as dt
import random

SURVEY = """
[project]
id = "everything"
name = "Everything"

[evidence]
period = "month"
timezone = "America/Sao_Paulo"
current = "all"

[privacy]
minimum_n = 5

[[stage]]
id = "buy"
name = "I buy"

[[stage]]
id = "ask"
name = "I ask"

[[touchpoint]]
id = "shop"
name = "Shop"
stage = "buy"

[[touchpoint]]
id = "desk"
name = "Desk"
stage = "ask"

[[touchpoint]]
id = "chat"
name = "Chat"
stage = "ask"

[[segment]]
id = "abroad"
name = "Abroad"
when = 'attributes.country in ["BE", "DE"]'

[[segment]]
id = "old-member"
name = "Members of age"
when = "attributes.member && attributes.age >= 60.0"

[[segment]]
id = "let-down"
name = "Let down"
when = "attributes.let_down"

[[segment]]
id = "worried"
name = "Worried about the future"
when = "attributes.worry > 0.25"

[[rule]]
id = "let-down"
about = "response"
when = "at.desk.satisfied <= 2 || answers.satisfied.lowest == 1"
derive = { let_down = "true", worry = "(5.0 - answers.satisfied.lowest) / (answers.satisfied.n + 4.0)" }

[[source]]
id = "survey"
options = { path = "survey.csv" }

[source.mapping]
response_id = "id"
customer_id = "customer"
occurred_at = "at"
weight = "weight"
repeats = "last"
signals = [
  { signal = "recommend", columns = { recommend = "journey" } },
  { signal = "satisfied", columns = { shop = "shop", desk = "desk", chat = "chat" } },
  { signal = "effort", columns = { effort = "desk" } },
  { signal = "solved", columns = { solved = "desk", solved_by_chat = "chat" } },
  { signal = "tone", columns = { tone = "journey" } },
  { signal = "minutes", columns = { minutes = "shop" } },
]

[source.mapping.attributes]
country = "country"
age = { column = "age", type = "number" }
member = { column = "member", type = "boolean" }

[[source]]
id = "tickets"
kind = "ticket"
options = { path = "tickets.csv" }

[source.mapping]
response_id = "id"
customer_id = "customer"
occurred_at = "opened"
attributes = { country = "country" }
signals = [
  { signal = "handled", columns = { took = "desk" } },
  { signal = "contact", columns = { contact = "desk", by_chat = "chat" } },
  { signal = "marked", columns = { marked = "desk" } },
]

[source.mapping.durations.took]
start = "opened"
end = "closed"
open_until = 2025-01-01

[[source]]
id = "purchases"
kind = "order"
options = { path = "purchases.csv" }

[source.mapping]
customer_id = "customer"
occurred_at = "at"
attributes = { country = "country", friend = { column = "friend", type = "boolean" } }
signals = [
  { signal = "paid", columns = { amount = "journey" } },
  { signal = "sent_back", columns = { returned = "shop" } },
]

[[source]]
id = "members"
kind = "behaviour"
options = { path = "members.csv" }

[source.mapping]
customer_id = "customer"
occurred_at = "at"
censored = { tenure = "stays" }
attributes = { country = "country" }
signals = [
  { signal = "tenure", columns = { tenure = "journey" } },
  { signal = "left", columns = { left = "journey" } },
  { signal = "referred", columns = { referred = "journey" } },
]

[[source]]
id = "log"
use = "event_log"
kind = "behaviour"
options = { path = "events.csv", case = "case", activity = "step", timestamp = "at" }

[source.mapping]
customer_id = "case"
occurred_at = "at"
attributes = { before = "previous_activity" }
signals = [{ signal = "waited", columns = { seconds_since_previous = "chat" } }]

[[source]]
id = "visits"
use = "event_log"
kind = "behaviour"
options = { path = "events.csv", case = "case", activity = "step", timestamp = "at" }

[source.mapping]
response_id = "case"
repeats = "all"
occurred_at = "at"

[source.mapping.long]
value = "event_number"
signal = { value = "step" }
touchpoint = { column = "step", recode = { ask = "desk", answer = "chat", wait = "journey", end = "shop" } }

[[transition]]
source = "desk"
target = "chat"

[[transition]]
source = "chat"
target = "shop"

[[observed_journey]]
id = "questions"
source = "visits"
signal = "step"

[[segment]]
id = "after-asking"
name = "What followed asking"
when = 'attributes.before == "ask"'
"""
SIGNALS = {
    "step": "",
    "recommend": 'scale = { min = 0, max = 10, step = 1 }\nabout = "relationship"',
    "satisfied": "scale = { min = 1, max = 5, step = 1 }",
    "effort": 'scale = { min = 1, max = 5, step = 1 }\ndirection = "lower_is_better"',
    "solved": 'scale = { min = 0, max = 1, step = 1 }\nmode = "web"',
    "marked": 'scale = { min = 0, max = 1, step = 1 }\nmode = "agent"',
    "contact": "scale = { min = 0, max = 1, step = 1 }",
    "tone": 'scale = { min = -1, max = 1 }\nabout = "relationship"',
    "minutes": 'unit = "minutes"',
    "handled": 'direction = "lower_is_better"\nunit = "hours"',
    "paid": 'about = "relationship"\nunit = "EUR"',
    "sent_back": 'scale = { min = 0, max = 1, step = 1 }\ndirection = "lower_is_better"',
    "tenure": 'about = "relationship"\nunit = "days"',
    "left": 'scale = { min = 0, max = 1, step = 1 }\nabout = "relationship"\ndirection = "lower_is_better"',
    "referred": 'scale = { min = 0, max = 1, step = 1 }\nabout = "relationship"',
    "waited": 'direction = "lower_is_better"\nunit = "seconds"',
}
METRICS = {
    "nps": ("nps", "recommend", ""),
    "csat": ("csat_mean", "satisfied", ""),
    "top": ("csat_t2b", "satisfied", ""),
    "effort": ("ces", "effort", 'version = "v1"'),
    "churn": ("churn", "left", ""),
    "retention": ("retention", "left", ""),
    "clv": ("clv_bg_nbd", "paid", "margin = 0.3"),
    "clv_simple": ("clv_simple", "paid", "margin = 0.3\nretention = 0.8\ndiscount = 0.1"),
    "ltr": ("lifetime_revenue_simple", "paid", "retention = 0.8\ndiscount = 0.1"),
    "correlation": ("value_frequency_correlation", "paid", ""),
    "kept": ("net_revenue_retention", "paid", "days = 190.0"),
    "earned": ("earned_growth", "paid", 'days = 190.0\nearned = "friend"'),
    "roi": ("roi", "paid", "investment = 20000.0"),
    "revenue": ("revenue", "paid", ""),
    "sales": ("sales", "paid", ""),
    "fcr_agent": ("fcr_agent", "marked", ""),
    "fcr_survey": ("fcr_survey", "solved", ""),
    "fcr_repeat": ("fcr_repeat", "contact", "within = 14.0"),
    "resolution": ("resolution_time", "handled", "quantile = 0.75"),
    "response": ("response_time", "waited", ""),
    "within": ("resolved_within", "handled", "horizon = 24.0"),
    "returns": ("returns", "sent_back", ""),
    "referrals": ("referrals", "referred", ""),
    "sentiment": ("sentiment", "tone", "threshold = 0.1"),
    "survival": ("survival", "tenure", "horizon = 365.0"),
    "usage": ("usage", "minutes", ""),
    "mean": ("mean", "waited", ""),
    "share": ("share", "minutes", 'where = "value > 20.0"'),
    "declared": (
        "formula",
        "minutes",
        """components = { total = "sum(value)", long = "count(value > 30.0)", most = "sum(value, value > 9.5)" }
formula = "(total - most) / n + 10.0 * long / n"
direction = "higher_is_better"
""",
    ),
    "declared_on_scale": (
        "formula",
        "satisfied",
        """components = { low = "count(value <= scale.min)", all = "sum(value)" }
formula = "low / all"
direction = "lower_is_better"
""",
    ),
}
CUSTOMERS = 400
START = dt.datetime(2024, 1, 1)


def write(folder, *, share=1.0, seed=11):
    """Writes the project into `folder`, with this share of the rows of all files."""
    text = SURVEY + "".join(f'\n[[signal]]\nid = "{i}"\nwording = "{i}?"\n{s}\n' for i, s in SIGNALS.items())
    for name, (use, signal, options) in METRICS.items():
        text += (
            f'\n[[metric]]\nid = "{name}"\nuse = "{use}"\nsignal = "{signal}"\n[metric.options]\n{options}\n'
        )
    folder.joinpath("cxengine.toml").write_text(text, encoding="utf-8")
    for name, rows in FILES.items():
        with folder.joinpath(name).open("w", encoding="utf-8", newline="") as file:
            made = list(rows(random.Random(f"{seed}/{name}")))
            made = made[: round(len(made) * share)]
            writer = csv.DictWriter(file, made[0])
            writer.writeheader()
            writer.writerows(made)


def _maybe(dice, value, share=0.85):
    return value if dice.random() < share else ""


def _country(customer):
    return ("NL", "BE", "DE", "O'Neil\\Zürich")[customer % 4]


def _survey(dice):
    for number in range(1_500):
        customer = dice.randrange(CUSTOMERS)
        yield {
            "id": number - (number % 10 == 9),  # a second version of the response before
            "customer": _maybe(dice, f"c{customer}"),
            "at": (START + dt.timedelta(hours=dice.uniform(0, 8_000))).isoformat(" ", "milliseconds"),
            "weight": f"{dice.lognormvariate(0, 0.5):.6f}",
            "country": _country(customer),
            "age": _maybe(dice, dice.randrange(18, 90)),
            "member": _maybe(dice, dice.choice(["true", "false"])),
            "recommend": _maybe(dice, dice.randrange(11)),
            "shop": _maybe(dice, dice.randrange(1, 6)),
            "desk": _maybe(dice, dice.randrange(1, 6), 0.5),
            "chat": _maybe(dice, dice.randrange(1, 6), 0.3),
            "effort": _maybe(dice, dice.randrange(1, 6)),
            "solved": _maybe(dice, dice.randrange(2)),
            "solved_by_chat": _maybe(dice, dice.randrange(2)),
            "tone": _maybe(dice, f"{dice.uniform(-1, 1):.4f}"),
            "minutes": _maybe(dice, f"{dice.expovariate(1 / 18):.3f}"),
        }


def _tickets(dice):
    for number in range(1_200):
        customer, opened = (
            dice.randrange(CUSTOMERS // 2),
            START + dt.timedelta(minutes=dice.randrange(525_000)),
        )
        closed = opened + dt.timedelta(minutes=dice.expovariate(1 / 1_500))
        yield {
            "id": number,
            "customer": _maybe(dice, f"c{customer}", 0.95),
            "opened": opened.isoformat(" "),
            "closed": closed.isoformat(" ", "seconds") if dice.random() < 0.85 else "",
            "country": _country(customer),
            "contact": _maybe(dice, 1, 0.7),
            "by_chat": _maybe(dice, dice.randrange(2), 0.4),
            "marked": _maybe(dice, dice.randrange(2)),
        }


def _purchases(dice):
    for customer in range(CUSTOMERS):
        day, level, pace = dice.randrange(180), dice.lognormvariate(3, 0.4), dice.lognormvariate(3.3, 0.8)
        while day < 365:
            yield {
                "customer": f"c{customer}",
                "at": (START + dt.timedelta(days=day, minutes=dice.randrange(1_440))).isoformat(" "),
                "country": _country(customer),
                "amount": f"{level * dice.lognormvariate(0, 0.3):.2f}",
                "returned": int(dice.random() < 0.1),
                "friend": "yes" if customer % 3 else "no",
            }
            if dice.random() < 0.25:
                break
            day += int(dice.expovariate(1 / pace))


def _members(dice):
    for customer in range(CUSTOMERS):
        left = int(dice.random() < 0.3)
        yield {
            "customer": f"c{customer}",
            "at": (START + dt.timedelta(days=customer % 300)).isoformat(" "),
            "country": _country(customer),
            "tenure": f"{dice.expovariate(1 / 500) + 1:.1f}",
            "stays": 1 - left,
            "left": left,
            "referred": _maybe(dice, dice.randrange(2)),
        }


def _events(dice):
    for case in range(250):
        at = START + dt.timedelta(minutes=dice.randrange(400_000))
        for step in (
            "ask",
            *(dice.choice(["answer", "ask", "wait"]) for _ in range(dice.randrange(6))),
            "end",
        ):
            yield {"case": f"k{case}", "step": step, "at": at.isoformat(" ", "milliseconds")}
            at += dt.timedelta(seconds=dice.expovariate(1 / 900))


FILES = {
    "survey.csv": _survey,
    "tickets.csv": _tickets,
    "purchases.csv": _purchases,
    "members.csv": _members,
    "events.csv": _events,
}
