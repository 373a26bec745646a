"""An evaluation as a TREC run and its judgements, so that trec_eval and ir-measures give the same figures as ours.

We count a gold source once, at the first passage that holds it. The unit is therefore the gold source: the passage
that is the first to hold one is written under that source's name, every other under its own. Sources that are first
found in the same passage are one unit, as in `measures.ndcg`.

nDCG, reciprocal rank and success agree with ours to the last digit. Recall agrees where no two sources of a question
share a passage; where they do, ours counts the sources and trec_eval the passage. A question for which nothing was
found has no line in the run: trec_eval counts it as 0 with its option -c only, ir-measures always.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from rag.evaluation.result import Evaluation, Outcome


def run_lines(evaluation: Evaluation, name: str) -> Iterator[str]:
    """The run, a line for each passage found: question, Q0, unit, rank, score, name.

    The score is the number of passages from this one to the last. Ours may tie, or differ by less than the single
    precision that trec_eval reads, and it orders by score and then by name.
    """
    for outcome in evaluation.outcomes:
        units = _units(outcome)
        for rank, unit in enumerate(units, 1):
            yield f"{_word(outcome.id)} Q0 {unit} {rank} {len(units) - rank + 1} {_word(name)}"


def qrels_lines(evaluation: Evaluation) -> Iterator[str]:
    """The judgements, a line for each unit that is right: question, 0, unit, 1.

    A question without gold, or whose gold the corpus no longer holds, has none and counts in no figure, as in ours.
    """
    for outcome in evaluation.outcomes:
        merged = {number for hit in outcome.found for number in hit.gold if number != min(hit.gold)}
        for number in range(_gold_sources(outcome)):
            if number not in merged:
                yield f"{_word(outcome.id)} 0 {_gold(number)} 1"


def _gold_sources(outcome: Outcome) -> int:
    """As many as our measures counted: one that is given twice is one, and a stale question has none."""
    if outcome.reciprocal_rank is None:
        return 0
    return len({(source.document, *(source.quote or "").split()) for source in outcome.gold})


def _units(outcome: Outcome) -> list[str]:
    """A name for each passage found, best first, all of them different."""
    names: list[str] = []
    for hit in outcome.found:
        name = _gold(min(hit.gold)) if hit.gold else _word(hit.passage)
        names.append(f"{name}%at-{len(names) + 1}" if name in names else name)
    return names


def _gold(number: int) -> str:
    return f"%gold-{number}"  # no passage's name: there a % stands before two capital hexadecimal digits


def _word(text: str) -> str:
    """Text as one word of what can be seen, different for different texts."""
    return "".join(
        char if char.isprintable() and char not in " %" else quote(char, safe="", errors="replace") for char in text
    )
