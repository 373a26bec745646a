"""What texts that share their words may still differ in: figures, and words that turn, deny or weaken what is said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rag.text import SPELLED, plain_letters, plain_number, terms

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
    | {word: Decimal(value) for word, value in SPELLED.items()}
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
        plain = plain_number(match["digits"] or "0")
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
