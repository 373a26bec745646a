"""A follow-up question made to stand alone, without a language model.

Two steps: does the question leave something to the turns before, and what is it. Carried over are the words of the last
question that stood alone, those of the latest one that did not, and the names of an answer that was asked for one. A
turn that stands alone is left alone, so a new topic drops the old. Knows the ways of English, Indonesian and Korean,
and looks at so many characters of so many turns and no more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.text import content_terms, names, sentences
from rag.types import Inquiry, Turn

TURNS = 12  # the last turns that are looked at
READ = 2000  # characters that are looked at of each question and answer
CARRIED = 10  # words carried over at most; 6 find the same passages (mtrag-un)
LONGEST = 60  # characters; what is longer is no word to go on with
NAMED = 3  # names that are taken from one answer
ITEMS = 8  # things that are taken from an enumeration
# Topic words of a question. With fewer than BARE it has no topic of its own ("How much?"), with BARE and no verb it is
# part of one ("regional differences"; R@5 .875 to .894 on half of mtrag-un). Beyond SHORT it says enough.
BARE = 2
SHORT = 4

# --- what points back -------------------------------------------------------------------------------------------------

_POSSESSIVE = r"its|their|theirs|his|her|hers|itself|themselves|himself|herself"
_RANKS = (
    r"(?:the|yang)\s+(?:very\s+)?(?:first|former|pertama)\b|첫\s?번째|첫째",
    r"(?:the|yang)\s+(?:second|kedua)\b|두\s?번째|둘째",
    r"(?:the|yang)\s+(?:third|ketiga)\b|세\s?번째|셋째",
    r"(?:the|yang)\s+(?:fourth|keempat)\b|네\s?번째|넷째",
    r"(?:the|yang)\s+(?:last|latter|terakhir)\b|마지막",
)
_ONE_OF_THEM = re.compile("|".join(_RANKS) + r"|\bones?(?=\s*(?:[?.!,]|$))", re.IGNORECASE)
_OTHER = r"the\s+others?\b|another\b|yang\s+lain\w*|satunya|다른|나머지"
_POINTS_BACK = re.compile(
    rf"\b(?:(?-i:[Ii]t)|they|them|he|him|she|these|those|dia|mereka|beliau|ia|{_POSSESSIVE}"  # IT is a department
    r"|[a-z]{3,}(?<!\bha)(?<!biasa)(?<!akhir)(?<!misal)(?<!umum)(?<!benar)(?<!baik)(?<!harus)nya(?!\s+(?-i:[A-Z])))\b"
    rf"|\b(?:{_OTHER}|latter|former|the\s+(?:same|rest|two|three)\b|others\b|else\b|nya\b)"
    r"|\bthis\b(?!\s+(?:year|week|month|morning|evening|afternoon|summer|winter|spring|autumn)\b)"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )(?<!be )\bthere\b(?!\s+(?:is|are|was|were|will|has|have|be)\b|['’])"
    r"|\b(?:the|that|this|which|other|another|\w+er|\w+est|first|second|third|next)\s+ones?\b(?!\s+of\b)"
    r"|\b(?:one|ones|(?:the|yang)\s+(?:first|second|third|last|pertama|kedua|ketiga|terakhir))(?=\s*(?:[?.!,]|$))"
    r"|(?:^|\b(?:is|was|are|were|did|does|do|about|of|on|at|for|with|by|after|before|since|why|how|like|and)\s)that\b"
    r"|\bthat(?=\s*(?:[?.!,]|$))"
    r"|\b(?:tersebut|(?<!apa )(?<!siapa )(?-i:[Ii]tu)|(?<!saat )(?<!hari )(?<!tahun )(?<!bulan )ini|di\s?sana)\b"
    r"|(?<!\S)(?:[그이저](?=\s)|그(?:는|가|의|를|에게|도|와|녀|들|것|거|건|게|걸|곳|때|분|중)\S*|이(?:것|곳|때|들)\S*"
    r"|이[건게](?=\s)|[거여]기\S*|해당(?=\s)|(?:첫|두|세|네)\s?번째\S*|[첫둘셋넷]째\S*|마지막은\S*)",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(  # "How long does it take to ..." points at nothing
    r"\bit\s+(?:\w+\s+){0,2}?(?:takes?|took|costs?|true|possible|likely|necessary|important|safe|legal|allowed|better"
    r"|best|worth|hard|easy|difficult|common|normal|rains?|snows?)\s+(?:(?:for|an?)\s+\w+\s+)?"
    r"(?:to\s+(?-i:[a-z])|that\b|if\b|when\b|\w+ing\b)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\W*(?:(?:ok|okay|oh|well|yes|no|great|thanks)\b\W+)?(?:and|but|so|or|also|then|what about|how about|what if|why"
    r"|i meant?|dan|lalu|terus|kalau|tapi|tetapi|bagaimana dengan|kenapa|mengapa)\b"
    r"|\s*(?:그리고|그럼|그러면|그렇다면|그런데|근데|하지만|그래서|또)(?!\w)",
    re.IGNORECASE,
)
_CLAUSE_ENDS = re.compile(
    r"[,;:.?!]\s|\b(?:and|but|or|if|when|while|because|since|after|before|dan|jika|ketika|karena)\s", re.IGNORECASE
)
_HAS_VERB = re.compile(  # or a word that asks; what has neither is a mere heading
    r"\b(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had|may|what|who|whom|whose|when|where|why"
    r"|how|which|tell|name|give|list|show|describe|explain|i|you|we|apa\w*|siapa\w*|kapan|mana|mengapa|kenapa|bagaimana"
    r"|berapa\w*|sebutkan|jelaskan)\b|[가-힣]+(?:요|까|다|나|냐|가|줘)\W*$|언제|어디|누구|누가|무엇|왜|어떻게|얼마|몇",
    re.IGNORECASE,
)
_BY_NAME = re.compile(  # "What is photosynthesis?", "Where is Busan?" say what they ask about, however short they are
    r"\s*(?:(?:what|who)(?:['’]s|\s+(?:is|are|was|were))\s+(?:an?\s+)?"
    r"(?!(?:the|your|my|our|wrong|new|next|left|different|special|needed|required|included|available)\b)"
    r"|(?:where|when)(?:['’]s|\s+(?:is|are|was|were))\s+(?:the\s+)?(?-i:[A-Z])"
    r"|apa(?:kah)?\s+itu\s+|(?:siapa(?:kah)?|di\s*mana(?:kah)?)\s+(?-i:[A-Z])"
    r")[\w\s’'-]{1,60}\??\s*",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\b(?:(?:what|how) (?:about|if)|bagaimana dengan)\b", re.IGNORECASE)
_ASKS = re.compile(  # "How much" is left out of "And in 2019?"
    r"\b(?:how(?: (?:much|many|long|far|often|old))?|when|where|who|why|berapa|kapan|di mana|siapa|kenapa|mengapa)\b"
    r"|언제|어디|누구|누가|왜|얼마|몇",
    re.IGNORECASE,
)
_ENTITY_ASKED = re.compile(
    r"\b(?:who|whom|whose|which|what|where|name|list|siapa\w*|mana|apa|sebutkan)\b|누구|누가|어디|어느|무엇|무슨|어떤",
    re.IGNORECASE,
)
_GENERIC = frozenset(  # stems of what stands for a name that was said: "When did the company move?"
    content_terms(
        """company firm organisation agency ministry department office project program scheme plan law treaty agreement
        team club band party city town village country island region building bridge house museum school university
        hospital library station church hotel shop book novel film movie show series song album game event festival war
        battle author writer director founder owner place site system device machine product service method disease
        drug study report document center ship ferry train"""
    )
)
_DEFINITE = re.compile(r"\bthe\s+([a-z-]++)(?!\s+(?:of|for|in|at|on|to|that|which|who|where|with|between|from)\b)")

# --- words ------------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[\w’'&-]+")
_HANGUL = re.compile(r"[가-힣]")  # which has no capitals to tell names by
_FILLERS = frozenset(  # stems
    content_terms(
        """thanks please ok okay oh yes yeah sorry well great talking speaking meant mean want need help understand
        explain able wow another others else former latter hi hello tolong terima kasih maaf"""
    )
)
_ENDING = re.compile(  # a particle of a Korean noun, the ending of a Korean verb that asks; the Indonesian for "its"
    r"(?<=[가-힣A-Za-z0-9]{2})(?:에서는|에서도|으로는|에게서|이라는|에서|에게|으로|까지|부터|보다|처럼|이나|이란|은|는|이|가|을|를|의|에"
    r"|로|와|과|도|만)$|(?<=[가-힣]{2})[었았였]?(?:나요|습니까|을까요|[어아]요)$|(?<=[a-z]{3})nya$"
)
_NO_TOPIC = re.compile(  # Korean words that point, ask or carry the sentence
    r"[그이저첫두세네]|그(?:는|가|의|를|에게|도|와|녀|들|것|거|건|게|걸|곳|때|분|중)\w*|이(?:것|곳|때|들)\w*|이[건게]|[거여]기\w*|해당"
    r"|(?:언제|어디|누구|누가|무엇|무슨|뭐|뭔|어떻게|어떤|어느|얼마|몇)\w*|왜요?|그리고|그럼|그러면|그렇다면|그런데|근데|하지만|그래서|또한?"
    r"|(?:명|개|번|원|곳|가지|시간|번째|[첫둘셋넷]째)\w{0,2}|(?:대해|관해|대한|관한|있|하|되|입니|인가|이었|였|했|됐)\w{0,4}|알려|주세요|정확히|다른"
    r"|나머지\w?|마지막\w?"
)


def topic_words(text: str) -> list[str]:
    """The words of a text that say what it is about, as they are written, in order, each once."""
    found = [_ENDING.sub("", word) for word in _WORD.findall(text[:READ]) if not _NO_TOPIC.fullmatch(word)]
    return [word for word in dict.fromkeys(found) if len(word) <= LONGEST and set(content_terms(word)) - _FILLERS]


def own_words(question: str) -> list[str]:
    """Its topic words without those that point at one of several things: "the second one" is spoken of, not named."""
    return topic_words(_ONE_OF_THEM.sub(" ", question[:READ]))


def terms_of(words: Sequence[str]) -> set[str]:
    """The search terms of some words that carry a topic."""
    return {term for word in words for term in content_terms(word)}


def _names(question: str) -> list[str]:
    """The names in a question; the capital it begins with makes none."""
    return names(question[:1].lower() + question[1:])


# --- the two steps ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Topic:
    """What a conversation is about, after some turns of it."""

    asked: str = ""  # the last question that stood alone
    latest: str = ""  # the latest that did not, since then
    answer: str = ""  # the last one
    named: tuple[str, ...] = ()  # what answers gave where a name was asked for, the latest first
    items: tuple[str, ...] = ()  # what an answer enumerated

    @property
    def words(self) -> list[str]:
        return topic_words(self.asked) + own_words(self.latest)

    @property
    def shared(self) -> set[str]:
        """The terms of all of the items: what they are, not which."""
        return set[str].intersection(*(terms_of([item]) for item in self.items)) if self.items else set()


def inquiry(question: str, history: Sequence[Turn]) -> Inquiry:
    """The question with what it leaves to the turns before; with nothing where it stands alone."""
    topic = _Topic()
    for turn in history[-TURNS:]:
        topic = _after(topic, turn.question[:READ], turn.answer[:READ])
    carried = _carried(question[:READ], topic) if _depends(question[:READ], topic) else []
    if not carried:
        return Inquiry(question)
    return Inquiry(question, " ".join(carried), " ".join(turn.answer for turn in history[-TURNS:]))


def _after(topic: _Topic, question: str, answer: str) -> _Topic:
    """The topic once a question has got its answer."""
    own = own_words(question)
    if _depends(question, topic):
        chosen = _chosen(question, topic)
        latest = " ".join([question if own else topic.latest, *(chosen or ())])
        topic = replace(topic, asked=_without_replaced(topic.asked, question), latest=latest)
    elif len(own) > BARE or _names(question) or _BY_NAME.fullmatch(question):
        items = topic.items if any(terms_of([item]) & terms_of(own) for item in topic.items) else ()
        topic = _Topic(question, items=items)
    else:  # "How much is a day ticket?" is likely still about the same pool
        topic = replace(topic, latest=question)
    topic = replace(topic, answer=answer)
    if not _ENTITY_ASKED.search(question):
        return topic
    named = tuple(dict.fromkeys([*_given(answer, own), *topic.named]))[: 2 * NAMED]
    return replace(topic, named=named, items=_enumerated(answer, question) or topic.items)


def _depends(question: str, topic: _Topic) -> bool:
    """Whether a question leaves its topic to the turns before."""
    if not topic.words:
        return False
    own, named = own_words(question), _names(question)
    if _points_back(question) or (topic.items and not named and _ranked(question) is not None):
        return True
    if _GOES_ON.match(question) and len(own) <= SHORT and len(named) < 2:
        return True
    if len(own) < BARE:
        return not _BY_NAME.fullmatch(question)
    part = len(own) <= BARE and not _HAS_VERB.search(question)
    return not named and len(own) <= SHORT and (part or _describes(question, topic))


def _describes(question: str, topic: _Topic) -> bool:
    """Whether "the company" stands in it for what was named before, or "the roof" for what was spoken of."""
    said = _GENERIC | terms_of(topic.words) | set(content_terms(topic.answer))
    return any(terms_of([thing]) & said for thing in _DEFINITE.findall(question))


def _points_back(question: str) -> bool:
    """Whether a word points at something before the question, rather than at what the question itself named first."""
    question = _EXPLETIVE.sub(" ", question)
    for match in _POINTS_BACK.finditer(question):
        before = question[: match.start()]
        clauses = list(_CLAUSE_ENDS.finditer(before))
        owned = re.fullmatch(_POSSESSIVE, match.group(), re.IGNORECASE) and _names(before)
        if not owned and not (clauses and topic_words(before[: clauses[-1].start()])):
            return True
    return False


def _carried(question: str, topic: _Topic) -> list[str]:
    """The words that a question takes with it from its topic."""
    chosen = _chosen(question, topic)
    dropped = set[str]()
    if chosen is not None:
        dropped = terms_of([*topic.items, *topic.named]) - terms_of(chosen) - topic.shared
    asked, latest = (_without_replaced(one, question) for one in (topic.asked, topic.latest))
    named = topic.named if chosen is None else chosen
    words = [*topic_words(asked), *own_words(latest), *topic_words(" ".join(named))]
    rest = _ABOUT.sub("", question)
    asks = [] if _HAS_VERB.search(rest) else (_ASKS.findall(latest) or _ASKS.findall(asked))[:1]
    left_out = terms_of([question, *asks]) | dropped
    kept: list[str] = []
    for word in words:
        if len(kept) < CARRIED and not terms_of([word]) <= left_out:
            left_out |= terms_of([word])
            kept.append(word)
    return kept and [*asks, *kept]


def _chosen(question: str, topic: _Topic) -> tuple[str, ...] | None:
    """Which things of an enumeration a question means: "the second", "the others"; None where it does not choose."""
    rank = _ranked(question)
    if rank is not None and rank < len(topic.items):
        return (topic.items[rank],) if topic.items else None
    if topic.items and re.search(_OTHER, question, re.IGNORECASE):
        spoken_of = terms_of([topic.latest or topic.asked]) - topic.shared
        return tuple(item for item in topic.items if not terms_of([item]) & spoken_of)
    return None


def _ranked(question: str) -> int | None:
    """Which of several things is meant: 0 for the first, -1 for the last, None where no word says it."""
    for number, pattern in enumerate(_RANKS):
        if re.search(pattern, question, re.IGNORECASE):
            return number if number < len(_RANKS) - 1 else -1
    return None


_PLACED = re.compile(
    r"\b(?i:(in|at|from|to|for|on|by|with|di|ke|dari|pada|oleh))\s+(?:the\s+)?([A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*)*|\d{4}\b)"
)


def _without_replaced(earlier: str, question: str) -> str:
    """An earlier question without what a later one says anew: after "and in 2019?" it is no more about 2018."""
    new = {(match[1].lower(), match[2].isdigit()) for match in _PLACED.finditer(question)}
    return _PLACED.sub(lambda m: " " if (m[1].lower(), m[2].isdigit()) in new else m.group(), earlier)


_DAYS = frozenset(
    content_terms(
        """monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
        september october november december senin selasa rabu kamis jumat sabtu minggu januari februari maret mei juni
        juli agustus oktober desember"""
    )
)


def _given(answer: str, asked: Sequence[str]) -> list[str]:
    """The names that the first sentence of an answer gives, and those that go on about its subject."""
    found: list[str] = []
    for number, (start, end) in enumerate(sentences(answer)[:NAMED]):
        sentence = answer[start:end]
        if number and not re.match(r"(?:it|he|she|they|his|her|its|their|dia|ia)\b", sentence, re.IGNORECASE):
            break
        found += names(sentence) or [word for word in topic_words(sentence) if _HANGUL.match(word)]
    known = _DAYS | terms_of(asked)
    return [name for name in found if not terms_of([name]) <= known][:NAMED]


_LINE = re.compile(r"^\s*(?:[-*•·]|\d{1,2}[.)])\s+(.+)$", re.MULTILINE)
_BETWEEN = re.compile(r"[,;:]\s|\s(?:and|or|dan|atau|serta)\s|(?<=[가-힣])[와과]\s|\s(?:및|그리고)\s")


def _enumerated(answer: str, question: str) -> tuple[str, ...]:
    """The things that an answer lists, in lines or in a sentence; by name where they have one."""
    answer = re.sub(r"\[\d{1,3}\]", "", answer)
    parts = _LINE.findall(answer)
    for start, end in [] if len(parts) > 1 else sentences(answer)[:NAMED]:
        parts = _BETWEEN.split(answer[start:end])
        if len(parts) > 1:
            parts[0] = " ".join(parts[0].split()[-2:])
            break
    asked = terms_of([question])
    named = [name for part in parts for name in names(part)[:1] if not terms_of([name]) <= asked]
    plain = [[word for word in topic_words(part) if not terms_of([word]) <= asked][:NAMED] for part in parts]
    things = named if len(named) > 1 else [" ".join(words) for words in plain if words]
    return tuple(things[:ITEMS]) if len(things) > 1 else ()
