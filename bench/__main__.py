"""`python -m bench [name]`: each benchmark prints its figures, one a line, beside what it is measured against."""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = (
    "start",
    "hops",
    "agenda",
    "alerts",
    "drain",
    "committees",
    "sealing",
    "triage",
    "curve",
    "machine",
    "floor",
    "slow_sockets",
    "sign_in",
)


def main() -> None:
    chosen = sys.argv[1:] or list(NAMES)
    for name in chosen:
        if name not in NAMES:
            sys.exit(f"no benchmark `{name}`: there are {', '.join(NAMES)}")
    for name in chosen:
        print(f"== {name}", flush=True)
        import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
