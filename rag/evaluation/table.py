"""An `Evaluation` as tables for a terminal. Returns what rich can print; prints nothing."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rag.evaluation.result import Evaluation, Figure, Outcome

ANSWER_SHOWN = 160  # characters: two lines of a common terminal
IN_WORDS = {
    "hit_at_1": "right passage found first (hit@1)",
    "hit_at_5": "right passage in the first five (hit@5)",
    "recall_at_5": "sources in the first five (recall@5)",
    "mrr": "rank of the right passage (MRR)",
    "ndcg_at_10": "order of the first ten (nDCG@10)",
    "answer_contained": "accepted answer in the answer",
    "first_citation_right": "first citation right",
    "first_citation_right_when_answered": "first citation right, where answered",
    "citations_verbatim": "all citations word for word",
    "declined_unanswerable": "declined where nothing answers",
    "declined_wrongly": "declined though something answers",
    "confidence_auroc": "confidence tells answerable (AUROC)",
    "p50_ms": "time to answer, median (ms)",
    "p95_ms": "time to answer, 95th percentile (ms)",
}
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
    wrong = [outcome for outcome in evaluation.outcomes if outcome.wrong]
    if wrong:
        parts += [_heading(f"{_count(listed, wrong)} went wrong"), _questions(wrong[:listed])]
    stale = [outcome for outcome in evaluation.outcomes if outcome.stale]
    if stale:
        heading = f"{_count(listed, stale)} not measured in full: the corpus no longer holds where the answer stood"
        parts += [_heading(heading), _stale(stale[:listed])]
    return Group(*parts)


def _count(listed: int, outcomes: Sequence[Outcome]) -> str:
    return f"{len(outcomes)} (the first {listed} listed)" if listed < len(outcomes) else str(len(outcomes))


def _heading(words: str) -> Text:
    # Not the title of the table, which is cut to the width of its columns.
    return Text(words, style="bold")


def _headline(evaluation: Evaluation) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("measure", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    table.add_column("questions", justify="right", no_wrap=True)
    for name, figure in evaluation.figures.items():
        between = f"{figure.low:.3f} to {figure.high:.3f}"
        table.add_row(IN_WORDS[name], f"{figure.value:.3f}", between, str(figure.count))
    for name, milliseconds in evaluation.latency.items():
        table.add_row(IN_WORDS[name], f"{milliseconds:.0f}", "", str(len(evaluation.outcomes)))
    return table


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


def _questions(listed: Sequence[Outcome]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_lines=True)
    for column in ("id", "question", "what went wrong", "answer"):
        table.add_column(column, overflow="fold")
    for outcome in listed:
        answer = _plain(outcome.answer, ANSWER_SHOWN)
        table.add_row(_plain(outcome.id), _plain(outcome.question), Text("; ".join(outcome.wrong)), answer)
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
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return Text(line if longest is None or len(line) <= longest else line[:longest].rstrip() + "…")
