"""Whether the right passages are found: dense, lexical and fused side by side, on public sets.

    SUMBER_BENCH=/path/to/public/data python -m tests.benchmarks retrieval [SET ...] [--json OUT] [--before EARLIER]

Every figure is that of the shipped defaults; `fused` is what `retrieve` returns. With `--ablation` it is also measured
without each of its parts. Documents are ranked by their best passage. `R@5` is the share of a question's documents
among the first five (for `chunking`, of its characters among the five best passages), `both@5` whether all of them are.
Intervals are 95 % bootstrap intervals over questions. What `chunking` has of finance says much twice or more often;
`retrieve` shows a copy once, and its other places, which may be those that count, after all else.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from rag import ledger, retrieval
from rag.assistant import Assistant
from rag.config import Config
from rag.evaluation import measures
from rag.evaluation.statistics import interval, mean
from rag.followup import inquiry
from rag.retrieval import HybridRetriever
from rag.types import Passage
from tests.benchmarks.public import Query, chunking, clapnq, idk_mrc, korquad, mtrag, multihop, scifact, squad

SEED = 20261122
DEPTH = 50  # passages that are looked at

SETS: dict[str, Callable[[Path], list[Query]]] = {
    "scifact": scifact.queries,
    "squad": squad.queries,
    "clapnq": clapnq.queries,
    "mtrag": mtrag.queries,
    "korquad": korquad.queries,
    "idk-mrc": idk_mrc.queries,
    "multihop": multihop.queries,
    "chunking": chunking.queries,
}


# What the README of the public data gives as floor and as target. No set trains anything that retrieval uses; its
# constants were chosen looking at samples of 250 questions of each.
GOALS = {
    "scifact": "nDCG@10 floor .715 target .76",
    "squad": "hit@1 floor .808 target .90, hit@5 floor .943 target .985",
    "clapnq": "hit@1 floor .903 target .96",
    "mtrag": "R@5 floor .769 target .86",
    "korquad": "hit@1 floor .912 target .93",
    "idk-mrc": "hit@1 floor .872 target .90, hit@5 floor .953",
    "multihop": "R@5 floor .775 target .86, both@5 floor .56 target .72",
    "chunking": "R@5 floor .828 target .90",
}

# A part of retrieval, and the constant that takes it out; where no module is named, the retriever's own.
PARTS: dict[str, tuple[ModuleType | None, str, float]] = {
    "no second search": (retrieval, "HOP_WEIGHT", 0.0),
    "every language at home": (retrieval, "FOREIGN", -1e9),
    "titles as text": (ledger, "TITLE_WEIGHT", 1.0),
    "only dense": (None, "_dense_weight", 1.0),
    "no closer look": (retrieval, "CLOSER_WEIGHT", 0.0),
    "repeats in their places": (retrieval, "SAME", 2.0),
}


@contextmanager
def without(part: str, retriever: HybridRetriever) -> Iterator[None]:
    """Retrieval with one of its parts taken out."""
    module, constant, value = PARTS[part]
    holder = module or retriever
    shipped = getattr(holder, constant)
    setattr(holder, constant, value)
    try:
        yield
    finally:
        setattr(holder, constant, shipped)


Found = dict[str, dict[str, list[float]]]  # way of searching, measure: a value for every question


def run(name: str, limit: int, config: dict[str, object], ablation: bool) -> Found:
    """Each measure of each way of searching a set, a value for every question."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        queries = SETS[name](corpus)
        random.Random(SEED).shuffle(queries)
        with Assistant.open(Config(corpus=corpus, vectorstore=Path(folder, "index"), **config)) as assistant:
            assistant.sync()
            found: Found = {}
            for query in queries[:limit]:
                for way, passages, seconds in _ways(assistant, query, ablation):
                    measured = _measured(query, passages) | ({"ms": 1000 * seconds} if seconds else {})
                    for measure, value in measured.items():
                        found.setdefault(way, {}).setdefault(measure, []).append(value)
            return found


def _ways(assistant: Assistant, query: Query, ablation: bool) -> Iterator[tuple[str, list[Passage], float]]:
    """The passages that each way of searching finds, best first, and its seconds where it is a whole search."""
    question = inquiry(query.question, query.history).standalone
    retriever = assistant._parts()[0]
    vector = assistant._model().embed_questions([question])[0]
    candidates = retriever.candidates(question, vector, DEPTH)
    stored = assistant.index.ledger
    for way, scores in (("dense", candidates.dense), ("lexical", candidates.lexical)):
        known = stored.passages(scores)
        yield way, [known[one] for one in sorted(scores, key=lambda one: (-scores[one], one)) if one in known], 0.0
    began = time.perf_counter()
    passages = retriever.passages(question, DEPTH)
    yield "fused", passages, time.perf_counter() - began
    for part in PARTS if ablation else ():
        with without(part, retriever):
            began = time.perf_counter()
            passages = retriever.passages(question, DEPTH)
            yield part, passages, time.perf_counter() - began


def _measured(query: Query, passages: Sequence[Passage]) -> dict[str, float]:
    if query.spans:
        return {"R@5": _covered(query.spans, passages[:5])}
    documents = list(dict.fromkeys(passage.document for passage in passages))
    ranks = tuple(documents.index(one) + 1 if one in documents else None for one in sorted(query.documents))
    return {
        "hit@1": float(measures.hit(ranks, 1)),
        "hit@5": float(measures.hit(ranks, 5)),
        "R@5": measures.recall(ranks, 5),
        "both@5": float(measures.recall(ranks, 5) == 1.0),
        "nDCG@10": measures.ndcg(ranks, 10),
    }


def _covered(spans: Iterable[tuple[str, int, int]], passages: Sequence[Passage]) -> float:
    """The share of the characters of some stretches that the passages hold."""
    wanted = {(document, at) for document, start, end in spans for at in range(start, end)}
    held = {(passage.document, at) for passage in passages for at in range(passage.start, passage.end)}
    return len(wanted & held) / len(wanted)


def show(name: str, found: Found, before: dict[str, dict[str, float]]) -> dict[str, object]:
    """Prints a table for a set; returns its figures."""
    figures: dict[str, object] = {}
    print(f"{name}: {GOALS[name]}")
    for way, values in found.items():
        cells = []
        for measure, each in values.items():
            if measure == "ms":
                cells.append(f"{sorted(each)[len(each) // 2]:.0f} ms")
                continue
            low, high = interval(mean, each)
            figures[f"{way} {measure}"] = mean(each)
            earlier = before.get(name, {}).get(f"{way} {measure}")
            change = "" if earlier is None else f" ({mean(each) - earlier:+.3f})"
            cells.append(f"{measure} {mean(each):.3f} [{low:.3f} {high:.3f}]{change}")
        print(f"{name:9} {way:22} n {len(next(iter(values.values()))):5}  " + "  ".join(cells), flush=True)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", choices=[*SETS, []], help="default: all")
    parser.add_argument("--questions", type=int, default=10**6, help="at most so many of each set")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--before", type=Path, help="figures of an earlier run, to compare with")
    parser.add_argument("--passage-tokens", type=int, help="longest passage, instead of the default")
    parser.add_argument("--ablation", action="store_true", help="also without each part of the fused search")
    arguments = parser.parse_args()
    config = {"passage_tokens": arguments.passage_tokens} if arguments.passage_tokens else {}
    before = json.loads(arguments.before.read_text("utf8")) if arguments.before else {}
    figures = {}
    for name in arguments.sets or SETS:
        began = time.monotonic()
        figures[name] = show(name, run(name, arguments.questions, config, arguments.ablation), before)
        print(f"{name:9} took {time.monotonic() - began:.0f} s", flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps(figures, indent=1) + "\n", "utf8")


if __name__ == "__main__":
    main()
