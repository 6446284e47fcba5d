"""The hotel, and how its exports are compared with approved ones."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def hotel() -> ModuleType:
    """The module of hand-made results."""
    spec = importlib.util.spec_from_file_location("hotel", Path(__file__).with_name("hotel.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def approved() -> Callable[[Path], None]:
    """Compares a file with the approved one of its name; `APPROVE=1` approves what is there."""

    def compare(path: Path) -> None:
        golden = GOLDEN / path.name
        if os.environ.get("APPROVE"):
            GOLDEN.mkdir(exist_ok=True)
            golden.write_bytes(path.read_bytes())
        assert path.read_bytes() == golden.read_bytes(), f"{path.name} differs from {golden}"

    return compare
