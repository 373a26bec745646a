"""The public question sets that Sumber is measured on, one module each: it writes a corpus folder and gives questions.

They are found through the environment variable SUMBER_BENCH and are no part of this project.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from rag.types import Turn


@dataclass(frozen=True, slots=True)
class Query:
    """A question to search with, and what it should find: documents, or where `spans` are given stretches of one."""

    question: str
    documents: frozenset[str]
    spans: tuple[tuple[str, int, int], ...] = ()  # document, start and end in its stored text
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A question to answer. A quoted sentence answers if it stands in `context` and holds a text, or lies in one."""

    question: str
    answerable: bool
    document: str
    context: str
    texts: tuple[str, ...]


def bench() -> Path:
    """The folder of public data.

    Raises:
        SystemExit: SUMBER_BENCH does not name one.
    """
    folder = os.environ.get("SUMBER_BENCH", "")
    if not Path(folder, "squad2-cs224n").is_dir():
        raise SystemExit("set SUMBER_BENCH to the folder of public data sets")
    return Path(folder)


def write(corpus: Path, document: str, title: str, text: str) -> None:
    """Puts a document into a corpus, as Markdown with its title."""
    front = f"---\ntitle: {json.dumps(title)}\n---\n" if title else ""
    (corpus / document).write_text(front + text.strip() + "\n", "utf8")


def answers(case: Case, document: str, quote: str) -> bool:
    """Whether a quoted sentence answers a case."""
    said, context = _level(quote), _level(case.context)
    if not case.answerable or document != case.document or said not in context:
        return False
    return any(_level(text) in said or said in _level(text) for text in case.texts if text.strip())


def _level(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()
