"""`cxengine new plugin`: a distribution that builds, installs and passes its conformance kit."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template

import click

STARTER = Path(__file__).parent / "plugin_starter"
KINDS = ("source", "metric", "scoring", "grouping", "exporter", "enricher")
NEEDS_HTTP = ("source",)


@click.command(short_help="Write a distribution with a plugin.")
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What the plugin is.")
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path),
    help="The new folder; cxengine-NAME here by default.",
)
def plugin(name: str, kind: str, folder: Path | None) -> None:
    """Write a distribution with a plugin called NAME that works and is tested; change it into yours."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        hint = f", for example {plain}" if re.match(r"[a-z]", plain) and not keyword.iskeyword(plain) else ""
        raise click.UsageError(f"'{name}' cannot be the name: use small letters, digits and _{hint}.")
    folder = folder or Path(f"cxengine-{name.replace('_', '-')}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise click.UsageError(f"{folder} exists and is not an empty folder.")
    try:
        for path, text in _files(name, kind).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise click.UsageError(f"Cannot write {folder}: {error.strerror}.") from error
    click.echo(f"Wrote {folder}: a distribution with the {kind} {name}, and its tests.")
    click.echo(f"Next: pip install --editable {folder} pytest, then pytest {folder}")


def _files(name: str, kind: str) -> dict[str, str]:
    """The texts of the distribution by path."""
    package = f"cxengine_{name}"
    starters = {
        "pyproject.toml": "any/pyproject.toml",
        "README.md": "any/README.md",
        f"{package}/__init__.py": "any/__init__.py",
        f"{package}/{kind}.py": f"{kind}/{kind}.py",
        f"tests/test_{name}.py": f"{kind}/test_{kind}.py",
    }
    words = _words(name, kind)
    return {path: _starter(starter).substitute(words) for path, starter in starters.items()} | {
        f"{package}/py.typed": "",
        ".gitignore": "dist/\n__pycache__/\n",
    }


def _starter(name: str) -> Template:
    return Template((STARTER / f"{name}.template").read_text(encoding="utf-8"))


def _words(name: str, kind: str) -> dict[str, str]:
    from cxengine import __version__
    from cxengine.plugin.version import INTERFACE_VERSION

    extra = "[http]" if kind in NEEDS_HTTP else ""
    return {
        "name": name,
        "dashed": name.replace("_", "-"),
        "upper": name.upper(),
        "kind": kind,
        "base": kind.capitalize(),
        "class_name": "".join(part.capitalize() for part in name.split("_")),
        "interface": INTERFACE_VERSION,
        "requirement": f"cxengine{extra}>={__version__}",
    }
