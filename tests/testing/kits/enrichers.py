"""An enricher that passes its kit, one that rewrites, and one broken for each test of it."""

import attrs

from cxengine.plugin import Enricher, Enrichment, option
from cxengine.testing import EnricherTests


@attrs.frozen
class LoudOptions:
    """What is judged."""

    letters: int = option("Fewer letters are not judged.", minimum=1, default=3)


class Loud(Enricher):
    """How much of a text is in capitals."""

    name = "loud"
    Options = LoudOptions

    def offers(self):
        return {"loud": (0.0, 1.0)}

    def enrich(self, texts):
        scores = [self.score(text) for text in texts]
        refusals = ["too short" if score is None else None for score in scores]
        return Enrichment(scores={"loud": scores}, refusals=refusals)

    def score(self, text):
        letters = [c for c in text if c.upper() != c.lower()]
        return sum(map(str.isupper, letters)) / len(letters) if len(letters) >= self.options.letters else None


class Kit(EnricherTests):
    plugin = Loud
    refused = {"letters": {"letters": 0}}
    examples = {
        "HELP": {"scores": {"loud": 1.0}},
        "thanks": {"scores": {"loud": 0.0}},
        "ok": {"refused": True},
    }


class TestLoud(Kit):
    pass


class Quiet(Enricher):
    """Takes the loudness out of texts."""

    name = "quiet"
    rewrites = True

    def offers(self):
        return {}

    def enrich(self, texts):
        return Enrichment(texts=[text.lower() for text in texts])


class Quietly(EnricherTests):
    plugin = Quiet
    examples = {"HELP": {"text": "help"}}


class TestQuiet(Quietly):
    pass


# --- one broken for each test ------------------------------------------------------------------------


class Nameless(Loud):
    """x"""

    name = "LOUD"


class TestNameless(Kit):
    breaks = "test_it_says_what_it_is"
    plugin = Nameless


@attrs.frozen
class Undocumented:
    letters: int = 3


class Silent(Loud):
    """x"""

    Options = Undocumented


class TestUndocumented(Kit):
    breaks = "test_its_options_are_documented"
    plugin = Silent


class TestTakesAll(Kit):
    breaks = "test_it_refuses_wrong_options"
    plugin = Silent


class Deaf(Loud):
    """x"""

    def score(self, text):
        return 0.0


class TestDeaf(Kit):
    breaks = "test_it_finds_what_it_should"
    plugin = Deaf


class Skips(Loud):
    """x"""

    def enrich(self, texts):
        return Enrichment(scores={"loud": [s for text in texts if (s := self.score(text)) is not None]})


class TestSkips(Kit):
    breaks = "test_every_text_has_its_entry"
    plugin = Skips


class Percent(Loud):
    """x"""

    def score(self, text):
        found = super().score(text)
        return None if found is None else 100 * found


class TestPercent(Kit):
    breaks = "test_scores_are_as_offered"
    plugin = Percent


class Compares(Loud):
    """x"""

    def enrich(self, texts):
        found = [self.score(text) or 0.0 for text in texts]
        most = max(found, default=0.0) or 1.0
        return Enrichment(scores={"loud": [score / most / len(found) for score in found]})


class TestCompares(Kit):
    breaks = "test_neighbours_do_not_matter"
    plugin = Compares


class Demanding(Loud):
    """x"""

    def enrich(self, texts):
        assert texts
        return super().enrich(texts)


class TestDemanding(Kit):
    breaks = "test_nothing_to_read_is_no_failure"
    plugin = Demanding


def hidden_away():
    class Hidden(Loud):
        """x"""

    return Hidden


class TestHidden(Kit):
    breaks = "test_it_can_be_sent_to_another_process"
    plugin = hidden_away()


class Grows(Quiet):
    """x"""

    def enrich(self, texts):
        return Enrichment(texts=[f"<{text}>" for text in texts])


class TestGrows(Quietly):
    breaks = "test_rewriting_is_done_once"
    plugin = Grows


class Spells(Loud):
    """Gives a text where labels belong."""

    def enrich(self, texts):
        return attrs.evolve(super().enrich(texts), labels=["late" for _ in texts])


class TestSpells(Kit):
    breaks = "test_every_text_has_its_entry"
    plugin = Spells
