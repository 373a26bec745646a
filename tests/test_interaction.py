"""Late interaction by itself: what meets a question, what a rare word weighs, what is kept for the next."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest

from rag.interaction import KEPT, LateInteraction, Tokens, headed
from rag.models import EmbeddingModel
from rag.text import Span, terms
from rag.types import Passage
from tests.faults.embedder import BagOfWords


class Words:
    """Each word and each question mark is a word piece; equal words have equal vectors, whatever their case."""

    def __init__(self) -> None:
        self.read: list[str] = []  # texts so far

    def token_vectors(self, texts: Sequence[str]) -> list[Tokens]:
        self.read += texts
        return [self._tokens(text) for text in texts]

    def _tokens(self, text: str) -> Tokens:
        spans: list[Span] = BagOfWords().token_spans(text.replace("?", " "))
        rows = [BagOfWords().embed_questions([text[start:end]])[0] for start, end in spans]
        return spans, np.array(rows, dtype=np.float32).reshape(len(spans), 64)


class Halves(Words):
    """Cuts every word in two pieces."""

    def _tokens(self, text: str) -> Tokens:
        whole, vectors = super()._tokens(text)
        spans = [half for start, end in whole for half in ((start, (start + end) // 2), ((start + end) // 2, end))]
        return spans, np.repeat(vectors, 2, axis=0)


class Corpus:
    """How often words occur in some passages."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._held = [set(terms(headed(passage))) for passage in passages]

    def passage_count(self) -> int:
        return len(self._held)

    def frequency(self, words: Iterable[str]) -> dict[str, int]:
        return {word: found for word in words if (found := sum(word in held for held in self._held))}


def passage(name: str, text: str, title: str = "Notes") -> Passage:
    return Passage(name, f"{name}.txt", title, None, None, text, 0, len(text))


def over(passages: Sequence[Passage], model: Words | None = None) -> LateInteraction:
    return LateInteraction(model or Words(), Corpus(passages))


BOATS = [passage("a", "the ferry crosses the bay"), passage("b", "the tug waits"), passage("c", "the ferry waits")]


# --- scores ----------------------------------------------------------------------------------------------------------


def test_a_passage_scores_as_many_of_the_words_of_a_question_as_it_holds() -> None:
    boats = over(BOATS)
    all_of_it, none, half = boats.scores("ferry crosses", BOATS)
    assert all_of_it == pytest.approx(1.0, abs=1e-5)
    assert none < half < all_of_it


def test_scores_come_in_the_order_of_the_passages() -> None:
    boats = over(BOATS)
    forth, back = boats.scores("ferry crosses", BOATS), boats.scores("ferry crosses", BOATS[::-1])
    assert back == forth[::-1]
    assert len(set(forth)) == 3


def test_identical_passages_have_the_same_score(model: EmbeddingModel) -> None:
    twins = [
        passage("a", "The lamp was lit in 1874."),
        passage("b", "Nothing."),
        passage("c", "The lamp was lit in 1874."),
    ]
    for read_by in (model, Words()):
        first, _, last = LateInteraction(read_by, Corpus(twins)).scores("When was the lamp lit?", twins)
        assert first == pytest.approx(last, abs=1e-6)


def test_what_stands_in_the_title_counts_as_said() -> None:
    under = [passage("a", "it crosses at noon", title="Ferry"), passage("b", "it crosses at noon", title="Tug")]
    boat, other = over(under).scores("ferry noon", under)
    assert boat > other


def test_a_score_is_the_weighted_mean_of_the_nearest_pieces() -> None:
    boats = over(BOATS)
    question = "which ferry crosses slowly"
    asked = boats.pieces(question)
    for one, score in zip(BOATS, boats.scores(question, BOATS), strict=True):
        [(_, matrix)] = boats.tokens([one])
        nearest = [max(float(piece @ other) for other in matrix) for piece in asked.vectors]
        assert score == pytest.approx(np.average(nearest, weights=asked.rarity), abs=1e-6)


@pytest.mark.parametrize("question", ["", " ", "?"])
def test_a_question_of_no_words_is_met_by_nothing(question: str) -> None:
    assert over(BOATS).scores(question, BOATS) == [0.0, 0.0, 0.0]


def test_a_passage_of_no_words_meets_nothing() -> None:
    empty = [passage("empty", "", title=""), BOATS[0]]
    assert over(empty).scores("ferry", empty)[0] == 0.0


def test_no_passages_have_no_scores() -> None:
    assert over([]).scores("ferry", []) == []


@pytest.mark.parametrize(
    ("question", "meets", "misses"),
    [
        ("Who paid for the bridge?", "The council paid for the bridge.", "The bridge is painted green every summer."),
        ("Siapa membayar jembatan itu?", "Jembatan itu dibayar oleh desa.", "Musim panas tahun itu sangat kering."),
        ("다리 건설비는 누가 냈나요?", "다리 건설비는 마을이 냈다.", "그해 여름은 몹시 가물었다."),
    ],
    ids=["en", "id", "ko"],
)
def test_the_real_model_prefers_the_passage_that_answers(
    model: EmbeddingModel, question: str, meets: str, misses: str
) -> None:
    both = [passage("a", misses), passage("b", meets)]
    worse, better = LateInteraction(model, Corpus(both)).scores(question, both)
    assert -1.0 <= worse < better <= 1.0


# --- rarity ----------------------------------------------------------------------------------------------------------


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    boats = over(BOATS)
    everywhere, often, once, never = boats.pieces("the ferry tug zeppelin").rarity
    assert 0 < everywhere < often < once < never


def test_rarity_is_the_inverse_document_frequency_of_bm25() -> None:
    boats = over(BOATS)
    asked = boats.pieces("ferry tug")
    for word, value in zip(("ferry", "tug"), asked.rarity, strict=True):
        held = sum(word in one.text for one in BOATS)
        assert value == pytest.approx(math.log(1 + (len(BOATS) - held + 0.5) / (held + 0.5)))
        assert [asked.rarity_of(term) for term in terms(word)] == [pytest.approx(value)]


def test_a_passage_with_the_rare_word_meets_better_than_one_with_the_common_word() -> None:
    ferry, tug = BOATS[2], BOATS[1]
    common, rare = over(BOATS).scores("ferry tug", [ferry, tug])
    assert rare > common


def test_every_piece_of_a_word_is_as_rare_as_the_word() -> None:
    whole, cut = over(BOATS).pieces("the ferry tug").rarity, over(BOATS, Halves()).pieces("the ferry tug").rarity
    assert list(cut) == list(np.repeat(whole, 2))


def test_a_word_of_several_terms_is_as_rare_as_the_rarest() -> None:
    mixed = over([passage("a", "서울"), passage("b", "서울시"), passage("c", "울산")])
    asked = mixed.pieces("서울시")
    assert len(terms("서울시")) > 1
    assert asked.rarity[0] == max(asked.rarity_of(term) for term in terms("서울시"))


def test_a_larger_corpus_without_the_word_makes_it_rarer() -> None:
    few, many = (over([*BOATS, *([passage("d", "sand")] * count)]) for count in (1, 50))
    assert many.pieces("ferry").rarity[0] > few.pieces("ferry").rarity[0]


# --- spans -----------------------------------------------------------------------------------------------------------


def test_spans_point_into_the_passage_under_its_title() -> None:
    one = passage("a", "the ferry crosses", title="The bay")
    [(spans, matrix)] = over([one]).tokens([one])
    assert [headed(one)[start:end] for start, end in spans] == ["The", "bay", "the", "ferry", "crosses"]
    assert len(matrix) == len(spans)


@pytest.mark.parametrize(
    "text", ["Naïve  café, 3.5 m\n\n- x", "협력센터는 2017년에 열었다.", "Perpustakaannya di Lund 😀"]
)
def test_the_real_models_spans_lie_in_the_text_in_order(model: EmbeddingModel, text: str) -> None:
    one = passage("a", text)
    [(spans, matrix)] = LateInteraction(model, Corpus([one])).tokens([one])
    assert len(spans) == len(matrix)
    assert all(0 <= start <= end <= len(headed(one)) for start, end in spans)
    assert spans == sorted(spans)
    assert np.linalg.norm(matrix, axis=1) == pytest.approx(1.0, abs=1e-3)


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_a_passage_is_read_once_for_several_questions() -> None:
    words = Words()
    boats = over(BOATS, words)
    boats.scores("ferry", BOATS)
    boats.scores("tug", BOATS[:2])
    assert [text for text in words.read if text.startswith("Notes")] == [headed(one) for one in BOATS]


MANY = [passage(str(number), f"word{number}") for number in range(KEPT + 10)]


def test_no_more_than_the_limit_is_kept_and_the_longest_unused_goes_first() -> None:
    words = Words()
    found = over(MANY, words)
    found.tokens(MANY[:KEPT])
    found.tokens(MANY[:1])
    found.tokens(MANY[KEPT : KEPT + 1])
    assert len(found._kept) == KEPT
    words.read.clear()
    found.tokens([MANY[0], MANY[2]])
    assert words.read == []
    found.tokens(MANY[1:2])
    assert words.read == [headed(MANY[1])]


def test_more_passages_than_are_kept_can_be_looked_at_together() -> None:
    many = over(MANY)
    last_words = [headed(one)[slice(*spans[-1])] for one, (spans, _) in zip(MANY, many.tokens(MANY), strict=True)]
    assert last_words == [one.text for one in MANY]
    many.tokens(MANY[:1])
    assert len(many._kept) == KEPT


def test_the_same_passage_may_be_given_twice() -> None:
    boats = over(BOATS)
    one, again = boats.scores("ferry", [BOATS[0], BOATS[0]])
    assert one == again


class Waiting(Words):
    """Reads a text that says "slow" only when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = Event(), Event()

    def token_vectors(self, texts: Sequence[str]) -> list[Tokens]:
        if any("slow" in text for text in texts):
            self.asked.set()
            assert self.go.wait(20)
        return super().token_vectors(texts)


def test_what_others_push_out_meanwhile_is_still_given() -> None:
    words = Waiting()
    shared = over(MANY, words)
    old, new = MANY[0], passage("slow", "slow")
    shared.tokens([old])
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(shared.tokens, [old, new])
        assert words.asked.wait(20)
        shared.tokens(MANY[1 : KEPT + 5])
        words.go.set()
        assert len(looking.result(20)) == 2
    assert len(shared._kept) == KEPT
