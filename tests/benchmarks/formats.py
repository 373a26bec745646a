"""How many of the words of files in many formats the stored text holds, against conversions made by others.

    SUMBER_BENCH=folder python -m tests.benchmarks.formats [--json OUT] [--lost] [FORMAT ...]

The conversions are Markdown. Before counting they lose what is markup or notation and no word of the file: comments and
tags, link targets, picture placeholders, list numbers and check boxes, escapes, entities, code fences, emphasis,
commands of LaTeX formulas, the midnight of dates, and the second and later of equal neighbouring cells, which the
stored text writes once. Words are runs of letters and digits in one case and NFKC, a letter of Chinese or Japanese is
a word of its own. Recall is the share of the conversion's words, each counted as often as it stands there, that the
stored text has.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.reading import parse
from rag.types import ReadingError
from tests.benchmarks.public import bench

_MARKUP = [
    (r"<!--.*?-->", " "),
    (r"!\[[^\]]*\]\([^)]*\)", " "),  # pictures
    (r"\]\([^)\s]*\)", "] "),  # where links lead
    (r"</?[a-zA-Z][^<>\n]*>", " "),
    (r"^\s*```.*$", " "),
    (r"^\s*(?:[-*+]\s+)?(?:\d+\.\s|\[[ xX]\]\s)", " "),  # numbers and boxes of list items
    (r"\[[xX]\]", " "),
    (r"(?<=\|)([^|\n]+)\|(?:\1\|)+", r"\1|"),  # merged cells, written once for each place
    (r"\\([_*#\[\]()~`>|$&%{}-])", r"\1"),  # escapes
    (r"\\[a-zA-Z]+", " "),  # commands of LaTeX
    (r" 00:00:00", ""),  # the midnight of a date that was stored without a time
    (r"\*\*|__|~~|`|\$", ""),
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file. `recall` is None where it was refused or nothing is known to compare it with;
    `kept` counts what was set aside too, and `lost` are the words found in neither."""

    format: str
    file: str
    refused: str | None
    recall: float | None
    kept: float | None = None
    lost: tuple[str, ...] = ()


def bare(markdown: str) -> str:
    """A Markdown text without its markup."""
    for pattern, instead in _MARKUP:
        markdown = re.sub(pattern, instead, markdown, flags=re.DOTALL if "<!--" in pattern else re.MULTILINE)
    return html.unescape(markdown)


def words(text: str) -> Counter[str]:
    """The words of a text, counted."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return Counter(re.findall(r"[\u3040-\u30ff\u4e00-\u9fff]|[^\W_\u3040-\u30ff\u4e00-\u9fff]+", text))


def recall(expected: Counter[str], found: Counter[str]) -> float:
    """The share of the expected words that were found, each as often as it is expected."""
    return (expected & found).total() / expected.total() if expected else 1.0


def measured(source: Path, conversion: Path | None) -> Outcome:
    """Reads one file and compares it with its conversion."""
    kind = source.parent.parent.name
    try:
        document = parse(source.read_bytes(), source.name)
    except ReadingError as error:
        return Outcome(kind, source.name, str(error), None)
    if conversion is None:
        return Outcome(kind, source.name, None, None)
    expected, found = words(bare(conversion.read_text("utf8"))), words(document.text)
    kept = found + words(document.set_aside)
    lost = tuple(f"{word} ×{count}" for word, count in (expected - kept).most_common())
    return Outcome(kind, source.name, None, recall(expected, found), recall(expected, kept), lost)


def _means(outcomes: list[Outcome]) -> str:
    """The mean recall of those that can be compared."""
    known = [(one.recall, one.kept) for one in outcomes if one.recall is not None and one.kept is not None]
    if not known:
        return "nothing to compare with"
    text, kept = (sum(values) / len(known) for values in zip(*known, strict=True))
    return f"recall {text:.3f}, with what is set aside {kept:.3f}, of {len(known)} files"


def main() -> None:
    """Prints a line for each format, the reason of each refusal, and the mean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", help="only these")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--lost", action="store_true", help="name the words that were lost")
    chosen = parser.parse_args()
    outcomes = []
    for folder in sorted(path for path in (bench() / "docling-formats").iterdir() if path.is_dir()):
        if not chosen.formats or folder.name in chosen.formats:
            for source in sorted((folder / "sources").iterdir()):
                conversions = [folder / "groundtruth" / f"{name}.md" for name in (source.name, source.stem)]
                outcomes.append(measured(source, next(filter(Path.is_file, conversions), None)))
    for kind in dict.fromkeys(one.format for one in outcomes):
        those = [one for one in outcomes if one.format == kind]
        refused = [one for one in those if one.refused]
        print(f"{kind:8} {len(those):3} files {len(those) - len(refused):3} parsed   {_means(those)}")
        for one in those:
            if one.refused:
                print(f"         {one.file}: {one.refused}")
            elif chosen.lost and one.lost:
                print(f"         {one.file}: {one.kept:.3f}, lost {', '.join(one.lost[:40])}")
    print(f"all      {len(outcomes):3} files {sum(not one.refused for one in outcomes):3} parsed   {_means(outcomes)}")
    if chosen.json:
        chosen.json.write_text(
            json.dumps([asdict(one) for one in outcomes], ensure_ascii=False, indent=1) + "\n", "utf8"
        )


if __name__ == "__main__":
    main()
