"""A text taken apart for checking: its words and figures, and the words that turn, bound or strengthen what it says.

Lays two texts side by side, too; whether one supports the other is judged in `checking.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

from rag.contrasts import DENIALS, HEDGES, PEOPLES, Figure, figures
from rag.contrasts import SIDES as FIRST_SIDES
from rag.text import STOP_WORDS, plain_letters, sentences, stem, terms


def word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


NONE: frozenset[int] = frozenset()
NEAR = 4  # words on either side that tell what a word is about
FEW = 4  # words that may stand in the place of a few others
MOST_ALIGNED = 400  # words of a source that a claim is laid beside
COUNTED = word_set("one first second last")
_WITHOUT_MEANING = word_set("""one longer year 그러나 하지만 그리고 또한 또 및 한편 때문 까닭 위 통 등 것 수 있 이러
그러 이 그 저 중 더 가장 매우""")  # one of, no longer, in the year 1990
_PARTING = word_set("but although though while whereas which who whose")
_DENIES_IN_KOREAN = re.compile("않|없|못|아니")
_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[A-Za-z]*[A-Z]-\d+[A-Za-z]*|[^\W_]+(?:['’][^\W_]+)*|[,;:()\[\]—–\"“”]")
_WITH_DIGIT = re.compile(r"[a-z]-?\d|\d[a-z]")
_HANGUL = re.compile(r"[가-힣]{2,}")
# Longest first: what a Korean verb or noun ends in. Taking off too much does less harm than too little.
_KOREAN_VERB = re.compile(r"(?:하|했|한|할|함|해|되|됐|된|될|됨|돼|받았|받는|시켰|시키)[가-힣]{0,5}$")
_KOREAN_ENDING = re.compile(
    r"(?:이었습니다|였습니다|었습니다|았습니다|입니다|습니다|이었다|였다|었다|았다|이다|인데|이며|이고|이라는|라는|라고|"
    r"지만|으며|면서|는데|에게서|으로부터|로부터|"
    r"에서는|에서도|으로는|에게|에서|으로|까지|부터|처럼|보다|에는|에도|이나|하고|"
    r"들은|들이|들을|들의|은|는|이|가|을|를|의|에|와|과|도|로|만|나|다|며|고|지|던)$"
)

# --- words by what they do --------------------------------------------------------------------------------------------

_TURNS = """
ancestor forebear / descendant offspring; teacher mentor instructor / student pupil disciple; predecessor / successor;
parent / child children; mother / father; wife / husband; sister / brother; daughter / son; aunt / uncle; queen /
king; actress / actor; elder older / younger; precede / succeed; wide broad / narrow; expensive costly / cheap
inexpensive; deep / shallow; winter / summer; spring / autumn; northwest / southeast; northeast / southwest; northwest
/ southwest; northeast / southeast; northwest / northeast; southwest / southeast; fiction fictional / nonfiction;
entrance / exit; full / empty; manual / automatic; enable / disable; input / output; optional / required mandatory
compulsory; upload / download; encrypt / decrypt; encode / decode; professional / amateur; debut inaugural / final
farewell; add / remove delete subtract; start / stop; true / false; marry / divorce; hero protagonist / villain
antagonist; native / foreign; live / recorded; import / export; employer / employee; owner / tenant; lender /
borrower; buyer / seller; winner / loser; advance / retreat; expand / contract; arrival / departure; ascend / descend;
attract / repel; forward / backward; horizontal / vertical; vowel / consonant; solid / liquid; safe / dangerous; clean
/ dirty; wet / dry; thick / thin; visible / invisible; permanent / temporary; voluntary / compulsory; formal /
informal; direct / indirect; wealth / poverty; victory / defeat; peace / war; friend / enemy; morning / evening;
sunrise / sunset; odd / even; parallel / perpendicular; plural / singular; past / future; superior / inferior;
optimistic / pessimistic; hire / fire; landlord / tenant; plaintiff / defendant; supply / demand; credit / debit;
asset / liability; surplus / deficit; tail / head; meningkat bertambah / menurun berkurang; utara / selatan; timur /
barat; terbesar terluas / terkecil; tertinggi terpanjang / terendah terpendek; pertama awal / terakhir akhir; tinggi /
rendah; menang kemenangan / kalah kekalahan; lahir / meninggal wafat; tua / muda; besar / kecil; banyak / sedikit;
putra pria laki lelaki / putri wanita perempuan; ayah bapak / ibu; suami / istri; kakak / adik; atas / bawah; dalam /
luar; masuk / keluar; dibuka membuka buka / ditutup menutup tutup; membeli dibeli / menjual dijual; panjang / pendek;
luas lebar / sempit; kuat / lemah; cepat / lambat; kaya / miskin; mahal / murah; panas / dingin; mulai dimulai /
selesai berakhir; menerima diterima / menolak ditolak; setuju mendukung / menentang; swasta / negeri; depan /
belakang; kiri / kanan; baru modern / lama kuno; lebih / kurang; datang / pergi; berhasil sukses / gagal; sebelum /
sesudah setelah; maksimum maksimal / minimum minimal; terbaik / terburuk; tertua / termuda; hidup / mati; guru /
murid; siang / malam; kawan / lawan; ekspor / impor; untung / rugi; 증가 늘었 늘어 상승 올랐 / 감소 줄었 줄어 하락
내렸; 북쪽 북부 / 남쪽 남부; 동쪽 동부 / 서쪽 서부; 이전 전에 / 이후 후에 뒤에; 처음 최초 첫 / 마지막 최후; 최대 최고
/ 최소 최저; 승리 이겼 / 패배 졌; 찬성 지지 / 반대; 입학 / 졸업; 시작 개시 / 종료 끝났 끝; 열 개장 개관 / 닫 폐장
폐관; 남성 남자 / 여성 여자; 아버지 / 어머니; 아들 / 딸; 남편 / 아내; 이상 초과 / 이하 미만; 초반 / 후반; 초기 / 말기
후기; 전반 / 후반; 취임 임명 / 퇴임 해임 사임; 출생 태어났 탄생 / 사망 죽었; 높 / 낮; 많 / 적; 크 큰 / 작; 강 / 약;
상류 / 하류; 확대 / 축소; 설립 창설 / 해체 폐지; 합격 / 탈락 불합격; 공격 / 방어 수비; 여당 / 야당; 수입 / 수출; 성공
/ 실패; 가입 / 탈퇴; 내부 안쪽 / 외부 바깥쪽; 왼쪽 좌측 / 오른쪽 우측; 긴 길 / 짧; 빠른 빠르 / 느린 느리; 좋 / 나쁜
나쁘; 앞 / 뒤; 합법 / 불법; 허용 허가 / 금지; 인정 / 부인 부정; 위 / 아래; 오전 / 오후; 국내 / 해외 국외; 흑자 / 적자;
개선 / 악화; 선배 / 후배; 스승 / 제자; 형 / 동생; 최대 / 최소; 상반기 / 하반기; 매수 / 매도; 구매 구입 샀 / 판매 매각
팔았; 동의 / 거부 거절; 진보 / 보수; 유죄 / 무죄; 직접 / 간접; 민간 / 정부; 밝 / 어두; 봄 / 가을; 여름 / 겨울
"""
# Of words that say little alone: compared only where one stands in the other's place.
_SMALL_TURNS = """he his him himself / she her hers herself; from / to; since / until till; within inside / outside;
with / without; over above / under below; into / out; for / against; on / off; before / after; dari / ke; sejak /
hingga sampai; dengan / tanpa; untuk / terhadap; more / less fewer; most / least; more most / few; often usually /
rarely seldom; first / second third; second / third fourth; once / twice; both / neither; lebih / kurang; many / few;
next / previous
"""
_STRONG = {
    "every": """all every each always entire entirely whole wholly completely fully everyone everybody everything
everywhere invariably universal universally throughout any both semua seluruh seluruhnya setiap selalu segenap tiap
모든 모두 전부 항상 언제나 전체 온 매""",
    "only": "only solely exclusively sole alone hanya cuma satunya 오직 유일 오로지",
    "exactly": "exactly precisely tepat persis 정확히 꼭",
    "certain": """certainly certain definitely undoubtedly proven proved surely undeniably confirmed pasti terbukti
tentu memang niscaya 틀림없이 확실 증명 입증 확인 확정""",
    "succeeded": "managed succeeded already successfully berhasil 완료 성공",
    "at least": "least minimum minimal setidaknya sedikitnya 최소",
    "at most": "maximum maximal maksimal 최대",
    "because": """because due owing cause caused therefore consequently thus hence thanks reason karena sebab
akibat sehingga disebabkan 때문 따라서 인해 덕분 탓""",
}  # what a claim may say only where its source does
_UNSURE = """can could argue argued argues accuse accused according apparently appear appears appeared seem seems
seemed considered supposed supposedly scheduled unlikely rumoured theory theorized estimate estimated tend tends hopes
hoping planning aiming trying attempting diduga dianggap dipercaya konon kemungkinan berencana direncanakan dapat bisa
menurut diyakini seharusnya sebaiknya rencananya tampaknya sepertinya"""
_UNSURE_IN_KOREAN = re.compile(
    r"^(?:수$|추정|예정|계획|아마|가능성|주장|것으로$|여겨|알려|전해|듯|예상|전망|의하면|보인다|추측|소문|것이라고)"
)


def _numbered(groups: str, shift: int = 0) -> dict[str, frozenset[int]]:
    """The numbers of the groups that each word's key is in: side n ^ 1 means the opposite of side n."""
    found: dict[str, set[int]] = {}
    for number, group in enumerate(re.split("[;/]", groups)):
        for word in group.split():
            found.setdefault(key_of(word), set()).add(number + shift)
    return {key: frozenset(numbers) for key, numbers in found.items()}


def key_of(word: str) -> str:
    """What a word is compared by: an English stem, a Korean word without particle or ending."""
    if not _HANGUL.search(word):
        return stem(word)
    root = _KOREAN_VERB.sub("", word)
    return root if 1 < len(root) < len(word) else _KOREAN_ENDING.sub("", word) or word


def _joined_sides() -> dict[str, frozenset[int]]:
    more = _numbered(_TURNS, 10_000)  # an even number beyond those of the first table
    return {key: FIRST_SIDES.get(key, NONE) | more.get(key, NONE) for key in FIRST_SIDES.keys() | more.keys()}


SIDES = _joined_sides()
SMALL_SIDES = _numbered(_SMALL_TURNS, 20_000)
_SAME_UNIT = """second seconds detik 초; minute minutes menit 분; hour hours hourly jam 시간; day days daily hari 일;
week weeks weekly minggu 주; month months monthly bulan 개월; year years yearly annual tahun 년; decade decades
dekade; century centuries abad 세기; kilometre kilometres kilometer kilometers km; metre metres meter meters; mile
miles mil; centimetre centimetres centimeter centimeters cm; foot feet; inch inches; yard yards; hectare hectares
hektar; acre acres; kilogram kilograms kg; gram grams; ton tons tonne tonnes; pound pounds; dollar dollars; euro
euros; yen; won; rupiah; hundred hundreds; thousand thousands ribu; million millions juta; billion billions miliar;
trillion trillions triliun; first; half halves setengah separuh 절반; third thirds sepertiga; quarter quarters
seperempat; single; double ganda 두배; triple; once; twice; thrice; pair pairs sepasang; trio; quartet; dozen dozens"""
UNITS = {key_of(word): words.split()[0] for words in _SAME_UNIT.split(";") for word in words.split()}
STRONG = {key_of(word): group for group, words in _STRONG.items() for word in words.split()}


# --- the text taken apart ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """A word or figure of a text, and what it stands among."""

    key: str  # stem, or "#" and a number for a figure
    text: str
    sentence: int
    clause: int
    head: bool = False  # the first word of a sentence
    name: bool = False  # capitalised, and not for being first
    content: bool = True  # carries a meaning of its own
    cue: bool = False  # denies what it stands with
    figure: Figure | None = None

    @property
    def unsure(self) -> bool:
        """Whether it tells that something is only thought, planned or possible."""
        lower = self.text.lower()
        return lower in _HEDGING or (not self.text.isascii() and bool(_UNSURE_IN_KOREAN.search(self.text)))


_HEDGING = HEDGES | word_set(_UNSURE)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text taken apart once, so that each question about it is a look-up."""

    words: tuple[Word, ...]
    places: dict[str, list[int]]  # where each key stands
    families: dict[str, list[int]]  # where words stand, by their first letters
    sides: frozenset[int]
    peoples: frozenset[int]
    initials: frozenset[str]  # of each run of capitalised words
    compounds: frozenset[str]  # words that follow each other, as one
    indonesian: bool

    @property
    def figures(self) -> list[Figure]:
        return [word.figure for word in self.words if word.figure]


@lru_cache(maxsize=256)
def read(text: str) -> Reading:
    """The text taken apart; the last 256 are kept, since many sentences are checked against one passage."""
    words = tuple(_words(text))
    places: dict[str, list[int]] = {}
    families: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        if word.key not in places:
            families.setdefault(family(word.key), []).append(place)
        places.setdefault(word.key, []).append(place)
        if word.figure:  # the words of its month and unit may be cited alone
            for key in [*terms(re.sub(r"[\d.,]+", " ", word.text)), stem(word.figure.unit)]:
                places.setdefault(key, []).append(place)
    sides, peoples = _found(places, SIDES), _found(places, PEOPLES)
    capitals = "".join(word.text[0].lower() if word.text[0].isupper() else "." for word in words if word.content)
    compounds = frozenset(one.key + other.key for one, other in pairwise(words))
    indonesian = len(_INDONESIAN & places.keys()) > 1
    return Reading(words, places, families, sides, peoples, frozenset(capitals.split(".")), compounds, indonesian)


_INDONESIAN = word_set("yang dan di pada dengan dari untuk adalah ini itu tidak oleh ke dalam")


def family(key: str) -> str:
    """The first letters, by which words of one family are found."""
    return key[:3] if key.isascii() else key[:2]


def _found(keys: Iterable[str], table: dict[str, frozenset[int]]) -> frozenset[int]:
    return frozenset(number for key in keys for number in table.get(key, NONE))


def _words(text: str) -> Iterator[Word]:
    """The words and figures of a text in order; punctuation and conjunctions only part its clauses."""
    clause = 0
    spans = figures(text)
    for number, (start, end) in enumerate(sentences(text)):
        clause += 1
        head = True
        position = start
        for figure in [*(one for one in spans if start <= one.start < end), None]:
            until = max(position, figure.start) if figure else end
            for match in _TOKEN.finditer(text, position, until):
                token = match.group()
                if not token[0].isalnum():
                    clause += 1
                    continue
                clause += token in _PARTING
                yield from _word(token, number, clause, head)
                head = False
            if figure:
                key = f"#{figure.date if figure.value is None else figure.value.normalize()}"
                yield Word(key, text[figure.start : figure.end], number, clause, figure=figure)
                position, head = max(position, figure.end), False


def _word(token: str, sentence: int, clause: int, head: bool) -> Iterator[Word]:
    plain = plain_letters(token.replace("’", "'"))
    base = plain.replace(".", "").removesuffix("'s").removesuffix("'")
    cue = base in DENIALS or base.endswith("n't") or bool(_DENIES_IN_KOREAN.search(base))
    name = token[0].isupper() and not head and (base not in STOP_WORDS or (token.isupper() and len(base) > 1))
    name = name or bool(_WITH_DIGIT.search(base))  # p53, PD-1
    small = len(base) < 2 and not base.isdigit() and base.isascii()
    empty = base in STOP_WORDS or base in HEDGES or small
    for key in [key_of(base)] if base.isascii() or _HANGUL.search(base) else terms(base):
        content = name or not (empty or cue or key in _WITHOUT_MEANING)
        yield Word(key, token, sentence, clause, head, name, content, cue)


@dataclass(frozen=True, slots=True)
class Slot:
    """A name, figure or first word with the content words on either side of it, empty at a sentence's edge."""

    keys: frozenset[str]
    text: str
    initials: str
    beside: tuple[str, str]
    figure: Figure | None
    counted: bool  # a figure, or a word such as first
    start: int
    end: int

    def means(self, other: Slot) -> bool:
        """Whether two name the same, in part or by initials."""
        return bool(self.keys & other.keys) or self.initials in other.keys or other.initials in self.keys


def slots(reading: Reading) -> Iterator[Slot]:
    words = reading.words
    place = 0
    while place < len(words):
        word, end = words[place], place + 1
        counted = bool(word.figure) or word.text.lower() in COUNTED
        if not counted and not word.name and not (word.head and word.content and word.text[0].isupper()):
            place += 1
            continue
        while not counted and end < len(words) and words[end].name and words[end].clause == word.clause:
            end += 1
        run = words[place:end]
        text = " ".join(one.text for one in run)
        keys = frozenset(one.key for one in run if one.content) or frozenset(one.key for one in run)
        initials = "".join(one.text[0].lower() for one in run)
        yield Slot(keys, text, initials, beside(reading, place, end), word.figure, counted, place, end)
        place = end


def around(reading: Reading, start: int, end: int) -> tuple[list[str], list[str]]:
    """The content words before and after a stretch of words in its sentence, nearest last and nearest first."""
    words, own = reading.words, reading.words[start].sentence
    before = [word.key for word in words[max(0, start - 12) : start] if word.content and word.sentence == own]
    after = [word.key for word in words[end : end + 12] if word.content and word.sentence == own]
    return before[-NEAR:], after[:NEAR]


def beside(reading: Reading, start: int, end: int) -> tuple[str, str]:
    """The content words next to a stretch of words, empty where its sentence begins or ends."""
    before, after = around(reading, start, end)
    return before[-1] if before else "", after[0] if after else ""


# --- two texts side by side -------------------------------------------------------------------------------------------


def meant_sentences(claim: Reading, ground: Reading) -> set[int]:
    """The sentences of a source that a claim is about: those that share most words with it."""
    shared: dict[int, int] = {}
    for key in claim.places:
        for number in {ground.words[at].sentence for at in ground.places.get(key, ()) if ground.words[at].content}:
            shared[number] = shared.get(number, 0) + 1
    return {number for number, count in shared.items() if count >= 0.7 * max(shared.values())}


@dataclass(frozen=True, slots=True)
class Change:
    """Where a claim and the sentences that it is about differ: the words of both between the same words."""

    said: tuple[Word, ...]
    its: tuple[Word, ...]
    its_place: int  # of the first of its, in the source
    before: str  # the word that is the same in both, empty where there is none
    after: str
    framed: bool  # whether the same stands on both sides, the edges of sentences counting

    @property
    def exchange(self) -> bool:
        """Whether a few words stand in the place of a few others."""
        return self.framed and 0 < len(self.said) <= FEW and 0 < len(self.its) <= FEW


def changes(claim: Reading, ground: Reading) -> Iterator[Change]:
    """Where a claim and the sentences that it is about differ, in order."""
    meant = meant_sentences(claim, ground)
    its = [at for at, word in enumerate(ground.words) if word.sentence in meant][:MOST_ALIGNED]
    if not its:
        return
    matcher = SequenceMatcher(None, [ground.words[at].key for at in its], [word.key for word in claim.words])
    opcodes = [("", 0, 0, 0, 0), *matcher.get_opcodes(), ("", 0, 0, 0, 0)]
    for (_, _, _, start, _), (kind, i, j, k, end), (_, _, _, _, until) in zip(
        opcodes, opcodes[1:], opcodes[2:], strict=False
    ):
        if kind == "equal":
            continue
        before = claim.words[k - 1].text if i and k else ""
        after = claim.words[end].text if j < len(its) and end < len(claim.words) else ""
        theirs = tuple(ground.words[at] for at in its[i:j])
        begins = i < j and k < end and _edge(claim, k) and _edge(ground, its[i])
        ends = i < j and _edge(claim, end) and _edge(ground, its[j - 1] + 1)
        framed = bool((before and after) or (begins and until - end > 1) or (ends and k - start > 1))
        yield Change(claim.words[k:end], theirs, its[min(i, len(its) - 1)], before, after, framed)


def _edge(reading: Reading, place: int) -> bool:
    """Whether a sentence begins or ends at a place."""
    words = reading.words
    return place in (0, len(words)) or words[place - 1].sentence != words[place].sentence
