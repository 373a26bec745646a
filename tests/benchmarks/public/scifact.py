"""SciFact (Wadden et al. 2020) as BEIR tests it: scientific claims that should find the abstracts they cite."""

from __future__ import annotations

import ast
import csv
import re
import sys
from collections import defaultdict
from pathlib import Path

from tests.benchmarks.public import Query, bench, write


def queries(corpus: Path, part: str = "validation") -> list[Query]:
    """A document for each of the 5,183 abstracts."""
    csv.field_size_limit(sys.maxsize)
    with (bench() / "scifact/corpus_train.csv").open(encoding="utf8", newline="") as lines:
        for row in csv.DictReader(lines):
            write(corpus, f"{row['doc_id']}.md", row["title"], " ".join(_sentences(row["abstract"])))
    cited: dict[str, tuple[str, set[str]]] = defaultdict(lambda: ("", set()))
    with (bench() / f"scifact/claims_{part}.csv").open(encoding="utf8", newline="") as lines:
        for row in csv.DictReader(lines):
            documents = {f"{one}.md" for one in re.findall(r"\d+", row["cited_doc_ids"])}
            cited[row["id"]] = (row["claim"], cited[row["id"]][1] | documents)
    return [Query(claim, frozenset(documents)) for claim, documents in cited.values() if documents]


def _sentences(printed: str) -> list[str]:
    """The strings of a printed array, whose items stand beside each other without commas."""
    tree = ast.parse(printed.replace("\n", ",\n"), mode="eval")
    return [str(one.value).strip() for one in ast.walk(tree) if isinstance(one, ast.Constant)]
