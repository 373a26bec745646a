"""An `Evaluation` as tables for a terminal. Returns what rich can print; prints nothing."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rag.answers import one_line
from rag.evaluation.losing import STAGES
from rag.evaluation.result import Evaluation, Figure, Outcome

ANSWER_SHOWN = 160  # characters: two lines of a common terminal
# Every figure in words, in groups, in the order they are shown.
GROUPS = {
    "Answers": {
        "answer_contained": "accepted answer in the answer",
        "exact_match": "marked part is the accepted answer (EM)",
        "word_f1": "words of the marked part (F1)",
    },
    "Citations": {
        "first_citation_right": "first citation right",
        "first_citation_right_when_answered": "first citation right, where answered",
        "citation_precision": "citations that are right (precision)",
        "citation_recall": "right places cited (recall)",
        "citation_f1": "both (F1)",
        "citations_verbatim": "all citations word for word",
        "sentences_cited": "sentences that cite",
    },
    "Declining": {
        "declined_unanswerable": "declined where nothing answers",
        "declined_wrongly": "declined though something answers",
        "confidence_auroc": "surer where answerable (AUROC)",
        "aurc": "wrong among the surest (AURC)",
    },
    "Finding": {
        "hit_at_1": "right passage found first (hit@1)",
        "hit_at_5": "right passage in the first five (hit@5)",
        "recall_at_5": "sources in the first five (recall@5)",
        "mrr": "rank of the right passage (MRR)",
        "ndcg_at_10": "order of the first ten (nDCG@10)",
        "dense_hit_at_5": "by meaning alone (hit@5)",
        "lexical_hit_at_5": "by words alone (hit@5)",
        "among_candidates": "right passage among the candidates",
    },
    "Time": {
        "p50_ms": "time to answer, median (ms)",
        "p95_ms": "time to answer, 95th percentile (ms)",
    },
}
IN_WORDS = {name: words for group in GROUPS.values() for name, words in group.items()}
IN_CATEGORIES = {
    "hit_at_1": "hit@1",
    "answer_contained": "answer right",
    "first_citation_right": "citation right",
    "declined_unanswerable": "declined rightly",
    "declined_wrongly": "declined wrongly",
}


def render(evaluation: Evaluation, listed: int = 10) -> RenderableType:
    """The figures, the categories, what went wrong and what is stale; of these two the first `listed`, in set order."""
    parts: list[RenderableType] = [_heading(f"{len(evaluation.outcomes)} questions"), _headline(evaluation)]
    if len(evaluation.by_category) > 1:
        parts += [_heading("By category"), _categories(evaluation)]
    if evaluation.lost:
        parts += [_heading("Where questions were lost"), _lost(evaluation)]
    if evaluation.opinions:
        parts += [Text(_opinions(evaluation), style="italic"), Text()]
    wrong = [outcome for outcome in evaluation.outcomes if outcome.wrong]
    if wrong:
        parts.append(_heading(f"{_count(listed, wrong)} went wrong"))
        parts += [_questions(wrong[:listed])] if listed else []
    stale = [outcome for outcome in evaluation.outcomes if outcome.stale]
    if stale:
        heading = f"{_count(listed, stale)} not measured in full: the corpus no longer holds where the answer stood"
        parts += [_heading(heading), _stale(stale[:listed])]
    return Group(*parts)


def _count(listed: int, outcomes: Sequence[Outcome]) -> str:
    return f"{len(outcomes)} (the first {listed} listed)" if 0 < listed < len(outcomes) else str(len(outcomes))


def _heading(words: str) -> Text:
    # Not the title of the table, which is cut to the width of its columns.
    return Text(words, style="bold")


def _headline(evaluation: Evaluation) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("measure", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    latency = {name: f"{milliseconds:.0f}" for name, milliseconds in evaluation.latency.items()}
    for group, words in GROUPS.items():
        rows = [_row(evaluation.figures[name], words[name]) for name in words if name in evaluation.figures]
        rows += [(words[name], latency[name], "", str(len(evaluation.outcomes))) for name in words if name in latency]
        if rows:
            table.add_row(Text(group, style="bold"))
        for row in rows:
            table.add_row(f"  {row[0]}", *row[1:])
    return table


def _row(figure: Figure, words: str) -> tuple[str, str, str, str]:
    chance = "" if figure.chance is None else f", chance {figure.chance:.2f}"
    return f"{words}{chance}", f"{figure.value:.3f}", f"{figure.low:.3f} to {figure.high:.3f}", str(figure.count)


def _categories(evaluation: Evaluation) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("category")
    table.add_column("questions", justify="right")
    for heading in IN_CATEGORIES.values():
        table.add_column(heading, justify="right")
    for category, figures in evaluation.by_category.items():
        count = sum(outcome.category == category for outcome in evaluation.outcomes)
        table.add_row(_plain(category), str(count), *(_value(figures.get(name)) for name in IN_CATEGORIES))
    return table


def _lost(evaluation: Evaluation) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("stage", no_wrap=True)
    table.add_column("questions", justify="right")
    table.add_column("what that means")
    for stage, count in evaluation.lost.items():
        table.add_row(stage, str(count), STAGES[stage])
    return table


def _opinions(evaluation: Evaluation) -> str:
    decided = [one.right for one in evaluation.opinions if one.right is not None]
    model = _plain(str(evaluation.settings.get("language_model", ""))) or "the language model"
    none = [one for one in evaluation.opinions if one.right is None]
    said = (
        f"An opinion, which counts in no figure: {model} takes"
        f" {sum(decided)} of {len(decided)} answers for right, and is unsure of {len(none)}."
    )
    return f"{said} Of the first of these: {_plain(none[0].reason)}" if none and none[0].reason else said


def _questions(listed: Sequence[Outcome]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_lines=True)
    for column in ("id", "question", "what went wrong", "lost", "answer"):
        table.add_column(column, overflow="fold")
    for outcome in listed:
        answer = _plain(outcome.answer, ANSWER_SHOWN)
        table.add_row(
            _plain(outcome.id), _plain(outcome.question), Text("; ".join(outcome.wrong)), outcome.lost, answer
        )
    return table


def _stale(listed: Sequence[Outcome]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("id", overflow="fold")
    table.add_column("reason", overflow="fold")
    for outcome in listed:
        table.add_row(_plain(outcome.id), _plain(outcome.stale, 2 * ANSWER_SHOWN))
    return table


def _value(figure: Figure | None) -> str:
    return f"{figure.value:.3f}" if figure else "-"


def _plain(text: str, longest: int | None = None) -> Text:
    """A stranger's text on one line: no rich markup, and no escape sequence that the terminal would obey."""
    line = one_line(text)
    return Text(line if longest is None or len(line) <= longest else line[:longest].rstrip() + "…")
