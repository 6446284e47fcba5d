"""What people call things: display names by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language

if TYPE_CHECKING:
    from cxengine.project import Loaded
    from cxengine.project.model import Project


class _Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


@attrs.frozen
class Names:
    """Names of everything that a project declares; an id that nobody declared stands for itself."""

    touchpoints: Mapping[str, str]
    stages: Mapping[str, str]
    channels: Mapping[str, str]
    segments: Mapping[str, str]
    metrics: Mapping[str, str]
    areas: Mapping[str, str]
    teams: Mapping[str, str]
    say: Language = ENGLISH

    @classmethod
    def of(cls, loaded: Loaded, say: Language = ENGLISH) -> Names:
        """The names of a project, in a language where they are ours.

        `journey` is the touchpoint of answers about the whole.
        """
        project = loaded.project
        titles = {metric.id: loaded.uses["metric", metric.id].plugin.title for metric in project.metrics}
        return cls(
            touchpoints={"journey": say.word("The whole journey")} | _names(project.touchpoints),
            stages=_names(project.stages),
            channels=_names(project.channels),
            segments={"all": say.word("Everybody")} | _names(project.segments) | _channels(project, say),
            metrics={metric.id: metric.name or titles[metric.id] for metric in project.metrics},
            areas=_names(project.areas),
            teams=_names(project.teams),
            say=say,
        )

    def touchpoint(self, id_: str) -> str:
        """Name of a touchpoint."""
        return self.touchpoints.get(id_, id_)

    def area(self, id_: str | None) -> str:
        """Name of an area; initiatives that no area takes are "Other"."""
        return self.say.word("Other") if id_ is None else self.areas.get(id_, id_)

    def team(self, id_: str | None) -> str:
        """Name of a team; work that nobody has is "No team yet"."""
        return self.say.word("No team yet") if id_ is None else self.teams.get(id_, id_)


def _channels(project: Project, say: Language) -> dict[str, str]:
    """The populations of those who came through a channel."""
    return {
        f"channel:{channel.id}": say.text("By %(channel)s", channel=channel.name)
        for channel in project.channels
    }


def _names(elements: Iterable[_Named]) -> dict[str, str]:
    return {element.id: element.name or element.id for element in elements}
