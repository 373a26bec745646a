"""Overviews: an outline of one document, of the whole library, or of what the documents hold on a topic.

Recognises who asks for one, and drafts it of the documents' own sentences. What a document is about is read from the
vectors of its passages and from the words it repeats. A question of fact is none of this module's business.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Literal, Protocol

import numpy as np

from rag.ledger import Ledger
from rag.smalltalk import Language, language_of
from rag.text import as_said, content_terms, fold, latin_share, sentences, stem, terms
from rag.types import EVERYTHING, Claim, DocumentEntry, Draft, Passage, Place, Scope

# --- who asks for an overview -----------------------------------------------------------------------------------------

Kind = Literal["library", "document", "either", "topic"]


@dataclass(frozen=True, slots=True)
class Overview:
    """What is to be outlined: `about` names a document, a topic, or either. Without name it is the only document."""

    kind: Kind
    about: str
    language: Language


_LONGEST = 160  # characters of what an overview is of; what is longer tells a tale of its own

_NOUNS = r"(?:documents|files|texts|papers|library|corpus|collection|folder|sources|pdfs|docs)"
_SUMMARY = (
    r"(?:(?:short |brief |quick |concise |general |rough )?(?:summary|overview|outline|synopsis|gist|recap|tl;?dr)"
    r"|(?:main |key )(?:points?|ideas?|topics?|themes?|findings?))"
)
_THEY = rf"(?:you|we|(?:(?:the|these|those|my|our|your|all|of) )+{_NOUNS})"
_ON = r"(?:about|on|regarding|concerning)"
_KAMU = r"(?:kamu|anda|kau|kita|dokumen(?:-dokumen)?(?: ini| itu| saya)?)"
_TENTANG = r"(?:tentang|mengenai|soal|perihal)"
_RINGKASAN = r"(?:ringkasan|rangkuman|ikhtisar|gambaran|poin-poin|pokok-pokok)(?: umum| singkat| utama| penting| isi)*"
_PLEASE = r"\s*(?:줘요?|주세요|주십시오|줄래요?|주시겠어요|봐요?)"
_DO = rf"\s*(?:해\s*{_PLEASE}|해라|해|하기|{_PLEASE}|부탁해요?|부탁드립니다)?"
_TELL = rf"(?:알려|말해|설명해|이야기해|얘기해|소개해|가르쳐|들려|보여){_PLEASE}"
_ABOUT = r"에\s*(?:대해서?|대하여|관해서?|관하여)"
_IS = r"(?:인가요|입니까|이에요|예요|이야|야|이니|니|이죠|죠|일까요|인지\s*" + _TELL + ")"
_TOPICS = r"(?:topics|subjects|themes|areas|(?:kinds?|sorts?) of (?:documents|files|things))"
_INSIDE = rf"(?:here|(?:in|by) (?:the|these|my|your) {_NOUNS})"
_TREAT = r"(?:cover|know|discuss|have|treat|contain|deal with)"
_MEMBAHAS = rf"(?:ada|tersedia|dibahas|tercakup|{_KAMU} (?:punya|miliki|ketahui|bahas))"
_CERITAKAN = r"(?:ceritakan|jelaskan|sampaikan|beri ?tahu)(?: (?:kepada |pada )?(?:saya|kami))?"
_KNOWN = r"(?:(?:아는|알고\s*있는)\s*(?:것|걸|거|대로)(?:을|를)?\s*)?(?:모두|전부|다|좀|더|자세히|간단히)?\s*"
_KNOW = r"(?:(?:알고|말하고|가지고)\s*있(?:어요?|나요|니|습니까)|알(?:아요?)|아(?:나요|니|세요))"
_HAVE = rf"(?:있|가지고\s*있|갖고\s*있|다루|다루고\s*있|나오)(?:어요?|나요|니|습니까|는지\s*{_TELL})"

# A request in each language, one a line, `X` being what it is of. Tried in this order.
_FORMS: Mapping[Kind, str] = {
    "library": rf"""
        (?:(?:give|show) (?:me|us) )?(?:an? |the )?{_SUMMARY}|summari[sz]e|what (?:do|can) you (?:have|know|cover)
        what(?:'s| is) in here|(?:list|show)(?: me)? (?:(?:all|the|my|your|of) )*{_NOUNS}
        (?:what|which) {_NOUNS} (?:do (?:you|we|i) have|are (?:there|here|in here|available|indexed))
        (?:what|which) {_TOPICS} (?:are|is) (?:there|covered|here|discussed|included|available)(?: {_INSIDE})?
        (?:what|which) {_TOPICS} (?:do|does|can) {_THEY} {_TREAT}(?: about)?(?: {_INSIDE})?
        (?:dokumen|berkas|file|topik|tema) apa (?:saja )?(?:yang )?{_MEMBAHAS}(?: (?:di )?(?:sini|(?:dalam )?{_KAMU}))?
        (?:kamu|anda) (?:punya|tahu) apa(?: saja)?|apa (?:saja )?yang {_KAMU} (?:punya|miliki|ketahui|tahu)
        (?:(?:beri(?:kan)?|buat(?:kan)?) )?(?:saya )?{_RINGKASAN}|(?:ringkas|rangkum)(?:kan)?
        (?:어떤|무슨)\s*(?:문서|자료|파일)(?:들)?(?:이|가|을|를)?\s*{_HAVE}
        (?:(?:이|모든|전체)\s*문서(?:들)?(?:에서|에|은|는|이)?\s*)?(?:어떤|무슨)\s*주제(?:들)?(?:를|가|을|이)?\s*{_HAVE}
        (?:무엇을|뭘|뭐를)\s*(?:알고|가지고|갖고)\s*있(?:어요?|나요|니|습니까)
        (?:전체\s*)?(?:개요|요약)(?:를|을)?(?:{_DO}|\s*{_TELL})
    """,
    "topic": rf"""
        what (?:else )?(?:do|does|can) {_THEY} (?:know|say|have|contain|hold|tell (?:me|us)|report|mention) {_ON} X
        what(?:'s| is) (?:known|there|said|written) {_ON} X
        (?:(?:give|show|tell) (?:me|us) )?(?:everything|all|anything)(?: that)?(?: (?:you|we) (?:know|have))? {_ON} X
        (?:tell|teach) (?:me|us) (?:(?:something|more|a bit|a little|briefly) )?about X
        (?:do you (?:know|have)|is there) (?:anything|something|(?:any )?information) {_ON} X
        (?:(?:give|show|get|find) (?:me|us) )?(?:some |any |more |the )?(?:information|info|details) {_ON} X
        apa (?:saja )?(?:yang )?{_KAMU} (?:ketahui|tahu|miliki|punya|katakan|bahas) {_TENTANG} X
        apa kata {_KAMU} {_TENTANG} X
        {_CERITAKAN}(?: (?:semua(?:nya)?|segala hal|lebih lanjut|sedikit))? {_TENTANG} X
        (?:(?:beri(?:kan)?|cari(?:kan)?) )?(?:saya )?(?:semua|segala|informasi|info)(?: hal| informasi)? {_TENTANG} X
        (?:apakah )?(?:ada|{_KAMU} (?:tahu|punya|memiliki)) (?:sesuatu|informasi|info|apa(?: saja)?) {_TENTANG} X
        X{_ABOUT}\s*{_KNOWN}{_TELL}
        X{_ABOUT}\s*(?:무엇을|뭘|뭐를|뭐|무엇이라고|뭐라고)\s*{_KNOW}
        X(?:{_ABOUT}|에\s*(?:대한|관한))\s*(?:모든\s*)?(?:것|정보|자료)(?:이|가|을|를)?\s*(?:있어요?|있나요|있습니까|{_TELL})?
    """,
    "either": rf"""
        (?:summari[sz]e|outline|recap|sum up|condense|tl;?dr:?) X
        (?:(?:give|write|show|make|get|have) (?:(?:me|us) )?)?(?:an? |the )?{_SUMMARY} (?:of|on|about|for|from|in) X
        what (?:is|are) the {_SUMMARY} (?:of|on|about|from|in) X
        (?:ringkas|rangkum|simpulkan)(?:kan)?(?:lah)? (?:isi )?X
        (?:(?:beri(?:kan)?|buat(?:kan)?) )?(?:saya )?{_RINGKASAN}(?: (?:dari|tentang|mengenai|untuk))? X
        X(?:을|를|(?<=..)의)?\s*(?:(?:전체\s*)?내용(?:을|를)?\s*)?(?:간단히|간략히|짧게|좀)?\s*요약(?:본)?(?:을|를)?{_DO}
        X(?:의|에\s*(?:대한|관한))\s*(?:개요|요약|줄거리|요점|핵심\s*내용)(?:를|을|은|는|이)?\s*(?:{_TELL}|{_DO}|(?:뭐|무엇){_IS})
    """,
    "document": rf"""
        what(?:'s| is| are) X(?: all)? about
        what (?:do|does) X (?:say|talk about|discuss|deal with)
        apa(?:kah)? (?:saja )?(?:isi|yang dibahas (?:di )?(?:dalam|oleh|di))(?: dari)? X
        X(?: itu| ini)? (?:tentang|berisi|membahas|mengenai|isinya) apa(?: saja)?
        X(?:은|는|이|가)?\s*(?:무엇|뭐|(?:무슨|어떤)\s*(?:내용|것))에\s*(?:대한|관한)\s*(?:것|거|문서|글|내용|책|보고서)?{_IS}
        X(?:에는?|의)?\s*(?:(?:무슨|어떤)\s*내용(?:{_IS}|(?:이|을)?\s*{_HAVE})|내용(?:은|이)\s*(?:뭐|무엇){_IS})
    """,
}
_PATTERNS = [
    (kind, re.compile(line.strip().replace("X", "(?P<about>.+?)"), re.IGNORECASE))
    for kind, forms in _FORMS.items()
    for line in forms.strip().splitlines()
]

_ASIDE = (  # what may stand before and after a request
    re.compile(
        r"(?:(?:hi|hello|hey|halo|hai|ok(?:ay|e)?|so|please|now|tolong|mohon|coba|안녕하세요|안녕|자"
        r"|그럼)(?:[,!.]\s*|\s+)"
        r"|(?:can|could|would|will) (?:you|i|we) (?:please )?|i(?:'d| would) like (?:you )?(?:to )?(?:have )?"
        r"|i (?:want|need) (?:you )?(?:to )?|(?:bisa|dapat)(?:kah)? (?:kamu|anda) |saya (?:ingin|mau|butuh) )*",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:[\s,]+(?:please|for me|briefly|in (?:short|brief)|in (?:a|one|two|three|four|five|\d+|a few)"
        r" (?:short )?(?:sentences?|paragraphs?|words?|lines?)|thanks|thank you|dong|ya|untuk saya"
        r"|(?:secara|dengan) (?:singkat|ringkas))|[\s.!?…~]+)+$",
        re.IGNORECASE,
    ),
)
_WHOLE = re.compile(
    rf"(?:(?:all|the|these|those|my|your|our|of|whole|entire) )*(?:{_NOUNS}|everything)(?: (?:here|you have|i have))?"
    r"|these|those|them|all"
    r"|(?:(?:semua|seluruh) )?(?:isi )?(?:dokumen-dokumen|berkas-berkas|koleksi)(?: (?:ini|itu|saya))*"
    r"|(?:semua|seluruh) (?:isi )?(?:dokumen|berkas|file|koleksi)(?: (?:ini|itu|saya|yang ada))*|semua(?:nya)?"
    r"|(?:(?:이|내|제|모든|전체)\s*)*(?:문서|파일|자료)들|(?:모든|전체)\s*(?:문서|파일|자료)(?:들)?|모두|전부|다"
    r"|전체|이것들",
    re.IGNORECASE,
)
_THE_ONE = re.compile(
    r"this|(?:this|that|the|my) (?:document|file|text|paper|report|article|book|page|pdf)"
    r"|(?:dokumen|berkas|file|teks|laporan|artikel|buku)(?: (?:ini|itu|saya|tersebut))?|ini"
    r"|(?:이|그|저|이번|해당)\s*(?:문서|파일|글|보고서|책|기사|논문)|문서|파일",
    re.IGNORECASE,
)
_POINTING = r"(?:its?|this|that|these|those|they|them|their|his|him|hers?|itu|ini|tersebut)"
_POINTS_BACK = re.compile(
    rf"(?:{_POINTING}|he|she|you|yourself|me|us|one|there|dia|mereka|(?:이|그|저)(?:것|거|들|녀|\s*사람|\s*일)?)"
    rf"|.*\b{_POINTING}\b.*",
    re.IGNORECASE,
)
_ASKING = r"(?:who|whom|whose|what|when|where|why|how|which|whether|if)"
_MENANYA = r"(?:siapa|apakah|apa|kapan|di ?mana|mengapa|kenapa|bagaimana|berapa)"
_CLAUSE = re.compile(  # a question within the request, which wants its answer
    rf"(?:{_ASKING}|{_MENANYA})\b.*|.*(?:\b(?:and|or|but|dan|lalu) (?:{_ASKING}|{_MENANYA})\b"
    r"|(?:^|\s)(?:언제|누가|누구|왜|어디|어떻게|무엇|몇|얼마)).*",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = "\"'`*«»「」『』《》〈〉<>[]() "


def asked_overview(question: str) -> Overview | None:
    """What a question wants outlined; None for a question of fact or one that leaves its topic to earlier turns."""
    text = " ".join(question.translate(str.maketrans("‘’“”", "''\"\"")).split())
    if len(sentences(text)) != 1 or len(text) > 2 * _LONGEST:
        return None
    before, after = _ASIDE
    text = after.sub("", before.sub("", text, count=1))
    for kind, pattern in _PATTERNS:
        if match := pattern.fullmatch(text):
            return _overview(kind, match.groupdict().get("about", ""), language_of(question))
    return None


def _overview(kind: Kind, about: str, language: Language) -> Overview | None:
    points_back = about[:1] not in _QUOTED and _POINTS_BACK.fullmatch(about)
    about = about.strip(_QUOTED)
    if kind == "library" or (_WHOLE.fullmatch(about) and (kind != "topic" or " " in about)):
        return Overview("library", "", language)
    if kind != "topic" and _THE_ONE.fullmatch(about):
        return Overview("document", "", language)
    if not about or len(about) > _LONGEST or _CLAUSE.fullmatch(about) or points_back:
        return None
    return Overview(kind, about, language)


# --- which document ---------------------------------------------------------------------------------------------------

_CALLED = """document file text paper report article book page pdf brief note chapter called named titled
dokumen berkas laporan artikel buku teks catatan berjudul bernama"""
_DOCUMENT_WORDS = frozenset(stem(word) for word in _CALLED.split())
_FILE_NAME = re.compile(
    r".*\S\.(?:txt|md|m?html?|pdf|docx?|pptx?|od[tsp]|xls[xb]?|[ct]sv|epub|eml|msg|jsonl?|zip)", re.IGNORECASE
)


def in_full(hint: str, entries: Sequence[DocumentEntry]) -> list[DocumentEntry]:
    """The documents whose title, path or file name a hint is. Case, punctuation and extension do not matter."""
    wanted = _levelled(hint)
    return [one for one in entries if wanted and wanted in map(_levelled, _names(one))]


def in_part(hint: str, entries: Sequence[DocumentEntry]) -> list[DocumentEntry]:
    """The one document whose title and path hold all content words of a hint, words such as `report` aside."""
    words = set(content_terms(hint))
    for wanted in (words, words - _DOCUMENT_WORDS):
        found = [one for one in entries if wanted and wanted <= set(terms(f"{one.title} {one.path}"))]
        if len(found) == 1:
            return found
    return []


def _names(entry: DocumentEntry) -> tuple[str, ...]:
    path = PurePosixPath(entry.path)
    return entry.title, entry.path, path.name, path.stem


def _levelled(name: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", fold(name))).removeprefix("the ")


def _sounds_like_one(hint: str) -> bool:
    """Whether a hint sounds like a document rather than like a thing in one."""
    words = content_terms(hint)
    return bool(_FILE_NAME.fullmatch(hint)) or len(words) > 1 or bool(set(words) & _DOCUMENT_WORDS)


# --- sentences that can stand in an outline ---------------------------------------------------------------------------

_SHORTEST, _LONGEST_SENTENCE = 30, 400  # characters; a letter of Hangul or Han counts for two
_ENDS = re.compile(r"[.!。！…](?:\[\d{1,3}\]|[\"'”’»)\]])*$")
_ROW = re.compile(r"^[^.;]{1,40}: [^;]*;")  # of a table: `Column: value; Column: value`
_NO_PROSE = re.compile(
    r"^(?:[#|>*•·▪◦‣–-]\s|\d{1,3}[.)]\s|[a-z(\[])|©|\b[Cc]opyright\b|\b[Aa]ll rights reserved|https?://|\S@\S"
)
_LEANS_BACK = re.compile(  # on the sentence before
    r"(?:it|its|they|their|he|his|she|her|this|these|that|those|such|however|but|and|or|also|moreover|furthermore|thus"
    r"|so|therefore|then|here|there|meanwhile|instead|yet|still|even so|another|others?|both|in addition|as a result"
    r"|for example|namun|tetapi|itu|ini|hal (?:ini|itu)|dia|ia|mereka|beliau|selain itu|(?:oleh )?karena itu"
    r"|kemudian|lalu"
    r"|sebaliknya|sedangkan)\b|(?:그|이)(?:는|것|들|러나|리고|래서|녀|에|로|후|때|런)|하지만|또한?\s|따라서|한편|반면",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement(Place):
    """A sentence that may stand in an outline."""

    number: int  # in its passage: 0 for the first
    words: frozenset[str]  # its terms


def statements(passages: Iterable[Passage]) -> list[Statement]:
    """The sentences of passages that say something by themselves: no headings, questions, rows or fragments.

    Where there is none (a table, a list), every line of three words or more.
    """
    found: list[Statement] = []
    others: list[Statement] = []
    for passage in passages:
        for number, (start, end) in enumerate(sentences(passage.text)):
            text = passage.text[start:end]
            words = frozenset(terms(text))
            if len(words) < 3 or text.startswith("#") or fold(text) == fold(passage.title):
                continue
            (found if _says_something(text) else others).append(Statement(passage, start, end, number, words))
    return found or others


def _says_something(text: str) -> bool:
    long = len(text) * (2 - latin_share(text))
    letters = sum(char.isalpha() or char.isspace() for char in text)
    return (
        _SHORTEST <= long <= _LONGEST_SENTENCE
        and bool(_ENDS.search(text))
        and not _NO_PROSE.search(text)
        and not _ROW.match(text)
        and letters > 0.75 * len(text)
    )


# --- which sentences --------------------------------------------------------------------------------------------------

MOST, LEAST = 6, 3  # sentences of an outline
_POOL = 24  # passages of a long document that its sentences are sought in: 20 ms
_LEAD = 0.6  # what opening the document counts, against 1 for the most typical sentence; a section a third of it
_PASSAGE = 0.5  # what lying in the most typical passage counts
_LEANING = 0.3  # what leaning on the sentence before costs
_REPEATED = 0.8  # what saying the same as a chosen sentence costs, times the share of words they have in common
_SAME = 0.9  # share from which on a sentence is the same again
_CROWDED = 0.2  # what each sentence chosen of the same section, or on a topic of the same document, costs


def _chosen(candidates: Mapping[Statement, float], count: int, crowd: Mapping[Statement, str]) -> list[Statement]:
    """The best sentences, each as unlike those before it as may be (MMR; Carbonell and Goldstein 1998). Best first."""
    chosen: list[Statement] = []
    crowds: Counter[str] = Counter()
    cost = dict.fromkeys(candidates, 0.0)
    while len(chosen) < count and (left := [one for one in candidates if cost[one] < _SAME]):
        worth = {one: candidates[one] - _REPEATED * cost[one] - _CROWDED * crowds[crowd[one]] for one in left}
        best = max(left, key=lambda one: (worth[one], one.passage.id, -one.start))
        chosen.append(best)
        crowds[crowd[best]] += 1
        for one in candidates:
            shared = len(one.words & best.words) / math.sqrt(len(one.words) * len(best.words))
            cost[one] = max(cost[one], shared)
    return chosen


def _typical(candidates: Sequence[Statement], title: str) -> dict[Statement, float]:
    """How much of what a text repeats each sentence says, 0 to 1: its cosine to the sum of all, title included."""
    held = Counter(word for one in candidates for word in content_terms(one.text))
    held.update({word: max(held.values(), default=0) for word in content_terms(title) if word in held})
    likeness = {one: sum(held[word] for word in one.words) / math.sqrt(len(one.words)) for one in candidates}
    most = max(likeness.values(), default=0.0) or 1.0
    return {one: value / most for one, value in likeness.items()}


# --- the outline ------------------------------------------------------------------------------------------------------

MOST_DOCUMENTS = 8  # of the library, a sentence each
_OPENING = 8  # passages of a document that its one sentence is sought in
_HELD = 0.34  # share of a topic's words, rare ones weighing more, that a sentence on it holds, or its heading
_WHOLE_TOPIC = 0.99  # from which on all are held
_LATE = 0.1  # what each sentence before it in its passage costs, to three
_SUBJECT, _HEAD = 0.3, 40  # what a word counts in addition where a sentence begins with it, in its first characters
_HEADED = 0.5  # what a word in the heading counts, against one in the sentence
_SURE, _LIKELY = 0.95, 0.85  # that the outline is of what was meant: named in full, or by a part of its name

_MORE = {"en": "And {} more document{}.", "id": "Dan {} dokumen lainnya.", "ko": "그 밖에 문서 {}개가 더 있습니다."}
_WHICH = {
    "en": "There are several documents. Name one to have it summarised.",
    "id": "Ada beberapa dokumen. Sebutkan salah satunya untuk diringkas.",
    "ko": "문서가 여러 개 있습니다. 요약할 문서의 이름을 알려 주세요.",
}
_NONE = {
    "en": "There is no document named {}.",
    "id": "Tidak ada dokumen bernama {}.",
    "ko": "{}라는 이름의 문서가 없습니다.",
}


class Finder(Protocol):
    """What an outline of a topic needs of retrieval."""

    def passages(self, question: str, k: int | None = None, scope: Scope = ...) -> list[Passage]: ...


class Outliner:
    """Makes overviews of a ledger's documents."""

    def __init__(self, ledger: Ledger, retriever: Finder) -> None:
        self._ledger = ledger
        self._retriever = retriever

    def draft(self, overview: Overview, scope: Scope = EVERYTHING) -> Draft | None:
        """The outline, of exact spans in reading order; None where no document is of that name: ask the usual way.

        Its confidence is that it is of what was meant: high where that is a document, for a topic what the documents
        hold of its words. One without claims is of something that there is not.
        """
        inside = set(self._ledger.within(scope))
        entries = [one for one in self._ledger.documents() if one.path in inside and one.passages]
        about, language = overview.about, overview.language
        if not about:
            if overview.kind == "document" and len(entries) == 1:
                return self._document(entries[0], _SURE)
            return self._library(entries, language, _WHICH[language] if overview.kind == "document" else "")
        if found := in_full(about, entries):
            return self._document(found[0], _SURE) if len(found) == 1 else self._library(found, language)
        if overview.kind == "either" or (overview.kind == "document" and _sounds_like_one(about)):
            if found := in_part(about, entries):
                return self._document(found[0], _LIKELY)
            if _FILE_NAME.fullmatch(about):
                return Draft(remark=_NONE[language].format(about))
        return None if overview.kind == "document" else self._topic(about, entries, scope)

    def _document(self, entry: DocumentEntry, confidence: float) -> Draft:
        passages = self._ledger.passages_of(entry.path)
        count = min(MOST, LEAST - 1 + len(passages).bit_length())
        claims = tuple(_claim(one) for one in self._outline(entry, passages, count))
        return Draft(claims, confidence if claims else 0.0)

    def _library(self, entries: Sequence[DocumentEntry], language: Language, remark: str = "") -> Draft:
        """A sentence for each document; of many for some, taken evenly over the folders."""
        shown = entries
        if len(entries) > MOST_DOCUMENTS:
            shown = [entries[n * len(entries) // MOST_DOCUMENTS] for n in range(MOST_DOCUMENTS)]
            left = len(entries) - len(shown)
            remark = f"{remark} {_MORE[language].format(left, 's' * (left > 1))}".strip()
        outlines = [self._outline(one, self._ledger.passages_of(one.path)[:_OPENING], 1) for one in shown]
        claims = tuple(_claim(one) for outline in outlines for one in outline)
        return Draft(claims, _SURE if claims else 0.0, remark)

    def _outline(self, entry: DocumentEntry, passages: Sequence[Passage], count: int) -> list[Statement]:
        """The sentences that carry a document, or its opening where one is enough, in its order."""
        centrality = self._centrality(passages) if len(passages) > 1 else {}
        pool = sorted(_spread(passages, centrality, _POOL), key=lambda one: one.start)
        found = statements(pool)
        typical = _typical(found, entry.title)
        opened: set[str | None] = set()
        scores: dict[Statement, float] = {}
        for one in found:
            lead = _LEAD if not scores else _LEAD / 3 if one.passage.section not in opened else 0.0
            opened.add(one.passage.section)
            leaning = _LEANING if _LEANS_BACK.match(one.text) else 0.0
            scores[one] = typical[one] + _PASSAGE * centrality.get(one.passage.id, 1.0) + lead - leaning
        crowd = {one: one.passage.section or one.passage.id for one in found}
        return sorted(_chosen(scores, count, crowd), key=lambda one: one.at)

    def _centrality(self, passages: Sequence[Passage]) -> dict[str, float]:
        """How near each passage is to the middle of the document, 0 to 1 by rank of cosine."""
        ids = [one.id for one in passages]
        vectors = self._ledger.vectors(ids)
        matrix = np.stack([vectors[one] for one in ids])
        cosines = matrix @ matrix.mean(axis=0)
        ranks = np.argsort(np.argsort(cosines, kind="stable"), kind="stable")
        return {one: float(rank) / (len(ids) - 1) for one, rank in zip(ids, ranks, strict=True)}

    def _topic(self, topic: str, entries: Sequence[DocumentEntry], scope: Scope) -> Draft:
        """What several documents say on a topic, the dated ones first and in time order."""
        passages = self._retriever.passages(topic, _POOL, scope)
        weight = self._rarity(content_terms(topic) or terms(topic))

        def held(text: str) -> float:
            return sum(weight[word] for word in weight.keys() & set(terms(text)))

        found = statements(passages)
        own = {one: held(one.text) for one in found}
        heading = {one.id: held(f"{one.title} {one.section or ''}") for one in passages}
        scores: dict[Statement, float] = {}
        for one in found:
            if max(own[one], heading[one.passage.id]) >= _HELD:
                weight_of_place = _SUBJECT * held(one.text[:_HEAD]) - _LATE * min(one.number, 3)
                leaning = _LEANING if _LEANS_BACK.match(one.text) else 0.0
                headed = _HEADED * heading[one.passage.id]
                scores[one] = own[one] + headed + one.passage.score + weight_of_place - leaning
        most = max(scores.values(), default=0.0)
        near = {one: score for one, score in scores.items() if score > most / 2 or own[one] > _WHOLE_TOPIC}
        chosen = _chosen(near, MOST, {one: one.passage.document for one in near})
        dates = {one.path: one.published or "9999" for one in entries}  # what has no date comes last
        chosen.sort(key=lambda one: (dates[one.passage.document], one.passage.document, one.at))
        best = max((held(f"{one.title} {one.section or ''} {one.text}") for one in passages), default=0.0)
        whole = max(own.values(), default=0.0) > _WHOLE_TOPIC
        similarity = max((one.similarity or 0.0 for one in passages), default=0.0)
        return Draft(tuple(map(_claim, chosen)), _confidence(topic, best, whole, similarity) if chosen else 0.0)

    def _rarity(self, words: Sequence[str]) -> dict[str, float]:
        """The words of a topic with their share of it, rare ones weighing more (inverse document frequency)."""
        count = self._ledger.passage_count()
        rarity = {
            word: math.log(1 + (count + 0.5) / (had + 0.5)) for word, had in self._ledger.frequency(words).items()
        }
        return {word: value / sum(rarity.values()) for word, value in rarity.items()}


def _spread(passages: Sequence[Passage], centrality: Mapping[str, float], count: int) -> list[Passage]:
    """The most central passage of each of so many stretches of a document, and its opening."""
    if len(passages) <= count:
        return list(passages)
    bounds = [n * len(passages) // count for n in range(count + 1)]
    stretches = [passages[start:end] for start, end in pairwise(bounds[1:])]
    return [passages[0], *(max(one, key=lambda p: (centrality[p.id], p.id)) for one in stretches)]


def _claim(one: Statement) -> Claim:
    return Claim(as_said(one.text), one.passage, one.at, one.passage.start + one.end)


def _confidence(topic: str, held: float, whole: bool, similarity: float) -> float:
    """How likely the documents treat a topic.

    Logistic regression on the titles of articles of three public sets, half of them left out of the corpus; those of
    what is not Latin are judged without the similarity, since the default model barely tells it apart.

    Args:
        held: share of the topic's words that one passage holds.
        whole: one sentence holds them all.
        similarity: of the nearest passage, a cosine.
    """
    latin = latin_share(topic)
    return 1 / (1 + math.exp(5.2 - 2.8 * (held + whole) - 8.8 * similarity * latin - 3.0 * (1 - latin)))
