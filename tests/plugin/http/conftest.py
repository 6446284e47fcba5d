"""A stage on which services are played."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from played_service import TOKEN, Stage


@pytest.fixture
def stage(monkeypatch):
    monkeypatch.setenv("EXAMPLE_TOKEN", TOKEN)
    return Stage()
