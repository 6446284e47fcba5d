"""What embedders rely on: the public names, and an import that costs next to nothing."""

import json
import subprocess
import sys

import cxengine

HEAVY = {"asyncio", "cattrs", "click", "cxengine_standard", "duckdb", "jinja2", "networkx", "numpy", "pluggy"}
HEAVY |= {"py3langid", "pyarrow", "re2", "rich", "scipy", "sqlglot", "tomlkit", "vaderSentiment", "zoneinfo"}
"""What takes time to import; how much in all is in docs/benchmarks/startup.md."""


def imported_by(code: str) -> set[str]:
    script = f"{code}\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout
    return set(json.loads(output.splitlines()[-1]))


def test_every_public_name_is_there():
    for name in cxengine.__all__:
        assert getattr(cxengine, name) is not None
    assert dir(cxengine) == cxengine.__all__


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(cxengine, "engin")


def test_importing_cxengine_imports_nothing_heavy():
    assert not HEAVY & imported_by("import cxengine")


def test_the_help_of_the_command_line_imports_nothing_heavy_but_click():
    code = (
        "import sys; sys.argv = ['cxengine', '--help']\n"
        "from cxengine.cli import main\n"
        "try: main()\nexcept SystemExit: pass"
    )
    assert not (HEAVY - {"click"}) & imported_by(code)


def test_importing_logs_nothing_and_configures_no_logging():
    code = "import logging, cxengine, cxengine.engine; assert not logging.getLogger().handlers"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_the_http_client_is_imported_when_one_is_opened():
    found = imported_by("import cxengine.plugin, cxengine.plugin.http, cxengine.engine, cxengine.cli.export")
    assert not {"httpx", "stamina", "tenacity"} & found
