"""What the PowerPoint and the Excel edition share: libraries that may be missing, texts, and steady bytes."""

from __future__ import annotations

import io
import re
import zipfile

from cxengine.diagnostics import Diagnostic, OutputError

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def not_installed(what: str, module: str) -> OutputError:
    """That an optional library is missing, with the way to install it."""
    return OutputError(
        Diagnostic(
            "CX606",
            f"{what} need the library {module}, which is not installed.",
            hint='Install it: pip install "cxengine[office]"',
        )
    )


def printable(text: str) -> str:
    """The text without signs that XML cannot hold."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def steady(document: bytes) -> bytes:
    """The same document with no trace of when it was made: same result, same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith(".xlsx"):
                part = steady(part)
            elif name == "docProps/core.xml":
                part = _MOMENT.sub(rb"\g<1>2000-01-01T00:00:00Z\g<2>", part)
            new.writestr(zipfile.ZipInfo(name, _LONG_AGO), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()
