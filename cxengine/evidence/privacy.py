"""Customer ids become pseudonyms before anything else sees them.

A pseudonym is HMAC-SHA256 of the id under a secret key, cut to 128 bits: the same customer has the same
pseudonym in every source and, under the same key, in every run; without the key it tells nothing, and ids
cannot be found by trying all of them, as they could with a plain hash.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import PluginError
from cxengine.evidence.sql import WHITE_SPACE, read
from cxengine.plugin.base import Forgotten

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.checks import Origins
    from cxengine.project.model import Project

KEY_BYTES = 32
PSEUDONYM_CHARACTERS = 32


def known_key(project: Project, origins: Origins) -> bytes | None:
    """The key that customers are known by in every run; None where the environment holds none.

    Raises:
        PluginError: CX321 it is too short or not in the keyring, CX322 no keyring can be asked.
    """
    secret = project.privacy.key
    if secret.store == "env" and not os.environ.get(secret.name):
        return None
    try:
        return secret.reveal().encode()
    except PluginError as error:
        place = origins.locate(("privacy", "key"))
        raise PluginError(*(attrs.evolve(found, location=place) for found in error.diagnostics)) from error


def random_key() -> bytes:
    """A key for one run."""
    return secrets.token_bytes(KEY_BYTES)


def pseudonym(customer: str, key: bytes) -> str:
    """The pseudonym of one customer id: 32 hexadecimal digits."""
    return hmac.digest(key, customer.encode(), "sha256").hex()[:PSEUDONYM_CHARACTERS]


def pseudonyms(customers: pa.Array, key: bytes) -> pa.Array:
    """A column of ids as pseudonyms, each distinct id hashed once; blank ids become null."""
    import pyarrow as pa

    encoded = customers.dictionary_encode()
    ids = [read(c or "") for c in encoded.dictionary.to_pylist()]
    hashed = pa.array([pseudonym(c, key) if c else None for c in ids], pa.string())
    return hashed.take(encoded.indices)


def mark(pseudonym: str) -> str:
    """What remains of a pseudonym where a customer must be known again without being named.

    A pseudonym has 128 bits that nobody can guess without the key, so that its plain hash leads nowhere.
    """
    return hashlib.sha256(_MARK.encode() + pseudonym.encode()).hexdigest()[:PSEUDONYM_CHARACTERS]


def mark_sql(column: str) -> str:
    """The same as DuckDB's SQL."""
    return f"left(sha256('{_MARK}' || {column}), {PSEUDONYM_CHARACTERS})"


def remembered(customers: pa.Array, key: bytes, forgotten: frozenset[str]) -> pa.BooleanArray:
    """Of which rows the customer (as a source names one; null where it names nobody) is not forgotten."""
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = pc.fill_null(customers, "").dictionary_encode()
    kept = [not _is_forgotten(one, key, forgotten) for one in encoded.dictionary.to_pylist()]
    return pa.array(kept, pa.bool_()).take(encoded.indices)


def passed_over(column: str | None, forgotten: frozenset[str], key: bytes | None) -> Forgotten | None:
    """What a source must know of those whose marks are `forgotten`; `column` names the customers."""
    if column is None or key is None or not forgotten:
        return None
    return Forgotten(column, lambda one: _is_forgotten(one, key, forgotten))


def _is_forgotten(customer: str, key: bytes, forgotten: frozenset[str]) -> bool:
    """Whether an id is of somebody who is forgotten; older marks are of ids that were not composed."""
    written = (read(customer), customer.strip(WHITE_SPACE))
    return any(mark(pseudonym(one, key)) in forgotten for one in dict.fromkeys(written))


def salt(key: bytes) -> str:
    """A secret for hashes of what is no customer id but may lead to one, such as ids of responses."""
    return hmac.digest(key, b"cxengine responses", "sha256").hex()


_MARK = "cxengine mark "
