"""Whether a follow-up question finds what it would if it stood alone: on public conversations, and on ten of our own.

    SUMBER_BENCH=/path/to/public/data python -m tests.benchmarks.followups [--half looked-at] [--json OUT]

`mtrag` are the first turns and the follow-ups of MTRAG-UN whose passages are known, over its pooled passages.
`rewrites` are the follow-ups of MTRAG that people rewrote so that they stand alone. How near a question comes is the
cosine of its vector and the rewrite's, and the share of the rewrite's first ten passages that are among its own.
Three ways of asking are compared: the last turn alone, the last two turns joined, and `standalone` as it is shipped.
Conversations are halved by a hash of how they begin: one half was looked at while the rules were written, the other is
reported. Intervals are 95 % bootstrap intervals over questions. The ten conversations need no public data.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.assistant import Assistant
from rag.config import Config
from rag.evaluation import measures, statistics
from rag.followup import inquiry
from rag.types import Turn
from tests.benchmarks.public import bench, mtrag

CONVERSATIONS = Path(__file__).parent.parent / "questions/conversations"
TURNS = CONVERSATIONS / "turns.txt"  # a question a line, conversations apart
HALVES = ("looked-at", "reported")
Found = dict[str, list[float]]  # each value of a measure, by set, way and measure


def _half(beginning: str) -> str:
    return HALVES[1 - int(hashlib.sha256(beginning.encode()).hexdigest(), 16) % 2]


def _ways(question: str, history: Sequence[Turn]) -> dict[str, str]:
    """What is looked up for a question, by each way of asking."""
    before = f"{history[-1].question} " if history else ""
    return {"last": question, "two": before + question, "ours": inquiry(question, history).standalone}


def public(half: str) -> Found:
    """The measures of both public sets."""
    found: Found = {}
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        queries = mtrag.queries(corpus)
        with Assistant.open(Config(corpus=corpus, vectorstore=Path(folder, "index"))) as assistant:
            assistant.sync()
            for query in queries:
                if _half((*(turn.question for turn in query.history), query.question)[0]) != half:
                    continue
                turn = "follow-up" if query.history else "first turn"
                for way, question in _ways(query.question, query.history).items():
                    documents = list(dict.fromkeys(one.document for one in assistant.retrieve(question, 30)))
                    ranks = [documents.index(one) + 1 if one in documents else None for one in sorted(query.documents)]
                    found.setdefault(f"mtrag {turn} {way} hit@1", []).append(float(measures.hit(ranks, 1)))
                    found.setdefault(f"mtrag {turn} {way} R@5", []).append(measures.recall(ranks, 5))
            for question, history, rewrite in _rewritten(half):
                for way, asked in _ways(question, history).items():
                    cosine, shared = _nearness(assistant, asked, rewrite)
                    found.setdefault(f"rewrites {way} cosine", []).append(cosine)
                    found.setdefault(f"rewrites {way} top 10", []).append(shared)
    return found


def _rewritten(half: str) -> Iterator[tuple[str, list[Turn], str]]:
    """The follow-ups that people rewrote: question, turns before (their answers are not in the set), rewrite."""
    for name in ("clapnq", "cloud"):
        folder = bench() / "mtrag-human-rewrites" / name
        rewrites = _texts(folder / f"{name}_rewrite.jsonl")
        for one, conversation in _texts(folder / f"{name}_questions.jsonl").items():
            *before, question = conversation
            if before and _half(one.split("<::>")[0]) == half:
                yield question, [Turn(text) for text in before], rewrites[one][0]


def _texts(path: Path) -> dict[str, list[str]]:
    """What the person said in each conversation of a file, by id."""
    lines = [json.loads(line) for line in path.read_text("utf8").splitlines()]
    return {line["_id"]: [said.strip() for said in line["text"].split("|user|:")[1:]] for line in lines}


def _nearness(assistant: Assistant, question: str, rewrite: str) -> tuple[float, float]:
    one, other = assistant._model().embed_questions([question, rewrite])
    first, second = ({passage.id for passage in assistant.retrieve(text, 10)} for text in (question, rewrite))
    return float(one @ other), len(first & second) / 10


def show(found: Found) -> dict[str, float]:
    """Prints the figures; returns them."""
    for name, values in found.items():
        low, high = statistics.interval(statistics.mean, values)
        print(f"{name:28} n {len(values):4}  {statistics.mean(values):.3f} [{low:.3f} {high:.3f}]", flush=True)
    return {name: statistics.mean(values) for name, values in found.items()}


def converse() -> None:
    """Prints the ten conversations: each turn as it is looked up, and the first sentence of its answer."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(corpus=CONVERSATIONS / "documents", vectorstore=Path(folder))
        with Assistant.open(config) as assistant:
            assistant.sync()
            for conversation in TURNS.read_text("utf8").split("\n\n"):
                print()
                history: list[Turn] = []
                for question in conversation.splitlines():
                    answer = assistant.ask(question, history)
                    print(f"{inquiry(question, history).standalone}\n    {(answer.sentences or (answer,))[0].text}")
                    history.append(Turn(question, answer.text))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=HALVES, default="reported", help="of the public conversations")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    converse()
    if os.environ.get("SUMBER_BENCH"):
        figures = show(public(arguments.half))
        if arguments.json:
            arguments.json.write_text(json.dumps(figures, indent=1) + "\n", "utf8")


if __name__ == "__main__":
    main()
