"""Which sentences are said: by themselves, and with the real model over the small library of the question set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.choosing import Candidate, Choice, choose
from rag.config import Config
from rag.evaluation.questions import load
from rag.kinds import asked_kind, fulfils
from rag.text import content_terms, sentences, terms
from rag.types import Inquiry, Passage

QUESTIONS = Path(__file__).parent / "questions" / "choosing"


def passage(text: str, document: str = "a.md", title: str = "A report", start: int = 0) -> Passage:
    return Passage(f"{document}{start}", document, title, None, None, text, start, start + len(text), 0.5, 0.5)


def said(question: str, *passages: Passage, dates: dict[str, str] | None = None) -> Choice:
    """What is chosen where sentences are scored by the share of the question's words alone."""
    kind, asked = asked_kind(question), content_terms(question)
    found = []
    for one in passages:
        for start, end in sentences(one.text):
            text = one.text[start:end]
            share = len([term for term in asked if term in terms(text)]) / max(1, len(asked))
            held = fulfils(kind, text, question)
            if not text.startswith("#"):
                found.append(Candidate(one, start, end, rare=share, plain=share, words=share, kind=held, fresh=1.0))
    found.sort(key=lambda one: (-one.score, one.passage.id, one.start))
    return choose(question, kind, found, passages, lambda path: (dates or {}).get(path, ""))


def texts(choice: Choice) -> list[str]:
    return [claim.text for claim in choice.claims]


def test_a_reason_is_said_after_what_it_explains() -> None:
    one = passage("The choir will not travel to Tallinn. Too few tenors can get leave. The hall has a new roof.")
    assert texts(said("Why will the choir not travel to Tallinn?", one)) == [
        "The choir will not travel to Tallinn.",
        "Too few tenors can get leave.",
    ]


def test_a_reason_that_stands_before_its_effect_is_said_before_it() -> None:
    one = passage("The dam leaked. Therefore the eastern fields were dry. Rice was sown late.")
    assert texts(said("Why were the eastern fields dry?", one)) == [
        "The dam leaked.",
        "Therefore the eastern fields were dry.",
    ]


def test_a_sentence_that_says_why_needs_no_other() -> None:
    one = passage("The fair was closed because of rain. It had opened in May. Bread was sold.")
    assert texts(said("Why was the fair closed?", one)) == ["The fair was closed because of rain."]


def test_a_reason_never_crosses_a_paragraph() -> None:
    one = passage("The choir will not travel to Tallinn.\n\nSubscriptions stay at 60 pounds.")
    assert texts(said("Why will the choir not travel to Tallinn?", one)) == ["The choir will not travel to Tallinn."]


LIST = (
    "Stations are chosen by three rules:\n\n- a stop within 100 metres\n- room for bicycles\n- no felling\n\nThe end."
)


@pytest.mark.parametrize("question", ["What are the rules for stations?", "What rules are there for bicycles?"])
def test_a_list_is_said_with_its_introduction_item_by_item(question: str) -> None:
    choice = said(question, passage(LIST))
    assert texts(choice) == [
        "Stations are chosen by three rules:",
        "a stop within 100 metres",
        "room for bicycles",
        "no felling",
    ]
    assert all(LIST[claim.start : claim.end] == claim.text for claim in choice.claims)


def test_a_heading_goes_with_the_items_it_introduces_without_its_mark() -> None:
    one = passage("## Vaccines given\n\n1. influenza shots\n2. tetanus shots\n")
    assert texts(said("What shots are there?", one)) == ["Vaccines given", "influenza shots", "tetanus shots"]


def test_a_list_that_goes_on_in_the_next_passage_is_said_whole() -> None:
    first, second = LIST[: LIST.index("- room")], LIST[LIST.index("- room") :]
    choice = said("What are the rules for stations?", passage(first), passage(second, start=len(first)))
    assert texts(choice)[-1] == "no felling"


def test_steps_are_said_in_their_order() -> None:
    one = passage("To save the palms they wrapped the trunks. Then they lit heaters. Visitors stayed away.")
    assert texts(said("How were the palms saved?", one)) == [
        "To save the palms they wrapped the trunks.",
        "Then they lit heaters.",
    ]


def test_a_pronoun_that_the_question_resolves_stands_alone() -> None:
    one = passage("The Palm House is the oldest. It is eighteen metres high.")
    assert texts(said("How high in metres is the Palm House?", one))[0] == "It is eighteen metres high."


def test_a_pronoun_that_nothing_resolves_comes_after_the_sentence_that_names_it() -> None:
    one = passage("The garden of Lucian Brandt was famous. He sold dried herbs at the fair.")
    assert texts(said("Who sold dried herbs at the fair?", one)) == [
        "The garden of Lucian Brandt was famous.",
        "He sold dried herbs at the fair.",
    ]


OLD = passage("Greta Lund chairs the board.", "old.md")
NEW = passage("Amos Reed chairs the board.", "new.md")


def test_sources_that_differ_are_all_said_in_order_of_time() -> None:
    choice = said("Who chairs the board?", NEW, OLD, dates={"old.md": "2021", "new.md": "2023-02"})
    assert (choice.lead, texts(choice)) == (
        "The sources differ:",
        ["Greta Lund chairs the board.", "Amos Reed chairs the board."],
    )


def test_a_plan_and_its_cancellation_are_both_said() -> None:
    plan = passage("The town plans to build a new bridge at Lund in 2022.", "plan.md")
    end = passage("The new bridge at Lund was cancelled: steel was dear.", "end.md")
    choice = said("Will a new bridge be built at Lund?", plan, end, dates={"plan.md": "2020", "end.md": "2022"})
    assert (choice.lead, len(choice.claims)) == ("The sources differ:", 2)


@pytest.mark.parametrize(
    "other", ["Amos Reed chairs the choir.", "The board met in Lund.", "Lund chairs the board of the mill."]
)
def test_sources_that_speak_of_other_things_do_not_differ(other: str) -> None:
    choice = said("Who chairs the board?", OLD, passage(other, "new.md"))
    assert (choice.lead, "Greta Lund chairs the board." in texts(choice)) == ("", True)


def test_how_something_changed_is_told_by_a_line_of_each_source_in_order_of_time() -> None:
    now = passage("A yearly pass costs 36 euros.", "2020.md")
    before = passage("A yearly pass costs 30 euros.", "2019.md")
    choice = said(
        "How has the price of a yearly pass changed?", now, before, dates={"2020.md": "2020", "2019.md": "2019"}
    )
    assert (choice.lead, texts(choice)) == ("", ["A yearly pass costs 30 euros.", "A yearly pass costs 36 euros."])


@pytest.mark.parametrize(
    ("question", "text", "lead"),
    [
        ("Is the mill open at night?", "The mill is open at night.", "Yes."),
        ("Is the mill open at night?", "The mill is not open at night.", "No."),
        ("Is the mill open at night?", "The mill may open at night.", ""),
        ("Apakah pupuk ditanggung desa?", "Pupuk tidak ditanggung desa.", "Tidak."),
        ("열람실은 문을 닫나요?", "열람실은 문을 닫지 않는다.", "아니요."),
    ],
)
def test_yes_or_no_is_said_before_the_quote_where_words_tell(question: str, text: str, lead: str) -> None:
    assert said(question, passage(text)).lead == lead


def test_what_the_question_wrongly_takes_for_granted_is_named() -> None:
    assert said("Why did the mill close in 1944?", passage("The mill closed in 1931.")).remark == (
        "The source says 1931, not 1944."
    )
    assert "otherwise" in said("Why was the motion accepted?", passage("The motion was rejected.")).remark


def test_an_initial_is_no_list_mark() -> None:
    assert texts(said("Who built the tower?", passage("A. Holt built the tower."))) == ["A. Holt built the tower."]


# --- with the real model ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("choosing")
    with Assistant.open(Config(corpus=QUESTIONS / "corpus", vectorstore=folder)) as assistant:
        assistant.sync()
        yield assistant


def test_every_quote_of_the_question_set_stands_in_its_document(library: Assistant) -> None:
    for question in load(QUESTIONS / "choosing.jsonl"):
        for source in question.sources:
            assert source.quote in library.document(source.document).text


@pytest.mark.parametrize(
    ("question", "lead", "first", "last"),
    [
        ("Can tourists use Pedalo?", "No.", "Tourists cannot", ""),
        ("Who chairs the board of the dairy cooperative?", "The sources differ:", "Greta Lund", "Amos Reed"),
        ("Why is camping not permitted near the huts?", "", "Camping beside", "The meadow belongs"),
        ("How did the dairy use less gas?", "", "The dairy cut", "Old steam pipes"),
        ("Siapa saja pengurus saluran?", "", "Pengurus saluran", "Pak Yusuf"),
        ("이전 계획은 왜 취소되었나요?", "", "한빛도서관 이전", "땅값이 두 배로"),
    ],
)
def test_an_answer_says_what_it_needs_and_no_more(
    library: Assistant, question: str, lead: str, first: str, last: str
) -> None:
    retriever, answerer = library._parts()
    draft = answerer.draft(Inquiry(question), retriever.passages(question, 8))
    assert draft.lead == lead
    assert draft.claims[0].text.startswith(first)
    assert draft.claims[-1].text.startswith(last or first)
