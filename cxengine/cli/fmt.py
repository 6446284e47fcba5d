"""`cxengine fmt`: expressions in their canonical spelling."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cxengine.cli.arguments import project_argument

if TYPE_CHECKING:
    from cxengine.formatting import Formatted


@click.command(short_help="Spell expressions in one way.")
@project_argument
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where something would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@click.pass_context
def fmt(ctx: click.Context, project: Path, check: bool, diff: bool) -> None:
    """Spell the expressions of a project in one way: spaces, quotes, and `20.0` where a double is compared.

    Only the expressions change, and never what they mean; line breaks, comments and brackets stay. Files of
    rulesets that the project extends are left alone.
    """
    from cxengine.diagnostics import ProjectError, errors
    from cxengine.engine import Engine
    from cxengine.formatting import formatted
    from cxengine.project.rewrite import write

    engine = Engine()
    loaded = engine.load(project)
    if found := errors(engine.check(loaded)):
        raise ProjectError(*found)
    files = formatted(loaded)
    changed = [file for file in files if file.changed]
    if check or diff:
        click.echo("".join(file.diff() for file in changed), nl=False)
    else:
        for file in changed:
            write(file.document, file.text)
            click.echo(f"Formatted {file.document.name}.")
    click.echo(_counted(files, changed, "would change" if check or diff else "changed"), err=True)
    ctx.exit(1 if check and changed else 0)


def _counted(files: tuple[Formatted, ...], changed: list[Formatted], done: str) -> str:
    if not changed:
        return "Every expression is spelled as it should be."
    return f"{len(changed)} of {len(files)} {'file' if len(files) == 1 else 'files'} {done}."
