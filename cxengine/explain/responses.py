"""Rules about responses: how many they hold for, source by source."""

from __future__ import annotations

from collections.abc import Iterator

from cxengine.evidence.sql import text as quoted
from cxengine.explain.known import Known
from cxengine.explain.step import Step
from cxengine.metrics.segment import column
from cxengine.rules.responses import reason
from cxengine.rules.ruleset import CompiledRule


def rule_about_responses(known: Known, compiled: CompiledRule) -> Step:
    """What a rule about responses says, and of how many; it is asked where they are."""
    rule, (kind, name) = compiled.rule, compiled.path
    text = f'{kind} "{name}" is about responses: {reason(compiled, known.ruleset)}'
    written = (*compiled.path, "rows" if compiled.table else "when")
    condition = Step("condition", " ".join(compiled.when.source.text.split()), known.origins.locate(written))
    found = [step for name in compiled.derive for step in _given(known, name)]
    if rule.exclude:
        found += _left_out(known, rule.id)
    return Step("rule", text, known.origins.locate(compiled.path), (condition, *found))


def _given(known: Known, name: str) -> Iterator[Step]:
    """In how many responses of each source an attribute is true, or there at all."""
    evidence = known.result.evidence
    attribute, truth = column(name, evidence.backend.dialect), evidence.types[name] == "boolean"
    given = attribute if truth else f"{attribute} IS NOT NULL"
    verb = "true" if truth else "known"
    writers = next(d for d in known.ruleset.derived["response"] if d.name == name)
    by = f" (by {writers.writer})" if writers.others else ""
    for source in known.project.sources:
        (row,) = evidence.backend.execute(
            f"SELECT CAST(COUNT(*) AS BIGINT) AS used,"  # noqa: S608 - quoted
            f" CAST(SUM(CASE WHEN {given} THEN 1 ELSE 0 END) AS BIGINT) AS given"
            f" FROM responses WHERE source = {quoted(source.id)}"
        ).to_pylist()
        counted = f'{row["given"] or 0:,} of {row["used"]:,} rows of "{source.id}"'
        told = f"attributes.{name}{by} is {verb} in {counted}"
        yield Step("source", told, known.origins.locate(("source", source.id)))


def _left_out(known: Known, rule: str) -> Iterator[Step]:
    for account in known.result.evidence.accounts:
        rows = next((by.rows for by in account.excluded_by if by.rule == rule), 0)
        text = f'leaves out {rows:,} of {account.rows_read:,} rows of "{account.source}"'
        yield Step("source", text, known.origins.locate(("source", account.source)))
