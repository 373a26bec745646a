"""The Chroma collection: passages' vectors by id, nearest in true cosine. The only module that imports chromadb.

It lies in a folder, or on a Chroma server. It is an index over the ledger and holds nothing else; whoever owns it
rebuilds it when it is lost, damaged or foreign.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from rag.types import SumberError

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.models.Collection import Collection
    from httpx import Request, Response

NAME = "passages"  # of a collection that has a folder to itself
BATCH = 1000  # vectors in one write to a folder
SERVER_BATCH = 250  # to a server: half a second on two cores (measured on 384 dimensions), so that no write takes long
# Neighbours of each vector in the graph, candidates looked at while it is built, and while it is searched: at 100,000
# passages in 2 to 3 ms (tests/benchmarks/scale.py). Builds differ: recall@50 was .9996 in one, .99 in another, of the
# worst question .98 and .34. With Chroma's own 16 and 100 the worst had .94 and .60, searched with 3000 in 5 ms; with
# 100 neighbours .68, and equal vectors take sixty times as long as others (1,000 of them 5 s, with 32 neighbours .3).
NEIGHBOURS, EF_CONSTRUCTION, EF_SEARCH = 32, 200, 400
SECONDS = 5.0  # that a server may take for what a question needs, which takes milliseconds; then we do without it
WRITE_SECONDS = 60.0  # that it may take for a write
MOST_BYTES = 20_000_000  # of one reply; the largest has some thousand ids
PAGE = 200  # collections in one reply
HARMLESS = "Answers are the same without it."


class CollectionError(SumberError):
    """The collection is damaged or not ours. It can be rebuilt from the ledger."""


class AwayError(SumberError):
    """The Chroma server cannot be had, or is none. It can be done without until it is back."""


@dataclass(frozen=True, slots=True)
class Server:
    """One build of an index's collection on a Chroma server, which other indexes may share."""

    address: str  # http://127.0.0.1:8000
    identity: str  # of the ledger
    build: str

    @property
    def name(self) -> str:
        return f"sumber-{self.identity}-{self.build}"

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc


Place = Path | Server
Vector = NDArray[np.float32]


class VectorStore:
    """An open collection in a place of its own. One process writes to it at a time; the owner holds the lock."""

    def __init__(
        self, place: Place, identity: str, sync_threshold: int = 1000, create: bool = False, epoch: str | None = None
    ) -> None:
        """Opens the collection that belongs to the ledger of this identity, or creates an empty one.

        Args:
            epoch: what it was last marked with, if it lies on a server. One in a folder is known by its `seal`.

        Raises:
            CollectionError: there is none, it is damaged, or it belongs to another ledger or another time.
            AwayError: the server cannot be had.
        """
        self.place = place
        self._batch = SERVER_BATCH if isinstance(place, Server) else BATCH
        self._client = _Remote(place.address) if isinstance(place, Server) else _client(place)
        try:
            self._collection = self._create(identity, sync_threshold) if create else self._own(identity, epoch)
        except BaseException:  # also when it is interrupted: nobody else could close the client
            self._client.close()
            raise

    @property
    def _name(self) -> str:
        return self.place.name if isinstance(self.place, Server) else NAME

    def _create(self, identity: str, sync_threshold: int) -> Collection:
        from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration

        hnsw = CreateHNSWConfiguration(
            space="cosine",
            max_neighbors=NEIGHBOURS,
            ef_construction=EF_CONSTRUCTION,
            ef_search=EF_SEARCH,
            sync_threshold=sync_threshold,
        )
        with _explained(self.place):
            return self._client.create_collection(
                self._name,
                configuration=CreateCollectionConfiguration(hnsw=hnsw),
                metadata={"identity": identity},
                embedding_function=None,  # else Chroma attaches one that is fetched from the network
            )

    def _own(self, identity: str, epoch: str | None) -> Collection:
        with _explained(self.place):
            collection = self._client.get_collection(self._name, embedding_function=None)
            metadata = dict(collection.metadata or {})
        if metadata.get("identity") != identity:
            raise CollectionError(f"the collection in {_words(self.place)} belongs to another index")
        if isinstance(self.place, Server) and metadata.get("epoch") != epoch:
            raise CollectionError(f"the collection in {_words(self.place)} is of another time than the index")
        return collection

    def mark(self, epoch: str) -> None:
        """Marks a collection on a server as whole: one restored from an older copy of it has another mark."""
        if isinstance(self.place, Server):
            with _explained(self.place):
                self._collection.modify(metadata={"identity": self.place.identity, "epoch": epoch})

    def count(self) -> int:
        with _explained(self.place):
            return self._collection.count()

    def upsert(self, ids: Sequence[str], vectors: Vector) -> None:
        # Upsert: Chroma's add keeps the old row of an id it already has.
        with _explained(self.place):
            for begin in range(0, len(ids), self._batch):
                portion = slice(begin, begin + self._batch)
                self._collection.upsert(list(ids[portion]), embeddings=vectors[portion])

    def delete(self, ids: Sequence[str]) -> None:
        with _explained(self.place):
            for begin in range(0, len(ids), self._batch):
                self._collection.delete(list(ids[begin : begin + self._batch]))

    def nearest(self, vector: Vector, limit: int) -> list[tuple[str, float]]:
        """The ids nearest to a unit vector with their cosines, best first; approximately: see NEIGHBOURS.

        Raises:
            CollectionError: the collection is damaged.
            AwayError: the server cannot be had.
        """
        with _explained(self.place):
            found = self._collection.query(query_embeddings=vector, n_results=limit, include=["distances"])
            distances = found["distances"] or [[]]
            return [(str(one), 1.0 - distance) for one, distance in zip(found["ids"][0], distances[0], strict=True)]

    def close(self) -> None:
        self._client.close()


def _client(folder: Path) -> Client:
    import chromadb
    from chromadb.config import Settings

    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    return cast("Client", client)  # declared as the interface, which lacks close()


class _Remote:
    """What we need of a client of a Chroma server, with a deadline for every request.

    Chroma's own client asks the server who we are before it can be given one, and waits for the reply for ever.
    """

    def __init__(self, address: str) -> None:
        from chromadb.api import ServerAPI
        from chromadb.config import Settings, System

        settings = Settings(
            chroma_api_impl="chromadb.api.fastapi.FastAPI",  # its client; the server of this name is never started
            chroma_server_host=address,
            chroma_server_http_port=urlsplit(address).port or 8000,  # asked for and not used: the address has its own
            anonymized_telemetry=False,
        )
        self._system = System(settings)
        self._api = self._system.instance(ServerAPI)  # type: ignore[type-abstract]
        self._session = cast("Any", self._api)._session
        self._session.event_hooks = {"request": [_limit], "response": [_bound]}
        self._system.start()

    def create_collection(
        self, name: str, configuration: CreateCollectionConfiguration, metadata: Any, embedding_function: None
    ) -> Collection:
        return self._opened(self._api.create_collection(name, configuration=configuration, metadata=metadata))

    def get_collection(self, name: str, embedding_function: None) -> Collection:
        return self._opened(self._api.get_collection(name))

    def _opened(self, model: Any) -> Collection:
        from chromadb.api.models.Collection import Collection

        return Collection(client=self._api, model=model, embedding_function=None)

    def remove_all_but(self, kept: Server) -> None:
        """Deletes the other builds of the same index."""
        names: list[str] = []
        while portion := self._api.list_collections(limit=PAGE, offset=len(names)):
            names += [one.name for one in portion]
        own = Server(kept.address, kept.identity, "").name
        for name in names:
            if name.startswith(own) and name != kept.name:
                self._api.delete_collection(name)

    def close(self) -> None:
        self._session.close()
        self._system.stop()


def _limit(request: Request) -> None:
    seconds = WRITE_SECONDS if request.url.path.endswith(("/upsert", "/delete")) else SECONDS
    request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), seconds)


def _bound(response: Response) -> None:
    from rag.replies import Bounded

    response.stream = Bounded(response, MOST_BYTES, response.request.extensions["timeout"]["read"])


@contextmanager
def _explained(place: Place) -> Iterator[None]:
    """Turns Chroma's errors into ours; whoever owns the collection then does without, or builds it anew."""
    if isinstance(place, Server):
        with _explained_far(place):
            yield
    else:
        with _explained_here(place):
            yield


@contextmanager
def _explained_far(server: Server) -> Iterator[None]:
    from chromadb.errors import NotFoundError

    try:
        yield
    except NotFoundError as error:
        raise CollectionError(f"{_words(server)} does not have the collection. Run: sumber sync") from error
    except Exception as error:  # Chroma's client raises a bare Exception, or stumbles, over what is no Chroma server
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise AwayError(
            f"{_words(server)} cannot be used ({reason}). {HARMLESS} Start it or correct SUMBER_CHROMA, then run: "
            "sumber sync"
        ) from error


@contextmanager
def _explained_here(folder: Path) -> Iterator[None]:
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


def _words(place: Place) -> str:
    return f"the Chroma server at {place.host}" if isinstance(place, Server) else str(place)


def remove_others(place: Place) -> None:
    """Deletes what stands beside a collection: earlier builds, as far as nobody holds them open."""
    if isinstance(place, Server):
        client = _Remote(place.address)
        try:
            with suppress(AwayError, CollectionError), _explained(place):  # the next rebuild tries again
                client.remove_all_but(place)
        finally:
            client.close()
        return
    for other in place.parent.iterdir():
        if other != place:
            shutil.rmtree(other, ignore_errors=True)


def seal(place: Place) -> str:
    """What stays the same as long as nobody has written to a collection since.

    Of a folder, the sizes and times of its files. Chroma's vector files are not crash-safe, and a damaged one can end
    the process: a collection whose seal is broken is not opened but rebuilt. Of a server it is the place alone; what
    can be told of the collection there is seen when it is opened.
    """
    if isinstance(place, Server):
        return f"{place.address} {place.name}"
    files = sorted(path for path in place.rglob("*") if path.is_file())
    return "\n".join(f"{path.relative_to(place).as_posix()} {_stamp(path)}" for path in files)


def _stamp(path: Path) -> str:
    try:
        found = path.stat()
    except FileNotFoundError:
        return "gone"
    return f"{found.st_size} {found.st_mtime_ns}"


def nearest_of(ids: Sequence[str], matrix: Vector, vector: Vector, limit: int) -> list[tuple[str, float]]:
    """The ids nearest to a unit vector among all that are given, found exactly: every one is compared."""
    if not ids:
        return []
    cosines = matrix @ vector
    edge = np.partition(cosines, -limit)[-limit] if limit < len(ids) else cosines.min()
    near = np.flatnonzero(cosines >= edge - 1e-6)  # with all that are equal to the last one: ids decide
    return ordered([ids[i] for i in near.tolist()], cosines[near], limit)


def ordered(ids: Sequence[str], cosines: Vector, limit: int) -> list[tuple[str, float]]:
    """The best, best first. Rounded, so that the last bits of a sum decide nothing: ties break by id."""
    pairs = zip(ids, np.round(cosines.astype(float), 6).tolist(), strict=True)
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:limit]
