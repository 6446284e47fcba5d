"""The best choice by mixed-integer programming: HiGHS, through SciPy.

Branch and bound with cuts (Huangfu and Hall, "Parallelizing the dual revised simplex method", Mathematical
Programming Computation 10, 2018; highs.dev). The search ends at a gap or after a number of nodes, never at a
time: the same problem gives the same choice on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.planning.selection.problem import Limit, Problem, Row, broken, kept
from cxengine.planning.selection.quiet import quiet

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_INFEASIBLE = 2


@attrs.frozen
class Solution:
    """A set that keeps all limits, its value, and a bound that no set exceeds."""

    chosen: frozenset[str]
    value: float
    bound: float
    steps: int

    @property
    def gap(self) -> float:
        """How much better another set could be, as a part of this one's value."""
        missing = max(self.bound - self.value, 0.0)
        return missing / abs(self.value) if self.value else missing


class NoSet(Exception):  # noqa: N818 - it is caught by those who ask
    """There is no set that keeps all limits; or none was found in so many steps, where `proven` is false."""

    def __init__(self, *, proven: bool) -> None:
        super().__init__("no set keeps all limits" if proven else "no set was found")
        self.proven = proven


def solve(problem: Problem, *, gap: float, nodes: int) -> Solution:
    """The best choice.

    A set that the solver took for possible within its rounding, and that is not, is cut off and the search
    goes on, so that limits are kept to the hundredth and the bound stays one.

    Raises:
        NoSet: there is none, or none was found.
    """
    worths = [choice.worth for choice in problem.choices]
    scale = max((abs(worth) for worth in worths), default=0.0) or 1.0
    cuts: list[Row] = []
    while True:
        found = _highs(problem, [w / scale for w in worths], cuts, gap=gap, nodes=nodes)
        if found.x is None:
            raise NoSet(proven=found.status == _INFEASIBLE)
        chosen = frozenset(c.id for c, x in zip(problem.choices, found.x, strict=True) if x > 0.5)
        if not (past := broken(problem.limits, chosen)):
            break
        cuts += [_cut(row, chosen, problem) for limit in past for row in limit.rows if not kept(row, chosen)]
    value = math.fsum(c.worth for c in problem.choices if c.id in chosen)
    bound = max(-float(found.mip_dual_bound) * scale, value)
    return Solution(chosen, value, bound, int(found.mip_node_count or 0))


def _cut(row: Row, chosen: frozenset[str], problem: Problem) -> Row:
    """A row that this set does not keep and every possible one does.

    Of what exceeds a budget not all can be chosen (a cover); else it is just this set that cannot be.
    """
    inside = [item for item in row.parts if item in chosen]
    if all(times > 0 for times in row.parts.values()) and not math.isfinite(row.low):
        return Row(dict.fromkeys(inside, 1), high=len(inside) - 1)
    return Row({c.id: 1 if c.id in chosen else -1 for c in problem.choices}, high=len(chosen) - 1)


def feasible(problem: Problem, nodes: int) -> bool:
    """Whether any set keeps all limits; true where that could not be decided in so many steps."""
    found = _highs(problem, [0.0] * len(problem.choices), gap=1.0, nodes=nodes)
    return bool(found.status != _INFEASIBLE)


def relaxed(problem: Problem) -> float:
    """The value of the best choice if parts of initiatives could be chosen: no set exceeds it."""
    found = _highs(problem, [c.worth for c in problem.choices], gap=0.0, nodes=1, whole=False)
    return math.inf if found.x is None else -float(found.fun)


def _rows(limits: Sequence[Limit]) -> list[Row]:
    return [row for limit in limits for row in limit.rows]


def _highs(
    problem: Problem,
    worths: Sequence[float],
    cuts: Sequence[Row] = (),
    *,
    gap: float,
    nodes: int,
    whole: bool = True,
) -> Any:
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    n, rows = len(problem.choices), [*_rows(problem.limits), *cuts]
    if not n:
        return _Nothing(status=0 if all(row.low <= 0 <= row.high for row in rows) else _INFEASIBLE)
    with quiet():
        return milp(
            -np.array(worths, dtype=float),
            integrality=np.full(n, int(whole)),
            bounds=Bounds(0, 1),
            constraints=[LinearConstraint(*matrices(problem, rows))] if rows else [],
            options={"mip_rel_gap": gap, "node_limit": nodes, "presolve": True},
        )


@attrs.frozen
class _Nothing:
    """What is found where there is nothing to choose from."""

    status: int
    fun: float = 0.0
    mip_dual_bound: float = 0.0
    mip_node_count: int = 0

    @property
    def x(self) -> tuple[float, ...] | None:
        """The empty choice, where limits allow it."""
        return () if self.status == 0 else None


def matrices(problem: Problem, rows: Sequence[Row]) -> tuple[Any, Floats, Floats]:
    """The rows as a sparse matrix, their lowest and highest sums; the largest number of each row is 1."""
    import numpy as np
    from scipy.sparse import csr_array

    column = {choice.id: i for i, choice in enumerate(problem.choices)}
    sizes = [largest(row) for row in rows]
    at = [
        (i, column[item], times / sizes[i]) for i, row in enumerate(rows) for item, times in row.parts.items()
    ]
    ys, xs, values = zip(*at, strict=True) if at else ((), (), ())
    matrix = csr_array(
        (np.array(values, dtype=float), (np.array(ys, dtype=int), np.array(xs, dtype=int))),
        shape=(len(rows), len(problem.choices)),
    )
    low = np.array([row.low / size for row, size in zip(rows, sizes, strict=True)])
    high = np.array([row.high / size for row, size in zip(rows, sizes, strict=True)])
    return matrix, low, high


def largest(row: Row) -> int:
    """The largest number of a row."""
    return max(map(abs, row.parts.values()), default=1) or 1
