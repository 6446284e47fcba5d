"""`cxengine report`: the report alone, in the edition, language and formats that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cxengine.cli.arguments import RUNS, held_against, previous_option, project_argument, set_option

if TYPE_CHECKING:
    from cxengine.engine import Engine, Result


@click.command(short_help="Write the report, its charts, slides or workbook.")
@project_argument
@set_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The folder to write; reports/ and the project's id by default.",
)
@click.option("--edition", type=click.Choice(["internal", "public"]), default="internal")
@click.option(
    "--language", type=click.Choice(["en", "de"]), default="en", help="Of texts, numbers and dates."
)
@click.option("--charts", is_flag=True, help="Also every chart as SVG and PNG, in charts/.")
@click.option("--slides", is_flag=True, help="Also a PowerPoint presentation.")
@click.option("--workbook", is_flag=True, help="Also an Excel workbook.")
@previous_option
def report(
    *,
    project: Path,
    params: dict[str, str],
    out: Path | None,
    edition: str,
    language: str,
    charts: bool,
    slides: bool,
    workbook: bool,
    previous: str | None,
) -> None:
    """Run the project and write its report: one page that needs nothing but a browser.

    --charts, --slides and --workbook need the extra "office": pip install "cxengine[office]". Charts are
    those of the internal edition.
    """
    from cxengine.cli.arguments import open_engine
    from cxengine.cli.run import progress

    if charts and edition == "public":
        raise click.UsageError("The public edition has no charts; leave --charts or --edition public out.")
    wanted: list[tuple[str, dict[str, Any]]] = [("html", {"edition": edition, "language": language})]
    wanted += [("charts", {"language": language})] if charts else []
    wanted += [("powerpoint", {"edition": edition, "language": language})] if slides else []
    wanted += [("excel", {"edition": edition, "language": language})] if workbook else []
    engine = open_engine()
    with progress() as announce:
        loaded = engine.load(project, params=params)
        before = held_against(previous, RUNS / loaded.project.project.id)
        result = engine.run(loaded, progress=announce, **before)
        folder = out or Path("reports") / result.project.project.id
        announce("Writing")
        files = _written(engine, result, folder, wanted)
    told = ", ".join(path.relative_to(folder).as_posix() for path in files)
    click.echo(f"Wrote {folder}: {told}" if files else "Nothing to write: the project has no [roadmap].")


def _written(
    engine: Engine, result: Result, folder: Path, wanted: Sequence[tuple[str, dict[str, Any]]]
) -> list[Path]:
    """The files that exporters write; what else is in the folder stays."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for name, options in wanted:
        exporter = engine.registry.find("exporter", name)
        files += exporter(exporter.Options(**options)).export(result, folder)
    return files
