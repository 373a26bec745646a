"""What an evaluation found: an `Outcome` for each question, and the figures that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from rag.evaluation.measures import auroc, interval, mean, percentile
from rag.types import Status

RESULT_FORMAT = 1  # raise when a name or a meaning in `Evaluation.to_dict` changes


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure over a set: its value, its 95 % interval, and how many questions it was measured on."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one question went. None stands for what could not be measured: no gold for it, or nothing to judge."""

    id: str
    question: str
    category: str
    answerable: bool
    status: Status
    confidence: float
    answer: str
    cited_document: str | None  # of the first citation
    cited_quote: str | None
    contained: bool | None
    first_citation_right: bool | None
    verbatim: bool | None  # every citation quotes its document to the code point
    reciprocal_rank: float | None
    hit_at_1: bool | None
    hit_at_5: bool | None
    recall_at_5: float | None
    ndcg_at_10: float | None
    milliseconds: float  # of `ask` alone
    stale: str = ""  # why the gold place was not found in the corpus

    @property
    def declined(self) -> bool:
        return self.status == "not_found"

    @property
    def wrong(self) -> tuple[str, ...]:
        """What went wrong, in words; empty where nothing did."""
        faults = {
            "declined, though the documents answer it": self.answerable and self.declined,
            "answered, though the documents do not say": not self.answerable and not self.declined,
            "no accepted answer in it": self.contained is False and not self.declined,
            "the first citation is not of the right place": self.first_citation_right is False and not self.declined,
            "a citation is not word for word": self.verbatim is False,
            "the right passage is not among those found": self.reciprocal_rank == 0,
        }
        return tuple(words for words, found in faults.items() if found)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data without the time, which differs between runs."""
        row = asdict(self) | {"declined": self.declined, "wrong": list(self.wrong)}
        del row["milliseconds"]
        return row


# What a figure is the mean of; a question that gives None is not counted in it.
MEANS: dict[str, Callable[[Outcome], float | None]] = {
    "hit_at_1": lambda outcome: outcome.hit_at_1,
    "hit_at_5": lambda outcome: outcome.hit_at_5,
    "recall_at_5": lambda outcome: outcome.recall_at_5,
    "mrr": lambda outcome: outcome.reciprocal_rank,
    "ndcg_at_10": lambda outcome: outcome.ndcg_at_10,
    "answer_contained": lambda outcome: outcome.contained,
    "first_citation_right": lambda outcome: outcome.first_citation_right,
    "first_citation_right_when_answered": lambda outcome: None if outcome.declined else outcome.first_citation_right,
    "citations_verbatim": lambda outcome: outcome.verbatim,
    "declined_unanswerable": lambda outcome: None if outcome.answerable else outcome.declined,
    "declined_wrongly": lambda outcome: outcome.declined if outcome.answerable else None,
}


def figures(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Every figure that at least one question counts in, by name, in the order they are shown."""
    found: dict[str, Figure] = {}
    for name, measure in MEANS.items():
        values = [float(value) for value in map(measure, outcomes) if value is not None]
        if values:
            found[name] = Figure(mean(values), *interval(mean, values), count=len(values))
    answerable = [outcome.confidence for outcome in outcomes if outcome.answerable]
    unanswerable = [outcome.confidence for outcome in outcomes if not outcome.answerable]
    if answerable and unanswerable:
        low, high = interval(auroc, answerable, unanswerable)
        found["confidence_auroc"] = Figure(auroc(answerable, unanswerable), low, high, len(outcomes))
    return found


@dataclass(frozen=True)  # without slots, which cached_property cannot live in
class Evaluation:
    """The outcomes of a question set, in its order, and the settings that they were got with."""

    outcomes: tuple[Outcome, ...]
    settings: Mapping[str, str | float]

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Figures over all questions. One that no question counts in is absent."""
        return figures(self.outcomes)

    @cached_property
    def by_category(self) -> dict[str, dict[str, Figure]]:
        """The same figures for each category, by its name."""
        names = sorted({outcome.category for outcome in self.outcomes})
        return {name: figures([outcome for outcome in self.outcomes if outcome.category == name]) for name in names}

    @property
    def latency(self) -> dict[str, float]:
        """Median and 95th percentile of the time of `ask`, in milliseconds; empty where nothing was asked."""
        times = [outcome.milliseconds for outcome in self.outcomes]
        return {"p50_ms": percentile(times, 50), "p95_ms": percentile(times, 95)} if times else {}

    @property
    def stale(self) -> dict[str, str]:
        """Questions whose gold place the corpus no longer holds, and why. Figures about places leave them out."""
        return {outcome.id: outcome.stale for outcome in self.outcomes if outcome.stale}

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data. All but `latency` is the same between two runs that answer the same."""
        return {
            "version": RESULT_FORMAT,
            "figures": {name: asdict(figure) for name, figure in self.figures.items()},
            "categories": {
                category: {name: asdict(figure) for name, figure in found.items()}
                for category, found in self.by_category.items()
            },
            "questions": [outcome.to_dict() for outcome in self.outcomes],
            "settings": dict(self.settings),
            "stale": [{"id": id_, "reason": reason} for id_, reason in self.stale.items()],
            "latency": self.latency | {"by_question": {o.id: o.milliseconds for o in self.outcomes}},
        }
