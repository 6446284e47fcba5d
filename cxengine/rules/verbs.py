"""What rules may do with the subjects that they are about, and why not anything else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cxengine.project.model import Rule
from cxengine.project.values import NAME, RESERVED
from cxengine.rules.desk import Desk, Path
from cxengine.rules.template import Template

_ITEM = "only initiatives are on the roadmap"
_PLACE = "there is no touchpoint that the initiative would change"
_INITIATIVE = 'write about = "initiative"'
_TOUCHPOINT = 'write about = "touchpoint" or about = "cell"'
_DECIDING = {"exclude": (_ITEM, _INITIATIVE), "require": (_ITEM, _INITIATIVE)}
_REFUSED: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "response": {
        "require": (_ITEM, _INITIATIVE),
        "propose": (_PLACE, "tag the responses, and let a rule about cells propose for a segment of them"),
    },
    "project": {**_DECIDING, "propose": (_PLACE, _TOUCHPOINT)},
    "touchpoint": _DECIDING,
    "cell": _DECIDING,
    "initiative": {"propose": ("it is about one already", _TOUCHPOINT)},
}
"""For each kind of subject, the keys that a rule about it cannot have: why, and the way out."""

_EFFECTS = ("derive", "tag", "exclude", "require", "propose", "because")


def refuse_misplaced(rule: Rule, desk: Desk) -> None:
    """Says which keys of a rule mean nothing for its subject, and whether it does nothing at all."""
    at: Path = ("rule", rule.id)
    for verb, (reason, way_out) in _REFUSED[rule.about].items():
        if getattr(rule, verb):
            message = f'rule "{rule.id}" is about {_A[rule.about]}, so it cannot {verb}: {reason}'
            desk.report("CX406", message, (*at, verb), way_out)
    for place, tag in _unreadable_tags(rule):
        message = f'"{tag}" cannot be the tag of a response, because expressions read it as a fact'
        plain = re.sub(r"[^a-z0-9_]+", "_", tag.lower()).strip("_")
        hint = f'start with a letter and use lower-case letters, digits and _, for example "{plain or "tag"}"'
        desk.report("CX406", message, (*at, *place), hint)
    if not any(getattr(rule, verb) for verb in _EFFECTS):
        message = f'rule "{rule.id}" changes nothing where it fires'
        hint = "let it derive, tag, exclude, require or propose something, or say because"
        desk.report("CX407", message, at, hint, severity="warning")


def _unreadable_tags(rule: Rule) -> Iterator[tuple[Path, str]]:
    for index, tag in enumerate(rule.tag if rule.about == "response" else ()):
        if not re.fullmatch(NAME, tag) or tag in RESERVED:
            yield ("tag", index), tag


def refuse_varying(because: Template, at: Path, desk: Desk) -> None:
    """Says where a reason of a rule or table about responses is not the same for all of them."""
    varying = sorted(".".join(path) for path in because.reads if path[0] != "params")
    if varying:
        message = (
            f'the reason of {at[0]} "{at[1]}" is told once for all responses, so it cannot name {varying[0]}'
        )
        desk.report("CX406", message, at, "name parameters only")


_A = {
    "response": "responses",
    "project": "the project",
    "touchpoint": "touchpoints",
    "cell": "cells",
    "initiative": "initiatives",
}
