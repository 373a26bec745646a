"""How good the answers are on public sets, asked through the front door: right, cited, rightly silent, and how fast.

    SUMBER_BENCH=/path/to/data python -m tests.benchmarks answers [SET ...] [--questions N] [--json OUT] [--ablation]

Halves that nothing was fitted on. Nothing is declined while asking; the confidence is compared with the shipped
threshold afterwards, so that an answer withheld is judged too: only "shown" and "declined" know of the threshold.
Sentences are those of the answer that cite, in its order; "Yes." counts as none. Many answers have one sentence, so the
goal for the first two is rather met by "ranked first two" of `--ablation`, the two best of all sentences. The span is
the first marked part of the first sentence, or all of it where nothing is marked. ClapNQ's gold is what any annotator
selected, "anywhere" its coverage; precision is over answers that cite. `--ablation` also gives what a signal is worth:
the measure with all signals less that without it, on the same questions, above nought where it helps. Leaving a weight
out of the confidence gives the same AUROC as holding its signal at its mean. Intervals are 95 % bootstrap intervals.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import string
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.assistant import Assistant
from rag.choosing import Candidate
from rag.config import DECLINE_BELOW, Config
from rag.evaluation.statistics import auroc, interval, mean, percentile
from rag.extractive import WEIGHTS, signals
from rag.spelling import mended, slips
from rag.types import Answer, Inquiry, Sentence
from tests.benchmarks.calibrate import REPORTED, SEED
from tests.benchmarks.public import Case, answers, bench, korquad

THRESHOLD = DECLINE_BELOW["balanced"]
SIGNALS = ("rare", "plain", "words", "kind", "share", "passage score")  # of a sentence's score
Values = Sequence[float] | NDArray[np.float64]
Figure = dict[str, float]  # n, value, low, high; empty where there is no question for it


def korquad_cases(corpus: Path) -> list[Case]:
    """The questions that are searched with, and their answers; all have one."""
    files = [json.loads(path.read_text("utf8")) for path in sorted((bench() / "korquad1").glob("*.json"))]
    paragraphs = [paragraph for file in files for article in file["data"] for paragraph in article["paragraphs"]]
    gold = [(paragraph["context"], qa["answers"]) for paragraph in paragraphs for qa in paragraph["qas"]]
    return [
        Case(query.question, True, min(query.documents), context, tuple(one["text"] for one in given))
        for query, (context, given) in zip(korquad.queries(corpus), gold, strict=True)
    ]


SETS = {name.split()[0]: made for name, made in REPORTED.items()} | {"korquad": korquad_cases}
WITH_SPANS = ("squad", "idk-mrc")  # KorQuAD compares characters, since particles are written to its words
GOALS = {  # what the README of the public data gives
    "squad first": "floor .762 target .85",
    "squad first two": "floor .893 target .95",
    "squad AUROC": "floor .56 target .78",
    "clapnq AUROC": "floor .727 target .88",
    "idk-mrc AUROC": "floor .58 target .70",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A question with what it got."""

    case: Case
    answer: Answer
    ranked: Mapping[str, Sequence[bool]]  # by signal taken out, "" for none: whether the two best sentences answer
    signals: Mapping[str, float]  # of the confidence; both are empty without ablation

    @property
    def cited(self) -> list[Sentence]:
        return [sentence for sentence in self.answer.sentences if sentence.citations]

    @property
    def right(self) -> list[bool]:
        """Whether each of the sentences that cite answers."""
        right = {one.number for one in self.answer.citations if answers(self.case, one.document, one.quote)}
        return [not right.isdisjoint(sentence.citations) for sentence in self.cited]

    @property
    def shown(self) -> bool:
        """Whether the shipped threshold lets it through."""
        return self.answer.status == "answered" and self.answer.confidence >= THRESHOLD


def rows(name: str, limit: int, ablation: bool) -> list[Row]:
    """Asks the questions of a set of its own corpus, with the shipped defaults save that nothing is declined."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        cases = SETS[name](corpus)
        random.Random(SEED).shuffle(cases)
        with Assistant.open(Config(corpus=corpus, vectorstore=Path(folder, "index"), decline=0.0)) as assistant:
            assistant.sync()
            assistant.warm()
            return [_row(assistant, case, ablation) for case in cases[:limit]]


def _row(assistant: Assistant, case: Case, ablation: bool) -> Row:
    answer = assistant.ask(case.question)
    if not ablation:
        return Row(case, answer, {}, {})
    answerer = assistant._parts()[1]
    question = mended(case.question, slips(case.question, assistant._model(), assistant.index.ledger))
    asked = answerer.weighed(Inquiry(question))
    candidates = answerer.candidates(asked, answer.passages[: assistant.config.passages])
    best = {out: _two_best(candidates, out) for out in ("", *SIGNALS)}
    ranked = {out: [answers(case, one.passage.document, one.text) for one in two] for out, two in best.items()}
    return Row(case, answer, ranked, signals(asked, candidates[0]) if candidates else {})


def _two_best(candidates: Sequence[Candidate], out: str) -> list[Candidate]:
    """The two best without a signal. The score is a sum, so its nought takes out its weight."""
    if out == "passage score":
        candidates = [replace(one, passage=replace(one.passage, score=0.0)) for one in candidates]
    elif out:
        candidates = [replace(one, **{out: 0.0}) for one in candidates]
    return sorted(candidates, key=lambda one: (-one.score, one.passage.id, one.start))[:2]


def figure(statistic: Callable[..., float], *groups: Values) -> Figure:
    if not all(map(len, groups)):
        return {}
    low, high = interval(statistic, *groups)
    return {"n": sum(map(len, groups)), "value": statistic(*groups), "low": low, "high": high}


def measured(name: str, found: Sequence[Row]) -> dict[str, Figure]:
    """The figures of a set, by measure."""
    known = [row for row in found if row.case.answerable]
    unknown = [row for row in found if not row.case.answerable]
    shares: dict[str, Values] = {
        "first": [any(row.right[:1]) for row in known],
        "first two": [any(row.right[:2]) for row in known],
        "anywhere": [any(row.right) for row in known],
        "anywhere and shown": [any(row.right) and row.shown for row in known],
        "first right, of all shown": [any(row.right[:1]) for row in found if row.shown],
        "declined of answerable": [not row.shown for row in known],
        "declined of unanswerable": [not row.shown for row in unknown],
        **(_spans(known) if name in WITH_SPANS else {}),
        **(_citations(known) if name == "clapnq" else {}),
    }
    figures = {measure: figure(mean, values) for measure, values in shares.items()}
    figures["AUROC"] = figure(auroc, *([row.answer.confidence for row in part] for part in (known, unknown)))
    timings = [row.answer.timings for row in found if "answer" in row.answer.timings]  # not asked and kept before
    for step, percent in product(("total", "retrieve", "answer"), (50, 95)):
        figures[f"ms {step} p{percent}"] = figure(partial(percentile, percent=percent), [ms[step] for ms in timings])
    return {measure: one for measure, one in figures.items() if one}


def _spans(known: Sequence[Row]) -> dict[str, Values]:
    """Equal, and F1 over words, to the nearest of the gold texts: Rajpurkar et al. 2016."""
    firsts = [row.cited[0] if row.cited else Sentence("", (), "unsupported") for row in known]
    marked = np.array([bool(first.marks) for first in firsts])
    spans = [first.text[slice(*first.marks[0])] if first.marks else first.text for first in firsts]
    pairs = [(_words(said), list(map(_words, row.case.texts))) for said, row in zip(spans, known, strict=True)]
    same = np.array([max(said == one for one in gold) for said, gold in pairs])
    shared = np.array([max(_f1(said, one) for one in gold) for said, gold in pairs])
    of_marked = {"marked": marked, "span EM, marked": same[marked], "span F1, marked": shared[marked]}
    return {"span EM": same, "span F1": shared, **of_marked}


def _words(text: str) -> list[str]:
    """Lower-cased, without punctuation and articles, as SQuAD's evaluation script compares them."""
    plain = text.lower().translate(str.maketrans("", "", string.punctuation))
    return re.sub(r"\b(?:a|an|the)\b", " ", plain).split()


def _f1(said: Sequence[str], gold: Sequence[str]) -> float:
    return 2 * (Counter(said) & Counter(gold)).total() / (len(said) + len(gold)) if said or gold else 1.0


def _citations(known: Sequence[Row]) -> dict[str, Values]:
    precision, recall = np.zeros(len(known)), np.zeros(len(known))
    for at, row in enumerate(known):
        quotes = [(one.document, one.quote) for one in row.answer.citations]
        gold = [replace(row.case, texts=(text,)) for text in dict.fromkeys(row.case.texts)]
        precision[at] = mean([answers(row.case, *quote) for quote in quotes] or [0.0])
        recall[at] = mean([any(answers(one, *quote) for quote in quotes) for one in gold])
    return {
        "citation precision": precision[[bool(row.cited) for row in known]],
        "citation recall": recall,
        "citation F1": 2 * precision * recall / np.maximum(precision + recall, 1e-9),
        "sentences that cite": [len(row.cited) / max(1, len(row.answer.sentences)) for row in known],
    }


def worths(found: Sequence[Row]) -> dict[str, Figure]:
    """What each signal adds to the first sentence and to AUROC."""
    known = [row for row in found if row.signals and row.case.answerable]
    unknown = [row for row in found if row.signals and not row.case.answerable]
    figures = {"ranked first": figure(mean, [row.ranked[""][0] for row in known])}
    figures["ranked first two"] = figure(mean, [any(row.ranked[""]) for row in known])
    for out in SIGNALS:
        figures[f"first: {out}"] = figure(mean, [float(row.ranked[""][0]) - row.ranked[out][0] for row in known])
    for out in WEIGHTS:
        figures[f"AUROC: {out}"] = _worth_in_auroc(known, unknown, out)
    return {measure: one for measure, one in figures.items() if one}


def _worth_in_auroc(known: Sequence[Row], unknown: Sequence[Row], out: str) -> Figure:
    full, less = ([_sums(part, without) for part in (known, unknown)] for without in ("", out))

    def worth(a: Values, u: Values) -> float:  # numbers of questions, so that both sums are of the same ones
        a, u = np.asarray(a, dtype=int), np.asarray(u, dtype=int)
        return auroc(full[0][a], full[1][u]) - auroc(less[0][a], less[1][u])

    return figure(worth, range(len(known)), range(len(unknown)))


def _sums(part: Sequence[Row], out: str) -> NDArray[np.float64]:
    return np.array([sum(WEIGHTS[name] * row.signals[name] for name in WEIGHTS if name != out) for row in part])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", choices=[*SETS, []], help="default: all")
    parser.add_argument("--questions", type=int, default=10**6, help="at most so many of each set")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--ablation", action="store_true", help="also what each signal is worth")
    arguments = parser.parse_args()
    figures = {}
    for name in arguments.sets or SETS:
        began = time.monotonic()
        found = rows(name, arguments.questions, arguments.ablation)
        figures[name] = measured(name, found) | (worths(found) if arguments.ablation else {})
        for measure, one in figures[name].items():
            digits = 0 if measure.startswith("ms") else 3
            value, low, high = (f"{one[key]:.{digits}f}" for key in ("value", "low", "high"))
            goal = GOALS.get(f"{name} {measure.removeprefix('ranked ')}", "")
            print(f"{name:8} {measure:25} n {one['n']:4}  {value} [{low} {high}]  {goal}".rstrip(), flush=True)
        print(f"{name:8} took {time.monotonic() - began:.0f} s", flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps(figures, indent=1) + "\n", "utf8")


if __name__ == "__main__":
    main()
