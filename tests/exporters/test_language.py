"""Every language says everything: each text that the exporters use has its translation, and nothing else is kept."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from cxengine_standard import exporters
from cxengine_standard.exporters import language as module
from cxengine_standard.exporters.language import CODES, WORDS, language
from cxengine_standard.exporters.report.page import environment

from cxengine.insight.drivers.report import QuadrantName, RoleName
from cxengine.metrics.measurement import Measurement
from cxengine.planning.roadmap import Phase, Quadrant, Reason

FOLDER = Path(exporters.__file__).parent


def in_templates() -> Iterator[tuple[str, ...]]:
    found = environment("en")
    for path in sorted((FOLDER / "report" / "templates").iterdir()):
        for _, function, message in found.extract_translations(path.read_text("utf-8")):
            texts = message if isinstance(message, tuple) else (message,)
            yield tuple(str(text) for text in texts[: 2 if function == "ngettext" else 1])


def in_code() -> Iterator[tuple[str, ...]]:
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                texts = [
                    a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
                ]
                if node.func.attr in ("text", "word") and texts and node.args[0] is not None:
                    yield (texts[0],) if isinstance(node.args[0], ast.Constant) else ()
                if node.func.attr == "counted":
                    yield tuple(texts[:2])


def used() -> tuple[set[str], set[tuple[str, ...]]]:
    messages = [m for m in (*in_templates(), *in_code()) if m]
    singles = {m[0] for m in messages if len(m) == 1} | set(WORDS)
    return singles, {m for m in messages if len(m) == 2}


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


@pytest.mark.parametrize("code", [code for code in CODES if code != "en"])
def test_a_catalogue_is_complete_and_holds_nothing_else(code: module.Code) -> None:
    singles, plurals = used()
    own = language(code)
    assert len(singles) > 250
    assert sorted(singles - set(own.texts)) == []
    assert sorted(set(own.texts) - singles) == []
    assert sorted({one for one, _ in plurals} ^ set(own.plurals)) == []
    for message, translated in own.texts.items():
        assert placeholders(message) == placeholders(translated), message
        assert message.count("%%") == translated.count("%%"), message
    many = dict(plurals)
    for one, both in own.plurals.items():
        assert len(both) == 2
        assert placeholders(one) | placeholders(many[one]) == placeholders(both[0]) | placeholders(both[1])


def test_words_cover_what_values_can_say() -> None:
    for kind in (Phase, Quadrant, QuadrantName, RoleName, Reason.__attrs_attrs__[0].type):
        for word in get_args(kind) if not isinstance(kind, str) else ():
            assert word in WORDS, word


def test_numbers_and_dates_in_german() -> None:
    say = language("de")
    assert say.number(1234567.0) == "1.234.567"
    assert say.number(-0.25, 2, signed=True) == "\N{MINUS SIGN}0,25"
    assert say.interval(Measurement(39.84, 38.12, 41.63, 100, 90.0)) == "39,8 (38,1 bis 41,6)"
    assert say.day(dt.date(2027, 3, 4)) == "4. März 2027"
    assert say.percent(0.005) == "unter 1 %"
    assert say.percent(0.425) == "42 %"
    assert say.answers(1) == "1 Antwort"
    assert say.answers(2746) == "2.746 Antworten"
