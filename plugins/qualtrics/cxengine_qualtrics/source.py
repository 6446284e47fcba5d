"""The source: brings the responses of a survey up to date, and gives them as rows of text."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from cxengine_standard.qualtrics import without_refused

from cxengine.diagnostics import Diagnostic
from cxengine.plugin import Batch, Forgotten, OptionError, Reject, Source
from cxengine_qualtrics import failure
from cxengine_qualtrics.archive import TooLargeError, text_of
from cxengine_qualtrics.definition import Definition
from cxengine_qualtrics.options import QualtricsOptions
from cxengine_qualtrics.proposal import proposal
from cxengine_qualtrics.responses import NAMES, Row, read
from cxengine_qualtrics.service import Export, Service, utc
from cxengine_qualtrics.store import Head, Store

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 10_000


class Qualtrics(Source):
    """Reads the responses to a Qualtrics survey by API, all or what is new since the last run."""

    name: ClassVar[str] = "qualtrics"
    proposed_by: ClassVar[str] = "survey"
    Options: ClassVar[type] = QualtricsOptions
    options: QualtricsOptions

    def read(self) -> Iterator[Batch]:
        """The responses in the order of their last change; those of a refused status are rejected.

        Raises:
            OptionError: QX01, QX02, QX10, an option cannot work.
            EvidenceError: QX03-QX08, an export cannot be had or read.
            RemoteError: the service refuses, or cannot be reached.
        """
        store = self._up_to_date
        schema = _schema(self._columns(store))
        rows, first = store.rows(), 1
        while some := list(islice(rows, ROWS_AT_ONCE)):
            yield without_refused(_batch(self.options.survey, schema, some, first), self.options.refuse)
            first += len(some)
        if first == 1:
            yield _batch(self.options.survey, schema, [], first)

    def fingerprints(self) -> Mapping[str, str]:
        """SHA-256 of the responses, by the survey."""
        content = hashlib.sha256()
        for row in self._up_to_date.rows():
            content.update(repr((row.id, sorted(row.values.items()), row.refused)).encode())
        return {f"{self.options.site} {self.options.survey}": content.hexdigest()}

    def kept(self) -> tuple[Path, ...]:
        """The folder of the responses, where the options name one."""
        return () if self.options.state is None else (self.folder / self.options.state,)

    def forget(self, forgotten: Forgotten) -> Mapping[str, int]:
        """Takes the responses of customers out of the folder, all versions of them."""
        named = (row.values[forgotten.column] for row in self._store().remove(_naming(forgotten)))
        return Counter(named)

    def labels(self) -> Mapping[str, str]:
        """The wording of every question by its column."""
        return self.definition.columns()

    def propose(self) -> str:
        """TOML for the survey; without the id of one, the error tells which there are."""
        if not self.options.survey:
            with Service(self.options, self.network) as service:
                raise failure.no_survey(service.surveys())
        return proposal(self.definition, self.options)

    @cached_property
    def definition(self) -> Definition:
        """The survey, as the service describes it; asked for once."""
        with self._service() as service:
            return Definition.of(service.definition())

    # --- how ---------------------------------------------------------------------------------------

    def _service(self) -> Service:
        self.options.check_survey()
        return Service(self.options, self.network)

    @cached_property
    def _up_to_date(self) -> Store:
        """The responses on disk, with all that is new; asked for once."""
        with self._service() as service:
            self.definition  # noqa: B018 - a survey that is not there is told about before an export begins
            store = self._store()
            now = self.network.clock.now()
            head = store.head()
            if head and head.continues(self._asked(), now, self.options.refresh_days):
                added = Head(self._asked(), head.exported_at, head.token)
                if self._exported(service, store, added):
                    return store
            self._exported(service, store, Head(self._asked(), now.isoformat(), None))
            return store

    def _exported(self, service: Service, store: Store, head: Head) -> bool:
        """Puts an export into the store, after what is there if `head` has a token; False if it expired."""

        def keep(export: Export) -> bool:
            with text_of(export.path, self.options.largest_unpacked) as text:
                rows = self._kept(read(text, self.options.format, self.options.unanswered))
                following = Head(head.asked, head.exported_at, export.token or head.token)
                store.replace(following, rows, keep=head.token is not None, drop=_naming(self.forgotten))
            return True

        try:
            with tempfile.TemporaryDirectory(prefix="cxengine-qualtrics-") as folder:
                return service.export(Path(folder, "export.zip"), head.token, keep) or False
        except TooLargeError:
            raise failure.too_large(self.options.survey, self.options.largest_unpacked) from None

    def _kept(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows without the columns that are left out."""
        out = frozenset(self.options.leave_out)
        for row in rows:
            yield Row(row.id, {n: v for n, v in row.values.items() if n not in out}, row.refused)

    def _asked(self) -> dict[str, Any]:
        """What is asked for: responses that were kept for another question do not answer this one."""
        options = self.options
        moments = [None if moment is None else utc(moment) for moment in (options.since, options.until)]
        return {
            "site": options.site,
            "survey": options.survey,
            "period": moments,
            "unanswered": options.unanswered,
            "left_out": sorted(options.leave_out),
        }

    def _store(self) -> Store:
        return Store(self._folder() / f"{self.options.survey}.jsonl")

    def _folder(self) -> Path:
        """Where the responses are: the folder that keeps them, or one that goes with this source."""
        if self.options.state is None:
            made = tempfile.mkdtemp(prefix="cxengine-qualtrics-")
            weakref.finalize(self, shutil.rmtree, made, ignore_errors=True)
            return Path(made)
        place = re.sub(r"[^a-z0-9.-]+", "-", self.options.base.partition("://")[2].partition("/")[0].lower())
        folder = self.folder / self.options.state / place
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"The folder {self.options.state} cannot be made: {error.strerror}."
            raise OptionError("state", Diagnostic("QX10", message)) from None
        return folder

    def _columns(self, store: Store) -> list[str]:
        """All columns: about the response, of the questions as they are asked now, and what else there is."""
        names = dict.fromkeys(["ResponseId", *NAMES.values(), *self.definition.columns()])
        for row in store.rows():
            names |= dict.fromkeys(row.values)
        return [name for name in names if name not in self.options.leave_out]


def _naming(forgotten: Forgotten | None) -> Callable[[Row], bool]:
    """Whether a response names somebody who asked to be forgotten."""
    if forgotten is None:
        return lambda _: False
    return lambda row: forgotten.names(row.values.get(forgotten.column, ""))


def _schema(columns: Iterable[str]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in columns])


def _batch(survey: str, schema: pa.Schema, rows: list[Row], first: int) -> Batch:
    import pyarrow as pa

    numbered = list(enumerate(rows, first))
    good = [(position, row.values) for position, row in numbered if not row.refused]
    rejects = tuple(Reject(position, row.refused) for position, row in numbered if row.refused)
    arrays = [pa.array([values.get(name) for _, values in good], pa.string()) for name in schema.names]
    batch = pa.RecordBatch.from_arrays(arrays, schema=schema)
    return Batch(survey, batch, pa.array([position for position, _ in good], pa.int64()), rejects)
