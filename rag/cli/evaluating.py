"""The commands that put question sets to the system: evaluate, import, tune."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from rag.assistant import Assistant
from rag.cli.terminal import Corpus, Step, Store, err, opened, out, progress_bar
from rag.config import Config
from rag.types import SumberError

if TYPE_CHECKING:
    from rag.evaluation import Evaluation, Question
    from rag.evaluation.comparison import Comparison
    from rag.evaluation.gates import Checked

app = typer.Typer()

Set = Annotated[Path, typer.Argument(help="Question set, one JSON object a line.", show_default=False)]


@app.command(
    epilog="A build that must not get worse: sumber evaluate SET.jsonl --baseline main --gate"
    " 'first_citation_right>=.8, no_worse' ends with 1 where a rule does not hold."
)
def evaluate(
    questions: Set,
    corpus: Corpus = None,
    vectorstore: Store = None,
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write the figures and every answer to this file.")
    ] = None,
    html_out: Annotated[
        Path | None, typer.Option("--html", help="Write a report to read in a browser to this file.")
    ] = None,
    trec: Annotated[
        Path | None, typer.Option(help="Write what was found as TREC files beside this one: NAME.run and NAME.qrels.")
    ] = None,
    save: Annotated[
        str | None, typer.Option("--save-baseline", metavar="NAME", help="Keep the results to compare with later.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="NAME", help="Compare with results kept before: what is better, what worse.")
    ] = None,
    gate: Annotated[
        str | None, typer.Option(metavar="RULES", help="Rules that must hold: 'answer_contained>=.8, p95_ms<2000'.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Ask nothing; look for what is wrong with the question set itself.")
    ] = False,
    against: Annotated[
        list[Path] | None,
        typer.Option(help="Check also that no question is shared with this set, such as one used for fitting."),
    ] = None,
    judge: Annotated[
        bool, typer.Option("--judge", help="Add the configured language model's opinion of each answer.")
    ] = False,
    listed: Annotated[int, typer.Option("--wrong", min=0, help="How many wrong answers to list.")] = 10,
) -> None:
    """Put a test question set to the system and show how often it is right, wrong, and rightly silent."""
    from rag.evaluation import load
    from rag.evaluation.comparison import compare, load_baseline, save_baseline
    from rag.evaluation.gates import check as hold
    from rag.evaluation.gates import parse
    from rag.evaluation.table import render

    loaded = load(questions)
    rules = parse(gate) if gate else ()
    earlier = load_baseline(questions, baseline) if baseline else None
    with opened(corpus, vectorstore) as assistant:
        if check or against:
            _examined(assistant, loaded, {str(other): load(other) for other in against or ()})
            return
        result = _asked(assistant, loaded, judge)
    comparison = compare(earlier, result) if earlier else None
    out.print(render(result, listed))
    if comparison:
        _show_comparison(comparison, baseline or "")
    if json_out:
        _write(json_out, json.dumps(result.to_dict(), ensure_ascii=False, indent=2) + "\n")
    if html_out:
        from rag.ui.report import report

        _write(html_out, report(result, questions.stem, comparison))
        out.print(f"The report is in {html_out}")
    if trec:
        _write_trec(trec, result)
    held = hold(rules, result, comparison)
    _show_gate(held)
    if save:
        out.print(f"Kept as {save_baseline(questions, save, result)}")
    if not all(one.holds for one in held):
        raise typer.Exit(1)


@app.command("import")
def import_(
    source: Annotated[
        Path, typer.Argument(help="A table (CSV, TSV), a SQuAD file, or a BEIR folder.", show_default=False)
    ],
    questions: Annotated[Path, typer.Argument(help="The question set to write.", show_default=False)],
    documents: Annotated[
        Path | None, typer.Option(help="Write the texts that come with it as documents into this folder.")
    ] = None,
    split: Annotated[str, typer.Option(help="Of a BEIR folder: which of its judgements.")] = "test",
    limit: Annotated[int | None, typer.Option(min=1, help="The most questions.")] = None,
) -> None:
    """Make a question set of a spreadsheet or of a public data set."""
    from rag.evaluation.importing import import_set, write_documents
    from rag.evaluation.questions import write_questions

    found = import_set(source, split, limit)
    if documents:
        write_documents(documents, found.documents)
    write_questions(questions, found.questions)
    for note in found.notes:
        err.print(Text(note), soft_wrap=True)
    texts = f", {len(found.documents)} documents into {documents}" if documents else ""
    out.print(f"{len(found.questions)} questions into {questions}{texts}; {found.left_out} left out")
    if found.documents and not documents:
        out.print("Its texts were not kept. Give a folder with --documents, and index that: sumber sync FOLDER")
    if found.left_out:
        raise typer.Exit(1)


@app.command()
def tune(
    questions: Set,
    corpus: Corpus = None,
    vectorstore: Store = None,
    penalty: Annotated[float, typer.Option(help="What a wrong answer costs, in right ones.")] = 2.0,
    passage_sizes: Annotated[
        bool, typer.Option("--passage-sizes", help="Try other sizes of passages too: builds an index for each.")
    ] = False,
    threshold_only: Annotated[
        bool, typer.Option("--threshold-only", help="Try other thresholds of declining alone: asks each question once.")
    ] = False,
) -> None:
    """Find out which settings suit a question set: chosen on one half of it, judged on the other.

    Nothing is changed. What is no more than chance is not called a gain.
    """
    from rag.evaluation import load
    from rag.evaluation.tuning import USUAL
    from rag.evaluation.tuning import tune as search

    loaded = load(questions)
    searched = () if threshold_only else (*USUAL, *(("passage_tokens",) if passage_sizes else ()))
    with opened(corpus, vectorstore) as assistant, TemporaryDirectory() as folder, progress_bar() as show:
        config, source = assistant.config, assistant.corpus
        current = {name: getattr(config, name) for name in searched} | {"decline": config.decline_below}

        def runner(trial: Mapping[str, float]) -> Evaluation:
            return _tried(config, source, Path(folder), trial, loaded, show)

        found = search(runner, current, searched, penalty)
    out.print(Text("What a threshold of declining would give", style="bold"))
    for choice in found.choices:
        marked = " ← as it is set" if choice.threshold == config.decline_below else ""
        out.print(Text(f"  {choice}{marked}"))
    for trial in found.trials:
        words = ", ".join(f"{name} {value:g}" for name, value in trial.settings.items()) or "the settings as they are"
        out.print(
            Text(f"  {words}: {trial.utility:+.3f} a question where chosen, declining below {trial.threshold:.2f}")
        )
    half = "no document is in both halves" if found.split == "document" else "halves by question"
    out.print(Text(f"{found}."), Text(f"({half})", style="dim"), soft_wrap=True)


# --- the steps --------------------------------------------------------------------------------------------------------


def _asked(assistant: Assistant, questions: Sequence[Question], judge: bool) -> Evaluation:
    from rag.evaluation import evaluate as run

    llm = assistant.language_model() if judge else None
    if judge and llm is None:
        raise SumberError("--judge needs a language model. Set SUMBER_LLM_URL and SUMBER_LLM_MODEL")
    assistant.warm()
    with progress_bar() as show:
        result = run(assistant, questions, lambda done, total: show("questions", done, total))
        if llm:
            from rag.evaluation.judging import judged

            seconds = assistant.config.llm_seconds
            result = judged(result, llm, seconds, lambda done, total: show("opinions", done, total))
    return result


def _tried(
    config: Config,
    corpus: Path,
    folder: Path,
    trial: Mapping[str, float],
    questions: Sequence[Question],
    show: Step,
) -> Evaluation:
    """An evaluation with other settings. Other passages need an index of their own, in a folder that is thrown away."""
    from rag.evaluation import evaluate as run

    values: dict[str, Any] = dict(trial)
    if values.get("passage_tokens", config.passage_tokens) != config.passage_tokens:
        values |= {"vectorstore": folder / f"{values['passage_tokens']:g}", "corpus": corpus}
    words = ", ".join(f"{name} {value:g}" for name, value in trial.items() if name != "decline")
    with Assistant.open(Config(**{**config.model_dump(exclude_unset=True), **values})) as assistant:
        if "vectorstore" in values:
            assistant.sync(lambda now: show(now.stage, now.done, now.total, now.document))
        return run(assistant, questions, lambda done, total: show("questions", done, total, words))


def _examined(assistant: Assistant, questions: Sequence[Question], others: Mapping[str, Sequence[Question]]) -> None:
    """Prints what is wrong with a question set; ends with 1 where anything is."""
    from rag.evaluation.examining import examine
    from rag.evaluation.questions import shown

    def stored_text(path: str) -> str | None:
        try:
            return assistant.document(path).text
        except SumberError:
            return None

    served = [entry.path for entry in assistant.documents() if not entry.failed]
    flaws = examine(questions, stored_text, others, served)
    for flaw in flaws:
        out.print(Text(f"{shown(flaw.id)}: {flaw.what}. {flaw.remedy}"), soft_wrap=True)
    out.print(f"{len(questions)} questions, {len(flaws)} warnings")
    if flaws:
        raise typer.Exit(1)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf8")
    except OSError as error:
        raise SumberError(f"{path} cannot be written ({error.strerror}). Give another file") from error


def _write_trec(path: Path, result: Evaluation) -> None:
    from rag.evaluation.trec import qrels_lines, run_lines

    stem = path.with_suffix("")
    _write(stem.with_suffix(".run"), "".join(f"{line}\n" for line in run_lines(result, "sumber")))
    _write(stem.with_suffix(".qrels"), "".join(f"{line}\n" for line in qrels_lines(result)))


def _show_comparison(comparison: Comparison, name: str) -> None:
    out.print(Text(f"Against the baseline {name}", style="bold"))
    for setting, before, now in comparison.settings:
        out.print(Text(f"  {setting}: {_short(before)} before, {_short(now)} now", style="yellow"))
    said = [*comparison.worse, *comparison.better, *(one for one in comparison.losses if one.shown)]
    for line in said:
        out.print(Text(f"  {line}"), soft_wrap=True)
    if not said:
        out.print(Text("  No difference shown."))
    table = Table(box=None, pad_edge=False, show_header=False)
    for sign, moved in (("worse", comparison.got_worse), ("better", comparison.got_better)):
        for one in moved[:10]:
            table.add_row(f"  {sign}", Text(one.now.question), Text("; ".join(one.what)))
    if table.rows:
        out.print(table)
    out.print(Text(f"  {len(comparison.got_worse)} questions went worse, {len(comparison.got_better)} better"))


def _show_gate(held: Sequence[Checked]) -> None:
    for one in held:
        sign = "[green]✓ holds[/]" if one.holds else "[red]✗ does not hold[/]"
        out.print(sign, Text(f"{one.rule}" + (f": {one.reason}" if one.reason else "")), soft_wrap=True)


def _short(value: object) -> str:
    text = "nothing" if value in (None, "") else str(value)
    return text if len(text) <= 20 else text[:12] + "…"
