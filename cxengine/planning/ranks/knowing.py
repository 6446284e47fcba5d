"""What would be worth knowing better: estimates, answers about touchpoints, surveys, segments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from cxengine.metrics.measurement import ALL
from cxengine.planning.appraisal import Appraisal
from cxengine.planning.ranks import streams
from cxengine.planning.ranks.choice import Choice, Gain
from cxengine.planning.ranks.impacts import change_name
from cxengine.planning.ranks.prospect import effort_name, input_name
from cxengine.planning.ranks.scene import quoted
from cxengine.planning.ranks.scores import Scorer
from cxengine.planning.ranks.streams import Name
from cxengine.planning.ranks.worlds import Drawn
from cxengine.planning.standing import WorthKnowing
from cxengine.project.model import Estimate

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

Kind = Literal["estimate", "answers", "survey", "segment", "importance"]
CONVINCING = 2.0
"""A gain is told of when it is at least so many standard errors."""
MOST = 20
"""As many entries at most."""


@attrs.frozen(eq=False)
class _Source:
    """Something that could be known better, and the candidates that it concerns."""

    kind: Kind
    subject: tuple[str, ...]
    name: str
    quantities: Sequence[FloatArray]
    concerned: Sequence[str]
    n: Sequence[float] = ()
    """The answers behind each quantity."""


@attrs.frozen(eq=False, slots=False)
class Knowing:
    """Reckons the value of information for a choice, from the draws that it was made with."""

    scorer: Scorer
    world: Drawn
    choice: Choice

    def worth(self) -> tuple[WorthKnowing, ...]:
        """What is worth knowing, by gain per cost where costs are declared, else by gain."""
        found = [self._worth(source) for source in self._sources()]
        told = [w for w in found if w.gain > CONVINCING * w.error]
        told.sort(key=lambda w: (-(w.gain_per_cost or 0.0), -_promised(w), w.kind, w.subject))
        return tuple(told[:MOST])

    def _worth(self, source: _Source) -> WorthKnowing:
        gain = self.choice.knowing(source.quantities, source.concerned)
        more = self._more(source) if source.n else None
        settings = self.scorer.scene.settings
        cost = settings.estimate_cost if source.kind == "estimate" else None
        if more is not None and settings.answer_cost is not None:
            cost = settings.answer_cost * settings.more_answers
        promised = gain.value if more is None else more.value
        return WorthKnowing(
            kind=source.kind,
            subject=source.subject,
            gain=gain.value,
            error=gain.error,
            answers=None if more is None else settings.more_answers,
            gain_by_answers=None if more is None else more.value,
            cost=cost,
            gain_per_cost=1000 * promised / cost if cost else None,
            text=self._text(source, gain, more),
        )

    def _more(self, source: _Source) -> Gain:
        """The gain by more answers: what they will say is what is so, blurred as they are few.

        They are divided among the quantities as the answers are that are there.
        """
        total = sum(source.n) or 1.0
        blurred = []
        for position, (quantity, n) in enumerate(zip(source.quantities, source.n, strict=True)):
            more = self.scorer.scene.settings.more_answers * n / total
            name = ("more", source.kind, *source.subject, str(position))
            blurred.append(quantity + streams.normal(name, len(quantity)) * np.sqrt(n / more if more else 0))
        return self.choice.knowing(blurred, source.concerned)

    # --- sources ------------------------------------------------------------------------------------

    def _sources(self) -> Iterator[_Source]:
        for candidate in filter(self.choice.is_open, self.choice.ids):
            yield from self._estimates(self.scorer.scene.by_id[candidate])
        project = self.scorer.scene.project
        answers = self.world.answers
        for touchpoint in project.touchpoints:
            about = [a for a in answers if a[1] == touchpoint.id and a[2] == ALL]
            yield from self._answers("answers", str(touchpoint.id), touchpoint.name, about)
        for signal in project.signals:
            about = [a for a in answers if str(signal.id) in a[0].split(" and ")]
            yield from self._answers("survey", str(signal.id), str(signal.id), about)
        for segment in project.segments:
            about = [a for a in answers if a[2] == segment.id]
            by_id = self.scorer.scene.by_id
            served = [c for c in self.choice.ids if segment.id in by_id[c].candidate.initiative.segments]
            yield from self._answers("segment", str(segment.id), segment.name, about, served)
        if self.world.samples:
            drawn = list(self.world.samples.values())
            yield _Source("importance", (), "what matters to customers", drawn, self.choice.ids)

    def _estimates(self, appraisal: Appraisal) -> Iterator[_Source]:
        """What is estimated of a candidate, as far as its score reads it."""
        candidate, initiative = appraisal.candidate, appraisal.candidate.initiative
        matters, project = self.scorer.matters, self.scorer.scene.project
        places = {str(t.id): t.name for t in project.touchpoints}
        metrics = {str(m.id): m.name or str(m.id) for m in project.metrics}
        found: list[tuple[Name, Estimate, str]] = []
        if any(matters.read(*path) for path in (("effort",), ("initiative", "effort"), ("quick_win",))):
            told = f"the effort of {quoted(initiative.name)}"
            found.append((effort_name(candidate), initiative.effort, told))
        for effect in initiative.effects:
            where = f"{metrics[effect.metric]} at {places[effect.touchpoint]}"
            told = f"what {quoted(initiative.name)} does to {where}"
            found.append((change_name(candidate, effect), effect.change, told))
        for name, value in initiative.inputs.items():
            if isinstance(value, Estimate) and matters.read("inputs", str(name)):
                found.append(
                    (input_name(candidate, str(name)), value, f"{name} of {quoted(initiative.name)}")
                )
        for key, estimate, told in found:
            if estimate.low < estimate.high:
                drawn = streams.pert(key, estimate, self.world.rows)
                yield _Source("estimate", key[1:], told, [drawn], [appraisal.id])

    def _answers(
        self,
        kind: Kind,
        subject: str,
        name: str,
        about: Sequence[Name],
        concerned: Sequence[str] | None = None,
    ) -> Iterator[_Source]:
        if about:
            drawn = [self.world.answers[a] for a in about]
            n = [self.world.n[a] for a in about]
            whom = self._concerned(about) if concerned is None else concerned
            yield _Source(kind, (subject,), name, drawn, whom, n)

    def _concerned(self, about: Sequence[Name]) -> Sequence[str]:
        """The candidates whose scores such answers move; all where facts about the project count."""
        places = {a[1] for a in about}
        if self._of_everybody or not places <= self._touchpoints:
            return self.choice.ids
        by_id = self.scorer.scene.by_id
        return [name for name in self.choice.ids if places & set(by_id[name].candidate.touchpoints)]

    @cached_property
    def _touchpoints(self) -> set[str]:
        return {str(t.id) for t in self.scorer.scene.project.touchpoints}

    @cached_property
    def _of_everybody(self) -> bool:
        return bool(self.scorer.matters.project)

    # --- in words -----------------------------------------------------------------------------------

    def _text(self, source: _Source, gain: Gain, more: Gain | None) -> str:
        share = self.choice.expected
        exactly = _points(gain.value, share)
        if more is None:
            return f"To know {source.name} exactly would be worth {exactly}."
        count = self.scorer.scene.settings.more_answers
        about = {"answers": "about", "survey": "to", "segment": "of"}[source.kind]
        return (
            f"{count} more answers {about} {source.name} would be worth {_points(more.value, share)};"
            f" to know it exactly, {exactly}."
        )


def _promised(worth: WorthKnowing) -> float:
    return worth.gain if worth.gain_by_answers is None else worth.gain_by_answers


def _points(value: float, of: float) -> str:
    share = f" ({value / of:.1%} of what the first ones are worth)" if of > 0 and value >= 0.0005 * of else ""
    return f"{value:.3g} points{share}"
