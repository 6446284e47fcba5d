"""The run that was published before: one that is named, or the one whose place a new run takes.

A run over an earlier one of the same project is held against it, as who read that one reads this one, too. A
run of the very same inputs is the earlier one once more: it is held against what that was held against, which
every run keeps in its folder (`PREVIOUS`), and so comes to the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.review.folder import MANIFEST
from cxengine.review.manifest import inputs_of
from cxengine.review.shown import PREVIOUS, Shown, shown


@attrs.frozen(eq=False)
class Compared:
    """What a run is compared with, and a sentence on it."""

    shown: Shown = attrs.field(factory=Shown)
    told: str = ""
    named: bool = True
    """Whether somebody asked for this comparison."""


@attrs.frozen(eq=False)
class Earlier:
    """A run that was published before, or none."""

    found: Compared = attrs.field(factory=Compared)
    inputs: Mapping[str, Any] | None = None
    """What went into it, of a run whose place is taken."""
    again: Compared = attrs.field(factory=Compared)
    """What it is when the same goes in once more."""

    @classmethod
    def named(cls, folder: Path) -> Earlier:
        """The run in a folder.

        Raises:
            EvidenceError: the folder holds no run.
        """
        return cls(Compared(shown(folder), f"Compared with {folder}. {_KEPT}"))

    @classmethod
    def replaced(cls, folder: Path, project: str) -> Earlier:
        """The run of a project whose place is taken, if there is one.

        Raises:
            EvidenceError: the run that is there cannot be read.
        """
        found = _run(folder)
        if found is None:
            return cls(Compared(told=_beside(folder, project), named=False))
        of, inputs = found
        if of != project:
            return cls(Compared(told=_of_another(folder, of), named=False))
        there, before = f"the run that was in {folder}", folder / PREVIOUS
        against = "what that was compared with" if before.is_dir() else "none, as that was"
        return cls(
            Compared(
                shown(folder), f"Compared with {there}. {_KEPT} --previous none begins anew.", named=False
            ),
            inputs,
            Compared(
                shown(before) if before.is_dir() else Shown(),
                f"The same went into {there}: compared with {against}.",
                named=False,
            ),
        )

    def against(self, inputs: Mapping[str, Any]) -> Compared:
        """What a run of these inputs is compared with."""
        return self.again if self.inputs == json.loads(json.dumps(inputs)) else self.found


_KEPT = "Nothing here tells of the few who came or went since."


def _run(folder: Path) -> tuple[str, Mapping[str, Any]] | None:
    """The project of the run in a folder, and what went into it; None where there is no run.

    Raises:
        EvidenceError: CX239, there is one, and it cannot be read.
    """
    manifest = folder / MANIFEST
    try:
        inputs = inputs_of(json.loads(manifest.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(manifest, str(error)) from error
    project = inputs.get("project")
    if not isinstance(project, dict) or "id" not in project:
        raise _unreadable(manifest, "it names no project")
    return str(project["id"]), inputs


def _unreadable(manifest: Path, why: str) -> EvidenceError:
    problem = f"{manifest} does not tell what the run that is there told: {why}."
    hint = "Restore it, as nothing may be given away beside that run; if nobody has read it: --previous none."
    return EvidenceError(Diagnostic("CX239", problem, hint=hint))


def _of_another(folder: Path, project: str) -> str:
    """A word on the run of another project, whose place is taken."""
    return (
        f"Compared with none: the run that was in {folder} is of the project {project!r}. If both tell of the"
        " same customers, publish one of them only."
    )


def _beside(folder: Path, project: str) -> str:
    """A word on another run of the project in the same folder; empty where there is none."""
    try:
        beside = sorted((one for one in folder.parent.iterdir() if one != folder), reverse=True)
    except OSError:
        return ""
    other = next((one for one in beside if _is_of(one, project)), None)
    return f"Compared with none. If {other} was published, add --previous {other}." if other else ""


def _is_of(folder: Path, project: str) -> bool:
    """Whether a folder holds a run of a project; one that cannot be read is not proposed."""
    try:
        found = _run(folder)
    except EvidenceError:
        return False
    return found is not None and found[0] == project


def keep(folder: Path, earlier: Shown) -> None:
    """Keeps what a run was compared with in its folder, file by file."""
    if earlier.files:
        (folder / PREVIOUS).mkdir()
        for name, content in sorted(earlier.files.items()):
            (folder / PREVIOUS / name).write_bytes(content)
