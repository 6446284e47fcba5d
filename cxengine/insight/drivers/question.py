"""From a declared model to columns: what is compared, where it is answered, on which scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from cxengine.cel.targets.sql import literals
from cxengine.insight.drivers.products import Variable
from cxengine.insight.drivers.wide import Place
from cxengine.metrics import period, spelling
from cxengine.metrics.scan import is_discrete

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.evidence.evidence import Backend
    from cxengine.project.model import Driver, DriverModel, Project, Signal

    FloatArray = npt.NDArray[np.float64]

JOURNEY = "journey"


@attrs.frozen
class Limits:
    """What is answered at a place: how many answers, the least, the largest, their mean."""

    n: int
    least: float
    most: float
    mean: float


@attrs.frozen(eq=False)
class Column:
    """A driver or the outcome, and how its answers become numbers z about the middle."""

    id: str
    name: str
    place: Place
    signal: Signal
    limits: Limits
    whole: bool
    """Whether answers are points of a declared scale, none of them averaged."""

    @property
    def centre(self) -> float:
        """The answer of which z is 0."""
        scale = self.signal.scale
        if self.whole and scale is not None and scale.step is not None:
            return scale.min + scale.step * round((scale.max - scale.min) / scale.step / 2)
        return self.limits.mean

    @property
    def unit(self) -> float:
        """How much of an answer is 1 of z: a step, or the largest distance from the centre."""
        scale = self.signal.scale
        if self.whole and scale is not None and scale.step is not None:
            return scale.step
        return max(self.limits.most - self.centre, self.centre - self.limits.least)

    def variable(self, position: int) -> Variable:
        """The number z in SQL, of the column in that position."""
        way = f"(x{position} - {self.centre!r}) / {self.unit!r}"
        if not self.whole:
            return Variable(way, 1.0, whole=False)
        scale = self.signal.scale
        assert scale is not None
        largest = max(scale.max - self.centre, self.centre - scale.min) / self.unit
        return Variable(f"FLOOR({way} + 0.5)", largest, whole=True)

    def performances(self, means: FloatArray) -> FloatArray:
        """Mean answers from 0 (worst) to 1 (best); NaN where nothing is rated.

        A rating has a declared scale of three points or more: a fact that holds or not is none.
        """
        scale = self.signal.scale
        if scale is None or scale.step is None or scale.max - scale.min < 2 * scale.step:
            return np.full(len(means), np.nan)
        share = (means - scale.min) / (scale.max - scale.min)
        return np.asarray(share if self.signal.direction == "higher_is_better" else 1 - share)


@attrs.frozen(eq=False)
class Question:
    """A model with its columns: drivers in their order, the outcome last."""

    model: DriverModel
    drivers: tuple[Column, ...]
    outcome: Column
    unit: Literal["row", "response", "customer"]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Drivers and outcome."""
        return (*self.drivers, self.outcome)

    def means(self, z: FloatArray) -> FloatArray:
        """Means of the columns in the units of their signals, from those of z: shapes (..., p)."""
        centre = np.array([column.centre for column in self.columns])
        return np.asarray(centre + z * np.array([column.unit for column in self.columns]))


class Refused(ValueError):  # noqa: N818 - it becomes part of the result
    """There is nothing to conclude from; the message tells why and what would help."""


def ask(project: Project, model: DriverModel, backend: Backend, present: int | None) -> Question:
    """The columns of a model, as far as the evidence has them.

    Raises:
        Refused: the outcome or all drivers are missing, or one of them never varies.
    """
    signals = {str(signal.id): signal for signal in project.signals}
    wanted = sorted({str(model.outcome.signal), *(str(d.signal) for d in model.drivers)})
    found = _limits(project, backend, wanted, present)
    outcome = Place(str(model.outcome.signal), str(model.outcome.touchpoint))
    places = _places(project, model, found, outcome)
    unit = _unit(project, model, [*places, outcome])
    names = _names(project, places)
    alone = {place for place, driver in places.items() if list(places.values()).count(driver) == 1}
    columns = []
    for place, driver in [*places.items(), (outcome, None)]:
        if place not in found:
            raise Refused(f"nobody answered {place.signal} at {place.touchpoint}")
        name = driver.name if driver is not None and place in alone else ""
        label = _called(model, signals) if driver is None else name or names[place]
        whole = unit == "row" and is_discrete(signals[place.signal])
        column = Column(_id(place, places), label, place, signals[place.signal], found[place], whole=whole)
        if found[place].least == found[place].most:
            raise Refused(f"all answers to {place.signal} at {place.touchpoint} are the same")
        columns.append(column)
    if len(columns) < 2:
        raise Refused("nobody answered any of its drivers")
    return Question(model, tuple(columns[:-1]), columns[-1], unit)


def _called(model: DriverModel, signals: Mapping[str, Signal]) -> str:
    return model.outcome.name or signals[str(model.outcome.signal)].wording


def _places(
    project: Project, model: DriverModel, found: Mapping[Place, Limits], outcome: Place
) -> dict[Place, Driver]:
    """The places of the drivers, in the order of the model and of the journey; never that of the outcome."""
    order = [JOURNEY, *(str(t.id) for t in project.touchpoints)]
    places: dict[Place, Driver] = {}
    for driver in model.drivers:
        if driver.touchpoint is not None:
            here = [Place(str(driver.signal), str(driver.touchpoint))]
        else:
            every = (Place(str(driver.signal), touchpoint) for touchpoint in order)
            here = [place for place in every if place in found]
        for place in here:
            if place != outcome:
                places.setdefault(place, driver)
    return places


def _id(place: Place, places: Mapping[Place, object]) -> str:
    """The touchpoint, the signal where it is about the whole journey, both where one would not do."""
    if place.touchpoint == JOURNEY:
        return place.signal
    alone = sum(other.touchpoint == place.touchpoint for other in places) == 1
    return place.touchpoint if alone else f"{place.signal}@{place.touchpoint}"


def _names(project: Project, places: Mapping[Place, object]) -> dict[Place, str]:
    touchpoints = {str(t.id): t.name for t in project.touchpoints}
    wordings = {str(s.id): s.wording for s in project.signals}
    found = {}
    for place in places:
        if place.touchpoint == JOURNEY:
            found[place] = wordings[place.signal]
            continue
        name = touchpoints[place.touchpoint]
        alone = sum(other.touchpoint == place.touchpoint for other in places) == 1
        found[place] = name if alone else f"{name} ({place.signal})"
    return found


def _unit(
    project: Project, model: DriverModel, places: Sequence[Place]
) -> Literal["row", "response", "customer"]:
    """What is one row: a row of input, where each holds a whole response and each place once."""
    if model.unit == "customer":
        return "customer"
    signals = {place.signal for place in places}
    found: set[Place] = set()
    for source in project.sources:
        if source.mapping.long is not None or source.mapping.repeats == "all":
            return "response"
        here = [
            Place(str(wide.signal), str(touchpoint))
            for wide in source.mapping.signals
            for touchpoint in wide.columns.values()
            if wide.signal in signals
        ]
        if len(set(here)) < len(here):
            return "response"
        found |= set(here)
    enriched = any(signals & set(map(str, e.signals.values())) for e in project.enrichers)
    return "row" if not enriched and set(places) <= found else "response"


def _limits(
    project: Project, backend: Backend, signals: Sequence[str], present: int | None
) -> dict[Place, Limits]:
    """What is answered where; sums are exact, so that the middle is the same in every run."""
    dialect = backend.dialect
    named = literals(dialect, signals)
    now = ""
    if present is not None:
        here = f"{period.sql(project.evidence.period, dialect)} = {present}"
        now = f" JOIN responses USING (response) WHERE {here}"
    query = (
        f"SELECT signal, touchpoint, COUNT(*) AS n, MIN(value) AS least, MAX(value) AS most,"  # noqa: S608 - quoted
        f" SUM({spelling.amount(dialect, 'value')}) AS total FROM answers{now}"
        f" {'AND' if now else 'WHERE'} NOT censored AND signal IN ({named}) GROUP BY signal, touchpoint"
    )
    return {
        Place(row["signal"], row["touchpoint"]): Limits(
            int(row["n"]), float(row["least"]), float(row["most"]), float(row["total"]) / int(row["n"])
        )
        for row in backend.execute(query).to_pylist()
    }
