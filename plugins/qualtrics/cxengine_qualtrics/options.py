"""The options of the source."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal
from urllib.parse import urlsplit

import attrs
from cxengine_standard.qualtrics import Refusable

from cxengine.diagnostics import Diagnostic
from cxengine.plugin import OptionError, Secret, option
from cxengine.plugin.http import HttpOptions

SURVEY = re.compile(r"SV_[A-Za-z0-9]{11,15}")
WHERE_THE_SURVEY_IS = "Its id begins with SV_; the address of the survey in Qualtrics shows it."
WHERE_THE_SITE_IS = (
    "Account Settings > Qualtrics IDs shows the data centre, such as fra1: https://fra1.qualtrics.com"
)


@attrs.frozen(kw_only=True)
class QualtricsOptions:
    """Which responses, and how to reach them."""

    survey: str = option("The id of the survey, such as SV_0Abc1Def2Ghi3Jk.")
    site: str = option("Where the account is: https://DATACENTRE.qualtrics.com.")
    token: Secret = option(
        "Where the API token is kept: of a user who may see the survey and export its responses.",
        default=Secret("env", "QUALTRICS_TOKEN"),
    )
    state: str | None = option(
        "A folder, relative to the TOML file, that keeps the responses, so that a run asks only for what is"
        " new or was changed. It holds answers as they were given: treat it like the evidence. By default"
        " nothing is kept, and every run exports all responses.",
        default=None,
    )
    refresh_days: float = option(
        "What is kept is exported anew after so many days, because Qualtrics does not tell what was deleted.",
        minimum=0,
        default=30.0,
    )
    since: dt.datetime | dt.date | None = option(
        "Only responses recorded from then on (a time without a zone is UTC).", default=None
    )
    until: dt.datetime | dt.date | None = option("Only responses recorded before then.", default=None)
    format: Literal["json", "csv"] = option(
        "The format that is asked for; the rows are the same.", default="json"
    )
    unanswered: int | None = option(
        "A code such as -99 for questions that were shown and not answered; by default they are as empty as"
        " those that were not shown. Name it in the mapping's `no_answer`.",
        default=None,
    )
    refuse: tuple[Refusable, ...] = option(
        "Kinds of responses that are no answers, by their Status; they are set aside with the reason.",
        default=("preview", "test", "spam"),
    )
    leave_out: tuple[str, ...] = option(
        "Columns that are neither read nor kept.",
        default=("IPAddress", "LocationLatitude", "LocationLongitude"),
    )
    patience: float = option("Seconds to wait for one export to be made.", above=0, default=3600.0)
    largest_unpacked: int = option(
        "Bytes that an export may have, unpacked.", minimum=1, default=8_000_000_000
    )
    http: HttpOptions = option("How the service is talked to.", default=HttpOptions())

    @property
    def base(self) -> str:
        """Where the API begins.

        Raises:
            OptionError: QX01, `site` is no address of an account.
        """
        parts = urlsplit(self.site)
        if parts.scheme not in ("https", "http") or not parts.netloc or parts.path.strip("/") or parts.query:
            message = f'"{self.site}" is no address of an account with Qualtrics.'
            raise OptionError("site", Diagnostic("QX01", message, hint=WHERE_THE_SITE_IS))
        return f"{parts.scheme}://{parts.netloc}/API/v3"

    def check_survey(self) -> str:
        """The id of the survey.

        Raises:
            OptionError: QX02, it is none.
        """
        if not SURVEY.fullmatch(self.survey):
            message = f'"{self.survey}" is no id of a survey.'
            raise OptionError("survey", Diagnostic("QX02", message, hint=WHERE_THE_SURVEY_IS))
        return self.survey
