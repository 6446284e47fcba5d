"""`cxengine check`: everything that can be said about a project without its evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cxengine.cli.arguments import project_argument, set_option

if TYPE_CHECKING:
    from cxengine.diagnostics import Diagnostic
    from cxengine.project.model import Project


@click.command(short_help="Find every mistake, with its place and a way out.")
@project_argument
@set_option
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text")
@click.option("--strict", is_flag=True, help="Also say which rules never or always fire, clash or repeat.")
@click.pass_context
def check(ctx: click.Context, project: Path, params: dict[str, str], form: str, strict: bool) -> None:
    """Check a project: TOML, references, journey, expressions, plugins and their options."""
    from cxengine import diagnostics
    from cxengine.cli.arguments import open_engine

    engine, summary = open_engine(), None
    try:
        loaded = engine.load(project, params=params)
        found = engine.check(loaded, strict=strict)
        summary = _size(loaded.project)
    except diagnostics.CxengineError as error:
        found = error.diagnostics
    output = _rendered(found, form, summary)
    if output:
        click.echo(output)
    severities = {finding.severity for finding in found}
    ctx.exit(2 if "error" in severities else 1 if "warning" in severities else 0)


def _rendered(found: tuple[Diagnostic, ...], form: str, summary: str | None) -> str:
    from cxengine.diagnostics import render_github, render_json

    if form == "json":
        return render_json(found)
    return render_github(found) if form == "github" else _text(found, summary)


def _text(found: tuple[Diagnostic, ...], summary: str | None) -> str:
    from cxengine.diagnostics import render_text

    counts = {kind: sum(one.severity == kind for one in found) for kind in ("error", "warning", "note")}
    counted = ", ".join(_counted(n, kind) for kind, n in counts.items() if n)
    last = f"{summary or 'The project cannot be used'}: {counted or 'no findings'}."
    return "\n".join([render_text(found), last] if found else [last])


def _size(project: Project) -> str:
    parts = {
        "stage": project.stages,
        "touchpoint": project.touchpoints,
        "source": project.sources,
        "metric": project.metrics,
        "rule": project.rules,
        "table": project.tables,
        "initiative": project.initiatives,
    }
    counted = [_counted(len(elements), name) for name, elements in parts.items() if elements]
    return f"{project.project.name} ({', '.join(counted)})" if counted else project.project.name


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"
