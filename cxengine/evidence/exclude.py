"""Responses that rules leave out: they are taken out of the tables, and every one is accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine import cel
from cxengine.evidence.derive import predicate, responses_for
from cxengine.evidence.evidence import Account, ExcludedRows

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.derive import Params


@attrs.frozen(eq=False)
class Exclusion:
    """A rule that leaves out the responses for which `when` holds, and why."""

    rule: str
    when: cel.Program
    because: str


def exclude(
    backend: DuckDB, accounts: Sequence[Account], exclusions: Sequence[Exclusion], params: Params
) -> tuple[Account, ...]:
    """Takes the responses that rules leave out from all tables; returns the accounts with them.

    Rules are asked of the same rows, so that what one leaves out changes the count of no other. A response
    of which a rule cannot be decided stays.
    """
    if not exclusions:
        return tuple(accounts)
    asked = ", ".join(f"{predicate(one.when, params)} AS {by}" for by, one in _columns(exclusions))
    anyone = " OR ".join(by for by, _ in _columns(exclusions))
    backend.run(
        "CREATE OR REPLACE TEMP TABLE excluded AS SELECT * FROM (SELECT r.response,"
        f" CAST(r.source AS VARCHAR) AS source, {asked} FROM {responses_for(e.when for e in exclusions)})"
        f" WHERE {anyone}"
    )
    accounts = _accounted(backend, accounts, exclusions)
    for table in ("answers", "verbatims", "labels", "responses"):
        backend.run(f"DELETE FROM {table} WHERE response IN (SELECT response FROM excluded)")
    backend.run("DROP TABLE excluded")
    return tuple(accounts)


def _accounted(
    backend: DuckDB, accounts: Sequence[Account], exclusions: Sequence[Exclusion]
) -> list[Account]:
    """The accounts with what is left out taken from what is used."""
    by_rule = "".join(f", COUNT(*) FILTER ({by}) AS {by}" for by, _ in _columns(exclusions))
    rows = _by_source(backend, f"SELECT source, COUNT(*) AS n{by_rule} FROM excluded GROUP BY source")
    lost = "SELECT e.source, COUNT(*) AS n FROM answers JOIN excluded AS e USING (response) GROUP BY e.source"
    values = _by_source(backend, lost)
    return [
        _less(account, rows[account.source], values.get(account.source, {"n": 0})["n"], exclusions)
        if account.source in rows
        else account
        for account in accounts
    ]


def _less(account: Account, rows: Mapping[str, int], values: int, exclusions: Sequence[Exclusion]) -> Account:
    found = (ExcludedRows(one.rule, rows[by], one.because) for by, one in _columns(exclusions) if rows[by])
    return attrs.evolve(
        account,
        rows_used=account.rows_used - rows["n"],
        rows_excluded=rows["n"],
        values_used=account.values_used - values,
        values_excluded=values,
        excluded_by=tuple(found),
    )


def _columns(exclusions: Sequence[Exclusion]) -> Iterator[tuple[str, Exclusion]]:
    """Each rule with the column that tells which rows it leaves out."""
    return ((f"by_{position}", one) for position, one in enumerate(exclusions))


def _by_source(backend: DuckDB, query: str) -> dict[str, dict[str, int]]:
    return {row["source"]: row for row in backend.execute(query).to_pylist()}
