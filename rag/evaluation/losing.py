"""Where a question was lost on its way from the file to the answer: the first stage that its gold did not pass."""

from __future__ import annotations

from collections.abc import Sequence

from rag.evaluation.measures import Gold, holds
from rag.types import Answer, Claim, Passage, Trace

# In the order of the way. Each is where to look first.
STAGES = {
    "not read": "the document, or the quote in it, is not in the index",
    "not in a passage": "no passage holds enough of the quote",
    "not among candidates": "neither words nor meaning brought the passage up",
    "ranked low": "the passage was found, but others came before it",
    "failed its check": "a sentence was proposed from the right place and its check left it out, or misquotes it",
    "declined": "the passage was read, and confidence was too low to answer",
    "not chosen": "the passage was read, and another sentence was said",
}


def where_lost(
    answer: Answer, golds: Sequence[Gold], passages: Sequence[Passage], stale: str, verbatim: bool | None
) -> str:
    """The stage at which an answerable question that went wrong was lost, one of `STAGES`.

    Args:
        golds: places of the right quotes; none where only accepted answers say what is right.
        passages: all passages of the gold documents.
        stale: why a gold place is not in the corpus.
        verbatim: whether the citations quote their documents to the code point.
    """
    if stale:
        return "not read"
    if verbatim is False:
        return "failed its check"
    trace = answer.trace
    if golds and trace:
        holding = {one.id for one in passages if any(holds(one, gold) for gold in golds)}
        lost = _before_reading(trace, holding)
        if lost:
            return lost
        if any(
            one.verdict == "unsupported" and any(touches(one.claim, gold) for gold in golds) for one in trace.judged
        ):
            return "failed its check"
    return "declined" if answer.status == "not_found" else "not chosen"


def _before_reading(trace: Trace, holding: set[str]) -> str:
    if not holding:
        return "not in a passage"
    if not holding & {one for scores in trace.search.steps.values() for one in scores}:
        return "not among candidates"
    read = {one.id for one in trace.search.passages[: trace.read]}
    return "" if holding & read else "ranked low"


def touches(claim: Claim, gold: Gold) -> bool:
    """Whether a claim stands on a gold place."""
    return gold.meets(claim.passage.document, (claim.start, claim.end))
