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
        inputs = _inputs(folder, project)
        if inputs is None:
            return cls(Compared(told=_beside(folder, project), named=False))
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


def _inputs(folder: Path, project: str) -> Mapping[str, Any] | None:
    """What went into the run of a project in a folder; None where there is no such run."""
    try:
        inputs = inputs_of(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        return inputs if inputs["project"]["id"] == project else None
    except (OSError, ValueError, LookupError, TypeError):
        return None  # whether what is there may be replaced is asked when it is written


def _beside(folder: Path, project: str) -> str:
    """A word on another run of the project in the same folder; empty where there is none."""
    try:
        beside = sorted((one for one in folder.parent.iterdir() if one != folder), reverse=True)
    except OSError:
        return ""
    other = next((one for one in beside if _inputs(one, project) is not None), None)
    return f"Compared with none. If {other} was published, add --previous {other}." if other else ""


def keep(folder: Path, earlier: Shown) -> None:
    """Keeps what a run was compared with in its folder, file by file."""
    if earlier.files:
        (folder / PREVIOUS).mkdir()
        for name, content in sorted(earlier.files.items()):
            (folder / PREVIOUS / name).write_bytes(content)
