"""A source that passes its kit, and one broken for each test of it."""

import os
import time

import attrs
import httpx
import pyarrow as pa

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.plugin import Batch, OptionError, Reject, Secret, Source, option
from cxengine.plugin.http import Bearer, HttpOptions, RemoteError, paging
from cxengine.testing import SourceTests

ROWS = [{"id": f"r{n}", "at": f"2026-01-0{1 + n % 7}T12:00:00Z", "score": str(n % 11)} for n in range(7)]


@attrs.frozen(kw_only=True)
class LettersOptions:
    """Which letters."""

    box: str = option("The letter box.")
    token: Secret = option("Where the token is kept.")
    http: HttpOptions = option("How the service is talked to.", default=HttpOptions())


class Letters(Source):
    """Reads letters from a service, page by page."""

    name = "letters"
    Options = LettersOptions

    def read(self):
        if not self.options.box.isalpha():
            raise OptionError("box", Diagnostic("CX299", "The box has a name of letters."))
        first = 1
        with self.client() as client:
            for page in self.pages(client):
                rows = page["items"]
                yield self.batch(rows, first)
                first += len(rows)

    def client(self):
        credentials = Bearer(self.options.token)
        return self.network.client(
            "https://letters.example",
            credentials=credentials,
            options=self.options.http,
            complaint=lambda response: response.text,
        )

    def pages(self, client):
        return paging.by_token(
            client, "letters", token=lambda page: page["next"], name="from", params={"box": "in"}
        )

    def batch(self, rows, first):
        schema = pa.schema([(name, pa.string()) for name in ("id", "at", "score")])
        positions = pa.array(range(first, first + len(rows)), pa.int64())
        return Batch("letters", pa.RecordBatch.from_pylist(rows, schema=schema), positions)

    def fingerprints(self):
        return {"letters": f"box {self.options.box}"}


def play(rows, size=3):
    def service(request):
        start = int(request.url.params.get("from", 0))
        following = str(start + size) if start + size < len(rows) else None
        return httpx.Response(200, json={"items": rows[start : start + size], "next": following})

    return service


class Kit(SourceTests):
    plugin = Letters
    options = {"box": "in", "token": "env:LETTERS_TOKEN"}
    refused = {"box": {"box": "1!", "token": "env:LETTERS_TOKEN"}, "token": {"box": "in", "token": "abc"}}
    rows = 7

    def service(self):
        return play(ROWS)

    def empty_service(self):
        return play([])


class TestLetters(Kit):
    pass


# --- one broken for each test ------------------------------------------------------------------------


class Nameless(Letters):
    """x"""

    name = "Not a name"


class TestNameless(Kit):
    breaks = "test_it_says_what_it_is"
    plugin = Nameless


@attrs.frozen(kw_only=True)
class Undocumented(LettersOptions):
    more: int = 1


class Silent(Letters):
    """x"""

    Options = Undocumented


class TestUndocumented(Kit):
    breaks = "test_its_options_are_documented"
    plugin = Silent


class TakesAll(Letters):
    """x"""

    def read(self):
        return iter(())


class TestTakesAll(Kit):
    breaks = "test_it_refuses_wrong_options"
    plugin = TakesAll


@attrs.frozen(kw_only=True)
class HoardingOptions(LettersOptions):
    """Which letters, and where they are kept."""

    state: str | None = option("A folder that keeps what was read.", default=None)


class Hoards(Letters):
    """x"""

    Options = HoardingOptions


class TestHoards(Kit):
    breaks = "test_it_forgets_what_it_keeps"
    plugin = Hoards
    options = {**Kit.options, "state": "letters"}


class FirstPage(Letters):
    """x"""

    def pages(self, client):
        yield next(super().pages(client))


class TestFirstPage(Kit):
    breaks = "test_it_reads_everything"
    plugin = FirstPage


class CountsAgain(Letters):
    """x"""

    def batch(self, rows, first):
        return super().batch(rows, 1)


class TestCountsAgain(Kit):
    breaks = "test_positions_count_the_rows"
    plugin = CountsAgain


class Numbers(Letters):
    """x"""

    def batch(self, rows, first):
        made = super().batch(rows, first)
        column = pa.array([int(row["score"]) for row in rows])
        return attrs.evolve(made, rows=pa.RecordBatch.from_arrays([column], ["score"]))


class TestNumbers(Kit):
    breaks = "test_rows_are_texts"
    plugin = Numbers


class Restless(Letters):
    """x"""

    seen = 0

    def batch(self, rows, first):
        type(self).seen += 1
        return super().batch([{**row, "id": f"{row['id']}-{self.seen}"} for row in rows], first)


class TestRestless(Kit):
    breaks = "test_it_reads_the_same_again"
    plugin = Restless


class Local(Letters):
    """x"""

    def batch(self, rows, first):
        return super().batch([{**row, "at": time.strftime("%H", time.localtime(0))} for row in rows], first)


class TestLocal(Kit):
    breaks = "test_the_machines_time_zone_does_not_matter"
    plugin = Local


class Demanding(Letters):
    """x"""

    def batch(self, rows, first):
        assert rows[0]
        return super().batch(rows, first)


class TestDemanding(Kit):
    breaks = "test_no_rows_are_no_failure"
    plugin = Demanding


class Eager(Letters):
    """x"""

    def __init__(self, options, folder):
        super().__init__(options, folder)
        if not folder.exists():
            raise EvidenceError(Diagnostic("CX299", "There is no folder."))


class TestEager(Kit):
    breaks = "test_it_does_nothing_before_it_reads"
    plugin = Eager


class Impatient(Letters):
    """x"""

    def pages(self, client):
        try:
            yield from super().pages(client)
        except RemoteError:
            return

    def client(self):
        self.options = attrs.evolve(self.options, http=HttpOptions(attempts=1))
        return super().client()


class TestImpatient(Kit):
    breaks = "test_limits_are_kept"
    plugin = Impatient


class TestFragile(Kit):
    breaks = "test_broken_connections_lose_nothing"
    plugin = Impatient


class Remembers(Letters):
    """x"""

    left = None

    def pages(self, client):
        for page in super().pages(client):
            type(self).left = page["next"]
            yield page

    def read(self):
        if self.left is not None:
            type(self).left = None
            return
        yield from super().read()


class TestRemembers(Kit):
    breaks = "test_it_can_be_begun_again_after_a_kill"
    plugin = Remembers


class TestGivesUpInSilence(Kit):
    breaks = "test_it_gives_up_clearly"
    plugin = Impatient


class Chatty(Letters):
    """x"""

    def batch(self, rows, first):
        made = super().batch(rows, first)
        return attrs.evolve(made, rejects=(Reject(99, f"read with {os.environ['LETTERS_TOKEN']}"),))


class TestChatty(Kit):
    breaks = "test_no_secret_is_shown"
    plugin = Chatty


class Tells(Letters):
    """x"""

    def client(self):
        client = super().client()
        import logging

        logging.getLogger("letters").warning("using %s", self.options.token.reveal())
        return client


class TestTells(Kit):
    breaks = "test_no_secret_is_shown"
    plugin = Tells


class Raises(Letters):
    """x"""

    def read(self):
        try:
            yield from super().read()
        except RemoteError as error:
            raise EvidenceError(Diagnostic("CX299", f"bad {self.options.token.reveal()}")) from error


class TestRaises(Kit):
    breaks = "test_no_secret_is_shown"
    plugin = Raises


class Twice(Letters):
    """Two columns of one name."""

    def batch(self, rows, first):
        found = super().batch(rows, first)
        columns = [*found.rows.columns, found.rows["id"]]
        return attrs.evolve(found, rows=pa.RecordBatch.from_arrays(columns, ["id", "at", "score", "id"]))


class TestTwice(Kit):
    breaks = "test_rows_are_texts"
    plugin = Twice
