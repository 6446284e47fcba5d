"""What is kept of one batch: its account, what is known of it at a glance, and the names of its files.

The files of a batch, in Parquet:

    cells       what the scan gives (see `cxengine.metrics.scan`), its columns named by the hash of their SQL
    more        further columns of it, for metrics that came later; its counts are 0
    voices      what the scan of responses gives (see `cxengine.metrics.heard`)
    masks       the combinations of segments that occur
    responses   one row a row of input that is used: its number, that of the first row of the same response,
                the mark of the customer, moment, channel, weight, attributes; where responses have many
                rows, also the mark of the response
    answers     one row an answer: number of the row, touchpoint, signal, value, censored
    strays      one row an event that is at no touchpoint: the mark of its case, moment
    verbatims   one row a text, without the text: number of the row, touchpoint that it is about
    labels      one row a label (a theme) of a text: number of the row, touchpoint, enricher, label
    ids         hashes of response ids, where they must be unique over all batches of a source
    customers   the marks of all customers who are named
    quarantine  what was set aside
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from cxengine.evidence.enrich import LeftOut
from cxengine.evidence.evidence import Account, ExcludedRows
from cxengine.evidence.moments import Moment, Moments
from cxengine.evidence.taken import Taken

Covered = frozenset[tuple[str, str]]
"""Signals and columns: whose answers were aggregated to which columns."""


@attrs.frozen
class Batch:
    """One input of a source, or a source whose inputs belong together."""

    source: str
    stamps: Mapping[str, str]
    """By input: what tells without reading it that it has not changed; inputs without one are not here."""
    taken: Taken
    rows: int
    """How many numbers its responses take up."""
    lightest: float
    heaviest: float
    sizes: Mapping[str, tuple[int, float]]
    """By signal: how many answers, and the largest."""
    covered: Covered
    pieces: Mapping[str, str]
    """The files by kind."""
    more: tuple[str, ...] = ()
    """The files with further columns."""
    cells: int = 0
    """How many rows the cells have."""
    is_open: bool = False
    """Whether its responses may go on in another batch; its `voices`, which do not add up, are empty then."""

    @property
    def inputs(self) -> Mapping[str, str]:
        """Its inputs with the hash of their content."""
        return self.taken.account.inputs

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all its files."""
        return (*self.pieces.values(), *self.more)

    def to_json(self) -> dict[str, Any]:
        """As the index holds it."""
        return {
            "source": self.source,
            "stamps": dict(self.stamps),
            "taken": _taken_to_json(self.taken),
            "rows": self.rows,
            "weights": [self.lightest, self.heaviest],
            "sizes": {signal: list(size) for signal, size in sorted(self.sizes.items())},
            "covered": [list(pair) for pair in sorted(self.covered)],
            "pieces": dict(self.pieces),
            "more": list(self.more),
            "cells": self.cells,
            "open": self.is_open,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Batch:
        """From the index."""
        return cls(
            source=content["source"],
            stamps=content["stamps"],
            taken=_taken_from_json(content["taken"]),
            rows=content["rows"],
            lightest=content["weights"][0],
            heaviest=content["weights"][1],
            sizes={signal: (size[0], size[1]) for signal, size in content["sizes"].items()},
            covered=frozenset((signal, column) for signal, column in content["covered"]),
            pieces=content["pieces"],
            more=tuple(content["more"]),
            cells=content["cells"],
            is_open=content["open"],
        )


@attrs.frozen
class Merged:
    """Batches that were added up: their cells, voices, masks and ids."""

    batches: tuple[str, ...]
    covered: tuple[tuple[str, str], ...]
    files: Mapping[str, str]
    cells: int

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Merged:
        """From the index."""
        covered = tuple((signal, column) for signal, column in content["covered"])
        return cls(tuple(content["batches"]), covered, content["files"], content["cells"])


def _taken_to_json(taken: Taken) -> dict[str, Any]:
    return {
        "account": attrs.asdict(taken.account),
        "unseen": [[list(path), sorted(codes)] for path, codes in taken.unseen.items()],
        "unmade": sorted(taken.unmade),
        "channels": dict(taken.channels),
        "signals": sorted(taken.signals),
        "unended": dict(taken.unended),
        "months": sorted(taken.moments.months.items()),
        "answered": [[*asked, n] for asked, n in taken.answered.items()],
        "last": attrs.asdict(taken.moments.last) if taken.moments.last else None,
        "left_out": [attrs.asdict(one) for one in taken.left_out],
    }


def _taken_from_json(content: Mapping[str, Any]) -> Taken:
    account = dict(content["account"])
    excluded = tuple(ExcludedRows(**one) for one in account.pop("excluded_by"))
    return Taken(
        account=Account(**account, excluded_by=excluded),
        unseen={tuple(path): frozenset(codes) for path, codes in content["unseen"]},
        unmade=frozenset(content["unmade"]),
        channels=content["channels"],
        signals=frozenset(content["signals"]),
        unended=content["unended"],
        answered={(column, signal): n for column, signal, n in content["answered"]},
        moments=Moments(dict(content["months"]), Moment(**content["last"]) if content["last"] else None),
        left_out=tuple(LeftOut(**one) for one in content["left_out"]),
    )
