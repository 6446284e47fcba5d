"""Forgets customers from beginning to end, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.metrics.partials.forget import Customers, Removal, unreachable
from cxengine.metrics.partials.search import Trace, found

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Evidence
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
    unable: tuple[str, ...] = ()
    """Sources that keep what they have read and cannot forget anybody."""


def forget(loaded: Loaded, ids: Sequence[str], read: Callable[[], Evidence]) -> Forgotten:
    """Removes customers from what is kept and reads again, without them, the inputs that held them.

    `read` collects the evidence as a run does.

    Raises:
        EvidenceError: CX254 to CX258, nobody can be forgotten; or an input cannot be read again.
    """
    customers = Customers.of(loaded, ids)
    removal = customers.remove()
    unable = tuple(customers.unable())
    if not removal.forgotten:
        who = ", ".join(removal.unknown[:3]) + (" ..." if len(removal.unknown) > 3 else "")
        message = f"Nothing is kept of {who}: no input that was read names such a customer."
        hint = "Write ids as the sources do; capitals and leading zeros matter."
        if unable:
            hint += f" Nobody can be forgotten by: {'; '.join(unable)}."
        raise EvidenceError(Diagnostic("CX258", message, hint=hint))
    evidence = read()
    files = [path for place in customers.searched for path in found(place)]
    runs = (Path("runs"), loaded.folder / "runs")
    return Forgotten(
        folder=customers.folder,
        removal=removal,
        reading=evidence.reading,
        traces=customers.traces(),
        files=len(files),
        bytes=sum(path.stat().st_size for path in files),
        unreachable=tuple(unreachable(loaded, removal, runs)),
        unable=unable,
    )
