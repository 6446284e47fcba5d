"""Mermaid out: the journey as a `journey` diagram and as a flowchart.

Names come from people, and Mermaid's grammars have no quotes: `#` starts a comment, `;` and `:` end a
name, `journey`, `title` and `section` at the beginning of a task are keywords. What could be taken for
syntax is therefore written as a character entity (`#58;`), which Mermaid draws as the character and
`read_mermaid` reads back. Line breaks become `<br/>`; other white space becomes one space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    import networkx as nx

    Graph = nx.DiGraph[str]

# Besides syntax: markup that Mermaid would interpret, and the signs of which it makes its entity marks.
_UNSAFE = re.compile(r"[#;:%<>\"&{}|`\[\]*_~\\¶°]")
_KEYWORD = re.compile(r"(journey\b|title\s|section\s)", re.IGNORECASE)
_LIST_MARK = re.compile(r"(\d+)([.)])|([-+])\s")


@attrs.frozen
class Arrow:
    """A step that customers take, with what stands beside it."""

    source: str
    target: str
    label: str
    designed: bool


def journey_diagram(graph: Graph, emotions: Mapping[str, float] | None = None) -> str:
    """The journey as a Mermaid `journey` diagram: stages are sections, emotions are scores from 1 to 5.

    `emotions` has the measured emotion (-1 to +1) of touchpoints; for others the score is the assumed
    emotion, or 3 where there is none. The people of a task are the personas who meet the touchpoint
    and the actor who serves it.
    """
    measured = emotions or {}
    lines = ["journey", f"    title {_text(graph.graph['name']) or graph.graph['id']}"]
    personas = {persona.id: persona.name for persona in graph.graph["personas"]}
    for stage in graph.graph["stages"]:
        lines.append(f"    section {_text(stage.name) or stage.id}")
        for node, data in _touchpoints(graph, stage.id):
            people = [personas[persona] for persona in data["personas"] if persona in personas]
            score = _score(measured.get(node, data["emotion"]))
            lines.append(f"      {_task(data['name']) or node}: {score}{_people([*people, data['actor']])}")
    return "\n".join(lines) + "\n"


def flowchart(graph: Graph) -> str:
    """The journey as a Mermaid flowchart: a box a stage, rounded where it starts and ends.

    Moments of truth have a thick outline, backstage touchpoints a dashed one. Nodes are numbered in
    the order of the journey, because ids such as `end` are reserved words of Mermaid.
    """
    numbers = _numbers(graph)
    lines = _boxes(graph, set(graph))
    for source, target, data in graph.edges(data=True):
        label = f'|"{_label(data["about"])}"|' if _label(data["about"]) else ""
        lines.append(f"    {numbers[source]} -->{label} {numbers[target]}")
    return "\n".join(lines) + "\n"


def observed_flowchart(graph: Graph, arrows: Sequence[Arrow], remarks: Sequence[str] = ()) -> str:
    """The steps that customers take, on the touchpoints of the journey; dotted where they were not designed.

    Touchpoints without an arrow are left out. `remarks` are comments in the text of the diagram.
    """
    numbers = _numbers(graph)
    met = {node for arrow in arrows for node in (arrow.source, arrow.target)}
    head, *boxes = _boxes(graph, met)
    lines = [head, *(f"    %% {' '.join(_printable(remark).split())}" for remark in remarks), *boxes]
    for arrow in arrows:
        line = "-->" if arrow.designed else "-.->"
        lines.append(f'    {numbers[arrow.source]} {line}|"{_label(arrow.label)}"| {numbers[arrow.target]}')
    return "\n".join(lines) + "\n"


def _numbers(graph: Graph) -> dict[str, str]:
    return {node: f"t{data['position'] + 1}" for node, data in graph.nodes(data=True)}


def _boxes(graph: Graph, shown: set[str]) -> list[str]:
    """The head of a flowchart and the boxes of some touchpoints, by stage."""
    numbers = _numbers(graph)
    lines = [
        "flowchart LR",
        "    classDef moment stroke-width:3px",
        "    classDef backstage stroke-dasharray:4 3",
    ]
    rounded = {*graph.graph["starts"], *graph.graph["ends"]}
    for number, stage in enumerate(graph.graph["stages"], start=1):
        boxes = [
            f"        {numbers[node]}{_box(node, data, node in rounded)}"
            for node, data in _touchpoints(graph, stage.id)
            if node in shown
        ]
        if boxes:
            lines += [f'    subgraph s{number}["{_label(stage.name) or stage.id}"]', *boxes, "    end"]
    return lines


def _touchpoints(graph: Graph, stage: str) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((node, data) for node, data in graph.nodes(data=True) if data["stage"] == stage)


def _box(node: str, data: dict[str, Any], is_rounded: bool) -> str:
    label = _label(data["name"]) or node
    style = ":::moment" if data["moment_of_truth"] else "" if data["frontstage"] else ":::backstage"
    return f'(["{label}"]){style}' if is_rounded else f'["{label}"]{style}'


def _score(emotion: float | None) -> str:
    return f"{round(min(max(3 + 2 * (emotion or 0.0), 1.0), 5.0), 2):g}"


def _people(names: list[str]) -> str:
    written = dict.fromkeys(_text(name).replace(",", "#44;") for name in names)
    listed = ", ".join(name for name in written if name)
    return f": {listed}" if listed else ""


def _text(name: str) -> str:
    """A name without anything that Mermaid would take for syntax."""
    lines = (" ".join(_printable(line).split()) for line in re.split(r"\r\n?|\n", name))
    return "<br/>".join(_UNSAFE.sub(_entity, line) for line in lines).removeprefix("<br/>").strip()


def _task(name: str) -> str:
    """A name at the beginning of a line, where keywords would be recognised."""
    text = _text(name)
    return f"#{ord(text[0])};{text[1:]}" if _KEYWORD.match(text) else text


def _label(name: str) -> str:
    """A name within quotes, which a flowchart reads as Markdown: `1.` and `-` would start a list."""
    text = _text(name)
    mark = _LIST_MARK.match(text)
    if mark is None:
        return text
    at = mark.start(2) if mark.group(2) else mark.start(3)
    return f"{text[:at]}#{ord(text[at])};{text[at + 1 :]}"


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else " " for character in line)


def _entity(match: re.Match[str]) -> str:
    return f"#{ord(match.group())};"
