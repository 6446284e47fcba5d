"""`cxengine new mapping`: the signals and the mapping that some evidence seems to want, to be decided on."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from cxengine.cli.arguments import open_engine

if TYPE_CHECKING:
    from cxengine.plugin import Offer, Registry, Source

ANY = "file"
"""The source that reads the files which no other recognises."""
PROJECT = "cxengine.toml"


@click.command(short_help="Propose the TOML for a file of yours, or for a survey: --from qualtrics:SV_...")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--from", "origin", metavar="PLUGIN:WHAT", help="A source, and what it reads.")
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    help="An option of the source; may be repeated.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="A new file, such as shop/cxengine.toml; else it is shown."
)
def mapping(file: Path | None, origin: str | None, options: tuple[str, ...], out: Path | None) -> None:
    """Propose signals and a mapping for FILE, or for evidence that describes itself, such as a survey.

    Of a file (CSV, Excel, Parquet, JSON lines, XES; exports of Qualtrics and SurveyMonkey), it proposes a
    whole project that runs: touchpoints by what its columns hold. Comments say what is for you to decide.
    """
    if (file is None) == (origin is None):
        raise click.UsageError("Name a file, or a source with --from PLUGIN:WHAT.")
    if out is not None and out.exists():
        raise click.UsageError(f"{out} exists.")
    registry = open_engine().registry
    if out is None:
        click.echo(_proposed(file, origin, registry, options, out), nl=False)
        return
    try:
        with _folder(out.parent):
            text = _proposed(file, origin, registry, options, out)
            out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise click.UsageError(f"Cannot write {out}: {error.strerror}.") from error
    click.echo(f"Wrote {out}. Next: decide what its comments ask, then cxengine check {out.parent}")


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Has the folder, which goes again where nothing comes of it: paths lead from there."""
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for one in made:
            one.rmdir()
        raise


def _proposed(
    file: Path | None, origin: str | None, registry: Registry, options: tuple[str, ...], out: Path | None
) -> str:
    if file is not None:
        return _of_file(file, registry, options, out)
    name, _, what = str(origin).partition(":")
    return _source(registry.offer("source", name), what, options).propose()


def _of_file(file: Path, registry: Registry, options: tuple[str, ...], out: Path | None) -> str:
    """The proposal for a file; a project of its own where none is beside it yet."""
    folder = out.parent if out is not None else Path()
    name = _recognising(file, registry)
    path = Path(os.path.relpath(file, folder)).as_posix()
    text = _source(registry.offer("source", name), path, options, folder).propose()
    return text if out is not None and (folder / PROJECT).exists() else _with_project(text, file, out)


def _recognising(file: Path, registry: Registry) -> str:
    """The source that a file is for."""
    if not file.is_file():
        return ANY  # which says what is wrong
    for name in registry.names("source"):
        plugin = cast("type[Source]", registry.offer("source", name).plugin)
        if name != ANY and plugin.proposed_by and plugin.recognises(file):
            return name
    return ANY


def _with_project(text: str, file: Path, out: Path | None) -> str:
    """The proposal with what makes it a project; its first lines stay the first."""
    from cxengine.cli.new_project import identifier, title

    called = (out.resolve().parent.name if out is not None else "") or file.name.partition(".")[0]
    head, _, rest = text.partition("\n\n")
    places = {touchpoint["id"] for touchpoint in tomllib.loads(text).get("touchpoint", ())}
    name = identifier(called)
    name = f"{name}-journey" if name in places else name  # both are what `cxengine why` is asked about
    project = [
        "[project]",
        f'id = "{name}"',
        f'name = "{title(called)}"',
        "",
        "[privacy]",
        "minimum_n = 10 # groups of fewer persons are never shown",
        "",
        "[evidence]",
        'period = "quarter" # DECIDE: or day, week, month, year',
        '# timezone = "Europe/Berlin" # DECIDE: whose clocks tell days apart; UTC by default',
        "",
        "[[export]]",
        'id = "report"',
        'use = "html"',
    ]
    return "\n".join([head, "", *project, "", rest])


def _source(offer: Offer, what: str, options: tuple[str, ...], folder: Path | None = None) -> Source:
    """The source, with the options of the command line; what it reads lies in `folder`.

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
    return make(plugin, offer.title, structured, folder or Path())


def _pair(text: str) -> tuple[str, Any]:
    """Key and value; the value is TOML where it can be, a text otherwise."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise click.BadParameter(f"'{text}' is not KEY=VALUE.", param_hint="--option")
    try:
        return key, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key, value
