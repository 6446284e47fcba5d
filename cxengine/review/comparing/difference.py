"""What changed from one run to another, and what moved each item of the roadmap."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from cxengine.metrics.measurement import CURRENT, Level, Measurement, Measurements
from cxengine.planning.roadmap import Roadmap
from cxengine.plugin.json_value import plain
from cxengine.review.comparing.factors import Edit, Factor
from cxengine.review.comparing.mixture import Mixture
from cxengine.review.comparing.moves import Move, Plan, moves, standings
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

    @property
    def apart(self) -> bool:
        """Whether the two intervals have nothing in common."""
        old, new = self.before, self.after
        if old is None or new is None or old.suppressed or new.suppressed:
            return False
        return old.high < new.low or new.high < old.low

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
        return not (self.changed or self.moves or self.measurements)

    def to_json(self) -> dict[str, Any]:
        """The published shape: shares in ranks, days and points, rounded so that they still add up."""
        return {
            "format": self.format,
            "before": self.before.as_posix(),
            "after": self.after.as_posix(),
            "changed": list(self.changed),
            "edits": [_plain_edit(edit) for edit in self.edits],
            "collected_differently": list(self.collected_differently),
            "engine": list(self.engine),
            "measurements": [{**plain(one), "apart": one.apart} for one in self.measurements],
            "moves": [
                {
                    **{name: plain(getattr(move, name)) for name in ("item", "name", "quantity")},
                    "before": plain(move.before),
                    "after": plain(move.after),
                    "change": round(float(move.change), _DIGITS),
                    "shares": rounded(move.shares, _DIGITS),
                }
                for move in self.moves
            ],
            "replanned": self.replanned,
            "impossible": [list(one) for one in self.impossible],
        }


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
        Remeasured(
            metric, cell.level, cell.subject, cell.segment, old.get((metric, cell)), new.get((metric, cell))
        )
        for metric, cell in {**old, **new}
        if _numbers(old.get((metric, cell))) != _numbers(new.get((metric, cell)))
    ]
    return tuple(sorted(found, key=lambda r: (-r.size, r.metric, r.level, r.subject, r.segment)))


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


def _plain_edit(edit: Edit) -> dict[str, Any]:
    return {
        name: plain(getattr(edit, name)) for name in ("factor", "table", "name", "key", "before", "after")
    }
