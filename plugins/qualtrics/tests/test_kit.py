"""The source passes the conformance kit, on a fake of Qualtrics, in every way to read."""

from cxengine_qualtrics.source import Qualtrics

from cxengine.testing import SourceTests

from .fake_qualtrics import RESPONSES, SURVEY, FakeQualtrics, response

GOOD = {"survey": SURVEY, "site": "https://fra1.qualtrics.com", "token": "env:QUALTRICS_TOKEN"}


class Kit(SourceTests):
    plugin = Qualtrics
    options = GOOD
    refused = {
        "survey": {**GOOD, "survey": "Checkout"},
        "site": {**GOOD, "site": "fra1"},
        "token": {**GOOD, "token": "a-pasted-token"},
        "format": {**GOOD, "format": "spss"},
    }
    rows = 8

    def service(self):
        return FakeQualtrics([*RESPONSES, response(8, status=1)])

    def empty_service(self):
        return FakeQualtrics([])


class TestJson(Kit):
    pass


class TestCsv(Kit):
    options = {**GOOD, "format": "csv"}


class TestKept(Kit):
    options = {**GOOD, "state": "kept"}
    customers = "customerId"
