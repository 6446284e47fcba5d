"""`cxengine insight`: what goes with loyalty and other outcomes, the weightiest finding first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cxengine.cli.arguments import project_argument, set_option

if TYPE_CHECKING:
    from cxengine.insight.finding import Finding

NOTHING = (
    "The project asks about no outcome: declare a [[driver_model]] with an outcome and the drivers that may"
    " explain it."
)


@click.command(short_help="Print what was found about drivers, the weightiest first.")
@project_argument
@set_option
@click.option("--model", help="Only findings of this driver model.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def insight(project: Path, params: dict[str, str], model: str | None, form: str) -> None:
    """Run the project and print the findings of its driver models, the weightiest first.

    One line each: the effect with its 95% interval, how many answers it rests on, and a sentence of
    caution. --format json prints all numbers, as insight.json holds them.
    """
    from cxengine.cli.arguments import open_engine
    from cxengine.cli.run import progress
    from cxengine.insight.published import insight_json

    engine = open_engine()
    loaded = engine.load(project, params=params)
    known = [str(table.id) for table in loaded.project.driver_models]
    if model is not None and model not in known:
        listed = f"there are: {', '.join(known)}" if known else "there is none"
        raise click.UsageError(f"There is no driver model '{model}'; {listed}.")
    with progress() as announce:
        result = engine.run(loaded, progress=announce)
    content = insight_json(result.insight)
    wanted = known if model is None else [model]
    if form == "json":
        for part, key in (("findings", "model"), ("models", "id")):
            content[part] = [entry for entry in content[part] if entry[key] in wanted]
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
        return
    from cxengine.insight.drivers.findings import findings

    told = [finding for finding in findings(result.insight.drivers) if finding.model in wanted]
    click.echo("\n".join(_line(i, finding) for i, finding in enumerate(told, 1)) or NOTHING)


def _line(number: int, finding: Finding) -> str:
    return " ".join(part for part in (f"{number}.", finding.text, finding.caution) if part)
