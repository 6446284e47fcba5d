"""`cxengine journey`: the journey of a project as a diagram that Markdown can show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cxengine.cli.arguments import project_argument, set_option

if TYPE_CHECKING:
    from cxengine.engine import Engine
    from cxengine.project import Loaded

UNOBSERVED = (
    "No journey was observed: declare an [[observed_journey]] over a source that is an event log, and see"
    " docs/observed-journeys.md."
)


@click.command(short_help="Print the journey as Mermaid.")
@project_argument
@set_option
@click.option("--flowchart", is_flag=True, help="Draw stages, steps and moments of truth instead of scores.")
@click.option("--observed", is_flag=True, help="Draw the steps that event logs show; reads the evidence.")
def journey(project: Path, params: dict[str, str], *, flowchart: bool, observed: bool) -> None:
    """Print the journey as Mermaid: stages, touchpoints, who takes part, and the emotion assumed.

    With --observed: the steps that customers really take, dotted where they were not designed, and what is
    worth knowing about them in comments.
    """
    from cxengine import journey as journeys
    from cxengine.cli.arguments import open_engine
    from cxengine.diagnostics import ProjectError, errors

    engine = open_engine()
    loaded = engine.load(project, params=params)
    if wrong := errors(journeys.check(loaded.project, loaded.origins)):
        raise ProjectError(*wrong)
    if observed:
        click.echo(_observed(engine, loaded), nl=False)
        return
    graph = journeys.build(loaded.project)
    draw = journeys.flowchart if flowchart else journeys.journey_diagram
    click.echo(draw(graph), nl=False)


def _observed(engine: Engine, loaded: Loaded) -> str:
    """The diagrams of all observed journeys of a project."""
    from cxengine.cli.run import progress
    from cxengine.insight.observed.published import observed_diagram

    if not loaded.project.observed_journeys:
        raise click.UsageError(UNOBSERVED)
    with progress() as announce:
        result = engine.run(loaded, progress=announce)
    drawn = [observed_diagram(result.project, result.journey, one) for one in result.insight.observed]
    return "\n".join(drawn)
