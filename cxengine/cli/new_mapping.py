"""`cxengine new mapping`: the signals and the mapping that some evidence seems to want, to be decided on."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from cxengine.cli.arguments import open_engine

if TYPE_CHECKING:
    from cxengine.plugin import Offer, Source


@click.command(short_help="Propose the TOML for a survey, for example --from qualtrics:SV_...")
@click.option("--from", "origin", required=True, metavar="PLUGIN:WHAT", help="A source, and what it reads.")
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    help="An option of the source; may be repeated.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="A new file, beside cxengine.toml; else it is shown."
)
def mapping(origin: str, options: tuple[str, ...], out: Path | None) -> None:
    """Propose signals and a mapping for evidence that describes itself, such as a survey.

    Everything is mapped to the journey as a whole at first; comments say what is for you to decide.
    """
    if out is not None and out.exists():
        raise click.UsageError(f"{out} exists.")
    name, _, what = origin.partition(":")
    offer = open_engine().registry.offer("source", name)
    text = _source(offer, what, options).propose()
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise click.UsageError(f"Cannot write {out}: {error.strerror}.") from error
    click.echo(f"Wrote {out}. Next: decide what its comments ask, then cxengine check {out.parent}")


def _source(offer: Offer, what: str, options: tuple[str, ...]) -> Source:
    """The source, with the options of the command line.

    Raises:
        PluginError: CX325, an option does not fit.
    """
    from cxengine.diagnostics import Diagnostic, PluginError
    from cxengine.plugin.guard import make
    from cxengine.project.structure import structure

    plugin = cast("type[Source]", offer.plugin)
    if not plugin.proposed_by:
        raise click.UsageError(f'The source "{offer.name}" proposes no mapping.')
    given = {plugin.proposed_by: what, **dict(map(_pair, options))}
    structured, problems = structure(given, plugin.Options)
    if problems:
        raise PluginError(
            *(
                Diagnostic("CX325", f"--option {'.'.join(map(str, p.path))}: {p.message}", hint=p.hint)
                for p in problems
            )
        )
    return make(plugin, offer.title, structured, Path())


def _pair(text: str) -> tuple[str, Any]:
    """Key and value; the value is TOML where it can be, a text otherwise."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise click.BadParameter(f"'{text}' is not KEY=VALUE.", param_hint="--option")
    try:
        return key, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key, value
