"""The few questions that measuring asks of all evidence, and who answers them.

Everything that is measured follows from the answers. `Live` sends queries to the engine that holds the
evidence; components that were kept from earlier runs (`cxengine.metrics.partials`) answer without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, cast

import attrs

from cxengine.metrics import scan as scans

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.evidence import Backend, Evidence
    from cxengine.metrics.heard import Asked
    from cxengine.metrics.scan import Scan, Size
    from cxengine.metrics.segment import Cube


@attrs.frozen(eq=False)
class Cells:
    """The rows that a scan asks for (see `cxengine.metrics.scan`), and the column of every component.

    Rows with the same keys may repeat: their amounts add up.
    """

    table: pa.Table
    columns: Mapping[tuple[str, str], str]


class Finest(Protocol):
    """Knows the finest cells of all evidence."""

    def weights(self) -> tuple[float, float]:
        """The least and the largest weight of a response; 1 and 1 where there is none."""
        ...

    def sizes(self, signals: Sequence[str]) -> Sequence[Size]:
        """How large the answers to the signals are."""
        ...

    def cells(self, scan: Scan, *, weighted: bool) -> Cells:
        """What the scan asks for; without `weighted`, all weights are 1."""
        ...

    def masks(self, cubes: Sequence[Cube]) -> pa.Table:
        """The combinations of segments that occur: a mask `s0, s1, ...` for each cube."""
        ...

    def voices(self, asked: Asked, present: int | None) -> pa.Table:
        """Distinct responses of a period, of all time where it is None; see `cxengine.metrics.heard`."""
        ...


@attrs.frozen
class Live:
    """Answers by queries over the evidence itself."""

    backend: Backend

    def weights(self) -> tuple[float, float]:
        """One query over the responses."""
        return scans.weights(self.backend)

    def sizes(self, signals: Sequence[str]) -> Sequence[Size]:
        """One query over the answers."""
        return scans.sizes(self.backend, signals)

    def cells(self, scan: Scan, *, weighted: bool) -> Cells:
        """The one scan."""
        columns, _ = scan.columns(self.backend.dialect, weighted=weighted)
        return Cells(scans.run(scan, self.backend, weighted=weighted), columns)

    def masks(self, cubes: Sequence[Cube]) -> pa.Table:
        """One query over the responses."""
        masks = ", ".join(f"{cube.mask(self.backend.dialect)} AS s{i}" for i, cube in enumerate(cubes))
        return self.backend.execute(f"SELECT DISTINCT {masks} FROM responses")  # noqa: S608 - compiled

    def voices(self, asked: Asked, present: int | None) -> pa.Table:
        """One more scan, of distinct responses."""
        return self.backend.execute(asked.sql(self.backend.dialect, present))


def finest_of(evidence: Evidence) -> Finest:
    """Who answers for the evidence of a run."""
    return cast(Finest, evidence.kept) if evidence.kept is not None else Live(evidence.backend)
