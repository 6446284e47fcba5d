"""A theme at a touchpoint, and the texts that tell most of a pain."""

from __future__ import annotations

import attrs

from cxengine.metrics.interval import Interval


@attrs.frozen
class Theme:
    """How often a theme is written about, and how those feel who do.

    Responses count once. Feelings are unweighted: who writes chose to.
    """

    enricher: str
    theme: str
    touchpoint: str
    n: int
    """Responses with a text that may be about the touchpoint and a feeling there."""
    mentions: int
    """Of those, how many have the theme."""
    share: Interval
    """Mentions, as a part of them."""
    feeling: float
    """Mean feeling at the touchpoint of those who mention it, from -1 to 1."""
    otherwise: float
    """Of those who do not."""
    difference: Interval
    """The one less the other."""
    p: float
    """The chance of so large a difference were there none."""
    beyond_chance: bool = False
    """Whether the difference is, all that the run tests considered."""


@attrs.frozen
class Telling:
    """The texts that tell most of the pain at a touchpoint, the most telling first."""

    touchpoint: str
    texts: tuple[str, ...]
    """As enrichers that rewrite texts left them."""
    n: int
    """Responses with a bad answer there, from whose texts they were chosen."""


@attrs.frozen
class Themes:
    """What people write about."""

    themes: tuple[Theme, ...] = ()
    telling: tuple[Telling, ...] = ()
    withheld: tuple[str, ...] = ()
    """Sources whose texts are not shown, as no enricher takes personal data out of them."""
