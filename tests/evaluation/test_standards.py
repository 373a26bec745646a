"""Our figures beside those of the tools that others measure with, on what the real retriever really finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ir_measures
import pytest
from ir_measures import RR, R, Success, nDCG
from llama_index.core.evaluation import RetrieverEvaluator

from rag.assistant import Assistant
from rag.config import Config
from rag.evaluation import Evaluation, Question, Source, evaluate
from rag.evaluation.measures import Gold, Ranks, first_ranks, hit, ndcg, places, recall, reciprocal_rank
from rag.evaluation.trec import qrels_lines, run_lines
from rag.index import Index
from rag.models import EmbeddingModel
from rag.retrieval import HybridRetriever

TEXTS = {
    "orchard.md": "# The orchard\n\nThe orchard at Vell has 310 apple trees. Runa Teig planted the first in 1921.\n\n"
    "## Frost\n\nLate frost destroyed a third of the blossom in 2017, so the growers bought two wind machines.\n\n"
    "## Cider\n\nThe press makes 900 litres of cider every autumn. It is sold at the gate on Saturdays.\n",
    "ferry.md": "# The ferry Gannet\n\nThe ferry Gannet crosses the sound in 40 minutes. A ticket costs 12 crowns.\n\n"
    "## Winter\n\nFrom November to March the ferry sails twice a day. The crew lives in Vell.\n",
    "pasar.md": "# Pasar Kembang\n\nPasar Kembang dibuka pada tahun 1987 oleh Bupati Rahmat.\n\n"
    "## Pedagang\n\nAda 240 pedagang di pasar itu. Kepala pasar adalah Ibu Ratna Dewi.\n",
    "library.md": "# 구로 도서관\n\n구로 도서관은 1994년에 문을 열었다. 책은 8만 권이 있다.\n\n"
    "## 관장\n\n관장은 한서윤이다. 그는 2015년에 부임했다.\n",
}
SET = tuple(
    Question(str(number), question, True, (), tuple(Source(*source) for source in sources))
    for number, (question, *sources) in enumerate(
        [
            ("Who planted the first apple tree?", ("orchard.md", "Runa Teig planted the first in 1921.")),
            ("Why were wind machines bought?", ("orchard.md", "the growers bought two wind machines")),
            ("What does a crossing cost?", ("ferry.md", "A ticket costs 12 crowns.")),
            ("How often does the boat go in January?", ("ferry.md", "the ferry sails twice a day")),
            ("Siapa kepala pasar?", ("pasar.md", "Kepala pasar adalah Ibu Ratna Dewi.")),
            ("구로 도서관은 언제 문을 열었나요?", ("library.md", "구로 도서관은 1994년에 문을 열었다.")),
            ("What is there in Vell?", ("orchard.md", "has 310 apple trees"), ("ferry.md", "The crew lives in Vell.")),
            ("Who is in charge?", ("library.md", "관장은 한서윤이다."), ("pasar.md", "Kepala pasar")),
            ("What happened to the blossom?", ("ferry.md", "crosses the sound in 40 minutes")),  # the gold is far off
        ],
        1,
    )
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The real assistant over four documents, in passages of a few sentences."""
    folder = tmp_path_factory.mktemp("standards")
    corpus = folder / "corpus"
    corpus.mkdir()
    for name, text in TEXTS.items():
        (corpus / name).write_text(text, "utf8")
    with Assistant.open(Config(corpus=corpus, vectorstore=folder / "index", passage_tokens=48)) as opened:
        opened.sync()
        yield opened


@pytest.fixture(scope="module")
def evaluation(assistant: Assistant) -> Evaluation:
    return evaluate(assistant, SET)


def golds_of(question: Question, assistant: Assistant) -> list[Gold]:
    return [
        Gold(source.document, places(source.quote or "", assistant.document(source.document).text))
        for source in question.sources
    ]


def test_the_retriever_evaluator_of_llama_index_agrees(assistant: Assistant, model: EmbeddingModel) -> None:
    index = Index(assistant.config)
    seen: list[Ranks] = []
    try:
        retriever = HybridRetriever(index, model, k=5)
        evaluator = RetrieverEvaluator.from_metric_names(["hit_rate", "mrr", "recall", "ndcg"], retriever=retriever)
        for question in SET:
            passages = retriever.passages(question.question)
            ranks = first_ranks(passages, golds_of(question, assistant))
            # Its unit is the passage: the first one that holds a source is expected, or one that is never found.
            expected = {f"missing {n}" if rank is None else passages[rank - 1].id for n, rank in enumerate(ranks)}
            theirs = evaluator.evaluate(question.question, expected_ids=sorted(expected)).metric_vals_dict
            assert theirs["hit_rate"] == hit(ranks, 5)
            assert theirs["mrr"] == pytest.approx(reciprocal_rank(ranks), abs=1e-9)
            assert theirs["ndcg"] == pytest.approx(ndcg(ranks, 5), abs=1e-9)
            assert len(expected) == len(ranks)
            assert theirs["recall"] == pytest.approx(recall(ranks, 5), abs=1e-9)
            seen.append(ranks)
    finally:
        index.close()
    assert len({one for ranks in seen for one in ranks}) >= 3  # right at once, later, and not at all


def test_trec_eval_gives_the_figures_of_a_real_evaluation(evaluation: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "run").write_text("\n".join(run_lines(evaluation, "sumber")), "utf8")
    (tmp_path / "qrels").write_text("\n".join(qrels_lines(evaluation)), "utf8")
    names = {nDCG @ 10: "ndcg_at_10", RR: "mrr", R @ 5: "recall_at_5", Success @ 1: "hit_at_1", Success @ 5: "hit_at_5"}
    theirs = ir_measures.calc_aggregate(
        names,
        ir_measures.read_trec_qrels(str(tmp_path / "qrels")),
        ir_measures.read_trec_run(str(tmp_path / "run")),
    )
    assert theirs == {
        measure: pytest.approx(evaluation.figures[name].value, abs=1e-9) for measure, name in names.items()
    }
    assert 0.3 < evaluation.figures["mrr"].value < 1.0  # neither everything right nor everything wrong
