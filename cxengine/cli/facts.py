"""`cxengine facts`: what the rules of a project may read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cxengine.cli.arguments import project_argument, set_option

if TYPE_CHECKING:
    from cxengine.rules.vocabulary import FactRow

WIDEST = 40
"""Characters of a type; the JSON format has all of them."""


@click.command(short_help="List what rules may read.")
@project_argument
@set_option
@click.option("--about", help="Only facts about one kind: response, project, touchpoint, cell or initiative.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def facts(project: Path, params: dict[str, str], about: str | None, form: str) -> None:
    """List the facts that rules of a project may read, with types and meanings."""
    import json

    from cxengine.cli.arguments import open_engine
    from cxengine.rules.compiler import compile_rules
    from cxengine.rules.plugged import plugged
    from cxengine.rules.vocabulary import describe

    loaded = open_engine().load(project, params=params)
    rows = describe(loaded.project, compile_rules(loaded.project, loaded.origins, plugged(loaded)).derived)
    subjects = list(dict.fromkeys(row.about for row in rows))
    if about and about not in subjects:
        raise click.UsageError(f"There are no facts about '{about}', only about: {', '.join(subjects)}.")
    rows = tuple(row for row in rows if about in (None, row.about))
    if form == "json":
        listed = [{"about": r.about, "name": r.name, "type": r.type, "meaning": r.meaning} for r in rows]
        click.echo(json.dumps({"facts": listed}, indent=2, ensure_ascii=False))
        return
    for subject in dict.fromkeys(row.about for row in rows):
        _print(subject, [row for row in rows if row.about == subject])


def _print(subject: str, rows: list[FactRow]) -> None:
    click.echo(f"about {subject}")
    types = [row.type if len(row.type) <= WIDEST else f"{row.type[: WIDEST - 4]} ..." for row in rows]
    wide, wider = max(len(row.name) for row in rows), max(map(len, types))
    for row, type_ in zip(rows, types, strict=True):
        click.echo(f"  {row.name:<{wide}}  {type_:<{wider}}  {row.meaning}")
