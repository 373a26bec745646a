"""Words, sentences, numbers and names of a text, as pure functions. The only module that imports a stemmer."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import regex
import snowballstemmer

Span = tuple[int, int]  # code-point offsets: start, end

# English and Indonesian words that carry no topic: indexed, but a question asks with them only if it has no others.
_STOPPED = """
a about after all also am an and any are as at be because been before being between both but by can could did do
does doing done down during each few for from further had has have having he her here hers him his how i if in into
is it its itself just kind let many may me might more most much must my no nor not now of off on once only or other
our out over own please same say shall she should so some sort such than that the their them then there these they
this those through to too under until up upon us very was we were what when where which while who whom whose why
will with would you your tell know there's what's who's ada adalah agar akan antara apa apakah atas atau bagaimana
bagi bahwa berapa bisa boleh dalam dan dapat dari dengan di dia dimana guna hal hingga ia ini itu jadi juga kah kami
kapan karena ke kenapa kepada kita lah maka mana mengapa mereka namun nya oleh pada para per saat saja sampai sangat
saya sebagai sebuah secara sedang sejak seperti serta siapa suatu sudah tahun telah tentang terhadap tersebut tidak
untuk yaitu yakni yang
"""
STOP_WORDS = frozenset(_STOPPED.split())

_WORD = re.compile(r"[^\W_]+(?:[.,'’/+&-][^\W_]+)*")
# Marks on letters, save those that make another letter of a kana, and characters that cannot be seen.
_MARK = regex.compile(r"[[\p{M}--[\u3099\u309a]]\p{Cf}]", regex.V1)
_UNSEEN = regex.compile(r"\p{Cf}")
_FOOTNOTE = re.compile(r"(?<=[\d.])[⁰¹²³⁴-⁹]+")  # 2017² is the year 2017 with a note
_PART = re.compile(r"[.,'’/+&-]")
_BIGRAM_SCRIPT = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")
SHORTEST_INDONESIAN = 5  # letters; a shorter word has no room for a root and an affix
# Korean particles and endings that follow a noun of two syllables or more. What is left gives the bigrams, so that a
# word meets itself with another particle: KorQuAD hit@1 .908 to .932.
_PARTICLE = re.compile(
    r"(?<=[\uac00-\ud7a3]{2})(?:에서는|에서도|으로는|으로서|으로써|에게서|이라고|이라는|에서|에게|으로|라고|라는|까지|부터|처럼"
    r"|보다|이나|이며|이고|이다|하고|하여|했다|한다|하는|은|는|이|가|을|를|의|에|로|와|과|도|만)$"
)
_own = threading.local()  # a stemmer keeps the word it is at, so each thread needs its own


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The word's stem by Snowball, case folded, British and American spelling levelled.

    What the English stemmer (Porter 2) leaves goes through the Indonesian one: `dibangun` and `pembangunan` meet
    (IDK-MRC hit@1 .876 to .900), and English words lose nothing by it.
    """
    if not hasattr(_own, "english"):
        _own.english, _own.indonesian = snowballstemmer.stemmer("english"), snowballstemmer.stemmer("indonesian")
    found = str(_own.english.stemWord(_american(word.casefold())))
    if len(found) >= SHORTEST_INDONESIAN and found.isascii() and found.isalpha():
        found = str(_own.indonesian.stemWord(found))
    return found


_BRITISH = [  # applied alike to documents and questions, so a wrong turn (promise, promize) does no harm
    (re.compile(r"(?<=[a-z]{2}[nt])re(s?)$"), r"er\1"),  # centre, metre
    (re.compile(r"(?<=[a-z]{3})our(?=(?:s|ed|ing|able|ful|ite|hood)?$)"), "or"),  # labour, neighbourhood
    (re.compile(r"is(?=(?:e|es|ed|ing|ation|ations|er|ers)$)"), "iz"),  # organisation
    (re.compile(r"mme(s?)$"), r"m\1"),  # programme
    (re.compile(r"ogue(s?)$"), r"og\1"),  # dialogue
]


def _american(word: str) -> str:
    if len(word) > 5 and word.isascii():
        for pattern, replacement in _BRITISH:
            word = pattern.sub(replacement, word)
    return word


def fold(text: str) -> str:
    """Text for comparing: compatibility forms, case, quotes and dashes levelled, white space single."""
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()
    text = text.translate(str.maketrans("‘’ʼ“”‐‑‒–—−", "'''\"\"------"))
    return " ".join(text.split())


_REFERENCE = re.compile(r"(?<=[.!?,;:)\"'”’…])(?:\[\^?\d{1,3}\])+|\s?(?:\[\^?\d{1,3}\])+(?=[.!?\s]*$)")


def without_references(text: str) -> str:
    """A sentence without the numbered references of its own document, `like this.[12]`: they are not ours."""
    return _REFERENCE.sub("", text)


def terms(text: str) -> list[str]:
    """The search terms of a text, in order, repeats kept.

    Words are stemmed; a compound or a number with separators gives itself and its parts (`e-government`, `4.7`);
    Hangul, Kana and Han give character bigrams, since Korean split on spaces loses 12 points of hit@1 to bigrams.
    """
    found: list[str] = []
    for word in _WORD.findall(plain_letters(text)):
        if _BIGRAM_SCRIPT.search(word):
            found.extend(_mixed_script(word))
            continue
        parts = _PART.split(word)
        if len(parts) == 1:
            found.append(stem(word))
        elif parts[-1] == "s" and len(parts) == 2:  # Korea's
            found.append(stem(parts[0]))
        else:
            found.append(_joined(word, parts))
            found.extend(stem(part) for part in parts)
    return found


def plain_letters(text: str) -> str:
    """Text in lower case and compatibility forms, without accents, as the lexical index keeps it."""
    if text.isascii():
        return text.casefold()
    folded = unicodedata.normalize("NFKC", _FOOTNOTE.sub("", text)).casefold()
    return unicodedata.normalize("NFC", _MARK.sub("", unicodedata.normalize("NFD", folded)))


def _joined(word: str, parts: list[str]) -> str:
    """A compound as one term: `e-government` and `egovernment` meet, `1,500` and `1500` too, `4.7` and `47` do not."""
    return _plain(word).replace(".", "_") if _NUMBER.fullmatch(word) else stem("".join(parts))


def _mixed_script(word: str) -> list[str]:
    pieces: list[str] = []
    position = 0
    for match in _BIGRAM_SCRIPT.finditer(word):
        pieces.extend(stem(part) for part in _PART.split(word[position : match.start()]) if part)
        run = _PARTICLE.sub("", match.group()) if match.end() == len(word) else match.group()
        pieces.extend([run[i : i + 2] for i in range(len(run) - 1)] or [run])
        position = match.end()
    pieces.extend(stem(part) for part in _PART.split(word[position:]) if part)
    return pieces


_STOP_STEMS = frozenset(stem(word) for word in STOP_WORDS) | STOP_WORDS | {"s", "t", "re", "ll", "ve", "d", "m"}


def content_terms(text: str) -> list[str]:
    """The terms that carry the topic of a question, in order, each once; empty where there are none."""
    return [term for term in dict.fromkeys(terms(text)) if term not in _STOP_STEMS]


def latin_share(text: str) -> float:
    """The share of Latin letters among the letters of a text, 0 to 1; 1 where it has no letters.

    all-MiniLM-L6-v2 was trained on English: what is not Latin it barely distinguishes.
    """
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return 1.0
    return sum(1 for char in letters if char < "\u0250" or "\u1e00" <= char <= "\u1eff") / len(letters)


# --- sentences -------------------------------------------------------------------------------------------------------

_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'“‘])(?:mr|mrs|ms|dr|prof|st|sr|jr|gen|col|lt|sgt|capt|rev|hon|gov|sen|rep|pres|vs|al|inc|ltd|co"
    r"|corp|dept|est|approx|ed|eds|cf|e\.g|i\.e|a\.m|p\.m|u\.s|u\.k|u\.n|jl|bpk|drs|ir|tgl"
    r"|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|[a-z])\.$",
    re.IGNORECASE,
)
_BEFORE_NUMBER = re.compile(r"\b(?:no|nos|fig|figs|vol|pp|p|ch|sec|art|par|hlm|nr)\.$", re.IGNORECASE)
_END = re.compile(
    r"(?:(?<![.!?…؟۔।॥])[.!?…؟۔।॥]+(?:\[\d{1,3}\]|[\"'”’»)\]¹²³⁰-⁹])*|[。！？]+[」』”’）]*)(?=\s|$|(?<=[。！？」』”’）]))"
)
_ITEM = re.compile(r"\s*(?:[-*+•·▪◦‣–]|\d{1,3}[.)]|[a-zA-Z][.)]|\[\d+\]|#{1,6}|\||>)\s")
_WRAPPED = 45  # columns; a shorter line that does not end a sentence stands by itself (headings, menus, verse)


def sentences(text: str) -> list[Span]:
    """The sentences of a text as spans without surrounding white space, in order, never overlapping.

    Paragraphs, list items, table rows and short lines end a sentence, as well as its punctuation. Lines broken for
    width are joined. Everything but white space is in exactly one span.
    """
    spans: list[Span] = []
    for start, end in blocks(text):
        spans.extend(_split_block(text, start, end))
    return spans


def blocks(text: str) -> list[Span]:
    """Stretches of text that no sentence crosses."""
    found: list[Span] = []
    start = 0
    previous = ""
    for line in re.finditer(r"[^\n\x85\u2028\u2029]*(?:[\n\x85\u2028\u2029]|$)", text):
        if line.start() and _breaks(previous, line.group()):
            found.append((start, line.start()))
            start = line.start()
        previous = line.group()
    found.append((start, len(text)))
    return found


def _breaks(before: str, after: str) -> bool:
    """Whether a new block begins with the line after, rather than a line broken for width going on."""
    before, item = before.strip(), bool(_ITEM.match(after))
    after = after.strip()
    if not before or not after or item or before.startswith(("#", "|")):
        return True
    goes_on = after[0].islower() and not before.endswith((":", ".", "!", "?"))
    return not goes_on and (_width(before) < _WRAPPED or _is_heading(before))


def _width(line: str) -> int:
    """Columns that a line takes: Hangul, Kana and Han are twice as wide as other letters."""
    return len(line) + sum(len(run) for run in _BIGRAM_SCRIPT.findall(line))


def _is_heading(line: str) -> bool:
    """Whether a line reads like a headline: no full stop, and nearly every long word capitalised."""
    long_words = [word for word in line.split() if len(word) > 3]
    capitals = sum(1 for word in long_words if word[0].isupper() or word[0].isdigit())
    return line[-1] not in ".,;!?" and len(long_words) > 1 and capitals >= 0.8 * len(long_words)


def _split_block(text: str, start: int, end: int) -> list[Span]:
    spans = []
    begin = start
    for match in _END.finditer(text, start, end):
        if match.end() > begin and _ends_sentence(text, begin, match, end):
            spans.append((begin, match.end()))
            begin = match.end()
    spans.append((begin, end))
    return [trimmed for span in spans if (trimmed := _trim(text, *span))[0] < trimmed[1]]


def _ends_sentence(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    rest = text[match.end() : min(end, match.end() + 40)].lstrip()
    if not rest or match.group()[0] in "。！？":
        return True
    if rest[0].islower():  # "Yahoo! is", a quotation that the sentence goes on after
        return False
    if match.group() != ".":
        return True
    before = text[max(begin, match.start() - 12) : match.start() + 1]
    if _ITEM_NUMBER.fullmatch(before) or (rest[0].isdigit() and _BEFORE_NUMBER.search(before)):
        return False
    return not _ABBREVIATION.search(before)


_ITEM_NUMBER = re.compile(r"\s*\d{1,3}\.")


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


# --- names and numbers -----------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_IN_WORDS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen twenty
"""
_SPELLED = {word: str(value) for value, word in enumerate(_IN_WORDS.split())}
_UPPER = "[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪĮİĶĻŁŃŇŌŐŒŘŚŞŠŤŪŮŰŲŹŻŽА-ЯЁ]"
_NAME = re.compile(rf"\b{_UPPER}[\w’'-]*(?:\s+(?:(?:of|the|and|de|van|al|bin)\s+)*{_UPPER}[\w’'-]*)*")


def numbers(text: str) -> set[str]:
    """The numbers of a text as plain digits: thousands separators gone, small ones in words counted too."""
    found = {_plain(match) for match in _NUMBER.findall(unicodedata.normalize("NFKC", _FOOTNOTE.sub("", text)))}
    found |= {_SPELLED[word] for word in re.findall(r"[a-z]+", text.casefold()) if word in _SPELLED}
    return found


def _plain(number: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        return number.replace(",", "")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", number):
        return number.replace(".", "")
    return number.replace(",", ".")


def name_spans(text: str) -> list[Span]:
    """The spans of the proper names of a text: runs of capitalised words, stop words at their head left out."""
    found = []
    for match in _NAME.finditer(text):
        start, end = match.span()
        while (
            start < end
            and (word := re.match(r"\S+\s*", text[start:end]))
            and word.group().strip().casefold() in STOP_WORDS
        ):
            start += word.end()
        if start < end:
            found.append((start, end))
    return found


def names(text: str) -> list[str]:
    """The proper names of a text, as they are written."""
    return [" ".join(text[start:end].split()) for start, end in name_spans(text)]


# --- figures: numbers and dates by what they mean --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, or a date, by what it means: `1.5 thousand euros` and `€1,500` differ in place only."""

    start: int  # code points in the text
    end: int
    written: str  # without its unit
    value: Decimal | None = None  # None for a date
    unit: str = ""  # levelled: %, dollar, km, year, th (a rank), bc; empty where none is known
    date: tuple[int, int, int] = (0, 0, 0)  # year, month, day; 0 for what is not said


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_MONTHS = """jan january januari | feb february februari | mar march maret | apr april | may mei | jun june juni
| jul july juli | aug august agustus | sep sept september | oct october oktober
| nov november | dec december desember"""
_MONTH_NUMBER = {word: n for n, words in enumerate(_MONTHS.split("|"), 1) for word in words.split()}
_MONTH = rf"(?:{_alternatives(_MONTH_NUMBER)})\b\.?"
_TO = r"\s?(?:-|–|to|and)\s?"
_DATE = re.compile(
    rf"\b(?P<y1>\d{{4}})-(?P<m1>\d\d)-(?P<d1>\d\d)\b"
    rf"|(?<![\d.,])(?:(?P<e2>\d{{1,2}}){_TO})?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m2>{_MONTH})"
    rf"(?:\s?,?\s+(?P<y2>\d{{4}})\b)?"
    rf"|\b(?P<m3>{_MONTH})\s+(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\b(?!,\d|\s?%)(?:{_TO}(?P<e3>\d{{1,2}})\b)?"
    rf"(?:\s?,?\s+(?P<y3>\d{{4}})\b)?"
    rf"|\b(?P<m4>{_MONTH})\s?,?\s+(?:of\s+)?(?P<y4>\d{{4}})\b"
    r"|(?:(?P<y5>\d{4})년\s*)?(?P<m5>\d{1,2})월(?:\s*(?P<d5>\d{1,2})일)?",
    re.IGNORECASE,
)
_UNITS = """% percent percentage persen pct 퍼센트 | dollar dollars usd $ us$ 달러 | euro euros eur €
| pound pounds gbp £ lb lbs | yen jpy ¥ | won krw ₩ 원 | rupiah idr rp
| km kms kilometre kilometres kilometer kilometers
| m metre metres meter meters | cm centimetre centimetres centimeter centimeters
| mm millimetre millimetres millimeter millimeters | mile miles mi | foot feet ft | inch inches
| kg kilogram kilograms kilo kilos | g gram grams | mg milligram milligrams | ton tons tonne tonnes
| litre litres liter liters | acre acres | hectare hectares ha | gallon gallons | second seconds sec secs detik 초
| minute minutes min mins menit 분 | hour hours hr hrs jam 시간 | day days hari 일 | week weeks minggu 주
| month months bulan 개월 | year years yr yrs tahun | decade decades | century centuries abad 세기 | celsius °c
| fahrenheit °f | mph | watt watts | volt volts | mw megawatt megawatts | gb gigabyte gigabytes | mb megabyte megabytes
| bc bce | ad ce"""
_UNIT_OF = {word: words.split()[0] for words in _UNITS.split("|") for word in words.split()}
_POWERS = """hundred 2, thousand 3, k 3, million 6, mn 6, billion 9, bn 9, trillion 12, puluh 1, ratus 2, ribu 3,
juta 6, miliar 9, triliun 12, 천 3, 만 4, 억 8, 조 12"""
_SCALES = {word: Decimal(10) ** int(power) for word, power in re.findall(r"(\S+) (\d+)", _POWERS)}
_RANKS = """zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"""
_RANK = {word: Decimal(n) for n, word in enumerate(_RANKS.split())}
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_INDONESIAN = "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh"
_CARDINAL = (
    {word: Decimal(n) for n, word in enumerate(_INDONESIAN.split())}
    | {word: Decimal(value) for word, value in _SPELLED.items()}
    | {word: Decimal(10 * n) for n, word in enumerate(_TENS.split(), 2)}
    | {"dozen": Decimal(12)}
)
_LEFT_TO_WORDS = ("one", "satu", "zeroth", "first", "second")  # no one, the one, a second: seldom numbers
_LONGEST = 20  # digits of a number that counts something
_LATIN_SCALE = _alternatives(word for word in _SCALES if word.isascii())
_QUANTITY = re.compile(
    r"(?:(?P<before>us\$|[$€£¥₩]|\brp\.?)\s?|(?<![A-Za-z\d.,])(?<!(?-i:[A-Z])-))"
    r"(?:(?P<digits>\d+(?:[.,]\d+)*)(?P<th>(?:st|nd|rd|th|s)\b)?"
    rf"|\b(?P<words>(?:(?:{_alternatives(_TENS.split())})[\s-])?(?:{_alternatives([*_CARDINAL, *_RANK])}))\b"
    r"|\ban?\s(?=(?:hundred|thousand|million|billion|trillion)\b))"
    rf"(?P<scales>(?:[\s-]?(?:(?:{_LATIN_SCALE})\b|[천만억조]))*)"
    rf"(?:[\s-]*(?:u\.?s\.?\s)?(?P<unit>per\scent|{_alternatives(_UNIT_OF)})(?![a-z]))?(?![a-z])",
    re.IGNORECASE,
)


def figures(text: str) -> list[Figure]:
    """The numbers and dates of a text in order, by what they mean. `one`, `first` and `second` alone are words."""
    found: list[Figure] = []
    position = 0
    for match in _DATE.finditer(text):
        month = next(value for name, value in match.groupdict().items() if value and name[0] == "m")
        if not month[0].islower():  # "it may 5 times"
            found += _quantities(text, position, match.start())
            found += _dates(match, month)
            position = match.end()
    return found + _quantities(text, position, len(text))


def _dates(match: re.Match[str], month: str) -> Iterator[Figure]:
    part = {name[0]: value for name, value in match.groupdict().items() if value}
    number = int(month) if month.isdigit() else _MONTH_NUMBER[month.casefold().rstrip(".")]
    for day in [part[key] for key in "ed" if key in part] or ["0"]:
        yield Figure(*match.span(), match.group(), date=(int(part.get("y", 0)), number, int(day)))


def _quantities(text: str, start: int, end: int) -> list[Figure]:
    found: list[Figure] = []
    open_scale = Decimal(0)  # of the number before, where this one may go on with it: three hundred and six
    for match in _QUANTITY.finditer(text, start, end):
        words = (match["words"] or "").casefold()
        plain = _plain(match["digits"] or "0")
        if (words in _LEFT_TO_WORDS and not match["scales"]) or match["words"] == "Lima":
            continue
        if plain.count(".") > 1 or len(plain) > _LONGEST:  # a version, a serial number
            continue
        parts = [part for part in re.split(r"[\s-]", words) if part]
        value = Decimal(plain) if match["digits"] else _in_words(parts)
        scale = Decimal(1)
        for one in re.findall(r"[a-z]+|[천만억조]", match["scales"].casefold()):
            scale *= _SCALES[one]
        at = match.start() + len(match.group()) - len(match.group().lstrip())
        gap = text[found[-1].end : at] if found else "."
        if value < open_scale and re.fullmatch(r"\s?" if match["digits"] else r"\s(?:and\s)?", gap):
            before = found.pop()
            at, value = before.start, Decimal(before.value or 0) / (1 if scale > open_scale else scale) + value
        if match["before"] and match["unit"] in ("m", "M"):  # $5m
            scale *= 10**6
        found.append(Figure(at, match.end(), text[at : match.end("scales")], value * scale, _unit(match, parts)))
        goes_on = scale > 1 and not match["unit"] and (not match["digits"] or match["scales"][-1] in "천만억조")
        open_scale = scale if goes_on else Decimal(0)
    return found


def _in_words(parts: Sequence[str]) -> Decimal:
    """The value of `twenty five`, and 1 where a scale stands alone: a hundred."""
    return sum((_CARDINAL.get(part) or _RANK.get(part) or Decimal(0) for part in parts), Decimal(not parts))


def _unit(match: re.Match[str], parts: list[str]) -> str:
    if match["th"] in ("s", "S"):
        return "decade"
    if match["th"] or (parts and parts[-1] in _RANK):
        return "th"
    unit = match["before"] or match["unit"] or ""
    return _UNIT_OF.get(unit.casefold().rstrip(".").replace(" ", ""), "")


# --- words that turn, deny or weaken what a sentence says ------------------------------------------------------------

_TURNS = """
rise rose risen raise increase grow grew grown climb soar expand naik 증가 상승 / fall fell fallen decrease decline drop
shrink shrank reduce turun 감소; up above over exceed more greater higher larger bigger additional / down below under
beneath fewer less lower smaller; high large big great huge / low small little tiny; before prior earlier previous
precede sebelum 이전 / after later subsequent following sesudah setelah 이후; early / late; first earliest initial
original oldest pertama 처음 / last latest final newest youngest terakhir 마지막; old ancient / new modern young recent;
begin began begun start commence launch founded establish open mulai / end ended finish cease conclude close shut halt
stop; win won victory defeated beat beaten gain menang / lose lost loss defeat kalah; accept approve endorse agree
welcome ratify / reject refuse oppose veto dismiss disagree; allow permit enable authorize legalize / forbid forbidden
forbade prohibit ban bar prevent outlaw; legal lawful / illegal unlawful; include contain / exclude omit; join enter /
leave left quit exit withdraw withdrew; arrive / depart; create build built construct erect / destroy demolish
dismantle raze; support favor back / oppose resist; attack invade / defend protect; buy bought purchase acquire / sell
sold; import / export; borrow / lend lent; hire appoint / fire dismiss resign; improve better strengthen enhance /
worsen worse weaken deteriorate; succeed success successful / fail failure; best strongest / worst weakest; most
highest largest biggest maximum majority greatest / least lowest smallest minimum minority fewest; strong / weak; long
longer longest tall taller tallest / short shorter shortest; fast quick rapid faster fastest / slow slower slowest;
hot warm warmer hotter / cold cool colder cooler; heavy heavier / light lighter; north northern utara / south southern
selatan; east eastern timur / west western barat; left / right; inside inner internal interior / outside outer
external exterior; upper top / lower bottom; front / rear; public / private; domestic / foreign; urban / rural; rich
wealthy / poor; common frequent often usual / rare seldom uncommon; always / never; positive / negative; present /
absent; major / minor; male man men boy / female woman women girl; father / mother; son / daughter; brother / sister;
husband / wife; king / queen; born birth / die died death bury buried; ally allies / enemy enemies; guilty / innocent;
easy easier simple / difficult hard complex; activate stimulate promote / inhibit suppress block; upregulate /
downregulate; sensitive / resistant; credit / debit; profit surplus / loss deficit; cause / prevent; love / hate; same
identical / different; day / night; summer / winter; alive / dead
"""
_PEOPLES = """
british britain uk; french france; dutch netherlands holland; welsh wales; spanish spain; greek greece; danish
denmark; swiss switzerland; turkish turkey; polish poland; irish ireland; scottish scotland scots; finnish finland;
swedish sweden; english england; american us usa; thai thailand; filipino philippines; norwegian norway
"""
_DENYING = """
not no never none nor neither nobody nothing nowhere without cannot fail failed fails failing failure refuse refused
refuses unable lack lacks lacked lacking deny denied denies hardly barely scarcely tidak bukan belum tanpa tak jangan
"""
_UNSURE = """
may might could would should plan planned plans expect expected expects propose proposed intend intended hope hoped
possible possibly perhaps probably likely potential potentially alleged allegedly reportedly rumored suggest suggested
suggests believe believed think thought claim claimed claims seek sought aim aims aimed attempt attempted try tried
want wanted mungkin diperkirakan rencana berencana akan
"""


def _numbered(groups: str) -> dict[str, frozenset[int]]:
    """The numbers of the groups that each word's stem is in."""
    found: dict[str, set[int]] = {}
    for number, group in enumerate(re.split("[;/]", groups)):
        for key in terms(group):
            found.setdefault(key, set()).add(number)
    return {key: frozenset(numbers) for key, numbers in found.items()}


SIDES = _numbered(_TURNS)  # words of side n mean about the same, those of side n ^ 1 the opposite
PEOPLES = _numbered(_PEOPLES)  # places and peoples whose names do not look alike
DENIALS = frozenset(_DENYING.split())
HEDGES = frozenset(_UNSURE.split())


def same_people(one: str, other: str) -> bool:
    """Whether two names are a place and its people, a faith and its faithful: Indonesia and Indonesian."""
    one, other = (re.sub("['’]s$", "", plain_letters(name)) for name in (one, other))
    for people, place in ((one, other), (other, one)):
        for ending in ("n", "an", "ian", "ese", "ish", "i", "ic", "ism", "ist"):
            root = people.removesuffix("s").removesuffix(ending)
            forms = {root + end for end in ("", "a", "ia", "y", "e", "o")}
            if len(root) > 2 and people.endswith((ending, ending + "s")) and place in forms:
                return True
    return False
