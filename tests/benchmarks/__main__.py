"""Runs one of the benchmarks: python -m tests.benchmarks NAME [its arguments]."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

NAMES = sorted(
    path.stem for path in Path(__file__).parent.glob("[!_]*.py") if '__name__ == "__main__"' in path.read_text("utf8")
)

if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in NAMES:
        name = sys.argv.pop(1)
        sys.argv[0] += f" {name}"
        importlib.import_module(f"tests.benchmarks.{name}").main()
    else:
        sys.exit(f"python -m tests.benchmarks NAME [--help], where NAME is one of: {', '.join(NAMES)}")
