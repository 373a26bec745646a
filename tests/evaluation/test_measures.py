"""The measures by hand-counted cases, and against scikit-learn where it has the same measure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import ndcg_score, roc_auc_score

from rag.evaluation.measures import (
    Gold,
    auroc,
    cites,
    contains,
    first_ranks,
    hit,
    holds,
    interval,
    is_verbatim,
    mean,
    ndcg,
    percentile,
    places,
    recall,
    reciprocal_rank,
)
from rag.types import Citation, Passage


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


class TestFigures:
    @pytest.mark.parametrize("seed", range(50))
    def test_auroc_agrees_with_scikit_learn_with_and_without_ties(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        answerable, unanswerable = random.random(30) + 0.2, random.random(20)
        if seed % 2:
            answerable, unanswerable = answerable.round(1), unanswerable.round(1)
        truth = np.r_[np.ones(30), np.zeros(20)]
        expected = roc_auc_score(truth, np.r_[answerable, unanswerable])
        assert auroc(answerable, unanswerable) == pytest.approx(expected)

    def test_a_tie_counts_half(self) -> None:
        assert auroc([0.5], [0.5]) == 0.5
        assert auroc([0.9, 0.5], [0.5]) == 0.75

    def test_the_same_sample_gives_the_same_interval_and_another_seed_another(self) -> None:
        values = list(np.random.default_rng(3).random(40))
        assert interval(mean, values) == interval(mean, values)
        assert interval(mean, values) != interval(mean, values, seed=1)

    def test_the_interval_of_a_mean_is_near_the_normal_one_on_a_large_sample(self) -> None:
        values = [1.0] * 600 + [0.0] * 400
        low, high = interval(mean, values)
        half = 1.96 * np.sqrt(0.6 * 0.4 / 1000)
        assert low == pytest.approx(0.6 - half, abs=0.004)
        assert high == pytest.approx(0.6 + half, abs=0.004)

    def test_about_19_of_20_intervals_hold_the_true_mean(self) -> None:
        random = np.random.default_rng(11)
        intervals = [interval(mean, random.normal(5, 2, 60), seed=seed) for seed in range(200)]
        assert 0.91 <= mean([low <= 5 <= high for low, high in intervals]) <= 0.98

    def test_each_group_is_resampled_within_itself(self) -> None:
        low, high = interval(lambda one, other: one.mean() - other.mean(), [2.0, 2.0], [1.0, 1.0, 1.0])
        assert (low, high) == (1.0, 1.0)

    def test_a_percentile_is_interpolated(self) -> None:
        assert percentile([40, 10, 30, 20], 50) == 25.0
        assert percentile(range(101), 95) == 95.0


def test_gold_is_a_value_so_that_a_source_given_twice_counts_once() -> None:
    gold = Gold("a.md", ((1, 2),))
    assert len({gold, replace(gold)}) == 1
