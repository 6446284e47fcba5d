"""What is found in texts: sentiment, themes, personal data; from TOML to signals, labels and stored texts."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from cxengine_standard.enrichers.redact import Redact, RedactOptions, is_card, is_iban
from cxengine_standard.enrichers.sentiment import Sentiment, SentimentOptions
from cxengine_standard.enrichers.themes import Themes, ThemesOptions

from cxengine.diagnostics import CxengineError
from cxengine.engine import Engine
from cxengine.evidence import enrich
from cxengine.evidence.collect import collect
from cxengine.plugin import Enricher, Enrichment, NoOptions, OptionError, hookimpl
from cxengine.project import load

from .personal_data import BEYOND, HARMLESS, NAMES, SECRETS, texts

PRIVACY = Path(__file__).parents[2] / "docs" / "privacy.md"
PLANTED = 500

SOURCE = """
[[signal]]
id = "mood"
wording = "Sentiment of what was written"
scale = { min = -1, max = 1 }

[[signal]]
id = "about_queues"
wording = "Speaks about queues"
scale = { min = 0, max = 1, step = 1 }

[[source]]
id = "reviews"
kind = "review"
options = { path = "in.csv" }

[source.mapping]
response_id = "id"
verbatims = [{ column = "said", touchpoint = "desk" }, { column = "else" }]
"""
SENTIMENT = '[[enricher]]\nid = "feeling"\nuse = "sentiment"\nsignals = { sentiment = "mood" }\n'
THEMES = """
[[enricher]]
id = "topics"
use = "themes"
signals = { queues = "about_queues" }

[enricher.options.themes]
queues = 'text.contains("queue") || text.matches("wait(ed|ing)?\\\\b")'
staff = 'text.contains("staff")'
"""
REDACT = '[[enricher]]\nid = "privacy"\nuse = "redact"\noptions = { names = ["Jo"] }\n'
REVIEWS = """id,said,else
1,"The STAFF was wonderful, I love it!",
2,"Terrible queue, we waited an hour.",
3,De wachtrij was verschrikkelijk lang en niemand hielp ons verder,
4,"Terrible queue, we waited an hour.",Mail jo@example.com or ask Jo
5,,
"""


@pytest.fixture
def enriched(project):
    """`enriched(toml, csv)`: the evidence of a source with enrichers."""
    return lambda toml, content=REVIEWS: collect(project(SOURCE + toml, {"in.csv": content}))


def account(evidence):
    (found,) = evidence.accounts
    assert found.values_read == found.values_used + found.values_blank + found.values_quarantined
    return found


SHORT = tomllib.loads((Path(__file__).parent / "short_texts.toml").read_text(encoding="utf-8"))
"""Short texts as customers write them, by language."""


def short(language):
    """Text, sign of what it says."""
    parts = SHORT[language]
    for sign, kind in ((1, "good"), (-1, "bad")):
        yield from (
            (f"{one} {what}", sign) for one, what in product(parts.get("of", ()), parts.get(kind, ()))
        )
        yield from ((text, sign) for text in parts[f"written_{kind}"])


class TestInEvidence:
    def test_what_is_set_aside_is_shown_as_texts_may_be(self, enriched):
        mapping = 'signals = [{ signal = "rating", columns = { r = "desk" } }]\n'
        long = "x" * 150 + " Jo " + "y" * 38 + " jo@example.com"
        content = f"id,said,else,r\n1,fine,,ask Jo (jo@example.com)\n2,fine,,{long}\n"
        found = enriched(mapping + REDACT, content)
        shown = found.quarantine.column("value").to_pylist()
        assert shown == ["ask [name] ([e-mail])", "x" * 150 + " [name] " + "y" * 38]
        assert all("Jo" not in note.message and "jo@" not in note.message for note in found.notes)
        assert account(found).values_quarantined == 2
        assert enriched(mapping, content).quarantine.column("value")[0].as_py().endswith("(jo@example.com)")

    def test_sentiment_becomes_a_signal_at_the_touchpoint_of_the_verbatim(self, enriched, ask):
        found = enriched(SENTIMENT)
        values = ask(found, "SELECT response_id, touchpoint, signal, value > 0 FROM signals ORDER BY 1, 2")
        assert values == [
            ("reviews:1", "desk", "mood", True),
            ("reviews:2", "desk", "mood", False),
            ("reviews:4", "journey", "mood", False),
            ("reviews:4", "desk", "mood", False),
        ]
        assert (account(found).values_used, account(found).values_blank) == (4, 1)
        (note,) = [n for n in found.notes if n.code == "CX235"]
        assert (note.severity, note.message) == (
            "note",
            'reviews: "feeling" left out 1 of 5 verbatims: 1 because its language seems to be nl, not English.',
        )

    def test_themes_become_labels_and_signals(self, enriched, ask):
        found = enriched(THEMES)
        labels = ask(found, "SELECT response_id, touchpoint, enricher, label FROM labels ORDER BY 1")
        assert labels == [
            ("reviews:1", "desk", "topics", "staff"),
            ("reviews:2", "desk", "topics", "queues"),
            ("reviews:4", "desk", "topics", "queues"),
        ]
        counts = ask(
            found, "SELECT value, count(*) FROM signals WHERE touchpoint = 'desk' GROUP BY 1 ORDER BY 1"
        )
        assert counts == [(0, 2), (1, 2)]
        assert account(found).values_used == 5

    def test_texts_are_rewritten_before_anything_else_sees_them(self, enriched, ask):
        themes = THEMES.replace('text.contains("staff")', 'text.contains("jo")')
        found = enriched(themes + REDACT)
        assert ("Mail [e-mail] or ask [name]",) in ask(found, "SELECT text FROM verbatims")
        assert ask(found, "SELECT count(*) FROM labels WHERE label = 'staff'") == [(0,)]
        tables = [name for (name,) in ask(found, "SELECT table_name FROM duckdb_tables()")]
        everything = "".join(str(ask(found, f"SELECT * FROM {table}")) for table in tables)
        assert "example.com" not in everything

    def test_a_row_that_is_set_aside_does_not_keep_its_text(self, enriched):
        found = enriched(REDACT, "id,said,else\n1,mail jo@example.com,x,y\n")
        assert found.quarantine.column("value").to_pylist() == [None]

    def test_only_the_sources_that_are_named(self, enriched, project, ask):
        other = SOURCE.split("[[source]]")[1].replace('"reviews"', '"tickets"')
        found = enriched(SENTIMENT + 'sources = ["tickets"]\n[[source]]\n' + other)
        assert ask(found, "SELECT DISTINCT source FROM signals") == [("tickets",)]

    def test_superseded_versions_are_not_read(self, enriched, ask):
        toml = THEMES.replace("[[enricher]]", 'repeats = "last"\n[[enricher]]', 1)
        assert ask(enriched(toml, "id,said,else\n1,queue,\n1,staff,\n"), "SELECT label FROM labels") == [
            ("staff",)
        ]

    def test_a_metric_over_sentiment(self, project):
        metric = '[[metric]]\nid = "mood"\nuse = "mean"\nsignal = "mood"\n'
        rows = "id,said,else\n" + "".join(f"{i},{'I love it' if i % 2 else 'Horrible'},\n" for i in range(40))
        result = Engine().run(project(SOURCE + SENTIMENT + metric, {"in.csv": rows}))
        found = result.measurements.get("mood", "touchpoint", "desk")
        assert (found.n, round(found.value, 3)) == (40, round((0.6369 - 0.5423) / 2, 3))


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("toml", "message", "line"),
        [
            (
                SENTIMENT.replace("sentiment =", "sentimnt ="),
                'CX220 .*offers no "sentimnt".*Did you mean',
                "signals",
            ),
            (SENTIMENT.replace('"mood"', '"rating"'), "CX221 .*must reach from -1 to 1", "signals"),
            (THEMES.replace('"about_queues"', '"mood"'), None, None),
            (
                THEMES.replace('contains("staff")', 'contain("staff")'),
                "undeclared|no function|contain",
                "staff =",
            ),
            (THEMES.replace('text.contains("staff")', "1.0"), "expected a bool", "staff ="),
            (SENTIMENT.replace('"sentiment"\n', '"sentimental"\n'), "CX303 .*enricher plugin", "use ="),
            (SENTIMENT + 'sources = ["review"]\n', "CX180 .*no source", "sources ="),
        ],
    )
    def test_it_is_told_where_it_was_written(self, project, toml, message, line):
        if message is None:
            assert Engine().check(project(SOURCE + toml, {})) == ()
            return
        try:
            (found,) = Engine().check(project(SOURCE + toml, {}))
        except CxengineError as error:
            (found,) = error.diagnostics
        assert re.search(message, f"{found.code} {found.message} {found.hint}")
        assert found.location.source.strip().startswith(line)

    def test_an_enricher_that_breaks_its_promise(self, tmp_path, project):
        class Wild(Enricher):
            """Gives what it does not offer."""

            name = "wild"
            Options = NoOptions

            def offers(self):
                return {"mood": (-1.0, 1.0)}

            def enrich(self, texts):
                return Enrichment(scores={"mood": [7.0] * len(texts)})

        class Plugins:
            @hookimpl
            def cxengine_enrichers(self):
                return [Wild]

        project(SOURCE, {"in.csv": REVIEWS})
        with (tmp_path / "cxengine.toml").open("a") as file:
            file.write('[[enricher]]\nid = "w"\nuse = "wild"\nsignals = { mood = "mood" }\n')
        loaded = load(tmp_path, registry=Engine(plugins=[Plugins()]).registry)
        with pytest.raises(CxengineError, match=r"CX307 .*`enrich` returned 7, outside -1 to 1"):
            collect(loaded)


class TestProcesses:
    def test_many_texts_are_divided_and_come_back_in_order(self, monkeypatch, enriched, ask):
        monkeypatch.setattr(enrich, "MANY_TEXTS", 2)
        monkeypatch.setattr(enrich.os, "cpu_count", lambda: 2)
        divided = enriched(THEMES + SENTIMENT + REDACT)
        monkeypatch.undo()
        alone = enriched(THEMES + SENTIMENT + REDACT)
        for query in ("SELECT * FROM signals", "SELECT * FROM labels", "SELECT * FROM verbatims"):
            assert sorted(map(str, ask(divided, query))) == sorted(map(str, ask(alone, query)))
        assert divided.accounts == alone.accounts
        assert divided.notes == alone.notes


class TestSentiment:
    @pytest.mark.parametrize(
        "text",
        [
            "De levering was veel te laat en niemand hielp mij",
            "Sehr schlechter Service, nie wieder!",
            "Muy buena atención",
            "Très bien, merci",
            "slecht",
            "12345",
            "",
        ],
    )
    def test_what_cannot_be_read_is_not_scored(self, text):
        found = Sentiment(SentimentOptions()).enrich([text])
        assert found.scores["sentiment"] == [None]
        assert found.refusals[0]

    @pytest.mark.parametrize(
        ("text", "sign"),
        [("great", 1), ("Not good.", -1), ("The parcel came on Tuesday morning.", 0), ("😀", 1)],
    )
    def test_short_english_is_scored(self, text, sign):
        found = Sentiment(SentimentOptions()).enrich([text])
        (score,) = found.scores["sentiment"]
        assert (found.refusals, (score > 0) - (score < 0)) == ([None], sign)

    def test_short_texts_of_other_languages(self):
        """None is read with the wrong sign, few are scored at all; as the description of the enricher says."""
        texts = [(language, text, sign) for language in SHORT for text, sign in short(language)]
        foreign = [one for one in texts if one[0] != "en"]
        scores = Sentiment(SentimentOptions()).enrich([text for _, text, _ in foreign]).scores["sentiment"]
        scored = Counter(
            language for (language, *_), score in zip(foreign, scores, strict=True) if score is not None
        )
        wrong = [one for one, score in zip(foreign, scores, strict=True) if (score or 0) * one[2] < 0]
        assert len(foreign) > 600
        assert wrong == []
        assert all(scored[language] <= 0.15 * len(list(short(language))) for language in scored), scored
        said = f"Of {len(foreign)} short texts in ten other languages, {scored.total()} are scored"
        assert said in " ".join(Sentiment.__doc__.split())

    def test_short_english_texts_are_scored_with_the_right_sign(self):
        texts = list(short("en"))
        scores = Sentiment(SentimentOptions()).enrich([text for text, _ in texts]).scores["sentiment"]
        assert None not in scores
        right = sum(score * sign > 0 for score, (_, sign) in zip(scores, texts, strict=True))
        assert right >= 0.95 * len(texts)

    @pytest.mark.parametrize(
        ("text", "languages", "scored"),
        [
            ("Die, sin!", (), False),
            ("Die, sin!", ("en",), True),
            ("Vodka gummy bears", (), False),
            ("Vodka gummy bears", ("en", "de"), True),
            ("Sin problemas", ("en", "es"), False),
            ("It\u2019s naïve, but I like it", (), True),
            ("https://example.org/war @die #sin", (), False),
        ],
    )
    def test_fewer_languages_are_told_apart_more_surely(self, text, languages, scored):
        found = Sentiment(SentimentOptions(languages=languages)).enrich([text])
        assert (found.scores["sentiment"][0] is not None) is scored

    @pytest.mark.parametrize(
        ("languages", "message"),
        [
            (("en", "xx"), 'CX113 No language "xx" can be told.'),
            (("de",), "CX113 Only English is scored, and it is not among the languages."),
        ],
    )
    def test_languages_that_make_no_sense(self, languages, message):
        with pytest.raises(OptionError) as raised:
            Sentiment(SentimentOptions(languages=languages))
        assert message in str(raised.value)

    def test_a_theme_may_have_any_condition(self):
        themes = Themes(ThemesOptions(themes={"short": "size(text) < 3", "caps": 'text.contains("A")'}))
        assert themes.enrich(["AB", "ABC"]).labels == [("short",), ()]


def _redacted_alone(planted, text):
    """Whether a word stands where the secret stood, and all else is as it was."""
    if planted.secret is None:
        return text == planted.text
    before, after = planted.text.split(planted.secret)
    word = r"\[(e-mail|phone|card|account|name)\]"
    return bool(re.fullmatch(re.escape(before) + word + re.escape(after), text))


class TestRedaction:
    @pytest.mark.parametrize("kind", [*SECRETS, *BEYOND, *HARMLESS])
    def test_recall_and_precision_kind_by_kind(self, kind):
        """Of every notation what is planted goes, and it alone; as the page about privacy says."""
        planted = list(texts(kind, PLANTED))
        found = Redact(RedactOptions(names=NAMES)).enrich([one.text for one in planted]).texts
        right = sum(_redacted_alone(one, text) for one, text in zip(planted, found, strict=True))
        assert right >= 0.99 * PLANTED or kind in BEYOND
        taken = f"{1 - right / PLANTED:.1%}" if kind in HARMLESS else f"{right / PLANTED:.1%}"
        row = f"| {kind} | {taken} |"
        assert row in PRIVACY.read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("said", "stored"),
        [
            ("Mr. O\u2019Neill, O\u00b4NEILL and o`neill", "Mr. [name], [name] and [name]"),
            ("jean\u2011luc, Jean Luc \u201chere\u201d", "[name], [name] \u201chere\u201d"),
            ("O\u2019Neillson\u2019s \u2013 Jeanluc", "O\u2019Neillson\u2019s \u2013 Jeanluc"),
            ("\u201c0\u202f612\u202f34\u202f56\u202f78\u201d \u2013 call", "\u201c[phone]\u201d \u2013 call"),
            ("\uff4a\uff4f\uff20\uff42\uff0e\uff4f\uff52\uff47 \u2019t", "[e-mail] \u2019t"),
            ("IBAN NL91\xa0ABNA\xa00417\xa01643\xa000\xa0and more", "IBAN [account]\xa0and more"),
            ("Ticket 0123456789, order no. 0049123456", "Ticket 0123456789, order no. 0049123456"),
            ("order 0612 345678, order +31612345678", "order [phone], order [phone]"),
            ("in case 0612345678 fails; case no. 0612345678", "in case [phone] fails; case no. 0612345678"),
            ("Kundennummer 004912345678, border 0612345678", "Kundennummer [phone], border [phone]"),
        ],
    )
    def test_what_other_keyboards_write(self, said, stored):
        redact = Redact(RedactOptions(names=("O'Neill", "Jean-Luc", " - ")))
        assert redact.enrich([said]).texts == [stored]

    @pytest.mark.parametrize(
        ("option", "text"),
        [
            ("emails", "a@b.org"),
            ("phones", "+31 6 12345678"),
            ("cards", "4111 1111 1111 1111"),
            ("accounts", "NL91 ABNA 0417 1643 00"),
        ],
    )
    def test_each_kind_can_be_left_in(self, option, text):
        assert Redact(RedactOptions()).redacted(text) != text
        off = dict.fromkeys(("emails", "phones", "cards", "accounts"), False)
        assert Redact(RedactOptions(**off)).redacted(text) == text
        assert Redact(RedactOptions(**(off | {option: True}))).redacted(text) != text

    def test_checksums(self):
        assert is_card("4111111111111111")
        assert not is_card("4111111111111112")
        assert not is_card("0000000000000000")
        assert is_iban("GB82WEST12345698765432")
        assert not is_iban("GB82WEST12345698765433")

    @pytest.mark.parametrize(
        ("text", "redacted"),
        [
            ("Ask Jan de Vries", "Ask [name]"),
            ("JAN  DE\nVRIES' desk", "[name]' desk"),
            ("Mu\u0308ller's car, not M\u00fcllerin's", "[name]'s car, not M\u00fcllerin's"),
            ("a\uff20b.com", "[e-mail]"),
            ("my iban DE89370400440532013001 has a typo", "my iban [account] has a typo"),
            ("GB82 WEST 1234 5698 7654 33 is not mine", "[account] is not mine"),
            ("account no. 12345678, please", "account no. [account], please"),
            ("my account number is 12345678", "my account number is [account]"),
            ("sort 12-34-56, sort code 123456", "sort [account], sort code [account]"),
            ("We sort 100000 parcels", "We sort 100000 parcels"),
            ("Konto-Nr.: 532013000, Kto 532013000", "Konto-Nr.: [account], Kto [account]"),
            ("acc 12345678 paid VISA4111111111111111", "acc [account] paid VISA[card]"),
            ("de Vries, Jan and jan.de.vries", "[name] and [name]"),
            ("Vries, Jan de and JAN_DE_VRIES", "[name] and [name]"),
            ("Mueller, not Mller or Muller", "[name], not Mller or Muller"),
            ("Please contact me: NL40JYSM6400458999 thanks", "Please contact me: [account] thanks"),
            ("NL91ABNA0417164300thanks", "[account]thanks"),
            ("NO12 boxes came a week late", "NO12 boxes came a week late"),
            ("sort code 12-34-56 and acct: 000 123 456", "sort code [account] and acct: [account]"),
            ("my account 2024-01-31 was closed", "my account 2024-01-31 was closed"),
            ("order 12345678 of my account", "order 12345678 of my account"),
            ("DE12 boxes arrived", "DE12 boxes arrived"),
            ("order 0012345 or +1234567", "order 0012345 or +1234567"),
            ("call 00123456 or +12345678", "call [phone] or [phone]"),
        ],
    )
    def test_what_people_write(self, text, redacted):
        for spelling in ("M\u00fcller", "Mu\u0308ller"):
            redact = Redact(RedactOptions(names=("Jan de Vries", spelling, " ")))
            assert redact.redacted(text) == redacted

    @pytest.mark.parametrize(
        "hostile", ["a" * 50_000, "1 " * 50_000, "a.b-" * 30_000, "(" * 50_000, "AB12" * 20_000]
    )
    def test_time_is_linear_in_the_text(self, hostile):
        """Candidates come from RE2, or are plain words; each is looked at once, and is short."""
        redact = Redact(RedactOptions(names=("Jo",)))
        looked_at = []

        def counted(replace):
            return lambda match: looked_at.append(match.group()) or replace(match)

        steps = [(pattern, counted(replace)) for pattern, replace in redact._steps]
        redact.__dict__["_steps"] = steps
        redact.redacted(hostile)
        assert [type(pattern).__module__ for pattern, _ in steps] == ["re2"] * 6 + ["re"]
        assert sum(map(len, looked_at)) <= len(steps) * len(hostile)
        assert max(map(len, looked_at), default=0) <= 150
