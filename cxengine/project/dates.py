"""Days that contradict one another: what ends before it begins, what comes too late or too early."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic
from cxengine.project import model

if TYPE_CHECKING:
    from cxengine.project.checks import Parts
    from cxengine.project.model import Project
    from cxengine.project.origins import Origins
    from cxengine.project.scanner import Path as TomlPath


def check_dates(parts: Parts) -> Iterator[Diagnostic]:
    """What ends before it begins."""
    for path, initiative in parts.each(model.InitiativeTable):
        if initiative.earliest and initiative.deadline and initiative.deadline <= initiative.earliest:
            message = f"The deadline is not after the earliest start, {initiative.earliest}."
            yield Diagnostic("CX183", message, parts.origins.locate((*path, "deadline")))
        if initiative.earliest and initiative.latest and initiative.latest < initiative.earliest:
            message = f"The last day is before the earliest start, {initiative.earliest}."
            yield Diagnostic("CX183", message, parts.origins.locate((*path, "latest")))
        if initiative.earliest and initiative.start and initiative.start < initiative.earliest:
            message = f"It starts before its earliest start, {initiative.earliest}."
            yield Diagnostic("CX183", message, parts.origins.locate((*path, "start")))
        for name in ("deadline", "latest"):
            end = getattr(initiative, name)
            if initiative.start and end and end < initiative.start:
                message = f"It ends before it starts, on {initiative.start}."
                yield Diagnostic("CX183", message, parts.origins.locate((*path, name)))
    for path, stretch in (*parts.each(model.Leave), *parts.each(model.Window)):
        if stretch.last < stretch.first:
            message = f"The last day is before the first, {stretch.first}."
            yield Diagnostic("CX183", message, parts.origins.locate((*path, "last")))
    for path, team in parts.each(model.Team):
        since = [change.since for change in team.capacity_changes]
        for index, day in enumerate(since):
            if day in since[:index]:
                place = parts.origins.locate((*path, "capacity_changes", index, "since"))
                yield Diagnostic("CX183", f"Two changes of capacity begin on {day}.", place, "Keep one.")


def untimely(project: Project, origins: Origins, today: dt.date) -> Iterator[Diagnostic]:
    """What is wanted before the roadmap begins, and what counts as delivered and is not finished by today."""
    wanted = [
        *(("initiative", one.id, "deadline", one.deadline) for one in project.initiatives),
        *(("milestone", one.id, "due", one.due) for one in project.milestones),
        *(("goal", one.id, "by", one.by) for one in project.goals),
    ]
    for table, key, name, day in wanted:
        if project.roadmap and day and day < project.roadmap.start:
            message = f"{day} is before the roadmap starts, on {project.roadmap.start}: no plan can meet it."
            yield Diagnostic("CX183", message, origins.locate((table, key, name)), severity="warning")
    yield from _closed(project, origins)
    for one in project.delivered:
        if one.finished > today:
            message = f'"{one.id}" counts as delivered, and is finished on {one.finished} only.'
            place = origins.locate(("delivered", one.id, "finished"))
            hint = "Until then it is an [[initiative]]."
            yield Diagnostic("CX183", message, place, hint, severity="warning")


def _closed(project: Project, origins: Origins) -> Iterator[Diagnostic]:
    """Release windows that are all over when the roadmap starts: nothing could ever go live."""
    if project.roadmap is None:
        return
    written: list[tuple[TomlPath, tuple[model.Window, ...]]] = [
        (("roadmap", "release_windows"), project.roadmap.release_windows),
        *((("team", str(team.id), "release_windows"), team.release_windows) for team in project.teams),
    ]
    for path, windows in written:
        if windows and max(window.last for window in windows) < project.roadmap.start:
            message = f"All release windows are over when the roadmap starts, on {project.roadmap.start}."
            hint = "Nothing can go live: add later ones."
            yield Diagnostic("CX183", message, origins.locate(path), hint, severity="warning")
