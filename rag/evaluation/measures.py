"""The measures: what makes a passage, a citation and an answer right, and how that becomes a figure. Pure functions.

Gold is anchored to document and quote, so it survives every change of passages, model or reader. The measures of
retrieval take `ranks`: for each gold source the 1-based rank of the first passage that holds it, or None. Several
passages may hold one source; only the first counts, so that cutting documents finer neither gains nor loses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.types import Citation, Passage

RESAMPLES = 1000  # the least that Efron and Tibshirani 1993 advise for the ends of a 95 % interval
SEED = 20261122  # fixed, so that the same outcomes give the same interval

Span = tuple[int, int]  # start and end, in code points of the stored text
Ranks = Sequence[int | None]
Values = Sequence[float] | NDArray[np.float64]

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"  # hyphens, figure, en and em dash, bar, minus
SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u2032"
DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"  # soft hyphen, zero widths, byte order mark
PLAIN = str.maketrans(
    DASHES + SINGLE_QUOTES + DOUBLE_QUOTES,
    "-" * len(DASHES) + "'" * len(SINGLE_QUOTES) + '"' * len(DOUBLE_QUOTES),
    INVISIBLE,
)
SPACED_LETTER = "[a-z\u00df-\u024f\u0370-\u052f]"  # casefolded Latin, Greek, Cyrillic: spaces between their words


@dataclass(frozen=True, slots=True)
class Gold:
    """Where an answer stands: every place of its quote in the stored text. Without spans the document alone decides."""

    document: str
    spans: tuple[Span, ...] = ()


def places(quote: str, text: str) -> tuple[Span, ...]:
    """Every place of a quote in a stored text. Line breaks and runs of spaces count as one space."""
    pattern = r"\s+".join(re.escape(word) for word in quote.split())
    return tuple(match.span() for match in re.finditer(pattern, text))


def overlap(one: Span, other: Span) -> int:
    """How many code points two spans share."""
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def holds(passage: Passage, gold: Gold) -> bool:
    """Whether a passage is relevant: of the gold document, and sharing half the quote or half of itself with it.

    Half of the shorter of the two. Asking for the whole quote would punish a boundary that falls inside it, and asking
    for half the quote alone would make a quote of several paragraphs impossible to find in passages of one.
    """
    if passage.document != gold.document:
        return False
    span, length = (passage.start, passage.end), passage.end - passage.start
    return not gold.spans or any(
        0 < min(length, end - start) <= 2 * overlap(span, (start, end)) for start, end in gold.spans
    )


def cites(citation: Citation, gold: Gold) -> bool:
    """Whether a citation is right: of the gold document, and sharing a code point or more with the quote."""
    span = (citation.start, citation.end)
    return citation.document == gold.document and (
        not gold.spans or any(overlap(span, place) > 0 for place in gold.spans)
    )


def is_verbatim(citation: Citation, text: str | None) -> bool:
    """Whether a citation quotes the stored text to the code point; None stands for a document that is not there."""
    # Python would count a negative start from the end of the text.
    return (
        text is not None
        and 0 <= citation.start < citation.end
        and text[citation.start : citation.end] == citation.quote
    )


def first_ranks(passages: Sequence[Passage], golds: Sequence[Gold]) -> tuple[int | None, ...]:
    """For each gold source the rank, from 1, of the first passage that holds it."""
    return tuple(
        next((rank for rank, passage in enumerate(passages, 1) if holds(passage, gold)), None) for gold in golds
    )


def hit(ranks: Ranks, k: int) -> bool:
    """Hit@k: any gold source is among the first k. Top-k accuracy in Karpukhin et al. 2020, arXiv:2004.04906."""
    return any(rank is not None and rank <= k for rank in ranks)


def recall(ranks: Ranks, k: int) -> float:
    """Recall@k: the share of the gold sources that is among the first k. Manning et al. 2008, chapter 8."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def reciprocal_rank(ranks: Ranks) -> float:
    """One over the rank of the first gold source found, 0 where none is. Voorhees 1999, the TREC-8 QA track."""
    return max((1 / rank for rank in ranks if rank is not None), default=0.0)


def ndcg(ranks: Ranks, k: int) -> float:
    """nDCG@k with binary relevance. Järvelin and Kekäläinen 2002, ACM TOIS 20(4), discount 1 / log2(rank + 1).

    Sources first found in the same passage share its one place in the ideal order, which can place it once only.
    """
    found = {rank for rank in ranks if rank is not None and rank <= k}
    missed = sum(rank is None or rank > k for rank in ranks)
    ideal = range(1, min(k, len(found) + missed) + 1)
    return sum(1 / log2(rank + 1) for rank in sorted(found)) / sum(1 / log2(rank + 1) for rank in ideal)


def folded(text: str) -> str:
    """Text as answers are compared: NFKC, casefolded, plain quotes and dashes, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text.translate(PLAIN)).casefold().split())


def contains(answer: str, accepted: Sequence[str]) -> bool:
    """Whether any accepted answer stands in the answer. String match as in Chen et al. 2017, arXiv:1704.00051, folded.

    It must begin where a word begins, in scripts that put spaces between words, and neither begin nor end inside a
    number: "art" is not in "party" nor "11" in "2011". It may end inside a word: "서울" is in "서울은".
    """
    text = folded(answer)
    return any(re.search(_pattern(one), text) for one in map(folded, accepted) if one)


def _pattern(accepted: str) -> str:
    outside_number = r"(?<!\d)" if accepted[0].isdecimal() else ""
    outside_word = f"(?<!{SPACED_LETTER})" if re.match(SPACED_LETTER, accepted) else ""
    return outside_number + outside_word + re.escape(accepted) + (r"(?!\d)" if accepted[-1].isdecimal() else "")


def mean(values: Values) -> float:
    """The arithmetic mean of a sample that is not empty; of yes and no it is the share of yes."""
    return float(np.asarray(values, dtype=np.float64).mean())


def auroc(answerable: Values, unanswerable: Values) -> float:
    """The chance that an answerable question gets the higher confidence of the two; a tie counts half.

    The area under the ROC curve as the Mann-Whitney statistic: Hanley and McNeil 1982, Radiology 143(1).
    """
    ordered = np.sort(np.asarray(unanswerable, dtype=np.float64))
    below = np.searchsorted(ordered, answerable, side="left")
    below_or_tied = np.searchsorted(ordered, answerable, side="right")
    return float((below + below_or_tied).mean() / (2 * ordered.size))


def interval(statistic: Callable[..., float], *groups: Values, seed: int = SEED) -> tuple[float, float]:
    """The 95 % interval of a statistic of one or more samples, by percentile bootstrap: Efron 1979, Ann. Stat. 7(1).

    Each group is resampled within itself. A sample without variation has an interval without width, however small it
    is, so an interval is read beside its count.
    """
    random = np.random.default_rng(seed)
    samples: list[NDArray[Any]] = [np.asarray(group, dtype=np.float64) for group in groups]
    values = [
        statistic(*(sample[random.integers(0, sample.size, sample.size)] for sample in samples))
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def percentile(values: Values, percent: float) -> float:
    """A percentile of a sample that is not empty, interpolated: type 7 of Hyndman and Fan 1996."""
    return float(np.percentile(np.asarray(values, dtype=np.float64), percent))
