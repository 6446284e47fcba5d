"""The conformance kit for enrichers: the same of the same text, whatever the text and its neighbours."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from cxengine.plugin import Enricher, Enrichment, promises
from cxengine.testing.kit import Kit

ODD = (
    "",
    " \n\t ",
    "\N{FACE WITH TEARS OF JOY}" * 50,
    "\x00\x1b[31m",
    "zażółć gęślą jaźń",  # typos: ignore
    "これは素晴らしいです",
    "مرحبا بالعالم",
    "word " * 5000,
    "<script>alert('x')</script> & \"quotes\"",
    "12345 67890",
)
"""Texts that people and systems really send."""


class EnricherTests(Kit):
    """Set `plugin` and `examples`."""

    plugin: ClassVar[type[Enricher]]
    examples: ClassVar[Mapping[str, Mapping[str, Any]]]
    """For some texts what must be found: `scores` by name, `labels`, `text`, or `refused = True`."""

    # --- tests -------------------------------------------------------------------------------------

    def test_it_finds_what_it_should(self) -> None:
        """In the examples."""
        for text, wanted in self.examples.items():
            found = _entry(self._ask([text]), 0)
            for key, value in wanted.items():
                assert found[key] == value, f"{text!r}: {key} is {found[key]!r}, not {value!r}"

    def test_every_text_has_its_entry(self) -> None:
        """All sequences are as long as the texts, odd ones included; labels are lists of texts."""
        texts, plugin = self._texts(), self.plugin(self.structured())
        promised = dict(promises.of(self.plugin))
        for name, arguments in (("offers", ()), ("enrich", (texts,))):
            broken = promised[name](plugin, getattr(plugin, name)(*arguments), arguments)
            assert not broken, f"`{name}` returned {broken}"

    def test_scores_are_as_offered(self) -> None:
        """Every score is offered, and within its bounds."""
        plugin = self.plugin(self.structured())
        offers = plugin.offers()
        for low, high in offers.values():
            assert low < high, "bounds that hold nothing"
        for name, scores in plugin.enrich(self._texts()).scores.items():
            assert name in offers, f"{name} is not offered"
            low, high = offers[name]
            outside = [score for score in scores if score is not None and not low <= score <= high]
            assert not outside, f"{name} has {outside[0]}, outside {low:g} to {high:g}"

    def test_neighbours_do_not_matter(self) -> None:
        """Alone, among others, or in another order: the same is found in the same text."""
        texts = self._texts()
        together = self._ask(texts)
        backwards = self._ask(texts[::-1])
        for index, text in enumerate(texts):
            alone = _entry(self._ask([text]), 0)
            assert _entry(together, index) == alone, f"{text[:40]!r} depends on its neighbours"
            assert _entry(backwards, len(texts) - 1 - index) == alone, f"{text[:40]!r} depends on the order"

    def test_nothing_to_read_is_no_failure(self) -> None:
        """No texts, no entries."""
        found = self._ask([])
        assert not any(found.scores.values())
        assert not found.labels
        assert not found.texts

    def test_it_can_be_sent_to_another_process(self) -> None:
        """Large evidence is divided among processes: class and options can be pickled."""
        sent = io.BytesIO()
        pickler = pickle.Pickler(sent)
        pickler.dispatch_table = {
            MappingProxyType: lambda table: (dict, (dict(table),))
        }  # as the engine does
        pickler.dump((self.plugin, self.structured()))
        plugin, options = pickle.loads(sent.getvalue())  # noqa: S301 - our own
        texts = self._texts()[:3]
        assert plugin(options).enrich(texts) == self._ask(texts)

    def test_rewriting_is_done_once(self) -> None:
        """A text that was rewritten stays as it is; one that does not rewrite says so."""
        found = self._ask(self._texts())
        assert (found.texts is not None) == self.plugin.rewrites
        if found.texts is not None:
            assert list(self._ask(found.texts).texts or ()) == list(found.texts), "a second time changes more"

    # --- how ---------------------------------------------------------------------------------------

    def use(self, options: Any) -> None:
        """Options of an enricher may prove wrong when it is asked."""
        self.plugin(options).enrich(["a text"])

    def _texts(self) -> list[str]:
        return [*self.examples, *ODD]

    def _ask(self, texts: Sequence[str]) -> Enrichment:
        return self.plugin(self.structured()).enrich(texts)


def _entry(found: Enrichment, index: int) -> dict[str, Any]:
    """What was found in one text."""
    refusal = found.refusals[index] if found.refusals else None
    return {
        "scores": {name: scores[index] for name, scores in found.scores.items()},
        "labels": tuple(found.labels[index]) if found.labels else (),
        "text": found.texts[index] if found.texts is not None else None,
        "refused": refusal is not None,
    }
