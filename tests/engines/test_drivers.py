"""Driver models come out the same on every engine, in every bit."""

import attrs
import numpy as np
import pytest

from cxengine import Engine

TOML = """
[project]
id = "drivers"
name = "Drivers"

[[stage]]
id = "use"
name = "I use it"

[[touchpoint]]
id = "pay"
name = "Paying"
stage = "use"

[[touchpoint]]
id = "gift"
name = "A gift"
stage = "use"

[[signal]]
id = "rating"
wording = "How was it?"
scale = { min = 1, max = 5, step = 1 }

[[signal]]
id = "overall"
wording = "All in all?"
scale = { min = 1, max = 5, step = 1 }
about = "relationship"

[[signal]]
id = "spent"
wording = "Euros"
about = "relationship"

[[segment]]
id = "old"
name = "Old"
when = "attributes.age > 50.0"

[[segment]]
id = "regular"
name = "Regular"
when = "attributes.visits > 2.0"

[[source]]
id = "survey"
options = { path = "answers.csv" }

[source.mapping]
response_id = "id"
customer_id = "customer"
occurred_at = "at"
WEIGHT
attributes = { age = { column = "age", type = "number" }, visits = { column = "visits", type = "number" } }

[[source.mapping.signals]]
signal = "rating"
columns = { pay = "pay", gift = "gift" }

[[source.mapping.signals]]
signal = "overall"
columns = { overall = "journey" }

[[source.mapping.signals]]
signal = "spent"
columns = { spent = "journey" }

[[driver_model]]
id = "liking"
name = "Liking"
outcome = { signal = "overall" }
drivers = [{ signal = "rating" }, { signal = "spent" }]
segments = ["old", "regular"]

[[driver_model]]
id = "listwise"
name = "Liking, of those who answered everything"
outcome = { signal = "overall" }
drivers = [{ signal = "rating" }]
missing = "listwise"

[[driver_model]]
id = "spending"
name = "Spending"
outcome = { signal = "spent" }
drivers = [{ signal = "rating" }]
unit = "customer"
after = true
"""


@pytest.fixture(scope="module", params=["", 'weight = "weight"'], ids=["alike", "weighted"])
def folder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("drivers")
    rng = np.random.default_rng(2)
    n = 600
    ratings = rng.integers(1, 6, (n, 2))
    overall = np.clip(np.round(ratings @ [0.6, 0.3] + rng.normal(0.5, 0.5, n)), 1, 5).astype(int)
    lines = ["id,customer,at,weight,age,visits,pay,gift,overall,spent"]
    for i in range(n):
        pay = "" if rng.random() < 0.1 else ratings[i, 0]
        when = f"2026-0{1 + i // 200}-1{i % 9}"
        others = f"{rng.uniform(0.2, 4):.3f},{rng.integers(18, 80)},{rng.integers(1, 6)}"
        answers = f"{pay},{ratings[i, 1]},{overall[i]},{overall[i] * 12.5 + rng.normal():.4f}"
        lines.append(f"{i},c{i % 150},{when},{others},{answers}")
    (folder / "answers.csv").write_text("\n".join(lines))
    (folder / "cxengine.toml").write_text(TOML.replace("WEIGHT", request.param))
    return folder


def test_drivers_come_out_equal(settings, folder, monkeypatch):
    monkeypatch.setenv("CXENGINE_KEY", "a key for tests")
    engine = Engine()
    loaded = engine.load(folder)
    expected = engine.run(loaded).insight.drivers
    assert all(model.refused is None and model.drivers for model in expected.models)
    project = attrs.evolve(loaded.project, engine=settings)
    found = engine.run(attrs.evolve(loaded, project=project)).insight.drivers
    assert found == expected
