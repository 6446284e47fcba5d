"""The workload of the metrics benchmark: 8 signals, 60 touchpoints, 5 channels, 4 attributes, 24 months.

Evidence is made by the engine itself, by hashing row numbers: the same for everybody. Beside the tables of
`cxengine.evidence` it is written as Parquet for the peers that read that.
"""

from __future__ import annotations

from pathlib import Path

from cxengine.evidence.backend import DuckDB
from cxengine.plugin import Metric, NoOptions
from cxengine.project import model

ATTRIBUTES = ("country", "age", "plan", "device")
MONTHS = 24
TOUCHPOINTS = [f"t{i:02}" for i in range(60)]
STAGES = [f"stage{i}" for i in range(9)]
STEPPED = ("satisfied", "easy", "friendly", "clean", "fast", "clear")
SCALES = {
    "recommend": (0, 10, 1.0),
    "satisfied": (1, 5, 1.0),
    "easy": (1, 7, 1.0),
    "friendly": (1, 5, 1.0),
    "clean": (1, 5, 1.0),
    "fast": (1, 5, 1.0),
    "clear": (1, 5, 1.0),
    "minutes": None,
}


def project() -> model.Project:
    attributes = {name: model.ColumnValue(column=name) for name in ATTRIBUTES}
    segments = [
        model.Segment(id=f"{name}-{value}", name=name, when=f'attributes.{name} == "{value}"')
        for name in ATTRIBUTES
        for value in "abcde"
    ]
    return model.Project(
        project=model.Identity(id="bench", name="Bench"),
        evidence=model.EvidenceSettings(period="month"),
        stages=tuple(model.Stage(id=s, name=s) for s in STAGES),
        touchpoints=tuple(
            model.Touchpoint(id=t, name=t, stage=STAGES[i % 9]) for i, t in enumerate(TOUCHPOINTS)
        ),
        segments=tuple(segments),
        signals=tuple(
            model.Signal(id=name, wording="?", scale=s and model.Scale(min=s[0], max=s[1], step=s[2]))
            for name, s in SCALES.items()
        ),
        sources=(model.SourceTable(id="survey", mapping=model.MappingTable(attributes=attributes)),),
    )


def metrics(made: model.Project, count: int = 15) -> dict[str, Metric]:
    """The first `count` metrics: fifteen usual ones, then shares of answers above more and more limits."""
    from cxengine_standard.metrics import Mean, MeanSatisfaction, NetPromoterScore, Share, TopTwoBox

    signals = {s.id: s for s in made.signals}
    found: dict[str, Metric] = {"nps": NetPromoterScore(NoOptions(), signals["recommend"])}
    found["minutes"] = Mean(NoOptions(), signals["minutes"])
    found["slow"] = Share(Share.Options(at_least=30.0), signals["minutes"])
    for name in STEPPED:
        found[f"{name}_mean"] = MeanSatisfaction(NoOptions(), signals[name])
        found[f"{name}_t2b"] = TopTwoBox(NoOptions(), signals[name])
    for number in range(count - len(found)):
        name = list(SCALES)[number % 7]
        low, high, _ = SCALES[name]
        limit = low + 0.5 + number // 7 * (high - low) / 15
        found[f"limit{number}"] = Share(Share.Options(at_least=limit), signals[name])
    return dict(list(found.items())[:count])


def make(path: Path, rows: int, *, weighted: bool) -> None:
    """Evidence in the layout of cxengine.evidence, made by hashing row numbers: the same for everybody."""
    from cxengine.evidence.tables import create_tables

    backend = DuckDB(str(path))
    create_tables(backend, project(), dict.fromkeys(ATTRIBUTES, "text"))

    def dice(salt: str, sides: int, row: str = "i") -> str:
        return f"(hash({row}, '{salt}') % {sides})"

    weight = f"0.5 + {dice('w', 1000)} / 500" if weighted else "1"
    attributes = ", ".join(f"chr(97 + {dice(name, 5)}::INTEGER)" for name in ATTRIBUTES)
    backend.run(
        "INSERT INTO responses SELECT i, 'survey:' || i, 'survey', NULL, TIMESTAMP '2023-01-01'"
        f" + INTERVAL 1 MINUTE * {dice('t', MONTHS * 43_800)} AS moment, moment::DATE,"
        f" 'c' || {dice('channel', 5)}, {weight}, {attributes} FROM range({rows // 8}) AS r(i)"
    )
    values = "CASE signal " + " ".join(
        f"WHEN '{name}' THEN {scale[0]} + {dice(name, scale[1] - scale[0] + 1)}"
        if scale
        else f"WHEN '{name}' THEN {dice(name, 6000)} / 100.0"
        for name, scale in SCALES.items()
    )
    names = ", ".join(f"('{name}')" for name in SCALES)
    backend.run(
        f"INSERT INTO answers SELECT i, printf('t%02d', {dice('p', 60, 'i, signal')}), signal, {values} END,"
        f" FALSE FROM range({rows // 8}) AS r(i), (VALUES {names}) AS s(signal)"
    )
    for table in ("answers", "responses"):
        backend.run(f"COPY {table} TO '{path.with_name(table)}.parquet' (FORMAT parquet)")
    backend.close()
