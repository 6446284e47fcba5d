"""The command line: one file a command, each imported when it is asked for."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import IO, cast

import click

from cxengine import __version__

COMMANDS = (
    *("check", "fmt", "test", "run", "insight", "why", "why-not", "diff", "scenarios", "report"),
    *("export", "forget"),
    *("plugins", "facts", "schema", "journey", "new"),
)


class Commands(click.Group):
    """Commands by name; that of `why-not` is `why_not` in the module `cxengine.cli.why_not`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which one needs them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        from cxengine.cli.arguments import plugin_option

        return plugin_option(cast(click.Command, getattr(import_module(f"cxengine.cli.{name}"), name)))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Names the command that was probably meant."""
        from cxengine.diagnostics import closest

        meant = closest(args[0], COMMANDS)
        if args[0] not in COMMANDS and not args[0].startswith("-") and meant:
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{meant}'?")
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected failure.")
@click.version_option(__version__, prog_name="cxengine")
def cxengine(*, debug: bool) -> None:
    """Customer experience as code: from TOML and evidence to an explained roadmap.

    Exit codes: 0 clean, 1 findings, 2 unusable input.
    """
    del debug  # read by main, which sees what escapes


def main(args: list[str] | None = None) -> None:
    """Runs the command line and exits with its code; no failure shows a traceback unless asked."""
    given = sys.argv[1:] if args is None else args
    # Threads of linear algebra that wait for matrices of a size that is not met here do so in a busy loop.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(100_000, 20, 20)  # what a command makes it keeps; looking through it for garbage is slow
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    stopped_by = [signal.SIGINT]
    try:
        _refuse_what_nobody_can_write(given)
        with _terminable(stopped_by):
            code = cxengine.main(given, prog_name="cxengine", standalone_mode=False)
    except click.Abort:
        _say("Stopped.")
        code = 128 + stopped_by[-1]
    except click.ClickException as error:
        error.show(file=cast("IO[str]", sys.stderr))
        code = 2
    except Exception as error:
        if "--debug" in given:
            raise
        code = _explain(error)
    sys.exit(code if isinstance(code, int) else 0)


def _refuse_what_nobody_can_write(given: list[str]) -> None:
    """Refuses arguments that are not UTF-8, before anything is read for a file that cannot be written."""
    from cxengine.diagnostics import Diagnostic, OutputError, not_utf8

    for argument in given:
        if shown := not_utf8(argument):
            hint = "Rename the file or folder that it names."
            raise OutputError(Diagnostic("CX606", f'The argument "{shown}" is not UTF-8.', hint=hint))


@contextmanager
def _terminable(stopped_by: list[signal.Signals]) -> Iterator[None]:
    """Ends as by Ctrl-C, with everything tidied up, when asked to end; tells which signal it was."""

    def stop(number: int, frame: object) -> None:
        del frame
        stopped_by.append(signal.Signals(number))
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _explain(error: Exception) -> int:
    """Tells what failed: everything that was foreseen in its own words, anything else as our mistake."""
    from cxengine.diagnostics import CxengineError

    if isinstance(error, CxengineError):
        _say(str(error))
        return 2
    if isinstance(error, OSError) and error.strerror:
        place = f" ({error.filename})" if error.filename else ""
        _say(f"CX603 The system refused to go on: {error.strerror}{place}.")
        return 2
    what = " ".join(f"{type(error).__name__}: {error}".split())
    _say(f"CX600 Unexpected failure, please report it (cxengine --debug shows where): {what[:300]}")
    return 2


def _say(text: str) -> None:
    click.echo(text, err=True)
