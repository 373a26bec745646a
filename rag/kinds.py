"""What kind of thing a question asks for, whether a sentence holds such a thing, and which part of it that is."""

from __future__ import annotations

import re
from typing import Literal

from rag.text import Span, content_terms, latin_share, name_spans

Kind = Literal["duration", "amount", "count", "date", "reason", "person", "place", "list", "manner", "other"]

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|januari|februari|maret|mei|juni|juli|agustus|oktober|desember)"
)
_UNIT = (
    r"(?:%|per\s?cent|persen|(?:million|billion|trillion|thousand|hundred|juta|miliar|triliun|ribu)\b(?:\s+(?:us\s+)?"
    r"(?:dollars?|won|rupiah|euros?|pounds?|yen))?|(?:us\s+)?dollars?|won|rupiah|euros?|pounds?|yen|kg|kilos?|km|kilomet\w*"
    r"|met(?:er|re)s?|miles?|tons?|tonnes?)"
)
_SPELLED = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|thirty|forty|fifty|hundred|thousand"
    r"|satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh)"
)
_PERIOD = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|hari|minggu|bulan|tahun)"

# A kind is held where its pattern matches; the match is the part that answers.
_HOLDS: dict[str, re.Pattern[str]] = {
    "date": re.compile(
        rf"\b{_MONTH}\.?\s+\d{{1,2}}(?:\s*(?:-|–|to)\s*\d{{1,2}})?(?:,?\s+\d{{4}})?\b"
        rf"|\b(?:\d{{1,2}}(?:\s*(?:-|–|to)\s*\d{{1,2}})?\s+)?{_MONTH}\s+\d{{4}}\b|\b\d{{1,2}}\s+{_MONTH}\b"
        r"|\b\d{4}-\d\d-\d\d\b|\b(?:1[0-9]|20)\d\d\b|\d{4}년(?:\s*\d+월)?(?:\s*\d+일)?|\b\d{1,2}:\d\d\b",
        re.IGNORECASE,
    ),
    "duration": re.compile(
        rf"(?:\b\d[\d.,]*|\b{_SPELLED}|\bhalf an?)[\s-]+(?:\w+\s+)?{_PERIOD}\b|\d+(?:년|개월|일|시간)", re.IGNORECASE
    ),
    "amount": re.compile(
        rf"(?:us\s?\$|[$€£¥₩]|\brp\.?)\s?\d[\d.,]*(?:\s+(?:million|billion|trillion|thousand|juta|miliar))?"
        rf"|(?<![\d.,])\d[\d.,]*\s?{_UNIT}|\b{_SPELLED}\s+{_UNIT}|(?<![\d.,])\d[\d.,]*\s?[조억만천]*\s?(?:원|달러)",
        re.IGNORECASE,
    ),
    "count": re.compile(rf"(?<![\d.,])\d[\d.,]*|\b{_SPELLED}\b|\bboth\b", re.IGNORECASE),
    "reason": re.compile(
        r"\b(?:because|since|due to|owing|reasons?|caused?|led to|so that|in order to|as a result|therefore|blamed?"
        r"|cited|thanks to|karena|sebab|akibat)\b|때문",
        re.IGNORECASE,
    ),
}
_MARKED: frozenset[Kind] = frozenset({"date", "duration", "amount", "count", "person", "place"})

# Which words of a question ask for which kind; the first kind that matches is meant.
_ASKS: dict[Kind, re.Pattern[str]] = {
    "duration": re.compile(
        r"\bhow (?:long|many (?:days|weeks|months|years|hours))\b|\bberapa lama\b|얼마나 오래", re.IGNORECASE
    ),
    "amount": re.compile(
        r"\bhow (?:much|large|big|expensive)\b|\b(?:di)?harga\b|\bberapa (?:besar|biaya|nilai)\b|얼마"
        r"|\bwhat (?:was |is |were )?(?:the )?(?:price|cost|amount|value|worth|percentage|share|budget|rate)\b",
        re.IGNORECASE,
    ),
    "count": re.compile(
        r"\bhow many\b|\bnumber of\b|\bberapa (?:banyak|jumlah|orang)\b|\bjumlah\b|몇 (?!년)", re.IGNORECASE
    ),
    "date": re.compile(
        r"\bwhen\b|\b(?:what|which) (?:exact )?(?:year|date|day|days|month|time)\b|\bhow (?:soon|recently)\b"
        r"|\bkapan\b|\btahun berapa\b|언제|몇 년",
        re.IGNORECASE,
    ),
    "reason": re.compile(
        r"\bwhy\b|\bwhat (?:was |were |is )?(?:the )?(?:main )?(?:reasons?|cause)|\bhow come\b"
        r"|\b(?:mengapa|kenapa)\b|왜",
        re.IGNORECASE,
    ),
    "person": re.compile(r"\bwho(?:m|se)?\b|\bsiapa\b|누구|누가", re.IGNORECASE),
    "place": re.compile(
        r"\bwhere\b|\b(?:what|which) (?:city|country|place|town|building|floor)\b|\b(?:di|ke|dari) ?mana\b|어디",
        re.IGNORECASE,
    ),
    "list": re.compile(
        r"\b(?:list|name (?:the|all|some)|what are|what were)\b|\bapa saja\b"
        r"|\b(?:which|what) (?:\w+ ){0,3}\w+s (?:are|were|did|do|have|had)\b"
        r"|\b(?:what|which) (?:\w+ )?(?:two|three|four|five)\b",
        re.IGNORECASE,
    ),
    "manner": re.compile(
        r"\bhow (?:did|do|does|can|could|will|would|is|are|was|were)\b|\bbagaimana\b|어떻게", re.IGNORECASE
    ),
}


def asked_kind(question: str) -> Kind:
    """The kind of answer a question asks for, by the first of its words that says so; `other` where none does."""
    found: Kind = "other"
    first = len(question)
    for kind, pattern in _ASKS.items():
        match = pattern.search(question)
        if match and match.start() < first:
            found, first = kind, match.start()
    return found


def fulfils(kind: Kind, sentence: str, question: str) -> float:
    """Whether a sentence holds such an answer: 1 or 0, and .5 where words alone cannot tell."""
    if kind in ("person", "place") and latin_share(sentence) < 0.5:  # names cannot be told by capitals
        return 0.5
    if kind in _MARKED or kind == "reason":
        return 1.0 if _parts(kind, sentence, question) else 0.0
    return 0.5


def answering_parts(kind: Kind, sentence: str, question: str) -> tuple[Span, ...]:
    """The parts of a sentence that are the kind of thing asked for: dates for when, names for who, and so on."""
    return tuple(_parts(kind, sentence, question)[:3]) if kind in _MARKED else ()


def _parts(kind: Kind, sentence: str, question: str) -> list[Span]:
    if kind in _HOLDS:
        return [match.span() for match in _HOLDS[kind].finditer(sentence)]
    asked = set(content_terms(question))
    return [(s, e) for s, e in name_spans(sentence) if not set(content_terms(sentence[s:e])) <= asked]
