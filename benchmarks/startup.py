"""How long it takes until something is there: `cxengine --help`, and a run over a survey of 3,000 rows.

`python benchmarks/startup.py` prints the table of docs/benchmarks/startup.md, `--write` puts it there.
Medians over processes of their own: wall is what a user waits on this machine, CPU what it costs on any.
"""

import csv
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "startup.md"
ROWS = 3_000
TIMES = 11
PROJECT = """
[project]
id = "survey"
name = "Survey"

[[stage]]
id = "buy"
name = "I buy"

[[stage]]
id = "use"
name = "I use"
{touchpoints}
[[signal]]
id = "recommend"
wording = "How likely are you to recommend us?"
scale = {{ min = 0, max = 10, step = 1 }}
about = "relationship"

[[signal]]
id = "satisfied"
wording = "How satisfied were you?"
scale = {{ min = 1, max = 5, step = 1 }}

[[source]]
id = "survey"
options = {{ path = "survey.csv" }}

[source.mapping]
response_id = "id"
customer_id = "customer"
occurred_at = "at"
attributes = {{ country = "country", member = {{ column = "member", type = "boolean" }} }}
signals = [
  {{ signal = "recommend", columns = {{ recommend = "journey" }} }},
  {{ signal = "satisfied", columns = {{ {columns} }} }},
]

[[segment]]
id = "members"
name = "Members"
when = "attributes.member"

[[segment]]
id = "dutch"
name = "Dutch"
when = 'attributes.country == "NL"'

[[metric]]
id = "nps"
use = "nps"
signal = "recommend"

[[metric]]
id = "csat"
use = "csat_mean"
signal = "satisfied"

[[rule]]
id = "hurts"
about = "touchpoint"
when = "metrics.csat.value < 3.5 && pain > 0.1"
derive = {{ hurts = "true" }}

[[initiative]]
id = "mend"
name = "Mend it"
effort = [2, 4, 8]
effects = [{{ metric = "csat", touchpoint = "t0", change = [0.1, 0.3, 0.5] }}]
"""
TOUCHPOINTS = [f"t{number}" for number in range(10)]


def write(folder):
    """A survey of 3,000 rows about ten touchpoints, and its project."""
    dice = random.Random(3)
    tables = "".join(
        f'\n[[touchpoint]]\nid = "{name}"\nname = "Touchpoint {name}"\nstage = "{("buy", "use")[i % 2]}"\n'
        for i, name in enumerate(TOUCHPOINTS)
    )
    columns = ", ".join(f'{name} = "{name}"' for name in TOUCHPOINTS)
    text = PROJECT.format(touchpoints=tables, columns=columns)
    folder.joinpath("cxengine.toml").write_text(text, encoding="utf-8")
    with folder.joinpath("survey.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "customer", "at", "country", "member", "recommend", *TOUCHPOINTS])
        for number in range(ROWS):
            day = f"2025-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
            about = [dice.choice(["NL", "BE"]), dice.choice(["true", "false"]), dice.randint(0, 10)]
            writer.writerow(
                [number, f"c{number % 2000}", day, *about, *(dice.randint(1, 5) for _ in TOUCHPOINTS)]
            )


def measured(*command):
    """Medians of wall and CPU seconds of a command, after one run that is not counted."""
    walls, used = [], []
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for number in range(TIMES + 1):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=False, env=environment)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode in {0, 1}, (done.stdout + done.stderr).decode()
        if number:
            walls.append(wall)
            used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(walls), statistics.median(used)


def lines():
    """The lines of the page's table."""
    engine = [sys.executable, "-m", "cxengine"]
    yield "| command | goal | wall, median | CPU, median |"
    yield "|---|---:|---:|---:|"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        commands = {
            "`python -c pass`": (None, [sys.executable, "-c", "pass"]),
            "`cxengine --help`": (0.150, [*engine, "--help"]),
            "`cxengine check`, the same project": (None, [*engine, "check", str(folder)]),
            f"`cxengine run`, a survey of {ROWS:,} rows": (
                2.5,
                [*engine, "run", str(folder), "--out", f"{name}/out"],
            ),
        }
        for title, (goal, command) in commands.items():
            wall, cpu = measured(*command)
            shown = f"{goal * 1000:,.0f} ms" if goal else ""
            yield f"| {title} | {shown} | {wall * 1000:,.0f} ms | {cpu * 1000:,.0f} ms |"


def main():
    """Prints the table, and writes the page on request."""
    table = "\n".join(lines())
    print(table)
    if "--write" in sys.argv:
        machine = (
            f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()},"
            f" {os.getloadavg()[1]:.0f} processes wanting them"
        )
        PAGE.write_text(
            "# Start-up\n\n"
            "Written by `python benchmarks/startup.py --write`. Medians of"
            f" {TIMES} processes each ({machine}); wall time holds for an idle machine"
            " only, CPU time for any. That `--help` imports nothing heavy is"
            " proved in `tests/test_public_api.py`.\n\n"
            f"{table}\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
