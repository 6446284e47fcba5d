"""Evidence from a few lines: TOML and files in, tables out, through the real loader and the real source."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxengine.evidence.collect import collect
from cxengine.project import load

JOURNEY = """
[project]
id = "clinic"
name = "Clinic"

[[stage]]
id = "visit"
name = "I see the doctor"

[[touchpoint]]
id = "desk"
name = "Desk"
stage = "visit"
start = true

[[touchpoint]]
id = "room"
name = "Waiting room"
stage = "visit"
end = true

[[channel]]
id = "web"
name = "Web"

[[signal]]
id = "rating"
wording = "How was it? 1 bad, 5 good"
scale = { min = 1, max = 5, step = 1 }

[[signal]]
id = "wait"
wording = "Minutes waited"
direction = "lower_is_better"

"""


@pytest.fixture
def project(tmp_path):
    """`project(source, **files)` writes a project and its files (bytes or text) and loads it."""

    def write(source: str, files: dict[str, str | bytes]):
        (tmp_path / "cxengine.toml").write_text(JOURNEY + source, encoding="utf-8")
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return load(Path(tmp_path))

    return write


@pytest.fixture
def evidence(project):
    """`evidence(mapping, csv)` collects one CSV file under the given `[source.mapping]`."""

    def of(
        mapping: str,
        content: str | bytes,
        *,
        options: str = 'path = "in.csv"',
        name: str = "in.csv",
        privacy: str = "",
    ):
        source = f'[privacy]\n{privacy}\n[[source]]\nid = "survey"\noptions = {{ {options} }}\n\n[source.mapping]\n{mapping}\n'
        return collect(project(source, {name: content}))

    return of


def rows(evidence, query: str) -> list[tuple]:
    """The rows of a query as tuples."""
    return [tuple(row.values()) for row in evidence.backend.execute(query).to_pylist()]


@pytest.fixture
def ask():
    """`ask(evidence, sql)`: the rows of a query as tuples."""
    return rows
