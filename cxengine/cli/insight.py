"""`cxengine insight`: everything that was found, what matters most first."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from cxengine.cli.arguments import RUNS, held_against, previous_option, project_argument, set_option

if TYPE_CHECKING:
    from cxengine.project.model import Project

NOTHING = "Nothing was found that is worth telling."
_WIDTH = 100
_INDENT = 27


@click.command(short_help="Print everything that was found, what matters most first.")
@project_argument
@set_option
@click.option("--kind", "kinds", multiple=True, help="Only findings of this kind; may be repeated.")
@click.option("--touchpoint", help="Only findings about this touchpoint.")
@click.option("--model", help="Only findings of this driver model.")
@click.option("--top", type=click.IntRange(min=1), help="Only so many.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@previous_option
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
def insight(
    *, project: Path, params: dict[str, str], form: str, top: int | None, previous: str | None, **only: Any
) -> None:
    """Run the project and print what was found: what hurts, what changed, what goes with loyalty ...

    What matters most comes first. Each finding has its effect with its 95% interval, how many answers it
    rests on, and what it may not be used for. How much it matters is told in points from 0 to 100: how large
    the effect is, times the share of customers concerned, times how sure it is.

    --format json prints all numbers, as insight.json holds them.
    """
    from cxengine.cli.arguments import open_engine
    from cxengine.cli.run import progress
    from cxengine.insight.published import insight_json

    engine = open_engine()
    loaded = engine.load(project, params=params)
    wanted = _filter(loaded.project, **only)
    with progress() as announce:
        before = held_against(previous, RUNS / loaded.project.project.id)
        result = engine.run(loaded, progress=announce, **before)
    content = insight_json(result.project, result.journey, result.insight, result.rox)
    content["findings"] = [finding for finding in content["findings"] if wanted(finding)][:top]
    if only["model"] is not None:
        content["models"] = [model for model in content["models"] if model["id"] == only["model"]]
    if form == "json":
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(content["findings"])) or NOTHING)


def _filter(
    project: Project, kinds: tuple[str, ...] = (), touchpoint: str | None = None, model: str | None = None
) -> Callable[[dict[str, Any]], bool]:
    """Which findings are asked for.

    Raises:
        click.UsageError: there is no such kind, touchpoint or driver model.
    """
    from typing import get_args

    from cxengine.insight.finding import FindingKind

    for kind in kinds:
        _known("kind of finding", kind, get_args(FindingKind))
    if touchpoint is not None:
        _known("touchpoint", touchpoint, [str(one.id) for one in project.touchpoints])
    if model is not None:
        _known("driver model", model, [str(table.id) for table in project.driver_models])
    return lambda finding: (
        (not kinds or finding["kind"] in kinds)
        and (touchpoint is None or touchpoint in finding["touchpoints"])
        and (model is None or finding["model"] == model)
    )


def _known(what: str, name: str, names: Iterable[str]) -> None:
    if name not in (known := list(names)):
        listed = f"there are: {', '.join(known)}" if known else "there is none"
        raise click.UsageError(f"There is no {what} '{name}'; {listed}.")


def _lines(findings: list[dict[str, Any]]) -> Iterable[str]:
    """A finding each: its place, how much it matters, its kind, the sentence, and the caution."""
    if findings:
        yield f"{'':3}  {'matters':>7}  {'kind':<11}  finding"
    for place, finding in enumerate(findings, 1):
        told = " ".join(part for part in (finding["text"], finding["caution"]) if part)
        kind = wrap(finding["kind"], 11)
        lines = wrap(told, _WIDTH - _INDENT, break_long_words=False)
        yield f"{place:3}  {finding['matters']:7.1f}  {kind[0]:<11}  {lines[0]}"
        for i, line in enumerate(lines[1:], 1):
            yield f"{'':14}{kind[i] if i < len(kind) else '':<11}  {line}"
