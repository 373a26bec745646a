"""KorQuAD 1.0, development set, articles 0 to 69 (Lim, Kim and Lee 2019): Korean."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmarks.public import Query, bench, write


def queries(corpus: Path) -> list[Query]:
    """A document for each paragraph."""
    found = []
    for path in sorted((bench() / "korquad1").glob("*.json")):
        for place, article in enumerate(json.loads(path.read_text("utf8"))["data"]):
            for number, paragraph in enumerate(article["paragraphs"]):
                document = f"{place:03d}-{number:03d}.md"
                write(corpus, document, article["title"].replace("_", " "), paragraph["context"])
                found += [Query(qa["question"], frozenset({document})) for qa in paragraph["qas"]]
    return found
