"""`cxengine schema`: JSON Schema for editors and for readers of results."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

_PUBLISHED = {
    "roadmap": ("cxengine.planning.published", "roadmap_schema"),
    "insight": ("cxengine.insight.published", "insight_schema"),
    "observed": ("cxengine.insight.observed.published", "observed_schema"),
    "scenarios": ("cxengine.review.scenarios", "scenarios_schema"),
    "diff": ("cxengine.review.comparing.difference", "diff_schema"),
}
"""What runs and commands write, with the function that makes its schema."""


@click.command(short_help="Print the JSON Schema of TOML, or of what runs and commands write.")
@click.argument("of", type=click.Choice(["project", *_PUBLISHED]), default="project")
def schema(of: str) -> None:
    """Print the JSON Schema of a project's TOML, of a file of a run, or of `cxengine diff --format json`.

    Editors with a TOML language server complete and check with the former: put a line
    `#:schema ./cxengine.schema.json` at the top of a file.
    """
    import json

    click.echo(json.dumps(_content(of), indent=2, ensure_ascii=False))


def _content(of: str) -> dict[str, Any]:
    if of in _PUBLISHED:
        module, name = _PUBLISHED[of]
        made: dict[str, Any] = getattr(import_module(module), name)()
        return made
    from cxengine.cli.arguments import open_engine
    from cxengine.project.schema import schema as project_schema

    return project_schema(open_engine().registry)
