"""From files to a checked `Project`, or to every error in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.diagnostics import Diagnostic, Location, ProjectError, errors
from cxengine.plugin.registry import Registry
from cxengine.project.checks import Parts, check
from cxengine.project.inputs import check_inputs, with_inputs
from cxengine.project.layers import Layer, layers
from cxengine.project.merges import check_merges
from cxengine.project.model import NOTHING, EngineName, Project
from cxengine.project.nodes import check_nodes
from cxengine.project.origins import Origins
from cxengine.project.overrides import check_overrides
from cxengine.project.params import fill_options, set_params
from cxengine.project.placed import check_places
from cxengine.project.ranges import check_ranges
from cxengine.project.scanner import Path as TomlPath
from cxengine.project.structure import structure
from cxengine.project.tables import tables
from cxengine.project.tree import Tree, grow
from cxengine.project.twice import check_twice
from cxengine.project.uses import Use, placed, uses

if TYPE_CHECKING:
    from cxengine.plugin.base import Metric
    from cxengine.plugin.http import Network


@attrs.frozen(eq=False)
class Loaded:
    """A project that holds together, the places where it was written, and the plugins it uses."""

    project: Project
    origins: Origins
    folder: Path
    """Where the project lies; results go below it."""
    files: tuple[Path, ...]
    """Every TOML file that was read, rulesets included."""
    uses: Mapping[tuple[str, str], Use]
    """Plugins with their options by (table, id); the method of scoring at `("scoring", "use")`, the
    grouping at `("roadmap", "group")`."""
    registry: Registry
    warnings: tuple[Diagnostic, ...] = ()
    layers: tuple[Layer, ...] = ()
    """The files as they were read, the most basic ruleset first."""
    network: Network | None = None
    """How sources reach services; None: as they do by themselves."""
    tree: Tree = attrs.field(factory=Tree, repr=False)
    """What was written, element by element, after rulesets were extended and parameters filled in."""

    @property
    def metrics(self) -> dict[str, Metric]:
        """An instance of every declared metric by its id, bound to the declaration of its signal."""
        signals = {signal.id: signal for signal in self.project.signals}
        return {
            str(table.id): self.uses["metric", str(table.id)].make(signals[table.signal])
            for table in self.project.metrics
        }

    @property
    def times(self) -> dict[str, str]:
        """The signals that metrics read as times, which are never below 0, with the name of one that does."""
        uses = [(str(table.signal), self.uses["metric", str(table.id)]) for table in self.project.metrics]
        return {signal: use.plugin.name for signal, use in reversed(uses) if use.plugin.accepts.times}

    def measured_by(self, engine: EngineName) -> Loaded:
        """The same project with another engine."""
        settings = attrs.evolve(self.project.engine, use=engine)
        return attrs.evolve(self, project=attrs.evolve(self.project, engine=settings))

    def fingerprint(self) -> dict[str, Any]:
        """What this project is made of: its id, the hash of every file by folder and name, its parameters."""
        hashes = {f"{path.parent.name}/{path.name}": _sha256(path) for path in self.files}
        return {"id": self.project.project.id, "files": hashes, "params": dict(self.project.params)}


def load(
    path: Path | str, *, params: Mapping[str, str] = NOTHING, registry: Registry | None = None
) -> Loaded:
    """Reads the project at `path`: a folder with `cxengine.toml`, or one file.

    Args:
        path: The folder or file.
        params: Values for declared parameters, as texts; they are read as the declared type.
        registry: The plugins to use; by default the installed ones.

    Raises:
        ProjectError: with every error found, each with its place.
    """
    path, registry, findings = Path(path), registry or Registry(), list[Diagnostic]()
    stack = layers(path, findings)
    tree = grow(stack, findings)
    if all(layer.complete for layer in stack):
        set_params(tree, params, findings)
        fill_options(tree, findings)
    from cxengine.project.scenarios import check_scenarios

    loaded = resolve(tree, stack, registry, findings)
    if wrong := list(check_scenarios(loaded)):
        raise ProjectError(*sorted({*loaded.warnings, *wrong}, key=_reading_order))
    return loaded


def resolve(
    tree: Tree, stack: tuple[Layer, ...], registry: Registry, findings: Sequence[Diagnostic] = ()
) -> Loaded:
    """The project that a tree says, of which `findings` are known already.

    Raises:
        ProjectError: with every error found, each with its place.
    """
    findings = list(findings)
    origins, raw = Origins(tree), _raw(tree)
    parts = Parts(raw, _typed(raw, origins, findings), _ids(tree), origins)
    found: dict[tuple[str, str], Use] = {}
    if all(layer.complete for layer in stack):
        findings.extend(_missing_tables(tree, stack[-1]))
        findings.extend(check(parts))
        findings.extend(check_merges(parts))
        findings.extend(check_twice(parts))
        findings.extend(check_overrides(parts, tree, stack))
        findings.extend(check_places(parts))
        findings.extend(check_nodes(parts))
        found = uses(parts, registry, findings)
        findings.extend(check_ranges(parts, found))
        findings.extend(check_inputs(parts, found.get(("scoring", "use"))))
        findings.extend(registry.problems)
    ordered = tuple(sorted(findings, key=_reading_order))
    if errors(ordered):
        raise ProjectError(*ordered)
    own = stack[-1].documents
    files = tuple(document.path.resolve() for layer in stack for document in layer.documents)
    extends = next((document.data["extends"] for document in own if "extends" in document.data), None)
    return Loaded(
        project=with_inputs(_project(parts, extends), found.get(("scoring", "use"))),
        origins=origins,
        folder=own[0].path.resolve().parent,
        files=files,
        uses=found,
        registry=registry,
        warnings=ordered,
        layers=stack,
        tree=tree,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _raw(tree: Tree) -> dict[TomlPath, Any]:
    """Every element at (table, key), every single table at (table,)."""
    found: dict[TomlPath, Any] = {}
    for table in tables().values():
        values = tree.values[table.name]
        if table.many:
            found |= {(table.name, key): value for key, value in values.items()}
        elif (table.name,) in tree.places:
            found[table.name,] = values
    return found


def _typed(raw: Mapping[TomlPath, Any], origins: Origins, findings: list[Diagnostic]) -> dict[TomlPath, Any]:
    """Those values that have the right form."""
    read: dict[TomlPath, Any] = {}
    for path, value in raw.items():
        table = tables()[str(path[0])]
        typed, problems = structure(value, table.type)
        findings.extend(placed(problem, path, table.header, origins) for problem in problems)
        if not problems:
            read[path] = typed
    return read


def _ids(tree: Tree) -> dict[str, frozenset[str]]:
    """Every id that is declared, by table, readable or not."""
    declared = tree.values.items()
    return {table: frozenset(key for key in elements if isinstance(key, str)) for table, elements in declared}


def _missing_tables(tree: Tree, own: Layer) -> Iterator[Diagnostic]:
    for table in tables().values():
        if table.required and (table.name,) not in tree.places:
            hint = f'Write {table.header}, then id = "my-shop" and name = "My shop" below it.'
            place = Location(own.documents[0].name)
            yield Diagnostic("CX112", f"{table.header} is missing: {table.doc}", place, hint)


def _reading_order(finding: Diagnostic) -> tuple[str, int, int, str, str]:
    at = finding.location or Location("")
    return at.file, at.line, at.column, finding.code, finding.message


def _project(parts: Parts, extends: str | None) -> Project:
    fields: dict[str, Any] = {"extends": extends}
    for table in tables().values():
        if table.many:
            fields[table.field] = tuple(parts.of(table.name).values())
        elif (table.name,) in parts.values:
            fields[table.field] = parts.values[table.name,]
    return Project(**fields)
