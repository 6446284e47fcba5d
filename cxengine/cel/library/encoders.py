"""The encoders extension: Base64."""

from __future__ import annotations

import base64
import binascii

from ..errors import fault
from ..functions import Function, Overload
from ..types import BYTES, STRING

__all__ = ["FUNCTIONS"]


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise fault("invalid_argument", "the text is no Base64") from error


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


FUNCTIONS = (
    Function(
        "base64.decode",
        (Overload("base64_decode_string", (STRING,), BYTES, python=_decode, linear=True),),
        "The bytes that a Base64 text stands for; padding may be missing.",
    ),
    Function(
        "base64.encode",
        (Overload("base64_encode_bytes", (BYTES,), STRING, python=_encode, linear=True),),
        "The bytes as Base64.",
    ),
)
