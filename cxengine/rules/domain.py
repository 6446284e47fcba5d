"""What facts may be: by their types, their meaning, and what the project declares.

A fact that this project never knows, such as the target of a metric that has none, is `None`.
NaN is no value of a fact: what is not measured is absent.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cxengine import cel
from cxengine.project.model import Project
from cxengine.rules.facts import params
from cxengine.rules.span import Choice, Span, Values, of_type, single

Path = tuple[str, ...]

_SHARE, _POSITIVE = Span(0.0, 1.0), Span(0.0)
_FEELINGS: Mapping[Path, Span] = {
    ("pain",): _SHARE,
    ("love",): _SHARE,
    ("reach",): _SHARE,
    ("importance",): _SHARE,
    ("emotion",): Span(-1.0, 1.0),
    ("n",): _POSITIVE,
    ("moment_of_truth_probability",): _SHARE,
    ("gap", "probability"): _SHARE,
    **{("gap", part): Span(-2.0, 2.0) for part in ("value", "low", "high", "remaining")},
}
_OF_INITIATIVES: Mapping[Path, Span] = {
    ("pain",): _POSITIVE,
    ("love",): _POSITIVE,
    ("importance",): _SHARE,
    ("segment_value",): _POSITIVE,
    ("initiative", "complexity"): Span(1.0, 5.0),
    ("initiative", "cost"): _POSITIVE,
    ("initiative", "duration"): _POSITIVE,
    **{
        (*path, part): _POSITIVE
        for path in (("effort",), ("initiative", "effort"))
        for part in ("low", "likely", "high")
    },
}
_KNOWN: Mapping[str, Mapping[Path, Span]] = {
    "touchpoint": _FEELINGS,
    "cell": _FEELINGS,
    "initiative": _OF_INITIATIVES,
}
_DECLARED = ("target", "benchmark", "guardrail")


@attrs.frozen(eq=False)
class Domain:
    """The values of the facts about one kind of subject.

    `ranges` are the least and greatest value of metrics that have them. `with_params` takes the parameters
    as they are; without it they may be anything.
    """

    project: Project
    about: str
    ranges: Mapping[str, tuple[float, float]]
    with_params: bool = True

    def of(self, path: Path, type_: cel.Type) -> Values | None:
        """What the fact at `path`, of type `type_`, may be; None where nothing can be said."""
        known = _KNOWN.get(self.about, {})
        if path in known:
            return known[path]
        found = self._target(path) or self._metric(path[1:] if path[0] == "journey" else path)
        found = found or self._param(path)
        return found if found is not None else of_type(type_)

    def _target(self, path: Path) -> Values | None:
        """The targets of a metric at touchpoints that say their own; None where none does."""
        if len(path) != 3 or (path[0], path[2]) != ("metrics", "target"):
            return None
        own = [t.value for point in self.project.touchpoints for t in point.targets if t.metric == path[1]]
        everywhere = [m.target for m in self.project.metrics if m.id == path[1] and m.target is not None]
        return Span(float(min(own + everywhere)), float(max(own + everywhere))) if own else None

    def _metric(self, path: Path) -> Values | None:
        if len(path) != 3 or path[0] != "metrics":
            return None
        table = next((m for m in self.project.metrics if m.id == path[1]), None)
        if table is None:
            return None
        if path[2] in _DECLARED:
            declared = getattr(table, path[2])
            return Span(1.0, 0.0) if declared is None else single(float(declared))
        if path[2] == "n":
            return _POSITIVE
        return Span(*self.ranges[path[1]]) if path[2] == "value" and path[1] in self.ranges else None

    def _param(self, path: Path) -> Values | None:
        if not self.with_params or len(path) != 2 or path[0] != "params":
            return None
        return single(params(self.project)[path[1]])


def places(project: Project, about: str) -> list[dict[Path, Values]]:
    """What is declared of each subject: its texts and truth values, which no run can change.

    For initiatives, of which rules may propose more, there is one that says nothing.
    """
    if about not in {"touchpoint", "cell"}:
        return [{}]
    names = {stage.id: stage.name for stage in project.stages}
    touchpoints: list[dict[Path, Values]] = [
        {
            ("touchpoint", "id"): _text(t.id),
            ("touchpoint", "name"): _text(t.name),
            ("touchpoint", "stage"): _text(t.stage),
            ("touchpoint", "actor"): _text(t.actor),
            ("touchpoint", "frontstage"): Choice(frozenset([t.frontstage])),
            ("touchpoint", "moment_of_truth"): Choice(frozenset([t.moment_of_truth])),
            ("stage", "id"): _text(t.stage),
            ("stage", "name"): _text(names.get(t.stage, "")),
        }
        for t in project.touchpoints
    ]
    if about == "touchpoint":
        return touchpoints
    return [
        place
        | {
            ("segment", "id"): _text(s.id),
            ("segment", "name"): _text(s.name),
            ("segment", "value"): Span(float(s.value), float(s.value)),
        }
        for place in touchpoints
        for s in project.segments
    ]


def _text(value: str) -> Choice:
    return Choice(frozenset([str(value)]))
