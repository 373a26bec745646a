"""Does the cited text support the sentence: a verdict per sentence, with the reason in plain words."""

from __future__ import annotations

import re

from rag.text import content_terms, fold, names, numbers
from rag.types import Verdict

# Share of a sentence's content words that its quote must hold, for a paraphrase to count as supported or partly so.
SUPPORTED, PARTLY = 0.6, 0.35
_NEGATION = re.compile(r"\b(?:not|no|never|none|nor|without|tidak|bukan|belum|tanpa)\b|n't\b")


def check(sentence: str, quote: str) -> tuple[Verdict, str]:
    """The verdict on a sentence that cites a quote, and the reason where it is not the best one.

    A number or a name that the quote does not hold makes a sentence unsupported however much else agrees.
    """
    said, source = fold(sentence), fold(quote)
    if said and re.search(rf"(?<![a-z0-9]){re.escape(said)}(?![a-z0-9])", source):
        return "verbatim", ""
    foreign = sorted(numbers(sentence) - numbers(quote)) + _foreign_names(sentence, source)
    if foreign:
        verb = "is" if len(foreign) == 1 else "are"
        return "unsupported", f"{', '.join(foreign)} {verb} not in the source"
    words = content_terms(sentence)
    held = set(content_terms(quote))
    missing = [word for word in words if word not in held]
    share = 1 - len(missing) / len(words) if words else 0.0
    if share >= SUPPORTED and bool(_NEGATION.search(said)) != bool(_NEGATION.search(source)):
        return "partly", "one of them denies something"
    if share >= SUPPORTED:
        return "supported", ""
    if share >= PARTLY:
        return "partly", "part of it is not in the source"
    return "unsupported", "the source says something else"


def _foreign_names(sentence: str, source: str) -> list[str]:
    """The words of a sentence's proper names that its folded source does not hold; its first word is not judged."""
    words = [word for name in names(sentence) for word in name.split() if word[0].isupper()]
    first = sentence.split(maxsplit=1)[0] if sentence.split() else ""
    held = set(re.findall(r"\w+", source))
    return [
        word
        for word in dict.fromkeys(words)
        if word != first and not set(re.findall(r"\w+", fold(word))) - {"s"} <= held
    ]
