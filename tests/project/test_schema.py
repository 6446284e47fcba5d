"""The JSON Schema says what the loader says, as far as a schema can."""

import datetime as dt
import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from cxengine.diagnostics import CxengineError
from cxengine.plugin import Registry
from cxengine.project import load
from cxengine.project.schema import schema

REPOSITORY = Path(__file__).parents[2]
BAD = REPOSITORY / "tests/bad"


@pytest.fixture(scope="module")
def validator():
    import cxengine_standard

    made = schema(Registry(autoload=False, plugins=[cxengine_standard]))
    jsonschema.Draft202012Validator.check_schema(made)
    checker = jsonschema.FormatChecker()
    return jsonschema.Draft202012Validator(made, format_checker=checker)


def as_json(path):
    """TOML as a schema sees it: dates are texts."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return json.loads(
        json.dumps(
            data, default=lambda value: value.isoformat() if isinstance(value, dt.date) else str(value)
        )
    )


@pytest.mark.parametrize(
    "path", sorted(REPOSITORY.glob("rulesets/*/*.toml")), ids=lambda p: f"{p.parent.name}/{p.name}"
)
def test_rulesets_are_valid(path, validator):
    assert [error.message for error in validator.iter_errors(as_json(path))] == []


@pytest.mark.parametrize(
    "case",
    [
        "boolean-as-number",
        "boolean-in-quotes",
        "choice-of-wrong-type",
        "expression-not-text",
        "extends-number",
        "fraction-for-whole-number",
        "id-starts-with-digit",
        "id-with-spaces",
        "list-instead-of-table",
        "list-of-wrong-things",
        "many-errors-at-once",
        "mapping-column-not-text",
        "metric-id-with-hyphen",
        "misspelt-choice",
        "missing-id",
        "missing-key",
        "number-as-boolean",
        "number-for-text",
        "number-in-quotes",
        "out-of-range",
        "parameter-is-a-list",
        "plugin-option-unknown",
        "plugin-option-wrong-type",
        "plugin-unknown",
        "plugin-unknown-exporter",
        "plugin-unknown-grouping",
        "table-instead-of-list",
        "text-for-list",
        "estimate-of-two",
        "estimate-of-text",
        "unknown-key",
        "unknown-key-dotted",
        "unknown-key-in-inline-table",
        "unknown-table",
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(case, validator):
    with pytest.raises(CxengineError):
        load(BAD / case)
    assert list(validator.iter_errors(as_json(BAD / case / "cxengine.toml")))


@pytest.mark.parametrize("case", ["unknown-stage", "initiatives-require-each-other", "duplicate-id"])
def test_what_only_the_loader_knows_the_schema_accepts(case, validator):
    assert not list(validator.iter_errors(as_json(BAD / case / "cxengine.toml")))


def test_every_key_is_described():
    def undescribed(name, part):
        for key, inner in part.get("properties", {}).items():
            if key != "use" and not inner.get("description"):
                yield f"{name}.{key}"

    import cxengine_standard

    made = schema(Registry(autoload=False, plugins=[cxengine_standard]))
    definitions = {"project file": made, **made["$defs"]}
    assert [key for name, part in definitions.items() for key in undescribed(name, part)] == []
    assert made["$defs"]["Touchpoint"]["properties"]["importance"] | {"description": ""} == {
        "type": "number",
        "description": "",
        "minimum": 0,
        "maximum": 1,
        "default": 0.5,
    }
