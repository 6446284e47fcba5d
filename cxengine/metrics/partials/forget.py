"""Takes customers out of what is kept, keeps them out, and looks whether anything of them is left.

Sources that keep something themselves are asked to forget, too, and what they keep is searched like the rest.
Batches that hold a customer are removed, files and all, in the same step that adds the customer's mark to the
forgotten; they are then read again without the rows of that customer. A process that dies in between leaves
them removed: the next run reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.evidence.privacy import known_key, mark, pseudonym
from cxengine.evidence.sql import read
from cxengine.metrics.partials import disk
from cxengine.metrics.partials import state as states
from cxengine.metrics.partials.damage import load
from cxengine.metrics.partials.keepers import Keeper, keepers
from cxengine.metrics.partials.search import Trace, traces
from cxengine.metrics.partials.update import folder_of, hidden_by, key_mark, unkept_because

if TYPE_CHECKING:
    from cxengine.metrics.partials.batch import Batch
    from cxengine.metrics.partials.state import Index
    from cxengine.project import Loaded


@attrs.frozen
class Removed:
    """What of the customers was kept of one input."""

    source: str
    inputs: tuple[str, ...]
    responses: int


@attrs.frozen
class RemovedElsewhere:
    """What a source removed of what it keeps itself."""

    source: str
    where: str
    rows: int


@attrs.frozen
class Customers:
    """Customers by id, with the marks by which what is kept knows them."""

    folder: Path
    key: bytes
    marks: Mapping[str, str]
    keepers: tuple[Keeper, ...]
    """The sources that keep something themselves."""

    @classmethod
    def of(cls, loaded: Loaded, ids: Sequence[str]) -> Customers:
        """The customers of a project that keeps something and can know them.

        Raises:
            EvidenceError: CX254 nothing is kept, CX255 there is no key, CX256 no id or nobody is named.
        """
        secret, keeping = loaded.project.privacy.key, tuple(keepers(loaded))
        folder = _folder(loaded, keeping)
        if not any(source.mapping.customer_id is not None for source in loaded.project.sources):
            message = "No source of this project names its customers (`customer_id` of its mapping)."
            raise EvidenceError(Diagnostic("CX256", message))
        key = known_key(loaded.project, loaded.origins)
        if key is None:
            message = f"There is no key in {secret.place}, without which nobody knows who is meant."
            hint = f"Put the secret of earlier runs into {secret.place}."
            raise EvidenceError(Diagnostic("CX255", message, hint=hint))
        if states.State(folder).index().key not in (None, key_mark(loaded)):
            message = (
                f"In {secret.place} is another key than the one that the kept customers were hidden with."
            )
            hint = f"Put the secret of earlier runs into {secret.place}."
            raise EvidenceError(Diagnostic("CX255", message, hint=hint))
        written = dict.fromkeys(map(read, ids))
        marks = {one: mark(pseudonym(one, key)) for one in written if one}
        if not marks:
            hint = "Write the ids as the sources do, as arguments or one on each line of a file."
            raise EvidenceError(Diagnostic("CX256", "There is no customer id to forget.", hint=hint))
        return cls(folder, key, marks, keeping)

    def remove(self) -> Removal:
        """Takes them out of the index and removes the files of every batch that holds one of them.

        Raises:
            EvidenceError: CX257, a run is using the state, or it is of an earlier version.
        """
        wanted = frozenset(self.marks.values())
        with disk.alone(self.folder) as free:
            if not free:
                message = f"A run is using {self.folder}: what it keeps may hold these customers."
                raise EvidenceError(Diagnostic("CX257", message, hint="Try again when it has ended."))
            state = states.State(self.folder)
            index = state.index()
            if index.outdated:
                message = (
                    f"What is kept in {self.folder} is of an earlier version: nobody can be found in it."
                )
                hint = "Run the project once (`cxengine run`), which reads everything anew; then forget them."
                raise EvidenceError(Diagnostic("CX257", message, hint=hint))
            holding = {key: found for key, batch in index.batches.items() if (found := self._in(batch))}
            elsewhere = {keeper: keeper.forget(wanted, self.key) for keeper in self.keepers}
            there = {mark(pseudonym(read(one), self.key)) for e in elsewhere.values() for one in e}
            known = wanted & (index.forgotten | frozenset(there).union(*holding.values()))
            removed = [self._removed(index.batches[key]) for key in holding]
            index = attrs.evolve(index, key=index.key or hidden_by(self.key))
            state.commit(_without(index, frozenset(holding), known))
            state.clean()
        return Removal(
            forgotten=tuple(one for one, mark_ in self.marks.items() if mark_ in known),
            unknown=tuple(one for one, mark_ in self.marks.items() if mark_ not in known),
            removed=tuple(sorted(removed, key=lambda one: (one.source, one.inputs))),
            elsewhere=tuple(
                RemovedElsewhere(keeper.id, keeper.shown, sum(rows.values()))
                for keeper, rows in elsewhere.items()
                if rows
            ),
        )

    def traces(self) -> tuple[Trace, ...]:
        """Where anything of them is still found: every byte of every file is searched, and every value."""
        hidden = {one: pseudonym(one, self.key) for one in self.marks}
        return tuple(trace for path in self.searched for trace in traces(path, hidden, self.marks))

    @property
    def searched(self) -> tuple[Path, ...]:
        """Everything that is kept: the engine's folder, and what sources keep."""
        return tuple(dict.fromkeys([self.folder, *(path for one in self.keepers for path in one.paths)]))

    def unable(self) -> Iterator[str]:
        """The sources that keep what they have read and cannot forget anybody."""
        for keeper in self.keepers:
            if not keeper.forgets:
                yield f"{keeper.id} ({keeper.source.name}) keeps what it has read in {keeper.shown}"

    def _in(self, batch: Batch) -> frozenset[str]:
        """The marks of those whom a batch holds."""
        file = batch.pieces.get("customers")
        if file is None:
            return frozenset()
        there = load(self.folder, file)["mark"]
        return frozenset(self.marks.values()) & frozenset(there.to_pylist())

    def _removed(self, batch: Batch) -> Removed:
        """What a batch holds of them."""
        import pyarrow as pa
        import pyarrow.compute as pc

        customers = load(self.folder, batch.pieces["responses"], columns=["customer"])
        theirs = pc.is_in(customers["customer"], pa.array(list(self.marks.values()), pa.string()))
        return Removed(batch.source, tuple(batch.inputs), pc.sum(theirs).as_py() or 0)


@attrs.frozen
class Removal:
    """Who was forgotten, who was never here, and what was removed of whom."""

    forgotten: tuple[str, ...]
    unknown: tuple[str, ...]
    removed: tuple[Removed, ...]
    elsewhere: tuple[RemovedElsewhere, ...] = ()
    """What sources removed of what they keep themselves."""


def _without(index: Index, batches: frozenset[str], marks: frozenset[str]) -> Index:
    """The index without some batches, and with more customers forgotten."""
    kept = {key: batch for key, batch in index.batches.items() if key not in batches}
    merged = None if batches else index.merged
    return attrs.evolve(index, batches=kept, merged=merged, forgotten=index.forgotten | marks)


def _folder(loaded: Loaded, keeping: Sequence[Keeper]) -> Path:
    """Where it is kept who was forgotten; the folder is there.

    Raises:
        EvidenceError: CX254, nothing is kept, or nobody could remember whom to keep out.
    """
    folder = folder_of(loaded)
    if folder is not None and (keeping or states.exists(folder)):
        states.make(folder)
        return folder
    if folder is None and keeping:
        what = "; ".join(f"{one.id} keeps {one.shown}" for one in keeping)
        message = (
            f"The project itself keeps nothing, so nobody would remember whom to keep out of this: {what}."
        )
        hint = "Name a folder for that: `[engine] state`."
        raise EvidenceError(Diagnostic("CX254", message, hint=hint))
    where = "" if folder is None else f" in {folder}"
    message = f"This project keeps nothing between runs{where}, so there is nobody to forget."
    why = None if folder is None else unkept_because(loaded)
    way = "`[engine] state` names the folder." if folder is None else why and f"Nothing is kept: {why}."
    raise EvidenceError(Diagnostic("CX254", message, hint=way))


def unreachable(loaded: Loaded, removal: Removal, runs: Sequence[Path]) -> Iterator[str]:
    """Where else these customers may be, beyond what can be removed here; `runs` are folders to look into."""
    inputs = sorted({name for one in removal.removed for name in one.inputs})
    if inputs:
        yield f"The inputs themselves, where their rows are now passed over: {', '.join(inputs)}"
    nameless = [str(source.id) for source in loaded.project.sources if source.mapping.customer_id is None]
    if nameless:
        yield f"Sources that name no customers, where nobody can be found: {', '.join(nameless)}"
    for keeper in keepers(loaded):
        if keeper.id in nameless:
            yield f"What one of these keeps, {keeper.id}: {keeper.shown}"
    written = sorted({path.parent.resolve() for folder in runs for path in folder.glob("**/run.json")})
    if written:
        yield f"Earlier runs, whose figures include them: {', '.join(map(str, written))}"
    yield "Copies of any of these, such as published runs, backups and snapshots of disks"
