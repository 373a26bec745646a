"""The quoting answerer, with a small embedding that behaves: words are word pieces, near if they share letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from rag.choosing import Candidate, chosen_sentences
from rag.extractive import QuotingAnswerer, signals
from rag.interaction import LateInteraction, Tokens
from rag.text import Span, sentences, terms
from rag.types import Document, Inquiry, Passage


class LetterModel:
    """A vector for each word: the letter pairs it is made of."""

    def token_vectors(self, texts: Sequence[str]) -> list[Tokens]:
        return [self._tokens(text) for text in texts]

    def _tokens(self, text: str) -> Tokens:
        spans: list[Span] = []
        position = 0
        for word in text.split():
            start = text.index(word, position)
            position = start + len(word)
            spans.append((start, position))
        rows = np.zeros((len(spans), 512), dtype=np.float32)
        for number, (start, end) in enumerate(spans):
            word = text[start:end].strip(".,?!()").lower()
            for pair in zip(f"^{word}", f"{word}$", strict=True):
                rows[number, (ord(pair[0]) * 31 + ord(pair[1])) % 512] += 1
        return spans, rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


class Library:
    """How often words occur in the passages of a test."""

    generation = 1

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._held = [set(terms(passage.text)) for passage in passages]

    def passage_count(self) -> int:
        return len(self._held)

    def frequency(self, words: Iterable[str]) -> dict[str, int]:
        return {word: sum(word in held for held in self._held) for word in words}

    def document(self, path: str) -> Document | None:
        return None


def passage(number: int, text: str, title: str = "A report", score: float = 0.5) -> Passage:
    return Passage(f"p{number}", f"d{number}.txt", title, None, None, text, 100, 100 + len(text), score, 0.5)


PASSAGES = [
    passage(
        1, "The mill at Orrin burned down in 1931. Nobody was hurt. The miller, Anna Voss, rebuilt it within a year."
    ),
    passage(2, "# A heading about the mill\n\nThe bakery of Orrin sells rye bread. It opened in 1950."),
]


def answerer(passages: Sequence[Passage] = PASSAGES) -> QuotingAnswerer:
    return QuotingAnswerer(LateInteraction(LetterModel(), library := Library(passages)), library)


def first(question: str, passages: Sequence[Passage] = PASSAGES) -> str:
    return answerer(passages).draft(Inquiry(question), passages).claims[0].text


def test_the_sentence_that_shares_the_question_is_chosen() -> None:
    assert first("When did the mill burn down?") == "The mill at Orrin burned down in 1931."
    assert first("What does the bakery sell?") == "The bakery of Orrin sells rye bread."


def test_a_claim_is_verbatim_at_its_offsets() -> None:
    draft = answerer().draft(Inquiry("Who rebuilt the mill?"), PASSAGES)
    for claim in draft.claims:
        start = claim.start - claim.passage.start
        assert claim.passage.text[start : start + len(claim.quote)] == claim.quote
        assert " ".join(claim.quote.split()) == claim.text


def test_a_sentence_broken_over_lines_is_said_in_one_and_quoted_as_it_stands() -> None:
    broken = [passage(1, "The harbour of the little town of Tarn was dredged\nagain in 1999 by a firm from Lund.")]
    claim = answerer(broken).draft(Inquiry("Who dredged the harbour?"), broken).claims[0]
    assert "\n" not in claim.text
    assert "\n" in claim.quote


def test_a_heading_is_never_an_answer() -> None:
    assert all(
        "#" not in claim.text for claim in answerer().draft(Inquiry("A heading about the mill"), PASSAGES).claims
    )


def test_a_remark_in_code_may_be_an_answer_and_a_heading_above_it_is_none() -> None:
    code = "```sh\nmill --dry # look\n# to start the mill at night, mill --night\n```\n"
    text = f"# The mill\n\n## Starting the mill\n\n{code}"
    found = answerer([passage(1, text)])
    candidates = found.candidates(found.weighed(Inquiry("How is the mill started at night?")), [passage(1, text)])
    assert candidates[0].text == "# to start the mill at night, mill --night"
    assert [one.text for one in candidates[1:]] == ["mill --dry # look"]


def test_the_same_sentence_is_not_said_twice() -> None:
    twice = [passage(1, "The mill burned down in 1931."), passage(2, "The mill burned down in 1931.")]
    assert len(answerer(twice).draft(Inquiry("When did the mill burn down?"), twice).claims) == 1


def test_no_passages_make_an_empty_draft() -> None:
    draft = answerer().draft(Inquiry("Who?"), [])
    assert (draft.claims, draft.confidence) == ((), 0.0)


@pytest.mark.parametrize("question", ["?", "\u200b", "的", "the of and"])
def test_a_question_without_words_is_answered_or_not_but_never_fails(question: str) -> None:
    assert 0 <= answerer().draft(Inquiry(question), PASSAGES).confidence <= 1


def test_words_carried_over_count_less_than_the_question_own() -> None:
    passages = [passage(1, "The tower is forty metres high."), passage(2, "The bridge is made of oak and iron.")]
    inquiry = Inquiry("What is the bridge made of?", context="tower metres high")
    assert answerer(passages).draft(inquiry, passages).claims[0].text == "The bridge is made of oak and iron."


def test_what_was_said_already_yields_to_what_was_not() -> None:
    passages = [passage(1, "The fair opened in May. The fair opened with a parade.")]
    said = Inquiry("How did the fair open?", context="fair", said="The fair opened in May. [1]")
    assert answerer(passages).draft(said, passages).claims[0].text == "The fair opened with a parade."


def test_a_sure_answer_is_more_confident_than_a_far_one() -> None:
    near = answerer().draft(Inquiry("When did the mill at Orrin burn down?"), PASSAGES).confidence
    far = answerer().draft(Inquiry("Which volcano erupted in Iceland?"), PASSAGES).confidence
    assert near > far


def test_a_sentence_without_the_kind_of_thing_asked_for_counts_against_the_answer() -> None:
    for question, held in (("When did the mill burn down?", 1.0), ("When does the bakery sell rye bread?", 0.0)):
        asked = answerer().weighed(Inquiry(question))
        assert signals(asked, answerer().candidates(asked, PASSAGES)[0])["kind"] == held


def test_a_year_that_the_source_contradicts_is_named_and_lowers_the_confidence() -> None:
    right = answerer().draft(Inquiry("Did the mill at Orrin burn down in 1931?"), PASSAGES)
    wrong = answerer().draft(Inquiry("Did the mill at Orrin burn down in 1944?"), PASSAGES)
    assert (right.remark, right.lead) == ("", "Yes.")
    assert (wrong.remark, wrong.lead) == ("The source says 1931, not 1944.", "")
    assert wrong.confidence < right.confidence


def test_a_question_in_a_script_unknown_to_the_model_goes_by_its_words() -> None:
    passages = [passage(1, "도서관은 강가에 있다. 수리 비용은 30억 원이다. 관장은 이수연이다.")]
    assert first("수리 비용은 얼마인가요?", passages) == "수리 비용은 30억 원이다."
    assert first("관장은 누구인가요?", passages) == "관장은 이수연이다."


def candidate(number: int, rare: float) -> Candidate:
    where = passage(number, f"Sentence number {number} stands here.")
    return Candidate(where, 0, len(where.text), rare=rare, plain=0.5, words=0.5, kind=0.5, fresh=1.0)


def test_only_sentences_near_the_best_are_said() -> None:
    ordered = [candidate(1, 0.9), candidate(2, 0.89), candidate(3, 0.4)]
    assert chosen_sentences(ordered, "date") == ordered[:2]


def test_reasons_and_lists_may_take_more_but_never_above_the_limit() -> None:
    ordered = [candidate(number, 0.9 - number / 100) for number in range(6)]
    assert len(chosen_sentences(ordered, "reason")) == 3


class SureReader:
    """Finds the sentence that holds a word."""

    def __init__(self, word: str) -> None:
        self._word = word

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[tuple[list[float], float]]:
        return [([5.0 if self._word in text[s:e] else -5.0 for s, e in spans], 0.0) for _, text, spans in passages]


def test_the_reader_moves_the_choice() -> None:
    question = Inquiry("Who made the building new again?")
    assert "Voss" not in first(question.text)
    library = Library(PASSAGES)
    reading = QuotingAnswerer(LateInteraction(LetterModel(), library), library, SureReader("Voss"))
    assert reading.draft(question, PASSAGES).claims[0].text.startswith("The miller, Anna Voss")


def test_the_reader_is_given_the_statements_of_a_passage() -> None:
    text = PASSAGES[1].text
    asked = answerer().weighed(Inquiry("When did the bakery open?"))
    spans = sorted((c.start, c.end) for c in answerer().candidates(asked, PASSAGES) if c.passage.id == "p2")
    assert spans == [span for span in sentences(text) if not text[slice(*span)].startswith("#")]
