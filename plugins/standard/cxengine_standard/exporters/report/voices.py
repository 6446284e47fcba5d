"""What people write: the texts that tell most of a pain, and the themes that come with feelings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.report.journey_map import in_order

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.insight.themes.theme import Theme

FIRST, PLACES = 3, 6
"""So many texts of a touchpoint, and so many touchpoints, are seen at once; the others are folded."""


@attrs.frozen
class ThemeRow:
    """A theme at a touchpoint, in words."""

    name: str
    told: str
    worse: bool
    """Whether those who mention it feel worse, beyond chance, or better."""


@attrs.frozen
class Voices:
    """What is written about a touchpoint."""

    position: int
    name: str
    n: int
    texts: tuple[str, ...]
    more: tuple[str, ...]
    themes: tuple[ThemeRow, ...]


def voices(result: Result, say: Language = ENGLISH) -> tuple[Voices, ...]:
    """Touchpoints with telling texts or themes that go with feelings, those with the most pain first."""

    def pain(one: Voices) -> float:
        feeling = result.insight.feeling(in_order(result)[one.position].id)
        return 0.0 if feeling is None or feeling.pain.suppressed else -feeling.pain.value

    return tuple(sorted(_voices(result, Names.of(result.loaded, say), say), key=pain))


def _voices(result: Result, names: Names, say: Language) -> Iterator[Voices]:
    found = result.insight.themes
    telling = {one.touchpoint: one for one in found.telling}
    for position, touchpoint in enumerate(in_order(result)):
        one = telling.get(touchpoint.id)
        themes = tuple(
            _row(theme, say)
            for theme in sorted(found.themes, key=lambda t: (-t.share.value, t.theme))
            if theme.touchpoint == touchpoint.id and theme.beyond_chance
        )
        if one is not None or themes:
            texts = one.texts if one else ()
            yield Voices(
                position,
                names.touchpoint(touchpoint.id),
                one.n if one else 0,
                texts[:FIRST],
                texts[FIRST:],
                themes,
            )


def _row(theme: Theme, say: Language) -> ThemeRow:
    told = say.text(
        "in %(share)s of %(n)s texts; feeling %(with)s with it, %(without)s without",
        share=say.percent(theme.share.value),
        n=say.number(theme.n, 0),
        **{
            "with": say.number(theme.feeling, 2, signed=True),
            "without": say.number(theme.otherwise, 2, signed=True),
        },
    )
    return ThemeRow(theme.theme, told, theme.difference.value < 0)
