"""The tables of the journey: stages, touchpoints, who walks it, through which media."""

from __future__ import annotations

import attrs

from cxengine.project.model.key import Expression, Identifier, key


@attrs.frozen(kw_only=True)
class Stage:
    """A phase of the journey, in the customer's own words. Stages follow one another as written."""

    id: Identifier = key("Name for references.")
    name: str = key('What the customer would say: "I shop".')
    about: str = key("What happens in this stage and how it is told from its neighbours.", default="")


@attrs.frozen(kw_only=True)
class Target:
    """Where a metric should be at a touchpoint: a part of the desired state."""

    metric: Identifier = key("The metric.", refers="metric")
    value: float = key("Where it should be here.")


@attrs.frozen(kw_only=True)
class Touchpoint:
    """One interaction between customer and organisation."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    stage: Identifier = key("The stage it belongs to.", refers="stage")
    about: str = key("What the customer does here and wants.", default="")
    channels: tuple[Identifier, ...] = key(
        "The media through which it takes place.", refers="channel", default=()
    )
    actor: str = key("Who acts for the organisation.", default="")
    frontstage: bool = key("Whether the customer sees it; false for backstage work.", default=True)
    importance: float = key(
        "How much it matters for loyalty, from 0 to 1: a judgement, used until evidence gives a better one.",
        minimum=0,
        maximum=1,
        default=0.5,
    )
    moment_of_truth: bool = key("Declared to shape loyalty.", default=False)
    emotion: float | None = key(
        "Assumed emotion, from -1 (pain) to +1 (love): a judgement, shown where nothing is measured.",
        minimum=-1,
        maximum=1,
        default=None,
    )
    desired: float | None = key(
        "Desired emotion, from -1 (pain) to +1 (love).", minimum=-1, maximum=1, default=None
    )
    targets: tuple[Target, ...] = key(
        "Where metrics should be here, in place of the targets that they declare for everywhere.", default=()
    )
    start: bool = key("A journey may begin here; the first touchpoint where none is marked.", default=False)
    end: bool = key("A journey may end here.", default=False)
    tags: tuple[str, ...] = key("Free labels that rules may read.", default=())


@attrs.frozen(kw_only=True)
class Transition:
    """A step from one touchpoint to another; where none is declared, touchpoints follow as written."""

    source: Identifier = key("The touchpoint it leaves.", refers="touchpoint")
    target: Identifier = key("The touchpoint it reaches.", refers="touchpoint")
    about: str = key("When and why customers take this step.", default="")


@attrs.frozen(kw_only=True)
class ChannelTable:
    """A medium: web, app, store, telephone."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    about: str = key("What it is for.", default="")


@attrs.frozen(kw_only=True)
class Segment:
    """A population defined by a rule over the attributes of responses."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    when: Expression = key(
        'CEL over `attributes` and `channel`, for example `attributes.country == "NL" && channel == "web"`.'
    )
    about: str = key("Who these customers are.", default="")
    value: float = key(
        "Worth of the segment relative to the others; roadmaps serve the worthiest first.",
        minimum=0,
        default=1.0,
    )
    may_be_empty: bool = key(
        "Whether it is no finding that nobody is in it, as before the first of them come, or nobody in it has"
        " answered: CX237 is then a note.",
        default=False,
    )


@attrs.frozen(kw_only=True)
class Persona:
    """An archetype that stands for a segment."""

    id: Identifier = key("Name for references.")
    name: str = key("The persona's name.")
    segment: Identifier | None = key(
        "The segment it stands for; without one, everybody.", refers="segment", default=None
    )
    about: str = key("Who this is.", default="")
    functional_needs: tuple[str, ...] = key("What has to get done.", default=())
    emotional_needs: tuple[str, ...] = key("How it should feel.", default=())
    social_needs: tuple[str, ...] = key("How it should look to others.", default=())
    touchpoints: tuple[Identifier, ...] = key(
        "The touchpoints this persona meets; empty for all.", refers="touchpoint", default=()
    )
