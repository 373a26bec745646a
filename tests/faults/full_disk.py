"""Syncs on disks that are too small, then on the same disk enlarged. Linux only; run as

    unshare --user --map-root-user --mount python -m tests.faults.full_disk FOLDER KIBIBYTES...

where it may mount. Prints a JSON list with an object for each size.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rag.types import SumberError
from tests.faults import sync_process
from tests.faults.child import ChildError, run
from tests.faults.corpus import Corpus


def tried(folder: Path, corpus: Path, size: int) -> dict[str, Any]:
    """What comes of a sync on a disk of so many kibibytes, and of two more once it is large enough."""
    disk = folder / f"disk{size}"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", str(disk)], check=True)
    error, clear = "", True
    try:
        run(sync_process.sync, disk / "vectorstore", corpus, 10)
    except (SumberError, ChildError) as raised:
        error, clear = str(raised), isinstance(raised, SumberError)
    subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)
    later = run(sync_process.sync_twice, disk / "vectorstore", corpus)
    return {
        "size": size,
        "error": error,
        "clear": clear,
        "faults": later.faults,
        "unchanged": len(later.second.unchanged),
        "digests": later.digests,
    }


def main(folder: str, *sizes: str) -> int:
    corpus = Corpus(Path(folder) / "corpus", 30).folder
    print(json.dumps([tried(Path(folder), corpus, int(size)) for size in sizes]))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
