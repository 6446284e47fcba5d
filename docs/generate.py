"""Writes the generated pages of this folder anew; `make docs` calls it, a test compares."""  # noqa: INP001

from pathlib import Path

from cxengine.plugin import Registry
from cxengine.project.catalogue import catalogue
from cxengine.project.reference import pages

REFERENCE = Path(__file__).parent / "reference"
METRICS = Path(__file__).parent / "metrics.md"


def own_plugins() -> Registry:
    """The plugins that ship with cxengine, whatever else is installed."""
    import cxengine_standard

    return Registry(autoload=False, plugins=[cxengine_standard])


def main() -> None:
    """Replaces `docs/reference` and `docs/metrics.md`."""
    made, metrics = pages(own_plugins()), catalogue(own_plugins())
    REFERENCE.mkdir(exist_ok=True)
    for old in REFERENCE.glob("*.md"):
        old.unlink()
    for name, text in made.items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
    METRICS.write_text(metrics, encoding="utf-8")


if __name__ == "__main__":
    main()
