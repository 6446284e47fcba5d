"""A source on a fake Qualtrics, with a clock that does not wait."""

import random

import pytest
from cxengine_qualtrics.source import Qualtrics

from cxengine.plugin.http import Network
from cxengine.project.structure import structure
from cxengine.testing.network import StillClock, Trouble

from .fake_qualtrics import SURVEY, TOKEN


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Makes a source: options, a service, and what happens to which request."""
    monkeypatch.setenv("QUALTRICS_TOKEN", TOKEN)

    def make(service, faults=None, clock=None, **options):
        given = {"survey": SURVEY, "site": "https://fra1.qualtrics.com", **options}
        structured, problems = structure(given, Qualtrics.Options)
        assert not problems, problems
        made = Qualtrics(structured, tmp_path)
        clock = clock or StillClock()
        trouble = Trouble(service, faults, clock=clock)
        made.network = Network(transport=trouble, clock=clock, chance=random.Random(1))
        made.trouble = trouble
        return made

    return make


@pytest.fixture
def rows():
    """Reads a source: its rows as tables, without what is empty."""

    def read(made):
        batches = list(made.read())
        return [
            {k: v for k, v in row.items() if v is not None} for b in batches for row in b.rows.to_pylist()
        ]

    return read
