"""SQuAD 2.0, development set (Rajpurkar, Jia and Liang 2018): 16 articles, half of the questions without an answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.benchmarks.public import Case, Query, bench, write

PARTS = ("reader", "reader", "calibrate", "reported", "reader", "reader", "reader", "reported")


def articles(part: str = "") -> list[dict[str, Any]]:
    """Articles sorted by title: every fourth is "reported", two others "calibrate", the rest fit the small "reader"."""
    data = json.loads((bench() / "squad2-cs224n/dev-v2.0.json").read_text("utf8"))["data"]
    data.sort(key=lambda article: article["title"])
    return [article for number, article in enumerate(data) if part in ("", PARTS[number % len(PARTS)])]


def cases(corpus: Path, part: str) -> list[Case]:
    """A document for each article; the question does not say which paragraph answers."""
    found = []
    for article in articles(part):
        document = article["title"] + ".md"
        contexts = [" ".join(paragraph["context"].split()) for paragraph in article["paragraphs"]]
        write(corpus, document, article["title"].replace("_", " "), "\n\n".join(contexts))
        for paragraph, context in zip(article["paragraphs"], contexts, strict=True):
            for qa in paragraph["qas"]:
                texts = tuple(answer["text"] for answer in qa["answers"])
                found.append(Case(qa["question"], not qa["is_impossible"], document, context, texts))
    return found


def queries(corpus: Path) -> list[Query]:
    """A document for each paragraph of all articles; its answerable questions should find it."""
    found = []
    for article in articles():
        for number, paragraph in enumerate(article["paragraphs"]):
            document = f"{article['title']}-{number:03d}.md"
            write(corpus, document, article["title"].replace("_", " "), " ".join(paragraph["context"].split()))
            found += [
                Query(qa["question"], frozenset({document})) for qa in paragraph["qas"] if not qa["is_impossible"]
            ]
    return found
