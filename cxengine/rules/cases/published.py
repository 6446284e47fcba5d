"""Trials of cases for people and programs: text, JSON, TAP 14, JUnit ET."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import attrs

from cxengine.diagnostics import Diagnostic, Location, render_text
from cxengine.rules.cases.bench import Bench, Failure, Trial
from cxengine.rules.cases.coverage import Coverage
from cxengine.rules.cases.mutation import Mutation
from cxengine.rules.conditions import seen


@attrs.frozen(eq=False)
class Report:
    """All trials of a project's cases; coverage and mutation where they were asked for."""

    bench: Bench
    trials: tuple[Trial, ...]
    coverage: Coverage | None = None
    mutation: Mutation | None = None
    untried: bool = False
    """Whether mutants were asked for, but none was tried, because cases fail."""

    @property
    def failed(self) -> tuple[Trial, ...]:
        """The cases that fail."""
        return tuple(t for t in self.trials if t.failures)

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """What no case covers, and which changes none would notice."""
        missing = self.coverage.missing if self.coverage else ()
        return (*missing, *(self.mutation.survivors if self.mutation else ()))

    @property
    def clean(self) -> bool:
        """Whether nothing failed and nothing was found."""
        return not self.failed and not self.findings


def text(report: Report) -> str:
    """For a terminal: what failed and why, what is missing, and the counts."""
    blocks = [_failed(trial, report.bench) for trial in report.failed]
    if report.findings:
        blocks.append(render_text(report.findings))
    passed = len(report.trials) - len(report.failed)
    counts = [f"{_counted(passed, 'case')} passed", f"{len(report.failed)} failed"]
    if report.coverage:
        counts.append(f"{report.coverage.seen} of {report.coverage.outcomes} outcomes covered")
    if report.mutation:
        counts.append(f"{report.mutation.killed} of {_counted(report.mutation.mutants, 'mutant')} noticed")
    if report.untried:
        counts.append("no mutant was tried, because cases fail")
    return "\n".join([*blocks, ", ".join(counts) + "."])


def to_json(report: Report) -> str:
    """An object with every case, its failures, and the findings."""
    content: dict[str, Any] = {
        "cases": [_case(trial, report.bench) for trial in report.trials],
        "passed": len(report.trials) - len(report.failed),
        "failed": len(report.failed),
    }
    if report.coverage:
        content["coverage"] = {
            "outcomes": report.coverage.outcomes,
            "seen": report.coverage.seen,
            "missing": [finding.to_json() for finding in report.coverage.missing],
        }
    if report.mutation:
        content["mutation"] = {
            "mutants": report.mutation.mutants,
            "killed": report.mutation.killed,
            "survivors": [finding.to_json() for finding in report.mutation.survivors],
        }
    return json.dumps(content, indent=2, ensure_ascii=False)


def tap(report: Report) -> str:
    """Test Anything Protocol, version 14; coverage and mutation are tests of their own."""
    lines = ["TAP version 14", f"1..{len(report.trials) + sum(1 for _ in _extras(report))}"]
    for number, trial in enumerate(report.trials, 1):
        lines.append(f"{'not ' if trial.failures else ''}ok {number} - {_escaped(_title(trial))}")
        if trial.failures:
            lines += _yaml(_failed(trial, report.bench))
    for number, (name, findings) in enumerate(_extras(report), len(report.trials) + 1):
        lines.append(f"{'not ' if findings else ''}ok {number} - {name}")
        if findings:
            lines += _yaml(render_text(findings))
    return "\n".join(lines)


def junit(report: Report) -> str:
    """JUnit XML, as test reports of build servers read it."""
    extras = list(_extras(report))
    suite = ET.Element(
        "testsuite",
        name=report.bench.project.project.id,
        tests=str(len(report.trials) + len(extras)),
        failures=str(len(report.failed) + sum(1 for _, findings in extras if findings)),
        errors="0",
        skipped="0",
    )
    for trial in report.trials:
        place = trial.place
        attributes = {"classname": trial.case.about, "name": _plain(_title(trial))}
        if place:
            attributes |= {"file": place.file, "line": str(place.line)}
        element = ET.SubElement(suite, "testcase", attributes)
        if trial.failures:
            told = _failed(trial, report.bench)
            failure = ET.SubElement(element, "failure", message=_plain(_summary(trial.failures[0])))
            failure.text = _plain(told)
    for name, findings in extras:
        element = ET.SubElement(suite, "testcase", classname="cases", name=name)
        if findings:
            message = f"{len(findings)} findings"
            ET.SubElement(element, "failure", message=message).text = _plain(render_text(findings))
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode")


FORMATS: Mapping[str, Callable[[Report], str]] = {"text": text, "json": to_json, "tap": tap, "junit": junit}


def _extras(report: Report) -> Iterator[tuple[str, tuple[Diagnostic, ...]]]:
    if report.coverage:
        yield "coverage of rules and conditions", report.coverage.missing
    if report.mutation:
        yield "mutants noticed", report.mutation.survivors


# --- a case that fails -----------------------------------------------------------------------------


def _failed(trial: Trial, bench: Bench) -> str:
    lines = [f"{trial.place}: case {_title(trial)} fails"]
    explained: set[str] = set()
    for failure in trial.failures:
        lines += [f"  {_summary(failure)}", f"    at {failure.place}"]
        if failure.rule and failure.rule not in explained:
            explained.add(failure.rule)
            lines += [f"      {line}" for line in _tree(trial, failure.rule, bench)]
    return "\n".join(lines)


def _summary(failure: Failure) -> str:
    return f"{failure.key}: expected {failure.expected}; actual: {failure.actual}"


def _tree(trial: Trial, rule: str, bench: Bench) -> Sequence[str]:
    """The rule's condition, or those of a table's rows, with what came out at every node."""
    compiled = bench.rule(rule)
    if compiled.grid is None:
        return [f'rule "{rule}"', *seen(compiled.when.explain(trial.facts)).lines("  ")]
    lines = [f'table "{rule}"']
    for index, counts in enumerate(compiled.grid.counting(trial.facts)):
        lines.append(f"  row {index + 1}{' counts' if counts else ''}")
        lines += seen(compiled.grid.rows[index].when.explain(trial.facts)).lines("    ")
    return lines


def _case(trial: Trial, bench: Bench) -> dict[str, Any]:
    return {
        "id": trial.case.id,
        "name": trial.case.name,
        "about": trial.case.about,
        **_at(trial.place),
        "passed": not trial.failures,
        "failures": [_failure(failure, trial, bench) for failure in trial.failures],
    }


def _failure(failure: Failure, trial: Trial, bench: Bench) -> dict[str, Any]:
    tree = bench.rule(failure.rule).when.explain(trial.facts).to_json() if failure.rule else None
    return {
        "key": failure.key,
        "expected": failure.expected,
        "actual": failure.actual,
        "rule": failure.rule,
        "condition": tree,
        **_at(failure.place),
    }


def _at(place: Location | None) -> dict[str, Any]:
    return {"file": place.file if place else None, "line": place.line if place else None}


def _title(trial: Trial) -> str:
    return f"{trial.case.id}: {trial.case.name}" if trial.case.name else str(trial.case.id)


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


# --- what the formats cannot hold ------------------------------------------------------------------

_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def _escaped(description: str) -> str:
    return re.sub(r"([\\#])", r"\\\1", " ".join(description.split()))


def _yaml(told: str) -> list[str]:
    return ["  ---", "  message: |", *(f"    {line}" for line in told.splitlines()), "  ..."]


def _plain(told: str) -> str:
    """The text without the control characters that XML does not allow."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", told)
