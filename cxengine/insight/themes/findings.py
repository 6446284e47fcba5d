"""What themes tell, one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.insight.finding import Finding, certainty, points
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from cxengine.insight.insight import Insight
    from cxengine.insight.themes.theme import Theme
    from cxengine.project.model import Project

_CAUTION = "Who writes chose to, and a text may be about something else: read some before you act."


def findings(project: Project, insight: Insight) -> tuple[Finding, ...]:
    """Every theme whose writers feel otherwise at a touchpoint, beyond chance: where it matters most."""
    beyond = [theme for theme in insight.themes.themes if theme.beyond_chance]
    told = [_finding(project, insight, theme) for theme in beyond]
    best: dict[tuple[str, str], Finding] = {}
    for finding in sorted(told, key=lambda one: (-one.matters, one.touchpoints)):
        best.setdefault((finding.model, finding.subject), finding)
    return tuple(best.values())


def _finding(project: Project, insight: Insight, theme: Theme) -> Finding:
    names = {str(one.id): one.name for one in project.touchpoints}
    difference = theme.difference
    share = f"{theme.share.value:.0%} [{theme.share.low:.0%}, {theme.share.high:.0%}]"
    text = (
        f'"{theme.theme}": {share} of those who write and rate {names[theme.touchpoint]} mention it; their'
        f" emotion there is {theme.feeling:+.2f} instead of {theme.otherwise:+.2f},"
        f" {difference.value:+.2f} [{difference.low:+.2f}, {difference.high:+.2f}],"
        f" n = {theme.mentions:,} and {theme.n - theme.mentions:,}."
    )
    felt = insight.feeling(theme.touchpoint)
    reach = 1.0 if felt is None or felt.emotion.suppressed else felt.reach
    sure = certainty(difference.value, difference.low, difference.high)
    return Finding(
        kind="theme",
        model=theme.enricher,
        subject=theme.theme,
        segment=ALL,
        text=text,
        effect=difference.value,
        low=difference.low,
        high=difference.high,
        n=theme.n,
        matters=points(difference.value / 2, reach * theme.share.value, sure),
        caution=_CAUTION,
        touchpoints=(theme.touchpoint,),
    )
