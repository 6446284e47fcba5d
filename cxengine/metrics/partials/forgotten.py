"""Forgets customers from beginning to end, and says what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.metrics.partials.forget import Customers, Removal, unreachable
from cxengine.metrics.partials.search import Trace
from cxengine.metrics.partials.update import collect_kept

if TYPE_CHECKING:
    from cxengine.evidence.derive import DerivedAttribute
    from cxengine.evidence.exclude import Exclusion
    from cxengine.plugin import Metric
    from cxengine.project import Loaded


@attrs.frozen
class Forgotten:
    """What was removed, what was searched in the end, and what is beyond reach."""

    folder: Path
    removal: Removal
    reading: tuple[str, ...]
    """How what was removed was read again."""
    traces: tuple[Trace, ...]
    """What was still found; nothing, if all is well."""
    files: int
    bytes: int
    unreachable: tuple[str, ...]


def forget(
    loaded: Loaded,
    metrics: Mapping[str, Metric],
    ids: Sequence[str],
    *,
    derived: Sequence[Sequence[DerivedAttribute]] = (),
    excluded: Sequence[Exclusion] = (),
    feeling: Sequence[str] = (),
) -> Forgotten:
    """Removes customers from what is kept and reads again, without them, the inputs that held them.

    Raises:
        EvidenceError: CX254 to CX258, nobody can be forgotten; or an input cannot be read again.
    """
    customers = Customers.of(loaded, ids)
    removal = customers.remove()
    if not removal.forgotten:
        who = ", ".join(removal.unknown[:3]) + (" ..." if len(removal.unknown) > 3 else "")
        message = f"Nothing is kept of {who}: no input that was read names such a customer."
        hint = "Write ids as the sources do; capitals and leading zeros matter."
        raise EvidenceError(Diagnostic("CX258", message, hint=hint))
    evidence = collect_kept(loaded, metrics, derived=derived, excluded=excluded, feeling=feeling)
    files = [path for path in customers.folder.rglob("*") if path.is_file()]
    runs = (Path("runs"), loaded.folder / "runs")
    return Forgotten(
        folder=customers.folder,
        removal=removal,
        reading=evidence.reading,
        traces=customers.traces(),
        files=len(files),
        bytes=sum(path.stat().st_size for path in files),
        unreachable=tuple(unreachable(loaded, removal, runs)),
    )
