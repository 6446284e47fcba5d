"""`cxengine new project`: a commented project to start from, with invented answers, that runs as it is."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterator
from pathlib import Path

import click

STARTER = Path(__file__).parent / "starter"
ANSWERS = 400


@click.command(short_help="Write a small project to start from; may be left out: cxengine new NAME.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="NAME")
@click.option(
    "--journey",
    "diagram",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Start from a Mermaid `journey` diagram, instead of the example.",
)
def project(folder: Path, diagram: Path | None) -> None:
    """Write a small project to start from into the new folder NAME."""
    name = folder.resolve().name
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise click.UsageError(f"{folder} exists and is not an empty folder.")
    files = None if diagram is None else _imported(diagram, name)
    try:
        if files is None:
            _write(folder, name)
        else:
            _write_files(folder, files)
    except OSError as error:
        raise click.UsageError(f"Cannot write {folder}: {error.strerror}.") from error
    click.echo(f"Wrote {folder}: {', '.join(sorted(p.name for p in folder.iterdir()))}.")
    then = "run" if files is None else "journey"
    click.echo(f"Next: cxengine check {folder}, then cxengine {then} {folder}")


def _imported(diagram: Path, name: str) -> dict[str, str]:
    """The files of a project with the journey of a diagram; what was passed over is said."""
    from cxengine.diagnostics import Diagnostic, Location, ProjectError, render_text
    from cxengine.journey import read_mermaid, to_toml

    try:
        text = diagram.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{diagram} is not UTF-8 text."
        raise ProjectError(Diagnostic("CX102", message, Location(str(diagram)))) from error
    journey = read_mermaid(text, str(diagram))
    if journey.findings:
        click.echo(render_text(journey.findings), err=True)
    return to_toml(journey, title(name))


def _write_files(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**files, ".gitignore": "runs/\n"}.items():
        (folder / name).write_text(text, encoding="utf-8")


def _write(folder: Path, name: str) -> None:
    for inner in ("data", "cases"):
        (folder / inner).mkdir(parents=True)
    for source in sorted(STARTER.rglob("*.toml")):
        text = source.read_text(encoding="utf-8")
        if source.name == "cxengine.toml":
            text = text.format(id=identifier(name), name=title(name), start=_next_monday(dt.date.today()))
        (folder / source.relative_to(STARTER)).write_text(text, encoding="utf-8")
    lines = "\n".join(_survey(dt.date.today()))
    (folder / "data" / "survey.csv").write_text(lines + "\n", encoding="utf-8")
    (folder / ".gitignore").write_text("runs/\n", encoding="utf-8")


def identifier(name: str) -> str:
    """What references call a project of that name."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return plain if re.match(r"[a-z]", plain) else f"project-{plain}".strip("-")


def title(name: str) -> str:
    """The folder's name as a text that TOML can hold between double quotes."""
    words = re.sub(r"[-_\s]+", " ", name).strip()
    return "".join(c for c in words if c.isprintable() and c not in '"\\').capitalize() or "My project"


def _next_monday(today: dt.date) -> dt.date:
    return today + dt.timedelta(days=7 - today.weekday())


def _survey(today: dt.date) -> Iterator[str]:
    """Invented answers: checkout is liked, delivery is uneven, support hurts regular customers most."""
    chance = random.Random(20_260_105)  # noqa: S311 - an example, not a secret
    touchpoints = ("search", "checkout", "delivery", "support")
    asked = ["recommend", *(f"sat_{name}" for name in touchpoints)]
    yield ",".join(["response", "date", "customer_number", "customer_type", *asked])
    for number in range(1, ANSWERS + 1):
        kind = chance.choices(["new", "regular"], [0.6, 0.4])[0]
        day = today - dt.timedelta(days=chance.randrange(1, 360))
        feeling = chance.gauss(0, 0.6)
        means = (3.9, 4.3, 3.4, 2.9 if kind == "new" else 2.4)
        ratings = [_rating(chance.gauss(mean + feeling, 0.8), 1, 5) for mean in means]
        if chance.random() < 0.4:
            ratings[-1] = "-"  # did not need help
        recommend = _rating(chance.gauss(7.2 + 2 * feeling, 1.6), 0, 10)
        yield ",".join([f"r{number:03}", day.isoformat(), f"C{1000 + number}", kind, recommend, *ratings])


def _rating(value: float, low: int, high: int) -> str:
    return str(min(max(round(value), low), high))
