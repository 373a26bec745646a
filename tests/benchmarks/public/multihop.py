"""HotpotQA (Yang et al. 2018) as HippoRAG samples it: questions that need two documents."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmarks.public import Query, bench, write


def queries(corpus: Path) -> list[Query]:
    """A document for each of 994 paragraphs."""
    folder = bench() / "hipporag-multihop"
    names = {}
    for number, (title, lines) in enumerate(
        json.loads((folder / "hotpotqa_train_corpus.json").read_text("utf8")).items()
    ):
        names[title] = f"{number:04d}.md"
        write(corpus, names[title], title, " ".join("".join(lines).split()))
    rows = json.loads((folder / "hotpotqa_train.json").read_text("utf8"))
    return [
        Query(row["question"], frozenset(names[title] for title, _ in row["supporting_facts"] if title in names))
        for row in rows
    ]
