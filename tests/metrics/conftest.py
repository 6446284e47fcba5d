"""A small project and evidence made by hand, loaded straight into the engine."""

from __future__ import annotations

import datetime as dt

import attrs
import pyarrow as pa
import pytest

from cxengine.evidence.backend import DuckDB
from cxengine.evidence.evidence import Evidence
from cxengine.project import model

RECOMMEND = model.Signal(
    id="recommend",
    wording="How likely are you to recommend us?",
    scale=model.Scale(min=0, max=10, step=1),
    about="relationship",
)
SATISFIED = model.Signal(
    id="satisfied", wording="How satisfied are you?", scale=model.Scale(min=1, max=5, step=1)
)
WAITED = model.Signal(
    id="waited", wording="How long did you wait?", direction="lower_is_better", unit="minutes"
)

SEGMENTS = (
    ("dutch", 'attributes.country == "NL"'),
    ("belgian", 'attributes.country == "BE"'),
    ("young", "attributes.age < 30"),
    ("young-dutch", 'attributes.country == "NL" && attributes.age < 30'),
    ("dutch-or-young", 'attributes.country == "NL" || attributes.age < 30'),
    ("member", "attributes.member"),
)


def project(*, period="quarter", current="all", minimum_n=1, **changes):
    """Three touchpoints in two stages; `changes` replace keys of the project."""
    kinds = {"age": "number", "member": "boolean"}
    attributes = {
        name: model.ColumnValue(column=name, type=kinds.get(name, "text"))
        for name in ("country", "age", "member")
    }
    made = model.Project(
        project=model.Identity(id="shop", name="Shop"),
        evidence=model.EvidenceSettings(period=period, current=current),
        privacy=model.PrivacySettings(minimum_n=minimum_n),
        stages=(model.Stage(id="choose", name="I choose"), model.Stage(id="get", name="I get it")),
        touchpoints=(
            model.Touchpoint(id="search", name="Search", stage="choose"),
            model.Touchpoint(id="order", name="Order", stage="choose"),
            model.Touchpoint(id="delivery", name="Delivery", stage="get"),
        ),
        segments=tuple(model.Segment(id=i, name=i, when=when) for i, when in SEGMENTS),
        signals=(RECOMMEND, SATISFIED, WAITED),
        sources=(model.SourceTable(id="survey", mapping=model.MappingTable(attributes=attributes)),),
    )
    return attrs.evolve(made, **changes)


SCHEMA = {
    "response_id": pa.string(),
    "customer": pa.string(),
    "occurred_at": pa.timestamp("us"),
    "source": pa.string(),
    "touchpoint": pa.string(),
    "signal": pa.string(),
    "value": pa.float64(),
    "weight": pa.decimal128(18, 9),
    "censored": pa.bool_(),
    "a_country": pa.string(),
    "a_age": pa.float64(),
    "a_member": pa.bool_(),
}
DEFAULTS = {"occurred_at": dt.datetime(2024, 2, 3), "source": "survey", "weight": "1", "censored": False}


def evidence(rows, threads=2):
    """Evidence that holds `rows`, dicts of the columns of `signals`; what a row does not say is usual or null."""
    from decimal import Decimal

    backend = DuckDB(threads=threads)
    full = [DEFAULTS | {"response_id": f"survey:{i}"} | row for i, row in enumerate(rows)]
    arrays = {name: [row.get(name) for row in full] for name in SCHEMA}
    arrays["weight"] = [Decimal(str(weight)).quantize(Decimal("1e-9")) for weight in arrays["weight"]]
    table = pa.table({name: pa.array(arrays[name], type_) for name, type_ in SCHEMA.items()})
    with backend.lent("handed", table):
        backend.run("CREATE TABLE handed_rows AS SELECT row_number() OVER () AS response, * FROM handed")
    backend.run(
        "CREATE TABLE responses AS SELECT * EXCLUDE (touchpoint, signal, value, censored),"
        " CAST(occurred_at AS DATE) AS occurred_on FROM handed_rows"
    )
    for column in ("signal", "touchpoint"):
        texts = ", ".join(sorted({f"'{row.get(column)}'" for row in full} | {"'nothing'"}))
        backend.run(f"CREATE TYPE cx_{column} AS ENUM ({texts})")
    backend.run(
        "CREATE TABLE answers AS SELECT response, CAST(touchpoint AS cx_touchpoint) AS touchpoint,"
        " CAST(signal AS cx_signal) AS signal, value, censored FROM handed_rows"
    )
    backend.run("CREATE VIEW signals AS SELECT * FROM answers JOIN responses USING (response)")
    return Evidence(backend, ("country", "age", "member"), (), pa.table({}))


@pytest.fixture
def make_project():
    return project


@pytest.fixture
def make_evidence():
    return evidence


@pytest.fixture
def signals():
    return {"recommend": RECOMMEND, "satisfied": SATISFIED, "waited": WAITED}
