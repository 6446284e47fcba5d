"""Servers that the tests start for themselves, on loopback, in temporary folders, and stop again."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 300
"""Seconds that a process is given to say that it is ready; on an idle machine it takes five."""
ATTEMPTS = 5
"""Another program may take a free port before the server does."""


class CannotStartError(Exception):
    """A server does not start here; the text says why."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def unprivileged():
    """Whom PostgreSQL runs as, which refuses to run as root; Debian's package makes the first of them."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def postgres_programs():
    """The folder of `initdb` and `pg_ctl`; None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda p: int(p.parts[-3]))
    anywhere = shutil.which("pg_ctl")
    return found[-1].parent if found else Path(anywhere).resolve().parent if anywhere else None


@contextmanager
def folder_of(user):
    """A temporary folder of the user's own, in a place that this user can reach.

    Not below pytest's: every session of pytest takes the rights of others to its folders away.
    """
    places = map(Path, (tempfile.gettempdir(), "/tmp", "/var/tmp"))
    place = next(p for p in places if user is None or all(q.stat().st_mode & 0o001 for q in (p, *p.parents)))
    with tempfile.TemporaryDirectory(prefix="cxengine-postgres-", dir=place) as name:
        if user:
            shutil.chown(name, user)
        yield Path(name)


@contextmanager
def postgres():
    """A new server; gives its connection string."""
    user = unprivileged()
    with folder_of(user) as folder, _server(folder, user) as connection:
        yield connection


@contextmanager
def _server(folder, user):
    programs, data = postgres_programs(), folder / "data"

    def call(program, *arguments):
        command = [programs / program, *map(str, arguments)]
        done = subprocess.run(
            command, user=user, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        return "" if done.returncode == 0 else done.stderr or f"{program} ended with {done.returncode}"

    if said := call(
        "initdb", "--auth=trust", "--username=cx", "--encoding=UTF8", "--locale=C", "--no-sync", "-D", data
    ):
        raise CannotStartError(f"PostgreSQL makes no database: {said}")
    for _ in range(ATTEMPTS):
        port, log = free_port(), folder / "log"
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        if not (
            said := call(
                "pg_ctl", "start", "--wait", f"--timeout={PATIENCE}", "-D", data, "-l", log, "-o", options
            )
        ):
            break
    else:
        raise CannotStartError(f"PostgreSQL does not start: {said} {log.read_text()[-500:]}")
    try:
        yield f"postgresql://cx@127.0.0.1:{port}/postgres"
    finally:
        said = call("pg_ctl", "stop", "--wait", "--mode=immediate", "-D", data)
        assert not said, said


class Cluster:
    """A Spark standalone cluster; `workers` are processes of their own, each in a group with its executors."""

    def __init__(self, folder):
        import pyspark

        self.url = ""
        self.workers = []
        self.processes = []
        self._folder = folder
        self._home = Path(pyspark.__file__).parent
        self._environment = os.environ | {
            "SPARK_HOME": str(self._home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(folder),
            "PYSPARK_PYTHON": sys.executable,
        }

    def start(self, name, kind, *arguments):
        """A process; gives where it logs."""
        log = self._folder / f"{name}.log"
        command = [
            self._home / "bin" / "spark-class",
            f"org.apache.spark.deploy.{kind}",
            *map(str, arguments),
        ]
        with log.open("w") as out:
            process = subprocess.Popen(
                command,
                env=self._environment,
                cwd=self._folder,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.processes.append(process)
        return log

    def start_master(self):
        log = self.start("master", "master.Master", "--host", "127.0.0.1", "--port", 0, "--webui-port", 0)
        started = wait_for(log, r"Starting Spark master at (spark://127\.0\.0\.1:\d+)", self.processes[-1])
        self.url = started[1]

    def start_workers(self, count):
        logs = []
        for number in range(count):
            logs.append(
                self.start(
                    f"worker{number}", "worker.Worker", "--host", "127.0.0.1", "--cores", 1, "--memory", "1g",
                    "--webui-port", 0, "--work-dir", self._folder / f"worker{number}", self.url,
                )
            )  # fmt: skip
            self.workers.append(self.processes[-1])
        for log, process in zip(logs, self.workers, strict=True):
            wait_for(log, "Successfully registered with master", process)

    def kill(self, process):
        """Kills a process with the executors it started."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def spark(folder, workers=2):
    """A new cluster: one master and some workers."""
    cluster = Cluster(folder)
    try:
        cluster.start_master()
        cluster.start_workers(workers)
        yield cluster
    finally:
        for process in reversed(cluster.processes):
            cluster.kill(process)


def wait_for(log, pattern, process):
    """What matches `pattern` in the log of a process, as soon as it is there.

    Raises:
        CannotStartError: the process has ended, or takes too long.
    """
    deadline = time.monotonic() + PATIENCE
    while not (found := re.search(pattern, log.read_text(encoding="utf-8", errors="replace"))):
        if process.poll() is not None or time.monotonic() > deadline:
            raise CannotStartError(
                f"Spark does not start: {log.read_text(encoding='utf-8', errors='replace')[-1000:]}"
            )
        time.sleep(0.1)
    return found
