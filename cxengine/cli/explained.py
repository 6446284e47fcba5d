"""What `why` and `why-not` share: run the project, explain, print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import click


def print_explained(
    question: Literal["why", "why_not"],
    item: str,
    project: Path,
    params: dict[str, str],
    *,
    previous: str | None,
    form: str,
) -> None:
    """Runs the project and prints the explanation.

    The project is run anew rather than read from a folder: what was written there need not be what the
    TOML and the evidence say now.
    """
    from cxengine.cli.arguments import RUNS, held_against, open_engine
    from cxengine.cli.run import progress

    engine = open_engine()
    with progress() as show:
        loaded = engine.load(project, params=params)
        before = held_against(previous, RUNS / loaded.project.project.id)
        result = engine.run(loaded, progress=show, **before)
        explain = engine.why if question == "why" else engine.why_not
        step = explain(result, item)
    click.echo(json.dumps(step.to_json(), indent=2, ensure_ascii=False) if form == "json" else str(step))
