"""The plugins that come with cxengine pass the kits that vendors' plugins must pass."""

import statistics

from cxengine_standard.enrichers.redact import Redact
from cxengine_standard.enrichers.sentiment import Sentiment
from cxengine_standard.enrichers.themes import Themes
from cxengine_standard.exporters import markdown, mermaid, roadmap_json, spreadsheet
from cxengine_standard.exporters.report.page import HtmlExporter
from cxengine_standard.groupings.area import AreaGrouping
from cxengine_standard.groupings.nearest import NearestGrouping
from cxengine_standard.metrics import METRICS
from cxengine_standard.sources.file import FileSource
from cxengine_standard.sources.qualtrics import QualtricsExport

from cxengine.project.model import Scale, Signal
from cxengine.testing import EnricherTests, ExporterTests, GroupingTests, MetricTests, SourceTests, differs
from cxengine.testing.answers import Answer

# --- sources -----------------------------------------------------------------------------------------

LINES = ["id;when;score", "a;2026-01-05 09:30;4", "b;2026-07-05 23:59;5", "c;;", "d;2026-03-29 02:30;1"]


class TestFile(SourceTests):
    plugin = FileSource
    options = {"path": "*.csv"}
    refused = {"path": {}, "encoding": {"path": "*.csv", "encoding": "utf-99"}}
    rows = 8

    def prepare(self, folder):
        for name in ("first.csv", "second.csv"):
            (folder / name).write_text("\n".join(LINES) + "\n")

    def prepare_nothing(self, folder):
        (folder / "first.csv").write_text(LINES[0] + "\n")


QUALTRICS = [
    "StartDate,ResponseId,Status,QID1",
    '"Start Date","Response ID","Response Type","How satisfied, all in all?"',
    '"{""ImportId"":""startDate""}","{""ImportId"":""_recordId""}","{""ImportId"":""status""}","{""ImportId"":""QID1""}"',
]


class TestQualtricsExport(SourceTests):
    plugin = QualtricsExport
    options = {"path": "survey.csv"}
    refused = {"refuse": {"path": "survey.csv", "refuse": ["everything"]}}
    rows = 3

    def prepare(self, folder):
        rows = ["2026-01-05 09:30:00,R_1,0,4", "2026-01-06 09:30:00,R_2,1,5", "2026-01-07 09:30:00,R_3,0,2"]
        (folder / "survey.csv").write_text("\n".join([*QUALTRICS, *rows]) + "\n")

    def prepare_nothing(self, folder):
        (folder / "survey.csv").write_text("\n".join(QUALTRICS) + "\n")


# --- exporters -----------------------------------------------------------------------------------------


class TestJson(ExporterTests):
    plugin = roadmap_json.JsonExporter
    files = ("roadmap.json", "roadmap.schema.json")


class TestMarkdown(ExporterTests):
    plugin = markdown.MarkdownExporter
    refused = {"edition": {"edition": "secret"}}
    files = ("roadmap.md",)


class TestCsv(ExporterTests):
    plugin = spreadsheet.CsvExporter
    files = ("roadmap.csv",)


class TestMermaid(ExporterTests):
    plugin = mermaid.MermaidExporter
    options = {"edition": "public"}
    refused = {"sections": {"sections": "owner"}}
    files = ("roadmap.public.mmd",)


class TestHtml(ExporterTests):
    plugin = HtmlExporter
    files = ("report.html",)


# --- groupings and enrichers ---------------------------------------------------------------------------


class TestNearest(GroupingTests):
    plugin = NearestGrouping
    expected = {"callback": None, "poster": None, "rebuild": None, "chosen": "rest", "unknown": None}


class TestArea(GroupingTests):
    plugin = AreaGrouping
    expected = {"callback": "easy", "poster": "cheap", "rebuild": "rest", "chosen": "rest", "unknown": "rest"}


class TestSentimentOfTexts(EnricherTests):
    plugin = Sentiment
    examples = {
        "Great service, I love it!": {"refused": False},
        "Das war leider gar nicht gut.": {"refused": True},
    }


class TestThemes(EnricherTests):
    plugin = Themes
    options = {"themes": {"delivery": 'text.contains("parcel")', "price": 'text.contains("expensive")'}}
    refused = {"themes": {"themes": {"delivery": "text.contain(1)"}}}
    examples = {
        "My PARCEL was expensive": {"labels": ("delivery", "price")},
        "All is well": {"labels": ()},
    }


class TestRedact(EnricherTests):
    plugin = Redact
    examples = {"Write to me@example.com, please": {"scores": {}}}


# --- metrics -------------------------------------------------------------------------------------------

BY_NAME = {metric.name: metric for metric in METRICS}
FIVE = Scale(min=1, max=5, step=1)
YES_NO = Scale(min=0, max=1, step=1)


def asked(scale=None, **more):
    return Signal(id="asked", wording="What was asked?", scale=scale, **more)


def mean(answers):
    return statistics.fmean(answer.value for answer in answers)


class TestNps(MetricTests):
    plugin = BY_NAME["nps"]
    signal = asked(Scale(min=0, max=10, step=1), about="relationship")
    unfit = (asked(FIVE), asked(Scale(min=0, max=10, step=1), direction="lower_is_better"))
    answers = [*range(11)] * 10 + [9, 10, 10, 8, 7, 6] * 40

    def truth(self, answers):
        values = [answer.value for answer in answers]
        return 100 * (sum(value >= 9 for value in values) - sum(value <= 6 for value in values)) / len(values)


class TestCsatMean(MetricTests):
    plugin = BY_NAME["csat_mean"]
    signal = asked(FIVE)
    unfit = (asked(),)
    answers = [1] * 30 + [2] * 40 + [3] * 80 + [4] * 160 + [5] * 90

    def truth(self, answers):
        return mean(answers)


class TestTopTwoBox(MetricTests):
    plugin = BY_NAME["csat_t2b"]
    signal = asked(FIVE)
    unfit = (asked(),)
    answers = TestCsatMean.answers

    def truth(self, answers):
        return 100 * sum(answer.value >= 4 for answer in answers) / len(answers)


class TestCustomerEffort(MetricTests):
    plugin = BY_NAME["ces"]
    options = {"version": "v2"}
    refused = {"version": {"version": "v3"}}
    signal = asked(Scale(min=1, max=7, step=1))
    unfit = (asked(FIVE),)
    answers = [*range(1, 8)] * 20 + [5, 6, 7] * 60

    def truth(self, answers):
        return mean(answers)


class TestMean(MetricTests):
    plugin = BY_NAME["mean"]
    signal = asked(Scale(min=-2, max=2, step=1))
    answers = [-2, -1, 0, 0, 1, 1, 1, 2] * 40

    def truth(self, answers):
        return mean(answers)


class TestReferrals(MetricTests):
    plugin = BY_NAME["referrals"]
    signal = asked(YES_NO)
    unfit = (asked(FIVE),)
    answers = [0] * 120 + [1] * 280

    def truth(self, answers):
        return 100 * mean(answers)


class TestReturns(MetricTests):
    plugin = BY_NAME["returns"]
    signal = asked(YES_NO, direction="lower_is_better")
    unfit = (asked(YES_NO),)
    answers = [0] * 350 + [1] * 50

    def truth(self, answers):
        return 100 * mean(answers)


class TestRevenue(MetricTests):
    plugin = BY_NAME["revenue"]
    signal = asked(unit="EUR")
    answers = [float(10 + 7 * (n % 40)) * (-1 if n % 9 == 0 else 1) for n in range(400)]

    def truth(self, answers):
        return sum(answer.value for answer in answers)

    @differs("a total has no population value: samples of one size all have other totals than the whole")
    def test_intervals_cover_the_truth(self):
        """The catalogue's own calibration tests draw the number of orders as well."""

    @differs("no orders are a revenue of nothing, which is a number")
    def test_nothing_is_known_of_nobody(self):
        """The engine measures no cell without answers anyway."""

    @differs("more orders make a larger total, with a wider interval")
    def test_intervals_hold_their_value(self):
        """Order of the bounds is part of the catalogue's own tests."""


class TestMedianResponseTime(MetricTests):
    plugin = BY_NAME["response_time"]
    options = {"quantile": 0.5}
    refused = {"quantile": {"quantile": 1.5}}
    signal = asked(unit="minutes", direction="lower_is_better")
    answers = [Answer(2.0 + (n * 37 % 400) / 4) for n in range(400)]
    error = 0.06

    def truth(self, answers):
        return statistics.median_low(answer.value for answer in answers)

    @differs("a time is infinite where too few have come to their end to know it, and so for nobody")
    def test_nothing_is_known_of_nobody(self):
        """The engine measures no cell without answers anyway."""
