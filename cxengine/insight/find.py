"""From measurements to feelings: emotion, pain and love of every segment at every touchpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.insight.apart import apart
from cxengine.insight.basis import Basis
from cxengine.insight.insight import Feeling, Grade, Insight
from cxengine.insight.intensity import emotion_of, love_of, pain_of
from cxengine.insight.moments import feeling_signals, moments
from cxengine.insight.repeated import come_back, products
from cxengine.insight.silence import silenced
from cxengine.insight.voices import listen, reach
from cxengine.metrics.finest import finest_of
from cxengine.metrics.heard import Asked
from cxengine.metrics.measurement import ALL, SUPPRESSED, few
from cxengine.metrics.segment import cubes
from cxengine.metrics.suppression import membership

if TYPE_CHECKING:
    import networkx as nx
    import pyarrow as pa

    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.repeated import Products
    from cxengine.metrics.measurement import Measurements
    from cxengine.metrics.segment import Cube
    from cxengine.project.model import PrivacySettings, Project
    from cxengine.project.origins import Origins

STRONG_N = 100


def find(
    project: Project,
    journey: nx.DiGraph[str],
    evidence: Evidence,
    measurements: Measurements,
    origins: Origins | None = None,
    *,
    previous: pa.Table | None = None,
) -> Insight:
    """The feelings at every touchpoint of the journey, for everybody and every segment, now; none flagged.

    Raises:
        ProjectError: a segment is no valid expression.
    """
    components = measurements.components
    assert components is not None, "measurements come from measure()"
    signals = [signal.id for signal in feeling_signals(project)]
    sums = moments(project, components)
    groups = cubes(project, origins, evidence.types, evidence.functions)
    heard = listen(project, finest_of(evidence), signals, present=components.present, groups=groups)
    basis = Basis(sums, heard, _repeated(project, evidence, groups, components.present))
    segments = (ALL, *(s.id for s in project.segments))
    places = [(str(t), s) for t in journey.nodes for s in segments if (t, s) in sums]
    every = membership(groups, finest_of(evidence))
    memberships = {segment: every[segment] for segment in segments}
    spoken = {place: heard[place].feeling.n for place in places}
    silent = silenced(project, spoken, measurements, memberships, previous)
    felt = [
        Feeling(*place, SUPPRESSED, SUPPRESSED, SUPPRESSED, float("nan"), "none")
        if place in silent
        else _feeling(place, basis, project.privacy)
        for place in places
    ]
    return Insight(tuple(felt), apart=apart(felt, sums, heard, basis.products), basis=basis)


def _repeated(
    project: Project, evidence: Evidence, groups: Sequence[Cube], present: int | None
) -> Mapping[tuple[str, str], Products]:
    """Products of the totals of customers; nothing where nobody answered more than once."""
    signals = feeling_signals(project)
    if not signals or not come_back(project, evidence.backend):
        return {}
    asked = Asked.of(project, groups, [signal.id for signal in signals])
    return products(asked, signals, evidence.backend, present)


def _feeling(place: tuple[str, str], basis: Basis, privacy: PrivacySettings) -> Feeling:
    """The feeling of one segment at one touchpoint."""
    sums, voices, met = basis.sums[place], basis.heard[place].feeling, reach(basis.heard, *place)
    together = basis.alike(*place)
    found = emotion_of(sums, voices, together)
    felt = (found, pain_of(sums, voices, met, together), love_of(sums, voices, met, together))
    caution = bool(few(found.n_eff, privacy.caution_n))
    emotion, pain, love = (attrs.evolve(one, caution=caution) for one in felt)
    return Feeling(
        touchpoint=place[0],
        segment=place[1],
        emotion=emotion,
        pain=pain,
        love=love,
        reach=met.value,
        grade=_grade(found.n_eff, privacy),
        share=met.share,
        base=together.reach.of_a_share(met.base),
    )


def _grade(effective: float, privacy: PrivacySettings) -> Grade:
    if few(effective, privacy.caution_n):
        return "weak"
    return "moderate" if few(effective, STRONG_N) else "strong"
