"""What a question asks for, and whether a sentence holds such a thing."""

from __future__ import annotations

import pytest

from rag.kinds import Kind, answering_parts, asked_kind, fulfils
from tests.test_text import ending_after


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When did it open?", "date"),
        ("In which year was it?", "date"),
        ("How long did it take?", "duration"),
        ("How many years did it last?", "duration"),
        ("How many people came?", "count"),
        ("How much did it cost?", "amount"),
        ("What was the budget?", "amount"),
        ("Why was it cancelled?", "reason"),
        ("Who opened it?", "person"),
        ("Whose idea was it?", "person"),
        ("Where is it?", "place"),
        ("What are the goals?", "list"),
        ("How does it work?", "manner"),
        ("What is it?", "other"),
        ("Kapan dibuka?", "date"),
        ("Berapa lama?", "duration"),
        ("Berapa biaya?", "amount"),
        ("Siapa?", "person"),
        ("Di mana?", "place"),
        ("Mengapa?", "reason"),
        ("언제 열었나요?", "date"),
        ("몇 명이 왔나요?", "count"),
        ("얼마나 오래 걸렸나요?", "duration"),
        ("예산은 얼마인가요?", "amount"),
        ("왜 취소되었나요?", "reason"),
        ("누가 열었나요?", "person"),
        ("어디에 있나요?", "place"),
        ("", "other"),
        ("😀", "other"),
    ],
)
def test_the_words_of_a_question_say_what_it_asks_for(question: str, kind: Kind) -> None:
    assert asked_kind(question) == kind
    assert asked_kind(question.upper()) == kind


def test_the_first_question_word_decides() -> None:
    assert asked_kind("Who came and when?") == "person"
    assert asked_kind("When did who come?") == "date"


@pytest.mark.parametrize("question", ["Show me the whole report", "The whenever clause", "Anywhere else"])
def test_a_question_word_inside_another_word_asks_nothing(question: str) -> None:
    assert asked_kind(question) == "other"


@pytest.mark.parametrize(
    ("kind", "sentence", "parts"),
    [
        ("date", "It opened on 18 October 2017.", ["18 October 2017"]),
        ("date", "It opened on October 18, 2017.", ["October 18, 2017"]),
        ("date", "It opened on 2017-10-18 at 10:30.", ["2017-10-18", "10:30"]),
        ("date", "It opened in 1999.", ["1999"]),
        ("date", "센터는 2017년 10월 18일에 열었다.", ["2017년 10월 18일"]),
        ("duration", "It took three long years.", ["three long years"]),
        ("duration", "It is a two-year plan.", ["two-year"]),
        ("duration", "그 일은 3년 걸렸다.", ["3년"]),
        ("amount", "It cost US$ 5 million.", ["US$ 5 million"]),
        ("amount", "It cost 12 euros and 20 percent more.", ["12 euros", "20 percent"]),
        ("amount", "Biayanya Rp 1.500.000 saja.", ["Rp 1.500.000"]),
        ("count", "Thirty people and 4,000 trees.", ["Thirty", "4,000"]),
        ("person", "The lamp was lit by Ida Renn.", ["Ida Renn"]),
        ("place", "It stands in Jakarta.", ["Jakarta"]),
    ],
)
def test_the_part_that_answers_is_found(kind: Kind, sentence: str, parts: list[str]) -> None:
    assert [sentence[start:end] for start, end in answering_parts(kind, sentence, "")] == parts
    assert fulfils(kind, sentence, "") == 1.0


@pytest.mark.parametrize("kind", ["date", "duration", "amount", "count", "person", "place", "reason"])
def test_a_sentence_without_the_thing_asked_for_does_not_hold_it(kind: Kind) -> None:
    assert fulfils(kind, "nothing was said about it", "") == 0.0
    assert answering_parts(kind, "nothing was said about it", "") == ()


@pytest.mark.parametrize("sentence", ["It closed because of rain.", "비 때문에 닫았다.", "Tutup karena hujan."])
def test_a_reason_is_recognised_but_has_no_part_of_its_own(sentence: str) -> None:
    assert fulfils("reason", sentence, "") == 1.0
    assert answering_parts("reason", sentence, "") == ()


@pytest.mark.parametrize("kind", ["list", "manner", "other"])
def test_kinds_that_words_cannot_tell_are_left_open(kind: Kind) -> None:
    assert fulfils(kind, "Anything at all.", "") == 0.5
    assert answering_parts(kind, "Ida Renn, 2017", "") == ()


def test_the_names_a_question_gives_do_not_answer_it() -> None:
    sentence = "The ferry Gannet belongs to Ida Renn."
    assert [sentence[start:end] for start, end in answering_parts("person", sentence, "Who owns the Gannet?")] == [
        "Ida Renn"
    ]
    assert fulfils("person", "The Gannet is large.", "Who owns the Gannet?") == 0.0


def test_three_parts_are_marked_at_most() -> None:
    assert len(answering_parts("count", "1 2 3 4 5", "")) == 3


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("amount", "예산은 매년 10억 원이다."),
        ("amount", "입장료는 5,000원이다."),
        ("count", "참가자는 모두 30명이다."),
        ("person", "센터장은 김민준이다."),
        ("place", "센터는 자카르타에 있다."),
    ],
)
def test_a_korean_sentence_that_holds_the_answer_is_not_marked_down(kind: Kind, sentence: str) -> None:
    assert fulfils(kind, sentence, "") > 0


def test_a_long_run_of_digits_and_dots_does_not_hold_up_an_answer() -> None:
    with ending_after(1):
        assert fulfils("amount", "1." * 20_000, "") == 0.5


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Is it open?", "polar"),
        ("Didn't they come?", "polar"),
        ("Apakah pasar buka?", "polar"),
        ("문을 닫나요?", "polar"),
        ("Is it dearer than the other?", "comparison"),
        ("What is the difference between them?", "comparison"),
        ("What is a xerophyte?", "definition"),
        ("What does triage mean?", "definition"),
        ("Apa itu irigasi?", "definition"),
        ("What is Ned Quill's job?", "office"),
        ("Which company built it?", "organisation"),
        ("How has the price changed?", "change"),
        ("Bagaimana jumlah kios berubah?", "change"),
        ("Siapa saja pengurusnya?", "list"),
        ("What vaccines does it give?", "list"),
        ("How tall is it?", "amount"),
    ],
)
def test_further_kinds_are_told_by_their_words(question: str, kind: Kind) -> None:
    assert asked_kind(question) == kind


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("list", "They grow apples, pears and plums."),
        ("list", "The rules are these:"),
        ("definition", "A xerophyte is a plant of dry places."),
        ("comparison", "It is taller than the mill."),
        ("office", "Ned Quill is the engineer of the town."),
    ],
)
def test_a_sentence_may_speak_for_such_an_answer(kind: Kind, sentence: str) -> None:
    assert fulfils(kind, sentence, "") == 1.0
    assert fulfils(kind, "Nothing was said", "") < 1.0


def test_a_month_is_no_name() -> None:
    assert answering_parts("person", "He came in June.", "Who came?") == ()
