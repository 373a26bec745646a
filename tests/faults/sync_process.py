"""One sync with the cheap embedding model, to be killed while it runs.

    python -m tests.faults.sync_process VECTORSTORE CORPUS SYNC_THRESHOLD

Its functions are called in children of the tests as well, where a process can be made to die at a named place.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import rag.index
from rag import reading, vectors
from rag.index import Index, OnProgress
from rag.ledger import Ledger
from rag.types import Changes, Progress, SumberError
from rag.vectors import VectorStore
from tests.faults import checker
from tests.faults.corpus import opened
from tests.faults.embedder import BagOfWords, no_model

# Seconds for each passage: a sync of 60 files takes long enough to be killed anywhere.
SlowBagOfWords = partial(BagOfWords, 0.0005)

SMALL_GROUP = 4  # passages that are embedded together and files that are served together: several groups of each

# Everything in a sync that writes, and the first steps towards it: where a process can be made to die.
OPERATIONS: dict[str, tuple[Any, str]] = {
    "read": (reading, "load"),
    "split": (rag.index, "split"),
    "embed": (BagOfWords, "embed_passages"),
    "keep_vectors": (Ledger, "keep_vectors"),
    "announce": (Ledger, "announce"),
    "upsert": (VectorStore, "upsert"),
    "serve": (Ledger, "serve"),
    "fail": (Ledger, "fail"),
    "delete": (VectorStore, "delete"),
    "forget_strays": (Ledger, "forget_strays"),
    "set_facts": (Ledger, "set_facts"),
    "rebuild": (Index, "_rebuild"),
    "publish": (Index, "_publish"),
    "remove_others": (vectors, "remove_others"),
    "clear": (Ledger, "clear"),
    "tidy": (Ledger, "tidy"),
    "close": (VectorStore, "close"),
}
# What leaves nothing behind, or stands right before another operation: the first time stands for all.
ONCE = {"read", "split", "embed", "rebuild", "publish", "close"}


def sync(
    vectorstore: Path,
    corpus: Path,
    sync_threshold: int = 1000,
    model: Callable[[], BagOfWords] = BagOfWords,
    progress: OnProgress | None = None,
    rebuild: bool = False,
) -> Changes:
    """One sync of an index that is opened for it and closed again."""
    index = opened(vectorstore, corpus, sync_threshold)
    try:
        return index.sync(model, progress, rebuild)
    finally:
        index.close()


@dataclass(frozen=True, slots=True)
class Clean:
    """What came of two syncs, the second of which must not embed anything."""

    first: Changes
    second: Changes
    faults: list[str]  # after the first
    digests: tuple[str, str]


def sync_twice(vectorstore: Path, corpus: Path, sync_threshold: int = 1000) -> Clean:
    first = sync(vectorstore, corpus, sync_threshold)
    faults = checker.faults(vectorstore, corpus, BagOfWords())
    digest = checker.digest(vectorstore)
    second = sync(vectorstore, corpus, sync_threshold, no_model)
    return Clean(first, second, faults, (digest, checker.digest(vectorstore)))


def mend(vectorstore: Path, corpus: Path, sync_threshold: int = 1000) -> None:
    """What the first search does to a collection that is not sound."""
    index = opened(vectorstore, corpus, sync_threshold)
    try:
        index.ready()
    finally:
        index.close()


def die_in(work: Callable[..., object], times: int, trace: Path, *arguments: object) -> None:
    """Does some work in small groups, and dies before the so-manieth of all its operations; `trace` says which."""
    rag.index.GROUP = SMALL_GROUP
    calls = 0
    met: set[str] = set()

    def deadly(operation: str, original: Callable[..., object]) -> Callable[..., object]:
        def called(*given: Any, **named: Any) -> object:
            nonlocal calls
            calls += operation not in ONCE or operation not in met
            met.add(operation)
            if calls == times:
                trace.write_text(operation)
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*given, **named)

        return called

    for operation, (owner, name) in OPERATIONS.items():
        setattr(owner, name, deadly(operation, getattr(owner, name)))
    work(*arguments)


def say(progress: Progress) -> None:
    print(progress.stage, f"{progress.done}/{progress.total}", progress.document, flush=True)


def main(vectorstore: str, corpus: str, sync_threshold: str) -> int:
    try:
        print(sync(Path(vectorstore), Path(corpus), int(sync_threshold), SlowBagOfWords, say))
    except SumberError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
