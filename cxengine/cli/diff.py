"""`cxengine diff`: what changed between two runs, and what moved each item."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command(short_help="Compare two runs: what changed, and what moved each item.")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def diff(ctx: click.Context, before: Path, after: Path, form: str) -> None:
    """Compare the folders of two runs: items in and out, ranks, dates, areas, scores, measurements.

    Every move of an item is assigned to data, definition, rule, estimate or capacity: the roadmap is planned
    again with one of them changed at a time, and the shares add up.

    Exit codes: 0 nothing changed, 1 something did, 2 unusable input.
    """
    from cxengine.cli.arguments import open_engine
    from cxengine.cli.run import progress
    from cxengine.review.comparing.text import told

    engine = open_engine()
    with progress() as announce:
        found = engine.diff(before, after, progress=announce)
    click.echo(told(found) if form == "text" else json.dumps(found.to_json(), indent=2, ensure_ascii=False))
    ctx.exit(0 if found.nothing else 1)
