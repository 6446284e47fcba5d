"""A Qualtrics that keeps surveys and responses, makes exports in its own time, and forgets them again."""

import csv
import datetime as dt
import io
import json
import re
import zipfile

import httpx

from .qualtrics_contract import checker

TOKEN = "planted-s3cret/with+signs="
SURVEY = "SV_0Abc1Def2Ghi3Jk"
PATH = re.compile(r"/API/v3/(?P<path>.*)")
CHOICE = {"Display": "x"}


def choices(*labels):
    return {str(number): {"Display": label} for number, label in enumerate(labels, 1)}


def question(key, text, kind, selector, **more):
    return key, {
        "QuestionID": key,
        "QuestionText": text,
        "DataExportTag": key.replace("QID", "Q"),
        "QuestionType": kind,
        "Selector": selector,
        **more,
    }


SATISFIED = ("Very dissatisfied", "Dissatisfied", "Neutral", "Satisfied", "Very satisfied")
QUESTIONS = dict(
    [
        question(
            "QID1",
            "How likely are you to <b>recommend</b> us?",
            "MC",
            "NPS",
            SubSelector="TX",
            Choices={str(n): {"Display": str(n)} for n in range(11)},
        ),
        question(
            "QID2",
            "How satisfied were you with the checkout?&nbsp;",
            "MC",
            "SAVR",
            SubSelector="TX",
            Choices=choices(*SATISFIED, "Don't know"),
            RecodeValues={"1": "1", "2": "2", "3": "3", "4": "4", "5": "5", "6": "-1"},
        ),
        question(
            "QID3",
            "Which of these did you use?",
            "MC",
            "MAVR",
            SubSelector="TX",
            Choices={
                "1": {"Display": "Web"},
                "2": {"Display": "App"},
                "4": {"Display": "Other", "TextEntry": "true"},
            },
        ),
        question(
            "QID4",
            "How satisfied were you with ...",
            "Matrix",
            "Likert",
            SubSelector="SingleAnswer",
            Choices=choices("the search", "the delivery"),
            Answers=choices(*SATISFIED),
            RecodeValues={"1": "1", "2": "2", "3": "3", "4": "4", "5": "5"},
        ),
        question("QID5", 'What should we do <br>"better"?', "TE", "ML"),
        question(
            "QID6",
            "Where do you live?",
            "MC",
            "DL",
            Choices=choices("North", "South", "West"),
            RecodeValues={},
        ),
        question(
            "QID7",
            "How easy was it?",
            "Slider",
            "HSLIDER",
            Choices=choices("Ease"),
            Configuration={"CSSliderMin": 0, "CSSliderMax": 10},
        ),
        question("QID8", "Read this.", "DB", "TB"),
        question(
            "QID9", "How was the item?", "MC", "SAVR", Choices=choices("Poor", "Fair", "Good", "Very good")
        ),
        question("QID10", "In the bin.", "TE", "SL"),
    ]
)
DEFINITION = {
    "SurveyID": SURVEY,
    "SurveyName": "Checkout, spring",
    "SurveyStatus": "Active",
    "Questions": QUESTIONS,
    "Blocks": {
        "BL_1": {
            "Type": "Default",
            "BlockElements": [{"Type": "Question", "QuestionID": f"QID{n}"} for n in range(1, 9)],
        },
        "BL_2": {
            "Type": "Standard",
            "BlockElements": [{"Type": "Question", "QuestionID": "QID9"}],
            "Options": {
                "Looping": "Static",
                "LoopingOptions": {"Static": {"1": {"1": "shoes"}, "2": {"1": "hats"}}},
            },
        },
        "BL_3": {"Type": "Trash", "BlockElements": [{"Type": "Question", "QuestionID": "QID10"}]},
    },
    "SurveyFlow": {
        "Flow": [
            {
                "Type": "EmbeddedData",
                "EmbeddedData": [{"Field": "Customer Type"}, {"Field": "customerId"}, {"Field": "Email"}],
            },
            {"Type": "Branch", "Flow": [{"Type": "EmbeddedData", "EmbeddedData": [{"Field": "country"}]}]},
        ]
    },
}


def response(number, **values):
    """A response, as the JSON export has it."""
    moment = dt.datetime(2026, 1, 1, 9, 30, tzinfo=dt.UTC) + dt.timedelta(hours=number)
    stamp = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    answers = {
        "startDate": stamp,
        "endDate": stamp,
        "recordedDate": stamp,
        "status": 0,
        "ipAddress": "203.0.113.7",
        "progress": 100,
        "duration": 38,
        "finished": 1,
        "distributionChannel": "anonymous",
        "userLanguage": "EN",
        "_recordId": f"R_{number:03}",
        "QID1": number % 11,
        "QID1_NPS_GROUP": 1,
        "QID2": number % 5 + 1,
        "QID3": ["1", "4"] if number % 2 else ["2"],
        "QID4_1": number % 5 + 1,
        "QID5_TEXT": f'Naïve, "quoted"\nand broken {number}',
        "QID6": number % 3 + 1,
        "QID7_1": 7.5,
        "1_QID9": 4,
        "customerId": f"C{number:04}",
        "country": "NL",
    }
    answers.update(values)
    return {
        "responseId": f"R_{number:03}",
        "values": {key: value for key, value in answers.items() if value is not None},
        "labels": {"QID2": "Good"},
        "displayedFields": ["QID1", "QID2", "QID4_1", "QID4_2", "QID5_TEXT"],
        "displayedValues": {},
    }


RESPONSES = [response(number) for number in range(1, 8)]


class FakeQualtrics:
    """Call it with a request. Attributes change what it does; `log` has the words of every request."""

    def __init__(self, responses=RESPONSES, *, definition=DEFINITION, looks=2):
        self.definition, self.looks = definition, looks
        self.changes = list(enumerate(responses, 1))
        self.jobs, self.files, self.log = {}, {}, []
        self.failing_jobs = self.expired_files = self.broken_files = 0
        self.expired_tokens = False
        self.damage = lambda packed: packed[: len(packed) // 2]
        self.pack = None
        self.may_read = True

    def add(self, *responses):
        """New responses, or newer versions of old ones."""
        for one in responses:
            self.changes.append((len(self.changes) + 1, one))

    def __call__(self, request):
        path = PATH.fullmatch(request.url.path)["path"]
        self.log.append(f"{request.method} {path}")
        answer = self._play(request, path)
        checker()(request, answer)
        return answer

    def _play(self, request, path):
        if request.headers.get("X-API-TOKEN") != TOKEN:
            return error(401, "Unrecognized X-API-TOKEN.")
        if path == "surveys":
            return self._surveys(request)
        if not self.may_read and path.startswith("survey"):
            return error(403, "User does not have permission.")
        if SURVEY not in path.split("/"):
            return error(404, "The survey does not exist.")
        if path == f"survey-definitions/{SURVEY}":
            return ok(self.definition)
        rest = path.removeprefix(f"surveys/{SURVEY}/export-responses").strip("/")
        if request.method == "POST":
            return self._start(json.loads(request.content))
        return self._file(rest.removesuffix("/file")) if rest.endswith("/file") else self._progress(rest)

    def _surveys(self, request):
        offset = int(request.url.params.get("offset", 0))
        every = [{"id": SURVEY, "name": "Checkout, spring"}, {"id": "SV_9Zyx8Wvu7Tsr6Qp", "name": "Shop"}]
        following = str(request.url.copy_with(params={"offset": 1})) if offset == 0 else None
        return ok({"elements": every[offset : offset + 1], "nextPage": following})

    def _start(self, body):
        since = 0
        if "continuationToken" in body:
            if self.expired_tokens:
                return error(400, "The continuation token has expired.")
            since = int(body["continuationToken"].removeprefix("T"))
        job = f"ES_{len(self.jobs)}"
        wanted = [(number, one) for number, one in self.changes if number > since]
        last = {one["responseId"]: number for number, one in wanted}
        found = [one for number, one in wanted if last[one["responseId"]] == number]
        token = f"T{len(self.changes)}" if body.keys() & {"continuationToken", "allowContinuation"} else None
        self.jobs[job] = {"looks": 0, "body": body, "found": found, "token": token}
        return ok({"progressId": job, "percentComplete": 0.0, "status": "inProgress"})

    def _progress(self, key):
        job = self.jobs.get(key)
        if job is None:
            return error(404, "No such export.")
        job["looks"] += 1
        if job["looks"] < self.looks:
            return ok({"percentComplete": 50.0, "status": "inProgress"})
        if self.failing_jobs:
            self.failing_jobs -= 1
            return ok({"percentComplete": 50.0, "status": "failed"})
        self.files[f"file-{key}"] = job
        token = {"continuationToken": job["token"]} if job["token"] else {}
        return ok({"percentComplete": 100.0, "status": "complete", "fileId": f"file-{key}", **token})

    def _file(self, key):
        job = self.files.get(key)
        if job is None or self.expired_files:
            self.expired_files = max(self.expired_files - 1, 0)
            return error(404, "The file does not exist.")
        packed = packed_as(job["body"], job["found"]) if self.pack is None else self.pack(job)
        if self.broken_files:
            self.broken_files -= 1
            packed = self.damage(packed)
        return httpx.Response(200, content=packed, headers={"Content-Type": "application/octet-stream"})


def packed_as(body, found):
    text = as_csv(found, body) if body["format"] == "csv" else json.dumps({"responses": found})
    return zipped({f"Checkout, spring.{body['format']}": text})


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def as_csv(found, body):
    """Today's form: three rows of header; naive times; choices between commas; a code for the unanswered."""
    seen = dict.fromkeys(key for one in [response(0), *found] for key in one["values"])
    keys = [*seen, *(key for key in response(0)["displayedFields"] if key not in seen)]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([key.replace("QID", "Q") for key in keys])
    writer.writerow([f"wording of {key}" for key in keys])
    writer.writerow([json.dumps({"ImportId": key}) for key in keys])
    for one in found:
        writer.writerow([cell(one, key, body.get("seenUnansweredRecode")) for key in keys])
    return "\ufeff" + out.getvalue()


def cell(one, key, unanswered):
    value = one["values"].get(key)
    if value is None:
        return unanswered if unanswered is not None and key in one["displayedFields"] else ""
    if key.endswith("Date"):
        return value.replace("T", " ").removesuffix("Z")
    return ",".join(value) if isinstance(value, list) else value


def ok(result):
    return httpx.Response(200, json={"result": result, "meta": {"httpStatus": "200 - OK"}})


def error(status, message):
    meta = {"httpStatus": f"{status}", "error": {"errorCode": "X", "errorMessage": message}}
    return httpx.Response(status, json={"meta": meta})
