"""The language of a text is told or left open, never guessed."""

from __future__ import annotations

import pytest

from rag.reading.language import language_of
from tests.test_text import ending_after

TEXTS = {
    "en": "The council has agreed to pay for a daily ferry to the island. It will run from November until March.",
    "id": "Dinas Peternakan akan memvaksinasi sapi dan kerbau di sembilan kecamatan karena penyakit itu bisa menular. "
    "Peternak diminta membawa kartu ternak dan uang tidak perlu disiapkan.",
    "ms": "Kerajaan negeri memaklumkan bahawa perkhidmatan feri ke pulau itu akan bermula pada hari Isnin kerana ramai "
    "penduduk memerlukan rawatan di hospital. Tambang ialah lima ringgit sahaja bagi setiap orang dewasa.",
    "ko": "한울시가 지은 지 40년이 넘은 공공도서관 세 곳을 2020년까지 새로 짓기로 했다고 밝혔다.",
    "de": "Der Rat hat beschlossen, im Winter jeden Tag eine Fähre zur Insel fahren zu lassen. Sie kostet fünf Euro.",
    "fr": "Le conseil a décidé de payer un bac quotidien vers l'île pendant l'hiver. Le billet coûtera cinq euros.",
    "es": "El consejo ha decidido pagar un transbordador diario a la isla durante el invierno. El billete cuesta poco.",
    "ja": "市議会は冬の間、島への連絡船を毎日運航することを決めた。切符は五百円である。",
    "zh": "市议会决定冬季每天开行前往该岛的渡轮。船票为五元，居民对此表示欢迎。",
    "th": "สภาเมืองตกลงที่จะจ่ายค่าเรือข้ามฟากไปยังเกาะทุกวันในช่วงฤดูหนาว",
    "ru": "Городской совет решил, что паром на остров будет ходить всю зиму каждый день. Билет стоит недорого.",
    "ar": "وافق المجلس على دفع تكاليف عبارة يومية إلى الجزيرة خلال فصل الشتاء، وسيبدأ تشغيلها في نوفمبر.",
    "nl": "De gemeenteraad heeft besloten om de hele winter elke dag een veerboot naar het eiland te laten varen.",
}


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("copies", [1, 100])
def test_the_language_of_a_text_is_told(language: str, copies: int) -> None:
    assert language_of("\n\n".join([TEXTS[language]] * copies)) == language


@pytest.mark.parametrize("language", TEXTS)
def test_capitals_links_and_figures_do_not_change_the_language(language: str) -> None:
    text = f"https://example.org/news/the-council-has-agreed 2017-10-18\n{TEXTS[language]}\nsupport@example.org 1,204"
    assert language_of(text) == language
    assert language_of(TEXTS[language].upper()) == language


@pytest.mark.parametrize(
    "text", ["", " \n", "12 March", "1,2,3\n4,5,6\n" * 50, "Menteri", "!!! ???", "abc", "\ud800" * 9]
)
def test_a_text_that_is_short_or_has_no_words_is_left_open(text: str) -> None:
    assert language_of(text) is None


@pytest.mark.parametrize(("one", "other"), [("en", "ko"), ("en", "de"), ("ja", "fr"), ("id", "en")])
def test_a_text_in_two_languages_is_left_open(one: str, other: str) -> None:
    assert language_of("\n\n".join([TEXTS[one]] * 40 + [TEXTS[other]] * 40)) is None


def test_a_summary_in_another_language_does_not_decide() -> None:
    assert language_of("\n\n".join([TEXTS["en"], *[TEXTS["ko"]] * 60])) == "ko"
    assert language_of("\n\n".join([TEXTS["en"] * 3, *[TEXTS["id"]] * 60])) == "id"


def test_names_in_latin_letters_leave_a_korean_text_korean() -> None:
    assert language_of("한울시는 KOICA, UNDP와 함께 Jakarta에 센터를 열었다. 센터는 삼 년 동안 운영된다.") == "ko"


def test_japanese_full_of_han_is_not_chinese() -> None:
    assert language_of("東京都庁舎建設計画概要報告書は来年三月に公表される予定である。") == "ja"


def test_code_has_no_language() -> None:
    assert language_of("x = 1\nfor i in range(10):\n    print(i)\n" * 20) is None


def test_only_a_sample_of_a_long_text_is_looked_at() -> None:
    text = TEXTS["en"] * 100_000
    with ending_after(3):
        assert language_of(text) == "en"
