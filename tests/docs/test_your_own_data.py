"""The way from one's own CSV to a roadmap is as the page says: its commands run, on what it shows of a file."""

from __future__ import annotations

import random
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from cxengine.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "your-own-data.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return found


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the file of the page, continued as it begins, and one of tickets."""
    chance = random.Random(20260105)
    lines = block("csv").splitlines()
    for number in range(1003, 1203):
        day = f"{chance.randint(1, 28):02}.{chance.randint(1, 12):02}.2026 {chance.randint(0, 23):02}:30"
        sat = [str(chance.randint(2, 5)), str(chance.randint(1, 5)), chance.choice(["-", "1", "2", "3", "4"])]
        said = chance.choice(["", "", f"It took them {number} attempts to find my house"])
        kind = chance.choice(["new", "regular"])
        lines.append(f"r{number};{day};C{number};{kind};{chance.randint(0, 10)};{';'.join(sat)};{said}")
    (tmp_path / "answers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tickets = ["ticket_id,opened,closed,channel"]
    tickets += [f"T{i},2026-01-{1 + i % 28:02} 09:00,2026-02-{1 + i % 20:02} 17:00,web" for i in range(40)]
    (tmp_path / "tickets.csv").write_text("\n".join(tickets) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line: str, capsys) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(shlex.split(line))
    said = capsys.readouterr()
    assert stopped.value.code == 0, (line, said)
    return said.out


def test_every_command_of_the_page(folder, capsys, monkeypatch):
    monkeypatch.setenv("CXENGINE_KEY", "0" * 64)
    printed = {}
    lines = [line for line in re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE) if not line.startswith("grep")]
    assert len(lines) == 7
    for line in lines:
        if line == "cxengine run shop" and line in printed:
            (folder / "shop" / "ideas.toml").write_text(block("toml"), encoding="utf-8")
        printed[line] = run(line.removeprefix("cxengine "), capsys)
    text = (folder / "shop" / "cxengine.toml").read_text(encoding="utf-8")
    assert text.count("DECIDE") >= 10
    found = tomllib.loads(text)
    mapping = found["source"][0]["mapping"]
    assert mapping["occurred_at"] == {"column": "date", "format": "%d.%m.%Y %H:%M"}
    assert mapping["customer_id"] == "customer_no"
    assert mapping["signals"][1]["no_answer"] == ["", "-"]
    assert [m["id"] for m in found["metric"]] == ["nps", "csat_rating"]
    assert (folder / "runs" / "shop" / "report.html").exists()
    assert (
        "a call back within the hour"
        in (folder / "runs" / "shop" / "roadmap.md").read_text(encoding="utf-8").lower()
    )
    tickets = tomllib.loads((folder / "shop" / "tickets.toml").read_text(encoding="utf-8"))
    assert "project" not in tickets
    assert tickets["source"][0]["options"] == {"path": "../tickets.csv"}


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", PAGE):
        assert (Path(__file__).parents[2] / "docs" / target).exists(), target
