"""What is noticed about a question set: gold that is gone or ambiguous, repetitions, contradictions, leaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter

import pytest

from rag.evaluation import Question, Source
from rag.evaluation.examining import Flaw, examine
from rag.types import Turn

MILL = "mill.md"
TEXTS = {
    MILL: "# Mill\n\nThe mill at Orrin was bought by Petra Vance in 1903. It ground barley for the whole valley.\n\n"
    "It burned in 1950.\n\nIt burned in 1950.\n",
    "valley.md": "Old notes. The whole valley remembers: It ground barley for the whole valley.\n",
    "pasar.md": "Pasar Kembang dibuka pada tahun 1987 oleh Bupati Rahmat.\n",
    "guro.md": "구로 도서관은 1994년에 문을 열었다. 관장은 한서윤이다.\n",
}
BOUGHT = Source(MILL, "The mill at Orrin was bought by Petra Vance in 1903.")


def asked(id_: str, question: str, *sources: Source, answers: tuple[str, ...] = ()) -> Question:
    return Question(id_, question, bool(sources), answers, sources)


def flaws(
    *questions: Question, others: Mapping[str, Sequence[Question]] | None = None, documents: Sequence[str] = ()
) -> list[Flaw]:
    return examine(questions, TEXTS.get, others or {}, documents)


def test_a_sound_set_has_no_flaw() -> None:
    assert (
        flaws(
            asked("1", "Who bought the mill?", BOUGHT, answers=("Petra Vance", "Mrs Vance")),
            asked("2", "When was the mill bought?", BOUGHT, answers=("1903",)),
            asked("3", "Kapan Pasar Kembang dibuka?", Source("pasar.md", "Pasar Kembang dibuka pada tahun 1987")),
            asked("4", "구로 도서관은 언제 문을 열었나요?", Source("guro.md", "구로 도서관은 1994년에 문을 열었다.")),
            asked("5", "Who is the mayor of Orrin?"),
            asked("6", "What is the mill?", Source(MILL)),
            documents=list(TEXTS),
        )
        == []
    )


# --- gold ------------------------------------------------------------------------------------------------------------


def test_a_document_that_is_gone_is_told_apart_from_a_quote_that_is_gone() -> None:
    gone = asked("1", "Who bought the mill?", Source("windmill.md", "bought by Ida Brandt"))
    changed = asked("2", "Who sold the mill?", Source(MILL, "sold by the brothers Quill"))
    assert flaws(gone, changed) == [
        Flaw("1", 'the corpus holds no document "windmill.md"', "Sync the corpus, or correct the name."),
        Flaw(
            "2",
            '"mill.md" does not hold the quote "sold by the brothers Quill"',
            "Choose another quote.",
        ),
    ]


def test_a_quote_whose_document_was_renamed_is_found_under_the_new_name() -> None:
    (flaw,) = flaws(
        asked("1", "Who bought the mill?", Source("windmill.md", "bought by Petra Vance")), documents=[MILL]
    )
    assert (flaw.what, flaw.remedy) == ('the corpus holds no document "windmill.md"', 'It stands in "mill.md".')


@pytest.mark.parametrize(
    ("document", "quote", "nearest"),
    [
        (MILL, "The Orrin mill was bought by Petra Vance, in 1904.", "was bought by Petra Vance in 1903."),
        ("pasar.md", "Pasar Kembang mulai dibuka tahun 1988", "Pasar Kembang dibuka pada tahun 1987 oleh"),
        ("guro.md", "구로 도서관이 1995년에 문을 열었다", "구로 도서관은 1994년에 문을 열었다."),
    ],
)
def test_the_sentence_nearest_to_a_lost_quote_is_offered(document: str, quote: str, nearest: str) -> None:
    (flaw,) = flaws(asked("1", "What of it?", Source(document, quote)))
    assert flaw.remedy.startswith("Nearest there is: ")
    assert nearest in flaw.remedy


def test_line_breaks_in_a_quote_do_not_matter() -> None:
    assert flaws(asked("1", "Who bought it?", Source(MILL, "bought\nby  Petra"))) == []


def test_a_quote_that_stands_twice_in_its_document_is_named_with_its_lines() -> None:
    (flaw,) = flaws(asked("1", "When did the mill burn?", Source(MILL, "It burned in 1950.")))
    assert flaw.what == 'its quote "It burned in 1950." stands 2 times in "mill.md", first in lines 5, 7'


def test_a_quote_that_stands_in_another_document_too_is_named_with_it() -> None:
    one = asked("1", "What did the mill grind?", Source(MILL, "It ground barley for the whole valley."))
    (flaw,) = flaws(one, documents=list(TEXTS))
    assert flaw.what == 'its quote "It ground barley for the whole valley." of "mill.md" stands in "valley.md" too'
    assert flaws(one) == []  # the other document was not looked through


def test_a_question_that_names_both_documents_is_right_about_both() -> None:
    quote = "ground barley for the whole"
    assert flaws(asked("1", "What did the mill grind?", Source(MILL, quote), Source("valley.md", quote))) == []


def test_the_ends_of_a_quote_may_be_parts_of_words() -> None:
    one = asked("1", "What did the mill grind?", Source(MILL, "und barley for the whole vall"))
    assert [flaw.id for flaw in flaws(one, documents=["valley.md"])] == ["1"]


def test_gold_of_an_unanswerable_question_is_not_looked_at() -> None:
    assert flaws(Question("1", "Who sold the mill?", False, (), (Source("gone.md", "x"),))) == []


def test_answers_none_of_which_stands_in_the_gold_quote_are_doubtful() -> None:
    (flaw,) = flaws(asked("1", "Who bought the mill?", BOUGHT, answers=("Petra Vane", "P. Vance")))
    assert flaw.what == 'no accepted answer, such as "Petra Vane", stands in its gold quote'
    assert flaws(asked("1", "Who bought the mill?", Source(MILL), answers=("Petra Vane",))) == []


# --- questions -------------------------------------------------------------------------------------------------------


def test_the_same_question_in_other_letters_is_a_repetition() -> None:
    found = flaws(
        asked("1", "Who bought the mill?", BOUGHT), asked("2", "  who bought THE mill", Source(MILL, "by Petra Vance"))
    )
    assert found == [Flaw("2", 'the question "1" asks the same', "Remove one of the two.")]


def test_a_follow_up_is_another_question_after_other_turns() -> None:
    mill, market = (Question(id_, "And when?", True, (), (BOUGHT,), "x", (Turn(id_),)) for id_ in ("Mill?", "Market?"))
    assert flaws(mill, market) == []


def test_the_same_topic_and_gold_is_nearly_the_same_and_another_answer_is_not() -> None:
    first = asked("1", "Who bought the mill at Orrin?", BOUGHT, answers=("Petra Vance",))
    again = asked("2", "By whom was the Orrin mill bought?", BOUGHT, answers=("petra vance", "Vance"))
    other = asked("3", "In what year was the Orrin mill bought?", BOUGHT, answers=("1903",))
    assert [(flaw.id, flaw.what) for flaw in flaws(first, again, other)] == [
        ("2", 'the question "1" asks nearly the same of the same place')
    ]


def test_a_question_that_is_answerable_here_and_not_there_is_a_contradiction() -> None:
    found = flaws(asked("1", "Siapa pemilik pasar?"), asked("2", "siapa pemilik pasar", Source("pasar.md")))
    assert found == [
        Flaw(
            "2",
            'it is answerable, but the same question "1" is not answerable',
            "Decide which is right, and remove the other.",
        )
    ]


def test_what_another_set_has_too_is_a_leak_told_once_by_its_strongest_kind() -> None:
    mine = [
        asked("1", "Who bought the mill?", BOUGHT),
        asked("2", "구로 도서관은 언제 문을 열었나요?"),
        asked("3", "What did Petra Vance buy?", BOUGHT),
        asked("4", "What did the mill grind?"),
    ]
    theirs = [asked("a", "Who bought the mill", BOUGHT), asked("b", "언제 문을 열었나요, 구로 도서관은?")]
    assert [(flaw.id, flaw.what) for flaw in flaws(*mine, others={"train.jsonl": theirs})] == [
        ("1", '"a" of train.jsonl asks the same'),
        ("2", '"b" of train.jsonl asks nearly the same'),
        ("3", '"a" of train.jsonl has the same gold quote'),
    ]


def test_flaws_come_in_the_order_of_the_questions() -> None:
    found = flaws(
        asked("1", "Who is the mayor?"),
        asked("2", "Who bought the mill?", Source("gone.md")),
        asked("3", "Who is the mayor"),
        asked("4", "Who sold it?", Source("gone.md")),
        others={"train": [asked("a", "Who is the mayor?")]},
    )
    assert [flaw.id for flaw in found] == ["1", "2", "3", "3", "4"]


def test_what_would_steer_a_terminal_is_escaped_and_long_text_cut() -> None:
    (flaw,) = flaws(asked("1", "Who bought it?", Source(MILL, "\x1b[2J" + "bought " * 1000)))
    assert flaw.what.isprintable()
    assert len(flaw.what) < 250


def test_thousands_of_questions_are_looked_over_in_seconds() -> None:
    lines = [f"In {1000 + n} the keeper of house {n} planted {n * 7} trees behind it." for n in range(4000)]
    texts = {f"{part}.md": "\n\n".join(lines[part::100]) for part in range(100)}
    questions = [
        asked(str(n), f"How many trees were planted at house {n}?", Source(f"{n % 100}.md", lines[n][: 30 + n % 7]))
        for n in range(4000)
    ]
    began = perf_counter()
    found = examine(questions, texts.get, {"same": questions[:2000], "other": []}, list(texts))
    assert len(found) >= 2000
    assert perf_counter() - began < 15  # under 2 on one idle core; a loop over pairs would take minutes


def test_quotes_that_are_all_alike_and_all_gone_take_no_longer() -> None:
    text = "\n\n".join(f"By the end of the year the yield of field {n} had risen." for n in range(2000))
    questions = [
        asked(
            str(n), f"What of field {n}?", Source("a.md", f"By the end of the year the yield of field {n} had fallen")
        )
        for n in range(2000)
    ]
    began = perf_counter()
    assert len(examine(questions, {"a.md": text}.get, {})) == 2000
    assert perf_counter() - began < 15
