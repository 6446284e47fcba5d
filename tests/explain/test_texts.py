"""What `why` and `why-not` say, word by word."""

from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"

QUESTIONS = [
    ("why", "second-barista"),
    ("why", "softer-chairs"),
    ("why", "new-building"),
    ("why", "loved-table"),
    ("why", "counter"),
    ("why", "counter/regulars"),
    ("why", "counter.urgent"),
    ("why", "table.pain"),
    ("why", "far-off@counter"),
    ("why", "hurts"),
    ("why", "let-down"),
    ("why", "own-people"),
    ("why", "counter.care"),
    ("why-not", "rush@table"),
    ("why-not", "care@terrace"),
    ("why-not", "second-barista"),
    ("why-not", "softer-chairs"),
    ("why-not", "new-building"),
    ("why-not", "roof-garden"),
    ("why-not", "better-menu"),
    ("why-not", "table"),
    ("why-not", "table.urgent"),
    ("why-not", "far-off@counter"),
    ("why-not", "loved@counter"),
    ("why-not", "hurts@terrace"),
    ("why-not", "pressing@softer-chairs"),
    ("why-not", "regulars-leave@table/regulars"),
    ("why-not", "too-dear"),
    ("why-not", "impossible@table"),
]


@pytest.mark.parametrize(("question", "item"), QUESTIONS)
def test_the_text(question, item, told, golden):
    name = f"{question}-{item.replace('/', '_').replace('@', '_at_')}.txt"
    golden(GOLDEN / name, told(question, item))
