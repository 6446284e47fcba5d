"""The state folder: an index of batches, and the files of their pieces.

The index, `index.json`, is replaced as a whole when everything that it names is on disk: a run that dies at
any moment leaves the old state or the new one. Files that the index does not name are what such a run left
behind; they are removed when nobody else uses the folder.
"""

from __future__ import annotations

import json
import os.path
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, shortened
from cxengine.metrics.partials import disk
from cxengine.metrics.partials.batch import Batch, Merged

FORMAT = 12
INDEX = "index.json"
WHY = (
    "Irreversible marks of customers who asked to be forgotten, kept so that their rows are passed over in"
    " every later reading of the same inputs; without the project's key they tell nothing about anybody."
)


@attrs.frozen
class Index:
    """What is kept, and of whom nothing may be kept."""

    salt: str
    """A secret for hashes where the project names no customers and so may have no key."""
    key: str | None = None
    """By which the key is known again that customers were hidden with."""
    forgotten: frozenset[str] = frozenset()
    batches: Mapping[str, Batch] = attrs.field(factory=dict)
    merged: Merged | None = None
    """The batches that were added up beforehand."""
    together: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    """By source: the batches in which the same response ids were found, so that it must be read whole."""
    outdated: bool = False
    """Whether batches of an older format were left out."""

    def files(self) -> frozenset[str]:
        """The names of all files that are needed."""
        named = {name for batch in self.batches.values() for name in batch.files}
        return frozenset(named | set(self.merged.files.values() if self.merged else ()))

    def present(self, there: Collection[str]) -> Index:
        """Without what lacks one of its files, which somebody took away: it is read again."""
        batches = {key: batch for key, batch in self.batches.items() if set(batch.files) <= set(there)}
        whole = self.merged is not None and set(self.merged.files.values()) <= set(there)
        return attrs.evolve(self, batches=batches, merged=self.merged if whole else None)

    def to_json(self) -> dict[str, Any]:
        """As `index.json` holds it."""
        return {
            "format": FORMAT,
            "about": "Written by cxengine; whoever removes the folder starts anew.",
            "salt": self.salt,
            "key": self.key,
            "forgotten": {"why": WHY, "marks": sorted(self.forgotten)},
            "batches": {key: batch.to_json() for key, batch in sorted(self.batches.items())},
            "merged": attrs.asdict(self.merged) if self.merged else None,
            "together": {source: list(ids) for source, ids in sorted(self.together.items())},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Index:
        """From `index.json`; of an older format, who was forgotten: what was kept is read again."""
        if content["format"] > FORMAT:
            raise ValueError(f"its format is {content['format']}, not {FORMAT}")
        if content["format"] < FORMAT:
            outdated = bool(content["batches"])
            content = {**content, "batches": {}, "merged": None, "together": {}, "outdated": outdated}
        merged = content["merged"]
        return cls(
            salt=content["salt"],
            key=content["key"],
            forgotten=frozenset(content["forgotten"]["marks"]),
            batches={key: Batch.from_json(batch) for key, batch in content["batches"].items()},
            merged=Merged.from_json(merged) if merged else None,
            together={source: tuple(ids) for source, ids in content["together"].items()},
            outdated=content.get("outdated", False),
        )


@attrs.frozen
class State:
    """A state folder that is open."""

    folder: Path
    hold: disk.Hold | None = None
    """As long as it is held, the files that this run needs stay."""

    def index(self) -> Index:
        """What is kept now; nothing where there is no index yet.

        Raises:
            EvidenceError: CX250, there can be no such folder; CX251, the index cannot be read.
        """
        path = self.folder / INDEX
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Index(salt=secrets.token_hex(32))
        except OSError as error:
            raise _unusable(self.folder, error) from error
        try:
            index = Index.from_json(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"{path} is no index of a state that this version can read."
            hint = (
                f"Remove {self.folder}: the next run reads everything and keeps it anew."
                " Whom you had it forget must be forgotten again."
            )
            raise EvidenceError(Diagnostic("CX251", message, hint=hint)) from error
        return index.present({one.name for one in self.folder.iterdir()})

    def commit(self, index: Index) -> None:
        """Makes this what is kept; every file that it names must have been written."""
        disk.settle(self.folder)
        text = json.dumps(index.to_json(), ensure_ascii=False, separators=(",", ":"))
        disk.write(self.folder / INDEX, lambda file: file.write(text.encode()))
        disk.settle(self.folder)

    def needs(self, index: Index) -> None:
        """Sees to it that what an index names stays as long as the results of this run."""
        if self.hold is not None:
            self.hold.needs = index.files()

    def clean(self) -> None:
        """Removes the files that neither the index nor this run needs; nobody else may use the folder."""
        held = self.hold.needs if self.hold is not None else frozenset[str]()
        needed = self.index().files() | held | {INDEX, disk.LOCK, disk.READING, ".gitignore"}
        for path in sorted(self.folder.iterdir()):
            if path.name not in needed and path.is_file():
                disk.remove(path)


def exists(folder: Path) -> bool:
    """Whether something was kept in the folder."""
    return os.path.isfile(folder / INDEX)  # noqa: PTH113 - where no file can be, none is


def make(folder: Path) -> None:
    """Makes the folder, if it is not there.

    Raises:
        EvidenceError: CX250, it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            disk.write(ignore, lambda file: file.write(b"*\n"))
    except OSError as error:
        raise _unusable(folder, error) from error


def _unusable(folder: Path, error: OSError) -> EvidenceError:
    where, reason = shortened(str(folder)), error.strerror or type(error).__name__
    message = f"The state cannot be kept in {where}: {reason[:1].lower()}{reason[1:]}."
    return EvidenceError(Diagnostic("CX250", message, hint="Name another folder in `state`."))


@contextmanager
def opened(folder: Path) -> Iterator[State]:
    """The state in a folder, which is made; what nobody needs any more is removed in the end, if possible.

    Raises:
        EvidenceError: CX250, the folder cannot be used.
    """
    make(folder)
    with disk.shared(folder):
        hold = disk.Hold(folder)
        state = State(folder, hold)
        yield state
    with disk.alone(folder) as free:
        if free:
            with hold.only() as nobody_else:
                if nobody_else:
                    state.clean()
