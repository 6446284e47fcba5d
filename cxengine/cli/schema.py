"""`cxengine schema`: JSON Schema for editors and for readers of results."""

from __future__ import annotations

import click


@click.command(short_help="Print the JSON Schema of TOML, roadmap.json, insight.json or observed.json.")
@click.argument("of", type=click.Choice(["project", "roadmap", "insight", "observed"]), default="project")
def schema(of: str) -> None:
    """Print the JSON Schema of a project's TOML, of roadmap.json, of insight.json or of observed.json.

    Editors with a TOML language server complete and check with the former: put a line
    `#:schema ./cxengine.schema.json` at the top of a file.
    """
    import json

    if of == "roadmap":
        from cxengine.planning.published import roadmap_schema

        content = roadmap_schema()
    elif of == "insight":
        from cxengine.insight.published import insight_schema

        content = insight_schema()
    elif of == "observed":
        from cxengine.insight.observed.published import observed_schema

        content = observed_schema()
    else:
        from cxengine.cli.arguments import open_engine
        from cxengine.project.schema import schema as project_schema

        content = project_schema(open_engine().registry)
    click.echo(json.dumps(content, indent=2, ensure_ascii=False))
