"""Makes true and altered claims of public documents, and measures what the checker says of them.

    SUMBER_BENCH=/path/to/public/data python -m tests.benchmarks.claims [--part fitting|reported] [--show CLASS]

A true claim is a sentence of a document put into other words by the rules of `rewording.py`; an altered one has one
thing made wrong, in half of the cases after being put into other words too. The quote is the sentence with none, one or
two of its neighbours. Nothing here knows the checker's word lists. Beside these stand claims by people: ClapNQ's
answers from the passage (true), the same from another passage (false), and SciFact's claims with their evidence.

Rules were written looking at the fitting part: SQuAD 2.0 articles kept for the reader, even lines of ClapNQ, SciFact's
training claims. The table of the reported part is SQuAD 2.0's reported articles, odd lines of ClapNQ, abstracts of
SciFact, its validation claims.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.checking import check
from rag.text import sentences
from tests.benchmarks.public import bench
from tests.benchmarks.public.squad import articles
from tests.benchmarks.rewording import ALTERATIONS, NAME, Source, in_other_words

SEED = 20261122
EACH = 130  # claims of a class, from all kinds of documents together


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The sentences of a paragraph and the names of its document."""

    sentences: tuple[str, ...]
    document: int


@dataclass(frozen=True, slots=True)
class Case:
    """A claim, the quote it cites, and whether the quote supports it."""

    kind: str
    claim: str
    quote: str
    true: bool


# --- documents --------------------------------------------------------------------------------------------------------


def paragraphs(part: str) -> list[Paragraph]:
    """Paragraphs of the public documents of a part, in a fixed order."""
    texts: list[tuple[int, str]] = []
    for number, article in enumerate(articles("reader" if part == "fitting" else "reported")):
        texts += [(number, paragraph["context"]) for paragraph in article["paragraphs"]]
    texts += [(1000 + n, row["passages"][0]["text"]) for n, row in enumerate(clapnq_rows(part))]
    for number, (_, abstract) in enumerate(sorted(abstracts().items())[:400]):
        if (part == "fitting") == (number % 2 == 0):
            texts.append((5000 + number, " ".join(abstract)))
    return [Paragraph(split, number) for number, text in texts if len(split := split_sentences(text)) > 2]


def split_sentences(text: str) -> tuple[str, ...]:
    text = " ".join(text.split())
    return tuple(text[start:end] for start, end in sentences(text))


def clapnq_rows(part: str) -> list[dict[str, object]]:
    lines = (bench() / "clapnq/annotated_data/dev/clapnq_dev_answerable.jsonl").read_text("utf8").splitlines()
    return [json.loads(line) for number, line in enumerate(lines) if number % 2 == (part == "reported")]


def abstracts() -> dict[str, list[str]]:
    """The sentences of SciFact's abstracts, which are stored as printed arrays of numpy."""
    found = {}
    csv.field_size_limit(10**8)
    with (bench() / "scifact/corpus_train.csv").open(encoding="utf8", newline="") as file:
        for row in csv.DictReader(file):
            quoted = re.findall(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", row["abstract"])
            found[row["doc_id"]] = [(one or other).replace("\\'", "'").strip() for one, other in quoted]
    return found


# --- cases ------------------------------------------------------------------------------------------------------------


def generated(part: str) -> list[Case]:
    """True claims, six times as many as of each kind of altered ones; fewer of a kind where the texts give fewer."""
    rng = random.Random(SEED)
    every = paragraphs(part)
    places = [(paragraph, at) for paragraph in every for at in range(len(paragraph.sentences))]
    rng.shuffle(places)
    wanted = {"paraphrase": 6 * EACH} | dict.fromkeys(ALTERATIONS, EACH)
    kept: Counter[str] = Counter()
    cases = []
    for paragraph, at in places:
        source = _source(paragraph, at, every, rng)
        if source is None:
            continue
        for kind in sorted(wanted, key=lambda kind: (kept[kind] / wanted[kind], kind)):  # what is rarest so far
            claim = _claim(kind, source, rng) if kept[kind] < wanted[kind] else source.text
            if claim != source.text:
                kept[kind] += 1
                cases.append(Case(kind, claim, source.quote, kind == "paraphrase"))
                break
    return cases


def _claim(kind: str, source: Source, rng: random.Random) -> str:
    """A claim of a kind; the sentence itself where it gives none."""
    worded = in_other_words(source.text, rng)
    if kind == "paraphrase":
        return worded
    start = worded if rng.random() < 0.5 and kind != "citation" else source.text
    claim = ALTERATIONS[kind](source, start, rng)
    return source.text if claim == start else claim


def _source(paragraph: Paragraph, at: int, every: Sequence[Paragraph], rng: random.Random) -> Source | None:
    text = paragraph.sentences[at]
    if not (8 <= len(text.split()) <= 40 and text.endswith(".") and text[0].isupper()):
        return None
    first = max(0, at - rng.choice([0, 0, 1]))
    quote = " ".join(paragraph.sentences[first : at + 1 + rng.choice([0, 0, 1])])
    others = [other for other in every if other.document == paragraph.document and other is not paragraph]
    elsewhere = [one for other in others for one in other.sentences if 8 <= len(one.split()) <= 40]
    pool = elsewhere or [one for other in rng.sample(every, 3) for one in other.sentences]
    names = [name for one in pool for name in re.findall(rf"(?<=[a-z] ){NAME}", one) if not name.isupper()]
    foreign = [name for name in names if not set(name.split()) & set(re.findall(r"\w+", quote))]
    return Source(text, quote, tuple(dict.fromkeys(foreign)), tuple(elsewhere or pool))


def by_people(part: str) -> list[Case]:
    """Claims that people wrote: ClapNQ's long answers, sentence by sentence, and SciFact's claims with evidence."""
    cases = []
    rows = clapnq_rows(part)
    quotes = [f"{row['passages'][0]['title']}. {row['passages'][0]['text']}" for row in rows]
    for number, row in enumerate(rows):
        for output in row["output"]:
            for claim in split_sentences(output["answer"]):
                if len(claim.split()) > 3:
                    cases.append(Case("clapnq, its passage", claim, quotes[number], True))
                    cases.append(Case("clapnq, another passage", claim, quotes[(number + 1) % len(quotes)], False))
    text = abstracts()
    file = "claims_train.csv" if part == "fitting" else "claims_validation.csv"
    with (bench() / "scifact" / file).open(encoding="utf8", newline="") as opened:
        for claim in csv.DictReader(opened):
            if claim["evidence_label"]:
                chosen = [int(one) for one in re.findall(r"\d+", claim["evidence_sentences"])]
                abstract = text[claim["evidence_doc_id"]]
                quote = " ".join(abstract[one] for one in chosen if one < len(abstract))
                true = claim["evidence_label"] == "SUPPORT"
                cases.append(Case(f"scifact, {'supported' if true else 'contradicted'}", claim["claim"], quote, true))
    return cases


# --- the table --------------------------------------------------------------------------------------------------------


def report(cases: Sequence[Case]) -> None:
    """A line for each kind of claim and one for all: how many, and the share of each verdict."""
    kinds = list(dict.fromkeys(sorted(case.kind for case in cases)))
    lines = [(kind, [case for case in cases if case.kind == kind]) for kind in kinds]
    lines.append(("ALL TRUE", [case for case in cases if case.true]))
    lines.append(("ALL ALTERED OR FALSE", [case for case in cases if not case.true]))
    print(f"{'claims':26}{'n':>6}  verbatim supported partly unsupported")
    for kind, chosen in lines:
        if not chosen:
            continue
        verdicts = Counter(check(case.claim, case.quote)[0] for case in chosen)
        share = [verdicts[name] / len(chosen) for name in ("verbatim", "supported", "partly", "unsupported")]
        caught = "" if chosen[0].true else f"   caught {share[2] + share[3]:.3f}"
        print(
            f"{kind:26}{len(chosen):6}     {share[0]:.3f}     {share[1]:.3f}"
            f"  {share[2]:.3f}       {share[3]:.3f}{caught}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the checker on claims made from public documents.")
    parser.add_argument("--part", choices=["fitting", "reported"], default="reported")
    parser.add_argument("--show", help="print the claims of this kind that are judged wrongly")
    arguments = parser.parse_args()
    made, written = generated(arguments.part), by_people(arguments.part)
    if arguments.show:
        for case in made + written:
            verdict, reason = check(case.claim, case.quote)
            if case.kind == arguments.show and (verdict == "unsupported") == case.true:
                print(f"{verdict} ({reason})\n  claim: {case.claim}\n  quote: {case.quote}")
        return
    report(made)
    report(written)
    began = time.perf_counter()
    for case in made:
        check(case.claim, case.quote)
    print(f"{1000 * (time.perf_counter() - began) / len(made):.2f} ms a check")


if __name__ == "__main__":
    main()
