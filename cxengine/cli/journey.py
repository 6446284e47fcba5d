"""`cxengine journey`: the journey of a project as a diagram that Markdown can show."""

from __future__ import annotations

from pathlib import Path

import click

from cxengine.cli.arguments import project_argument, set_option


@click.command(short_help="Print the journey as Mermaid.")
@project_argument
@set_option
@click.option("--flowchart", is_flag=True, help="Draw stages, steps and moments of truth instead of scores.")
def journey(project: Path, params: dict[str, str], *, flowchart: bool) -> None:
    """Print the journey as Mermaid: stages, touchpoints, who takes part, and the emotion assumed."""
    from cxengine import journey as journeys
    from cxengine.cli.arguments import open_engine
    from cxengine.diagnostics import ProjectError, errors

    loaded = open_engine().load(project, params=params)
    if wrong := errors(journeys.check(loaded.project, loaded.origins)):
        raise ProjectError(*wrong)
    graph = journeys.build(loaded.project)
    draw = journeys.flowchart if flowchart else journeys.journey_diagram
    click.echo(draw(graph), nl=False)
