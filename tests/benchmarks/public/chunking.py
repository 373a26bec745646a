"""Chroma's chunking evaluation (Smith and Troynikov 2024): long texts, questions with the stretches that answer."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

from tests.benchmarks.public import Query, bench


def queries(corpus: Path) -> list[Query]:
    """The five texts as they are, in plain text."""
    csv.field_size_limit(sys.maxsize)
    texts = {}
    for path in sorted((bench() / "chroma-chunking/corpora").glob("*.md")):
        texts[path.stem] = path.read_text("utf8")
        (corpus / f"{path.stem}.txt").write_text(texts[path.stem], "utf8")
    found = []
    with (bench() / "chroma-chunking/questions_df.csv").open(encoding="utf8", newline="") as lines:
        for row in csv.DictReader(lines):
            document = f"{row['corpus_id']}.txt"
            spans = [(document, one["start_index"], one["end_index"]) for one in json.loads(row["references"])]
            found.append(Query(row["question"], frozenset({document}), tuple(spans)))
    return found
