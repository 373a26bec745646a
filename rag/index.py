"""Makes ledger and collection say what the corpus folder says; opens, repairs and rebuilds them.

The ledger is the truth. The collection is written first and trusted last: a passage is served only once one ledger
transaction says so, and whatever else the collection holds is dropped from every result.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from rag import reading, vectors
from rag.config import INDEX_FORMAT, Config
from rag.ledger import Entry, Ledger
from rag.passages import Tokenizer, embedded_text, split
from rag.types import (
    Changes,
    Document,
    IndexBusyError,
    IndexMismatchError,
    Progress,
    ReadingError,
    SettingsError,
    SumberError,
)
from rag.vectors import AwayError, CollectionError, Server, VectorStore, nearest_of, ordered

Vector = NDArray[np.float32]
OnProgress = Callable[[Progress], None]

GROUP = 64  # passages that are embedded and served together: large enough for full batches, small enough to lose
BUILD_SECONDS = 600.0  # that a sync waits for whoever is building the collection anew
CHURN = 0.5  # share of a collection that may be deleted before it is rebuilt: heavy deletion makes records unreachable
SPARE = 10  # results asked for beyond the limit, for ties at its edge
MOST_STRAYS = 500  # and so many more at most for strays, which are dropped from every result
# Passages up to which a question is compared with every vector: exact, and the same after every rebuild. Chroma's graph
# misses some where many are alike, and gains little (at 1,000 passages 1.4 ms against .05, at 100,000 2 to 3 against 3
# to 9). Their vectors take 150 MB of memory then, and .3 s to be read after each change.
EXACT = 100_000
WIDE = 10  # times the limit is searched for in all documents before some are read: half of 100,000 passages take 0.3 s
REST = 30.0  # seconds that a server which did not answer is left alone, so that not every question waits for it


class Embedder(Tokenizer, Protocol):
    """What a sync needs of the embedding model."""

    @property
    def name(self) -> str: ...

    def embed_passages(self, texts: Sequence[str]) -> Vector: ...


@dataclass(slots=True)
class _Tally:
    """What became of each file so far."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)

    def changes(self) -> Changes:
        paths = (self.added, self.updated, self.removed, self.unchanged)
        added, updated, removed, unchanged = (tuple(sorted(found)) for found in paths)
        return Changes(added, updated, removed, unchanged, tuple(sorted(self.failed)))


class Index:
    """The index in `config.vectorstore`. Searching is safe from any thread and beside a sync, here or elsewhere."""

    def __init__(self, config: Config, sync_threshold: int = 1000, exact: int = EXACT) -> None:
        """Opens the index, creating an empty one where there is none.

        Args:
            sync_threshold: records after which Chroma writes its files.
            exact: passages up to which the collection is not asked.

        Raises:
            SumberError: the folder cannot be used.
        """
        self.config = config
        self.folder = config.vectorstore
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SumberError(
                f"the folder {self.folder} cannot be made ({error.strerror}). Choose another with --vectorstore"
            ) from error
        self.ledger = Ledger(self.folder / "ledger.sqlite")
        self._lock = FileLock(self.folder / "lock")  # held by a sync, from its first look to its last write
        self._building = FileLock(self.folder / "collection.lock")  # held by whoever opens or writes the collection
        self._sync_threshold = sync_threshold
        self._most_exact = exact
        self._collection: VectorStore | None = None
        self._opened = ""  # the epoch of the collection that is open
        self._guard = threading.RLock()
        self._syncing = False
        self._trouble = ""  # with the server of the collection
        self._rest_until = 0.0  # in the clock of time.monotonic
        self._matrix: tuple[int, list[str], Vector] | None = None

    def close(self) -> None:
        with self._guard:
            if self._collection is not None:
                self._discard()
                self._reseal()
        self.ledger.close()

    # --- the corpus it was built from --------------------------------------------------------------------------------

    @property
    def corpus(self) -> Path | None:
        """The folder that the index was built from, or None before the first sync."""
        recorded = self.ledger.fact("corpus")
        return None if recorded is None else Path(os.path.normpath(self.folder.resolve() / recorded))

    def check(self, corpus: Path | None, settings: bool = True) -> None:
        """Refuses an index that was built from another folder or, where that matters, with other settings.

        Raises:
            IndexMismatchError: with what differs and what to do.
        """
        built = self.corpus
        if built is not None and corpus is not None and corpus.resolve() != built:
            raise IndexMismatchError(
                f"the index {self.folder} was built from {built}, not from {corpus}. "
                "Give that folder another index with --vectorstore, or leave --corpus out"
            )
        if settings and int(self.ledger.fact("index_format") or 0) > INDEX_FORMAT:
            raise IndexMismatchError(
                f"the index {self.folder} was made by a newer version of Sumber. Use that version, or run: "
                "sumber sync --rebuild"
            )
        for name, wanted in self.config.index_settings.items() if settings else ():
            had = self.ledger.fact(name)
            if had is not None and had != wanted:
                raise IndexMismatchError(
                    f"the index {self.folder} was built with {name} {had}; settings now say {wanted}. "
                    "Run: sumber sync --rebuild"
                )

    # --- searching ---------------------------------------------------------------------------------------------------

    def nearest(self, vector: Vector, limit: int, documents: Sequence[str] | None = None) -> list[tuple[str, float]]:
        """The ids of the passages nearest to a unit vector and their cosines, best first; only passages served.

        Args:
            documents: where given, only their passages.
        """
        if documents is not None:
            return self._narrowed(vector, limit, documents)
        if not self.ledger.has_more_than(self._most_exact):
            return self._exact(vector, limit)
        wanted = limit + SPARE + min(len(self.ledger.strays()), MOST_STRAYS)
        try:
            with self._guard:
                usable = self._is_current() if self._syncing else self._is_published()
                if self._collection is None or not usable:
                    return self._exact(vector, limit)
                found = self._collection.nearest(vector, wanted)
        except (CollectionError, AwayError) as error:
            self._do_without(error)
            return self._exact(vector, limit)
        served = self.ledger.vectors(one for one, _ in found)
        if len(served) < limit and len(served) < self.ledger.passage_count():
            # Strays took the places of what is served.
            return self._exact(vector, limit)
        return ordered(list(served), np.stack(list(served.values())) @ vector, limit) if served else []

    def _narrowed(self, vector: Vector, limit: int, documents: Sequence[str]) -> list[tuple[str, float]]:
        """The nearest of all that are theirs, where these are enough; else their passages are compared one by one."""
        near = self.nearest(vector, WIDE * limit)
        own, known = set(documents), self.ledger.passages(one for one, _ in near)
        found = [pair for pair in near if pair[0] in known and known[pair[0]].document in own]
        return found[:limit] if len(found) >= limit else nearest_of(*self.ledger.vectors_of(documents), vector, limit)

    def _exact(self, vector: Vector, limit: int) -> list[tuple[str, float]]:
        """The same from the ledger's own vectors: where they are few, and while the collection cannot be had."""
        with self._guard:
            generation = self.ledger.generation
            if self._matrix is None or self._matrix[0] != generation:
                self._matrix = (generation, *self.ledger.all_vectors())
            _, ids, matrix = self._matrix
        return nearest_of(ids, matrix, vector, limit)

    # --- the collection ----------------------------------------------------------------------------------------------

    @property
    def _chroma(self) -> vectors.Place:
        """Where the collection is. Each build has its own place: one that somebody has open is never written over."""
        return self._place(self.ledger.fact("build") or "none")

    def _place(self, build: str) -> vectors.Place:
        if self.config.chroma:
            return Server(self.config.chroma, self.ledger.identity, build)
        return self.folder / "chroma" / build

    def ready(self) -> None:
        """Sees to a sound collection before a search: opens it, or builds it anew from the ledger.

        While another process writes to it, searches go to the ledger's own vectors instead: the same, if slower. So
        they do while a server is away, or has lost the collection: there only a sync builds it anew, since that takes
        long and may have to be done again and again.
        """
        with self._guard:
            if self._syncing or (self._collection is not None and self._is_published()):
                return
            self._discard()
            if time.monotonic() < self._rest_until:
                return
            try:
                with self._building.acquire(timeout=0):
                    if self._open() is None and not self.config.chroma:
                        self._rebuild()
            except (Timeout, OSError, CollectionError, AwayError) as error:
                self._do_without(error)

    def remark(self) -> str:
        """Why searches do without the collection on a server, and the remedy; empty where they do not."""
        if not self.config.chroma or not self.ledger.passage_count():
            return ""
        self.ready()
        with self._guard:
            if self._syncing or self._collection is not None:
                return ""
            lacks = f"the Chroma server at {self.config.chroma_host} does not have all passages' vectors"
            return self._trouble or f"{lacks}. {vectors.HARMLESS} Run: sumber sync"

    def _do_without(self, error: Exception) -> None:
        """Lets the collection be; a server that is away is left alone for a while."""
        self._discard()
        if isinstance(error, AwayError):
            self._trouble, self._rest_until = str(error), time.monotonic() + REST

    def _open_or_rebuild(self) -> VectorStore:
        """Opens the collection if it is as we left it, else builds it anew from the ledger, embedding nothing."""
        if self._collection is not None and self._is_current():
            return self._collection
        return self._open() or self._rebuild()

    def _open(self) -> VectorStore | None:
        """Opens the collection if it is as we left it."""
        self._discard()
        if self.ledger.fact("seal") == vectors.seal(self._chroma):
            epoch = self.ledger.fact("epoch")
            try:
                self._collection = VectorStore(self._chroma, self.ledger.identity, epoch=epoch)
                if self._collection.count() == self.ledger.passage_count() + len(self.ledger.strays()):
                    self._opened, self._trouble = epoch or "", ""
                    self._reseal()
                    return self._collection
            except CollectionError:
                pass
            self._discard()
        return None

    def _is_current(self) -> bool:
        """Whether the open collection is the one last published, by this process or another."""
        return self.ledger.fact("epoch") == self._opened

    def _is_published(self) -> bool:
        """Whether it is, and nobody is writing to it."""
        return self._is_current() and bool(self.ledger.fact("seal"))

    def _rebuild(self) -> VectorStore:
        self._discard()
        build = os.urandom(4).hex()
        strays = self.ledger.strays()
        self._collection = VectorStore(self._place(build), self.ledger.identity, self._sync_threshold, create=True)
        ids, matrix = self.ledger.all_vectors()
        if ids:
            self._collection.upsert(ids, matrix)
        self.ledger.set_facts({"build": build})
        self.ledger.forget_strays(strays)
        self._publish(self._collection, churn=0)
        self._trouble = ""
        vectors.remove_others(self._chroma)
        if self.config.chroma:
            shutil.rmtree(self.folder / "chroma", ignore_errors=True)  # of before there was a server
        return self._collection

    def _publish(self, collection: VectorStore, churn: int) -> None:
        """Marks the collection as whole, for other processes and for the next start."""
        self._opened = os.urandom(8).hex()
        collection.mark(self._opened)
        self.ledger.set_facts({"epoch": self._opened, "churn": str(churn), "seal": vectors.seal(self._chroma)})

    def _reseal(self) -> None:
        """Takes note of what merely opening the collection wrote, unless somebody else wrote meanwhile."""
        seal = self.ledger.fact("seal")
        if seal and self._is_current():
            self.ledger.exchange_fact("seal", seal, vectors.seal(self._chroma))

    def _discard(self) -> None:
        with self._guard:
            if self._collection is not None:
                self._collection.close()
                self._collection = None

    # --- syncing -----------------------------------------------------------------------------------------------------

    def sync(self, model: Callable[[], Embedder], progress: OnProgress | None = None, rebuild: bool = False) -> Changes:
        """Makes the index say what the corpus folder says, with the least work; the model is called for only if needed.

        Every file ends in exactly one of the lists of the result. A sync that is killed loses at most the work of the
        last `GROUP` passages, and the next one goes on from there.

        Raises:
            SettingsError: there is no corpus folder.
            IndexMismatchError: the index belongs to another folder or to other settings.
            IndexBusyError: another process is syncing.
        """
        corpus = (self.config.corpus or self.corpus or Path("corpus")).resolve()
        if not corpus.is_dir():
            raise SettingsError(f"there is no corpus folder {corpus}. Make it, or run: sumber sync FOLDER")
        try:
            os.listdir(corpus)
        except OSError as error:
            raise SettingsError(
                f"the corpus folder {corpus} cannot be read ({error.strerror}). Allow reading it"
            ) from error
        with self._writer():
            self.check(corpus, settings=not rebuild)
            if rebuild:
                model()  # before anything is given up: the model may not load
                self.ledger.clear()
            self._record(corpus)
            with reading.Worker(self.config.read_seconds) as worker:
                changes = self._synced(corpus, worker, model, progress or (lambda _: None))
            self.ledger.set_facts({"index_format": str(INDEX_FORMAT)})
            return changes

    @contextmanager
    def _writer(self) -> Iterator[None]:
        try:
            with self._lock.acquire(timeout=0), self._building.acquire(timeout=BUILD_SECONDS):
                self._syncing = True
                try:
                    yield
                finally:
                    self._syncing = False
        except Timeout:
            raise IndexBusyError(
                f"another process is writing to the index {self.folder}. Wait for it to end, then try again"
            ) from None
        except PermissionError as error:
            raise SumberError(
                f"the folder {self.folder} cannot be written to. Choose another with --vectorstore, or allow writing"
            ) from error

    def _record(self, corpus: Path) -> None:
        try:
            recorded = Path(os.path.relpath(corpus, self.folder.resolve())).as_posix()
        except ValueError:  # another drive
            recorded = str(corpus)
        facts = {"corpus": recorded, **self.config.index_settings}
        if not self.ledger.hashes():
            facts["index_format"] = str(INDEX_FORMAT)
        self.ledger.set_facts(facts)

    def _synced(
        self, corpus: Path, worker: reading.Worker, model: Callable[[], Embedder], progress: OnProgress
    ) -> Changes:
        tally = _Tally()
        files = list(reading.files(corpus, self.folder, self.config.data))
        known = self.ledger.hashes()
        current = self.ledger.fact("index_format") == str(INDEX_FORMAT)  # else what is known was read by other rules
        present = {document for document, _ in files}
        unlisted = tuple(document for document in present if document.endswith("/"))  # what is in them is not known
        gone = [e.path for e in self.ledger.documents() if e.path not in present and not e.path.startswith(unlisted)]
        tally.removed = [path for path in gone if path in known]
        if gone:
            self.ledger.serve([], gone=gone)
        group: list[Document] = []
        size = 0  # of the group, in passages, roughly
        for done, (name, path) in enumerate(files):
            progress(Progress("reading", done, len(files), name))
            document = self._read(name, path, known, current, worker, tally)
            if document is None:
                continue
            group.append(document)
            size += len(document.text) // 600 + 1
            if size >= GROUP:
                self._serve(group, model, progress)
                group, size = [], 0
        self._serve(group, model, progress)
        progress(Progress("storing", len(files), len(files)))
        self._settle()
        return tally.changes()

    def _read(
        self, name: str, path: Path, known: dict[str, str], current: bool, worker: reading.Worker, tally: _Tally
    ) -> Document | None:
        """The document of a file that is new or changed, entered in the tally; None where there is nothing to do."""
        digest = None
        try:
            data = reading.load(path, int(self.config.max_file_mb * 1e6))
            digest = hashlib.sha256(data).hexdigest()
            if current and known.get(name) == digest:
                tally.unchanged.append(name)
                return None
            document = worker.parse(data, name)
        except ReadingError as error:
            tally.failed.append((name, str(error)))
            self.ledger.fail(name, digest, str(error))
            return None
        (tally.updated if name in known else tally.added).append(name)
        return document

    def _serve(self, documents: Sequence[Document], load: Callable[[], Embedder], progress: OnProgress) -> None:
        """Splits, embeds and serves some documents: all of them at once, or after a crash none."""
        if not documents:
            return
        model = load()
        entries = [self._entry(document, model) for document in documents]
        self._embed(entries, model, progress)
        ids = [passage.id for entry in entries for passage in entry.passages]
        hashes = [name for entry in entries for name in entry.hashes]
        kept = self.ledger.vectors_by_hash(set(hashes))
        matrix = np.stack([kept[name] for name in hashes])
        with self._guard:
            self._store(ids, matrix)
            self.ledger.serve(entries)

    def _store(self, ids: Sequence[str], matrix: Vector) -> None:
        """Writes vectors to the collection. While its server is away they are in the ledger alone: enough to serve."""
        try:
            if time.monotonic() >= self._rest_until:
                try:
                    self._put(ids, matrix)
                except CollectionError:  # damaged since it was opened: what is served is in the ledger
                    self._rebuild()
                    self._put(ids, matrix)
                return
        except AwayError as error:
            self._do_without(error)
        self.ledger.set_facts({"seal": ""})  # the collection lacks them: it will be built anew

    def _put(self, ids: Sequence[str], matrix: Vector) -> None:
        """Writes vectors to the collection. It is opened first: its count is that of what was announced before."""
        collection = self._written()
        self.ledger.announce(ids)
        collection.upsert(ids, matrix)

    def _embed(self, entries: Sequence[Entry], model: Embedder, progress: OnProgress) -> None:
        """Sees to it that the ledger has a vector for every passage; those it has are not made again."""
        passages = {name: one for entry in entries for name, one in zip(entry.hashes, entry.passages, strict=True)}
        known = self.ledger.known_hashes(passages)
        missing = [name for name in passages if name not in known]
        for begin in range(0, len(missing), GROUP):
            portion = missing[begin : begin + GROUP]
            progress(Progress("embedding", begin, len(missing), passages[portion[0]].document))
            made = model.embed_passages([embedded_text(passages[name], model) for name in portion])
            self.ledger.keep_vectors(dict(zip(portion, made, strict=True)))

    def _entry(self, document: Document, model: Embedder) -> Entry:
        passages = tuple(split(document, model, self.config.passage_tokens))
        hashes = tuple(_hash(model.name, embedded_text(passage, model)) for passage in passages)
        return Entry(document, passages, hashes)

    def _written(self) -> VectorStore:
        """The collection to write to: not whole from now on, until it is published again."""
        collection = self._open_or_rebuild()
        if self.ledger.fact("seal"):
            self.ledger.set_facts({"seal": ""})
        return collection

    def _settle(self) -> None:
        """Takes what is served no more out of the collection, and publishes it as whole."""
        with self._guard:
            try:
                self._cleaned()
            except AwayError as error:
                self._do_without(error)
        self.ledger.tidy()

    def _cleaned(self) -> None:
        if self.config.chroma and self.ledger.fact("seal"):
            self._discard()  # nothing was written to it: is it still there?
        collection = self._open_or_rebuild()
        strays = self.ledger.strays()
        if strays:
            try:
                collection = self._written()
                collection.delete(strays)
                self.ledger.forget_strays(strays)
            except CollectionError:
                collection = self._rebuild()
        churn = int(self.ledger.fact("churn") or 0) + len(strays)
        if churn > CHURN * max(1, self.ledger.passage_count()):
            self._rebuild()
        elif not self.ledger.fact("seal"):
            self._publish(collection, churn)


def _hash(model: str, text: str) -> str:
    return hashlib.sha256(f"{model}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
