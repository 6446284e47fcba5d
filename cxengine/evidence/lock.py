"""Locks on open files, which end when the file is closed or its process does."""

from __future__ import annotations

import errno

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


class CannotLockError(Exception):
    """The system, or the file system, has no locks."""


def lock(file: int, *, shared: bool = False, wait: bool = False) -> bool:
    """Locks an open file, given its descriptor; False where another process has it and nobody `wait`s.

    `shared` with others who share it. A lock that this process has on the file changes into this one.

    Raises:
        CannotLockError: nothing can be locked here, as on Windows and some network drives.
    """
    try:
        import fcntl
    except ImportError:
        raise CannotLockError from None
    mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(file, mode if wait else mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _NO_LOCKS:
            raise CannotLockError from None
        raise
    return True
