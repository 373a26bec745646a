"""How time, memory and disk grow with the number of passages, and whether the approximate search still finds.

    SUMBER_BENCH=/path/to/public/data python -m tests.benchmarks.scale [PASSAGES ...] [--keep FOLDER] [--json OUT]

`SOURCES` real passages of seven public sets (English, Indonesian, Korean) are embedded. A larger index cycles through
them, each time with other names and numbers and its sentences in another order; the vector of such a copy is that of
the original plus noise of a fixed seed, of the size that makes it as near to the original as the model puts `SAMPLE`
copies that are really embedded. Since copies bring no new words, every word is as frequent in a large index as in a
small one: the hardest case for the lexical search. They are stored through the ledger, and the collection is built
from it as after a loss, so that what is timed is storing, not embedding. An index in `--keep` is used again.

Questions are real ones of the same sets, and three kinds that are hard on a lexical index: of the commonest words, of
words without topic, and of 200 words. Each size is measured in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag import reading
from rag.config import DEFAULT_EMBEDDING, Config
from rag.evaluation.statistics import percentile
from rag.index import EXACT, Index
from rag.interaction import LateInteraction
from rag.ledger import Entry, Ledger
from rag.models import EmbeddingModel, load_embedding_model
from rag.passages import embedded_text, split
from rag.retrieval import CANDIDATES, HybridRetriever
from rag.text import content_terms, name_spans, sentences, terms
from rag.types import Document, Passage, Scope
from tests.benchmarks.public import clapnq, idk_mrc, korquad, mtrag, multihop, scifact, squad

SEED = 20261122
SETS = (scifact, squad, clapnq, multihop, mtrag, korquad, idk_mrc)
SOURCES = 3000  # real passages that are cycled; embedding them takes a minute or two on two cores
SAMPLE = 200  # copies that are really embedded, to see how far the model moves them
IN_DOCUMENT = 10  # passages
PORTION = 100  # documents stored in one transaction; a sync stores 64 passages at once
QUESTIONS = {"real": 100, "commonest words": 20, "no topic": 5, "200 words": 10}
SCOPES = {
    "one document": Scope(("00/000000.md",)),
    "1 % of documents": Scope(("00/*",)),
    "half of them": Scope(language="en"),
}
WARMING = "Are you there?"
WITHOUT_TOPIC = (
    "What is the first thing that was said about it in the year?",
    "Who was it, and what did they do there after that?",
    "Why is this so, and not the other way?",
    "Apa yang ada di sana dan siapa mereka?",
    "How many are there in all of them, and where?",
)

Matrix = NDArray[np.float32]
Figures = dict[str, float]


# --- real passages, and copies of them -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """A real passage. In each sentence, every second piece is a name or a number."""

    title: str
    sentences: tuple[tuple[str, ...], ...]

    def varied(self, names: Sequence[str], chance: random.Random) -> str:
        """The passage with other names and numbers and its sentences in another order."""
        said = ["".join(_other(n, piece, names, chance) for n, piece in enumerate(one)) for one in self.sentences]
        return " ".join(chance.sample(said, len(said)))


def _other(number: int, piece: str, names: Sequence[str], chance: random.Random) -> str:
    if number % 2 == 0:
        return piece
    if piece[0].isdigit():
        return re.sub(r"\d", lambda _: str(chance.randrange(10)), piece)
    return chance.choice(names)


def _source(passage: Passage) -> Source:
    found = []
    for start, end in sentences(passage.text):
        sentence = passage.text[start:end]
        spans = sorted([*name_spans(sentence), *(match.span() for match in re.finditer(r"\d[\d.,]*", sentence))])
        pieces, at = [], 0
        for first, last in spans:
            if first >= at:
                pieces += [sentence[at:first], sentence[first:last]]
                at = last
        found.append((*pieces, sentence[at:]))
    return Source(passage.title, tuple(found))


@dataclass(frozen=True, slots=True)
class Stock:
    """What an index of any size is made of. `noise` is the length of the noise added to a copy's unit vector."""

    sources: list[Passage]
    vectors: Matrix
    noise: float

    def entries(self, count: int) -> Iterator[tuple[Entry, Matrix]]:
        """Documents of `count` passages in all, with their vectors."""
        pieces = [_source(one) for one in self.sources]
        names = [name for piece in pieces for sentence in piece.sentences for name in sentence[1::2]]
        names = [name for name in names if not name[0].isdigit()]
        for begin in range(0, count, IN_DOCUMENT):
            numbers = range(begin, min(count, begin + IN_DOCUMENT))
            texts = [
                self.sources[n].text if n < len(pieces) else pieces[n % len(pieces)].varied(names, _chance(n))
                for n in numbers
            ]
            yield _entry(begin, pieces[begin % len(pieces)].title, texts), self._vectors(numbers)

    def _vectors(self, numbers: range) -> Matrix:
        matrix = self.vectors[[n % len(self.sources) for n in numbers]].copy()
        if numbers[0] >= len(self.sources):
            drawn = np.random.default_rng([SEED, numbers[0]]).normal(size=matrix.shape)
            matrix += self.noise * drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), dtype=np.float32)


def _chance(number: int) -> random.Random:
    return random.Random(SEED * 10**9 + number)


def _entry(number: int, title: str, texts: Sequence[str]) -> Entry:
    place = number // IN_DOCUMENT
    path = f"{place % 100:02d}/{place:06d}.md"
    language = "en" if _chance(number).random() < 0.5 else "id"
    passages: list[Passage] = []
    start = 0
    for text in texts:
        one = f"{_chance(number + len(passages)).getrandbits(64):016x}"  # as a hash would be: in no order
        passages.append(Passage(one, path, title, None, None, text, start, start + len(text)))
        start += len(text)
    document = Document(path, str(number), "".join(texts), title, language=language, published=f"{1950 + place % 70}")
    return Entry(document, tuple(passages), tuple(f"hash of {one.id}" for one in passages))


def stock(keep: Path) -> Stock:
    """The real passages with their vectors, embedded anew unless they lie in the folder."""
    path = keep / "stock.npz"
    if not path.exists():
        model = load_embedding_model(DEFAULT_EMBEDDING)
        passages = list(islice(_passages(model), SOURCES))
        began = time.monotonic()
        vectors = model.embed_passages([embedded_text(one, model) for one in passages])
        print(f"embedding: {len(passages) / (time.monotonic() - began):.0f} passages a second", flush=True)
        nearness = _nearness(passages, vectors, model)
        print(f"a copy is as near to its original as a cosine of {nearness:.3f}", flush=True)
        noise = (1 / nearness**2 - 1) ** 0.5  # at right angles to the vector, as nearly all directions are
        texts = json.dumps([(one.title, one.text) for one in passages])
        np.savez(path, vectors=vectors, noise=noise, texts=texts)
    kept = np.load(path)
    pairs = json.loads(str(kept["texts"]))
    return Stock(
        [Passage("", "", title, None, None, text, 0, len(text)) for title, text in pairs],
        kept["vectors"],
        float(kept["noise"]),
    )


def _passages(model: EmbeddingModel) -> Iterator[Passage]:
    """The passages of all sets, drawn from a fixed seed."""
    with tempfile.TemporaryDirectory() as folder:
        for place in SETS:
            corpus = Path(folder, place.__name__)
            corpus.mkdir()
            place.queries(corpus)
        paths = sorted(Path(folder).rglob("*.md"))
        random.Random(SEED).shuffle(paths)
        for path in paths:
            yield from split(reading.parse(path.read_bytes(), path.name), model, Config().passage_tokens)


def _nearness(passages: Sequence[Passage], vectors: Matrix, model: EmbeddingModel) -> float:
    """The mean cosine of a passage and a copy of it, by the model."""
    pieces = [_source(one) for one in passages]
    names = [one for piece in pieces for sentence in piece.sentences for one in sentence[1::2] if not one[0].isdigit()]
    chosen = random.Random(SEED).sample(range(len(passages)), SAMPLE)
    copies = [f"{pieces[n].title}\n{pieces[n].varied(names, _chance(n))}" for n in chosen]
    return float(np.mean(np.sum(model.embed_passages(copies) * vectors[chosen], axis=1)))


# --- building --------------------------------------------------------------------------------------------------------


def build(keep: Path, count: int) -> Figures:
    """Builds an index of so many passages. Its own figures are kept beside it."""
    folder, done = keep / str(count), keep / f"{count}.json"
    if not done.exists():
        began = time.monotonic()
        folder.mkdir(parents=True, exist_ok=True)
        ledger = Ledger(folder / "ledger.sqlite")
        entries = stock(keep).entries(count)
        while portion := list(islice(entries, PORTION)):
            for entry, matrix in portion:
                ledger.keep_vectors(dict(zip(entry.hashes, matrix, strict=True)))
            ledger.serve([entry for entry, _ in portion])
        ledger.close()
        stored = time.monotonic()
        with opened(folder) as index:
            index.ready()
        figures = {"ledger, minutes": (stored - began) / 60, "collection, minutes": (time.monotonic() - stored) / 60}
        done.write_text(json.dumps(figures), "utf8")
    return dict(json.loads(done.read_text("utf8")))


@contextmanager
def opened(folder: Path, exact: int = EXACT) -> Iterator[Index]:
    """An index over what was built, which compares a question with every vector up to so many passages."""
    index = Index(Config(vectorstore=folder), exact=exact)
    try:
        yield index
    finally:
        index.close()


# --- measuring -------------------------------------------------------------------------------------------------------


class Watch:
    """Passes every call on to an object, and notes its name and how many milliseconds it took."""

    def __init__(self, watched: Any, calls: list[tuple[str, float]]) -> None:
        self._watched = watched
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._watched, name)
        return self._timed(name, found) if callable(found) else found

    def _timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*values: Any) -> Any:
            result, taken = clocked(call, *values)
            self._calls.append((name, taken))
            return result

        return timed


def clocked(call: Callable[..., Any], *values: Any) -> tuple[Any, float]:
    """What a call gives, and the milliseconds it took."""
    began = time.perf_counter()
    result = call(*values)
    return result, (time.perf_counter() - began) * 1000


STEPS = {"embed_questions": "embedding", "nearest": "dense", "search": "lexical", "scores": "closer look"}


def steps(calls: Sequence[tuple[str, float]], whole: float) -> Figures:
    """Milliseconds by step of one `retrieve`, 0 where it was not taken. The rest is fetching and fusing.

    Steps of the first search come once; when one comes again it belongs to the second hop.
    """
    found = dict.fromkeys([*STEPS.values(), "second hop"], 0.0)
    for name, taken in calls:
        if step := STEPS.get(name):
            found["second hop" if found[step] else step] += taken
    return {**found, "the rest": whole - sum(found.values()), "retrieve": whole}


def measure(keep: Path, count: int) -> Figures:
    """All that is measured of one index."""
    folder = keep / str(count)
    model = load_embedding_model(DEFAULT_EMBEDDING)
    asked = questions(keep)
    model.embed_questions([WARMING])
    figures = {"model alone, MB": resident()}
    with opened(folder) as index:
        figures |= {f"disk, {name}, MB": size for name, size in disk(folder).items()}
        _, figures["opening, ms"] = clocked(index.ready)
        figures["opened, MB"] = resident()
        for kind, group in asked.items():
            taken_by = by_step(index, model, group)
            for name, values in taken_by.items():
                figures[f"{kind}: {name}, p50 ms"] = percentile(values, 50)
                figures[f"{kind}: {name}, p95 ms"] = percentile(values, 95)
                figures[f"{kind}: {name}, share %"] = 100 * sum(values) / sum(taken_by["retrieve"])
            figures.setdefault("after the real questions, MB", resident())
        taken = [clocked(index.ledger.frequency, terms(one))[1] for one in asked["real"]]
        figures |= {"frequency, p50 ms": percentile(taken, 50), "frequency, p95 ms": percentile(taken, 95)}
        _, figures["counting passages, ms"] = clocked(index.ledger.passage_count)
        retriever = HybridRetriever(index, model, closer=LateInteraction(model, index.ledger))
        for name, scope in SCOPES.items():
            taken = [clocked(retriever.passages, one, 10, scope)[1] for one in asked["real"][:20]]
            figures |= {f"{name}: retrieve, p50 ms": percentile(taken, 50)}
            figures |= {f"{name}: retrieve, p95 ms": percentile(taken, 95)}
        figures["after the narrowed questions, MB"] = resident()
        vectors = model.embed_questions(asked["real"])
    with opened(folder, exact=0) as index:
        index.ready()
        graph = [clocked(index.nearest, vector, CANDIDATES) for vector in vectors]
        figures["graph, p50 ms"] = percentile([taken for _, taken in graph], 50)
    with opened(folder, exact=count) as index:
        exact = [clocked(index.nearest, vector, CANDIDATES) for vector in vectors]
        figures["exact, first, ms"] = exact[0][1]
        figures["exact, p50 ms"] = percentile([taken for _, taken in exact], 50)
        figures["exact, MB"] = resident()
    shares = [
        len({one for one, _ in found} & {one for one, _ in best}) / len(best)
        for (found, _), (best, _) in zip(graph, exact, strict=True)
    ]
    return figures | {"graph, recall@50, mean": float(np.mean(shares)), "graph, recall@50, worst": min(shares)}


def by_step(index: Index, model: EmbeddingModel, group: Sequence[str]) -> dict[str, list[float]]:
    """Milliseconds of each question by step."""
    calls: list[tuple[str, float]] = []
    watched: Any = Watch(index, calls)
    watched.ledger = Watch(index.ledger, calls)
    closer: Any = Watch(LateInteraction(model, index.ledger), calls)
    retriever = HybridRetriever(watched, Watch(model, calls), closer=closer)
    retriever.passages(WARMING)  # no question of the group: what the closer look reads of a passage is kept
    found: dict[str, list[float]] = {}
    for question in group:
        calls.clear()
        _, whole = clocked(retriever.passages, question, 10)
        for name, taken in steps(calls, whole).items():
            found.setdefault(name, []).append(taken)
    return found


def questions(keep: Path) -> dict[str, list[str]]:
    """Questions of each kind."""
    with tempfile.TemporaryDirectory() as folder:
        found = [query.question for place in SETS for query in place.queries(Path(folder))]
    chance = random.Random(SEED)
    real = chance.sample(found, 1000)
    holding: Counter[str] = Counter()
    for passage in stock(keep).sources:
        holding.update({word for word in re.findall(r"[a-z]{3,}", passage.text.lower()) if content_terms(word)})
    common = [word for word, _ in holding.most_common(30)]
    return {
        "real": real[: QUESTIONS["real"]],
        "commonest words": [
            f"Which {' '.join(chance.sample(common, 6))}?" for _ in range(QUESTIONS["commonest words"])
        ],
        "no topic": list(WITHOUT_TOPIC),
        "200 words": [
            " ".join(" ".join(chance.sample(real, 40)).split()[:200])[: Config().max_question]
            for _ in range(QUESTIONS["200 words"])
        ],
    }


def resident() -> float:
    """Megabytes of memory that this process holds now."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def disk(folder: Path) -> Figures:
    """Megabytes on disk by part."""
    chroma = sum(path.stat().st_size for path in (folder / "chroma").rglob("*") if path.is_file())
    return {"ledger": sum(path.stat().st_size for path in folder.glob("ledger*")) / 1e6, "collection": chroma / 1e6}


# --- showing ---------------------------------------------------------------------------------------------------------


def show(table: dict[int, Figures]) -> None:
    """Prints a line for each figure, a column for each size, and how much the figure grew from size to size."""
    sizes = list(table)
    growth = [f"x{after / before:g}" for before, after in pairwise(sizes)]
    print(f"{'passages':36}" + "".join(f"{size:>12,}" for size in sizes) + "".join(f"{one:>8}" for one in growth))
    for name in table[sizes[0]]:
        values = [table[size][name] for size in sizes]
        grown = [f"{b / a:.1f}" if a else "-" for a, b in pairwise(values)]
        print(f"{name:36}" + "".join(f"{one:12.2f}" for one in values) + "".join(f"{one:>8}" for one in grown))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("passages", nargs="*", type=int, default=[1000, 10_000, 100_000])
    parser.add_argument("--keep", type=Path, help="build indexes in this folder, and use those that are there")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        keep = arguments.keep or Path(scratch)
        keep.mkdir(parents=True, exist_ok=True)
        table: dict[int, Figures] = {}
        alone = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=alone, max_tasks_per_child=1) as other:
            other.submit(stock, keep).result()
            for count in arguments.passages:
                table[count] = other.submit(build, keep, count).result() | other.submit(measure, keep, count).result()
                print(f"{count:,} passages measured", flush=True)
                if arguments.json:
                    arguments.json.write_text(json.dumps(table, indent=1) + "\n", "utf8")
        show(table)


if __name__ == "__main__":
    main()
