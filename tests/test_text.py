"""Words, sentences, numbers and names: what each makes of real and of hostile text."""

from __future__ import annotations

import random
import signal
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from rag.text import (
    as_said,
    content_terms,
    fold,
    latin_share,
    name_spans,
    names,
    numbers,
    other_spelling,
    sentences,
    stem,
    terms,
    without_references,
)


@contextmanager
def ending_after(seconds: float) -> Iterator[None]:
    """Ends what would take minutes of processor time. What is sound takes milliseconds: this measures nothing."""

    def end(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"it did not end within {seconds} s")

    before = signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


# --- sentences -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expected",
    [
        ["It opened.", "It closed."],
        ["What?!", "No!", "Yes."],
        ["Wait... what?", "Yes!"],
        ["He waited…", "Then he left."],
        ["Dr. Kim met Mr. Lee at 5 p.m. in Seoul.", "He left."],
        ["The U.S. Embassy opened.", "It closed."],
        ["J. R. R. Tolkien wrote it.", "It sold."],
        ["See Fig. 3 and No. 5.", "Then read on."],
        ["He was born in Jan. 2017.", "She was not."],
        ["Kim et al. 2017 found it.", "Others did not."],
        ["It cost $4.7 million.", "That is much."],
        ["Version 2.0.1 is out.", "Get it."],
        ["Visit example.com today.", "Then go."],
        ["5 apples fell.", "6 pears stayed."],
        ["(It rained.)", "Then the sun came."],
        ["“It is done.”", "She left."],
        ['He said "Stop."', "Then he left."],
        ["“Stop!” he said.", "She went on."],
        ["Yahoo! is a firm.", "It was sold."],
        ["내정부는 밝혔다.", "센터는 열었다."],
    ],
    ids=lambda parts: parts[0][:24],
)
def test_a_sentence_ends_where_a_reader_ends_it(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


def test_chinese_and_japanese_sentences_need_no_space_between_them() -> None:
    assert split("電子政府を開設した。予算は十億円である！本当か？") == [
        "電子政府を開設した。",
        "予算は十億円である！",
        "本当か？",
    ]
    assert split("彼は「はい。」と言った。終わり") == ["彼は「はい。」", "と言った。", "終わり"]


def test_a_sentence_broken_for_width_is_one() -> None:
    text = (
        "This line is long enough to have been wrapped by the\nMinistry in Seoul, and it goes\non here. The next one."
    )
    assert split(text) == [text.removesuffix(" The next one."), "The next one."]


def test_paragraphs_headings_items_and_rows_stand_by_themselves() -> None:
    text = "# Heading\nText under it\n\nA paragraph\n\n- one\n- two\n* three\n> quoted\n| a | b |\n|---|---|\n| 1 | 2 |"
    assert split(text) == text.replace("\n\n", "\n").split("\n")


@pytest.mark.parametrize("fence", ["```", "~~~"])
def test_what_opens_and_closes_code_stands_by_itself(fence: str) -> None:
    text = f"Install it with\n{fence}sh\npip install it\n{fence}\nand then start it with the command named above:\n"
    assert split(text) == text.splitlines()


def test_a_short_line_is_not_joined_to_the_next() -> None:
    assert split("Menu\nContact us\nOur history") == ["Menu", "Contact us", "Our history"]


def test_windows_line_ends_and_no_break_spaces_surround_sentences_without_belonging_to_them() -> None:
    assert split("One here.\r\n\r\nTwo here.\u00a0Three here.\u3000") == ["One here.", "Two here.", "Three here."]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u00a0\u2003\t\r\n", "\u2028\u2029\x85"])
def test_white_space_holds_no_sentence(text: str) -> None:
    assert sentences(text) == []


@pytest.mark.parametrize("text", ["\u200b", "\ufeff", "\ud800", "😀", "\u202e", "x", "。", "..."])
def test_whatever_is_no_white_space_is_in_a_sentence(text: str) -> None:
    assert split(text) == [text]


PIECES = [
    *(
        "word",
        "Word",
        "word. ",
        "Word! ",
        "e.g. ",
        "Dr. ",
        "3.5",
        "...",
        "…",
        "? ",
        '." ',
        "”",
        "。",
        "！」",
        "한국어. ",
    ),
    *("\n", "\n\n", "\r\n", " ", "   ", "\t", "\u00a0", "\u2028", "- item", "\n1. ", "\n# Title\n", "\n| a | b |\n"),
    *("😀", "👩‍👩‍👧", "e\u0301", "\u200b", "\u202e", "\ud800", "\0", "ﷺ", "(", ")", "[", "]", ":", ";", "x" * 60),
]


def random_text(random_source: random.Random, most: int = 40) -> str:
    return "".join(random_source.choices(PIECES, k=random_source.randrange(most)))


def test_every_character_but_white_space_is_in_exactly_one_sentence() -> None:
    source = random.Random(20171018)
    for _ in range(1000):
        text = random_text(source)
        position = 0
        for start, end in sentences(text):
            assert position <= start < end <= len(text)
            assert not text[position:start].strip()
            assert text[start:end] == text[start:end].strip()
            position = end
        assert not text[position:].strip()


def test_a_megabyte_without_a_space_is_one_sentence() -> None:
    assert sentences("x" * 1_000_000) == [(0, 1_000_000)]


def test_half_a_million_empty_lines_separate_two_sentences() -> None:
    assert sentences("One." + "\n" * 500_000 + "Two.") == [(0, 4), (500_004, 500_008)]


def test_a_hundred_thousand_sentences_are_all_found() -> None:
    assert len(sentences("It is one. " * 100_000)) == 100_000


def test_a_long_run_of_dots_does_not_hold_up_a_document() -> None:
    with ending_after(1):
        assert len(split("." * 200_000 + "x")) == 1


def test_an_item_keeps_its_number() -> None:
    assert split("1. First item\n2. Second item") == ["1. First item", "2. Second item"]


@pytest.mark.parametrize("mark", ["[1]", "[12][13]", "¹"])
def test_a_footnote_mark_does_not_join_two_sentences(mark: str) -> None:
    assert split(f"It opened in 2017.{mark} It closed in 2019.") == [f"It opened in 2017.{mark}", "It closed in 2019."]


@pytest.mark.parametrize("word", ["no", "art"])
def test_a_word_that_is_also_an_abbreviation_can_end_a_sentence(word: str) -> None:
    assert split(f"They asked and she said {word}. They left.") == [f"They asked and she said {word}.", "They left."]


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85"], ids=["U+2028", "U+2029", "U+0085"])
def test_unicode_line_ends_end_a_line(end: str) -> None:
    assert split(f"Menu{end}Contact us{end}Our history") == ["Menu", "Contact us", "Our history"]


@pytest.mark.parametrize("expected", [["هل فتح المركز؟", "نعم."], ["केंद्र खुला।", "वह बंद हुआ।"]], ids=["Arabic", "Hindi"])
def test_sentences_end_in_other_scripts_too(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("They had 1,300 workers.[22]", "They had 1,300 workers."),
        ("It closed,[3][4] then it burned.", "It closed, then it burned."),
        ("The moon is cheese [1].", "The moon is cheese."),
        ("The moon is cheese [1] [2]", "The moon is cheese [1]"),
        ("Set x[1] to 3.", "Set x[1] to 3."),
        ("It grew by [4,5] percent.", "It grew by [4,5] percent."),
    ],
)
def test_references_of_a_document_are_left_out_where_they_can_be_nothing_else(text: str, without: str) -> None:
    assert without_references(text) == without


# --- terms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("centre", "centers"),
        ("organisations", "organization"),
        ("neighbourhood", "neighborhoods"),
        ("neighbourhoods", "neighborhood"),
        ("behavioural", "behavior"),
        ("licences", "license"),
        ("kilometres", "kilometer"),
        ("metre", "meters"),
        ("fibre", "fibers"),
        ("practised", "practice"),
        ("analysing", "analyzed"),
        ("paediatrics", "pediatric"),
        ("grey", "gray"),
        ("programme", "programs"),
        ("e-government", "E-Government"),
        ("Korea's", "Korea"),
        ("Korea’s", "Korea's"),
        ("１５００", "1500"),
        ("ﬁne", "fine"),
        ("STRASSE", "Straße"),
        ("ｶﾞｽ", "ガス"),
    ],
)
def test_spellings_of_one_word_are_one_term(one: str, other: str) -> None:
    assert terms(one) == terms(other)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("centre", "center"),
        ("Theaters", "theatres"),
        ("coloured", "colored"),
        ("neighborhoods", "neighbourhoods"),
        ("favorite", "favourite"),
        ("organizations", "organisations"),
        ("recognised", "recognized"),
        ("program", "programme"),
        ("dialogue", "dialog"),
        ("catalogs", "catalogues"),
        ("licence", "license"),
        ("Gray", "grey"),
        ("haemoglobin", "hemoglobin"),
        ("analyzes", "analyses"),
        ("fiber", "fibre"),
        ("litres", "liters"),
        ("hour", ""),
        ("genre", ""),
        ("timbre", ""),
        ("practical", "practisal"),  # no word, which those who ask have to know
        ("ferry", ""),
        ("나루터", ""),
        ("", ""),
    ],
)
def test_a_word_is_spelt_as_across_the_atlantic(word: str, other: str) -> None:
    assert other_spelling(word) == other


@pytest.mark.parametrize("text", ["état d'urgence à Besançon", "행정안전부는 협력센터를 열었다", "がぎぐ", "Việt Nam"])
def test_decomposed_text_has_the_terms_of_composed_text(text: str) -> None:
    assert unicodedata.normalize("NFD", text) != text
    assert terms(unicodedata.normalize("NFD", text)) == terms(text)


@pytest.mark.parametrize(
    ("one", "other"), [("4.7", "47"), ("4.7", "4.8"), ("2017", "2018"), ("1.5", "15"), ("university", "universe of")]
)
def test_different_numbers_and_words_are_different_terms(one: str, other: str) -> None:
    assert terms(one) != terms(other)


def test_a_compound_is_found_whole_and_by_its_parts() -> None:
    assert set(terms("4.7")) == {"4_7", "4", "7"}
    assert set(terms("wi-fi")) == {"wifi", "wi", "fi"}
    assert set(terms("1,500")) > set(terms("1500"))


@pytest.mark.parametrize(
    "words", [("e-government", "egovernment"), ("on-boarding", "onboarding"), ("co-operation", "cooperation")]
)
def test_a_compound_meets_its_closed_spelling(words: tuple[str, str]) -> None:
    hyphened, closed = words
    assert set(terms(closed)) <= set(terms(hyphened))


def test_korean_chinese_and_japanese_give_pairs_of_characters() -> None:
    assert terms("내정부는") == ["내정", "정부"]  # without the particle
    assert terms("정부에서") == terms("정부를") == terms("정부")
    assert terms("合作中心") == ["合作", "作中", "中心"]
    assert terms("한") == ["한"]
    assert terms("2017년 ABC센터") == ["2017", "년", "abc", "센터"]


@pytest.mark.parametrize(
    "text", ["", " ", "😀 👩‍👩‍👧", "\ud800", "\u200b\u202e\ufeff", "!?. — …", "_", '"*" (:) -', "\0"]
)
def test_what_holds_no_word_has_no_terms(text: str) -> None:
    assert terms(text) == []


def test_terms_keep_order_and_repeats_and_content_terms_only_order() -> None:
    assert terms("ferry harbour ferry") == ["ferri", "harbor", "ferri"]
    assert content_terms("The ferry and the harbour of the ferry") == ["ferri", "harbor"]


@pytest.mark.parametrize("question", ["What is the?", "who are you", "Apa itu?", "It's there.", ""])
def test_a_question_of_stop_words_alone_has_no_topic(question: str) -> None:
    assert content_terms(question) == []


def test_a_word_of_a_megabyte_is_a_term() -> None:
    assert len(terms("x" * 1_000_000)) == 1
    assert len(terms("나" * 100_000)) == 99_999


def test_terms_hold_nothing_that_the_index_would_take_apart() -> None:
    source = random.Random(7)
    for _ in range(300):
        for term in terms(random_text(source)):
            assert term.replace("_", "").isalnum()


def test_indonesian_words_of_one_root_meet_and_english_ones_still_do() -> None:
    assert stem("dibangun") == stem("pembangunan") == stem("membangun")
    assert stem("keepers") == stem("keeper")


def test_a_stem_does_not_depend_on_case() -> None:
    assert stem("Organisations") == stem("organisations") == stem("ORGANISATIONS")


def test_a_footnote_mark_is_no_digit_of_a_number() -> None:
    assert "2017" in terms("in 2017² it opened")
    assert numbers("in 2017² it opened") == {"2017"}


@pytest.mark.parametrize(
    "character", ["\u00ad", "\u200b", "\u200d", "\u2060"], ids=["soft-hyphen", "ZWSP", "ZWJ", "WJ"]
)
def test_an_invisible_character_does_not_break_a_word(character: str) -> None:
    assert terms(f"infor{character}mation") == terms("information")
    assert fold(f"infor{character}mation") == "information"


@pytest.mark.parametrize("word", ["हिन्दी", "مُحَمَّد"], ids=["Hindi", "Arabic"])
def test_a_combining_mark_does_not_break_a_word(word: str) -> None:
    assert len(terms(word)) == 1


def test_a_dotted_capital_does_not_break_a_word() -> None:
    assert len(terms("İstanbul")) == 1


# --- comparing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“Smart” ‘quotes’", "\"smart\" 'quotes'"),
        ("2016–2017 — so", "2016-2017 - so"),
        ("a\u00a0b\n\tc ", "a b c"),
        ("e\u0301tat", "état"),
        ("Straße", "STRASSE"),
        ("ﬁne", "fine"),
        ("\u1112\u1161\u11ab국", "한국"),
    ],
)
def test_folding_levels_what_only_looks_different(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_folding_keeps_apart_what_is_different() -> None:
    assert len({fold(word) for word in ["état", "etat", "4.7", "47", "a b", "ab"]}) == 6


@pytest.mark.parametrize(
    ("text", "share"),
    [("", 1.0), ("123 !?", 1.0), ("abc", 1.0), ("ÉÀñ", 1.0), ("한국", 0.0), ("ab한국", 0.5), ("Łódź мир", 4 / 7)],
)
def test_the_latin_share_counts_letters_only(text: str, share: float) -> None:
    assert latin_share(text) == pytest.approx(share)


# --- numbers and names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,500 people", {"1500"}),
        ("1.500.000 rupiah", {"1500000"}),
        ("12,345.67", {"12345.67"}),
        ("3,5 or 4.7", {"3.5", "4.7"}),
        ("five of Twenty", {"5", "20"}),
        ("2017-10-18", {"2017", "10", "18"}),
        ("１２ km", {"12"}),
        ("2017년", {"2017"}),
        ("It ended in 2017.", {"2017"}),
        ("none, someone, tension, often", set()),
    ],
)
def test_numbers_are_plain_digits(text: str, expected: set[str]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It met the Ministry of the Interior and Safety in Seoul.", ["Ministry of the Interior and Safety", "Seoul"]),
        ("The Ministry met Kim Min-jun.", ["Ministry", "Kim Min-jun"]),
        ("Where did O’Brien go?", ["O’Brien"]),
        ("a name\nBroken\nTwice here", ["Broken Twice"]),
        ("no names at all", []),
        ("", []),
    ],
)
def test_names_are_runs_of_capitalised_words(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_spans_of_names_point_at_the_names() -> None:
    source = random.Random(3)
    for _ in range(300):
        text = random_text(source)
        assert [" ".join(text[start:end].split()) for start, end in name_spans(text)] == names(text)


def test_names_of_a_hundred_thousand_capitals_are_found() -> None:
    assert names("Kim " * 100_000) == [("Kim " * 100_000).strip()]


@pytest.mark.parametrize("name", ["Émile Zola", "Özil", "Łódź", "Иванов"])
def test_a_name_may_begin_with_any_capital(name: str) -> None:
    assert names(f"it was {name} who came") == [name]


def test_korean_lines_broken_for_width_are_one_sentence() -> None:
    first = "이 안내서를 처음부터 끝까지 따라 하는 데에는 연습에 쓰는 시간에 따라\n25-30 분 정도가 걸립니다."
    text = f"{first} 다음 장을 보세요."
    assert [text[start:end] for start, end in sentences(text)] == [first, "다음 장을 보세요."]
    assert len(sentences("개관 안내\n도서관은 아홉 시에 문을 엽니다.")) == 2  # a short line stands by itself


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("**See** [the fares](fares.md) of *this* year.", "See the fares of this year."),
        ("It speaks HTTP/1.1 [and HTTP/2](https://example.org/a_(b)/ 'two').", "It speaks HTTP/1.1 and HTTP/2."),
        ('A <abbr title="command line">CLI</abbr> for `sumber sync`.', "A CLI for sumber sync."),
        ("[![tests](https://example.org/t.svg)](https://example.org/t) ![cover](c.png 'of it')", ""),
        ("[![a row of them, cut short](https://example.org/badge/ab", "["),
        ("```bash pip install sumber", "pip install sumber"),
        ("The lamp burns.[12]", "The lamp burns."),
        ("2 * 3 * 4 is a*b*c, and *args with **kwargs", "2 * 3 * 4 is a*b*c, and *args with **kwargs"),
        ("x < y and List<String> of __init__, [sic] (so)", "x < y and List<String> of __init__, [sic] (so)"),
        ("**중요**: [요금표](요금.md)를 보세요.", "중요: 요금표를 보세요."),
    ],
)
def test_an_answer_says_a_quote_without_its_markup(markup: str, shown: str) -> None:
    assert as_said(markup) == shown


def test_markup_without_end_takes_no_time() -> None:
    for piece in ("[", "![", "**a ", "<a ", "`a", "[a](", "(("):
        with ending_after(5):
            assert as_said(piece * 20_000)
