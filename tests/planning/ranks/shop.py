"""A shop whose order depends on rules about touchpoints, the project and initiatives, and on a table."""

from __future__ import annotations

import attrs
import pytest

from cxengine.metrics.measurement import ALL
from cxengine.planning.appraisal import appraise
from cxengine.planning.benefit import Ground, shares, yardstick
from cxengine.planning.candidates import candidates
from cxengine.planning.ranking import rank
from cxengine.planning.ranks.scene import Scene
from cxengine.planning.ranks.scores import Scorer, Scores
from cxengine.planning.ranks.worlds import Drawn
from cxengine.project import load
from cxengine.project.model import Effect, Estimate, InitiativeTable
from cxengine.rules.compiler import compile_rules
from cxengine.rules.conclude import conclude
from cxengine.rules.facts import cell_facts, project_facts, touchpoint_facts
from cxengine.rules.plugged import plugged

from ..conftest import PLAN, SHOP, Evidence, measured

RULES = """
[[rule]]
id = "hurts"
about = "touchpoint"
when = 'metrics.csat.high < params.floor || pain > 0.21'
derive = { urgent = 'true', shortfall = 'params.floor - metrics.csat.value' }

[[rule]]
id = "hard"
about = "touchpoint"
when = 'metrics.hard.low > 2.35'
derive = { laborious = 'true' }

[[rule]]
id = "trouble"
about = "project"
when = 'touchpoints.exists_one(t, t.pain > 0.12)'
derive = { troubled = 'true' }

[[rule]]
id = "pressing"
about = "initiative"
when = 'touchpoints.exists(t, t.urgent) && project.troubled'
derive = { pressing = 'true' }

[[rule]]
id = "deep"
about = "initiative"
when = 'touchpoints.exists(t, has(t.shortfall) && t.shortfall > 0.1)'
derive = { depth = '1.0 + initiative.complexity / 10' }

[[rule]]
id = "waste"
about = "initiative"
when = 'impact.likely < 0.35'
exclude = true
because = "Too little."

[[rule]]
id = "first"
about = "initiative"
when = '"first" in initiative.tags && touchpoints.exists(t, t.laborious)'
require = true
because = "First."

[[table]]
id = "weight"
about = "initiative"
inputs = { pain = "pain", quick = "quick_win" }
outputs = ["factor"]
hit = "first"
rows = [
  { pain = ">= 0.2", factor = 1.4 },
  { quick = true, factor = 1.2 },
]
default = { factor = 1.0 }
"""
SCORE = """
100.0 * impact.likely / (effort.likely + params.toll) * (pressing ? 1.5 : 1.0) * factor * segment_value
* (project.troubled ? 2.0 : 1.0) * (touchpoints.exists(t, has(t.shortfall) && t.shortfall > 0.1) ? depth : 1.0)
"""
PARAMS = "[params]\npain_limit = 0.1\nfloor = 3.85\ntoll = 0.5\n"


def toml(score: str | None = SCORE, rules: str = RULES) -> str:
    """The project without initiatives; without a score of its own, a method in `rules` has to say it."""
    written = "" if score is None else f"score = '''{score}'''"
    settings = PLAN[: PLAN.index("[[initiative]]")].replace(
        "score = 'impact.likely / effort.likely'", written
    )
    settings = settings.replace("short_term_weeks = 6", "short_term_weeks = 6\ndraws = 1000")
    return SHOP.replace("[params]\npain_limit = 0.1\n", PARAMS) + settings + rules


@attrs.define
class Shop:
    """Ranks initiatives in the shop."""

    loaded: object
    evidence: Evidence

    def scene(self, *found: InitiativeTable, evidence: Evidence | None = None, **settings: object) -> Scene:
        """These initiatives as they are ranked; `settings` are those of the roadmap, or `params`."""
        project = self.loaded.project
        params = {**project.params, **settings.pop("params", {})}
        roadmap = attrs.evolve(project.roadmap, **settings)
        changed = attrs.evolve(project, initiatives=found, params=params, roadmap=roadmap)
        return scene(attrs.evolve(self.loaded, project=changed), evidence or self.evidence)


def scene(loaded: object, evidence: Evidence) -> Scene:
    """What is ranked, without a timetable."""
    project, origins = loaded.project, loaded.origins
    rules = compile_rules(project, origins, plugged(loaded))
    measurements, insight = evidence.measurements(), evidence.insight()
    seen = (project, measurements, insight)
    known = project_facts(*seen) | touchpoint_facts(*seen) | cell_facts(*seen)
    conclusions = conclude(rules, known)
    cells = {(c.subject.id, c.subject.segment): c for c in conclusions if c.subject.about != "project"}
    importance = {t: c.facts["importance"] for (t, segment), c in cells.items() if segment == ALL}
    sticks = {name: yardstick(table(project, name), m) for name, m in loaded.metrics.items()}
    ground = Ground(shares(project, importance), measurements, insight, sticks)
    pool = candidates(project, conclusions)
    appraisals = appraise(project, project.roadmap, pool, ground=ground, ruleset=rules, places=cells)
    ranking = rank(appraisals, rules, origins)
    return Scene.of(project, rules, ground, conclusions=conclusions, appraisals=appraisals, ranking=ranking)


def table(project: object, metric: str) -> object:
    """The declaration of a metric."""
    return next(m for m in project.metrics if m.id == metric)


@pytest.fixture(scope="session")
def opened(tmp_path_factory):
    """Opens a shop with this score and these rules."""

    def run(score: str | None = SCORE, rules: str = RULES) -> Shop:
        folder = tmp_path_factory.mktemp("shop")
        (folder / "cxengine.toml").write_text(toml(score, rules), encoding="utf-8")
        return Shop(load(folder), EVIDENCE)

    return run


EVIDENCE = Evidence(
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


def drawn(made: Scene, draws: int = 4000) -> tuple[Scorer, Scores]:
    """The scores of a scene in joint draws, with the scorer that found them."""
    scorer = Scorer(made, Drawn(draws))
    return scorer, scorer.all()


def initiative(name: str, *effects: tuple, effort: object = (2, 3, 5), **more: object) -> InitiativeTable:
    """An initiative with effects as (touchpoint, metric, change)."""
    return InitiativeTable(
        id=name,
        name=name.replace("-", " ").capitalize(),
        effort=estimate(effort),
        effects=tuple(Effect(touchpoint=t, metric=m, change=estimate(change)) for t, m, change in effects),
        **more,
    )


def estimate(value: object) -> Estimate:
    """Low, likely and high, or one number."""
    return Estimate(*value) if isinstance(value, tuple) else Estimate(value, value, value)


SOME = (
    initiative("fast", ("checkout", "csat", (0.1, 0.3, 0.6)), effort=(2, 4, 9)),
    initiative("easy", ("checkout", "hard", (-0.9, -0.4, 0.0)), effort=(3, 4, 5), tags=("first",)),
    initiative("found", ("search", "csat", (0.1, 0.2, 0.3)), effort=(1, 2, 4), complexity=3),
    initiative("sent", ("delivery", "csat", (0.0, 0.1, 0.3)), effort=(1, 1, 3)),
    initiative("fresh", ("checkout", "csat", (0.1, 0.4, 0.7)), effort=3, segments=("new",)),
    initiative("both", ("search", "csat", (0.0, 0.2, 0.3)), ("delivery", "csat", 0.1), effort=(2, 3, 6)),
    initiative("later", ("search", "csat", (0.1, 0.3, 0.4)), effort=(2, 3, 4), requires=("sent",)),
)
