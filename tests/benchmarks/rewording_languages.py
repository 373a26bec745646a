"""The second hand's rules for Indonesian and Korean sentences, and its rules for all languages together."""

from __future__ import annotations

import random
import re

from tests.benchmarks.rewording_again import BULAN, ENGLISH_SAME, Matter, Rule, both, one_of, pairs, upper
from tests.benchmarks.rewording_wrong import ENGLISH_WRONG

# --- Indonesian -------------------------------------------------------------------------------------------------------

_INDONESIAN_WORDS = one_of(
    pairs("""adalah:merupakan|merupakan:adalah|yaitu:yakni|karena:sebab|sekitar:kira-kira|digunakan:dipakai|tetapi:namun
dikenal sebagai:disebut|terletak di:berada di|didirikan:dibentuk|membuat:menciptakan|memiliki:mempunyai
besar:luas|sering:kerap|dapat:bisa|juga:pun|ketika:saat|sejak:mulai|terdiri dari:tersusun atas
wilayah:daerah|seluruh:semua|menjadi:jadi|lalu:kemudian|negara:negeri|hanya:cuma|tidak:tak|melalui:lewat
setelah:sesudah|serta:dan|oleh: oleh""")
)


def _time_indonesian(matter: Matter, text: str, rng: random.Random) -> str:
    """Time first or last, dates and numbers otherwise."""
    if match := re.fullmatch(r"(Pada (?:tahun|tanggal) [^,]{4,25}), ([^;]+)\.", text):
        return f"{upper(match[2])} pada{match[1][4:]}."
    if match := re.fullmatch(r"([A-Z][^,;]{20,}) (pada (?:tahun|tanggal) [\w ]{4,20})\.", text):
        return f"{upper(match[2])}, {match[1]}."
    text = re.sub(
        rf"\b(\d{{1,2}}) ({'|'.join(BULAN)}) (\d{{4}})",
        lambda m: f"{m[3]}-{BULAN.index(m[2]) + 1:02d}-{int(m[1]):02d}",
        text,
        count=1,
    )
    return re.sub(r"(?<![\d.,])(\d{1,3})\.(\d{3})(?![\d.,])", r"\1\2", text, count=1)


def _told_indonesian(matter: Matter, text: str, rng: random.Random) -> str:
    return rng.choice(["Menurut dokumen, ", "Dokumen itu menyebutkan bahwa ", "Menurut sumber itu, "]) + text


def _shortened_indonesian(matter: Matter, text: str, rng: random.Random) -> str:
    shorter = re.sub(r" \([^()]*\)", "", text, count=1)
    shorter = shorter if shorter != text else re.sub(r", yang [^,]{5,70}, ", " ", text, count=1)
    return shorter if shorter != text else re.sub(r"\b(di\w{4,}) oleh\b", r"\1", text, count=1)


def _denied_indonesian(matter: Matter, text: str, rng: random.Random) -> str:
    if re.search(r"\b(?:tidak|bukan|belum|tanpa|tak)\b", text):
        return re.sub(r"\b(?:tidak|tak|belum) ", "", text, count=1)
    return one_of(
        [
            (r"(?:adalah|merupakan)", "bukan"),
            (r"((?:di|me|ter|ber)[a-z]{4,})", r"tidak \1"),
            ("telah", "belum"),
            ("dapat", "tidak dapat"),
            ("memiliki", "tidak memiliki"),
            ("dengan", "tanpa"),
        ]
    )(matter, text, rng)


_INDONESIAN_TURNS = one_of(
    both("""naik:turun|utara:selatan|timur:barat|sebelum:sesudah|terbesar:terkecil|tertinggi:terendah|pertama:terakhir
tinggi:rendah|awal:akhir|menang:kalah|lahir:meninggal|tua:muda|besar:kecil|banyak:sedikit|putra:putri
ayah:ibu|pria:wanita|di atas:di bawah|masuk:keluar|dibuka:ditutup|membeli:menjual|meningkat:menurun
panjang:pendek|lebih:kurang|laki-laki:perempuan|suami:istri|kakak:adik|mulai:selesai|kaya:miskin
cepat:lambat|dalam:luar|setelah:sebelum|negeri:swasta|depan:belakang""")
)
_INDONESIAN_QUANTITIES = one_of(
    pairs("""beberapa:semua|sebagian besar:seluruh|banyak:semua|sekitar:tepat|lebih dari:kurang dari|hanya:bukan hanya
salah satu:satu-satunya|sering:selalu|biasanya:selalu|umumnya:selalu|sebagian:seluruh|terutama:hanya
hampir:lebih dari|kadang:selalu""")
)
_INDONESIAN_CERTAINTY = one_of(
    pairs("""mungkin:pasti|diperkirakan:terbukti|diduga:terbukti|dapat:selalu|akan:telah|bisa:selalu|dipercaya:terbukti
dianggap:terbukti|kemungkinan:pasti|konon:memang|rencana:hasil|direncanakan:dilaksanakan|berencana:berhasil""")
)

# --- Korean -----------------------------------------------------------------------------------------------------------

_KOREAN_WORDS = one_of(
    pairs("""그러나:하지만|그리고:또|또한:아울러|약 (?=\\d):대략 |위해:위하여|때문에:까닭에|하였다\\.:했다.
했다\\.:했습니다.|이다\\.:입니다.|되었다\\.:됐다.|있다\\.:있습니다.|이었다\\.:이었습니다.|였다\\.:였습니다.
한다\\.:합니다.|된다\\.:됩니다.|및:와|많은:여러|대해:관하여|통해:통하여|당시:그때|이후:뒤|이를:이것을
가장:제일|계속:줄곧|결국:마침내|매우:아주|함께:같이|모든:온|받았다\\.:받았습니다."""),
    "",
)


def _shortened_korean(matter: Matter, text: str, rng: random.Random) -> str:
    shorter = re.sub(r"\([^()]*\)", "", text, count=1)
    if shorter == text:
        shorter = re.sub(r"^(?:그러나|그리고|또한|하지만|한편|이에|따라서|특히|결국),? ", "", text)
    if shorter == text:
        shorter = re.sub(r"(?<![\d.,])(\d{1,3}),(\d{3})(?![\d,])", r"\1\2", text, count=1)
    return shorter if shorter != text else re.sub(r"(?<![\d.,])(\d)만(?= ?[명원])", r"\g<1>0,000", text, count=1)


def _told_korean(matter: Matter, text: str, rng: random.Random) -> str:
    return rng.choice(["문서에 따르면 ", "이 글에 따르면 ", "자료에 의하면 "]) + text


def _denied_korean(matter: Matter, text: str, rng: random.Random) -> str:
    if re.search("않|못|없|아니", text):
        return re.sub(r"지(?:는|도)? (?:않았다|못했다|못하였다)\.$", "였다.", text.replace("수 없", "수 있"))
    endings = [
        (r"([가-힣])하였다\.$", r"\1하지 않았다."),
        (r"([가-힣])했다\.$", r"\1하지 못했다."),
        (r"되었다\.$", "되지 않았다."),
        (r"됐다\.$", "되지 않았다."),
        (r"있다\.$", "없다."),
        (r"있었다\.$", "없었다."),
        (r"([가-힣]{2})이다\.$", r"\1이 아니다."),
        (r"([가-힣])(?:이었다|였다)\.$", r"\1가 아니었다."),
        (r"한다\.$", "하지 않는다."),
        (r"된다\.$", "되지 않는다."),
        (r"받았다\.$", "받지 못했다."),
    ]
    return one_of(endings, "")(matter, text, rng)


_KOREAN_TURNS = one_of(
    both("""증가:감소|상승:하락|북쪽:남쪽|동쪽:서쪽|북부:남부|동부:서부|이전:이후|처음:마지막|최초:최후|최대:최소
승리:패배|찬성:반대|입학:졸업|시작:종료|남성:여성|아버지:어머니|아들:딸|이상:이하|초반:후반|초기:말기
전반:후반|취임:퇴임|출생:사망|높은:낮은|많은:적은|큰:작은|강한:약한|상류:하류|확대:축소|설립:해체|합격:탈락
공격:방어|여당:야당|수입:수출|성공:실패|가입:탈퇴|내부:외부|왼쪽:오른쪽|긴:짧은|빠른:느린|좋은:나쁜|앞:뒤
남편:아내|합법:불법"""),
    "",
)
_KOREAN_QUANTITIES = one_of(
    pairs("""일부:모든|대부분:전부|많은:모든|이상:이하|약 (?=\\d):정확히 |여러:모든|가장:두 번째로|주로:오직|때때로:항상
보통:항상|거의:완전히|중 하나:중 유일한 것|몇몇:모든|최소:최대"""),
    "",
)
_KOREAN_CERTAINTY = one_of(
    [
        (r"할 수 있다", "하였다"),
        (r"것으로 (?:보인다|추정된다|알려졌다|알려져 있다|전해진다)", "것이 증명되었다"),
        ("예정이다", "완료되었다"),
        (r"것이라고", "것이 확실하다고"),
        ("주장했다", "증명했다"),
        ("주장하였다", "입증하였다"),
        ("추정", "확인"),
        ("계획", "실행"),
        ("아마", "틀림없이"),
        ("할 예정", "한 상태"),
        ("가능성이 있다", "것이 확실하다"),
        ("으로 여겨진다", "임이 증명되었다"),
        ("라고 한다", "임이 확실하다"),
    ],
    "",
)

# --- both lists -------------------------------------------------------------------------------------------------------

SAME: dict[str, dict[str, Rule]] = {
    "en": ENGLISH_SAME,
    "id": {
        "words": _INDONESIAN_WORDS,
        "time": _time_indonesian,
        "told": _told_indonesian,
        "shortened": _shortened_indonesian,
    },
    "ko": {"words": _KOREAN_WORDS, "shortened": _shortened_korean, "told": _told_korean},
}
WRONG: dict[str, dict[str, Rule]] = {
    "en": ENGLISH_WRONG,
    "id": {
        "number": ENGLISH_WRONG["number"],
        "date": ENGLISH_WRONG["date"],
        "name of quote": ENGLISH_WRONG["name of quote"],
        "foreign name": ENGLISH_WRONG["foreign name"],
        "denied": _denied_indonesian,
        "turned": _INDONESIAN_TURNS,
        "quantity": _INDONESIAN_QUANTITIES,
        "certainty": _INDONESIAN_CERTAINTY,
        "unit": ENGLISH_WRONG["unit"],
        "cited": ENGLISH_WRONG["cited"],
    },
    "ko": {
        "number": ENGLISH_WRONG["number"],
        "date": ENGLISH_WRONG["date"],
        "name of quote": ENGLISH_WRONG["name of quote"],
        "foreign name": ENGLISH_WRONG["foreign name"],
        "denied": _denied_korean,
        "turned": _KOREAN_TURNS,
        "quantity": _KOREAN_QUANTITIES,
        "certainty": _KOREAN_CERTAINTY,
        "cited": ENGLISH_WRONG["cited"],
    },
}


_ALONE = [ENGLISH_SAME[name] for name in ("converted", "joined", "pronoun resolved")]  # of the whole sentence only


def reworded(matter: Matter, language: str, rule: Rule, rng: random.Random) -> str:
    """The sentence after a rule and, in half of the cases, a second one; itself where the rule gives none."""
    after = rule(matter, matter.text, rng)
    if after == matter.text or rng.random() < 0.5:
        return after
    second = rng.choice(sorted(SAME[language].items()))[1]
    return after if second in (rule, *_ALONE) else second(matter, after, rng)
