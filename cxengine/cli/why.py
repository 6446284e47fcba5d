"""`cxengine why`: from a decision down to the rows that it rests on."""

from __future__ import annotations

from pathlib import Path

import click

from cxengine.cli.arguments import previous_option, project_argument, set_option
from cxengine.cli.explained import print_explained


@click.command(short_help="Explain a decision down to the rows it rests on.")
@click.argument("item")
@project_argument
@set_option
@previous_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def why(item: str, project: Path, params: dict[str, str], previous: str | None, form: str) -> None:
    """Explain an item of the roadmap, a touchpoint, a fact or a rule, down to the sources.

    ITEM is the id of an initiative or a touchpoint, TOUCHPOINT/SEGMENT, a fact of one of them such as
    checkout.urgent, or a rule there: RULE@checkout. Where several things have the name, say which:
    touchpoint:checkout, initiative:checkout, project:checkout, rule:checkout. The project is run first.
    """
    print_explained("why", item, project, params, previous=previous, form=form)
