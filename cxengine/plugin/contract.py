"""What a metric wants of the signal it measures, declared instead of programmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from cxengine.plugin.wording import Question, subjects

if TYPE_CHECKING:
    from cxengine.project.model import Signal


@attrs.frozen(kw_only=True)
class Contract:
    """The declarations of a signal that a metric accepts; what is not said may be anything."""

    scale: tuple[float, float] | None = None
    """The least and the largest answer."""
    about: Literal["transaction", "relationship"] | None = None
    direction: Literal["higher_is_better", "lower_is_better"] | None = None
    modes: tuple[str, ...] = ()
    """How it was asked or recorded; empty for any."""
    positive: bool = False
    """Whether values start at 0."""
    times: bool = False
    """Whether values are times: below 0 there is none, and what is there is set aside when it is read."""
    wordings: tuple[str, ...] = ()
    """The only questions it may be asked with, such as licensed ones in every language; empty for any."""
    question: Question | None = None
    """What the question must be about. A wording that is about something else is told; one that does not
    tell, or is in a language that is not known here, is taken as declared."""
    window: float | Literal["declared"] | None = None
    """The days that an answer must be about; "declared" where any number is right and none is told."""

    def broken_by(self, metric: str, signal: Signal) -> str | None:
        """Why a signal does not keep the contract, with a way out; None when it does."""
        scale, name = signal.scale, f"{metric} needs"
        if self.scale and (scale is None or (scale.min, scale.max) != self.scale):
            low, high = self.scale
            found = "declares no scale" if scale is None else f"has one from {scale.min:g} to {scale.max:g}"
            wanted = f"{name} a scale from {low:g} to {high:g}"
            return f"{wanted}, and {signal.id!r} {found}; declare it, and map codes to it with `recode`"
        if (self.positive or self.times) and scale is not None and scale.min < 0:
            what, way_out = (
                ("times", "map a duration from two columns to it") if self.times else ("values", "use mean")
            )
            return f"{name} {what} from 0 on, and {signal.id!r} has a scale from {scale.min:g}; {way_out}"
        if self.about and signal.about != self.about:
            return (
                f"{name} a signal about the {self.about}, and {signal.id!r} is about the {signal.about};"
                f' declare `about = "{self.about}"` and map it to "journey"'
            )
        if self.direction and signal.direction != self.direction:
            return f'{name} `direction = "{self.direction}"`, and {signal.id!r} says {signal.direction}'
        if self.modes and signal.mode not in self.modes:
            wanted = " or ".join(f"`mode = {mode!r}`".replace("'", '"') for mode in self.modes)
            found = f"says {signal.mode!r}" if signal.mode else "says nothing"
            return f"{name} a signal with {wanted}, and {signal.id!r} {found}; it would be another metric"
        return self._other_question(name, signal)

    def doubted_by(self, metric: str, signal: Signal) -> str | None:
        """What should be looked at in a signal that can be measured, with a way out; None when nothing."""
        about = subjects(signal.wording)
        if self.question and about and self.question not in about:
            return (
                f"{metric} is of a question about {self.question}, and the wording of {signal.id!r} is about"
                f" {' and '.join(sorted(about))}; measure it with another metric, or declare what was asked"
            )
        if self.window == "declared" and signal.window is None:
            return (
                f"{metric} is about a window of time, and {signal.id!r} declares none, so that nobody can"
                " tell what its values are about; declare `window`, in days"
            )
        return None

    def _other_question(self, name: str, signal: Signal) -> str | None:
        """Why a signal asks something else."""
        if self.wordings and _plain(signal.wording) not in map(_plain, self.wordings):
            wanted = " or ".join(f'"{wording}"' for wording in self.wordings)
            return (
                f"{name} the wording {wanted}, and {signal.id!r} asks otherwise; declare it as it was asked"
            )
        if isinstance(self.window, int | float) and signal.window != self.window:
            found = "declares none" if signal.window is None else f"has one of {signal.window:g}"
            return f"{name} a window of {self.window:g} days, and {signal.id!r} {found}; declare `window`"
        return None

    def words(self) -> str:
        """The contract in a sentence."""
        parts = [
            f"a scale from {self.scale[0]:g} to {self.scale[1]:g}" if self.scale else "",
            "values from 0 on" if self.positive else "",
            "times from 0 on" if self.times else "",
            f"about the {self.about}" if self.about else "",
            self.direction.replace("_", " ") if self.direction else "",
            " or ".join(f"mode {mode}" for mode in self.modes),
            " or ".join(f'the wording "{wording}"' for wording in self.wordings),
            f"a question about {self.question}" if self.question else "",
            f"a window of {self.window:g} days" if isinstance(self.window, int | float) else "",
            "a declared window" if self.window == "declared" else "",
        ]
        return ", ".join(part for part in parts if part)


def _plain(text: str) -> str:
    """What is compared of a wording."""
    return " ".join(text.casefold().split()).rstrip(" .?!")
