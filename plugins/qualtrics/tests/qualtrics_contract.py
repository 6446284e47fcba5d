"""Checks requests and responses against the OpenAPI document that was derived from the vendor's text.

The document is not part of this distribution: it lies beside a checkout of cxengine. Without it the fake plays
unchecked, and `test_contract.py` says so by skipping.
"""

import json
import os
import re
from functools import cache
from pathlib import Path

SHARED = (Path(__file__).parent / "../../../../shared").resolve()
CONTRACTS = Path(os.environ.get("CXENGINE_CONTRACTS") or SHARED / "contracts")
DOCUMENT = CONTRACTS / "qualtrics" / "openapi-derived.json"
ABSENT = f"the contract derived from the vendor's text is not at {DOCUMENT}"


@cache
def checker():
    """The check; one that allows everything where the document is not there."""
    return Checker() if DOCUMENT.exists() else lambda request, answer: None


class Checker:
    """Raises AssertionError at whatever the contract does not allow. The same exchange is checked once."""

    def __init__(self):
        from openapi_core import OpenAPI

        self.document = json.loads(DOCUMENT.read_text())
        self.document["servers"] = [{"url": "https://fra1.qualtrics.com/API/v3"}]
        self.api = OpenAPI.from_dict(self.document)
        self.seen, self.known = set(), {}

    def __call__(self, request, answer):
        path = request.url.path.removeprefix("/API/v3")
        template, operation = self.operation(request.method, path)
        declared = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
        assert set(request.url.params) <= declared, f"undeclared query parameters: {request.url}"
        self.seen.add((request.method, template, answer.status_code))
        plain = (re.sub(r"ES_\d+", "ES", path), request.method, request.content, answer.status_code)
        if plain not in self.known:
            self.known[plain] = self.problem(request, answer, operation)
        assert self.known[plain] is None, f"{request.method} {path}: {self.known[plain]}"

    def operation(self, method, path):
        for template, operations in self.document["paths"].items():
            fits = re.fullmatch(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template)), path)
            if fits and method.lower() in operations:
                return template, operations[method.lower()]
        raise AssertionError(f"the contract has no {method} {path}")

    def problem(self, request, answer, operation):
        try:
            self.api.validate_request(_Request(request))
            if str(answer.status_code) in operation["responses"]:
                self.api.validate_response(_Request(request), _Response(answer))
        except Exception as error:
            cause = error.__cause__
            inner = getattr(cause, "schema_errors", None) or getattr(
                cause and cause.__cause__, "schema_errors", ()
            )
            return f"{type(error).__name__}: {[one.message[:200] for one in inner or ()] or str(error)[:300]}"
        return None


class _Request:
    def __init__(self, request):
        from openapi_core.datatypes import RequestParameters
        from werkzeug.datastructures import Headers, ImmutableMultiDict

        self.host_url = "https://fra1.qualtrics.com"
        self.path = request.url.path
        self.full_url_pattern = self.host_url + self.path
        self.method = request.method.lower()
        self.content_type = self.mimetype = request.headers.get("content-type", "application/json").split(
            ";"
        )[0]
        self.body = request.content or None
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.url.params.multi_items()),
            header=Headers(list(request.headers.items())),
            cookie=ImmutableMultiDict(),
        )


class _Response:
    def __init__(self, answer):
        self.status_code = answer.status_code
        self.content_type = answer.headers.get("content-type", "application/json").split(";")[0]
        self.data = answer.content
        self.headers = dict(answer.headers)
