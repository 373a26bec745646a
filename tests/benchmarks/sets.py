"""The public question sets that answering is measured on: each writes a corpus folder and gives its questions.

They are found through the environment variable SUMBER_BENCH and are no part of this project.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """A question about the corpus of its set. A quoted sentence answers if it stands in `context` and holds a text."""

    question: str
    answerable: bool
    document: str
    context: str
    texts: tuple[str, ...]
    half: int  # 0 for fitting, 1 for reporting


def bench() -> Path:
    """The folder of public data.

    Raises:
        SystemExit: SUMBER_BENCH does not name one.
    """
    folder = os.environ.get("SUMBER_BENCH", "")
    if not Path(folder, "squad2-cs224n").is_dir():
        raise SystemExit("set SUMBER_BENCH to the folder of public data sets")
    return Path(folder)


def squad_articles() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(fitted, reported) articles of SQuAD 2.0: sorted by title, every fourth is reported."""
    data = json.loads((bench() / "squad2-cs224n/dev-v2.0.json").read_text("utf8"))["data"]
    data.sort(key=lambda article: article["title"])
    return [a for i, a in enumerate(data, 1) if i % 4], [a for i, a in enumerate(data, 1) if i % 4 == 0]


def squad(corpus: Path, reported: bool) -> list[Case]:
    """SQuAD 2.0 (Rajpurkar et al. 2018): a document for each article, questions without their paragraph."""
    cases = []
    for article in squad_articles()[reported]:
        document = article["title"] + ".md"
        contexts = [" ".join(paragraph["context"].split()) for paragraph in article["paragraphs"]]
        heading = "# " + article["title"].replace("_", " ")
        (corpus / document).write_text("\n\n".join([heading, *contexts]) + "\n", "utf8")
        for paragraph, context in zip(article["paragraphs"], contexts, strict=True):
            for qa in paragraph["qas"]:
                texts = tuple(answer["text"] for answer in qa["answers"])
                cases.append(Case(qa["question"], not qa["is_impossible"], document, context, texts, int(reported)))
    return cases


def clapnq(corpus: Path) -> list[Case]:
    """ClapNQ dev (Rosenthal et al. 2024): natural questions, a document a passage; even lines are for fitting."""
    cases = []
    for kind in ("answerable", "unanswerable"):
        lines = (bench() / f"clapnq/annotated_data/dev/clapnq_dev_{kind}.jsonl").read_text("utf8").splitlines()
        for number, line in enumerate(lines):
            row = json.loads(line)
            passage = row["passages"][0]
            document = f"{kind}-{number:03d}.md"
            front = f"---\ntitle: {json.dumps(passage['title'])}\n---\n"
            (corpus / document).write_text(front + passage["text"].strip() + "\n", "utf8")
            chosen = tuple(text for output in row.get("output", []) for text in output.get("selected_sentences", []))
            cases.append(Case(row["input"], kind == "answerable", document, passage["text"], chosen, number % 2))
    return cases


def idk_mrc(corpus: Path, part: str = "train", limit: int = 120) -> list[Case]:
    """IDK-MRC (Putri and Oh 2022), Indonesian: a document for each paragraph; `train` is for fitting."""
    cases = []
    for number, row in enumerate(json.loads((bench() / f"idk-mrc/{part}.json").read_text("utf8"))[:limit]):
        document, context = f"{part}-{number:04d}.txt", row["context"]
        (corpus / document).write_text(context + "\n", "utf8")
        for qa in row["qas"]:
            texts = tuple(answer["text"] for answer in qa["answers"])
            cases.append(Case(qa["question"], not qa["is_impossible"], document, context, texts, int(part == "valid")))
    return cases


SETS: dict[str, Callable[[Path], list[Case]]] = {
    "squad-fitted": lambda corpus: squad(corpus, reported=False),
    "squad-reported": lambda corpus: squad(corpus, reported=True),
    "clapnq": clapnq,
    "idk-mrc-train": idk_mrc,
    "idk-mrc-valid": lambda corpus: idk_mrc(corpus, "valid", 400),
}


def answers(case: Case, document: str, quote: str) -> bool:
    """Whether a quoted sentence answers: it stands in the right context and holds an accepted text, or lies in one."""
    said, context = _level(quote), _level(case.context)
    if not case.answerable or document != case.document or said not in context:
        return False
    return any(_level(text) in said or said in _level(text) for text in case.texts if text.strip())


def _level(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()
