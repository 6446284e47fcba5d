"""The manifest of a run: what went in, what came out, and what became of every row.

Everything in it but `timings` follows from the inputs, so two runs of the same project on the same
evidence differ nowhere else. `timings` tell when the run was made, too: figures that a later run tells again
are told as of then.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.review.folder import MANIFEST

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Account
    from cxengine.evidence.raking import Weighting
    from cxengine.metrics.again import Again
    from cxengine.metrics.discovery import Discovery
    from cxengine.review.meanings import Meanings


def fingerprint(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_OUTCOMES = frozenset({"discovery", "outputs", "timings", "planning", "scans", "meanings"})
"""What a manifest tells besides what went in."""
MADE = "made"
"""Among the timings, when the run was made (UTC)."""


def inputs(
    *,
    version: str,
    plugins: Mapping[str, str],
    project: Mapping[str, Any],
    accounts: Iterable[Account],
    timezone: str,
    weighting: Weighting | None = None,
) -> dict[str, Any]:
    """What went into a run, as plain JSON values; `timezone` is that of periods."""
    return {
        "cxengine": version,
        "plugins": dict(sorted(plugins.items())),
        "project": dict(project),
        "timezone": timezone,
        "evidence": [attrs.asdict(account) for account in accounts],
        **({"weighting": attrs.asdict(weighting)} if weighting else {}),
    }


def inputs_of(written: Any) -> dict[str, Any]:
    """What went into the run of a manifest that was read."""
    content = written if isinstance(written, dict) else {}
    return {key: value for key, value in content.items() if key not in _OUTCOMES}


def compared_with(written: Any) -> dict[str, Any]:
    """What a later run keeps of a manifest: what went in, what the figures mean, when the run was made."""
    content = written if isinstance(written, dict) else {}
    kept = {"meanings": content["meanings"]} if "meanings" in content else {}
    made = made_at(content)
    return inputs_of(content) | kept | ({"timings": {MADE: made.isoformat()}} if made else {})


def made_at(written: Any) -> dt.datetime | None:
    """When the run of a manifest that was read was made; None where it does not tell."""
    timings = written.get("timings") if isinstance(written, dict) else None
    try:
        return dt.datetime.fromisoformat(timings[MADE]) if isinstance(timings, dict) else None
    except (KeyError, TypeError, ValueError):
        return None


def manifest(
    went_in: Mapping[str, Any],
    discovery: Discovery,
    meanings: Meanings,
    timings: Mapping[str, float],
    scans: Iterable[Again] = (),
) -> dict[str, Any]:
    """The manifest of what went in, as plain JSON values; `timings` are seconds by stage.

    `meanings` are marks of what the figures mean; `discovery` says how many hypotheses were tested and fell,
    by the kind of finding; `scans` what had to be asked of the answers beside the one scan that all cells
    come from.
    """
    return {
        **went_in,
        "meanings": attrs.asdict(meanings),
        "discovery": attrs.asdict(discovery),
        "scans": [attrs.asdict(one) for one in scans],
        "outputs": {},
        "timings": {MADE: dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat()}
        | {stage: round(seconds, 3) for stage, seconds in timings.items()},
    }


def write_manifest(folder: Path, content: Mapping[str, Any]) -> Path:
    """Writes the manifest into the folder of a run, with the hash of every file that is in it."""
    outputs = {
        path.relative_to(folder).as_posix(): fingerprint(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    path = folder / MANIFEST
    text = json.dumps({**content, "outputs": outputs}, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path
