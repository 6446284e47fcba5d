"""What the tests of the journey share: projects written in a line or two."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxengine.diagnostics import Location
from cxengine.project.model import Identity, Persona, Project, Stage, Touchpoint, Transition


def _sketch(stages, steps=(), *, start="", end="", personas=None, **keys) -> Project:
    """Stages with their touchpoints ("buy": "cart pay"), steps ("cart > pay"), starts and ends as words."""
    return Project(
        project=Identity(id="demo", name="Demo"),
        stages=tuple(Stage(id=stage, name=stage.title()) for stage in stages),
        touchpoints=tuple(
            Touchpoint(
                id=name,
                stage=stage,
                start=name in start.split(),
                end=name in end.split(),
                **({"name": name.title()} | keys.get(name, {})),
            )
            for stage, names in stages.items()
            for name in names.split()
        ),
        transitions=tuple(Transition(source=a, target=b) for a, _, b in (step.split() for step in steps)),
        personas=tuple(
            Persona(id=name, name=name.title(), touchpoints=tuple(met.split()))
            for name, met in (personas or {}).items()
        ),
    )


class _Places:
    """Origins whose location spells the path, so that a test sees which one was asked for.

    Stages whose ids begin with "their" come from a ruleset elsewhere.
    """

    def locate(self, path):
        return Location(" ".join(map(str, path)))

    def folder(self, path):
        return Path("ruleset" if str(path[1]).startswith("their") else "own")


@pytest.fixture(scope="session")
def sketch():
    return _sketch


@pytest.fixture
def places():
    return _Places()
