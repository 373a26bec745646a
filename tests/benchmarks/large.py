"""Large files: how long they take, what memory, and whether a question finds the right page or row.

    python -m tests.benchmarks.large [--pages 300] [--rows 100000]

Each file is synced alone into an index of its own. Memory is the peak of the process that syncs and of the one that
reads the file. The words are drawn from a fixed seed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import tempfile
import time
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

from rag.assistant import Assistant
from rag.config import Config

SEED = 20261122
_WORDS = """
harbour lantern tide keeper granite ferry pilot anchor rope barrel salt wharf gull storm signal beacon reef cargo
crew ledger voyage timber copper glass oil wick mirror stair tower cliff meadow orchard cider market bridge toll
council clerk letter seal chapel bell winter spring repair survey inspect measure record deliver borrow promise refuse
"""
WORDS = _WORDS.split()


def pdf(path: Path, pages: int, chance: random.Random) -> tuple[str, int]:
    """A report of so many pages; the fact that is asked for stands on the page that is returned."""
    style = getSampleStyleSheet()["BodyText"]
    wanted = pages * 2 // 3
    story = []
    for page in range(1, pages + 1):
        for _ in range(6):
            sentences = (" ".join(chance.choices(WORDS, k=14)).capitalize() + "." for _ in range(5))
            story.append(Paragraph(" ".join(sentences), style))
        if page == wanted:
            story.append(Paragraph("The astronomer Wilhelmina Okafor mended the great clock of Tarnby in 1907.", style))
        story.append(PageBreak())
    SimpleDocTemplate(str(path), pagesize=A4).build(story)
    return "Who mended the great clock of Tarnby?", wanted


def csv(path: Path, rows: int, chance: random.Random) -> tuple[str, str]:
    """A table of so many rows; the row that is asked for is returned as it should be quoted."""
    wanted = rows * 2 // 3
    with path.open("w", encoding="utf8") as out:
        out.write("Article,Product,Region,Stock,Price\n")
        for row in range(rows):
            product = " ".join(chance.choices(WORDS, k=2))
            region = chance.choice(["North", "South", "East", "West"])
            out.write(f"KX-{row:06d},{product},{region},{chance.randrange(1000)},{chance.randrange(100, 9999) / 100}\n")
    line = path.read_text("utf8").splitlines()[wanted + 1].split(",")
    return f"What is the price of article KX-{wanted:06d}?", f"Price: {line[4]}"


def measure(path: Path, question: str, expected: int | str) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant.open(Config(corpus=path.parent, vectorstore=Path(folder))) as assistant,
    ):
        began = time.monotonic()
        changes = assistant.sync()
        seconds = time.monotonic() - began
        passages = sum(entry.passages for entry in assistant.documents())
        assistant.warm()
        began = time.monotonic()
        answer = assistant.ask(question)
        asked = time.monotonic() - began
    first = answer.citations[0] if answer.citations else None
    right = first is not None and (first.page == expected if isinstance(expected, int) else expected in first.quote)
    own, other = (resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, {changes}, {passages} passages in {seconds:.0f} s")
    print(f"  peak memory {own} MB, of the reading {other} MB; asked in {asked:.2f} s: {'right' if right else 'WRONG'}")
    print(f"  {answer.text}  (page {first.page if first else None})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--rows", type=int, default=100_000)
    arguments = parser.parse_args()
    for name, make, size in (("report.pdf", pdf, arguments.pages), ("stock.csv", csv, arguments.rows)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            asked = make(path, size, random.Random(SEED))
            alone = multiprocessing.get_context("spawn").Process(target=measure, args=(path, *asked))
            alone.start()
            alone.join()


if __name__ == "__main__":
    main()
