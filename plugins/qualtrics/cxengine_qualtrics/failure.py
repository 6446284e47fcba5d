"""What can go wrong besides a request, in one place: the code, the sentence, the way out."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.plugin.http import RemoteError
from cxengine.plugin.secret import Secret


def job_failed(survey: str) -> EvidenceError:
    """Qualtrics could not make the export."""
    return _error(
        "QX03",
        f"Qualtrics failed to export {survey}, twice.",
        "Exports of more than 1.8 GB fail: ask for less with `since` and `until`; or try again later.",
    )


def job_too_slow(survey: str, percent: float, seconds: float) -> EvidenceError:
    """The export was not made in time."""
    return _error(
        "QX04",
        f"Qualtrics has made {percent:.0f}% of the export of {survey} in {seconds:,.0f} s.",
        "Try again later, ask for less with `since` and `until`, or wait longer: `patience`.",
    )


def job_gone(survey: str) -> EvidenceError:
    """The export, or its file, was there and is not any more."""
    return _error(
        "QX05",
        f"The export of {survey} was gone before it was read, twice.",
        "Exports are kept for a short time only: try again, with a connection that is fast enough.",
    )


def bad_file(survey: str, why: str) -> EvidenceError:
    """The file of the export cannot be read."""
    hint = "It was downloaded twice: try again later, and if it stays, ask for the other `format`."
    return _error("QX06", f"The export of {survey} cannot be read: {why}.", hint)


def too_large(survey: str, limit: int) -> EvidenceError:
    """Unpacked, the file has more bytes than it may."""
    hint = "Ask for less with `since` and `until`, or allow more: `largest_unpacked`."
    return _error("QX07", f"The export of {survey} has more than {limit:,} bytes, unpacked.", hint)


def no_survey(surveys: Mapping[str, str]) -> EvidenceError:
    """Nobody said which survey."""
    listed = ", ".join(f"{key} ({name})" for key, name in surveys.items())
    return _error(
        "QX02", "Which survey?", f"There are: {listed}." if listed else "The owner of the token sees none."
    )


def damaged(path: str) -> EvidenceError:
    """What earlier runs kept cannot be read."""
    return _error("QX08", f"{path} is damaged.", "Delete it; the next run exports everything anew.")


def explained(error: RemoteError, secret: Secret, site: str, survey: str, others: str = "") -> RemoteError:
    """A refusal of the service with a way out that knows the service."""
    hint = {
        401: f"See whether {secret} holds the token (Account Settings > Qualtrics IDs) of a user of {site}:"
        " tokens hold for the brand and the data centre of their owner.",
        403: f"The owner of the token in {secret} needs the permission to use the API, and to view {survey}"
        " and its responses: let the survey be shared with them.",
        404: f"The owner of the token in {secret} sees no {survey} at {site}. {others}".rstrip(),
    }.get(error.status or 0)
    if hint is None:
        return error
    found = attrs.evolve(error.diagnostics[0], hint=hint)
    return RemoteError(found, status=error.status, text=error.text)


def _error(code: str, message: str, hint: str) -> EvidenceError:
    return EvidenceError(Diagnostic(code, message, hint=hint))
