"""Real surveys that nobody in this project made; where they are absent, their tests skip."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SHARED = REPOSITORY.parent / "shared" / "data"


@pytest.fixture(scope="session")
def data():
    """`data("folder")`: the folder of a data set, or a skip that says what is missing."""

    def folder(name: str) -> Path:
        path = SHARED / name
        if not path.is_dir():
            pytest.skip(f"needs the data set {name} in ../shared/data, which is not there")
        return path

    return folder
