"""The commands that put question sets to the system: evaluate, import, tune."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
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
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the figures and every answer to this file.")]
HtmlFile = Annotated[Path | None, typer.Option("--html", help="Write a report to read in a browser to this file.")]
TrecFiles = Annotated[
    Path | None, typer.Option(metavar="PATH", help="Write what was found for trec_eval: PATH.run and PATH.qrels.")
]
Saved = Annotated[
    str | None,
    typer.Option("--save-baseline", metavar="NAME", help="Keep the results beside the set, to compare with later."),
]
Baseline = Annotated[
    str | None, typer.Option(metavar="NAME", help="Compare with results kept before: what is better, what worse.")
]
Gate = Annotated[
    str | None,
    typer.Option(metavar="RULES", help="What must hold, or it ends with 1: figures as --json names them; no_worse."),
]
Others = Annotated[
    list[Path] | None,
    typer.Option(help="As --check; also name what is shared with this set, such as one that settings were chosen on."),
]


@app.command(
    epilog='A line of a set: {"id": "fare", "question": "What is the fare?", "answerable": true,'
    ' "answers": ["12 euros"], "sources": [{"document": "ferries.md", "quote": "costs 12 euros"}]}.'
    " A spreadsheet becomes a set with: sumber import\n\n"
    "A build that must not get worse: sumber evaluate SET.jsonl --baseline main --gate"
    " 'first_citation_right>=.8, p95_ms<2000, no_worse'"
)
def evaluate(
    questions: Set,
    corpus: Corpus = None,
    vectorstore: Store = None,
    json_out: JsonFile = None,
    html_out: HtmlFile = None,
    trec: TrecFiles = None,
    save: Saved = None,
    baseline: Baseline = None,
    gate: Gate = None,
    check: Annotated[
        bool, typer.Option("--check", help="Ask nothing; look for what is wrong with the question set itself.")
    ] = False,
    against: Others = None,
    judge: Annotated[
        bool, typer.Option("--judge", help="Add a language model's opinion of each answer; it counts in no figure.")
    ] = False,
    listed: Annotated[int, typer.Option("--wrong", min=0, help="How many wrong answers to list.")] = 10,
) -> None:
    """Put a test question set to the system and show how often it is right, wrong, and rightly silent."""
    from rag.evaluation import load
    from rag.evaluation.comparison import baseline_file, compare, load_baseline, save_baseline
    from rag.evaluation.gates import NO_WORSE, parse
    from rag.evaluation.gates import check as hold
    from rag.evaluation.table import render

    outputs = {"--json": json_out, "--html": html_out, "--trec": trec}
    loaded = load(questions)
    if check or against:
        _refuse_answers(outputs | {"--save-baseline": save, "--baseline": baseline, "--gate": gate, "--judge": judge})
        with opened(corpus, vectorstore) as assistant:
            _examined(assistant, loaded, {str(other): load(other) for other in against or ()})
        return
    _refuse_unwritable(outputs)
    rules = () if gate is None else parse(gate)
    earlier = None if baseline is None else load_baseline(questions, baseline)
    kept = baseline_file(questions, save) if save is not None else None
    if earlier is None and any(rule.name == NO_WORSE for rule in rules):
        raise SumberError(f"the rule {NO_WORSE} has nothing to compare with. Give --baseline NAME")
    with opened(corpus, vectorstore) as assistant:
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
        out.print(f"The report is in {html_out}", soft_wrap=True)
    if trec:
        _write_trec(trec, result)
    held = hold(rules, result, comparison)
    _show_gate(held)
    holds = all(one.holds for one in held)
    if save and holds:
        out.print(f"Kept as {save_baseline(questions, save, result)}", soft_wrap=True)
    elif kept:
        out.print(f"Not kept as {kept}, since a rule does not hold", soft_wrap=True)
    if not holds:
        raise typer.Exit(1)


@app.command("import")
def import_(
    source: Annotated[
        Path, typer.Argument(help="A spreadsheet saved as CSV, a SQuAD file, or a BEIR folder.", show_default=False)
    ],
    questions: Annotated[Path, typer.Argument(help="The question set to write.", show_default=False)],
    documents: Annotated[
        Path | None, typer.Option(help="Write the texts that come with it as documents into this folder.")
    ] = None,
    split: Annotated[str, typer.Option(help="Of a BEIR folder: the file of judgements in qrels/.")] = "test",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Take the first so many questions; documents are all kept.")
    ] = None,
) -> None:
    """Make a question set of a spreadsheet or of a public data set.

    The columns of a spreadsheet are named in its first row: question, and answer, document, quote or answerable.
    """
    from rag.evaluation.importing import import_set, write_documents
    from rag.evaluation.questions import write_questions

    found = import_set(source, split, limit)
    if documents:
        write_documents(documents, found.documents)
    write_questions(questions, found.questions)
    for note in found.notes:
        err.print(Text(note), soft_wrap=True)
    texts = f", {len(found.documents)} documents into {documents}" if documents else ""
    out.print(f"{len(found.questions)} questions into {questions}{texts}; {found.left_out} left out", soft_wrap=True)
    if found.documents and not documents:
        out.print("Its texts were not kept. Give a folder with --documents, and index that: sumber sync FOLDER")
    if found.left_out:
        raise typer.Exit(1)


@app.command()
def tune(
    questions: Set,
    corpus: Corpus = None,
    vectorstore: Store = None,
    penalty: Annotated[float, typer.Option(help="How many right answers one wrong answer outweighs.")] = 2.0,
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
    from rag.evaluation.tuning import USUAL, refuse_too_few
    from rag.evaluation.tuning import tune as search

    loaded = load(questions)
    refuse_too_few(len(loaded))
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
    if found.shown:
        values = " ".join(f"SUMBER_{name.upper()}={value:g}" for name, _, value in found.changes)
        out.print(f"It is changed by these settings: {values}", soft_wrap=True)


# --- the steps --------------------------------------------------------------------------------------------------------


def _refuse_answers(options: Mapping[str, object]) -> None:
    """Refuses what wants answers where none are asked for: a gate that is never held must not seem to hold."""
    if given := [name for name, value in options.items() if value is not None and value is not False]:
        raise SumberError(f"{given[0]} wants answers, but --check and --against ask nothing. Run them on their own")


def _refuse_unwritable(outputs: Mapping[str, Path | None]) -> None:
    """Says so before any question is asked, which may take an hour."""
    for option, path in outputs.items():
        if path and (path.is_dir() or not path.parent.is_dir()):
            what = "is a folder" if path.is_dir() else f"would be in {path.parent}, which is no folder"
            raise SumberError(f"{option} {path} {what}. Give a file in a folder that is there")


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
    from rag.evaluation.run import stored_text

    served = [entry.path for entry in assistant.documents() if not entry.failed]
    flaws = examine(questions, partial(stored_text, assistant), others, served)
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

    for ending, lines in ((".run", run_lines(result, "sumber")), (".qrels", qrels_lines(result))):
        _write(path.with_name(path.name + ending), "".join(f"{line}\n" for line in lines))


def _show_comparison(comparison: Comparison, name: str) -> None:
    out.print(Text(f"Against the baseline {name}", style="bold"))
    for setting, before, now in comparison.settings:
        out.print(Text(f"  {setting}: {_short(before)} before, {_short(now)} now", style="yellow"))
    said = [*comparison.worse, *comparison.better, *(one for one in comparison.losses if one.shown)]
    for line in said:
        out.print(Text(f"  {line}"), soft_wrap=True)
    if not said:
        out.print("  No difference shown.")
    apart = {"new": comparison.only_now, "no longer asked": comparison.only_before, "rewritten": comparison.rewritten}
    for words, ids in apart.items():
        if ids:
            out.print(f"  {len(ids)} {words}, and so not compared: {_few(ids)}", soft_wrap=True)
    table = Table(box=None, pad_edge=False, show_header=False)
    for sign, moved in (("worse", comparison.got_worse), ("better", comparison.got_better)):
        for one in moved[:10]:
            table.add_row(f"  {sign}", Text(one.now.question), Text("; ".join(one.what)))
    if table.rows:
        out.print(table)
    out.print(Text(f"  {len(comparison.got_worse)} questions went worse, {len(comparison.got_better)} better"))


def _show_gate(held: Sequence[Checked]) -> None:
    for one in held:
        sign = ("✓ holds", "green") if one.holds else ("✗ does not hold", "red")
        out.print(Text.assemble(sign, f" {one.rule}", f": {one.reason}" if one.reason else ""), soft_wrap=True)


def _few(ids: Sequence[str]) -> str:
    return ", ".join(ids[:5]) + (" …" if len(ids) > 5 else "")


def _short(value: object) -> str:
    text = "nothing" if value in (None, "") else str(value)
    return text if len(text) <= 20 else text[:12] + "…"
