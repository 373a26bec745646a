"""Measures how well the content of web pages is told from their furniture, on a public set of 181 pages.

    SUMBER_BENCH=/path/to/public/data python -m tests.benchmarks.extraction [--json FILE]

The measure is that of the article extraction benchmark (Scrapinghub 2019): shingles of four words, precision and recall
averaged over the pages, F1 of the two averages. Its texts are article bodies, without the headline, which a stored text
keeps as its first heading; so two rows are printed: the body, and the stored text as it is. `±` is a bootstrap
interval of 95 %. Pages that are refused count as empty.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.reading.blocks import Block, Content, compose
from rag.reading.pages import read_html
from rag.types import ReadingError
from tests.benchmarks.public import bench

SHINGLE = 4
ROUNDS = 1000
SEED = 20261122


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall of one page, or their averages; one without words on that side has none."""

    precision: float | None
    recall: float | None

    @property
    def f1(self) -> float:
        both = (self.precision or 0.0) + (self.recall or 0.0)
        return 2 * (self.precision or 0.0) * (self.recall or 0.0) / both if both else 0.0


def score(true: str, predicted: str) -> Score:
    """Precision and recall of the shingles of a text, counted with repetition."""
    wanted, got = _shingles(true), _shingles(predicted)
    both = (wanted & got).total()
    if wanted == got:
        return Score(1.0 if got else None, 1.0 if wanted else None)
    return Score(both / got.total() if got else None, both / wanted.total() if wanted else None)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1)) if words)


def average(scores: Sequence[Score]) -> Score:
    return Score(
        statistics.mean(one.precision for one in scores if one.precision is not None),
        statistics.mean(one.recall for one in scores if one.recall is not None),
    )


def interval(scores: Sequence[Score]) -> tuple[float, float, float]:
    """Half the width of the 95 % interval of F1, precision and recall, by drawing pages anew."""
    drawn = random.Random(SEED)
    rounds = [average(drawn.choices(scores, k=len(scores))) for _ in range(ROUNDS)]
    columns = (
        [one.f1 for one in rounds],
        [one.precision or 0.0 for one in rounds],
        [one.recall or 0.0 for one in rounds],
    )
    f1, precision, recall = (1.96 * statistics.stdev(column) for column in columns)
    return f1, precision, recall


def texts(page: Path) -> tuple[str, str]:
    """The body and the whole stored text of a gzipped page."""
    try:
        content = read_html(gzip.decompress(page.read_bytes()), page.name)
    except ReadingError:
        return "", ""
    title = content.facts.title
    body = [
        part
        for part in content.parts
        if not (isinstance(part, Block) and part.kind == "heading" and part.text == title)
    ]
    return (
        compose(page.name, "", Content(tuple(body), content.facts)).text,
        compose(page.name, "", content).text,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the scores here too, of each page as well")
    write = parser.parse_args().json
    folder = bench() / "article-extraction"
    truth = {
        key: one.get("articleBody", "") for key, one in json.loads((folder / "ground-truth.json").read_text()).items()
    }
    begun = time.perf_counter()
    found = {key: texts(folder / "html" / f"{key}.html.gz") for key in sorted(truth)}
    seconds = time.perf_counter() - begun
    report: dict[str, object] = {"pages": len(found), "seconds": round(seconds, 1)}
    for row, name in enumerate(("body", "stored text")):
        scores = {key: score(truth[key], both[row]) for key, both in found.items()}
        mean, (f1, precision, recall) = average(list(scores.values())), interval(list(scores.values()))
        parts = (("F1", mean.f1, f1), ("precision", mean.precision, precision), ("recall", mean.recall, recall))
        print(f"{name:12}", *(f"{label} {value:.3f} ± {half:.3f}" for label, value, half in parts), sep="  ")
        report[name] = {"f1": mean.f1, **asdict(mean), "interval": [f1, precision, recall]}
        report[f"{name} by page"] = {key: asdict(one) for key, one in scores.items()}
    print(f"{1000 * seconds / len(found):.0f} ms a page")
    if write:
        write.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
