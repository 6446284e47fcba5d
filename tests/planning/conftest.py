"""A small shop: TOML, made-up measurements and feelings, and a function that plans."""

from __future__ import annotations

import attrs
import pyarrow as pa
import pytest

from cxengine.insight.insight import Feeling, Insight
from cxengine.metrics.measurement import ALL, SUPPRESSED, Measurement, Measurements
from cxengine.planning.plan import plan
from cxengine.project import load
from cxengine.rules.compiler import compile_rules
from cxengine.rules.conclude import conclude
from cxengine.rules.facts import cell_facts, touchpoint_facts
from cxengine.rules.plugged import plugged

SHOP = """
[project]
id = "shop"
name = "Shop"
journey = "I buy something"

[params]
pain_limit = 0.1

[evidence]
period = "quarter"

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "search"
name = "Search"
stage = "buy"
importance = 0.25

[[touchpoint]]
id = "checkout"
name = "Checkout"
stage = "buy"
importance = 0.5
moment_of_truth = true

[[touchpoint]]
id = "delivery"
name = "Delivery"
stage = "buy"
importance = 0.25
end = true

[[segment]]
id = "new"
name = "New customers"
when = 'attributes.kind == "new"'
value = 2.0

[[signal]]
id = "satisfaction"
wording = "How satisfied are you?"
scale = { min = 1, max = 5, step = 1 }

[[signal]]
id = "effort"
wording = "How hard was it?"
scale = { min = 1, max = 5, step = 1 }
direction = "lower_is_better"

[[source]]
id = "survey"
options = { path = "answers.csv" }
mapping.attributes = { kind = "kind" }
mapping.signals = [{ signal = "satisfaction", columns = { a = "search", b = "checkout", c = "delivery" } }]

[[metric]]
id = "csat"
name = "Satisfaction"
use = "csat_mean"
signal = "satisfaction"
target = 4.2

[[metric]]
id = "hard"
name = "Effort"
use = "mean"
signal = "effort"
"""

PLAN = """
[roadmap]
start = 2027-01-04
weeks = 20
search = 0.1
short_term_weeks = 6
score = 'impact.likely / effort.likely'
quick_win_impact = 2.0
quick_win_effort = 4.0

[[area]]
id = "easy"
name = "Make it easy for me"
when = 'initiative.complexity <= 2'
team = "web"

[[area]]
id = "works"
name = "Let it work"
team = "ops"

[[team]]
id = "web"
name = "Web"
capacity = 2.0
focus = 2

[[team]]
id = "ops"
name = "Operations"
capacity = 1.0

[[initiative]]
id = "one-page"
name = "One page checkout"
effects = [{ touchpoint = "checkout", metric = "csat", change = [0.2, 0.4, 0.6] }]
effort = [4, 6, 8]

[[initiative]]
id = "single-sign-on"
name = "Single sign-on"
effects = [{ touchpoint = "checkout", metric = "hard", change = [-1.0, -0.4, -0.2] }]
effort = 4
complexity = 4
team = "web"

[[initiative]]
id = "parcel-lockers"
name = "Parcel lockers"
effects = [{ touchpoint = "delivery", metric = "csat", change = 0.4 }]
effort = 8
complexity = 5
requires = ["single-sign-on"]
"""


def measured(value: float, n: int = 400, width: float = 0.1) -> Measurement:
    return Measurement(value, value - width, value + width, n, float(n))


@attrs.define
class Evidence:
    """What was measured: metric, touchpoint and segment to a measurement; touchpoint and segment to feelings."""

    values: dict[tuple[str, str, str], Measurement]
    pains: dict[tuple[str, str], tuple[float, float, int]]

    def measurements(self) -> Measurements:
        rows = [
            {
                "metric": metric,
                "level": "touchpoint",
                "subject": touchpoint,
                "segment": segment,
                "period": "current",
                "n": m.n,
                "n_eff": m.n_eff,
                "value": None if m.suppressed else m.value,
                "low": None if m.suppressed else m.low,
                "high": None if m.suppressed else m.high,
                "suppressed": m.suppressed,
                "caution": m.caution,
            }
            for (metric, touchpoint, segment), m in self.values.items()
        ]
        return Measurements(pa.Table.from_pylist(rows))

    def insight(self) -> Insight:
        return Insight(
            tuple(
                Feeling(
                    touchpoint,
                    segment,
                    emotion=measured(0.1, n) if n else SUPPRESSED,
                    pain=measured(pain, n, 0.02) if n else SUPPRESSED,
                    love=measured(0.1, n, 0.02) if n else SUPPRESSED,
                    reach=reach if n else float("nan"),
                    grade="strong" if n else "none",
                    share=1.0 if segment == ALL else 0.4,
                )
                for (touchpoint, segment), (pain, reach, n) in self.pains.items()
            )
        )


@pytest.fixture
def evidence():
    return Evidence(
        values={
            ("csat", "search", ALL): measured(4.1),
            ("csat", "checkout", ALL): measured(3.7),
            ("csat", "delivery", ALL): measured(4.8),
            ("hard", "checkout", ALL): measured(2.5),
        },
        pains={
            ("search", ALL): (0.05, 0.8, 400),
            ("checkout", ALL): (0.2, 1.0, 400),
            ("delivery", ALL): (0.12, 0.5, 200),
            ("checkout", "new"): (0.3, 0.9, 100),
        },
    )


@pytest.fixture
def planned(tmp_path, evidence):
    """Plans the shop with further TOML; `change` may replace the loaded project."""

    def run(*toml, base=PLAN, change=lambda project: project, shuffle=None, grouping=None):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        (folder / "cxengine.toml").write_text(SHOP + base + "\n".join(toml), encoding="utf-8")
        loaded = load(folder)
        project = change(loaded.project)
        measurements, insight = evidence.measurements(), evidence.insight()
        signals = {s.id: s for s in project.signals}
        metrics = {
            m.id: (use := loaded.uses["metric", m.id]).plugin(use.options, signals[m.signal])
            for m in project.metrics
        }
        group = loaded.uses["roadmap", "group"]
        rules = compile_rules(project, loaded.origins, plugged(loaded))
        known = touchpoint_facts(project, measurements, insight) | cell_facts(project, measurements, insight)
        conclusions = conclude(rules, known)
        if shuffle:
            conclusions = shuffle(conclusions)
        return plan(
            project,
            ruleset=rules,
            conclusions=conclusions,
            measurements=measurements,
            insight=insight,
            metrics=metrics,
            grouping=grouping or group.plugin(group.options),
            origins=loaded.origins,
        )

    return run


@pytest.fixture
def shop_toml():
    return SHOP + PLAN


@pytest.fixture
def plan_without_initiatives():
    return PLAN[: PLAN.index("[[initiative]]")]
