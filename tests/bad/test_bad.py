"""Broken projects and evidence: what `cxengine` says about each, to the letter.

Every folder beside this file is a case. `expected.txt` holds what the command line prints and its exit
code; `command`, where there is one, the command (`check .` by default; `{tmp}` is a folder to write to).
`pytest tests/bad --update-golden` accepts today's output: read the difference before you commit it.
"""

import shlex
from pathlib import Path

import pytest

from cxengine.cli import main

HERE = Path(__file__).parent
CASES = sorted(folder.name for folder in HERE.iterdir() if folder.is_dir() and folder.name != "__pycache__")


def test_there_are_many_cases():
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES)
def test_case(case, golden, monkeypatch, capsys, tmp_path):
    folder = HERE / case
    command = (
        (folder / "command").read_text(encoding="utf-8").strip()
        if (folder / "command").exists()
        else "check ."
    )
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as stopped:
        main([word.replace("{tmp}", str(tmp_path)) for word in shlex.split(command)])
    output = capsys.readouterr()
    shown = f"$ cxengine {command}\n{output.out}{output.err}exit {stopped.value.code}\n"
    assert "Traceback" not in shown
    assert "CX600" not in shown, "an unexpected failure is never what a user should see"
    assert stopped.value.code in (1, 2), "a broken project is never clean"
    golden(
        folder / "expected.txt",
        shown.replace(str(tmp_path), "<tmp>").replace(str(HERE.parent.parent), "<repo>"),
    )
