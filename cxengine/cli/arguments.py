"""Arguments that several commands take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

if TYPE_CHECKING:
    from cxengine.engine import Engine

Command = TypeVar("Command", bound=Callable[..., Any])


def project_argument(command: Command) -> Command:
    """`PROJECT`: a folder with cxengine.toml, or one file; here by default."""
    return click.argument("project", type=click.Path(path_type=Path), default=".")(command)


RUNS = Path("runs")
"""The folder of the folders of runs, which are called as their projects are, where no other is named."""


def previous_option(command: Command) -> Command:
    """`--previous FOLDER`, a text that `held_against` reads."""
    return click.option(
        "--previous",
        metavar="FOLDER",
        help="The run published before: nothing told now gives away what was kept back in it. By default the"
        " run of the project whose place this one takes, or that is in runs/; 'none' for no run.",
    )(command)


class Before(TypedDict, total=False):
    """The arguments of `Engine.run` that say which run was published before."""

    previous: Path
    published: Path


def held_against(previous: str | None, published: Path) -> Before:
    """Which run was published before.

    `published` is where runs of the project are; what is there counts unless `previous` names another
    folder, or says none.
    """
    if previous is None:
        return {"published": published}
    return {} if previous == "none" else {"previous": Path(previous)}


def set_option(command: Command) -> Command:
    """`--set name=value`, as the dictionary `params`."""
    return click.option(
        "--set",
        "params",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_params,
        help="Change a parameter that the project declares; may be repeated. "
        "A value that starts with ./ or ../ is a path from the working folder.",
    )(command)


NO_PLUGIN = "CXENGINE_NO_PLUGIN"
"""The environment variable with the names of plugins to keep away, separated by spaces."""


def plugin_option(command: click.Command) -> click.Command:
    """Gives a command `--no-plugin NAME`, which `open_engine` obeys."""
    if not any(parameter.name == "blocked" for parameter in command.params):
        option = click.Option(
            ["--no-plugin", "blocked"],
            multiple=True,
            metavar="NAME",
            envvar=NO_PLUGIN,
            show_envvar=True,
            expose_value=False,
            callback=_keep_away,
            help="Never import this distribution or module with plugins; may be repeated. * is all but ours.",
        )
        command.params.append(option)
    return command


def _keep_away(ctx: click.Context, option: click.Parameter, names: tuple[str, ...]) -> None:
    del option
    ctx.find_root().meta["cxengine.blocked"] = names


def open_engine() -> Engine:
    """An engine with the installed plugins, but for those that the command line keeps away."""
    from cxengine.engine import Engine

    return Engine(blocked=click.get_current_context().find_root().meta.get("cxengine.blocked", ()))


def _params(ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    del ctx
    params = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"'{text}' is not NAME=VALUE.", param=option)
        params[name.strip()] = str(Path(value).resolve()) if value.startswith(("./", "../")) else value
    return params
