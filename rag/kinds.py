"""What kind of thing a question asks for, whether a sentence holds such a thing, and which part of it that is."""

from __future__ import annotations

import re
from typing import Literal

from rag.text import Span, content_terms, latin_share, name_spans

Kind = Literal[
    "duration",
    "amount",
    "count",
    "date",
    "change",
    "reason",
    "comparison",
    "office",
    "definition",
    "organisation",
    "person",
    "place",
    "list",
    "manner",
    "polar",
    "other",
]  # "polar" is answered with yes or no

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|januari|februari|maret|mei|juni|juli|agustus|oktober|desember)"
)
_MONEY = (
    r"(?:(?:us\s+)?dollars?|won|rupiah|euros?|pounds?|yen|francs?|cents?|kron\w+|crowns?|pesos?|rupees?|roubles?|rubles?"
    r"|ringgit|baht|yuan)"
)
_UNIT = (
    r"(?:%|per\s?cent|persen|(?:million|billion|trillion|thousand|hundred|juta|miliar|triliun|ribu)\b"
    rf"(?:\s+{_MONEY})?|{_MONEY}|kg|kilos?|km|kilomet\w*|met(?:er|re)s?|miles?|tons?|tonnes?|lit(?:er|re)s?|hectares?"
    r"|acres?|degrees?)"
)
_SPELLED = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|dozen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand"
    r"|satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh)"
)
_PERIOD = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|hari|minggu|bulan|tahun)"

_IS_MONTH = re.compile(_MONTH, re.IGNORECASE)

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
        r"\b(?:because|since|due to|owing|reasons?|caused?|led to|so that|in order to|as a result|therefore|blame[sd]?"
        r"|cited|thanks to|karena|sebab|akibat|lantaran|agar|supaya)\b|, as (?:it|they|he|she|the|there|this)\b"
        r"|\w:\s[a-z]|때문|덕분|위해|탓",
        re.IGNORECASE,
    ),
    "office": re.compile(
        r"\b(?:vice |deputy |prime |managing |executive |general )*(?:director|minister|president"
        r"|chair(?:man|woman|person)?|secretary|treasurer|mayor|governor|head|manager|chief|professor|engineer|officer|ambassador|councill?or|king"
        r"|queen|captain|editor|spokes\w+|commissioner|nurse|doctor|teacher|leader|founder|in charge|responsible"
        r"|direktur|menteri|presiden|ketua|sekretaris|bendahara|wali ?kota|gubernur|kepala|bupati|guru)\b"
        r"(?: (?:general|of|for) (?:the )?[\w-]+(?: [A-Z][\w-]+)*)?|장관|대통령|회장|사장|국장|시장|교수|대표|관장"
        r"|위원장",
        re.IGNORECASE,
    ),
}
_NAMED: frozenset[Kind] = frozenset({"person", "place", "organisation"})
FACTS: frozenset[Kind] = frozenset(  # one sentence tells
    {"date", "duration", "amount", "count", "office", "person", "place", "organisation"}
)
_ENUMERATION = re.compile(
    r":\s*$|[,;、·][^,;、·]{1,80}[,;]?\s(?:and|or|dan|atau|serta|및)\s|[,;、·][^,;、·]{1,80}[,;、·]"
)
_DEFINES = re.compile(
    r"\b(?:is|are|was|were) (?:an?|the|any|one of)\b|\b(?:means?|refers? to|stands? for|called|known as|defined as"
    r"|adalah|ialah|merupakan|yaitu|artinya)\b|(?:이?란|은|는)\s.*(?:이다|말한다|뜻한다)",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:than|while|whereas|compared|unlike|both|more|less|fewer|twice|half|daripada|sedangkan|lebih|kurang)\b|보다|반면",
    re.IGNORECASE,
)

# What speaks for an answer of a kind that words alone cannot tell.
_SUGGESTS: dict[Kind, re.Pattern[str]] = {
    "list": _ENUMERATION,
    "definition": _DEFINES,
    "comparison": _COMPARES,
    "change": _HOLDS["count"],
}
_LONGEST = 400  # characters of a question that are looked at

# Which words of a question ask for which kind; the first kind that matches is meant.
_ASKS: dict[Kind, re.Pattern[str]] = {
    "duration": re.compile(
        r"\bhow (?:long|old|many (?:days|weeks|months|years|hours))\b|\bberapa lama\b|얼마나 오래|며칠", re.IGNORECASE
    ),
    "amount": re.compile(
        r"\bhow (?:much|large|big|expensive|tall|high|deep|far|fast|heavy|wide)\b|\b(?:di)?harga\b"
        r"|\bberapa (?:besar|biaya|nilai)\b|얼마"
        r"|\bwhat (?:was |is |were )?(?:the )?(?:price|cost|fee|fare|rent|salary|amount|value|worth|percentage"
        r"|share|budget|rate)\b|\bwhat (?:do|does|did|will) .*\bcost\b"
        r"|\bberapa (?:panjang|tinggi|luas|berat|sewa|tarif|gaji)\b",
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
    "change": re.compile(
        r"\bhow (?:has|have|had|did|does|do|is|are|was|were)\b.*\b(?:chang\w+|develop\w*|evolv\w+|var(?:y|ied))\b"
        r"|\bhow .*\bover (?:time|the years)\b|\bwhat (?:has )?changed\b"
        r"|\bbagaimana\b.*\b(?:berubah|perubahan|perkembangan)"
        r"|어떻게 (?:변|달라|바뀌)",
        re.IGNORECASE,
    ),
    "reason": re.compile(
        r"\bwhy\b|\bwhat (?:was |were |is )?(?:the )?(?:main )?(?:reasons?|cause)|\bhow come\b"
        r"|\b(?:mengapa|kenapa)\b|왜",
        re.IGNORECASE,
    ),
    "comparison": re.compile(
        r"\bcompare[ds]?\b|\bdifferen(?:t|ces?)\b.*\b(?:between|from)\b|^(?:which|what|who|is|are|was|were|did|does|do)\b"
        r".*\b(?:or|than|atau|daripada)\b|\b(?:beda|perbedaan|dibandingkan)\b|차이|중 어느",
        re.IGNORECASE,
    ),
    "office": re.compile(
        r"\b(?:job|position|title|role|occupation|profession|post|rank) (?:of|does|did|do|has|had|is)\b"
        r"|['’]s (?:job|position|role|occupation|profession|post|rank)\b|\bjabatan\b|직책|직위|직업",
        re.IGNORECASE,
    ),
    "definition": re.compile(
        r"^what (?:is|are|was|were) (?!(?:the|it|this|that|these|those|they|his|her|their|its)\b)(?:an? )?[\w-]+"
        r"(?: [\w-]+){0,2}\s*\?*$|\bwhat does .* (?:mean|stand for)\b|^define\b|\bmeaning of\b|\bapa (?:itu|arti)\b"
        r"|\bapakah yang dimaksud\b|란 무엇|이란\??$|무슨 뜻",
        re.IGNORECASE,
    ),
    "organisation": re.compile(
        r"\b(?:what|which) (?:\w+ )?(?:compan(?:y|ies)|organi[sz]ations?|ministry|agency|universit(?:y|ies)|bank|firm"
        r"|team|club|party|institut(?:e|ion)|school|department|association|newspaper)\b"
        r"|\b(?:perusahaan|lembaga|organisasi|kementerian|universitas) (?:apa|mana)\b"
        r"|(?:어느|어떤|무슨) (?:회사|기관|단체|부처)",
        re.IGNORECASE,
    ),
    "person": re.compile(r"\bwho(?:m|se)?\b|\bsiapa\b(?! saja)|누구|누가", re.IGNORECASE),
    "place": re.compile(
        r"\bwhere\b|\b(?:what|which) (?:city|country|place|town|building|floor)\b"
        r"|\b(?:di|ke|dari) ?mana\b(?! saja)|어디",
        re.IGNORECASE,
    ),
    "list": re.compile(
        r"\b(?:list|name (?:the|all|some)|what are|what were)\b|\b(?:apa|siapa|mana) saja\b"
        r"|\b(?:which|what) (?:\w+ ){0,3}\w+s (?:are|were|did|do|does|have|had|has|will|can|should)\b"
        r"|\b(?:what|which) (?:\w+ )?(?:two|three|four|five)\b",
        re.IGNORECASE,
    ),
    "manner": re.compile(
        r"\bhow (?:did|do|does|can|could|will|would|is|are|was|were)\b|\bbagaimana\b|어떻게", re.IGNORECASE
    ),
}


# A question that begins with its verb; in Korean one that ends as questions do, and has no question word.
_POLAR = re.compile(
    r"\s*(?:(?:is|are|am|was|were|do|does|did|has|have|had|can|could|will|would|should|must|may|might)(?:n['’]t)?\b"
    r"|apakah\b|adakah\b|bisakah\b|bolehkah\b)|(?!.*(?:무엇|무슨|누구|누가|언제|어디|어떻|어떤|어느|왜|얼마|몇|며칠|뭐)).*"
    r"[가-힣](?:나요|까요?|니까|는가|은가요?|인가요?|습니까|어요|아요|지요|죠)\s*\?\s*$",
    re.IGNORECASE | re.DOTALL,
)


def asked_kind(question: str) -> Kind:
    """The kind of answer a question asks for, by the first of its words that says so; `other` where none does."""
    question = question[:_LONGEST].strip()
    if _POLAR.match(question) and not _ASKS["comparison"].search(question):
        return "polar"
    found: Kind = "other"
    first = len(question)
    for kind, pattern in _ASKS.items():
        match = pattern.search(question)
        if match and match.start() < first:
            found, first = kind, match.start()
    return found


def fulfils(kind: Kind, sentence: str, question: str) -> float:
    """Whether a sentence holds such an answer: 1 or 0, and .5 where words alone cannot tell."""
    if kind in _NAMED and latin_share(sentence) < 0.5:  # names cannot be told by capitals
        return 0.5
    if kind in FACTS or kind == "reason":
        if _parts(kind, sentence, question):
            return 1.0
        return 0.5 if kind in ("amount", "duration") and _HOLDS["count"].search(sentence) else 0.0  # 27 crowns
    pattern = _SUGGESTS.get(kind)
    return 1.0 if pattern and pattern.search(sentence) else 0.5


def answering_parts(kind: Kind, sentence: str, question: str) -> tuple[Span, ...]:
    """The parts of a sentence that are the kind of thing asked for: dates for when, names for who, and so on."""
    return tuple(_parts(kind, sentence, question)[:3]) if kind in FACTS else ()


def _parts(kind: Kind, sentence: str, question: str) -> list[Span]:
    if kind in _HOLDS:
        return [match.span() for match in _HOLDS[kind].finditer(sentence)]
    asked = set(content_terms(question))
    return [
        (s, e)
        for s, e in name_spans(sentence)
        if not set(content_terms(sentence[s:e])) <= asked and not _IS_MONTH.fullmatch(sentence[s:e])
    ]
