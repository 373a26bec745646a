"""The measures: what makes a passage, a citation and an answer right. Pure functions.

Gold is anchored to document and quote, so it survives every change of passages, model or reader. The measures of
retrieval take `ranks`: for each gold source the 1-based rank of the first passage that holds it, or None. Several
passages may hold one source; only the first counts, so that cutting documents finer neither gains nor loses.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from rag.types import Citation, Passage, Sentence

Span = tuple[int, int]  # start and end, in code points of the stored text
Ranks = Sequence[int | None]

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"  # hyphens, figure, en and em dash, bar, minus
SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u2032"
DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"  # soft hyphen, zero widths, byte order mark
PLAIN = str.maketrans(
    DASHES + SINGLE_QUOTES + DOUBLE_QUOTES,
    "-" * len(DASHES) + "'" * len(SINGLE_QUOTES) + '"' * len(DOUBLE_QUOTES),
    INVISIBLE,
)
PUNCTUATION = str.maketrans("", "", string.punctuation)  # of ASCII alone, as SQuAD drops it
SPACED_LETTER = "[a-z\u00df-\u024f\u0370-\u052f]"  # casefolded Latin, Greek, Cyrillic: spaces between their words


@dataclass(frozen=True, slots=True)
class Gold:
    """Where an answer stands: every place of its quote in the stored text. Without spans the document alone decides."""

    document: str
    spans: tuple[Span, ...] = ()

    def meets(self, document: str, span: Span) -> bool:
        """Whether a stretch of a document shares a code point or more with it."""
        return document == self.document and (not self.spans or any(overlap(span, place) for place in self.spans))


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
    return gold.meets(citation.document, (citation.start, citation.end))


def is_verbatim(citation: Citation, text: str | None) -> bool:
    """Whether a citation quotes the stored text to the code point; None stands for a document that is not there."""
    # Python would count a negative start from the end of the text.
    return (
        text is not None
        and 0 <= citation.start < citation.end
        and text[citation.start : citation.end] == citation.quote
    )


def citation_precision(citations: Sequence[Citation], golds: Sequence[Gold]) -> float | None:
    """The share of an answer's citations that share text with a gold quote; None where nothing is cited.

    By place, and so stricter than Liu et al. 2023, arXiv:2304.09848, where any text that supports the sentence will
    do: a citation of the same fact elsewhere counts as wrong unless the gold names that place too.
    """
    right = [any(cites(citation, gold) for gold in golds) for citation in citations]
    return sum(right) / len(right) if right else None


def citation_recall(citations: Sequence[Citation], golds: Sequence[Gold]) -> float | None:
    """The share of the gold sources that some citation shares text with; None without gold."""
    touched = [any(cites(citation, gold) for citation in citations) for gold in golds]
    return sum(touched) / len(touched) if touched else None


def coverage(sentences: Sequence[Sentence]) -> float | None:
    """The share of an answer's sentences that carry a citation, our own words counted; None where it has none."""
    return sum(bool(sentence.citations) for sentence in sentences) / len(sentences) if sentences else None


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


def exact_match(prediction: str, accepted: Sequence[str]) -> bool:
    """Whether an answer is an accepted one, both stripped as `_plain_words` does: Rajpurkar et al. 2016.

    The published measure (arXiv:1606.05250, SQuAD 1.1), so that figures can be laid beside published ones. It is made
    for answers of a few words; one that says more in a sentence of its own is not a match.
    """
    return any(_plain_words(prediction) == _plain_words(one) for one in accepted)


def word_f1(prediction: str, accepted: Sequence[str]) -> float:
    """The best F1 of an answer's words with those of an accepted one, repetitions counted: Rajpurkar et al. 2016.

    Two answers that are both without words match, as Rajpurkar et al. 2018, arXiv:1806.03822, have it.

    Words lie between spaces, as published. A Korean word with its particle is another word than without, so Korean
    scores lower than by syllables (as KorQuAD counts), and an answer in a script without spaces is one single word:
    there it is an exact match. Read `contains` beside it.
    """
    return max((_shared_words(_plain_words(prediction), _plain_words(one)) for one in accepted), default=0.0)


def _plain_words(text: str) -> list[str]:
    """The words in lower case, without ASCII punctuation and English articles."""
    without = text.lower().translate(PUNCTUATION)
    return re.sub(r"\b(a|an|the)\b", " ", without).split()


def _shared_words(predicted: Sequence[str], accepted: Sequence[str]) -> float:
    if not predicted or not accepted:
        return float(predicted == accepted)
    shared = (Counter(predicted) & Counter(accepted)).total()
    return f1(shared / len(predicted), shared / len(accepted))


def f1(precision: float, found: float) -> float:
    """The harmonic mean of precision and recall, 0 where both are: van Rijsbergen 1979, chapter 7."""
    return 2 * precision * found / (precision + found) if precision + found else 0.0
