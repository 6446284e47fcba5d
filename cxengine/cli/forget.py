"""`cxengine forget`: a customer leaves what is kept between runs, and it is proved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from cxengine.cli.arguments import open_engine, set_option

if TYPE_CHECKING:
    from cxengine.metrics.partials.forgotten import Forgotten


@click.command(short_help="Remove customers from what is kept between runs.")
@click.argument("customers", nargs=-1, metavar="[CUSTOMER]...")
@click.option(
    "--project",
    type=click.Path(path_type=Path),
    default=".",
    help="A folder with cxengine.toml, or one file; here by default.",
)
@click.option(
    "--from",
    "file",
    type=click.File(encoding="utf-8-sig"),
    help="A file with one id on each line; - for standard input.",
)
@set_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def forget(
    ctx: click.Context,
    *,
    customers: tuple[str, ...],
    project: Path,
    file: TextIO | None,
    params: dict[str, str],
    form: str,
) -> None:
    """Remove customers, by the ids that the sources use, from what the project keeps between runs.

    Inputs that hold them are read again without their rows, now and in every later run. Then every byte that
    is kept is searched for their ids and pseudonyms. The secret that hides customers must be in the
    environment, as for runs.

    Exit codes: 0 forgotten, 1 somebody is unknown, something of them was found, or a source keeps what it has
    read and cannot forget, 2 unusable input.
    """
    engine = open_engine()
    loaded = engine.load(project, params=params)
    done = engine.forget(loaded, [*customers, *(file or ())])
    click.echo(_json(done) if form == "json" else _text(done))
    ctx.exit(1 if done.removal.unknown or done.traces or done.unable else 0)


def _text(done: Forgotten) -> str:
    removal = done.removal
    lines = [f"Forgotten: {_counted(len(removal.forgotten), 'customer')}. What was kept of them is removed:"]
    removed = [
        f"  {one.source}, {', '.join(one.inputs)}: {_counted(one.responses, 'response')}"
        for one in removal.removed
    ]
    removed += [
        f"  {one.source}, of what it keeps itself in {one.where}: {_counted(one.rows, 'row')}"
        for one in removal.elsewhere
    ]
    lines += removed or ["  nothing was kept of them"]
    lines += [f"  {line}" for line in done.reading]
    if removal.unknown:
        lines.append(f"Unknown here, hence nothing to forget: {', '.join(removal.unknown)}")
    if done.traces:
        lines.append("STILL FOUND, in what others wrote:")
        lines += [f"  {trace.what} of {trace.customer} in {trace.place}" for trace in done.traces]
    elif removal.forgotten:
        lines.append(
            f"Searched all {done.bytes:,} bytes of {done.files:,} files in {done.folder}:"
            " neither id nor pseudonym is there."
        )
    if done.unable:
        lines.append("CANNOT FORGET, remove what they keep yourself:")
        lines += [f"  {one}" for one in done.unable]
    if removal.forgotten:
        lines.append("Out of reach, for you to act on:")
        lines += [f"  {one}" for one in done.unreachable]
    return "\n".join(lines)


def _counted(n: int, word: str) -> str:
    return f"{n:,} {word}{'' if n == 1 else 's'}"


def _json(done: Forgotten) -> str:
    import attrs

    return json.dumps(attrs.asdict(done), indent=2, ensure_ascii=False, default=str)
