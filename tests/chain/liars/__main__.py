"""`python -m tests.chain.liars PARTY serve --config FILE`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from madoguchi.cli import entry
from tests.chain.liars.play import Play
from tests.chain.liars.points import put_stops


def main() -> None:
    """Put stops and lies into this process, then run the program as it is."""
    party, config = sys.argv[1], Path(sys.argv[sys.argv.index("--config") + 1])
    play = Play(config.parent)
    put_stops(party, play)
    if party in {"center", "issuer", "ec", "kiosk"}:
        importlib.import_module(f"tests.chain.liars.{party}").put_lies(play)
    entry()


if __name__ == "__main__":
    main()
