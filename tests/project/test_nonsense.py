"""Nonsense in place of every number and every day that a project may hold: told, never a traceback.

`nonsense.toml` holds each of these keys once at least, with a value that makes sense; a key that is added to
the model has to be added there.
"""

import contextlib
import copy
import datetime as dt
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import get_args, get_origin

import attrs
import cxengine_standard
import pytest
import tomlkit

from cxengine import Engine
from cxengine.diagnostics import CxengineError, ProjectError
from cxengine.plugin import Registry
from cxengine.project.model import Estimate
from cxengine.project.tables import is_union, tables

PROJECT = tomllib.loads(Path(__file__).with_name("nonsense.toml").read_text(encoding="utf-8"))
NUMBERS, DAYS = {int, float, Estimate}, {dt.date, dt.datetime}
ENDLESS = [math.nan, -(10**15)]
DISTANT = [dt.date(206, 1, 5), dt.date(3026, 1, 5)]

SIGNED = {
    "ColumnValue": {"value", "recode", "otherwise"},
    "DecisionTable": {"priority", "rows", "default"},
    "DriverEdge": {"effect"},
    "Effect": {"change"},
    "Goal": {"target"},
    "LongColumns": {"recode"},
    "MetricTable": {"target", "benchmark", "guardrail"},
    "Proposal": {"change"},
    "RoxNode": {"base", "target"},
    "RoxTable": {"attributed"},
    "Scale": {"min", "max"},
    "Scenario": {"params"},
    "Signal": {"neutral"},
    "Target": {"value"},
    "WideColumns": {"recode"},
}
"""Numbers that may be less than 0 for all that the key says: what metrics and answers can be limits them."""

SIGNED_OPTIONS = {
    "Criterion": {"worst", "best", "weight"},  # a weight may be CEL, so the plugin refuses what is below 0
    "OutcomeLink": {"worth"},
    "Options": {"at_least", "at_most", "range"},  # of shares and formulas: on the scale of the signal
}

CHECKED = {"Margin": {"shares"}}
"""Numbers whose bounds are no bounds of the key, but are checked all the same."""


@attrs.frozen
class Key:
    """A key of the model that holds a number or a day."""

    kind: type
    field: attrs.Attribute
    inner: object
    """int, float, Estimate, date or datetime."""

    @property
    def name(self):
        return f"{self.kind.__name__}.{self.field.name}"


def _inner(annotation):
    """The types of single values behind an annotation."""
    if is_union(annotation):
        return [one for member in get_args(annotation) for one in _inner(member)]
    if get_origin(annotation) is tuple:
        return _inner(get_args(annotation)[0])
    if get_origin(annotation) is Mapping:
        return _inner(get_args(annotation)[1])
    return [annotation]


def _keys(*roots):
    todo, seen = list(roots), set()
    while todo:
        kind = todo.pop()
        if kind in seen or not attrs.has(kind) or kind is Estimate:
            continue
        seen.add(kind)
        attrs.resolve_types(kind)
        for field in attrs.fields(kind):
            inner = _inner(field.type)
            todo += [one for one in inner if isinstance(one, type)]
            for wanted in (NUMBERS, DAYS):
                if held := [one for one in inner if one in wanted]:
                    yield Key(kind, field, held[0])


KEYS = sorted(_keys(*(table.type for table in tables().values())), key=lambda key: (key.name, str(key.inner)))
NUMERIC = [key for key in KEYS if key.inner in NUMBERS]
DATED = [key for key in KEYS if key.inner in DAYS]


def _options():
    registry = Registry(autoload=False, plugins=[cxengine_standard])
    return [registry.find(kind, name).Options for kind in PLUGINS for name in registry.names(kind)]


PLUGINS = ("source", "enricher", "metric", "scoring", "exporter")
OPTIONS = [key for key in _keys(*_options()) if key.inner in NUMBERS]


def _places(kind, value, annotation, path=()):
    """The paths of all tables in a raw value that are of a class."""
    if is_union(annotation):
        for member in get_args(annotation):
            yield from _places(kind, value, member, path)
    elif get_origin(annotation) is tuple and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(kind, item, get_args(annotation)[0], (*path, index))
    elif get_origin(annotation) is Mapping and isinstance(value, dict):
        for name, item in value.items():
            yield from _places(kind, item, get_args(annotation)[1], (*path, name))
    elif isinstance(annotation, type) and attrs.has(annotation) and isinstance(value, dict):
        attrs.resolve_types(annotation)
        if annotation is kind:
            yield path
        for field in attrs.fields(annotation):
            if field.name in value:
                yield from _places(kind, value[field.name], field.type, (*path, field.name))


def place(key):
    """The path of the first value of a key in the project that makes sense."""
    days = key.inner in DAYS
    for table in tables().values():
        elements = PROJECT.get(table.name, [] if table.many else {})
        kinds = tuple[table.type, ...] if table.many else table.type
        for path in _places(key.kind, elements, kinds, (table.name,)):
            value = at(PROJECT, path).get(key.field.name)
            if value is not None and isinstance(_first(value), dt.date) == days and _number(value, days):
                return (*path, key.field.name)
    return None


def _first(value):
    """A single value of lists and tables of values."""
    while isinstance(value, list | dict):
        value = next(iter(value.values() if isinstance(value, dict) else value))
    return value


def _number(value, days):
    return days or isinstance(_first(value), int | float) or isinstance(value, list)


def at(data, path):
    for step in path:
        data = data[step]
    return data


def instead(value, nonsense, inner):
    """The value with nonsense in the place of one single value."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        name = next(name for name, one in value[0].items() if isinstance(one, int | float))
        return [{**value[0], name: nonsense}, *value[1:]]
    if isinstance(value, list):
        return [*value[:-1], nonsense] if inner is Estimate else [nonsense, *value[1:]]
    if isinstance(value, dict):
        return {**value, next(iter(value)): nonsense}
    return nonsense


def written(folder, path, nonsense, inner):
    """A project in a folder with nonsense at a path."""
    data = copy.deepcopy(PROJECT)
    table = at(data, path[:-1])
    table[path[-1]] = instead(table[path[-1]], nonsense, inner)
    (folder / "cxengine.toml").write_text(tomlkit.dumps(data), encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path):
    """A project that makes sense, with its evidence."""
    days = [f"2025-{month:02}-{day:02}" for month in range(1, 5) for day in range(1, 29)]
    rows = [
        f"{'fm'[i % 2]},{day},c{i % 40},{1 + i % 5},{1 + i * 7 % 5},{i * 3 % 11}"
        for i, day in enumerate(days)
    ]
    (tmp_path / "answers.csv").write_text("\n".join(["sex,day,customer,web,desk,recommend", *rows]))
    long = [f"{1 + i % 5},2025-02-01T09:00:00Z,2025-02-02T10:00:00Z" for i in range(30)]
    (tmp_path / "long.csv").write_text("\n".join(["value,opened,closed", *long]))
    (tmp_path / "done.csv").write_text("\n".join(["days", *(str(5 + i % 20) for i in range(30))]))
    (tmp_path / "cxengine.toml").write_text(tomlkit.dumps(PROJECT), encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def engine():
    return Engine()


def errors_in(engine, folder):
    """What is wrong with a project; anything but a ProjectError escapes and fails the test."""
    try:
        engine.load(folder)
    except ProjectError as error:
        return error.diagnostics
    return ()


def assert_told(engine, folder, name):
    """An error at a line that names the key."""
    lines = (folder / "cxengine.toml").read_text(encoding="utf-8").splitlines()
    found = errors_in(engine, folder)
    assert found
    for one in found:
        assert one.code != "CX600"
        assert one.message.endswith(".")
    assert any(name in lines[one.location.line - 1] or name in one.message for one in found), found


def outside(key):
    """Numbers just beyond the bounds of a key."""
    bounds = key.field.metadata
    step = 1 if key.inner is int else 0.001
    found = [bounds["minimum"] - step] if "minimum" in bounds else []
    found += [bounds["above"]] if "above" in bounds else []
    found += [bounds["maximum"] + step] if "maximum" in bounds else []
    return found


def test_the_project_that_makes_sense_is_clean(engine, folder):
    assert engine.check(engine.load(folder)) == ()


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_key_is_tried(key):
    assert place(key), f"nonsense.toml has no {key.name}"


@pytest.mark.parametrize("key", NUMERIC, ids=lambda key: key.name)
def test_a_number_has_a_lower_bound_or_a_reason(key):
    bounded = {"minimum", "above"} & key.field.metadata.keys()
    excepted = key.field.name in (SIGNED | CHECKED).get(key.kind.__name__, ())
    assert bool(bounded) != excepted


@pytest.mark.parametrize("key", OPTIONS, ids=lambda key: key.name)
def test_an_option_has_a_lower_bound_or_a_reason(key):
    bounded = {"minimum", "above"} & key.field.metadata.keys()
    assert bool(bounded) != (key.field.name in SIGNED_OPTIONS.get(key.kind.__name__, ()))


@pytest.mark.parametrize("key", NUMERIC, ids=lambda key: key.name)
def test_numbers_that_make_no_sense_are_told_where_they_stand(key, engine, folder):
    path = place(key)
    for nonsense in [*ENDLESS, *outside(key)]:
        if key.inner is int and isinstance(nonsense, float) and math.isfinite(nonsense):
            continue
        assert_told(engine, written(folder, path, nonsense, key.inner), key.field.name)


@pytest.mark.parametrize("key", DATED, ids=lambda key: key.name)
def test_days_that_make_no_sense_are_told_where_they_stand(key, engine, folder):
    for nonsense in DISTANT:
        assert_told(engine, written(folder, place(key), nonsense, key.inner), key.field.name)


def extremes(key):
    """The last values that a key takes, or what comes close to them."""
    if key.inner in DAYS:
        return [dt.date(1900, 1, 1), dt.date(2199, 12, 31)]
    bounds = key.field.metadata
    whole = key.inner is int
    low = bounds.get("minimum", bounds.get("above", -(10**15) + 1))
    low = low + (1 if whole else 1e-12) if "above" in bounds else low
    high = bounds.get("maximum", 10**15 - 1)
    return [low, high] if whole else [low, high, 1e-12]


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.name}-{key.inner.__name__}")
def test_extremes_run_or_are_told(key, engine, folder):
    for extreme in extremes(key):
        with contextlib.suppress(CxengineError):  # anything else escapes and fails the test
            engine.run(written(folder, place(key), extreme, key.inner))
