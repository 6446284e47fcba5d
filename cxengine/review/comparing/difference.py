"""What changed from one run to another, and what moved each item of the roadmap."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from cxengine.metrics.measurement import CURRENT, Cell, Level, Measurement, Measurements
from cxengine.planning.roadmap import Roadmap
from cxengine.plugin.json_schema import schema_of
from cxengine.plugin.json_value import plain
from cxengine.review.comparing.factors import Edit, Factor
from cxengine.review.comparing.mixture import Mixture
from cxengine.review.comparing.moves import Move, Plan, Quantity, moves, standings
from cxengine.review.comparing.run import Run, read_run
from cxengine.review.comparing.shares import Walks, rounded, walks

if TYPE_CHECKING:
    from cxengine.plugin.registry import Registry

_DIGITS = 6


@attrs.frozen
class Remeasured:
    """A figure of the present that differs; None where one of the runs does not have it."""

    metric: str
    level: Level
    subject: str
    segment: str
    before: Measurement | None
    after: Measurement | None
    apart: bool
    """Whether the two intervals have nothing in common."""

    @property
    def size(self) -> float:
        """The change in half widths of the wider interval; infinite for a figure that came or went."""
        old, new = self.before, self.after
        if old is None or new is None or old.suppressed or new.suppressed:
            return math.inf
        half = max(old.high - old.low, new.high - new.low) / 2
        return abs(new.value - old.value) / half if half else math.inf


@attrs.frozen
class Difference:
    """Two runs side by side."""

    format: ClassVar[str] = "cxengine.diff/1"
    """Name and version of the published shape."""

    before: Path
    after: Path
    changed: tuple[Factor, ...]
    """The factors that differ."""
    edits: tuple[Edit, ...]
    collected_differently: tuple[str, ...]
    engine: tuple[str, ...]
    """Versions that differ: `cxengine 0.1 -> 0.2`."""
    measurements: tuple[Remeasured, ...]
    """Figures of the present that differ, the largest change first."""
    moves: tuple[Move, ...]
    areas: Mapping[str, str]
    """Names of areas."""
    replanned: int
    """How many combinations were planned again."""
    impossible: tuple[tuple[str, ...], ...]
    """Combinations of the later run's factors that cannot be planned with the rest of the earlier one's."""

    @property
    def nothing(self) -> bool:
        """Whether the runs are the same."""
        return not (self.changed or self.moves or self.measurements or self.engine)

    def to_json(self) -> dict[str, Any]:
        """The published shape: shares in ranks, days and points, rounded so that they still add up."""
        shown = Published(
            before=self.before.as_posix(),
            after=self.after.as_posix(),
            changed=self.changed,
            edits=self.edits,
            collected_differently=self.collected_differently,
            engine=self.engine,
            measurements=self.measurements,
            moves=tuple(map(_published, self.moves)),
            replanned=self.replanned,
            impossible=self.impossible,
        )
        return {"format": self.format, **plain(shown)}


@attrs.frozen
class PublishedMove:
    """A quantity of an item that differs; what it was put down to adds up to the change.

    The change and its shares are in ranks, days or points of the score; of being on the roadmap and of the
    area 1 stands for the whole, -1 for what left.
    """

    item: str
    name: str
    quantity: Quantity
    before: Any
    after: Any
    change: float
    shares: Mapping[str, float]


@attrs.frozen
class Published:
    """Two runs side by side, as `cxengine diff --format json` prints them."""

    before: str
    after: str
    changed: tuple[Factor, ...]
    edits: tuple[Edit, ...]
    collected_differently: tuple[str, ...]
    engine: tuple[str, ...]
    measurements: tuple[Remeasured, ...]
    moves: tuple[PublishedMove, ...]
    replanned: int
    impossible: tuple[tuple[str, ...], ...]


def diff_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of what `Difference.to_json` returns."""
    return schema_of(Published, format=Difference.format)


def _published(move: Move) -> PublishedMove:
    return PublishedMove(
        item=move.item,
        name=move.name,
        quantity=move.quantity,
        before=move.before,
        after=move.after,
        change=round(float(move.change), _DIGITS),
        shares=rounded(move.shares, _DIGITS),
    )


def difference(
    before: Path, after: Path, registry: Registry, progress: Callable[[str], None] | None = None
) -> Difference:
    """Compares two runs and assigns every move of an item to what changed.

    With f factors changed, at most 2 to the f combinations are planned: 32 where everything differs.

    Raises:
        OutputError: one of the folders holds no run that can be planned again.
        ProjectError: a run needs a plugin that is not installed.
    """
    runs = read_run(before, registry), read_run(after, registry)
    mixture = Mixture(*runs)
    causes = mixture.changed
    plans: dict[frozenset[str], Roadmap | None] = {}

    def possible(step: frozenset[str]) -> bool:
        if step not in plans:
            if progress:
                progress(f"Planning again with {', '.join(sorted(step)) or 'nothing'} changed")
            plans[step] = mixture.planned(step)
        return plans[step] is not None

    ends = [standings(run.roadmap["items"]) if run.roadmap else {} for run in runs]
    versions = tuple(_versions(*runs))
    walked = Walks(())
    if all(run.roadmap for run in runs) and (causes or ends[0] != ends[1]):
        walked = walks(causes, possible)
    between: dict[frozenset[str], Plan] = {
        step: standings(plan.items) for step, plan in plans.items() if plan is not None
    }
    return Difference(
        before=before,
        after=after,
        changed=causes,
        edits=mixture.edits,
        collected_differently=mixture.collected_differently,
        engine=versions,
        measurements=remeasured(runs[0].measurements, runs[1].measurements),
        moves=tuple(moves(ends[0], ends[1], between, walked, _last(runs))),
        areas={str(a.id): a.name for run in runs for a in run.loaded.project.areas},
        replanned=len(plans),
        impossible=tuple(sorted(tuple(sorted(step)) for step, plan in plans.items() if plan is None)),
    )


def remeasured(before: Measurements, after: Measurements) -> tuple[Remeasured, ...]:
    """Figures of the present that differ between two runs, the largest change first."""
    old = {key: m for key, m in before.by_cell.items() if key[1].period == CURRENT}
    new = {key: m for key, m in after.by_cell.items() if key[1].period == CURRENT}
    found = [
        _remeasured(metric, cell, old.get((metric, cell)), new.get((metric, cell)))
        for metric, cell in {**old, **new}
        if _numbers(old.get((metric, cell))) != _numbers(new.get((metric, cell)))
    ]
    return tuple(sorted(found, key=lambda r: (-r.size, r.metric, r.level, r.subject, r.segment)))


def _remeasured(metric: str, cell: Cell, old: Measurement | None, new: Measurement | None) -> Remeasured:
    both = old is not None and new is not None and not old.suppressed and not new.suppressed
    apart = both and (old.high < new.low or new.high < old.low)  # type: ignore[union-attr]
    return Remeasured(metric, cell.level, cell.subject, cell.segment, old, new, apart)


def _numbers(found: Measurement | None) -> tuple[float, ...] | None:
    """What is compared; what is suppressed has no numbers."""
    if found is None:
        return None
    return () if found.suppressed else (found.value, found.low, found.high, float(found.n))


def _versions(before: Run, after: Run) -> Iterator[str]:
    old = {"cxengine": before.manifest["cxengine"], **before.manifest["plugins"]}
    new = {"cxengine": after.manifest["cxengine"], **after.manifest["plugins"]}
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield f"{name} {old.get(name, 'absent')} -> {new.get(name, 'absent')}"


def _last(runs: tuple[Run, Run]) -> dt.date:
    """The day after the longer of the two plans."""
    days = [
        dt.date.fromisoformat(run.roadmap["start"]) + dt.timedelta(weeks=run.roadmap["weeks"])
        for run in runs
        if run.roadmap
    ]
    return max(days, default=dt.date.min)
