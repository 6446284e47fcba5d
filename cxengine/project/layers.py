"""Which files make a project: its own, and those of the rulesets it builds on."""

from __future__ import annotations

import os.path
from collections.abc import Iterable
from pathlib import Path

import attrs

from cxengine.diagnostics import Diagnostic, Location, ProjectError, closest, not_utf8
from cxengine.project.document import Document, read

MAIN = "cxengine.toml"
CASES = "cases"
NOT_OURS = frozenset({"pyproject.toml"})


@attrs.frozen
class Layer:
    """The documents of one project or ruleset. `complete` is false when one could not be read."""

    documents: tuple[Document, ...]
    complete: bool


def layers(path: Path, findings: list[Diagnostic]) -> tuple[Layer, ...]:
    """The project's layers, the most basic first; what is wrong goes to `findings`.

    Raises:
        ProjectError: when there is no project at `path` (CX100, CX104), or results could not name it (CX102).
    """
    entry = _entry(path)
    if shown := not_utf8(str(entry.resolve())):
        raise ProjectError(_unnamable(shown))
    found = [_layer(entry, findings)]
    chain = [entry.resolve()]
    while True:
        extends = _extends(found[-1], findings)
        if extends is None:
            return tuple(reversed(found))
        document, wanted = extends
        at = document.locate(("extends",))
        base = _base(wanted, document, at, findings)
        if base is None:
            return (Layer((), complete=False), *reversed(found))
        if base.resolve() in chain:
            names = [*(_shown(p) for p in chain[chain.index(base.resolve()) :]), _shown(base.resolve())]
            findings.append(Diagnostic("CX121", f"Rulesets extend each other: {' -> '.join(names)}.", at))
            return (Layer((), complete=False), *reversed(found))
        chain.append(base.resolve())
        found.append(_layer(base, findings))


def case_layers(stack: tuple[Layer, ...], findings: list[Diagnostic]) -> tuple[Layer, ...]:
    """The files of each layer that test its rules: those in the folder `cases` beside its main file."""
    return tuple(_case_layer(layer.documents[0].path, findings) for layer in stack)


def _case_layer(entry: Path, findings: list[Diagnostic]) -> Layer:
    beside = (entry.parent / CASES).glob("*.toml") if entry.name == MAIN else ()
    return _read([p for p in sorted(beside) if not p.name.startswith(".")], findings)


def rulesets() -> Path | None:
    """The folder of the rulesets that ship with the engine: in the wheel, or in a checkout."""
    package = Path(__file__).parent.parent
    candidates = (package / "rulesets", package.parent / "rulesets")
    return next((folder for folder in candidates if folder.is_dir()), None)


def shipped() -> tuple[str, ...]:
    """Names of the rulesets that ship with the engine."""
    folder = rulesets()
    return tuple(sorted(p.parent.name for p in folder.glob(f"*/{MAIN}"))) if folder else ()


def _entry(path: Path) -> Path:
    """The main file of the project at `path`, or the one file that is the project."""
    try:
        return _found(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ProjectError(Diagnostic("CX100", f"Cannot read {_name(path)}: {reason}.")) from error


def _found(path: Path) -> Path:
    if path.is_dir():
        main = path / MAIN
        if not main.exists():
            others = sorted(p.name for p in path.glob("*.toml") if p.name not in NOT_OURS)
            beside = f" It holds {', '.join(others)}." if others else ""
            way_out = "`cxengine new NAME` writes a project to start from."
            raise ProjectError(
                Diagnostic("CX104", f'The folder "{_name(path)}" has no {MAIN}.{beside}', hint=way_out)
            )
        return main
    if not path.exists():
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        meant = closest(path.name, siblings)
        hint = f'Did you mean "{_name(path.parent / meant)}"?' if meant else None
        raise ProjectError(Diagnostic("CX100", f'There is no file or folder "{_name(path)}".', hint=hint))
    return path


def _layer(entry: Path, findings: list[Diagnostic]) -> Layer:
    files = [entry]
    if entry.name == MAIN:
        beside = (p for p in entry.parent.glob("*.toml") if p.name not in NOT_OURS | {MAIN})
        files += sorted(p for p in beside if not p.name.startswith("."))
    return _read(files, findings)


def _read(files: Iterable[Path], findings: list[Diagnostic]) -> Layer:
    documents, complete = [], True
    for file in files:
        if shown := not_utf8(file.name):
            findings.append(_unnamable(_name(file.with_name(shown))))
            complete = False
            continue
        try:
            documents.append(read(file, _name(file)))
        except ProjectError as error:
            findings.extend(error.diagnostics)
            complete = False
    return Layer(tuple(documents), complete)


def _unnamable(shown: str) -> Diagnostic:
    message = f'The name "{shown}" is not UTF-8: results name the files that they come from.'
    return Diagnostic("CX102", message, Location(shown), "Rename it.")


def _extends(layer: Layer, findings: list[Diagnostic]) -> tuple[Document, str] | None:
    """What a layer builds on, and the document that says so."""
    saying = [document for document in layer.documents if "extends" in document.data]
    for second in saying[1:]:
        first = saying[0].locate(("extends",))
        message = f"`extends` is written twice; first at {first}."
        findings.append(Diagnostic("CX118", message, second.locate(("extends",), key=True)))
    if not saying:
        return None
    wanted = saying[0].data["extends"]
    if isinstance(wanted, str):
        return saying[0], wanted
    message = "`extends` must be text: the name of a ruleset, or a path."
    findings.append(Diagnostic("CX111", message, saying[0].locate(("extends",))))
    return None


def _base(wanted: str, document: Document, at: Location, findings: list[Diagnostic]) -> Path | None:
    """The main file of what is extended: a path has a slash or ends in .toml, anything else is a name."""
    if "/" in wanted or wanted.endswith(".toml") or wanted in (".", ".."):
        try:
            return _entry(_joined(document.path.parent, wanted))
        except ProjectError as error:
            message = error.diagnostics[0].message
            findings.append(
                Diagnostic("CX120", f'Cannot extend "{wanted}": {message}', at, error.diagnostics[0].hint)
            )
            return None
    folder = rulesets()
    if folder and wanted in shipped():
        return folder / wanted / MAIN
    meant = closest(wanted, shipped())
    hint = f'Did you mean "{meant}"?' if meant else f"Rulesets: {', '.join(shipped()) or 'none'}."
    if (document.path.parent / wanted).exists():
        hint = f'A path needs a slash: "./{wanted}".'
    findings.append(Diagnostic("CX120", f'There is no ruleset "{wanted}".', at, hint))
    return None


def _joined(folder: Path, relative: str) -> Path:
    """`relative` from `folder`, without the `..` that messages should not show."""
    return Path(os.path.normpath(folder / relative))


def _name(path: Path) -> str:
    """A path as messages call it: from the working folder where it lies below it."""
    try:
        # realpath, because Path.resolve fails at a link to itself
        within = Path(os.path.realpath(path)).relative_to(Path.cwd()) if path.is_absolute() else path
        return within.as_posix()
    except ValueError:
        return path.as_posix()


def _shown(entry: Path) -> str:
    return entry.parent.name if entry.name == MAIN else entry.name
