"""`cxengine export`: bring a service to the state of the roadmap, in two steps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cxengine.cli.arguments import RUNS, held_against, previous_option, project_argument, set_option

if TYPE_CHECKING:
    from cxengine.engine import Engine
    from cxengine.plugin import Outcome, Plan
    from cxengine.plugin.http import Network
    from cxengine.project import Loaded


@click.command(short_help="Plan what a service would get of the roadmap, or apply it.")
@project_argument
@set_option
@click.option("--to", metavar="EXPORT", help="The id of an [[export]]; needed where several use a service.")
@click.option("--plan/--apply", "only_plan", default=True, help="Show what would change, or do it.")
@click.option(
    "--plan-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --plan, the file to keep the plan in; with --apply, the plan to apply instead of a new one.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Append every request to this file, one JSON object a line, without contents and secrets.",
)
@previous_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def export(
    ctx: click.Context,
    *,
    project: Path,
    params: dict[str, str],
    to: str | None,
    only_plan: bool,
    plan_file: Path | None,
    record: Path | None,
    previous: str | None,
    form: str,
) -> None:
    """Show what an [[export]] that uses a service would create, change and close there, or do it.

    Exit codes: 0 nothing to do or all done, 1 changes are waiting, failed or were skipped, 2 unusable input.
    """
    from cxengine.cli.arguments import open_engine
    from cxengine.cli.run import progress
    from cxengine.plugin.plan_file import read_plan, write_plan

    engine = open_engine()
    loaded = engine.load(project, params=params)
    to = to or _only(loaded)
    with progress() as announce:
        network = _network(announce, record)
        if only_plan or plan_file is None:
            before = held_against(previous, RUNS / loaded.project.project.id)
            result = engine.run(loaded, progress=announce, **before)
            announce("Planning the export")
            plan = engine.plan_export(result, to, network=network)
        else:
            plan = read_plan(plan_file)
        if only_plan:
            outcomes = None
        else:
            announce("Exporting")
            outcomes = _applied(engine, loaded, to, plan, network=network, form=form)
    if only_plan and plan_file is not None:
        write_plan(plan_file, plan)
    _show(plan, outcomes, form)
    open_ends = plan.pending if outcomes is None else [one for one in outcomes if one.status != "done"]
    ctx.exit(1 if open_ends else 0)


def _only(loaded: Loaded) -> str:
    """The id of the one export that uses a service."""
    from cxengine.plugin import RemoteExporter

    exports = [str(table.id) for table in loaded.project.exports]
    remote = [key for key in exports if issubclass(loaded.uses["export", key].plugin, RemoteExporter)]
    if len(remote) != 1:
        named = f": {', '.join(remote)}" if remote else ""
        several = f"This project has {len(remote)} exports that use a service{named}"
        raise click.UsageError(f"{several}; name one with --to." if remote else f"{several}.")
    return remote[0]


def _network(announce: Any, record: Path | None) -> Network:
    """Requests are announced, and recorded where that is asked for."""
    from cxengine.plugin.http import Exchange, Network
    from cxengine.plugin.json_value import plain

    if record is None:
        return Network(progress=announce)

    def keep(exchange: Exchange) -> None:
        with record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(plain(exchange), ensure_ascii=False) + "\n")

    return Network(progress=announce, record=keep)


def _applied(
    engine: Engine, loaded: Loaded, to: str, plan: Plan, *, network: Network, form: str
) -> list[Outcome]:
    """Applies; says at once what is done, so that a run that is cut off has said it."""
    from cxengine.plugin.plan_text import outcome_text

    outcomes = []
    for outcome in engine.apply_export(loaded, to, plan, network=network):
        outcomes.append(outcome)
        click.echo(outcome_text(outcome), err=form == "json")
    return outcomes


def _show(plan: Plan, outcomes: Sequence[Outcome] | None, form: str) -> None:
    from cxengine.plugin.json_value import plain
    from cxengine.plugin.plan_file import plan_value
    from cxengine.plugin.plan_text import plan_text

    if form == "json":
        content: dict[str, Any] = {"plan": plan_value(plan)}
        if outcomes is not None:
            content["outcomes"] = plain(outcomes)
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
    elif outcomes is None:
        click.echo(plan_text(plan))
    else:
        failed = sum(outcome.status != "done" for outcome in outcomes)
        done = len(outcomes) - failed
        click.echo(f"{done} done{f', {failed} not done' if failed else ''}.")
