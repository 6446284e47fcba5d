"""Themes by declared rules over the words of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import attrs

from cxengine import cel
from cxengine.plugin import Enricher, Enrichment, OptionError, option


@attrs.frozen(kw_only=True)
class ThemesOptions:
    """What the themes are."""

    themes: Mapping[str, str] = option(
        "Theme to CEL condition over `text`, the verbatim in lower case:"
        ' `text.contains("late") || text.matches("\\\\bparcels?\\\\b")`.'
    )


class Themes(Enricher):
    """Labels every text with the declared themes whose condition holds; a text may have none or many."""

    name: ClassVar[str] = "themes"
    Options: ClassVar[type] = ThemesOptions
    options: ThemesOptions

    def __init__(self, options: ThemesOptions) -> None:
        """Compiles the conditions.

        Raises:
            OptionError: a condition is none.
        """
        super().__init__(options)
        environment = cel.Environment(variables={"text": cel.STRING})
        programs = {}
        for theme, condition in options.themes.items():
            try:
                programs[theme] = environment.compile(condition, result=cel.BOOL)
            except cel.CelError as error:
                raise OptionError(("themes", theme), *error.diagnostics) from error
        self._judge = cel.fuse(programs)

    def offers(self) -> Mapping[str, tuple[float, float]]:
        """Every theme: 1 where it applies, 0 where it does not."""
        return dict.fromkeys(self.options.themes, (0.0, 1.0))

    def enrich(self, texts: Sequence[str]) -> Enrichment:
        """The themes of every text, in the order declared; a condition that fails on a text does not hold."""
        return Enrichment(labels=[self._themes(text) for text in texts])

    def _themes(self, text: str) -> tuple[str, ...]:
        judged = self._judge({"text": text.lower()})
        return tuple(theme for theme, holds in judged.items() if holds is True)
