"""`cxengine scenarios`: what would come of other plans, side by side."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cxengine.cli.arguments import RUNS, held_against, previous_option, project_argument, set_option

NONE = (
    "The project asks about no scenario: declare a [[scenario]] with an id, a name and what is otherwise,"
    ' such as team = [{ id = "web", capacity = 2.0 }].'
)


@click.command(short_help="Compare scenarios: dates, value and cost, side by side.")
@project_argument
@set_option
@previous_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def scenarios(project: Path, params: dict[str, str], previous: str | None, form: str) -> None:
    """Run the project, plan every [[scenario]] on the same measurements, and compare them in one table."""
    from cxengine.cli.arguments import open_engine
    from cxengine.cli.run import progress
    from cxengine.review.scenarios import notes, rows, scenarios_json

    with progress() as announce:
        engine = open_engine()
        loaded = engine.load(project, params=params)
        before = held_against(previous, RUNS / loaded.project.project.id)
        found = engine.run(loaded, progress=announce, **before).scenarios
    if found is None:
        click.echo(NONE if form == "text" else "null")
    elif form == "json":
        click.echo(json.dumps(scenarios_json(found), indent=2, ensure_ascii=False))
    else:
        table = rows(found)
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for first, *rest in table:
            cells = [first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(rest, widths[1:], strict=True))]
            click.echo("  ".join(cells).rstrip())
        for name, note in notes(found):
            click.echo(f"\n{name}: {note}")
