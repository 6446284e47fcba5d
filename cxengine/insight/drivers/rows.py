"""The rows that a model compares, and the sums over them that any of its methods asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from cxengine.insight.drivers.products import Ask, Variable, scan
from cxengine.insight.drivers.wide import Wide
from cxengine.metrics.measurement import ALL
from cxengine.metrics.scan import weights
from cxengine.metrics.segment import Cube

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Backend
    from cxengine.insight.drivers.question import Question
    from cxengine.insight.drivers.sums import Sums
    from cxengine.project.model import Project


@attrs.frozen(eq=False)
class Rows:
    """The rows of a question in an engine."""

    wide: Wide
    backend: Backend
    complete: bool
    """Whether only rows count that have everything."""
    number: int
    """At least as many as there are."""
    heaviest: float | None
    """The largest weight; None where all weights are 1."""
    often: int
    """At most so many of them are of one person."""

    @classmethod
    def of(
        cls,
        project: Project,
        question: Question,
        backend: Backend,
        *,
        cubes: tuple[Cube, ...],
        present: int | None,
    ) -> Rows:
        """The rows of everybody and of some segments, in the period `present` (all time where it is None)."""
        row = backend.execute("SELECT COUNT(*) AS n, COUNT(customer) AS known FROM responses").to_pylist()[0]
        often = 1 if question.unit == "customer" or not row["known"] else _often(backend)
        bounds = (1.0, 1.0) if question.unit == "customer" else weights(backend)
        wide = Wide(
            places=tuple(column.place for column in question.columns),
            unit=question.unit,
            cubes=_named(cubes, question),
            length=project.evidence.period,
            present=present,
            clustered=bool(row["known"]),
            after=question.model.after,
        )
        heaviest = None if bounds == (1.0, 1.0) else bounds[1]
        return cls(
            wide, backend, question.model.missing == "listwise", max(int(row["n"]), 1), heaviest, often
        )

    def sums(
        self, variables: tuple[Variable, ...], *, against_last: bool = False, everybody: bool = False
    ) -> Mapping[str, Sums]:
        """Sums of products of the variables, of everybody (`ALL`) and of segments that have rows.

        With `against_last` only of pairs with the last variable, with `everybody` of no segment.
        """
        wide = attrs.evolve(self.wide, cubes=(Cube((), (), ()),)) if everybody else self.wide
        ask = Ask(
            wide=wide,
            variables=variables,
            complete=self.complete,
            rows=self.number,
            heaviest=self.heaviest,
            against_last=against_last,
        )
        return scan(ask, self.backend)

    def of_everybody(self, variables: tuple[Variable, ...], *, against_last: bool = False) -> Sums | None:
        """The sums of everybody alone; None where there are no rows."""
        return self.sums(variables, against_last=against_last, everybody=True).get(ALL)


def _often(backend: Backend) -> int:
    """The most responses of one customer."""
    of_each = "SELECT COUNT(*) AS n FROM responses WHERE customer IS NOT NULL GROUP BY customer"
    return int(backend.execute(f"SELECT MAX(n) AS n FROM ({of_each}) AS each").to_pylist()[0]["n"])  # noqa: S608


def _named(cubes: tuple[Cube, ...], question: Question) -> tuple[Cube, ...]:
    """The cubes with none but the model's segments; at least one, which may be empty."""
    wanted = set(map(str, question.model.segments))
    found = []
    for cube in cubes:
        kept = [i for i, segment in enumerate(cube.segments) if segment in wanted]
        if kept:
            segments = tuple(cube.segments[i] for i in kept)
            conditions = tuple(cube.conditions[i] for i in kept)
            found.append(attrs.evolve(cube, segments=segments, conditions=conditions))
    return tuple(found) or (Cube((), (), ()),)
