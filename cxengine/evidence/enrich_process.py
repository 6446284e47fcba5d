"""One process of many that enrich texts: what to do comes in on standard input, what was found goes out.

The parent writes both ends, so the pickles are its own.
"""

from __future__ import annotations

import pickle
import sys


def main() -> None:
    """Answers one request."""
    plugin, options, texts = pickle.load(sys.stdin.buffer)  # noqa: S301 - see above
    sys.stdout.buffer.write(pickle.dumps(plugin(options).enrich(texts)))


if __name__ == "__main__":
    main()
