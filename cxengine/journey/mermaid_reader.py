"""Mermaid in: a `journey` diagram as stages, touchpoints and personas.

The reader follows Mermaid's own grammar (journey.jison of Mermaid 11): keywords in any case, comments
after `#` and on lines that begin with `%%`, directives, front matter, character entities, accessible
titles and descriptions. A colon in the name of a section, which Mermaid refuses but people write, is
read with a warning.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain, count
from typing import Any

import attrs

from cxengine.diagnostics import Diagnostic, Location, ProjectError

_FRONT_MATTER = re.compile(r"\A\s*-{3}[ \t]*\n(.*?)\n[ \t]*-{3}[ \t]*(?=\n|\Z)", re.DOTALL)
_DIRECTIVE = re.compile(r"%%\{.*?\}%%", re.DOTALL)
_DESCRIPTION = re.compile(r"^[ \t]*accDescr\s*\{[^}]*(\}|\Z)", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_ACCESSIBLE = re.compile(r"(accTitle|accDescr)\s*:", re.IGNORECASE)
_HEADER = re.compile(r"journey\b", re.IGNORECASE)
_KEYWORD = re.compile(r"(title|section)\s(.*)", re.IGNORECASE)
_ENTITY = re.compile(r"#(\w+);")
_MARKED_ENTITY = re.compile("\x00(\\w+)\x01")
_BREAK = re.compile(r"<br\s*/?\s*>", re.IGNORECASE)
_SCORE = re.compile(r"\d+(\.\d+)?")


@attrs.frozen
class MermaidTask:
    """One task of a diagram: a score from 1 (worst) to 5 (best), and the people who take part."""

    name: str
    score: float
    people: tuple[str, ...]
    line: int

    @property
    def emotion(self) -> float:
        """The score as an emotion, from -1 (pain) to +1 (love)."""
        return (self.score - 3) / 2


@attrs.frozen
class MermaidSection:
    """A section and its tasks; the name is empty for tasks before the first section."""

    name: str
    tasks: tuple[MermaidTask, ...]
    line: int


@attrs.frozen
class MermaidJourney:
    """What a `journey` diagram says. `findings` are warnings about what was read with goodwill."""

    title: str
    sections: tuple[MermaidSection, ...]
    findings: tuple[Diagnostic, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who takes part, in the order of appearance."""
        tasks = (task for section in self.sections for task in section.tasks)
        return tuple(dict.fromkeys(person for task in tasks for person in task.people))


def read_mermaid(text: str, file: str) -> MermaidJourney:
    """Reads a Mermaid `journey` diagram; `file` names it in findings.

    Raises:
        ProjectError: when it is another kind of diagram, or lines of it are no journey: all findings
            at once, each at its line.
    """
    reader = _Reader(file, text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    journey = reader.read()
    problems = [finding for finding in journey.findings if finding.severity == "error"]
    if problems:
        raise ProjectError(*problems)
    return journey


def to_toml(journey: MermaidJourney, name: str) -> dict[str, str]:
    """The journey as the files of a project, text by file name; `name` is used where there is no title.

    Everybody who takes part becomes a persona, who meets the touchpoints that name them.
    """
    import tomli_w

    title = journey.title or name
    ids = _Ids(reserved=("journey",))
    stages: list[dict[str, Any]] = []
    touchpoints: list[dict[str, Any]] = []
    meetings: dict[str, list[str]] = {person: [] for person in journey.people}
    stage_ids = _Ids()
    for section in journey.sections:
        stage = {"id": stage_ids.new(section.name or title, "stage"), "name": section.name or title}
        stages.append(stage)
        for task in section.tasks:
            touchpoint = ids.new(task.name, "touchpoint")
            emotion = {"emotion": task.emotion}
            touchpoints.append({"id": touchpoint, "name": task.name, "stage": stage["id"]} | emotion)
            for person in dict.fromkeys(task.people):
                meetings[person].append(touchpoint)
    people = _Ids()
    personas = [{"id": people.new(p, "persona"), "name": p, "touchpoints": t} for p, t in meetings.items()]
    identity = {"id": _Ids().new(title, "journey"), "name": title, "journey": title}
    tables = {"stage": stages, "touchpoint": touchpoints, "persona": personas}
    return {
        "cxengine.toml": tomli_w.dumps({"project": identity}),
        "journey.toml": tomli_w.dumps({table: rows for table, rows in tables.items() if rows}),
    }


class _Reader:
    """Reads one diagram line by line, collecting findings."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._source = text.split("\n")
        self._findings: list[Diagnostic] = []
        self._title = _front_matter_title(text)
        self._sections: list[tuple[str, int, list[MermaidTask]]] = []
        blanked = text.replace("\x00", " ").replace("\x01", " ")
        for outside in (_FRONT_MATTER, _DIRECTIVE):
            blanked = outside.sub(_blank, blanked)
        self._text = blanked

    def read(self) -> MermaidJourney:
        statements = self._statements()
        if self._header(statements):
            body = "\n".join(statements)
            for unclosed in (m for m in _DESCRIPTION.finditer(body) if not m.group(1)):
                self._error("CX163", _line(body, unclosed.start()), "accDescr { is never closed", "add a }")
            for number, line in enumerate(_DESCRIPTION.sub(_blank, body).split("\n"), start=1):
                self._statement(number, line.strip())
            if not any(tasks for _, _, tasks in self._sections) and not self._findings:
                self._error("CX164", 1, "the diagram has no task", "a task is `name: score: who, who`")
        sections = tuple(MermaidSection(name, tuple(tasks), line) for name, line, tasks in self._sections)
        return MermaidJourney(self._title, sections, tuple(self._findings))

    def _statements(self) -> list[str]:
        """Lines without comments, entities marked so that their `#` and `;` are not syntax."""
        lines = (_ENTITY.sub("\x00\\1\x01", line) for line in self._text.split("\n"))
        return ["" if line.lstrip().startswith("%") else line.partition("#")[0] for line in lines]

    def _header(self, lines: list[str]) -> bool:
        """Takes the keyword `journey` off the first line that says something."""
        for index, line in enumerate(lines):
            if line.strip():
                header = _HEADER.match(line.lstrip())
                if header:
                    lines[index] = line.lstrip()[header.end() :]
                    return True
                found = _decoded(line.split()[0])
                message = f"this is no Mermaid journey: it begins with `{found[:40]}`"
                hint = "it must begin with the word `journey`; other diagrams have no emotions to read"
                self._error("CX160", index + 1, message, hint)
                return False
        self._error("CX160", 1, "this is no Mermaid journey: the file is empty", "begin with `journey`")
        return False

    def _statement(self, number: int, line: str) -> None:
        keyword = _KEYWORD.match(line)
        if not line or _ACCESSIBLE.match(line):
            return
        if ";" in line:
            hint = "write #59; for a semicolon"
            self._error("CX161", number, "Mermaid does not allow `;` in a journey", hint)
        elif keyword and keyword.group(1).lower() == "title":
            self._title = _name(keyword.group(2))
        elif keyword:
            self._section(number, keyword.group(2))
        else:
            self._task(number, line)

    def _section(self, number: int, name: str) -> None:
        if ":" in name:
            message = "Mermaid does not allow `:` in the name of a section; it was read as a part of the name"
            self._warning("CX165", number, message, "write #58; for a colon")
        self._sections.append((_name(name), number, []))

    def _task(self, number: int, line: str) -> None:
        name, colon, rest = line.partition(":")
        score, _, people = rest.partition(":")
        people, _, surplus = people.partition(":")
        if not colon or not _name(name):
            self._error("CX161", number, "this is no task", "a task is `name: score: who, who`")
            return
        if not _SCORE.fullmatch(score.strip()) or not 1 <= float(score) <= 5:
            found = _decoded(score.strip())
            hint = "1 is the worst, 5 the best; write #58; for a colon in the name"
            self._error("CX162", number, f"the score must be a number from 1 to 5, not `{found}`", hint)
            return
        if surplus:
            message = f"Mermaid ignores what follows the people of a task: `{_decoded(surplus.strip())}`"
            self._warning("CX166", number, message, "write #58; for a colon in a name")
        if not self._sections:
            self._sections.append(("", number, []))
        named = tuple(person for text in people.split(",") if (person := _name(text)))
        self._sections[-1][2].append(MermaidTask(_name(name), float(score), named, number))

    def _error(self, code: str, number: int, message: str, hint: str) -> None:
        self._findings.append(Diagnostic(code, message, self._location(number), hint))

    def _warning(self, code: str, number: int, message: str, hint: str) -> None:
        self._findings.append(Diagnostic(code, message, self._location(number), hint, severity="warning"))

    def _location(self, number: int) -> Location:
        source = self._source[number - 1]
        first = len(source) - len(source.lstrip()) + 1
        return Location(self._file, number, first, max(len(source.rstrip()) + 1, first + 1), source)


class _Ids:
    """Makes identifiers out of names, each once."""

    def __init__(self, reserved: Sequence[str] = ()) -> None:
        self._taken = set(reserved)

    def new(self, name: str, kind: str) -> str:
        """An identifier like the name; `kind` and a number where the name has no Latin letter."""
        stem = next(_slugs(name), kind)
        candidates = chain((stem,), (f"{stem}-{number}" for number in count(2)))
        found = next(candidate for candidate in candidates if candidate not in self._taken)
        self._taken.add(found)
        return found


def _slugs(name: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    first = re.search(r"[a-z]", slug)
    if first:
        yield slug if first.start() == 0 else f"{slug[first.start() :]}-{slug[: first.start()].strip('-')}"


def _front_matter_title(text: str) -> str:
    matter = _FRONT_MATTER.match(text)
    title = re.search(r"^title:[ \t]*(.+)$", matter.group(1), re.MULTILINE) if matter else None
    return title.group(1).strip().strip("\"'") if title else ""


def _name(text: str) -> str:
    """A name as it is meant: entities decoded, line breaks as such, without quotes around the whole."""
    bare = " ".join(text.split())
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        bare = bare[1:-1].strip()
    return "\n".join(_decoded(line.strip()) for line in _BREAK.split(bare)).strip()


def _decoded(text: str) -> str:
    return _MARKED_ENTITY.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    body = match.group(1)
    return html.unescape(f"&#{body};" if body.isdecimal() else f"&{body};")


def _blank(match: re.Match[str]) -> str:
    """The same number of lines with nothing on them, so that later lines keep their numbers."""
    return "\n" * match.group().count("\n")


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
