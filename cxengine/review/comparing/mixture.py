"""Two runs mixed factor by factor, and planned again.

What was measured counts as data, unless what is measured was defined differently in the two runs: then the
whole difference of those figures is one of definition, because only the answers themselves could tell how
much of it the new answers made.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.diagnostics import CxengineError
from cxengine.insight.insight import Insight
from cxengine.metrics.measurement import ALL, Measurements
from cxengine.planning.anew import Facts, planned_anew
from cxengine.planning.roadmap import Roadmap
from cxengine.project.load import resolve
from cxengine.review.comparing.factors import FACTORS, Edit, Factor, edits, mixed
from cxengine.review.comparing.run import Run
from cxengine.review.meanings import NOT_MEASURED
from cxengine.rules.conclusion import Subject
from cxengine.rules.facts import EVERYWHERE

if TYPE_CHECKING:
    import pyarrow as pa


@attrs.frozen(eq=False, slots=False)
class Mixture:
    """Two runs whose inputs can be exchanged."""

    before: Run
    after: Run

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """What was written differently."""
        return tuple(edits(self.before.loaded.tree, self.after.loaded.tree))

    @cached_property
    def collected_differently(self) -> tuple[str, ...]:
        """What says how answers are collected, as far as it is in both runs and differs."""
        old, new = self.before.collected, self.after.collected
        lone = [name for name in {*old, *new} if not name.startswith("source ")]
        both = [name for name in old if name in new]
        return tuple(sorted(n for n in {*both, *lone} if old.get(n) != new.get(n)))

    @cached_property
    def changed(self) -> tuple[Factor, ...]:
        """The factors that differ between the runs."""
        found: set[Factor] = {edit.factor for edit in self.edits if edit.factor != "data"}
        if self.collected_differently:
            found.add("definition")
        if self._data_differ:
            found.add("data")
        return tuple(factor for factor in FACTORS if factor in found)

    def planned(self, changed: frozenset[str]) -> Roadmap | None:
        """The roadmap of the earlier run with these factors of the later one; None where it cannot be."""
        run = self.after
        tree = mixed(self.before.loaded.tree, run.loaded.tree, [f for f in FACTORS if f in changed])
        try:
            loaded = resolve(tree, run.loaded.layers, run.loaded.registry)
            if loaded.project.roadmap is None:
                return None
            return planned_anew(
                loaded,
                measurements=self._measurements(changed),
                insight=self._insight(changed),
                returns=self._felt_in(ALL, changed).returns,
                completed=lambda facts: self._completed(facts, changed),
                employees=self._of(bool(self.collected_differently), changed).employees,
            ).roadmap
        except CxengineError:
            return None  # told as a combination that cannot be planned

    # --- which run a figure is taken from ----------------------------------------------------------

    def _of(self, redefined: bool, changed: frozenset[str]) -> Run:
        return self.after if ("definition" if redefined else "data") in changed else self.before

    def _redefined(self, metric: str, segment: str) -> bool:
        """Whether a figure of the two runs was measured in two ways."""
        return bool(self.collected_differently) or bool(
            self._touched & {("metric", metric), ("segment", segment)}
        )

    @cached_property
    def _touched(self) -> frozenset[tuple[str, str]]:
        """Metrics and segments that mean something else now."""
        signals = {e.name for e in self.edits if e.table == "signal"}
        found = {(e.table, e.name) for e in self.edits if e.table == "segment" and e.key in ("", "when")}
        found |= {(e.table, e.name) for e in self.edits if e.table == "metric" and e.key not in NOT_MEASURED}
        for run in (self.before, self.after):
            found |= {("metric", str(m.id)) for m in run.loaded.project.metrics if m.signal in signals}
        if any(e.table == "evidence" for e in self.edits):
            metrics = {str(m.id) for run in (self.before, self.after) for m in run.loaded.project.metrics}
            found |= {("metric", name) for name in metrics} | {("feelings", "")}
        return frozenset(found | ({("feelings", "")} if signals else set()))

    def _felt_in(self, segment: str, changed: frozenset[str]) -> Run:
        """The run whose feelings count for a segment."""
        redefined = bool(self.collected_differently) or bool(
            self._touched & {("feelings", ""), ("segment", segment)}
        )
        return self._of(redefined, changed)

    # --- what is known in the mixture --------------------------------------------------------------

    def _measurements(self, changed: frozenset[str]) -> Measurements:
        tables = [self._rows(run, run.measurements.table, changed) for run in (self.before, self.after)]
        moved = [
            self._rows(run, run.measurements.changes, changed)
            for run in (self.before, self.after)
            if run.measurements.changes is not None
        ]
        again = [
            self._rows(run, run.measurements.held, changed)
            for run in (self.before, self.after)
            if run.measurements.held is not None
        ]
        return Measurements(
            _sorted(tables),
            changes=_sorted(moved) if moved else None,
            held=_sorted(again) if again else None,
        )

    def _rows(self, run: Run, table: pa.Table, changed: frozenset[str]) -> pa.Table:
        """The rows of a table that come from this run."""
        pairs = list(zip(table["metric"].to_pylist(), table["segment"].to_pylist(), strict=True))
        mine = {pair: self._of(self._redefined(*pair), changed) is run for pair in set(pairs)}
        return table.filter([mine[pair] for pair in pairs])

    def _insight(self, changed: frozenset[str]) -> Insight:
        feelings = tuple(
            feeling
            for run in (self.before, self.after)
            for feeling in run.insight.feelings
            if self._felt_in(feeling.segment, changed) is run
        )
        models = any(edit.table == "driver_model" for edit in self.edits)
        redefined = models or bool(self.collected_differently) or ("feelings", "") in self._touched
        decided = self._of(bool(self.collected_differently), changed).insight.discovery
        return Insight(feelings, drivers=self._of(redefined, changed).insight.drivers, discovery=decided)

    def _completed(self, facts: Facts, changed: frozenset[str]) -> Facts:
        """The facts of a mixture, with those that only the run itself could find."""
        found = {
            subject: self._merged(subject, known, changed) if subject.about != "project" else known
            for subject, known in facts.items()
        }
        places = [
            {name: value for name, value in known.items() if name not in EVERYWHERE}
            for subject, known in found.items()
            if subject.about == "touchpoint"
        ]
        return {
            subject: {**known, "touchpoints": places} if subject.about == "project" else known
            for subject, known in found.items()
        }

    def _merged(
        self, subject: Subject, known: Mapping[str, Any], changed: frozenset[str]
    ) -> Mapping[str, Any]:
        kept = self._felt_in(subject.segment, changed).facts.get(subject, {})
        metrics = {
            name: {
                **self._of(self._redefined(name, subject.segment), changed)
                .facts.get(subject, {})
                .get("metrics", {})
                .get(name, {}),
                **record,
            }
            for name, record in known["metrics"].items()
        }
        return {**kept, **known, "metrics": metrics}

    @cached_property
    def _data_differ(self) -> bool:
        """Whether anything that was measured in the same way came out differently."""
        nothing, everything = frozenset({"definition"}), frozenset({"definition", "data"})
        old, new = self._measurements(nothing), self._measurements(everything)
        if not old.table.equals(new.table):
            return True
        if (old.changes is None) != (new.changes is None):
            return True
        if old.changes is not None and not old.changes.equals(new.changes):
            return True
        felt = self._insight(nothing), self._insight(everything)
        return repr(felt[0]) != repr(felt[1])  # as text: what is not known (NaN) is the same in both


def _sorted(tables: list[pa.Table]) -> pa.Table:
    import pyarrow as pa

    from cxengine.metrics.measurement import KEYS

    together = pa.concat_tables(tables)
    keys = [name for name in (*KEYS, "since", "against") if name in together.column_names]
    return together.sort_by([(name, "ascending") for name in keys]).combine_chunks()
