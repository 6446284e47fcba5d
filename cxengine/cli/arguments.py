"""Arguments that several commands take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def project_argument(command: Command) -> Command:
    """`PROJECT`: a folder with cxengine.toml, or one file; here by default."""
    return click.argument("project", type=click.Path(path_type=Path), default=".")(command)


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


def _params(ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    del ctx
    params = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"'{text}' is not NAME=VALUE.", param=option)
        params[name.strip()] = str(Path(value).resolve()) if value.startswith(("./", "../")) else value
    return params
