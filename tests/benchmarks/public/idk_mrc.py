"""IDK-MRC (Putri and Oh 2022): Indonesian, half of the questions without an answer."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmarks.public import Case, Query, bench, write

CALIBRATED = 120  # paragraphs of `train` that calibrate, the first; the small reader is fitted on those behind them


def cases(corpus: Path, part: str, chosen: slice = slice(None)) -> list[Case]:
    """A document for each paragraph of `train`, which is for fitting, or of `valid`, which is reported."""
    found = []
    for number, row in enumerate(json.loads((bench() / f"idk-mrc/{part}.json").read_text("utf8"))[chosen]):
        document = f"{part}-{number:04d}.md"
        write(corpus, document, "", row["context"])
        for qa in row["qas"]:
            texts = tuple(answer["text"] for answer in qa["answers"])
            found.append(Case(qa["question"], not qa["is_impossible"], document, row["context"], texts))
    return found


def queries(corpus: Path) -> list[Query]:
    return [Query(case.question, frozenset({case.document})) for case in cases(corpus, "valid") if case.answerable]
