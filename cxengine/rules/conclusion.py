"""What rules concluded about a subject, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from cxengine.metrics.measurement import ALL
from cxengine.project.model import Proposal

About = Literal["response", "project", "touchpoint", "cell", "initiative"]


@attrs.frozen
class Subject:
    """What a rule speaks about. `segment` is "all" but for cells.

    There is no subject for a response: rules about responses are computed where the responses are.
    """

    about: About
    id: str
    segment: str = ALL


@attrs.frozen
class Firing:
    """A rule that fired: the reason with values filled in, what it derived, and what it demands.

    The texts of a `proposal` have their values filled in too.
    """

    rule: str
    because: str
    derived: Mapping[str, Any]
    proposal: Proposal | None = None
    excludes: bool = False
    requires: bool = False


@attrs.frozen
class Unanswered:
    """A rule that could not be decided because a fact it reads is missing (not measured, suppressed)."""

    rule: str
    missing: str


@attrs.frozen
class Conclusion:
    """Everything known about a subject: facts given, facts derived, labels, and the rules behind them.

    Firings stand in the order of evaluation: what a rule reads was derived before it.
    """

    subject: Subject
    facts: Mapping[str, Any]
    derived: Mapping[str, Any]
    tags: tuple[str, ...]
    firings: tuple[Firing, ...]
    unanswered: tuple[Unanswered, ...]
    excluded: bool = False
    required: bool = False
