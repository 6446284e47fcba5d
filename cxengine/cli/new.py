"""`cxengine new`: something to start from, one file a thing; a project where nothing else is named."""

from __future__ import annotations

from importlib import import_module
from typing import cast

import click

THINGS = {
    "project": "cxengine.cli.new_project",
    "plugin": "cxengine.cli.new_plugin",
    "mapping": "cxengine.cli.new_mapping",
}
"""What can be new, and the module with the command of that name."""


class Things(click.Group):
    """Commands by what they make; `cxengine new NAME` makes a project."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which one needs them."""
        del ctx
        return list(THINGS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        del ctx
        if cmd_name not in THINGS:
            return None
        return cast(click.Command, getattr(import_module(THINGS[cmd_name]), cmd_name))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts `project` before what names nothing else."""
        asks = bool(args) and args[0] in (*THINGS, *ctx.help_option_names, "--no-plugin")
        return super().parse_args(ctx, args if asks else ["project", *args])


@click.group(cls=Things, short_help="Write a project or a plugin to start from.")
def new() -> None:
    """Write a project or a plugin to start from.

    `cxengine new NAME` writes a project. To call it like one of the commands, write ./NAME.
    """
