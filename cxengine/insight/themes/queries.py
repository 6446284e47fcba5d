"""What is asked about texts: aggregates over responses, and the distinct texts of a pain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.evidence.sql import text
from cxengine.metrics import period

if TYPE_CHECKING:
    from cxengine.project.model import Project, Signal

DIALECT = "duckdb"
SHORTEST, LONGEST = 20, 300
"""Characters of a text that is shown."""
_EXACT = "DECIMAL(18, 9)"
"""Sums of decimals do not depend on their order."""
_EXACT_PRODUCT = "DECIMAL(38, 9)"
PRODUCTS = ("mm", "mt", "tt", "mn", "mx", "nt", "tx")
"""What `Queries.by_person` multiplies."""


@attrs.frozen(eq=False)
class Queries:
    """The queries, all about the same responses: those of the present with a text and a feeling."""

    project: Project
    signals: Sequence[Signal]
    """Those that tell a feeling, but for what enrichers find in the texts themselves."""
    present: int | None

    def crossed(self) -> str:
        """By enricher, theme and touchpoint: responses n, persons, mean feelings summed x and squared xx.

        Without enricher and theme: of all responses.
        """
        sums = (
            "count(*)::BIGINT AS n, count(DISTINCT person)::BIGINT AS persons, sum(x)::DOUBLE AS x,"
            f" sum((x * x)::{_EXACT})::DOUBLE AS xx"  # an exact sum, too
        )
        return self._with(
            f"SELECT NULL AS enricher, NULL AS label, touchpoint, {sums} FROM felt GROUP BY touchpoint"  # noqa: S608
            f" UNION ALL SELECT enricher, label, touchpoint, {sums} FROM felt JOIN"
            " (SELECT DISTINCT response_id, enricher, label, touchpoint AS there FROM labels) AS labelled"
            " USING (response_id) WHERE there IS NULL OR there::VARCHAR = touchpoint"
            " GROUP BY enricher, label, touchpoint ORDER BY ALL"
        )

    def by_person(self) -> str:
        """By enricher, theme and touchpoint: what whole persons come to, multiplied and added up.

        `m` are a person's responses about the theme and `t` their feelings summed, `n` and `x` those of all
        of the person's responses there. Without enricher and theme: of all responses, then `m` is `n`.
        """
        sums = ", ".join(
            f"sum((({one})::DOUBLE * ({other})::DOUBLE)::{_EXACT_PRODUCT})::DOUBLE AS {one}{other}"
            for one, other in map(tuple, PRODUCTS)
        )
        return self._with(
            "SELECT enricher, label, touchpoint, " + sums + " FROM"  # noqa: S608 - quoted
            " (SELECT NULL AS enricher, NULL AS label, touchpoint, person, count(*) AS m, sum(x) AS t"
            " FROM felt GROUP BY touchpoint, person"
            " UNION ALL SELECT enricher, label, touchpoint, person, count(*) AS m, sum(x) AS t FROM felt JOIN"
            " (SELECT DISTINCT response_id, enricher, label, touchpoint AS there FROM labels) AS labelled"
            " USING (response_id) WHERE there IS NULL OR there::VARCHAR = touchpoint"
            " GROUP BY enricher, label, touchpoint, person) AS said"
            " JOIN (SELECT touchpoint, person, count(*) AS n, sum(x) AS x FROM felt"
            " GROUP BY touchpoint, person) AS persons USING (touchpoint, person)"
            " GROUP BY enricher, label, touchpoint ORDER BY ALL"
        )

    def combined(self) -> str:
        """By touchpoint, whether they wrote, and what about (`enrichers` and `labels`): responses n.

        Of all who have a feeling there; `often` is the most responses of one person at the touchpoint.
        """
        return self._with(
            "SELECT touchpoint, wrote, enrichers, labels, count(*)::BIGINT AS n, max(often)::BIGINT AS often"
            " FROM (SELECT touchpoint, response_id, wrote, max(times) AS often,"
            " list(enricher ORDER BY enricher, label) FILTER (WHERE label IS NOT NULL) AS enrichers,"
            " list(label ORDER BY enricher, label) FILTER (WHERE label IS NOT NULL) AS labels"
            " FROM (SELECT *, count(*) OVER (PARTITION BY touchpoint, person) AS times FROM feeling) AS each"
            " LEFT JOIN (SELECT DISTINCT response_id, touchpoint, enricher, label FROM felt JOIN"
            " (SELECT DISTINCT response_id, enricher, label, touchpoint AS there FROM labels) AS labelled"
            " USING (response_id) WHERE there IS NULL OR there::VARCHAR = touchpoint) AS about"
            " USING (response_id, touchpoint) GROUP BY touchpoint, response_id, wrote) AS responses_there"
            " GROUP BY ALL ORDER BY ALL"
        )

    def texts(self, sources: Sequence[str], most: int) -> str:
        """Distinct texts by touchpoint that they may be about and source, with responses n and bad ones.

        Bad are those with a feeling below 0 at the touchpoint. Of very many texts, those that come first by a
        hash.
        """
        return self._with(
            "SELECT felt.touchpoint AS touchpoint, source::VARCHAR AS source, text,"
            " count(DISTINCT felt.response_id) FILTER (WHERE x < 0)::BIGINT AS bad,"
            f" count(DISTINCT felt.response_id)::BIGINT AS n {self._written(sources)}"
            " GROUP BY felt.touchpoint, source, text"
            " QUALIFY row_number() OVER (PARTITION BY felt.touchpoint ORDER BY md5(text), source)"
            f" <= {most:d}"
            " ORDER BY ALL"
        )

    def writers(self, sources: Sequence[str]) -> str:
        """How many persons have a bad feeling and a text that may be about it, by touchpoint and source."""
        return self._with(
            "SELECT felt.touchpoint AS touchpoint, source::VARCHAR AS source,"
            f" count(DISTINCT felt.person)::BIGINT AS n {self._written(sources)} AND x < 0 GROUP BY ALL"
            " ORDER BY ALL"
        )

    def _written(self, sources: Sequence[str]) -> str:
        """Feelings with the texts that may be about them, of some sources."""
        listed = ", ".join(text(source) for source in sources) or "NULL"
        return (
            "FROM felt JOIN verbatims ON verbatims.response_id = felt.response_id"
            " AND (verbatims.touchpoint IS NULL OR verbatims.touchpoint::VARCHAR = felt.touchpoint)"
            f" WHERE verbatims.source::VARCHAR IN ({listed})"
        )

    def _with(self, query: str) -> str:
        names = ", ".join(text(str(signal.id)) for signal in self.signals) or "NULL"
        feeling = " ".join(_feeling(signal) for signal in self.signals)
        now = "true"
        if self.present is not None:
            now = f"{period.sql(self.project.evidence.period, DIALECT)} = {self.present}"
        return (
            "WITH feeling AS (SELECT response_id, answers.touchpoint::VARCHAR AS touchpoint,"  # noqa: S608
            " min(COALESCE(customer, response_id)) AS person, bool_or(EXISTS (SELECT 1 FROM verbatims WHERE"
            " verbatims.response_id = responses.response_id AND (verbatims.touchpoint IS NULL OR"
            " verbatims.touchpoint::VARCHAR = answers.touchpoint::VARCHAR))) AS wrote,"
            f" (sum((CASE signal::VARCHAR {feeling} END)::{_EXACT}) / count(*))::{_EXACT} AS x"
            " FROM answers JOIN responses USING (response)"
            f" WHERE signal::VARCHAR IN ({names}) AND answers.touchpoint::VARCHAR <> 'journey'"
            f" AND NOT censored AND {now} GROUP BY response_id, answers.touchpoint),"
            f" felt AS (SELECT * FROM feeling WHERE wrote) {query}"
        )


def _feeling(signal: Signal) -> str:
    """A branch of CASE: an answer as a feeling from -1 to 1; see `cxengine.insight.moments.feelings`."""
    scale = signal.scale
    assert scale is not None
    middle = (scale.min + scale.max) / 2
    lowest, highest = signal.neutral or (middle, middle)
    below = f"least(value - {lowest!r}, 0) / {max(lowest - scale.min, 1e-9)!r}"
    above = f"greatest(value - {highest!r}, 0) / {max(scale.max - highest, 1e-9)!r}"
    sign = "" if signal.direction == "higher_is_better" else "-"
    return f"WHEN {text(str(signal.id))} THEN {sign}({below} + {above})"
