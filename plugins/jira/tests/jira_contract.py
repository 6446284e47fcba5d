"""Checks requests and responses against the vendor's OpenAPI document, and descriptions against the schema of ADF.

The documents are not part of this distribution: they lie beside a checkout of cxengine. Without them the fake
plays unchecked, and `test_contract.py` says so by skipping.
"""

import json
import os
import re
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

CONTRACTS = Path(
    os.environ.get("CXENGINE_CONTRACTS") or Path(__file__).parent / "../../../../shared/contracts"
)
DOCUMENT = CONTRACTS / "jira" / "openapi.json"
ADF = CONTRACTS / "adf" / "adf-full.schema.json"
ABSENT = f"the vendor's contracts are not at {CONTRACTS.resolve()}"


@cache
def checker():
    """The check, None where the documents are not there."""
    return Checker() if DOCUMENT.exists() and ADF.exists() else None


class Checker:
    """Raises AssertionError at whatever the contract does not allow."""

    def __init__(self):
        import jsonschema
        from openapi_core import OpenAPI

        self.document = json.loads(DOCUMENT.read_text())
        self.document["servers"] = [{"url": "https://acme.atlassian.net"}]
        _only_basic(self.document)
        self.api = OpenAPI.from_dict(self.document)
        schema = json.loads(ADF.read_text())
        self.adf = jsonschema.Draft4Validator(schema)
        self.seen = set()
        self.known = {}

    def request(self, request):
        template, operation = self._operation(request)
        unknown = set(request.url.params) - {
            p["name"] for p in self._parameters(template, operation) if p["in"] == "query"
        }
        assert not unknown, f"undeclared query parameters of {template}: {unknown}"
        problem = self._once(
            request, None, lambda: self._problem(self.api.validate_request, _Request(request))
        )
        assert problem is None, f"{request.method} {request.url.path}: {problem}"
        self._adf(request)

    def response(self, request, answer):
        template, operation = self._operation(request)
        assert str(answer.status_code) in operation["responses"], (
            f"{answer.status_code} is no answer of {template}"
        )
        if answer.status_code in (401, 403, 404) or not answer.content:
            return
        if "content" not in operation["responses"][str(answer.status_code)]:
            return
        check = lambda: self._problem(self.api.validate_response, _Request(request), _Response(answer))  # noqa: E731
        problem = self._once(request, answer, check)
        assert problem is None, f"{request.method} {request.url.path} answered: {problem}"

    def _once(self, request, answer, check):
        """The same request or answer is checked once: runs with faults send each of them a hundred times."""
        path = re.sub(r"[A-Z]+-\d+", "KEY", request.url.path)
        content = request.content if answer is None else answer.content
        key = (request.method, path, str(request.url.params), answer and answer.status_code, content)
        if key not in self.known:
            self.known[key] = check()
        return self.known[key]

    @staticmethod
    def _problem(validate, *parts):
        try:
            validate(*parts)
        except Exception as error:
            cause = error.__cause__
            schema = getattr(cause, "schema_errors", None) or getattr(
                cause.__cause__ if cause else None, "schema_errors", None
            )
            return f"{type(error).__name__}: {error} | {cause} | {[x.message[:200] for x in schema or ()]}"
        return None

    def _operation(self, request):
        path = request.url.path
        fit = [
            (template, operations[request.method.lower()])
            for template, operations in self.document["paths"].items()
            if request.method.lower() in operations and re.fullmatch(_pattern(template), path)
        ]
        assert fit, f"the contract has no {request.method} {path}"
        best = min(fit, key=lambda one: one[0].count("{"))  # the most literal path counts
        self.seen.add((request.method, best[0]))
        return best

    def _parameters(self, template, operation):
        for one in [
            *operation.get("parameters", ()),
            *self.document["paths"][template].get("parameters", ()),
        ]:
            yield (
                self.document["components"]["parameters"][one["$ref"].split("/")[-1]]
                if "$ref" in one
                else one
            )

    def _adf(self, request):
        if not request.content or request.method not in ("POST", "PUT"):
            return
        body = json.loads(request.content)
        for one in body.get("issueUpdates", [body]):
            fields = one.get("fields") if isinstance(one, dict) else None
            document = fields.get("description") if isinstance(fields, dict) else None
            if document is not None:
                text = json.dumps(document, sort_keys=True)
                if text not in self.known:
                    self.known[text] = [error.message[:200] for error in self.adf.iter_errors(document)]
                assert not self.known[text], f"a description is no ADF: {self.known[text]}"


def _only_basic(document):
    """Takes OAuth 2 out, which openapi-core does not know and warns about: we use API tokens."""
    document["components"]["securitySchemes"].pop("OAuth2", None)
    for operations in document["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict) and "security" in operation:
                operation["security"] = [{"basicAuth": []}]


def _pattern(template):
    return re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template))


class _Request:
    def __init__(self, request):
        from openapi_core.datatypes import RequestParameters
        from werkzeug.datastructures import Headers, ImmutableMultiDict

        self.host_url = "https://acme.atlassian.net"
        self.path = request.url.path
        self.full_url_pattern = self.host_url + self.path
        self.method = request.method.lower()
        self.content_type = self.mimetype = request.headers.get("content-type", "application/json").split(
            ";"
        )[0]
        self.body = request.content or None
        query = ImmutableMultiDict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
        self.parameters = RequestParameters(
            query=query, header=Headers(list(request.headers.items())), cookie=ImmutableMultiDict()
        )


class _Response:
    def __init__(self, answer):
        self.status_code = answer.status_code
        self.content_type = answer.headers.get("content-type", "application/json").split(";")[0]
        self.data = answer.content
        self.headers = dict(answer.headers)
