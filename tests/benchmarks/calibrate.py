"""Fits the confidence of the quoting answerer on halves of public sets, and reports it on what it did not see.

    SUMBER_BENCH=/path/to/public/data python -m tests.benchmarks.calibrate [--questions N]

Fitted on what the small reader has not seen and nothing else reports: two articles of SQuAD 2.0, the even lines of
ClapNQ dev, a part of IDK-MRC train. A case counts as right when the first sentence that would be quoted answers. Each
set weighs the same, whatever its size, and in each three questions of four are taken to have an answer.
Prints the weights for `rag/extractive.py`, and for each set the first and first two sentences that answer, the AUROC of
the confidence for answerable against unanswerable, and what each word of the decline setting would do.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rag.assistant import Assistant
from rag.config import DECLINE_BELOW, Config
from rag.extractive import QuotingAnswerer, signals
from rag.types import Inquiry
from tests.benchmarks.public import Case, answers, clapnq, idk_mrc, squad

SEED = 20261122
ANSWERABLE = 0.75  # share of questions with an answer that the probability is calibrated for


FITTED: dict[str, Callable[[Path], list[Case]]] = {
    "squad calibrate": lambda corpus: squad.cases(corpus, "calibrate"),
    "clapnq even lines": lambda corpus: clapnq.cases(corpus, 0),
    "idk-mrc train": lambda corpus: idk_mrc.cases(corpus, "train", slice(idk_mrc.CALIBRATED)),
}
REPORTED: dict[str, Callable[[Path], list[Case]]] = {
    "squad reported": lambda corpus: squad.cases(corpus, "reported"),
    "clapnq odd lines": lambda corpus: clapnq.cases(corpus, 1),
    "idk-mrc valid": lambda corpus: idk_mrc.cases(corpus, "valid"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What the answerer saw for one case."""

    answerable: bool
    signals: dict[str, float]
    right: bool  # the first sentence answers
    in_two: bool


def rows(made: Callable[[Path], list[Case]], limit: int) -> list[Row]:
    """Asks the questions of a set of its own corpus, with the shipped defaults."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        cases = made(corpus)
        random.Random(SEED).shuffle(cases)
        with Assistant.open(Config(corpus=corpus, vectorstore=Path(folder, "index"))) as assistant:
            assistant.sync()
            return [row for case in cases[:limit] if (row := _row(assistant, case))]


def _row(assistant: Assistant, case: Case) -> Row | None:
    retriever, answerer = assistant._parts()
    assert isinstance(answerer, QuotingAnswerer)
    asked = answerer.weighed(Inquiry(case.question))
    candidates = answerer.candidates(asked, retriever.passages(case.question, assistant.config.passages))
    if not candidates:
        return None
    right = [answers(case, one.passage.document, one.text) for one in candidates[:2]]
    return Row(case.answerable, signals(asked, candidates[0]), right[0], any(right))


def fit(sets: Sequence[list[Row]], names: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Bias and weights of a logistic regression of "the first sentence answers"; each set weighs the same."""
    x = np.array([[row.signals[name] for name in names] for part in sets for row in part])
    y = np.array([row.right for part in sets for row in part])
    weight = np.array([_weight(row, part) for part in sets for row in part])
    scale = x.std(axis=0) + 1e-9
    model = LogisticRegression(C=3.0, max_iter=2000).fit(x / scale, y, sample_weight=weight * len(x) / len(sets))
    return float(model.intercept_[0]), dict(zip(names, (model.coef_[0] / scale).tolist(), strict=True))


def _weight(row: Row, part: Sequence[Row]) -> float:
    """Each set weighs the same, and in it three questions of four have an answer."""
    alike = sum(other.answerable == row.answerable for other in part)
    return (ANSWERABLE if row.answerable else 1 - ANSWERABLE) / alike


def probabilities(part: Sequence[Row], bias: float, weights: dict[str, float]) -> np.ndarray:
    logits = [bias + sum(weight * row.signals[name] for name, weight in weights.items()) for row in part]
    return 1 / (1 + np.exp(-np.array(logits)))


def report(name: str, part: Sequence[Row], bias: float, weights: dict[str, float]) -> str:
    chance = probabilities(part, bias, weights)
    known = np.array([row.answerable for row in part])
    first = np.mean([row.right for row in part if row.answerable])
    two = np.mean([row.in_two for row in part if row.answerable])
    line = f"{name:24} n {len(part):4}  first {first:.3f}  two {two:.3f}  AUROC {roc_auc_score(known, chance):.3f}"
    for word, threshold in DECLINE_BELOW.items():
        declined, wrongly = np.mean(chance[~known] < threshold), np.mean(chance[known] < threshold)
        line += f"  {word} declines {declined:.2f}, wrongly {wrongly:.2f}"
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=600, help="at most so many of each set")
    limit = parser.parse_args().questions
    fitted = {name: rows(made, limit) for name, made in FITTED.items()}
    names = list(fitted["squad calibrate"][0].signals)
    bias, weights = fit(list(fitted.values()), names)
    print(f"BIAS = {bias:.3f}")
    print("WEIGHTS = {" + ", ".join(f'"{name}": {weight:.3f}' for name, weight in weights.items()) + "}")
    for name, part in {**fitted, **{name: rows(made, limit) for name, made in REPORTED.items()}}.items():
        print(report(name, part, bias, weights), flush=True)


if __name__ == "__main__":
    main()
