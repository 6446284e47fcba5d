"""The fake behind a real HTTP server on loopback, and a process that applies a plan to it and may be killed."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs
import httpx
from fake_jira import FakeJira
from jira_contract import checker

CHILD = """
import sys
from pathlib import Path
from cxengine_jira.exporter import Jira
from cxengine_jira.options import JiraOptions
from cxengine.plugin import Secret
from cxengine.plugin.plan_file import read_plan
options = JiraOptions(site=sys.argv[1], user="a@b.example", token=Secret("env", "JIRA_TOKEN"), project="SHOP", search_lag=0)
for outcome in Jira(options).apply(read_plan(Path(sys.argv[2]))):
    assert outcome.status == "done", outcome
"""


@attrs.define
class Loopback:
    """Serves the fake; kills `victim` at the request with the number `at`, before or after it has acted."""

    fake: FakeJira = attrs.field(factory=lambda: FakeJira(check=checker()))
    server: ThreadingHTTPServer = None
    requests: int = 0
    victim: subprocess.Popen | None = None
    at: int = -1
    acts: bool = False
    problems: list = attrs.field(factory=list)

    @property
    def site(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                loopback.answer(self)

            do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names of http.server

            def log_message(self, *_):
                """Nothing is printed."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler):
        content = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        request = httpx.Request(
            handler.command,
            f"https://acme.atlassian.net{handler.path}",
            headers=dict(handler.headers.items()),
            content=content,
        )
        number, self.requests = self.requests, self.requests + 1
        kill = self.victim is not None and number == self.at
        if kill and not self.acts:
            return self.end(handler)
        try:
            answer = self.fake.play(request)
        except AssertionError as error:  # told by the test, not lost in a thread of the server
            self.problems.append(error)
            answer = httpx.Response(500)
        if kill:
            return self.end(handler)
        body = answer.content
        handler.send_response(answer.status_code)
        handler.send_header("Content-Type", answer.headers.get("content-type", "text/plain"))
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        return None

    def end(self, handler):
        self.victim.kill()
        self.victim.wait()
        handler.close_connection = True

    def apply(self, plan_file, at=-1, *, acts=False):
        """Applies a plan in a process of its own; its exit code."""
        self.requests, self.at, self.acts = 0, at, acts
        self.victim = None
        command = [sys.executable, "-c", CHILD, self.site, str(plan_file)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            self.victim = process
            _, said = process.communicate(timeout=120)
        self.victim = None
        return process.returncode, said.decode()
