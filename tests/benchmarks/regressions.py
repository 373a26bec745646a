"""Faults planted in a real assistant over the starter corpus, and what the comparison with a baseline says of each.

Also noise alone: the same answers with a few of them turned by chance, both ways alike, over twenty seeds.

    python -m tests.benchmarks regressions
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rag.assistant import Assistant
from rag.config import Config
from rag.evaluation import Evaluation, evaluate, load
from rag.evaluation.comparison import Comparison, compare
from rag.ledger import Ledger
from rag.types import Answer

ROOT = Path(__file__).parents[2]
SET = ROOT / "tests" / "questions" / "starter.jsonl"
SEEDS = 20
TURNED = 0.03  # of the questions, by chance, to right and to wrong alike
KEPT = 25  # characters of a quote that is cut


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        shutil.copytree(ROOT / "corpus", corpus)
        config = Config(corpus=corpus, vectorstore=Path(folder) / "index")
        baseline = run(config)
        print(f"Nothing changed: {said(compare(baseline, run(config)))}")
        for name, fault in FAULTS.items():
            with fault(config) as (changed, wrapped):
                print(f"\n{name}:\n  {said(compare(baseline, run(changed, wrapped)))}")
    flagged = [bool(shown(compare(baseline, noisy(baseline, seed)))) for seed in range(SEEDS)]
    print(f"\nNoise alone, {TURNED:.0%} of the answers turned: flagged in {sum(flagged)} of {SEEDS} seeds")


Wrap = Callable[[Assistant], Any]


def run(config: Config, wrapped: Wrap = lambda assistant: assistant) -> Evaluation:
    with Assistant.open(config) as assistant:
        assistant.sync()
        return evaluate(wrapped(assistant), load(SET))


def shown(comparison: Comparison) -> list[str]:
    """What a comparison says that is no chance."""
    losses = [str(one) for one in comparison.losses if one.shown]
    return [str(change) for change in (*comparison.worse, *comparison.better)] + losses


def said(comparison: Comparison) -> str:
    settings = [f"{name}: {before} before, {now} now" for name, before, now in comparison.settings]
    return "\n  ".join([*settings, *shown(comparison)]) or "no difference shown"


# --- the faults -------------------------------------------------------------------------------------------------------


@contextmanager
def no_lexical_search(config: Config) -> Iterator[tuple[Config, Wrap]]:
    with patch.object(Ledger, "search", lambda *_: []):
        yield config, lambda assistant: assistant


@contextmanager
def threshold_moved(config: Config) -> Iterator[tuple[Config, Wrap]]:
    yield config.model_copy(update={"decline": 0.5}), lambda assistant: assistant


class Cutting:
    """An assistant whose answers keep only the beginning of each sentence and quote."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def __getattr__(self, name: str) -> Any:
        return getattr(self._assistant, name)

    def ask(self, *given: Any, **named: Any) -> Answer:
        answer = self._assistant.ask(*given, **named)
        cited = tuple(replace(one, quote=one.quote[:KEPT]) for one in answer.citations)
        said = tuple(replace(one, text=one.text[:KEPT], marks=()) for one in answer.sentences)
        return replace(answer, citations=cited, sentences=said)


@contextmanager
def quotes_cut(config: Config) -> Iterator[tuple[Config, Wrap]]:
    yield config, Cutting


@contextmanager
def document_unread(config: Config) -> Iterator[tuple[Config, Wrap]]:
    corpus = config.corpus
    assert corpus
    path = min(corpus.glob("*.md"))
    text = path.read_bytes()
    path.unlink()
    yield config, lambda assistant: assistant
    path.write_bytes(text)


FAULTS = {
    "lexical search off": no_lexical_search,
    "threshold moved to .5": threshold_moved,
    "quotes cut": quotes_cut,
    "one document unread": document_unread,
}


def noisy(evaluation: Evaluation, seed: int) -> Evaluation:
    """The same with some answers turned: right ones to wrong, and as many wrong ones to right, as chance has it."""
    chance = random.Random(seed)
    right = [one for one in evaluation.outcomes if one.answerable and one.right]
    wrong = [one for one in evaluation.outcomes if one.answerable and not one.right and not one.declined]
    outcomes = list(evaluation.outcomes)
    for _ in range(round(TURNED * len(outcomes))):
        here = chance.choice(right if chance.random() < 0.5 else wrong)  # a coin, so that neither way is favoured
        like = chance.choice(wrong if here in right else right)
        place = evaluation.outcomes.index(here)
        outcomes[place] = replace(like, id=here.id, question=here.question, accepted=here.accepted, gold=here.gold)
    return replace(evaluation, outcomes=tuple(outcomes))


if __name__ == "__main__":
    main()
