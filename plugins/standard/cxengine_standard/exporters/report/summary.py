"""The summary: four questions and their answers, each with how sure it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.report.geometry import Scale, band, smooth
from cxengine_standard.exporters.report.journey_map import in_order
from cxengine_standard.exporters.report.measures import Gauge, gauges

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.evidence.evidence import Account
    from cxengine.insight.insight import Feeling
    from cxengine.metrics.measurement import Measurement
    from cxengine.planning.roadmap import Item
    from cxengine.project.model import SourceTable

SPARK_WIDTH, SPARK_HEIGHT = 110.0, 36.0


@attrs.frozen
class Spark:
    """A small trend: paths of line and band, the last dot, and the periods in words."""

    line: str
    band: str
    x: float
    y: float
    first: str
    last: str


@attrs.frozen
class Tile:
    """A metric of the whole journey."""

    gauge: Gauge
    measurement: Measurement
    verdict: str
    spark: Spark | None


@attrs.frozen
class Felt:
    """A touchpoint that is felt strongly."""

    position: int
    name: str
    measurement: Measurement


@attrs.frozen
class First:
    """An initiative at the top, with the reasons that weigh most and how many there are besides."""

    item: Item
    reasons: tuple[str, ...]
    more: int
    sure: str = ""
    """How sure its place is, where that is known."""


@attrs.frozen
class SourceAccount:
    """A source, as its author describes it, and what became of its rows."""

    account: Account
    table: SourceTable | None

    @property
    def response_rate(self) -> float | None:
        """Responses by those who were asked, where the author says how many that were."""
        if self.table is None or self.table.invited is None:
            return None
        return (self.account.rows_read - self.account.rows_superseded) / self.table.invited


@attrs.frozen
class Summary:
    """What a reader with one minute sees."""

    tiles: tuple[Tile, ...]
    pains: tuple[Felt, ...]
    loves: tuple[Felt, ...]
    felt_most: float
    moments: tuple[tuple[int, str], ...]
    top: tuple[First, ...]
    sources: tuple[SourceAccount, ...]
    rows_read: int
    rows_used: int
    rows_quarantined: int
    rows_excluded: int
    hurts: str
    """The headline of the journey map."""
    unfelt: str
    """Why nothing is told of what is felt, where that is so."""


def summarise(result: Result, say: Language = ENGLISH) -> Summary:
    """The summary of a run."""
    touchpoints = in_order(result)
    tables: dict[str, SourceTable] = {source.id: source for source in result.project.sources}
    accounts = result.evidence.accounts
    spoken = [(i, t.name, f) for i, t in enumerate(touchpoints) if (f := result.insight.feeling(t.id))]
    feelings = [one for one in spoken if not one[2].emotion.suppressed]
    pains = _strongest([(i, name, f.pain) for i, name, f in feelings])
    loves = _strongest([(i, name, f.love) for i, name, f in feelings])
    return Summary(
        tiles=_tiles(result, say),
        pains=pains,
        loves=loves,
        felt_most=max((f.measurement.high for f in (*pains, *loves)), default=1.0),
        moments=tuple((i, t.name) for i, t in enumerate(touchpoints) if t.moment_of_truth),
        top=_top(result, say),
        sources=tuple(SourceAccount(account, tables.get(account.source)) for account in accounts),
        rows_read=sum(account.rows_read for account in accounts),
        rows_used=sum(account.rows_used for account in accounts),
        rows_quarantined=sum(account.rows_quarantined for account in accounts),
        rows_excluded=sum(account.rows_excluded for account in accounts),
        hurts=_headline([(name, f) for _, name, f in feelings], say, spoken=bool(spoken)),
        unfelt=say.text("It would tell of too few people.") if spoken else say.text("No answers yet."),
    )


def _sure(item: Item, result: Result, say: Language) -> str:
    """How probably it belongs among the first, where somebody asked."""
    sureness = result.roadmap.sureness if result.roadmap else None
    if item.standing is None or sureness is None:
        return ""
    return say.text("in the top %(top)s: %(share)s", top=sureness.top, share=say.chance(item.standing.top))


def _top(result: Result, say: Language) -> tuple[First, ...]:
    """The first three that are scheduled: two reasons of evidence and one of a rule, or what there is."""
    found = []
    for item in [item for item in result.roadmap.items if item.phases][:3] if result.roadmap else ():
        evidence = [reason for reason in item.reasons if reason.kind == "evidence"][:2]
        rules = [reason for reason in item.reasons if reason.kind == "rule"][:1]
        reasons = (evidence + rules) or list(item.reasons[:2])
        found.append(
            First(
                item,
                tuple(reason.text for reason in reasons),
                len(item.reasons) - len(reasons),
                _sure(item, result, say),
            )
        )
    return tuple(found)


def _strongest(felt: Sequence[tuple[int, str, Measurement]]) -> tuple[Felt, ...]:
    shown = [entry for entry in felt if not entry[2].suppressed and entry[2].value > 0]
    return tuple(Felt(*entry) for entry in sorted(shown, key=lambda e: (-e[2].value, e[0]))[:4])


def _headline(feelings: Sequence[tuple[str, Feeling]], say: Language, *, spoken: bool) -> str:
    """What the journey map says: most pain first, of the touchpoints that are clearly below neutral.

    `spoken` is whether anybody has said anything, which may not be told.
    """
    if not feelings and spoken:
        return say.text("How the journey feels would tell of too few people")
    if not feelings:
        return say.text("Nobody has spoken about this journey yet")
    hurting = sorted((-f.pain.value, name) for name, f in feelings if f.emotion.high < 0)
    if not hurting:
        lowest = min(feelings, key=lambda pair: pair[1].emotion.value)
        apart = all(f.emotion.low > lowest[1].emotion.high for name, f in feelings if name != lowest[0])
        if apart and len(feelings) > 1:
            return say.text("No touchpoint clearly hurts; %(name)s delights least", name=lowest[0])
        return say.text("No touchpoint clearly hurts")
    worst = [name for _, name in hurting[:2]]
    if len(worst) == 1:
        return say.text("%(name)s hurts most", name=worst[0])
    return say.text("%(one)s and %(other)s hurt most", one=worst[0], other=worst[1])


def _tiles(result: Result, say: Language) -> tuple[Tile, ...]:
    subject = result.project.project.id
    found = []
    for metric, gauge in gauges(result).items():
        measurement = result.measurements.told(metric, "journey", subject)
        if measurement is not None:
            found.append(
                Tile(
                    gauge,
                    measurement,
                    _verdict(measurement, gauge.target, say),
                    _spark(result, metric, subject),
                )
            )
    return tuple(found)


def _verdict(measurement: Measurement, target: float | None, say: Language) -> str:
    """How the interval lies to the target, without saying which side is good: the reader knows."""
    if target is None or measurement.suppressed:
        return ""
    told = say.number(target)
    if measurement.high < target:
        return say.text("below the target of %(target)s", target=told)
    if measurement.low > target:
        return say.text("above the target of %(target)s", target=told)
    return say.text("around the target of %(target)s", target=told)


def _spark(result: Result, metric: str, subject: str) -> Spark | None:
    trend = sorted(
        (cell.period, m)
        for (id_, cell), m in result.measurements.by_cell.items()
        if id_ == metric and cell.subject == subject and cell.segment == "all" and cell.level == "journey"
        if cell.period not in ("current", "all") and not m.suppressed
    )
    if len(trend) < 3:
        return None
    across = Scale(0, len(trend) - 1, 4, SPARK_WIDTH - 6)
    ends = [limit for _, m in trend for limit in (m.value, m.low, m.high) if math.isfinite(limit)]
    up = Scale(min(ends), max(ends), SPARK_HEIGHT - 4, 4)
    line = [(across(i), up(m.value)) for i, (_, m) in enumerate(trend)]
    low = [(across(i), up.clamp(m.low)) for i, (_, m) in enumerate(trend)]
    high = [(across(i), up.clamp(m.high)) for i, (_, m) in enumerate(trend)]
    return Spark(smooth(line), band(low, high), *line[-1], trend[0][0], trend[-1][0])
