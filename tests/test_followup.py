"""Follow-up questions: what is taken from the turns before, and when nothing is."""

from __future__ import annotations

import time

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


@pytest.mark.parametrize("question", ["언제요?", "그것은 얼마인가요?", "거기는 어디인가요?"])
def test_a_korean_question_can_point_back_as_well(question: str) -> None:
    assert "협력센터" in carried(question, Turn("행정안전부의 협력센터 예산은 얼마인가요?", "10억 원이다."))


@pytest.mark.parametrize(
    "question", ["Is there a visa fee for visitors from Canada?", "Are there any ferries between Lund and Skarra?"]
)
def test_a_question_that_there_is_something_points_at_nothing(question: str) -> None:
    assert inquiry(question, [OPENING]) == Inquiry(question)


@pytest.mark.parametrize(
    "question",
    [
        "How long does it take to bake a loaf of bread?",
        "Is it true that the moon has no air?",
        "If the bakery is closed, where can it be bought?",
        "Who was Ada Lovelace and what did she write?",
        "What did Busan do to deepen its harbour?",
        "Which trains run this week between Lund and Skarra?",
        "What is photosynthesis?",
        "How large is the IT budget of Skarra?",
        "Berapa luasnya Danau Toba?",
        "Where is Busan?",
        "Apa itu fotosintesis?",
        "Di mana Danau Toba?",
        "Apa makanan khas Yogyakarta yang paling terkenal?",
        "제주도 감귤은 언제 수확하나요?",
    ],
)
def test_what_a_question_names_itself_it_does_not_take_from_before(question: str) -> None:
    assert inquiry(question, [OPENING]) == Inquiry(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who runs the company?",
        "When did the project end?",
        "Regional differences",
        "Was it worth it?",
        "Why is that?",
        "Which one?",
        "Okay, and the budget?",
        "Siapa direkturnya?",
        "Berapa luasnya sekarang?",
        "Kapan gedung tersebut dibuka?",
        "Kenapa?",
        "Di mana itu?",
        "Bagaimana dengan anggaran?",
        "왜?",
        "그 회사는 어디에 있나요?",
        "그럼 예산은?",
        "누가 이것을 승인했나요?",
        "그곳의 직원은 몇 명인가요?",
    ],
)
def test_descriptions_fragments_and_words_that_point_take_the_topic_with_them(question: str) -> None:
    assert {"Cooperation", "Center"} <= set(carried(question, OPENING))


def test_a_description_takes_up_what_an_answer_spoke_of() -> None:
    history = Turn("How is the Cooperation Center run?", "It is run by a steering committee.")
    assert "Cooperation" in carried("How many people sit on the committee?", history)
    assert carried("How many people sit on the jury?", history) == []


FERRIES = Turn("Which ferries sail to Skarra?", "Two ferries sail to Skarra: the Gannet and the Puffin. [1]")


@pytest.mark.parametrize(
    ("question", "meant", "other"),
    [
        ("How much does the first one cost?", "Gannet", "Puffin"),
        ("How long does the second take?", "Puffin", "Gannet"),
        ("Who owns the second ferry?", "Puffin", "Gannet"),
        ("Who steers the latter?", "Puffin", "Gannet"),
        ("Siapa nakhoda yang pertama?", "Gannet", "Puffin"),
        ("두 번째는 얼마인가요?", "Puffin", "Gannet"),
    ],
)
def test_an_ordinal_takes_one_of_what_an_answer_lists(question: str, meant: str, other: str) -> None:
    words = carried(question, FERRIES)
    assert meant in words
    assert other not in words


@pytest.mark.parametrize("before", ["How much is the Gannet?", "How much does the first one cost?"])
def test_the_other_is_the_one_not_spoken_of(before: str) -> None:
    words = carried("And the other ferry?", FERRIES, Turn(before, "A ticket costs 12 euros."))
    assert "Puffin" in words
    assert "Gannet" not in words


@pytest.mark.parametrize(
    "answer",
    [
        "It sells bread, cakes and coffee.",
        "- bread\n- cakes\n- coffee",
        "The bakery sells:\n1. bread\n2. cakes\n3. coffee",
    ],
)
def test_things_without_a_name_can_be_counted_too(answer: str) -> None:
    words = carried("How much is the second?", Turn("What does the bakery in Lund sell?", answer))
    assert "cakes" in words
    assert not {"bread", "coffee"} & set(words)


def test_a_year_or_a_place_said_anew_replaces_the_earlier_one() -> None:
    visitors = Turn("How many visitors did the museum in Lund have in 2018?", "It had 3,000.")
    assert carried("And in 2019?", visitors) == ["How", "many", "visitors", "museum", "Lund"]
    assert carried("And in Skarra?", visitors) == ["How", "many", "visitors", "museum", "2018"]
    assert "2018" not in carried("Why?", visitors, Turn("And in 2019?", "It had 4,000."))


def test_a_fragment_takes_what_is_asked_with_it() -> None:
    assert carried("And the museum?", Turn("When does the Harbour Office open?", "At nine."))[0] == "When"
    assert "When" not in carried("Who runs it?", OPENING)


def test_a_short_question_without_a_name_does_not_end_the_topic() -> None:
    ticket = Turn("How much is a ticket for adults?", "It costs 5 euros.")
    assert carried(ticket.question, OPENING) == []
    assert {"Cooperation", "ticket"} <= set(carried("Who sells it?", OPENING, ticket))


def test_names_last_through_turns_that_give_none() -> None:
    history = [
        Turn("Who runs the Cooperation Center?", "It is run by Kim Min-jun."),
        Turn("When was he born?", "In May."),
    ]
    assert {"Kim", "Min-jun"} <= set(carried("Where did he study?", *history))
    history = [Turn("등대는 누가 지었나요?", "등대는 김민수가 지었다.")]
    assert "김민수" in carried("그는 어디에서 살았나요?", *history)


def test_days_are_no_names_to_go_on_with() -> None:
    history = Turn("Who reads to the children in Lund?", "On Mondays that is Jonas Brandt.")
    assert "Mondays" not in carried("Where does he live?", history)


def test_an_indonesian_word_is_carried_without_its_clitic() -> None:
    assert "biaya" in carried("Siapa yang membayar?", OPENING, Turn("Berapa biayanya?", "Lima juta."))


def test_korean_words_are_carried_without_their_particles() -> None:
    words = carried("왜?", Turn("행정안전부의 협력센터는 예산이 얼마인가요?", "10억 원이다."))
    assert words == ["행정안전부", "협력센터", "예산"]


def test_a_long_conversation_costs_no_more_than_its_end() -> None:
    text = ("harbour, it and the second one, in Lund " * 60)[:2400]
    history = [Turn(text, text * 1000)] * 1000
    began = time.perf_counter()
    inquiry(text, history)
    assert time.perf_counter() - began < 2
