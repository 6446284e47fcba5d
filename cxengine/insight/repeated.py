"""Customers who answer more than once: what their answers come to, customer by customer, multiplied.

Answers of one customer are alike, so their number overstates what is known. Emotion, pain, love and reach are
smooth functions of a few sums; products of what whole customers add to these sums estimate how sure they are
(`cxengine.insight.alike`). Where nobody answered more than once, products over customers are products over
responses, and nothing is asked but that. A customer is a response where nobody knows who it was.

The products are one query, of the totals of every customer at every touchpoint joined with each other, as
one customer may have been of several segments. Columns of the result: `touchpoint` (null: anything at all),
`a0, a1, ...` and `b0, b1, ...` (masks of one cube for one and for the other total; null but for the row's own
cube), `p_...` (sums over customers of the product of two terms), `r_...` (sums over responses).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.cel.targets.sql import literal, literals
from cxengine.insight.voices import WHOLE_JOURNEY
from cxengine.metrics import period, spelling
from cxengine.metrics.exact import billionths, floats
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.heard import Asked
    from cxengine.project.model import Project, Signal

    FloatArray = npt.NDArray[np.float64]

FELT = ("w", "x", "ill", "joy")
"""Weighted answers with a feeling: 1, the feeling, the severity of the negative, the joy of the positive."""
HERE = ("asked_here", "speaking_here")
ANYWHERE = ("asked", "speaking")
"""Weights of responses, to surveys and of all: that speak about the touchpoint, and of the segment."""
TERMS = (*FELT, "voices", *HERE, *ANYWHERE)
"""`voices` are the weights of the responses that tell a feeling at the touchpoint."""
_WITH_HERE = ("w", "ill", "joy")
_AT_A_TOUCHPOINT = (
    *(("w", other) for other in FELT),
    *((one, one) for one in FELT[1:]),
    ("ill", "joy"),
    ("voices", "voices"),
    *((one, one) for one in HERE),
    *((one, here) for here in HERE for one in _WITH_HERE),
)
_WITH_THE_WHOLE = tuple(
    (one, other) for here, other in zip(HERE, ANYWHERE, strict=True) for one in (*_WITH_HERE, here)
)
_OVER_RESPONSES = tuple(pair for pair in _AT_A_TOUCHPOINT if set(pair) <= set(FELT))
_WITHIN_THE_WHOLE = tuple((one, one) for one in ANYWHERE)
PAIRS = (*_AT_A_TOUCHPOINT, *_WITH_THE_WHOLE, *_WITHIN_THE_WHOLE)
_CLUSTER = "MIN(response) OVER (PARTITION BY COALESCE(customer, response_id)) AS cluster"
"""A customer by the number of the first response, as numbers are joined faster than pseudonyms."""
_PLACES = [(TERMS.index(one), TERMS.index(other)) for one, other in PAIRS]
_PLACES_OVER_RESPONSES = [(TERMS.index(one), TERMS.index(other)) for one, other in _OVER_RESPONSES]
COLUMNS = (
    *(f"p_{one}_{other}" for one, other in PAIRS),
    *(f"r_{one}_{other}" for one, other in _OVER_RESPONSES),
)


@attrs.frozen(eq=False)
class Products:
    """Sums of products of two `TERMS`, each an array (terms, terms), of a segment at a touchpoint."""

    own: FloatArray
    """Over customers, of the totals of the segment."""
    everybody: FloatArray
    """Over customers, of the totals of the segment (rows) and of everybody (columns)."""
    responses: FloatArray
    """Over responses; what concerns `FELT` alone."""

    def rest(self, whole: Products) -> Products:
        """Those of everybody but the segment, whose totals are those of all less its own."""
        own = whole.own - self.everybody - self.everybody.T + self.own
        return Products(own, whole.own - self.everybody.T, whole.responses - self.responses)

    @property
    def with_the_rest(self) -> FloatArray:
        """Over customers, of the totals of the segment (rows) and of all others (columns)."""
        return self.everybody - self.own


def come_back(project: Project, backend: Backend) -> bool:
    """Whether a customer gave more than one response."""
    if not any(source.mapping.customer_id is not None for source in project.sources):
        return False
    query = (
        "SELECT customer FROM responses WHERE customer IS NOT NULL"
        " GROUP BY customer HAVING MIN(response_id) <> MAX(response_id) LIMIT 1"
    )
    return bool(backend.execute(query).num_rows)


def products(
    asked: Asked, signals: Sequence[Signal], backend: Backend, present: int | None
) -> Mapping[tuple[str, str], Products]:
    """The products of the present, by touchpoint and segment, where there are answers.

    `signals` are those that tell a feeling, `asked` is what distinct responses were asked for.
    """
    table = backend.execute(Query(asked, tuple(signals), backend.dialect).sql(present))
    rows = _Rows.of(table, len(asked.cubes))
    found: dict[tuple[str, str], Products] = {}
    for touchpoint in rows.touchpoints:
        for i, cube in enumerate(asked.cubes):
            if i == 0:
                found[touchpoint, ALL] = rows.at(touchpoint, 0, None)
            for bit, segment in enumerate(cube.segments):
                found[touchpoint, segment] = rows.at(touchpoint, i, bit)
    return found


@attrs.frozen(eq=False)
class Query:
    """The query for the products."""

    asked: Asked
    signals: tuple[Signal, ...]
    dialect: str

    def sql(self, present: int | None) -> str:
        """Of one period, or of all time."""
        masks = [f"s{i}" for i in range(len(self.asked.cubes))]
        keys = ", ".join(("cluster", *masks))
        here = self._multiplied("finest", "finest", _AT_A_TOUCHPOINT)
        across = self._multiplied("finest", "everywhere", _WITH_THE_WHOLE)
        whole = self._multiplied("everywhere", "everywhere", _WITHIN_THE_WHOLE, somewhere=False)
        return (
            f"WITH responded AS ({self._responded(present)}), spoken AS ({self._spoken()}),"  # noqa: S608 - compiled or quoted
            f" finest AS ({self._finest()}),"
            f" everywhere AS (SELECT {keys}, SUM(asked * weight) AS asked, SUM(weight) AS speaking FROM"
            f" (SELECT DISTINCT {keys}, response_id, asked, weight FROM spoken) AS voices GROUP BY {keys})"
            f" {here} UNION ALL {across} UNION ALL {whole}"
        )

    def _responded(self, present: int | None) -> str:
        """What is the same for all answers of a response."""
        masks = [f"{cube.mask(self.dialect)} AS s{i}" for i, cube in enumerate(self.asked.cubes)]
        surveys = literals(self.dialect, self.asked.surveys)
        columns = ["response", "response_id", _CLUSTER, "weight", *masks]
        now = "" if present is None else f" WHERE {period.sql(self.asked.length, self.dialect)} = {present:d}"
        return (
            f"SELECT {', '.join(columns)}, CASE WHEN source IN ({surveys}) THEN 1 ELSE 0 END AS asked"  # noqa: S608 - compiled or quoted
            f" FROM responses{now}"
        )

    def _spoken(self) -> str:
        """What every response says about a touchpoint."""
        keys = ", ".join(("touchpoint", "cluster", "response_id", "weight", "asked", *self._masks()))
        zero = literal(self.dialect, 0.0)
        sums = {
            "w": "felt",
            "x": "x",
            "ill": f"CASE WHEN x < {zero} THEN -x ELSE {zero} END",
            "joy": f"CASE WHEN x > {zero} THEN x ELSE {zero} END",
        }
        added = ", ".join(f"SUM({self._amount(term)}) AS {name}" for name, term in sums.items())
        return (
            f"SELECT {keys}, MAX(voiced) AS voiced, {added} FROM ({self._answered()}) AS answered"  # noqa: S608 - compiled or quoted
            f" JOIN responded USING (response) GROUP BY {keys}"
        )

    def _answered(self) -> str:
        """All answers, with the feeling that they tell; 0 for those that tell none."""
        names = literals(self.dialect, [str(signal.id) for signal in self.signals])
        branches = " ".join(_feeling(signal, self.dialect) for signal in self.signals)
        zero, one = literal(self.dialect, 0.0), literal(self.dialect, 1.0)
        felt = f"signal IN ({names}) AND NOT censored"
        return (
            f"SELECT response, touchpoint, CASE WHEN signal IN ({names}) THEN 1 ELSE 0 END AS voiced,"  # noqa: S608 - compiled or quoted
            f" CASE WHEN {felt} THEN {one} ELSE {zero} END AS felt,"
            f" CASE WHEN {felt} THEN CASE {branches} END ELSE {zero} END AS x FROM answers"
        )

    def _finest(self) -> str:
        """The totals of every customer, by touchpoint and all masks."""
        keys = ", ".join(("touchpoint", "cluster", *self._masks()))
        weight = self._double("weight")
        said = {name: self._double(name) for name in FELT}
        sums = {name: f"SUM({self._amount(f'{weight} * {term}')})" for name, term in said.items()}
        sums |= {"voices": "SUM(voiced * weight)"}
        sums |= {"asked_here": "SUM(asked * weight)", "speaking_here": "SUM(weight)"}
        sums |= {
            f"r_{one}_{other}": f"SUM({self._amount(f'{weight} * {weight} * {said[one]} * {said[other]}')})"
            for one, other in _OVER_RESPONSES
        }
        added = ", ".join(f"{term} AS {name}" for name, term in sums.items())
        return f"SELECT {keys}, {added} FROM spoken GROUP BY {keys}"  # noqa: S608 - compiled or quoted

    def _multiplied(
        self, one: str, other: str, pairs: Sequence[tuple[str, str]], *, somewhere: bool = True
    ) -> str:
        """Some products of two tables of totals, those of a customer with each other, and 0 for others."""
        terms = {
            f"p_{i}_{j}": self._amount(f"{self._double(f'a.{i}')} * {self._double(f'b.{j}')}")
            for i, j in pairs
        }
        on, nothing = ["a.cluster = b.cluster"], self._amount(self._double("0"))
        if one == other == "finest":
            on.append("a.touchpoint = b.touchpoint")
            same = " AND ".join(f"a.{mask} = b.{mask}" for mask in self._masks())
            for i, j in _OVER_RESPONSES:
                terms[f"r_{i}_{j}"] = f"CASE WHEN {same} THEN a.r_{i}_{j} ELSE {nothing} END"
        place = ["touchpoint"] if somewhere else []
        masks = [f"{side}.s{i} AS {side}{i}" for i in range(len(self._masks())) for side in "ab"]
        keys = ", ".join(f"a{i}, b{i}" for i in range(len(self._masks())))
        sets = ", ".join(f"({', '.join([*place, f'a{i}', f'b{i}'])})" for i in range(len(self._masks())))
        values = [*(f"a.{name}" for name in place), *masks]
        values += [f"{term} AS {name}" for name, term in terms.items()]
        sums = [f"SUM({name}) AS {name}" if name in terms else f"{nothing} AS {name}" for name in COLUMNS]
        return (
            f"SELECT {'touchpoint' if somewhere else 'NULL'}, {keys}, {', '.join(sums)}"  # noqa: S608 - compiled or quoted
            f" FROM (SELECT {', '.join(values)} FROM {one} AS a JOIN {other} AS b ON {' AND '.join(on)})"
            f" AS multiplied GROUP BY GROUPING SETS ({sets})"
        )

    def _masks(self) -> list[str]:
        return [f"s{i}" for i in range(len(self.asked.cubes))]

    def _double(self, term: str) -> str:
        return spelling.double(self.dialect, term)

    def _amount(self, term: str) -> str:
        return spelling.amount(self.dialect, term)


@attrs.frozen(eq=False)
class _Rows:
    """The result of the query, sorted: a row a touchpoint, two masks of a cube, and the sums of products."""

    touchpoints: tuple[str, ...]
    place: npt.NDArray[np.int64]
    """Position in `touchpoints`; -1: anything at all."""
    cube: npt.NDArray[np.int64]
    masks: npt.NDArray[np.int64]
    """Two columns."""
    sums: FloatArray
    """A column for each of `COLUMNS`."""

    @classmethod
    def of(cls, table: pa.Table, cubes: int) -> _Rows:
        names = [None if name is None else str(name) for name in table["touchpoint"].to_pylist()]
        touchpoints = tuple(sorted({name for name in names if name is not WHOLE_JOURNEY}))
        number = {name: place for place, name in enumerate(touchpoints)}
        place = np.array([-1 if name is None else number[name] for name in names], dtype=np.int64)
        cube, masks = np.zeros(len(place), dtype=np.int64), np.zeros((len(place), 2), dtype=np.int64)
        for i in range(cubes):
            one, other = (table[f"{side}{i}"] for side in "ab")
            own = one.is_valid().to_numpy(zero_copy_only=False)
            cube[own] = i
            for side, column in enumerate((one, other)):
                masks[own, side] = column.drop_null().to_numpy()
        sums = np.stack([floats(billionths(table[name])) for name in COLUMNS], axis=1)
        order = np.lexsort((masks[:, 1], masks[:, 0], cube, place))
        return cls(touchpoints, place[order], cube[order], masks[order], sums[order])

    def at(self, touchpoint: str, cube: int, bit: int | None) -> Products:
        """Those of a segment at a touchpoint; without a bit, of everybody."""
        own, everybody, responses = (np.zeros((len(TERMS), len(TERMS))) for _ in range(3))
        for place in (self.touchpoints.index(touchpoint), -1):
            rows = self._rows(place, cube)
            masks, sums = self.masks[rows], self.sums[rows]
            one, other = np.ones(masks.T.shape, dtype=bool) if bit is None else (masks.T >> bit & 1) > 0
            ours, theirs, both = (sums[which].sum(axis=0) for which in (one, other, one & other))
            for k, (i, j) in enumerate(_PLACES):
                everybody[i, j] += ours[k]
                everybody[j, i] += theirs[k] if i != j else 0.0
                own[i, j] += both[k]
            for k, (i, j) in enumerate(_PLACES_OVER_RESPONSES, start=len(_PLACES)):
                responses[i, j] += both[k]
        return Products(_symmetric(own), everybody, _symmetric(responses))

    def _rows(self, place: int, cube: int) -> slice:
        """The rows of a cube at a touchpoint."""
        first, last = np.searchsorted(self.place, [place, place + 1])
        start, end = np.searchsorted(self.cube[first:last], [cube, cube + 1])
        return slice(int(first + start), int(first + end))


def _symmetric(upper: FloatArray) -> FloatArray:
    """With the lower half as the upper one."""
    whole: FloatArray = np.triu(upper) + np.triu(upper, 1).T
    return whole


def _feeling(signal: Signal, dialect: str) -> str:
    """A branch of CASE: an answer as a feeling from -1 to 1; see `cxengine.insight.moments.feelings`."""
    scale = signal.scale
    assert scale is not None, "signals that tell a feeling have a discrete scale"
    middle = (scale.min + scale.max) / 2
    lowest, highest = signal.neutral or (middle, middle)
    sign = 1.0 if signal.direction == "higher_is_better" else -1.0
    low, high = literal(dialect, float(lowest)), literal(dialect, float(highest))
    below = literal(dialect, sign / max(lowest - scale.min, np.finfo(float).tiny))
    above = literal(dialect, sign / max(scale.max - highest, np.finfo(float).tiny))
    return (
        f"WHEN signal = {literal(dialect, str(signal.id))} THEN CASE WHEN value < {low} THEN"
        f" (value - {low}) * {below} WHEN value > {high} THEN (value - {high}) * {above}"
        f" ELSE {literal(dialect, 0.0)} END"
    )
