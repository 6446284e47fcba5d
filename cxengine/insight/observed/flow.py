"""Observed journeys as values: shares of cases with intervals, steps, variants, departures, populations.

Every share has Wilson's interval at 95%. A step, start, departure or variant is named where at least as many
persons as the project's threshold took it; the others are only counted, all together, as `Rest`.
"""

from __future__ import annotations

from typing import Literal

import attrs

DepartureKind = Literal["start", "step", "end", "unmapped"]


@attrs.frozen
class Share:
    """A part of a number of cases, from 0 to 1, with its interval."""

    value: float
    low: float
    high: float
    count: int
    n: int


@attrs.frozen
class Step:
    """From one touchpoint to the one that followed it; `target` is None where the case ended there."""

    source: str
    target: str | None
    times: int
    cases: Share
    """Of the cases that meet `source`, those that take the step, once or more often."""
    probability: Share
    """Of all departures from `source`, those that take the step. As a case may leave the same touchpoint many
    times, its departures count as a cluster: the interval has the effective number of departures."""
    seconds: float | None
    """Median time from `source` to `target`; None at the end of a case, or where times are not known."""
    designed: bool
    """Whether it is a step of the designed journey; of an end, whether a journey may end there."""


@attrs.frozen
class Begin:
    """Where cases begin."""

    touchpoint: str
    cases: Share
    designed: bool


@attrs.frozen
class Variant:
    """A way that cases went, as a whole."""

    touchpoints: tuple[str, ...]
    cases: Share
    follows: bool
    """Whether it is a way through the designed journey."""


@attrs.frozen
class Loop:
    """How many of the cases that meet a touchpoint meet it more than once."""

    touchpoint: str
    again: Share
    """Two times or more, one right after the other or not."""
    back: Share
    """Left it for another touchpoint and came back."""


@attrs.frozen
class Visit:
    """How many cases meet a touchpoint, and how many of those end there."""

    touchpoint: str
    reach: Share
    """Of all cases."""
    dropped: Share
    """Of the cases that meet it."""


@attrs.frozen
class Departure:
    """Where cases leave the designed journey for the first time."""

    kind: DepartureKind
    """A start where none may begin, a step that was not designed, an end where none may end, or an event that
    is at no touchpoint."""
    source: str
    """The touchpoint where they begin, which they leave, where they end, or that came before such an event
    (the first one, where none did)."""
    target: str | None
    """Where they go instead; None but for steps."""
    cases: Share
    """Of all cases."""


@attrs.frozen
class StageReached:
    """How far cases go, by the furthest stage that each reaches in the order of the project."""

    stage: str
    reached: Share
    """Of all cases, those that reach this stage or a later one."""
    dropped: Share | None
    """Of those, the ones that reach no later stage; None for the last stage, and where too few reach it."""


@attrs.frozen
class Population:
    """How far the cases of a segment and a period go, and whether they follow the design.

    A case belongs to the segment and the period of its first event.
    """

    segment: str
    """"all" for everybody."""
    period: str
    """"all" for all time."""
    cases: int
    follows: Share
    stages: tuple[StageReached, ...]
    seconds: float | None
    """Median time from the first to the last event of a case."""
    p: float | None = None
    """The chance that a segment follows the design so much more or less often than all other cases, were
    there no difference (Fisher's exact test); None of periods, and where there are no others."""
    beyond_chance: bool = False
    """Whether the difference is, all that the run tests considered."""


@attrs.frozen
class Hidden:
    """A segment and a period that have cases of which nothing is told."""

    segment: str
    period: str


@attrs.frozen
class Rest:
    """How many of each kind are not named, as too few cases took them, or did since the previous run.

    What would give others away is not named either.
    """

    steps: int
    """Different steps."""
    variants: int
    """Different variants: rare ones, and common ones beyond those that are listed."""
    begins: int
    departures: int
    populations: int


@attrs.frozen
class ObservedJourney:
    """The journeys of one event log; everything but `populations` is about everybody and all time."""

    id: str
    source: str
    cases: int
    events: int
    variants: int
    follows: Share
    """Of all cases, those that go through the designed journey from a start to an end, and nowhere else."""
    begins: tuple[Begin, ...]
    steps: tuple[Step, ...]
    """By source in the order of the journey, the commonest first."""
    common: tuple[Variant, ...]
    """The commonest variants, the commonest first."""
    loops: tuple[Loop, ...]
    departures: tuple[Departure, ...]
    """The commonest first."""
    unmet: tuple[str, ...]
    """Touchpoints that customers would see and that no case meets, in the order of the journey."""
    populations: tuple[Population, ...]
    """Everybody and all time first."""
    rest: Rest
    threshold: int
    """Cases of fewer persons are not shown."""
    unmapped: Share
    """Of all cases, those with an event that is at no touchpoint: they leave the map."""
    follows_mapped: Share
    """Of all cases, those that would follow the design if such events were left aside."""
    visits: tuple[Visit, ...]
    """Touchpoints that enough cases meet, in the order of the journey."""
    hidden: tuple[Hidden, ...] = ()
    """Populations that are not shown."""
    persons: int = 0
    """Whose cases they are: customers, where the mapping names them, else as many as cases."""

    def visit(self, touchpoint: str) -> Visit | None:
        """What cases do at a touchpoint; None where too few meet it."""
        return next((visit for visit in self.visits if visit.touchpoint == touchpoint), None)


@attrs.frozen
class ObservedFinding:
    """One thing worth knowing about observed journeys, in a sentence."""

    journey: str
    kind: Literal["conformance", "departure", "loop", "drop-off", "unmet", "segment"]
    subject: str
    """Id of the touchpoint, stage or segment; of a departure, where it leaves from."""
    text: str
    share: Share
