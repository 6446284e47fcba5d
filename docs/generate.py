"""Writes the generated pages of this folder anew; `make docs` calls it, a test compares."""  # noqa: INP001

from collections import defaultdict
from pathlib import Path

from cxengine.plugin import Registry
from cxengine.project.catalogue import Coverage, catalogue
from cxengine.project.reference import pages

REFERENCE = Path(__file__).parent / "reference"
METRICS = Path(__file__).parent / "metrics.md"
COVERAGE = Path(__file__).parent / "coverage.md"


def own_plugins() -> Registry:
    """The plugins that ship with cxengine, whatever else is installed."""
    import cxengine_standard

    return Registry(autoload=False, plugins=[cxengine_standard])


def measured() -> dict[str, list[Coverage]]:
    """The rows of `coverage.md` by metric, as `coverage.py` wrote them."""
    found = defaultdict(list)
    for line in COVERAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            name, planted, *held, why = (cell.strip() for cell in line.strip("|").split(" |"))
            found[name.strip("`")].append(Coverage(planted, tuple(held), why))
    return dict(found)


def metrics(registry: Registry) -> str:
    """The catalogue of the metrics of some plugins."""
    return catalogue(registry, measured())


def main() -> None:
    """Replaces `docs/reference` and `docs/metrics.md`."""
    made, listed = pages(own_plugins()), metrics(own_plugins())
    REFERENCE.mkdir(exist_ok=True)
    for old in REFERENCE.glob("*.md"):
        old.unlink()
    for name, text in made.items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
    METRICS.write_text(listed, encoding="utf-8")


if __name__ == "__main__":
    main()
