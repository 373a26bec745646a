"""The passages for a question: how two lists become one, and what is found of what is stored."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.config import DEFAULT_EMBEDDING, DENSE_WEIGHT, Config
from rag.index import Index
from rag.interaction import LateInteraction
from rag.models import EmbeddingModel
from rag.retrieval import (
    AT_HOME,
    CANDIDATES,
    CLOSER,
    FOREIGN,
    SAME,
    Candidates,
    Closer,
    HybridRetriever,
    fuse,
    scaled,
)
from rag.text import content_terms
from rag.types import Passage, Scope
from tests.faults.embedder import BagOfWords

DOCUMENTS = {
    "lighthouse.md": "# The lighthouse\n\nThe lighthouse at Skarra was built in 1874 by the engineer Maren Holt.\n",
    "ferry.md": "# The ferry\n\nThe ferry Gannet crosses from Skarra to Lund. A ticket costs 12 euros.\n",
    "harvest.md": "# Apples\n\nThe orchard at Lund picked 310 tonnes of apples in 2021.\n",
    "center.md": "# 협력센터\n\n행정안전부는 2017년 자카르타에 전자정부 협력센터를 열었다.\n",
    "keeper.md": "# 등대지기\n\n등대지기는 저녁마다 등불을 손으로 닦는다.\n",
}

ANYWHERE = np.ones(64, dtype=np.float32) / 8  # a question's vector where only its words matter

Search = Callable[[Mapping[str, str]], HybridRetriever]


class Knowing(BagOfWords):
    """Knows the words of every question as well as it is told."""

    def __init__(self, familiarity: float) -> None:
        super().__init__()
        self._familiarity = familiarity

    def familiarity(self, question: str) -> float:
        return self._familiarity


class Holding:
    """A closer look: a passage that holds a word meets every question, all others by half."""

    def __init__(self, word: str) -> None:
        self._word = word
        self.looked: list[list[str]] = []  # documents of each look

    def scores(self, question: str, passages: Sequence[Passage]) -> list[float]:
        self.looked.append([passage.document for passage in passages])
        return [1.0 if self._word in passage.text else 0.5 for passage in passages]


def looking(retriever: HybridRetriever, closer: Closer, familiarity: float = 1.0) -> HybridRetriever:
    """The same search with a closer look, by a model that knows the questions so well."""
    return HybridRetriever(retriever._index, Knowing(familiarity), closer=closer)


@pytest.fixture
def over(tmp_path: Path) -> Iterator[Search]:
    """A retriever over documents, with an embedding under which texts that share words are near."""
    opened: list[Index] = []

    def retriever(documents: Mapping[str, str]) -> HybridRetriever:
        corpus = tmp_path / f"corpus{len(opened)}"
        corpus.mkdir()
        for name, text in documents.items():
            (corpus / name).write_text(text, "utf8")
        index = Index(
            Config(corpus=corpus, vectorstore=tmp_path / f"index{len(opened)}", embedding_model=BagOfWords.name)
        )
        opened.append(index)
        index.sync(BagOfWords)
        return HybridRetriever(index, BagOfWords())

    yield retriever
    for index in opened:
        index.close()


# --- fusion ----------------------------------------------------------------------------------------------------------


def test_scores_are_scaled_between_the_lowest_and_the_highest() -> None:
    assert scaled({"a": 3.0, "b": 1.0, "c": 1.5}) == {"a": 1.0, "b": 0.0, "c": 0.25}
    assert scaled({"a": -1.0, "b": -3.0}) == {"a": 1.0, "b": 0.0}
    assert scaled({"a": 0.2}) == {"a": 1.0}
    assert scaled({"a": 0.2, "b": 0.2}) == {"a": 1.0, "b": 1.0}
    assert scaled({}) == {}


def test_a_fused_score_is_the_weighted_sum_of_both_and_what_is_not_found_counts_nothing() -> None:
    candidates = Candidates(dense={"a": 0.9, "b": 0.5, "c": 0.1}, lexical={"b": 12.0, "d": 4.0})
    assert fuse(candidates, 0.5) == pytest.approx({"a": 0.5, "b": 0.75, "c": 0.0, "d": 0.0})
    assert fuse(candidates, 0.2) == pytest.approx({"a": 0.2, "b": 0.9, "c": 0.0, "d": 0.0})


def test_a_weight_of_none_leaves_one_source_alone() -> None:
    candidates = Candidates(dense={"a": 0.9, "b": 0.1}, lexical={"b": 5.0, "c": 1.0})
    assert fuse(candidates, 1.0) == {"a": 1.0, "b": 0.0, "c": 0.0}
    assert fuse(candidates, 0.0) == {"a": 0.0, "b": 1.0, "c": 0.0}


def test_one_source_that_finds_nothing_leaves_the_order_to_the_other() -> None:
    assert fuse(Candidates({}, {}), 0.5) == {}
    assert fuse(Candidates({"a": 0.9, "b": 0.1}, {}), 0.5) == {"a": 0.5, "b": 0.0}
    assert fuse(Candidates({}, {"a": 9.0, "b": 1.0}), 0.5) == {"a": 0.5, "b": 0.0}


def test_fusion_agrees_with_its_formula_in_numpy() -> None:
    source = random.Random(5)
    for _ in range(50):
        dense = {str(number): source.uniform(-1, 1) for number in source.sample(range(40), 20)}
        lexical = {str(number): source.uniform(0, 30) for number in source.sample(range(40), 15)}
        weight = source.random()
        total = np.zeros(40)
        for share, found in ((weight, dense), (1 - weight, lexical)):
            values = np.array(list(found.values()))
            total[[int(one) for one in found]] += share * (values - values.min()) / np.ptp(values)
        fused = fuse(Candidates(dense, lexical), weight)
        assert fused == pytest.approx({one: total[int(one)] for one in dense.keys() | lexical.keys()})
        assert all(0 <= score <= 1 for score in fused.values())


# --- finding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("Who built the lighthouse?", "lighthouse.md"),
        ("What does a ticket for the ferry cost?", "ferry.md"),
        ("How many tonnes of apples?", "harvest.md"),
        ("전자정부 협력센터는 언제 열었나요?", "center.md"),
        ("등대지기는 무엇을 닦나요?", "keeper.md"),
    ],
)
def test_the_passage_that_shares_the_words_of_a_question_comes_first(
    over: Search, question: str, document: str
) -> None:
    assert over(DOCUMENTS).passages(question, 3)[0].document == document


def test_a_korean_word_is_found_with_another_ending_by_pairs_of_letters(over: Search) -> None:
    retriever = over(DOCUMENTS)
    question = "협력센터가"
    assert question not in DOCUMENTS["center.md"]
    vector = BagOfWords().embed_questions([question])[0]
    lexical = retriever.candidates(question, vector, 5).lexical
    assert [passage.document for passage in retriever.passages(question, 1)] == ["center.md"]
    assert len(lexical) == 1


def test_a_question_in_decomposed_letters_finds_the_same(over: Search) -> None:
    retriever = over(DOCUMENTS)
    question = "협력센터는 어디?"
    assert retriever.candidates(unicodedata.normalize("NFD", question), ANYWHERE, 5).lexical == (
        retriever.candidates(question, ANYWHERE, 5).lexical
    )


def test_all_passages_are_found_where_there_are_fewer_than_asked_for(over: Search) -> None:
    found = over(DOCUMENTS).passages("lighthouse", 50)
    assert sorted(passage.document for passage in found) == sorted(DOCUMENTS)


def test_no_more_than_k_are_found_best_first(over: Search) -> None:
    retriever = over(DOCUMENTS)
    everything = retriever.passages("ferry to the lighthouse", 5)
    assert [passage.score for passage in everything] == sorted((one.score for one in everything), reverse=True)
    assert retriever.passages("ferry to the lighthouse", 2) == everything[:2]
    assert retriever.passages("ferry to the lighthouse", 0) == []


def test_an_empty_index_finds_nothing(over: Search) -> None:
    assert over({}).passages("anything", 5) == []


def test_the_same_question_gives_the_same_passages_on_an_index_built_anew(over: Search) -> None:
    questions = ["Who built the lighthouse?", "협력센터", "apples in Lund", "nothing of this"]
    answers = [
        [retriever.passages(question, 5) for question in questions] for retriever in (over(DOCUMENTS), over(DOCUMENTS))
    ]
    assert answers[0] == answers[1]


def test_equal_passages_are_ordered_by_id(over: Search) -> None:
    retriever = over({f"{number}.txt": "The same words everywhere." for number in range(6)})
    found = retriever.passages("same words", 6)
    assert len({passage.score for passage in found}) == 1
    assert [passage.id for passage in found] == sorted(passage.id for passage in found)


def test_a_question_of_stop_words_alone_is_searched_for_them(over: Search) -> None:
    retriever = over({"be.txt": "To be or not to be.", "ferry.txt": "Ferry Gannet crosses.", "rain.txt": "Rain falls."})
    assert content_terms("To be or not to be?") == []
    (found,) = retriever.passages("To be or not to be?", 1)
    assert found.document == "be.txt"
    assert list(retriever.candidates("To be or not to be?", ANYWHERE, 5).lexical) == [found.id]


def test_a_word_with_a_topic_is_not_drowned_by_stop_words(over: Search) -> None:
    retriever = over(
        {"be.txt": "What is it that was there?", "ferry.txt": "The ferry Gannet crosses.", "rain.txt": "Rain."}
    )
    lexical = retriever.candidates("What is it that was there of the ferry?", ANYWHERE, 5).lexical
    ids = {passage.id: passage.document for passage in retriever.passages("ferry", 3)}
    assert [ids[one] for one in lexical] == ["ferry.txt"]


@pytest.mark.parametrize(
    "question",
    [
        '"',
        "*",
        "NEAR(ferry",
        "((",
        "title: ferry",
        "-ferry",
        "'; DROP TABLE passages; --",
        "😀",
        "\0",
        "\u200b",
        "?",
        "ferry " * 2000,
    ],
    ids=range(12),
)
def test_no_question_is_an_error(over: Search, question: str) -> None:
    found = over(DOCUMENTS).passages(question, 3)
    assert len(found) == 3
    if "ferry" in question:
        assert found[0].document == "ferry.md"


def test_similarity_is_the_cosine_between_question_and_passage(over: Search) -> None:
    retriever = over(DOCUMENTS)
    question = "Who built the lighthouse?"
    vector = BagOfWords().embed_questions([question])[0].astype(np.float64)
    for passage in retriever.passages(question, 5):
        embedded = f"{passage.title}\n{passage.text.strip()}"
        assert passage.similarity == pytest.approx(float(BagOfWords().embed_passages([embedded])[0] @ vector), abs=1e-6)


def test_passages_quote_the_stored_text(over: Search) -> None:
    retriever = over(DOCUMENTS)
    for passage in retriever.passages("ferry", 5):
        assert DOCUMENTS[passage.document][passage.start : passage.end] == passage.text


def test_more_than_the_usual_candidates_are_found_when_asked_for(over: Search) -> None:
    count = CANDIDATES + 10
    retriever = over({f"{number:03d}.txt": f"The ferry number{number} crosses." for number in range(count)})
    assert len(retriever.passages("ferry", count)) == count


def test_llama_index_gets_the_same_passages_in_the_same_order(over: Search) -> None:
    retriever = over(DOCUMENTS)
    passages = retriever.passages("Who built the lighthouse?")
    nodes = retriever.retrieve("Who built the lighthouse?")
    assert [(node.node.node_id, node.score) for node in nodes] == [(passage.id, passage.score) for passage in passages]
    assert [node.node.get_content() for node in nodes] == [passage.text for passage in passages]
    assert nodes[0].node.metadata["document"] == "lighthouse.md"


def test_what_is_removed_from_the_corpus_is_found_no_more(over: Search) -> None:
    retriever = over(DOCUMENTS)
    index = retriever._index
    assert index.config.corpus is not None
    (index.config.corpus / "ferry.md").unlink()
    index.sync(BagOfWords)
    assert "ferry.md" not in [passage.document for passage in retriever.passages("ferry Gannet ticket", 50)]


def test_what_only_repeats_a_better_passage_comes_last(over: Search) -> None:
    notice = "The swimming pool at Harl closes at noon on Sundays.\n"
    retriever = over(
        {
            **DOCUMENTS,
            "pool.md": f"# The pool\n\n{notice}",
            "pool-copy.md": f"# The pool\n\n{notice}",
            "pool-price.md": "# The pool\n\nThe swimming pool at Harl costs 3 euros a visit on Sundays.\n",
        }
    )
    question = "When does the swimming pool at Harl close on Sundays?"
    found = [passage.document for passage in retriever.passages(question, 2)]
    assert sorted(found) in (["pool-copy.md", "pool-price.md"], ["pool-price.md", "pool.md"])
    everything = retriever.passages(question, 20)
    assert len(everything) == len(DOCUMENTS) + 3  # it is last, not lost


def test_the_report_of_another_year_repeats_nothing(over: Search) -> None:
    """Though to the model the two are as good as one."""
    rules = "Towels are lent, dogs stay outside, and children under ten come with a parent who can swim. " * 5
    report = "# The pool\n\nThe swimming pool at Harl had {} visitors. " + rules + "\n"
    reports = {"new.md": report.format("31,400"), "old.md": report.format("31,900")}
    retriever = over({**DOCUMENTS, **reports})
    search = retriever.search("How many visitors had the swimming pool at Harl?", 2)
    near = retriever._index.ledger.vectors(passage.id for passage in search.passages).values()
    assert float(np.prod(list(near), axis=0).sum()) >= SAME
    assert search.repeats == frozenset()
    assert sorted(passage.document for passage in search.passages) == ["new.md", "old.md"]


def test_a_reranker_has_the_last_word(tmp_path: Path) -> None:
    class Longest:
        """Prefers the longest text, whatever is asked."""

        def scores(self, question: str, texts: Sequence[str]) -> list[float]:
            return [float(len(text)) for text in texts]

    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name, text in DOCUMENTS.items():
        (corpus / name).write_text(text, "utf8")
    index = Index(Config(corpus=corpus, vectorstore=tmp_path / "index", embedding_model=BagOfWords.name))
    index.sync(BagOfWords)
    retriever = HybridRetriever(index, BagOfWords(), reranker=Longest())
    found = retriever.passages("Who built the lighthouse?", 3)
    lengths = [len(f"{passage.title}\n{passage.text}") for passage in found]
    assert lengths == sorted(lengths, reverse=True)
    assert [passage.score for passage in found] == sorted((passage.score for passage in found), reverse=True)
    index.close()


# --- questions that the model does not understand ---------------------------------------------------------------------

SPARE = {"plain.md": "the ferry leaves", "often.md": "the ferry, the ferry", "sand.md": "sand and gravel"}


@pytest.mark.parametrize(
    ("familiarity", "share"),
    [(0.0, 0.0), (FOREIGN, 0.0), ((FOREIGN + AT_HOME) / 2, 0.5), (AT_HOME, 1.0), (1.0, 1.0)],
    ids=["nothing", "foreign", "half-way", "at home", "all"],
)
def test_the_dense_half_counts_as_far_as_the_model_knows_the_words(
    over: Search, familiarity: float, share: float
) -> None:
    retriever = HybridRetriever(over(SPARE)._index, Knowing(familiarity))
    question = "ferry"
    vector = BagOfWords().embed_questions([question])[0]
    expected = fuse(retriever.candidates(question, vector, CANDIDATES), DENSE_WEIGHT * share)
    assert {one.id: one.score for one in retriever.passages(question, 3)} == pytest.approx(expected)


def test_the_real_model_is_at_home_in_english_and_foreign_to_korean(over: Search, model: EmbeddingModel) -> None:
    retriever = HybridRetriever(over(DOCUMENTS)._index, model)
    assert retriever._at_home("Who built the lighthouse?") == 1.0
    assert retriever._at_home("전자정부 협력센터는 언제 열었나요?") == 0.0
    assert 0.0 <= retriever._at_home("Siapa yang membangun mercusuar itu?") < 0.5


# --- the closer look --------------------------------------------------------------------------------------------------

# No two are so much alike that one repeats the other, and no word is a name that would be searched for again.
FERRIES = {
    f"{letter}.md": f"the ferry stops at {letter * 3} and then at {letter * 4}" for letter in "abcdefghijklmnopqrst"
}


def test_a_passage_that_meets_the_question_less_well_is_lowered(over: Search) -> None:
    ferries = over({"noon.md": "the ferry leaves at noon", "dusk.md": "the ferry comes at dusk", "sand.md": "sand"})
    plain = ferries.passages("ferry", 3)
    best, other = plain[0], plain[1]
    looked = looking(ferries, Holding(other.text)).passages("ferry", 3)
    assert [one.document for one in looked] == [other.document, best.document, "sand.md"]
    assert looked[0].score == pytest.approx(other.score)
    assert looked[1].score < best.score


def test_passages_that_meet_a_question_equally_stay_as_they_are(over: Search) -> None:
    ferries = over(FERRIES)
    assert looking(ferries, Holding("no such word")).passages("ferry", 20) == ferries.passages("ferry", 20)


def test_only_the_first_are_looked_at_and_none_falls_below_the_others(over: Search) -> None:
    ferries = over(FERRIES)
    question = "does the ferry stop at ccc or at ddd"
    plain = ferries.passages(question, len(FERRIES))
    closer = Holding(plain[CLOSER - 1].text)
    looked = looking(ferries, closer).passages(question, len(FERRIES))
    assert [sorted(documents) for documents in closer.looked] == [sorted(one.document for one in plain[:CLOSER])]
    assert {one.id for one in looked[:CLOSER]} == {one.id for one in plain[:CLOSER]}
    assert looked[:CLOSER] != plain[:CLOSER]
    assert looked[CLOSER:] == plain[CLOSER:]


def test_the_worse_a_passage_meets_the_question_the_more_it_is_lowered(over: Search) -> None:
    class Alphabet:
        """The later in the alphabet, the worse."""

        def scores(self, question: str, passages: Sequence[Passage]) -> list[float]:
            return [1 - ord(passage.document[0]) / 1000 for passage in passages]

    retriever = looking(over(FERRIES), Alphabet())
    by_name = {one.document: one.id for one in retriever.passages("ferry", len(FERRIES))}
    order = sorted(by_name)
    before = {by_name[name]: 0.9 if place < CLOSER else 0.1 for place, name in enumerate(order)}
    after = retriever._looked_at("ferry", before)
    assert after[by_name[order[0]]] == before[by_name[order[0]]]
    first = [after[by_name[name]] for name in order[:CLOSER]]
    assert first == sorted(set(first), reverse=True)
    assert [after[by_name[name]] for name in order[CLOSER:]] == [0.1] * (len(FERRIES) - CLOSER)
    assert first[-1] > 0.1


def test_a_foreign_question_is_not_looked_at(over: Search) -> None:
    ferries = over(FERRIES)
    closer = Holding("ccc")
    foreign = HybridRetriever(ferries._index, Knowing(FOREIGN)).passages("ferry", 20)
    assert looking(ferries, closer, familiarity=FOREIGN).passages("ferry", 20) == foreign
    assert closer.looked == []


def test_half_way_between_the_closer_look_counts_less(over: Search) -> None:
    ferries = over({"noon.md": "the ferry leaves at noon", "dusk.md": "the ferry comes at dusk", "sand.md": "sand"})
    first = ferries.passages("ferry", 1)[0]
    shares = []
    for familiarity in (FOREIGN, (FOREIGN + AT_HOME) / 2, AT_HOME):
        plain, looked = (
            {one.id: one.score for one in retriever.passages("ferry", 3)}
            for retriever in (
                HybridRetriever(ferries._index, Knowing(familiarity)),
                looking(ferries, Holding("noon" if first.document == "dusk.md" else "dusk"), familiarity),
            )
        )
        shares.append(looked[first.id] / plain[first.id])
    assert shares[0] == 1.0
    assert shares[1] ** 2 == pytest.approx(shares[2])  # half the weight, in the exponent


def test_the_closer_look_stays_within_the_scope(over: Search) -> None:
    closer = Holding("stops")
    scope = Scope(("c.md", "d.md"))
    found = looking(over(FERRIES), closer).passages("ferry", 20, scope)
    assert sorted(one.document for one in found) == ["c.md", "d.md"]
    assert [sorted(documents) for documents in closer.looked] == [["c.md", "d.md"]]


def test_an_empty_index_has_nothing_to_look_at(over: Search) -> None:
    assert looking(over({}), Holding("ferry")).passages("ferry", 5) == []


def test_the_real_model_looks_closer_at_who_did_what(tmp_path: Path, model: EmbeddingModel) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "sold.md").write_text("the miller sold the old barn to the baker before the war", "utf8")
    (corpus / "bought.md").write_text("the miller bought bread from the baker at the old barn before the war", "utf8")
    (corpus / "sand.md").write_text("sand is dug at the lake", "utf8")
    index = Index(Config(corpus=corpus, vectorstore=tmp_path / "index", embedding_model=DEFAULT_EMBEDDING))
    index.sync(lambda: model)
    question = "who bought bread from the baker"
    plain, looked = (
        {one.document: one.score for one in HybridRetriever(index, model, closer=closer).passages(question, 3)}
        for closer in (None, LateInteraction(model, index.ledger))
    )
    index.close()
    assert max(looked, key=lambda one: looked[one]) == "bought.md"
    assert looked["bought.md"] == pytest.approx(plain["bought.md"])
    assert looked["sold.md"] < plain["sold.md"]
