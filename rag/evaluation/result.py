"""What an evaluation found: an `Outcome` for each question, and the figures that follow from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.evaluation.losing import STAGES
from rag.evaluation.measures import f1
from rag.evaluation.questions import Source
from rag.evaluation.statistics import RiskCoverage, aurc, auroc, interval, mean, percentile, risk_coverage
from rag.types import QuestionSetError, Status, Verdict

RESULT_FORMAT = 2  # raise when a name or a meaning in `Evaluation.to_dict` changes


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure over a set: its value, its 95 % interval, and how many questions it was measured on."""

    value: float
    low: float
    high: float
    count: int
    chance: float | None = None  # what guessing gives, where that is a fixed value


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found for a question."""

    passage: str  # its id
    document: str
    start: int  # code points in the document's stored text
    end: int
    score: float
    gold: tuple[int, ...]  # numbers, from 0, of the gold sources that it is the first to hold


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation of an answer."""

    document: str
    start: int
    end: int
    quote: str
    verdict: Verdict
    right: bool | None  # whether it shares text with a gold quote; None where there is no gold


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one question went. None stands for what could not be measured: no gold for it, or nothing to judge."""

    id: str
    question: str
    category: str
    answerable: bool
    accepted: tuple[str, ...]
    gold: tuple[Source, ...]
    status: Status
    confidence: float
    answer: str
    cited: tuple[Cited, ...]
    found: tuple[Hit, ...]  # best first, as many as the measures of retrieval look at
    contained: bool | None
    exact: bool | None
    word_f1: float | None
    first_citation_right: bool | None
    citation_precision: float | None
    citation_recall: float | None
    cited_share: float | None
    verbatim: bool | None  # every citation quotes its document to the code point
    reciprocal_rank: float | None
    hit_at_1: bool | None
    hit_at_5: bool | None
    recall_at_5: float | None
    ndcg_at_10: float | None
    dense_hit_at_5: bool | None
    lexical_hit_at_5: bool | None
    among_candidates: bool | None  # of either source
    sound: bool  # whether the answer, given or withheld, is right; never for a question without one
    lost: str  # the stage at which an answerable question was lost, one of `losing.STAGES`; empty where it was not
    milliseconds: float  # of `ask` alone
    stale: str = ""  # why the gold place was not found in the corpus

    @property
    def declined(self) -> bool:
        return self.status == "not_found"

    @property
    def citation_f1(self) -> float | None:
        """The harmonic mean of the precision and the recall of its citations, 0 where it cites nothing right."""
        if self.citation_recall is None:
            return None
        return f1(self.citation_precision or 0.0, self.citation_recall)

    @property
    def right(self) -> bool:
        """Whether a reader was served: answered rightly, or rightly declined."""
        return self.sound and not self.declined if self.answerable else self.declined

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
        row = asdict(self) | {"declined": self.declined, "right": self.right, "wrong": list(self.wrong)}
        del row["milliseconds"]
        return row

    @classmethod
    def from_dict(cls, row: Mapping[str, Any], milliseconds: float) -> Outcome:
        """The inverse of `to_dict`; the time is kept apart."""
        values = {one.name: row[one.name] for one in fields(cls) if one.name != "milliseconds"}
        values["accepted"] = tuple(values["accepted"])
        values["gold"] = tuple(Source(**source) for source in values["gold"])
        values["cited"] = tuple(Cited(**cited) for cited in values["cited"])
        values["found"] = tuple(Hit(**(hit | {"gold": tuple(hit["gold"])})) for hit in values["found"])
        return cls(**values, milliseconds=milliseconds)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a language model thinks of an answer. It counts in no figure."""

    id: str  # of the question
    right: bool | None  # None where it is unsure, or failed
    reason: str


# What a figure is the mean of; a question that gives None is not counted in it.
MEANS: dict[str, Callable[[Outcome], float | None]] = {
    "hit_at_1": lambda outcome: outcome.hit_at_1,
    "hit_at_5": lambda outcome: outcome.hit_at_5,
    "recall_at_5": lambda outcome: outcome.recall_at_5,
    "mrr": lambda outcome: outcome.reciprocal_rank,
    "ndcg_at_10": lambda outcome: outcome.ndcg_at_10,
    "dense_hit_at_5": lambda outcome: outcome.dense_hit_at_5,
    "lexical_hit_at_5": lambda outcome: outcome.lexical_hit_at_5,
    "among_candidates": lambda outcome: outcome.among_candidates,
    "answer_contained": lambda outcome: outcome.contained,
    "exact_match": lambda outcome: outcome.exact,
    "word_f1": lambda outcome: outcome.word_f1,
    "first_citation_right": lambda outcome: outcome.first_citation_right,
    "first_citation_right_when_answered": lambda outcome: None if outcome.declined else outcome.first_citation_right,
    "citation_precision": lambda outcome: outcome.citation_precision,
    "citation_recall": lambda outcome: outcome.citation_recall,
    "citation_f1": lambda outcome: outcome.citation_f1,
    "citations_verbatim": lambda outcome: outcome.verbatim,
    "sentences_cited": lambda outcome: outcome.cited_share,
    "declined_unanswerable": lambda outcome: None if outcome.answerable else outcome.declined,
    "declined_wrongly": lambda outcome: outcome.declined if outcome.answerable else None,
}
CHANCE_AUROC = 0.5  # of confidence that knows nothing


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
        value = auroc(answerable, unanswerable)
        found["confidence_auroc"] = Figure(value, low, high, len(outcomes), CHANCE_AUROC)
    if outcomes:
        found["aurc"] = _area_under_risk(outcomes)
    return found


def _area_under_risk(outcomes: Sequence[Outcome]) -> Figure:
    def area(chosen: NDArray[np.float64]) -> float:
        picked = [outcomes[i] for i in chosen.astype(np.intp)]
        return aurc([one.confidence for one in picked], [one.sound for one in picked])

    everyone = np.arange(len(outcomes), dtype=np.float64)
    chance = 1 - mean([one.sound for one in outcomes])
    return Figure(area(everyone), *interval(area, everyone), len(outcomes), chance)


@dataclass(frozen=True)  # without slots, which cached_property cannot live in
class Evaluation:
    """The outcomes of a question set, in its order, and what they were got with: `Assistant.facts`."""

    outcomes: tuple[Outcome, ...]
    settings: Mapping[str, str | float]
    opinions: tuple[Opinion, ...] = ()

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

    @cached_property
    def risk_coverage(self) -> RiskCoverage:
        """What any threshold of confidence would give: the share answered, and the share of those that is wrong.

        Every question counts, since a person who asks does not know which of them have an answer.
        """
        return risk_coverage([o.confidence for o in self.outcomes], [o.sound for o in self.outcomes])

    @property
    def lost(self) -> dict[str, int]:
        """How many answerable questions were lost at each stage."""
        found = Counter(outcome.lost for outcome in self.outcomes)
        return {stage: found[stage] for stage in STAGES if found[stage]}

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data. All but `latency` is the same between two runs that answer the same."""
        return {
            "version": RESULT_FORMAT,
            "settings": dict(self.settings),
            "figures": {name: asdict(figure) for name, figure in self.figures.items()},
            "categories": {
                category: {name: asdict(figure) for name, figure in found.items()}
                for category, found in self.by_category.items()
            },
            "lost": self.lost,
            "risk_coverage": asdict(self.risk_coverage) if self.outcomes else None,
            "questions": [outcome.to_dict() for outcome in self.outcomes],
            "stale": [{"id": id_, "reason": reason} for id_, reason in self.stale.items()],
            "opinions": [asdict(opinion) for opinion in self.opinions],
            "latency": self.latency | {"by_question": {o.id: o.milliseconds for o in self.outcomes}},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Evaluation:
        """The inverse of `to_dict`.

        Raises:
            QuestionSetError: the data are of another format, or no evaluation.
        """
        if data.get("version") != RESULT_FORMAT:
            raise QuestionSetError(
                f"these results have the format {data.get('version')!r}, not {RESULT_FORMAT}. Evaluate again"
            )
        try:
            times = data["latency"]["by_question"]
            outcomes = tuple(Outcome.from_dict(row, times[row["id"]]) for row in data["questions"])
            opinions = tuple(Opinion(**opinion) for opinion in data["opinions"])
            return cls(outcomes, dict(data["settings"]), opinions)
        except (KeyError, TypeError, AttributeError) as error:
            raise QuestionSetError(f"these results are damaged ({error!r}). Evaluate again") from error
