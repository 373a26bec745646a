"""The measures by hand-counted cases, and against another implementation of the same measure."""

from __future__ import annotations

import string
from dataclasses import replace
from itertools import groupby
from random import Random

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from rag.evaluation.measures import (
    Gold,
    citation_precision,
    citation_recall,
    cites,
    contains,
    coverage,
    exact_match,
    f1,
    first_ranks,
    hit,
    holds,
    is_verbatim,
    ndcg,
    places,
    recall,
    reciprocal_rank,
    word_f1,
)
from rag.types import Citation, Passage, Sentence


def passage(start: int, end: int, document: str = "a.md") -> Passage:
    return Passage(f"{document}:{start}", document, "A", None, None, "x" * (end - start), start, end)


def citation(start: int, end: int, quote: str = "", document: str = "a.md") -> Citation:
    return Citation(1, document, "A", None, None, None, start, end, quote, "verbatim")


class TestPlaces:
    def test_a_quote_is_found_across_other_line_breaks_and_spaces(self) -> None:
        text = "Long ago\nInes \u00a0 keeps\r\n\r\nthe light. The end."
        (span,) = places("Ines keeps\tthe light.", text)
        assert text[slice(*span)] == "Ines \u00a0 keeps\r\n\r\nthe light."

    def test_every_place_of_a_repeated_quote_is_found(self) -> None:
        assert places("tide table", "tide table, tide\ntable") == ((0, 10), (12, 22))

    def test_signs_in_a_quote_are_not_a_pattern(self) -> None:
        assert places("cost (in $) .*", "cost (in $) .* and more") == ((0, 14),)
        assert places("a.c", "abc") == ()

    def test_spaces_are_not_invented_where_the_text_has_none(self) -> None:
        assert places("light house", "lighthouse") == ()


class TestHolds:
    QUOTE = Gold("a.md", ((100, 140),))

    @pytest.mark.parametrize(
        ("start", "end", "relevant"),
        [
            (0, 1000, True),  # far longer than the quote, and holds it whole
            (0, 120, True),  # holds half of the quote
            (0, 119, False),  # a code point short of half
            (121, 1000, False),
            (110, 118, True),  # far shorter than the quote, and lies inside it
            (136, 144, True),  # half of itself inside
            (137, 145, False),
            (140, 148, False),  # only touches the end
        ],
    )
    def test_a_relevant_passage_shares_half_of_the_shorter_of_itself_and_the_quote(
        self, start: int, end: int, relevant: bool
    ) -> None:
        assert holds(passage(start, end), self.QUOTE) is relevant

    def test_the_same_place_of_another_document_is_not_relevant(self) -> None:
        assert not holds(passage(100, 140, "b.md"), self.QUOTE)
        assert not holds(passage(100, 140, "b.md"), Gold("a.md"))

    def test_without_a_quote_the_document_alone_decides(self) -> None:
        assert holds(passage(0, 5), Gold("a.md"))

    def test_any_place_of_a_repeated_quote_will_do(self) -> None:
        assert holds(passage(500, 540), Gold("a.md", ((100, 140), (500, 540))))

    def test_an_empty_passage_holds_nothing(self) -> None:
        assert not holds(passage(120, 120), self.QUOTE)


class TestCites:
    def test_a_right_citation_overlaps_the_quote_in_the_gold_document(self) -> None:
        gold = Gold("a.md", ((100, 140),))
        assert cites(citation(139, 200), gold)
        assert not cites(citation(140, 200), gold)
        assert not cites(citation(60, 100), gold)
        assert not cites(citation(100, 140, document="b.md"), gold)

    def test_without_a_quote_the_document_alone_decides(self) -> None:
        assert cites(citation(0, 1), Gold("a.md"))
        assert not cites(citation(0, 1, document="b.md"), Gold("a.md"))


class TestVerbatim:
    TEXT = "Ines keeps the light."

    def test_a_citation_is_verbatim_when_the_text_at_its_offsets_is_its_quote(self) -> None:
        assert is_verbatim(citation(5, 10, "keeps"), self.TEXT)

    @pytest.mark.parametrize(
        ("start", "end", "quote"),
        [(4, 9, "keeps"), (5, 10, "Keeps"), (5, 10, "keep"), (15, 99, "light"), (3, 3, "")],
    )
    def test_one_code_point_off_is_not_verbatim(self, start: int, end: int, quote: str) -> None:
        assert not is_verbatim(citation(start, end, quote), self.TEXT)

    def test_a_start_before_the_text_is_not_counted_from_its_end(self) -> None:
        assert not is_verbatim(citation(-6, len(self.TEXT), "light."), self.TEXT)

    def test_nothing_is_verbatim_of_a_document_that_is_not_there(self) -> None:
        assert not is_verbatim(citation(0, 0, ""), None)


class TestRanks:
    def test_a_source_has_the_rank_of_the_first_passage_that_holds_it(self) -> None:
        passages = [passage(0, 10, "b.md"), passage(0, 10), passage(10, 20), passage(5, 15)]
        golds = [Gold("a.md", ((10, 20),)), Gold("b.md"), Gold("c.md"), Gold("a.md")]
        assert first_ranks(passages, golds) == (3, 1, None, 2)

    def test_a_hit_at_k_is_any_source_among_the_first_k(self) -> None:
        assert hit((None, 5), 5)
        assert not hit((None, 6), 5)
        assert not hit((None,), 5)

    def test_recall_at_k_is_the_share_of_sources_among_the_first_k(self) -> None:
        assert recall((1, 5, 6, None), 5) == 0.5

    def test_the_reciprocal_rank_is_that_of_the_best_source(self) -> None:
        assert reciprocal_rank((None, 4, 2)) == 0.5
        assert reciprocal_rank((None,)) == 0.0

    def test_ndcg_is_1_for_the_ideal_order_and_0_for_none_found(self) -> None:
        assert ndcg((2, 1), 10) == 1.0
        assert ndcg((None, 11), 10) == 0.0

    def test_ndcg_counts_what_is_missed(self) -> None:
        assert ndcg((1, None), 10) == pytest.approx(1 / (1 + 1 / np.log2(3)))

    def test_sources_found_in_one_passage_share_its_place_in_the_ideal_order(self) -> None:
        assert ndcg((1, 1), 10) == 1.0
        assert ndcg((1, 1, None), 10) == ndcg((1, None), 10)

    def test_more_sources_than_places_can_still_be_ideal(self) -> None:
        assert ndcg((1, 2, 3, None), 3) == 1.0

    @pytest.mark.parametrize("seed", range(50))
    def test_ndcg_agrees_with_scikit_learn(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        listed, k = 20, int(random.integers(1, 12))
        relevant = random.permutation(listed)[: int(random.integers(1, 8))] + 1  # distinct ranks
        truth = np.isin(np.arange(1, listed + 1), relevant)[np.newaxis]
        scores = -np.arange(listed, dtype=float)[np.newaxis]
        assert ndcg([int(rank) for rank in relevant], k) == pytest.approx(ndcg_score(truth, scores, k=k))


class TestContains:
    @pytest.mark.parametrize(
        ("answer", "accepted"),
        [
            ("It opened in Jakarta.", "jakarta"),
            ("Die STRASSE ist lang.", "straße"),
            ("It was Ines\u2019s \u201cold\n light\u201d \u2013 the last.", 'Ines\'s "old light" - the last'),
            ("Twenty\u00a0eleven \uff11\uff11 of\u00a0them", "11 of them"),
            ("The co\u00adoper\u00adation ended.", "cooperation"),
            ("Cafe\u0301 by the pier", "café"),
            ("수도는 서울은 아니다", "서울"),
            ("약100명이 왔다", "100"),
            ("수도는Jakarta이다", "Jakarta"),
            ("KTX역에서 만나", "역"),
            ("\u2121 5", "tel"),
            ("The ministers met.", "minister"),
            ("It costs C$ (net) 5", "C$ (net)"),
            ("the 16th of March, 2016-17", "2016"),
        ],
    )
    def test_an_accepted_answer_is_found_however_it_is_set(self, answer: str, accepted: str) -> None:
        assert contains(answer, [accepted])

    @pytest.mark.parametrize(
        ("answer", "accepted"),
        [
            ("The party met.", "art"),
            ("In 2011 it closed.", "11"),
            ("In 2011 it closed.", "20"),
            ("In 2011 it closed.", "2012"),
            ("old and light", "old light"),
            ("anything", "\u200b"),
        ],
    )
    def test_a_piece_of_a_word_or_number_is_not_the_accepted_answer(self, answer: str, accepted: str) -> None:
        assert not contains(answer, [accepted])

    def test_any_one_accepted_answer_is_enough_and_none_is_not(self) -> None:
        assert contains("Ines keeps it.", ["Amir", "Ines"])
        assert not contains("Ines keeps it.", [])


class TestCitations:
    GOLDS = (Gold("a.md", ((100, 140),)), Gold("b.md", ((0, 10), (50, 60))))

    def test_precision_is_the_share_of_citations_on_a_gold_place_and_recall_of_gold_places_cited(self) -> None:
        cited = [citation(139, 150), citation(140, 150), citation(120, 130), citation(0, 5)]
        assert citation_precision(cited, self.GOLDS) == 0.5
        assert citation_recall(cited, self.GOLDS) == 0.5

    def test_two_citations_of_one_place_are_both_right_and_touch_one_source(self) -> None:
        cited = [citation(100, 110), citation(130, 140)]
        assert (citation_precision(cited, self.GOLDS), citation_recall(cited, self.GOLDS)) == (1.0, 0.5)

    def test_any_place_of_a_source_will_do(self) -> None:
        assert citation_recall([citation(55, 56, document="b.md")], self.GOLDS[1:]) == 1.0

    def test_nothing_cited_has_no_precision_and_finds_nothing(self) -> None:
        assert (citation_precision([], self.GOLDS), citation_recall([], self.GOLDS)) == (None, 0.0)

    def test_only_wrong_citations_score_0_and_without_gold_nothing_is_found(self) -> None:
        wrong = [citation(0, 5)]
        assert (citation_precision(wrong, self.GOLDS), citation_recall(wrong, self.GOLDS)) == (0.0, 0.0)
        assert (citation_precision(wrong, []), citation_recall(wrong, [])) == (0.0, None)

    def test_f1_is_the_harmonic_mean_of_precision_and_recall(self) -> None:
        assert (f1(1.0, 0.5), f1(0.0, 1.0), f1(0.0, 0.0)) == (pytest.approx(2 / 3), 0.0, 0.0)

    def test_coverage_counts_our_own_words_as_sentences(self) -> None:
        lead, cited = Sentence("Yes.", (), "supported"), Sentence("Ines keeps it.", (1, 2), "verbatim")
        assert coverage([lead, cited, cited, lead]) == 0.5
        assert coverage([lead]) == 0.0
        assert coverage([]) is None


def squad_words(text: str) -> list[str]:
    """The normalization of SQuAD 1.1 letter by letter, without a regular expression."""
    kept = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    words: list[str] = []
    for blank, letters in groupby(kept, str.isspace):
        words += [] if blank else ["".join(letters)]
    return [word for word in words if word not in {"a", "an", "the"}]


def squad_f1(prediction: str, accepted: str) -> float:
    """From true and false positives rather than from precision and recall; each word pairs off with one like it."""
    predicted, left = squad_words(prediction), squad_words(accepted)
    found = 0
    for word in predicted:
        if word in left:
            left.remove(word)
            found += 1
    extra = len(predicted) - found
    return 2 * found / (2 * found + extra + len(left)) if found or extra or left else 1.0


WORDS = ["The", "a", "an", "theatre", "1,500", "U.S.", "s'", "—", "Jakarta", "jakarta,", "서울은", "서울", "(1911)"]
BLANKS = [" ", "  ", "\n", "\u00a0"]


class TestWords:
    @pytest.mark.parametrize("seed", range(200))
    def test_exact_match_and_f1_are_those_of_squad(self, seed: int) -> None:
        random = Random(seed)
        prediction, *accepted = (
            "".join(random.choice(WORDS) + random.choice(BLANKS) for _ in range(random.randint(0, 6)))
            for _ in range(1 + random.randint(1, 3))
        )
        if seed % 4 == 0:
            accepted.append(prediction.swapcase().replace(" ", " the "))
        assert word_f1(prediction, accepted) == pytest.approx(max(squad_f1(prediction, one) for one in accepted))
        assert exact_match(prediction, accepted) == any(squad_words(prediction) == squad_words(a) for a in accepted)

    def test_case_punctuation_and_english_articles_do_not_count(self) -> None:
        assert exact_match("The Old  Lighthouse!", ["a lighthouse", "old lighthouse"])
        assert word_f1("The Old  Lighthouse!", ["an old lighthouse."]) == 1.0
        assert not exact_match("old theatre", ["old atre"])

    def test_f1_is_the_best_over_the_accepted_answers_and_counts_repetitions(self) -> None:
        assert word_f1("steps steps night", ["day", "steps night"]) == pytest.approx(0.8)
        assert word_f1("steps steps", ["steps steps"]) == 1.0
        assert word_f1("steps", ["night"]) == 0.0

    def test_without_words_only_nothing_is_matched(self) -> None:
        assert (word_f1("", ["1911"]), word_f1("the", ["."]), word_f1("", [])) == (0.0, 1.0, 0.0)
        assert not exact_match("", [])

    def test_a_korean_word_with_its_particle_is_another_word(self) -> None:
        assert word_f1("서울은 수도", ["서울 수도"]) == 0.5
        assert word_f1("東京都", ["東京"]) == 0.0


def test_gold_is_a_value_so_that_a_source_given_twice_counts_once() -> None:
    gold = Gold("a.md", ((1, 2),))
    assert len({gold, replace(gold)}) == 1
