"""`cxengine why-not`: what would have had to be otherwise."""

from __future__ import annotations

from pathlib import Path

import click

from cxengine.cli.arguments import previous_option, project_argument, set_option
from cxengine.cli.explained import print_explained


@click.command("why-not", short_help="Tell what would have to change for another decision.")
@click.argument("item")
@project_argument
@set_option
@previous_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def why_not(item: str, project: Path, params: dict[str, str], previous: str | None, form: str) -> None:
    """Explain why a rule did not fire, or why an initiative is not higher, and what would change it.

    ITEM is RULE@TOUCHPOINT, RULE@TOUCHPOINT/SEGMENT or RULE@INITIATIVE, a fact that was not derived such
    as checkout.urgent, or the id of an initiative or touchpoint. The project is run first.
    """
    print_explained("why_not", item, project, params, previous=previous, form=form)
