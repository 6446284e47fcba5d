"""What all tests share: golden files, and the command line as a function."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)  # every run tries the same, on any machine
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="accept today's output as golden files")


@pytest.fixture
def golden(request):
    """`golden(path, text)` compares a text with a file, or writes it with --update-golden."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} does not exist; run pytest --update-golden and read what it wrote"
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def cli(capsys):
    """Runs a command; returns exit code, standard output, standard error."""
    from cxengine.cli import main

    def run(*words):
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        output = capsys.readouterr()
        return stopped.value.code, output.out, output.err

    return run
