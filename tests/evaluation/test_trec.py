"""The export to TREC's forms, judged by trec_eval: what it computes from our files is what we computed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ir_measures
import pytest
from ir_measures import RR, R, Success, nDCG

from rag.evaluation import Evaluation, Outcome, Source, evaluate
from rag.evaluation.measures import Ranks, hit, ndcg, recall, reciprocal_rank
from rag.evaluation.result import Hit
from rag.evaluation.trec import qrels_lines, run_lines
from rag.types import Passage
from tests.evaluation.library import Library
from tests.evaluation.test_run import KEEPER, LIT, MAYOR, TEXTS, WHOLE_SET

TEMPLATE = evaluate(Library(TEXTS), [KEEPER]).outcomes[0]
OURS = {
    nDCG @ 10: "ndcg_at_10",
    RR: "reciprocal_rank",
    R @ 5: "recall_at_5",
    Success @ 1: "hit_at_1",
    Success @ 5: "hit_at_5",
}


def outcome(id_: str, ranks: Ranks, found: int) -> Outcome:
    """An outcome in which so many passages were found, and each gold source first at its rank."""
    hits = tuple(
        Hit(f"p{rank}", "a.md", rank, rank + 1, 0.5, tuple(n for n, one in enumerate(ranks) if one == rank))
        for rank in range(1, found + 1)
    )
    return replace(
        TEMPLATE,
        id=id_,
        gold=tuple(Source(f"{number}.md") for number in range(len(ranks))),
        found=hits,
        reciprocal_rank=reciprocal_rank(ranks) if ranks else None,
        hit_at_1=hit(ranks, 1) if ranks else None,
        hit_at_5=hit(ranks, 5) if ranks else None,
        recall_at_5=recall(ranks, 5) if ranks else None,
        ndcg_at_10=ndcg(ranks, 10) if ranks else None,
    )


def judged(evaluation: Evaluation, folder: Path) -> dict[str, dict[Any, float]]:
    """What trec_eval says of each question, from files as they would be written."""
    (folder / "run").write_text("".join(line + "\n" for line in run_lines(evaluation, "sumber")), "utf8")
    (folder / "qrels").write_text("".join(line + "\n" for line in qrels_lines(evaluation)), "utf8")
    found: dict[str, dict[Any, float]] = {}
    run, qrels = ir_measures.read_trec_run(str(folder / "run")), ir_measures.read_trec_qrels(str(folder / "qrels"))
    for metric in ir_measures.iter_calc(OURS, list(qrels), list(run)):
        found.setdefault(metric.query_id, {})[metric.measure] = metric.value
    return found


def drawn(*, shared: bool) -> Iterator[Outcome]:
    """Outcomes of chance: one to six gold sources, none to ten passages; two sources in one passage where allowed."""
    source = random.Random(20 + shared)
    for number in range(200):
        found = source.randrange(11)
        places: Sequence[int | None] = [*range(1, found + 1), *[None] * 6]
        count = source.randint(1, 6)
        yield outcome(f"q{number}", source.choices(places, k=count) if shared else source.sample(places, count), found)


@pytest.mark.parametrize("shared", [False, True])
def test_trec_eval_computes_from_our_files_what_we_computed(tmp_path: Path, shared: bool) -> None:
    evaluation = Evaluation(tuple(drawn(shared=shared)), {})
    theirs = judged(evaluation, tmp_path)
    assert len(theirs) == 200
    for one in evaluation.outcomes:
        for measure, ours in OURS.items():
            if not (shared and measure == R @ 5):  # there the sources of a passage are one unit
                assert theirs[one.id][measure] == pytest.approx(float(getattr(one, ours)), abs=1e-9), (one.id, measure)


def test_recall_of_sources_that_share_a_passage_is_of_passages_in_trec(tmp_path: Path) -> None:
    one = outcome("q", (1, 1, None), 3)
    assert one.recall_at_5 == 2 / 3
    assert judged(Evaluation((one,), {}), tmp_path)["q"][R @ 5] == 1 / 2


def test_a_whole_evaluation_is_exported_with_the_figures_it_shows(tmp_path: Path) -> None:
    lost = replace(KEEPER, id="lost", sources=(Source("gone.md"),))
    twice = replace(LIT, id="twice", sources=(*LIT.sources, Source("light.md", "lit  in\n1911"), Source("harbour.md")))
    evaluation = evaluate(Library(TEXTS), [*WHOLE_SET, lost, twice])
    theirs = judged(evaluation, tmp_path)
    assert set(theirs) == {"keeper", "lit", "twice"}
    for one in evaluation.outcomes:
        if one.id in theirs:
            assert theirs[one.id] == {m: pytest.approx(float(getattr(one, ours)), abs=1e-9) for m, ours in OURS.items()}


def test_the_lines_are_those_of_trec() -> None:
    evaluation = Evaluation((outcome("q 1", (2, None), 3), outcome("none", (), 1)), {})
    assert list(run_lines(evaluation, "my run")) == [
        "q%201 Q0 p1 1 3 my%20run",
        "q%201 Q0 %gold-0 2 2 my%20run",
        "q%201 Q0 p3 3 1 my%20run",
        "none Q0 p1 1 1 my%20run",
    ]
    assert list(qrels_lines(evaluation)) == ["q%201 0 %gold-0 1", "q%201 0 %gold-1 1"]


def test_equal_scores_keep_our_order(tmp_path: Path) -> None:
    one = outcome("q", (10,), 10)
    assert {found.score for found in one.found} == {0.5}
    assert judged(Evaluation((one,), {}), tmp_path)["q"][RR] == 1 / 10


@pytest.mark.parametrize(("one", "other"), [("a b", "a\tb"), ("a b", "a%20b"), ("é", "é"), ("a\u2028b", "a b")])
def test_different_ids_stay_different_and_are_one_word(one: str, other: str) -> None:
    lines = list(qrels_lines(Evaluation((outcome(one, (1,), 1), outcome(other, (1,), 1)), {})))
    assert len({line.split(" ")[0] for line in lines}) == len({one, other})
    assert all(len(line.split()) == 4 and line.isprintable() for line in lines)


def test_a_passage_that_is_found_twice_or_is_called_like_gold_has_a_name_of_its_own(tmp_path: Path) -> None:
    class Repeating(Library):
        def retrieve(self, question: str, k: int = 10) -> list[Passage]:
            passages = super().retrieve(question, k)
            return [replace(passages[-1], id="%gold-0")] * 2 + passages[:3]

    evaluation = evaluate(Repeating(TEXTS), [KEEPER])
    names = [line.split()[2] for line in run_lines(evaluation, "x")]
    assert len(set(names)) == 5
    assert names[:2] == ["%25gold-0", "%25gold-0%at-2"]
    assert judged(evaluation, tmp_path)["keeper"][RR] == evaluation.outcomes[0].reciprocal_rank == 1 / 3


def test_a_question_without_gold_is_in_no_judgement() -> None:
    assert list(qrels_lines(evaluate(Library(TEXTS), [MAYOR]))) == []
