"""Measures how well content is told from furniture in pages copied as plain text, on a public set of 181 pages.

    SUMBER_BENCH=/path/to/public/data python -m tests.benchmarks.furniture [--json FILE]

Each page is turned into the lines that a browser would paste; hidden menus are among them. Rules were fitted looking at
the even half, but for the share of running text that a body must have, which one page of the odd half moved; the odd
half is for reporting. The article bodies to be found have no headline, byline or date, which the stored text keeps on
purpose: precision cannot reach 1. Recall is what must not fall below that of the whole text.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from pathlib import Path

from lxml import etree, html

from rag.reading.furniture import copied, set_aside
from tests.benchmarks.extraction import average, interval, score
from tests.benchmarks.public import bench

DROPPED = {"script", "style", "noscript", "template", "head", "iframe", "svg", "object", "canvas", "textarea"}
INLINE = re.compile(
    "a|abbr|acronym|b|bdi|bdo|big|button|cite|code|data|del|dfn|em|font|i|img|ins|kbd|label|mark|nobr|option|q|s|samp|"
    "select|small|span|strike|strong|sub|sup|time|tt|u|var|wbr"
)
APART = {"p", "h1", "h2", "h3", "h4", "ul", "ol"}


def pasted(page: bytes) -> str:
    """The text of a page, a line for each block, a bullet before each item of a list."""
    root = html.fromstring(page.decode("utf-8", "replace"), parser=html.HTMLParser(no_network=True))
    body = root.find(".//body")
    pieces: list[str] = []
    _paste(root if body is None else body, pieces)
    text = re.sub(r"[^\S\n]+\n", "\n", "".join(pieces))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"\n  • ?\n+(?=\S)", "\n  • ", text)).strip() + "\n"


def _paste(element: etree._Element, pieces: list[str]) -> None:
    shown = isinstance(element.tag, str) and element.tag not in DROPPED and element.get("hidden") is None
    if shown and "display:none" not in (element.get("style") or "").replace(" ", ""):
        block = not INLINE.fullmatch(element.tag)
        if block and pieces and not pieces[-1].endswith("\n"):
            pieces.append("\n")
        pieces.append({"br": "\n", "li": "  • "}.get(element.tag, "\n" if element.tag in APART else ""))
        pieces.append(re.sub(r"\s+", " ", element.text or ""))
        for child in element:
            _paste(child, pieces)
        if block:
            pieces.append("\n\n" if element.tag in APART else "\n")
    pieces.append(re.sub(r"\s+", " ", element.tail or ""))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    folder = bench() / "article-extraction"
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    pages = [
        (truth[key]["articleBody"], pasted(gzip.decompress((folder / f"html/{key}.html.gz").read_bytes())))
        for key in sorted(truth)
    ]
    rows = []
    for half, name in ((0, "even half, fitted"), (1, "odd half, reported")):
        chosen = pages[half::2]
        seen = sum(copied(text) is not None for _, text in chosen)
        for what, scores in (
            ("whole text", [score(body, text) for body, text in chosen]),
            ("content", [score(body, set_aside(text)[0]) for body, text in chosen]),
        ):
            mean, wide = average(scores), interval(scores)
            row = {"half": name, "text": what, "pages": len(chosen), "taken_for_pages": seen, "f1": mean.f1}
            rows.append(row | {"precision": mean.precision, "recall": mean.recall, "intervals": wide})
            print(
                f"{name}, {what}: F1 {mean.f1:.3f} ±{wide[0]:.3f}, precision {mean.precision:.3f} ±{wide[1]:.3f}, "
                f"recall {mean.recall:.3f} ±{wide[2]:.3f}; {seen} of {len(chosen)} taken for copied pages"
            )
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
