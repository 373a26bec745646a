"""The Chroma collection: passages' vectors by id, nearest in true cosine. The only module that imports chromadb.

It is an index over the ledger and holds nothing else; whoever owns it rebuilds it when it is lost, damaged or foreign.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from rag.types import SumberError

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

NAME = "passages"
BATCH = 1000  # vectors in one write
# Candidates that a query keeps while it walks the graph. At 100,000 passages recall@50 is .996 and of no question below
# .94, in 6 ms; with 800 it is .983 and .32, in 5. Builds of the graph differ a little (tests/benchmarks/scale.py).
EF_SEARCH = 3000


class CollectionError(SumberError):
    """The collection is damaged or not ours. It can be rebuilt from the ledger."""


class VectorStore:
    """An open collection in a folder of its own. One process writes to it at a time; the owner holds the lock."""

    def __init__(self, folder: Path, identity: str, sync_threshold: int = 1000, create: bool = False) -> None:
        """Opens the collection that belongs to the ledger of this identity, or creates an empty one.

        Raises:
            CollectionError: there is none, it is damaged, or it belongs to another ledger.
        """
        self.folder = folder
        self._client = _client(folder)
        try:
            self._collection = self._create(identity, sync_threshold) if create else self._own(identity)
        except BaseException:
            self._client.close()
            raise

    def _create(self, identity: str, sync_threshold: int) -> Collection:
        from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration

        hnsw = CreateHNSWConfiguration(space="cosine", ef_search=EF_SEARCH, sync_threshold=sync_threshold)
        with _explained(self.folder):
            return self._client.create_collection(
                NAME,
                configuration=CreateCollectionConfiguration(hnsw=hnsw),
                metadata={"identity": identity},
                embedding_function=None,  # else Chroma attaches one that is fetched from the network
            )

    def _own(self, identity: str) -> Collection:
        with _explained(self.folder):
            collection = self._client.get_collection(NAME, embedding_function=None)
        if (collection.metadata or {}).get("identity") != identity:
            raise CollectionError(f"the collection in {self.folder} belongs to another index")
        return collection

    def count(self) -> int:
        with _explained(self.folder):
            return self._collection.count()

    def upsert(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        # Upsert: Chroma's add keeps the old row of an id it already has.
        with _explained(self.folder):
            for begin in range(0, len(ids), BATCH):
                portion = slice(begin, begin + BATCH)
                self._collection.upsert(list(ids[portion]), embeddings=vectors[portion])

    def delete(self, ids: Sequence[str]) -> None:
        with _explained(self.folder):
            for begin in range(0, len(ids), BATCH):
                self._collection.delete(list(ids[begin : begin + BATCH]))

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """The ids nearest to a unit vector with their cosines, best first; approximately: recall@50 is .99 at 100,000.

        Raises:
            CollectionError: the collection is damaged.
        """
        with _explained(self.folder):
            found = self._collection.query(query_embeddings=vector, n_results=limit, include=["distances"])
        distances = found["distances"] or [[]]
        return [(one, 1.0 - distance) for one, distance in zip(found["ids"][0], distances[0], strict=True)]

    def close(self) -> None:
        self._client.close()


def _client(folder: Path) -> Client:
    import chromadb
    from chromadb.config import Settings

    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    return cast("Client", client)  # declared as the interface, which lacks close()


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turns Chroma's errors into ours; whoever owns the collection then does without, or builds it anew."""
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, ValueError, OSError) as error:
        if "disk is full" in str(error) or getattr(error, "errno", None) == errno.ENOSPC:
            raise CollectionError(
                f"the disk that holds {folder} is full; nothing was lost. Free some space and run: sumber sync"
            ) from error
        if isinstance(error, PermissionError):
            raise CollectionError(
                f"the folder {folder} cannot be written to. Choose another with --vectorstore, or allow writing"
            ) from error
        raise CollectionError(
            f"the collection in {folder} cannot be used ({error}). Run: sumber sync, which builds it anew"
        ) from error


def remove_others(folder: Path) -> None:
    """Deletes what stands beside a collection's folder: earlier builds, as far as nobody holds them open."""
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def seal(folder: Path) -> str:
    """Sizes and times of a collection's files: as long as they stay, nobody has written to it since.

    Chroma's vector files are not crash-safe, and a damaged one can end the process. So a collection whose seal is
    broken is not opened but rebuilt.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return "\n".join(f"{path.relative_to(folder).as_posix()} {_stamp(path)}" for path in files)


def _stamp(path: Path) -> str:
    try:
        found = path.stat()
    except FileNotFoundError:
        return "gone"
    return f"{found.st_size} {found.st_mtime_ns}"
