"""The service: surveys, definitions, and exports that are started, waited for and downloaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from cxengine.diagnostics import Diagnostic, closest
from cxengine.plugin.http import Header, RemoteError, Response, paging
from cxengine_qualtrics import failure

if TYPE_CHECKING:
    from cxengine.plugin.http import Client, Network
    from cxengine_qualtrics.options import QualtricsOptions

T = TypeVar("T")
TRIES = 2
"""How often an export is begun, and its file downloaded, before giving up."""
FIRST_LOOK, LONGEST_LOOK = 1.0, 15.0
"""Seconds between looks at an export; each waits twice as long."""
SHOWN = 10


@attrs.frozen
class Export:
    """The file of an export, and the token for what comes after it, where that was asked for."""

    path: Path
    token: str | None


class _GoneError(Exception):
    """An export, or its file, is not there any more."""


class Service:
    """Qualtrics, as one user sees it; use it in a `with` block."""

    def __init__(self, options: QualtricsOptions, network: Network) -> None:
        """Opens a client; nothing is asked yet."""
        self._options = options
        self._clock = network.clock
        self._client: Client = network.client(
            options.base,
            credentials=Header("X-API-TOKEN", options.token),
            options=options.http,
            complaint=_complaint,
        )

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def surveys(self) -> Mapping[str, str]:
        """The names of all surveys that the user sees, by id."""
        pages = paging.by_link(self._client, "surveys", following=lambda page: _result(page).get("nextPage"))
        return {one["id"]: one["name"] for page in pages for one in _result(page).get("elements", [])}

    def definition(self) -> Mapping[str, Any]:
        """The definition of the survey: its questions, blocks and flow.

        Raises:
            RemoteError: the service refuses; where it knows no such survey, those it knows are told.
        """
        survey = self._options.check_survey()
        return _result(self._asked(lambda: self._client.get(f"survey-definitions/{survey}").json()))

    def export(self, to: Path, token: str | None, read: Callable[[Export], T]) -> T | None:
        """What `read` makes of the responses; None where the token does not hold any more.

        An export that fails or is gone is begun again, a file that `read` refuses is downloaded again.

        Args:
            to: Where the file is downloaded to; it is deleted in the end.
            token: Asks only for what has changed since the export that it comes from.
            read: Raises `BadFileError` where the file is broken.

        Raises:
            EvidenceError: QX03-QX07.
            RemoteError: the service refuses.
        """
        survey = self._options.check_survey()
        for _ in range(TRIES):
            try:
                job = self._asked(lambda: self._started(survey, token))
            except RemoteError as error:
                if token is not None and error.status in (400, 404):
                    return None
                raise
            try:
                done = self._finished(survey, job)
                if done is not None:
                    return self._downloaded(survey, done, to, read)
            except _GoneError:
                error_at_last = failure.job_gone(survey)
            else:
                error_at_last = failure.job_failed(survey)
        raise error_at_last

    def _started(self, survey: str, token: str | None) -> str:
        body = {"format": self._options.format, "sortByLastModifiedDate": True, **self._wishes()}
        if token is not None:
            body["continuationToken"] = token
        elif self._options.state is not None:
            body["allowContinuation"] = True
        answer = self._client.post(f"surveys/{survey}/export-responses", json=body, repeatable=True)
        return str(_field(answer.json(), "progressId"))

    def _wishes(self) -> dict[str, Any]:
        options = self._options
        wishes: dict[str, Any] = {}
        for key, moment in (("startDate", options.since), ("endDate", options.until)):
            if moment is not None:
                wishes[key] = utc(moment)
        if options.format == "csv":
            wishes |= {"timeZone": "UTC", "breakoutSets": False}
            if options.unanswered is not None:
                wishes["seenUnansweredRecode"] = options.unanswered
        return wishes

    def _finished(self, survey: str, job: str) -> Mapping[str, Any] | None:
        """The result of a job when it is complete; None where it failed."""
        until = self._clock.seconds() + self._options.patience
        pause = FIRST_LOOK
        while True:
            result = _result(self._held(f"surveys/{survey}/export-responses/{job}"))
            status, percent = result.get("status"), float(result.get("percentComplete") or 0)
            if status == "complete" and result.get("fileId"):
                return result
            if status in ("failed", "complete"):
                return None
            if self._clock.seconds() + pause > until:
                raise failure.job_too_slow(survey, percent, self._options.patience)
            self._client.progress(f"Qualtrics has exported {percent:.0f}% of {survey}")
            self._clock.sleep(pause)
            pause = min(2 * pause, LONGEST_LOOK)

    def _held(self, path: str) -> Any:
        try:
            return self._client.get(path).json()
        except RemoteError as error:
            if error.status == 404:
                raise _GoneError from None
            raise self._explained(error) from None

    def _downloaded(self, survey: str, done: Mapping[str, Any], to: Path, read: Callable[[Export], T]) -> T:
        why = ""
        for _ in range(TRIES):
            try:
                self._client.download(f"surveys/{survey}/export-responses/{done['fileId']}/file", to)
                return read(Export(to, done.get("continuationToken")))
            except RemoteError as error:
                if error.status in (404, 410):
                    raise _GoneError from None
                raise self._explained(error) from None
            except BadFileError as error:
                why = str(error)
            finally:
                to.unlink(missing_ok=True)
        raise failure.bad_file(survey, why)

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except RemoteError as error:
            raise self._explained(error) from None

    def _explained(self, error: RemoteError) -> RemoteError:
        options = self._options
        others = self._others() if error.status == 404 else ""
        return failure.explained(error, options.token, options.site, options.survey, others)

    def _others(self) -> str:
        """The surveys that there are, in a sentence."""
        try:
            surveys = self.surveys()
        except RemoteError:  # the message is about the survey; why there is no list does not matter
            return ""
        meant = closest(self._options.survey, list(surveys))
        ordered = [meant, *(one for one in surveys if one != meant)] if meant else list(surveys)
        more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
        return f"They see {', '.join(f'{one} ({surveys[one]})' for one in ordered[:SHOWN]) or 'none'}{more}."


class BadFileError(Exception):
    """The file of an export is broken; it says why."""


def utc(moment: Any) -> str:
    """A day or a time as the service writes it."""
    import datetime as dt

    if not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time())
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return f"{aware.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _result(page: Any) -> Mapping[str, Any]:
    result = page.get("result") if isinstance(page, dict) else None
    if not isinstance(result, dict):
        message = "Qualtrics answered without a result."
        raise RemoteError(Diagnostic("QX09", message, hint="Is `site` the address of the data centre?"))
    return result


def _field(page: Any, name: str) -> Any:
    value = _result(page).get(name)
    if value is None:
        raise RemoteError(Diagnostic("QX09", f"Qualtrics answered without {name}.", hint="Try again later."))
    return value


def _complaint(response: Response) -> str | None:
    """What the service says about an error."""
    try:
        return str(response.json()["meta"]["error"]["errorMessage"])
    except (KeyError, TypeError, RemoteError):
        return None
