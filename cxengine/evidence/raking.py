"""Weights that make responses match the population: raking to declared margins.

Responses are counted by the combinations of the margins' attributes that occur; raking finds a factor for
each combination, and the weight of a response is its design weight times the factor of its combination.
Factors are matched to one margin after the other until all shares are right (iterative proportional
fitting) and held within bounds; but for what bounds cut off, their mean over all weighted responses is 1.

Sources: Deming, Stephan, Annals of Mathematical Statistics 11 (1940) 427-444; bounds: Izrael, Battaglia,
Frankel, Extreme Survey Weight Adjustment as a Component of Sample Balancing, SAS Global Forum 247-2009;
effective size and design effect: Kish, Survey Sampling (1965), section 11.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, Location
from cxengine.evidence.sql import composed, name, text

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.checks import Origins
    from cxengine.evidence.sql import Kind
    from cxengine.project.model import Margin, Project, WeightingSettings

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

_PLACE = ("weighting", "margins")
_STILL = 1e-3
"""Of the tolerance: factors that move by less stay where they are."""


@attrs.frozen
class Weighting:
    """What weighting came to.

    `design_effect` is the number of responses over Kish's effective one, of all weights together; `off` is
    how far the share of any value is from its margin, where bounds keep it from matching; factors at a bound
    are those of the share `bounded` of responses.
    """

    responses: int
    effective: float
    design_effect: float
    least: float
    most: float
    bounded: float
    off: float
    rounds: int

    def note(self, place: Location | None = None) -> Diagnostic:
        """What a reader of the run should know; `place` is where weighting was declared."""
        held = f" {self.bounded:.1%} of them at a bound" if self.bounded else ""
        off = f", which leaves shares off by up to {self.off:.2g}" if self.off > 1e-4 else ""
        return Diagnostic(
            "CX263",
            f"{self.responses:,} responses are weighted by factors from {self.least:.3g} to {self.most:.3g}"
            f"{',' if held else ''}{held}{off}: they tell as much as {self.effective:,.0f} unweighted ones"
            f" (design effect {self.design_effect:.3g}).",
            place,
            "Wider bounds (`least`, `most`), or fewer margins, let shares match." if off else None,
            severity="warning" if off else "note",
        )


@attrs.frozen(eq=False)
class Raked:
    """Factors by combination, in how many rounds, and how far the worst share is off."""

    factor: FloatArray
    rounds: int
    off: float


def rake(
    weights: FloatArray,
    margins: Sequence[tuple[IntArray, FloatArray]],
    *,
    bounds: tuple[float, float],
    tolerance: float,
    rounds: int,
) -> Raked:
    """Factors that bring combinations with these sums of weights to the margins, as far as bounds allow.

    A margin is the position of each combination's value, and the share of every value. Factors beyond a
    bound are put there, and the others are matched again, until nothing moves.
    """
    import numpy as np

    factor = np.ones(len(weights))
    whole = weights.sum()
    done, off = 0, float("inf")
    for done in range(1, rounds + 1):  # noqa: B007 - how often is told
        before = factor
        for value, share in margins:
            now = np.bincount(value, weights=weights * factor, minlength=len(share)) / whole
            factor = factor * (share / now)[value]
        factor = np.clip(factor, *bounds)
        off = max(_off(weights * factor, value, share) for value, share in margins)
        if off <= tolerance or np.abs(factor - before).max() < tolerance * _STILL:
            break
    return Raked(factor, done, off)


def _off(weights: FloatArray, value: IntArray, share: FloatArray) -> float:
    import numpy as np

    found = np.bincount(value, weights=weights, minlength=len(share)) / weights.sum()
    return float(np.abs(found - share).max())


def weigh(backend: DuckDB, project: Project, types: Mapping[str, Kind], origins: Origins) -> Weighting | None:
    """Multiplies the weights of responses by what raking finds; None where no margin is declared.

    Raises:
        EvidenceError: a margin cannot be matched; with its place.
    """
    settings = project.weighting
    if settings is None or not settings.margins:
        return None
    if wrong := tuple(unusable(settings, types, origins)):
        raise EvidenceError(*wrong)
    settings = attrs.evolve(settings, margins=tuple(map(_as_read, settings.margins)))
    table = _combinations(backend, project, settings)
    if not table.num_rows:
        problem = "There are no responses to weight."
        raise EvidenceError(Diagnostic("CX260", problem, origins.locate(("weighting",))))
    if wrong := tuple(_impossible(settings, table, origins)):
        raise EvidenceError(*wrong)
    weights = table["w"].to_numpy().astype("float64")
    raked = rake(
        weights,
        [_margin(margin, table, weights) for margin in settings.margins],
        bounds=(settings.least, settings.most),
        tolerance=settings.tolerance,
        rounds=settings.rounds,
    )
    bound = _at_bound(raked.factor, settings)
    if not bound.any() and raked.off > settings.tolerance:
        problem = (
            f"The margins contradict one another in these responses: after {raked.rounds} rounds a share"
            f" is still off by {raked.off:.2g}."
        )
        hint = "Put values of an attribute together, leave out a margin, or allow more `rounds`."
        raise EvidenceError(Diagnostic("CX262", problem, origins.locate(("weighting",)), hint))
    _apply(backend, project, settings, table, raked)
    return _told(table, raked, bound)


def _as_read(margin: Margin) -> Margin:
    """The margin with its values as those of the evidence are read."""
    return attrs.evolve(margin, shares={composed(value): share for value, share in margin.shares.items()})


def _at_bound(factor: FloatArray, settings: WeightingSettings) -> npt.NDArray[np.bool_]:
    import numpy as np

    return np.isclose(factor, settings.least, rtol=1e-9) | np.isclose(factor, settings.most, rtol=1e-9)


def _told(table: pa.Table, raked: Raked, bound: npt.NDArray[np.bool_]) -> Weighting:
    """The account of what was done."""
    n, w, w2 = (table[column].to_numpy().astype("float64") for column in ("n", "w", "w2"))
    whole = float((w * raked.factor).sum())
    effective = whole**2 / float((w2 * raked.factor**2).sum())
    return Weighting(
        responses=int(n.sum()),
        effective=effective,
        design_effect=float(n.sum()) / effective,
        least=float(raked.factor.min()),
        most=float(raked.factor.max()),
        bounded=float(n[bound].sum() / n.sum()),
        off=raked.off,
        rounds=raked.rounds,
    )


def unusable(
    settings: WeightingSettings | None, types: Mapping[str, str], origins: Origins
) -> Iterator[Diagnostic]:
    """Margins of what is no attribute, or no category."""
    for i, margin in enumerate(settings.margins if settings else ()):
        place = origins.locate((*_PLACE, i, "attribute"))
        if margin.attribute not in types:
            problem = f'There is no attribute "{margin.attribute}" to weight by.'
            yield Diagnostic("CX260", problem, place, "Map it in [source.mapping.attributes].")
        elif types[margin.attribute] == "number":
            problem = f'The attribute "{margin.attribute}" is a number, of which there is no share.'
            hint = "Derive one of a few values from it, with a rule about responses."
            yield Diagnostic("CX260", problem, place, hint)


def _impossible(settings: WeightingSettings, table: pa.Table, origins: Origins) -> Iterator[Diagnostic]:
    """Values that nobody has, that have no share, and those that are missing where they must not."""
    for i, margin in enumerate(settings.margins):
        place = (*_PLACE, i, "shares")
        found = {str(value) for value in table[_column(margin)].to_pylist() if value is not None}
        for value in sorted(set(margin.shares) - found):
            problem = f'No response has the {margin.attribute} "{value}", which is to have a share.'
            hint = f"Put it together with another value, such as {_named(found)}."
            yield Diagnostic("CX260", problem, origins.locate((*place, value)), hint)
        for value in sorted(found - set(margin.shares)):
            problem = f'Responses have the {margin.attribute} "{value}", of which the margin tells no share.'
            hint = "Add its share, or recode it in the mapping."
            yield Diagnostic("CX260", problem, origins.locate(place), hint)
        if settings.missing == "refuse" and None in table[_column(margin)].to_pylist():
            problem = f'There are responses without a value of "{margin.attribute}".'
            hint = 'Write `missing = "keep"`, or leave them out with a rule that excludes responses.'
            yield Diagnostic("CX261", problem, origins.locate(place), hint)


def _named(values: set[str]) -> str:
    return ", ".join(f'"{value}"' for value in sorted(values)[:3]) or "none"


def _column(margin: Margin) -> str:
    return f"a_{margin.attribute}"


def _margin(margin: Margin, table: pa.Table, weights: FloatArray) -> tuple[IntArray, FloatArray]:
    """The value of each combination, and the share of every value; what is missing keeps its share."""
    import numpy as np

    names = [*margin.shares, None]
    value = np.array([names.index(found) for found in table[_column(margin)].to_pylist()])
    unknown = float(weights[value == len(names) - 1].sum() / weights.sum())
    shares = np.array(list(margin.shares.values()))
    shares = shares / shares.sum() * (1 - unknown)
    return (value, np.append(shares, unknown)) if unknown else (value, shares)


def _weighted(project: Project, settings: WeightingSettings) -> str:
    """SQL of whether a response is weighted."""
    surveys = [str(source.id) for source in project.sources if source.kind == "survey"]
    names = ", ".join(text(source) for source in settings.sources or surveys)
    return f"source IN ({names})" if names else "FALSE"


def _keys(settings: WeightingSettings) -> list[str]:
    """The columns of the attributes, as text."""
    return [f"CAST({name(_column(margin))} AS VARCHAR)" for margin in settings.margins]


def _combinations(backend: DuckDB, project: Project, settings: WeightingSettings) -> pa.Table:
    """Responses by combination: how many, the sum of their design weights, and of the squares of those.

    Rows of one response count once.
    """
    columns = [name(_column(margin)) for margin in settings.margins]
    keys = ", ".join(f"{key} AS {column}" for key, column in zip(_keys(settings), columns, strict=True))
    return backend.execute(
        f"SELECT {', '.join(columns)}, COUNT(*) AS n, SUM(weight) AS w,"
        " SUM(CAST(weight * weight AS DECIMAL(38, 9))) AS w2"
        f" FROM (SELECT DISTINCT response_id, weight, {keys} FROM responses"
        f" WHERE {_weighted(project, settings)}) AS once GROUP BY ALL ORDER BY ALL"
    )


def _apply(
    backend: DuckDB, project: Project, settings: WeightingSettings, table: pa.Table, raked: Raked
) -> None:
    """Multiplies the weight of every response by the factor of its combination."""
    import pyarrow as pa

    columns = [_column(margin) for margin in settings.margins]
    keys = [f"k{i}" for i in range(len(columns))]
    factors = (
        table.select(columns)
        .rename_columns(keys)
        .append_column("factor", pa.array(raked.factor, pa.float64()))
    )
    same = " AND ".join(
        f"{value} IS NOT DISTINCT FROM {key}" for value, key in zip(_keys(settings), keys, strict=True)
    )
    with backend.lent("factors", factors):
        backend.run(
            "UPDATE responses SET weight = CAST(CAST(weight AS DOUBLE) * factor AS DECIMAL(18, 9))"
            f" FROM factors WHERE {_weighted(project, settings)} AND {same}"
        )
