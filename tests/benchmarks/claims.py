"""Makes true and altered claims of public documents, and measures what the checker says of them.

    SUMBER_BENCH=/path/to/public/data python -m tests.benchmarks.claims [--part fitting|reported] [--show CLASS]

A true claim is a sentence of a document put into other words by the rules of `rewording.py`; an altered one has one
thing made wrong, in half of the cases after being put into other words too. The quote is the sentence with none, one or
two of its neighbours. Nothing here knows the checker's word lists. A second hand (`rewording_again.py`) makes other
claims in other ways, in three languages, over documents that the first does not use. Beside these stand claims by
people: ClapNQ's answers from the passage (true), the same from another passage (false), and SciFact's claims with their
evidence.

Rules were written looking at the fitting part: SQuAD 2.0 articles kept for the reader, even lines of ClapNQ, SciFact's
training claims. The table of the reported part is SQuAD 2.0's reported articles, odd lines of ClapNQ, abstracts of
SciFact, its validation claims. The second hand's fitting part is the even ones of its documents, the reported the odd.

`caught` counts what is not supported in full; a false alarm is a true claim found unsupported, which is not shown.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag.checking import check
from rag.text import sentences
from tests.benchmarks.public import bench
from tests.benchmarks.public.squad import articles
from tests.benchmarks.rewording import ALTERATIONS, NAME, Source, in_other_words
from tests.benchmarks.rewording_again import NAME as ANY_NAME
from tests.benchmarks.rewording_again import Matter
from tests.benchmarks.rewording_languages import SAME, WRONG, reworded

SEED = 20261122
EACH = 130  # claims of a class, from all kinds of documents together
EACH_AGAIN = 40  # of the second hand, of each of its smaller classes


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


# --- the second hand --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph in a language, with the people, places and dates known to be named in it."""

    title: str
    sentences: tuple[str, ...]
    named: tuple[str, ...]


def texts(language: str, part: str) -> list[Text]:
    """Paragraphs that the first hand does not use: HotpotQA and MTRAG-UN, IDK-MRC, KorQuAD; even ones for fitting."""
    found = []
    for title, text, named in {"en": _english, "id": _indonesian, "ko": _korean}[language]():
        split = split_sentences(re.sub(r"\[\d+\]", "", text))
        if len(split) > 1:
            found.append(Text(title, split, tuple(dict.fromkeys(named))))
    return [text for number, text in enumerate(found) if number % 2 == (part == "reported")]


def _english() -> Iterator[tuple[str, str, list[str]]]:
    corpus = json.loads((bench() / "hipporag-multihop/hotpotqa_train_corpus.json").read_text("utf8"))
    pairs = [(title, "".join(lines)) for title, lines in corpus.items()]
    with (bench() / "mtrag-un/reference.jsonl").open(encoding="utf8") as lines:
        contexts = [context for line in lines for context in json.loads(line)["contexts"]]
    pairs += [("", text) for text in dict.fromkeys(context["text"] for context in contexts)]
    for title, text in pairs:
        yield title, text, re.findall(rf"(?<=[a-z] ){ANY_NAME}", text)


def _indonesian() -> Iterator[tuple[str, str, list[str]]]:
    for row in json.loads((bench() / "idk-mrc/valid.json").read_text("utf8")):
        yield "", row["context"], _answers(row["qas"])


def _korean() -> Iterator[tuple[str, str, list[str]]]:
    for path in sorted((bench() / "korquad1").glob("*.json")):
        for article in json.loads(path.read_text("utf8"))["data"]:
            for paragraph in article["paragraphs"]:
                yield article["title"], paragraph["context"], _answers(paragraph["qas"])


def _answers(questions: list[dict[str, Any]]) -> list[str]:
    return [one["text"] for qa in questions for one in qa["answers"] if 1 < len(one["text"]) < 30]


def generated_again(part: str, language: str) -> list[Case]:
    """Up to forty claims of each kind of the second hand, the kinds filled evenly."""
    rng = random.Random(SEED)
    every = texts(language, part)
    places = [(number, at) for number, text in enumerate(every) for at in range(len(text.sentences))]
    rng.shuffle(places)
    kinds = [(f"{language} = {name}", rule, True) for name, rule in SAME[language].items()]
    kinds += [(f"{language} ! {name}", rule, False) for name, rule in WRONG[language].items()]
    kept: Counter[str] = Counter()
    cases = []
    for number, at in places:
        matter = _matter(every, number, at, language, rng)
        if matter is None:
            continue
        for kind, rule, true in sorted(kinds, key=lambda one: (kept[one[0]], one[0])):
            claim = reworded(matter, language, rule, rng) if true else rule(matter, matter.text, rng)
            if kept[kind] < EACH_AGAIN and claim != matter.text and claim not in matter.quote:
                kept[kind] += 1
                cases.append(Case(kind, " ".join(claim.split()), matter.quote, true))
                break
    return cases


def _matter(every: Sequence[Text], number: int, at: int, language: str, rng: random.Random) -> Matter | None:
    here, text = every[number], every[number].sentences[at]
    least = 4 if language == "ko" else 6
    if not (least <= len(text.split()) <= 40 and text.endswith(".")) or re.search(r"[|\[\]<>*#{}]|https?:", text):
        return None
    before = here.sentences[at - 1] if at and rng.random() < 0.7 else ""
    after = here.sentences[at + 1 : at + 1 + rng.choice([0, 1])]
    quote = " ".join([before, text, *after]).strip()
    near = [every[n] for n in range(max(0, number - 3), min(len(every), number + 4)) if n != number]
    known = tuple(name for name in here.named if name in quote)
    said = set(re.findall(r"\w+", quote))
    foreign = tuple(name for one in near for name in one.named if not said & set(name.split()))
    elsewhere = tuple(one for other in near for one in other.sentences if 6 <= len(one.split()) <= 40)
    return Matter(text, before, quote, here.title, known, foreign, elsewhere)


# --- people -----------------------------------------------------------------------------------------------------------


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
    again = [case for language in SAME for case in generated_again(arguments.part, language)]
    if arguments.show:
        for case in made + again + written:
            verdict, reason = check(case.claim, case.quote)
            if case.kind == arguments.show and (verdict in ("partly", "unsupported")) == case.true:
                print(f"{verdict} ({reason})\n  claim: {case.claim}\n  quote: {case.quote}")
        return
    report(made)
    for language in SAME:
        report([case for case in again if case.kind.startswith(language)])
    report([replace(case, kind=f"second hand, {case.kind[:2]}") for case in again])
    report(written)
    began = time.perf_counter()
    for case in made:
        check(case.claim, case.quote)
    print(f"{1000 * (time.perf_counter() - began) / len(made):.2f} ms a check")


if __name__ == "__main__":
    main()
