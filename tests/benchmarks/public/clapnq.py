"""ClapNQ, development set (Rosenthal et al. 2024): natural questions with long answers, a passage each."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmarks.public import Case, Query, bench, write


def cases(corpus: Path, half: int | None = None) -> list[Case]:
    """A document for each passage. Half 0, even lines, is for fitting and half 1 reported; the corpus holds both."""
    found = []
    for kind in ("answerable", "unanswerable"):
        lines = (bench() / f"clapnq/annotated_data/dev/clapnq_dev_{kind}.jsonl").read_text("utf8").splitlines()
        for number, line in enumerate(lines):
            row = json.loads(line)
            passage, document = row["passages"][0], f"{kind}-{number:03d}.md"
            write(corpus, document, passage["title"], passage["text"])
            if half in (None, number % 2):
                chosen = tuple(
                    text for output in row.get("output", []) for text in output.get("selected_sentences", [])
                )
                found.append(Case(row["input"], kind == "answerable", document, passage["text"], chosen))
    return found


def queries(corpus: Path) -> list[Query]:
    return [Query(case.question, frozenset({case.document})) for case in cases(corpus) if case.answerable]
