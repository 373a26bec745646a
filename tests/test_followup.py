"""Follow-up questions: what is taken from the turns before, and when nothing is."""

from __future__ import annotations

import pytest

from rag.followup import CARRIED, inquiry
from rag.types import Inquiry, Turn

OPENING = Turn("When did the Cooperation Center open?", "The center opened on 18 October 2017 in Jakarta.")
HARVEST = Turn("How many tonnes of apples did the orchard pick?", "It picked 310 tonnes.")


def carried(question: str, *history: Turn) -> list[str]:
    return inquiry(question, history).context.split()


@pytest.mark.parametrize(
    "question",
    [
        "How much did it cost?",
        "What is its budget?",
        "Who works there?",
        "And why?",
        "How much?",
        "When exactly?",
        "What about Busan?",
        "Is that the same Center as before?",
        "Berapa biayanya itu?",
        "그리고 예산은?",
    ],
)
def test_a_question_that_points_back_takes_the_topic_with_it(question: str) -> None:
    asked = inquiry(question, [OPENING])
    assert asked.text == question
    assert "Cooperation" in asked.context.split()
    assert asked.said == OPENING.answer


@pytest.mark.parametrize(
    "question",
    [
        "When was the data centre in Daejeon cancelled by the ministry?",
        "How many apples does the orchard at Lund pick every year?",
        "전자정부 협력센터의 예산은 얼마인가요?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert inquiry(question, [OPENING]) == Inquiry(question)


@pytest.mark.parametrize("question", ["How much did it cost?", "And why?", "", "?"])
def test_the_first_question_has_nothing_to_go_back_to(question: str) -> None:
    assert inquiry(question, []) == Inquiry(question)
    assert inquiry(question, [Turn("")]).context == ""


def test_words_that_the_question_has_itself_are_not_carried() -> None:
    assert carried("When did it open?", OPENING) == ["Cooperation", "Center"]
    assert carried("Who opened it?", OPENING) == ["Cooperation", "Center"]


def test_words_without_topic_are_not_carried() -> None:
    assert not {"When", "did", "the"} & set(carried("How much did it cost?", OPENING))


def test_names_of_the_answer_are_carried_where_a_name_was_asked_for() -> None:
    history = Turn("Who runs the Cooperation Center?", "It is run by Kim Min-jun. Ida Renn left.")
    assert {"Kim", "Min-jun"} <= set(carried("When was he born?", history))
    assert "Ida" not in carried("When was he born?", history)
    assert "Jakarta" not in carried("How much did it cost?", OPENING)


def test_a_new_topic_drops_the_old_one() -> None:
    words = carried("How much did it cost?", OPENING, HARVEST)
    assert "apples" in words
    assert "Cooperation" not in words


def test_a_topic_lasts_through_turns_that_point_back() -> None:
    words = carried(
        "And who works there?", OPENING, Turn("How much did it cost?", "Five million."), Turn("And why?", "")
    )
    assert {"Cooperation", "Center"} <= set(words)


def test_what_was_said_is_that_of_all_turns() -> None:
    assert inquiry("And why?", [OPENING, HARVEST]).said == f"{OPENING.answer} {HARVEST.answer}"


def test_no_more_is_carried_than_the_limit_and_nothing_twice() -> None:
    long = Turn(" ".join(f"Topic{number}" for number in range(100)) + " Topic1 Topic2")
    words = carried("How much did it cost?", long, long)
    assert len(words) == len(set(words)) == CARRIED


def test_the_context_stands_in_parentheses_behind_the_question() -> None:
    assert inquiry("Why?", [OPENING]).standalone == "Why? (Cooperation Center open)"
    assert Inquiry("Why?").standalone == "Why?"


@pytest.mark.parametrize(
    "text", ["\ud800", "😀", "\0", "\u202eit\u202c", '"NEAR(" it', "x" * 1_000_000, "it " * 300_000]
)
def test_no_history_and_no_question_is_an_error(text: str) -> None:
    assert inquiry(text, [Turn(text, text), OPENING]).text == text
    assert inquiry("And why?", [Turn(text, text)]).text == "And why?"


def test_what_is_carried_is_bounded_in_length_too() -> None:
    assert len(inquiry("And why?", [Turn("x" * 1_000_000)]).standalone) < 2000


@pytest.mark.xfail(
    strict=True, reason="pointing words are English and Indonesian, and pairs of letters make two words of 언제요"
)
@pytest.mark.parametrize("question", ["언제요?", "그것은 얼마인가요?", "거기는 어디인가요?"])
def test_a_korean_question_can_point_back_as_well(question: str) -> None:
    assert "협력센터" in carried(question, Turn("행정안전부의 협력센터 예산은 얼마인가요?", "10억 원이다."))


@pytest.mark.parametrize(
    "question", ["Is there a visa fee for visitors from Canada?", "Are there any ferries between Lund and Skarra?"]
)
def test_a_question_that_there_is_something_points_at_nothing(question: str) -> None:
    assert inquiry(question, [OPENING]) == Inquiry(question)
