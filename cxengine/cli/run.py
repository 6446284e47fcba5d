"""`cxengine run`: from TOML and evidence to a folder with the roadmap."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cxengine.cli.arguments import RUNS, held_against, previous_option, project_argument, set_option
from cxengine.cli.columns import columns
from cxengine.cli.measured import fitted, measured
from cxengine.cli.returns import returns

if TYPE_CHECKING:
    from cxengine.engine import Progress, Result
    from cxengine.evidence.evidence import Account
    from cxengine.planning.quality import Quality
    from cxengine.planning.roadmap import Item
    from cxengine.project.model import EngineName

FIRST = 3
REASONS = 3


@click.command(short_help="Measure, conclude, plan, and write the results.")
@project_argument
@set_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The folder to write; runs/ and the project's id by default.",
)
@click.option(
    "--engine",
    "name",
    type=click.Choice(["duckdb", "postgres", "spark", "clickhouse"]),
    help="What measures the evidence, instead of the project's [engine].",
)
@previous_option
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text")
@click.pass_context
def run(
    ctx: click.Context,
    *,
    project: Path,
    params: dict[str, str],
    out: Path | None,
    name: EngineName | None,
    previous: str | None,
    form: str,
) -> None:
    """Measure the experience, apply the rules, plan, and write the results.

    Exit codes: 0 clean, 1 with findings (warnings, quarantined rows), 2 unusable input.
    """
    from cxengine.cli.arguments import open_engine

    engine = open_engine()
    with progress() as announce:
        loaded = engine.load(project, params=params)
        folder = out or RUNS / loaded.project.project.id
        result = engine.run(loaded, engine=name, progress=announce, **held_against(previous, folder))
        announce("Writing")
        files = engine.write(result, folder)
    click.echo({"text": _text, "json": _json, "github": _github}[form](result, folder, files))
    findings = any(finding.severity != "note" for finding in result.warnings)
    quarantined = any(account.rows_quarantined + account.values_quarantined for account in _accounts(result))
    ctx.exit(1 if findings or quarantined else 0)


@contextmanager
def progress() -> Iterator[Progress]:
    """Says on a terminal what is being done; silent elsewhere."""
    import sys

    if sys.stderr is None or not sys.stderr.isatty():  # None where it is closed
        yield _silence
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda stage: status.update(f"{stage} ...")


def _silence(stage: str) -> None:
    """Nobody is watching."""


def _text(result: Result, folder: Path, files: Sequence[Path]) -> str:
    from cxengine.diagnostics import render_text

    parts = [_evidence(_accounts(result)), *_excluded(_accounts(result)), *_reading(result)]
    if warnings := [finding for finding in result.warnings if finding.severity != "note"]:
        parts.append(render_text(warnings))
    notes = [finding for finding in result.warnings if finding.severity == "note"]
    if told := [finding for finding in notes if finding.code in _TOLD]:
        parts.append(render_text(told))
    if notes := [finding for finding in notes if finding.code not in _TOLD]:
        codes = ", ".join(sorted({finding.code for finding in notes}))
        parts.append(
            f"{_counted(len(notes), 'note')} not shown here ({codes}): --format json has them in full."
        )
    if not result.roadmap and (lines := measured(result)):
        parts.append(lines)
    if not result.roadmap and (lines := fitted(result)):
        parts.append(lines)
    if lines := returns(result.rox):
        parts.append(lines)
    if result.roadmap:
        items = result.roadmap.items[:FIRST]
        parts.append("\n".join(_item(item, result) for item in items) or "No initiative is on the roadmap.")
        if items and result.roadmap.quality:
            parts.append(result.roadmap.quality.sentence())
    if result.compared:
        parts.append(result.compared)
    parts.append(f"Wrote {folder}: {', '.join(path.relative_to(folder).as_posix() for path in files)}")
    return "\n\n".join(parts)


_TOLD = ("CX532", "CX533")
"""Notes that nobody should have to look for: what was not measured, and what is of a part of a period."""


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _evidence(accounts: Sequence[Account]) -> str:
    """What became of the rows and values of every source, and in all."""
    shown = [
        (head, key)
        for head, key, always in _COUNTS
        if always or any(getattr(account, key) for account in accounts)
    ]
    counts = [tuple(getattr(account, key) for _, key in shown) for account in accounts]
    names = [account.source for account in accounts]
    if len(accounts) > 1:
        names.append("in all")
        counts.append(tuple(map(sum, zip(*counts, strict=True))))
    heads = ["source", *(head for head, _ in shown)]
    rows = [[name, *(f"{n:,}" for n in row)] for name, row in zip(names, counts, strict=True)]
    return columns(heads, rows)


def _reading(result: Result) -> Iterator[str]:
    """What was read and what was kept, where a project keeps anything, and what the engine does not tell."""
    remarks = list(result.evidence.reading)
    if remarks and getattr(result.evidence.backend, "asked", False):
        remarks.append("What does not add up over inputs was asked of all kept answers, and of no input.")
    if remarks:
        yield "\n".join(remarks)


def _excluded(accounts: Sequence[Account]) -> Iterator[str]:
    """The rules that left rows out, and why."""
    lines = [
        f'{account.source}: rule "{by.rule}" leaves out {_counted(by.rows, "row")}: {by.because}'
        for account in accounts
        for by in account.excluded_by
    ]
    if lines:
        yield "\n".join(lines)


_COUNTS = (
    ("rows read", "rows_read", True),
    ("used", "rows_used", True),
    ("quarantined", "rows_quarantined", True),
    ("superseded", "rows_superseded", False),
    ("excluded", "rows_excluded", False),
    ("forgotten", "rows_forgotten", False),
    ("answers read", "values_read", True),
    ("used", "values_used", True),
    ("blank", "values_blank", True),
    ("quarantined", "values_quarantined", True),
    ("superseded", "values_superseded", False),
    ("excluded", "values_excluded", False),
)
"""Columns of the account: head, what is counted, and whether it is shown where there is none."""


def _item(item: Item, result: Result) -> str:
    areas = {str(area.id): area.name for area in result.project.areas}
    teams = {str(team.id): team.name for team in result.project.teams}
    when = f"{item.start:%d %b %Y} to {item.end:%d %b %Y}" if item.start and item.end else "later"
    places = (areas.get(item.area or ""), teams.get(item.team or ""), when)
    head = f"{item.rank}. {item.name} ({' · '.join(place for place in places if place)})"
    reasons = [f"   - {reason.text}" for reason in item.reasons[:REASONS]]
    return "\n".join([head, *reasons])


def _quality(result: Result) -> Quality | None:
    return result.roadmap.quality if result.roadmap else None


def _json(result: Result, folder: Path, files: Sequence[Path]) -> str:
    import attrs

    from cxengine.review.rox import plain

    content = {
        "folder": folder.as_posix(),
        "compared": result.compared or None,
        "files": [path.relative_to(folder).as_posix() for path in files],
        "reading": result.evidence.reading,
        "evidence": [attrs.asdict(account) for account in _accounts(result)],
        "diagnostics": [finding.to_json() for finding in result.warnings],
        "fitted": [attrs.asdict(one) for one in result.fitted],
        "rox": [plain(one) for one in result.rox],
        "quality": attrs.asdict(quality) if (quality := _quality(result)) else None,
        "roadmap": [
            {"rank": item.rank, "id": item.id, "reasons": [reason.text for reason in item.reasons]}
            for item in (result.roadmap.items if result.roadmap else ())
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _github(result: Result, folder: Path, files: Sequence[Path]) -> str:
    from cxengine.diagnostics import render_github

    wrote = f"::notice title=cxengine::Wrote {len(files)} files to {folder}"
    return "\n".join(filter(None, [render_github(result.warnings), wrote]))


def _accounts(result: Result) -> tuple[Account, ...]:
    return result.evidence.accounts
