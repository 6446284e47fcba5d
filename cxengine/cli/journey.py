"""`cxengine journey`: the journey of a project as a diagram that Markdown can show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cxengine.cli.arguments import RUNS, held_against, previous_option, project_argument, set_option

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
@previous_option
def journey(
    project: Path, params: dict[str, str], *, flowchart: bool, observed: bool, previous: str | None
) -> None:
    """Print the journey as Mermaid: stages, touchpoints, who takes part, and the emotion assumed.

    With --observed: the steps that customers really take, dotted where they were not designed, and what is
    worth knowing about them in comments. Beside the previous run, that tells of no few customers either.
    """
    from cxengine import journey as journeys
    from cxengine.cli.arguments import open_engine
    from cxengine.diagnostics import ProjectError, errors

    engine = open_engine()
    loaded = engine.load(project, params=params)
    if wrong := errors(journeys.check(loaded.project, loaded.origins)):
        raise ProjectError(*wrong)
    if observed:
        click.echo(_observed(engine, loaded, previous), nl=False)
        return
    graph = journeys.build(loaded.project)
    draw = journeys.flowchart if flowchart else journeys.journey_diagram
    click.echo(draw(graph), nl=False)


def _observed(engine: Engine, loaded: Loaded, previous: str | None) -> str:
    """The diagrams of all observed journeys of a project; why there is none is told on the error stream."""
    from cxengine.cli.run import progress
    from cxengine.diagnostics import render_text
    from cxengine.insight.observed.published import observed_diagram

    if not loaded.project.observed_journeys:
        raise click.UsageError(UNOBSERVED)
    with progress() as announce:
        before = held_against(previous, RUNS / loaded.project.project.id)
        result = engine.run(loaded, progress=announce, **before)
    if untold := [warning for warning in result.warnings if warning.code == "CX264"]:
        click.echo(render_text(untold), err=True)
    drawn = [observed_diagram(result.project, result.journey, one) for one in result.insight.observed]
    return "\n".join(drawn)
