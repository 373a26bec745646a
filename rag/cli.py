"""The commands. The only module that prints, and that turns a `SumberError` into an exit code.

Exit codes: 0 done; 1 done, but some input failed; 2 wrong usage, or an error whose one sentence is on standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from rag.assistant import Assistant
from rag.config import Config
from rag.reading.formats import KNOWN
from rag.types import Answer, Citation, Progress, Scope, Sentence, SumberError, Turn

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Sumber answers questions from your own documents, shows the passage behind every sentence, and says so when"
    " the documents do not know. Nothing leaves this machine unless you configure a language model.",
    epilog="Begin with: sumber sync FOLDER, then: sumber ask 'your question', or: sumber serve",
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Corpus = Annotated[
    Path | None, typer.Option("--corpus", help="Folder of documents. Default: the one that was indexed.")
]
Store = Annotated[Path | None, typer.Option("--vectorstore", help="Folder of the index. Default: vectorstore.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
Documents = Annotated[
    list[str] | None,
    typer.Option("--document", help="Ask only this document; a pattern such as 'reports/*' or several are allowed."),
]
After = Annotated[str | None, typer.Option("--after", help="Ask only documents of this date or later: 2017-10.")]
Before = Annotated[str | None, typer.Option("--before", help="Ask only documents of this date or earlier.")]
Language = Annotated[str | None, typer.Option("--language", help="Ask only documents in this language: en, id, ko.")]
QuestionText = Annotated[str, typer.Argument(help="A question in everyday words.", show_default=False)]


def main() -> None:
    """The console script."""
    try:
        app(prog_name="sumber")
    except SumberError as error:
        err.print(Text(f"sumber: {error}"), soft_wrap=True)
        sys.exit(2)
    except BrokenPipeError:  # the reader of our output went away: `sumber show ... | head`
        sys.stdout = None
    except KeyboardInterrupt:
        err.print("Stopped.")
        sys.exit(130)


@app.command()
def serve(
    corpus: Corpus = None,
    vectorstore: Store = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on. Default: 7860.")] = None,
) -> None:
    """Open the chat in a browser, and the HTTP API beside it.

    The documents are indexed in the background; the page opens at once and says how far that is.
    """
    from rag.ui.server import serve as serve_pages

    config = _config(corpus, vectorstore, host=host, port=port)
    with Assistant.open(config) as assistant:
        serve_pages(assistant, config, on_ready=lambda address: out.print(f"Sumber is at {address} (Ctrl-C stops it)."))


@app.command(epilog=f"Files that are read: {' '.join(KNOWN)}")
def sync(
    folder: Annotated[Path | None, typer.Argument(help="Folder of documents.", show_default=False)] = None,
    corpus: Corpus = None,
    vectorstore: Store = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Index everything anew, as after a change of model.")
    ] = False,
) -> None:
    """Make the index say what the folder of documents says.

    New and changed files are read, removed ones forgotten, unchanged ones left alone.
    """
    with Assistant.open(_config(folder or corpus, vectorstore)) as assistant, _bar() as show:
        changes = assistant.sync(show, rebuild)
    for name, reason in changes.failed:
        err.print(Text(f"failed: {name}: {reason}"), soft_wrap=True)
    out.print(str(changes))
    if changes.failed:
        raise typer.Exit(1)


@app.command()
def ask(
    question: QuestionText,
    corpus: Corpus = None,
    vectorstore: Store = None,
    document: Documents = None,
    after: After = None,
    before: Before = None,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Answer one question, with its sources."""
    scope = Scope(tuple(document or ()), after, before, language)
    with _assistant(corpus, vectorstore) as assistant:
        answer = assistant.ask(question, scope=scope)
        if as_json:
            _print_json(answer.to_dict())
        else:
            _show_answer(answer)


@app.command()
def chat(
    corpus: Corpus = None,
    vectorstore: Store = None,
    document: Documents = None,
    after: After = None,
    before: Before = None,
    language: Language = None,
) -> None:
    """Ask one question after the other; a follow-up may lean on the turn before. An empty line or Ctrl-D ends it."""
    scope = Scope(tuple(document or ()), after, before, language)
    turns: list[Turn] = []
    with _assistant(corpus, vectorstore) as assistant:
        if not assistant.documents():
            err.print("The index is empty. Put documents in a folder and run: sumber sync FOLDER")
        while question := _prompt():
            try:
                answer = assistant.ask(question, turns, scope=scope)
            except SumberError as error:
                err.print(Text(str(error)), soft_wrap=True)
                continue
            _show_answer(answer)
            turns.append(Turn(question, answer.text if answer.status == "answered" else ""))


@app.command()
def search(
    question: QuestionText,
    corpus: Corpus = None,
    vectorstore: Store = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 5,
    document: Documents = None,
    after: After = None,
    before: Before = None,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Show the passages nearest to a question, best first, without an answer."""
    scope = Scope(tuple(document or ()), after, before, language)
    with _assistant(corpus, vectorstore) as assistant:
        passages = assistant.retrieve(question, k, scope)
        if as_json:
            _print_json([passage.to_dict() for passage in passages])
            return
        for number, passage in enumerate(passages, 1):
            place = " – ".join(part for part in (passage.title, passage.section) if part)
            out.print(Text(f"{number}. {place}", style="bold"))
            out.print(Text(f"   {passage.document}, score {passage.score:.2f}", style="dim"))
            out.print(Text("   " + " ".join(passage.text.split())), end="\n\n")


@app.command()
def evaluate(
    questions: Annotated[Path, typer.Argument(help="Question set, one JSON object a line.", show_default=False)],
    corpus: Corpus = None,
    vectorstore: Store = None,
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write the figures and every answer to this file.")
    ] = None,
    listed: Annotated[int, typer.Option("--wrong", min=0, help="How many wrong answers to list.")] = 10,
) -> None:
    """Put a test question set to the system and show how often it is right, wrong, and rightly silent."""
    from rag.evaluation import evaluate as run
    from rag.evaluation import load
    from rag.evaluation.table import render

    loaded = load(questions)
    with _assistant(corpus, vectorstore) as assistant:
        assistant.warm()
        with _bar() as show:
            result = run(assistant, loaded, lambda done, total: show(Progress("reading", done, total, "questions")))
    out.print(render(result, listed))
    if json_out:
        try:
            json_out.write_text(json.dumps(result.to_dict(), ensure_ascii=False, indent=2) + "\n", "utf8")
        except OSError as error:
            raise SumberError(
                f"{json_out} cannot be written ({error.strerror}). Give another file with --json"
            ) from error


@app.command()
def documents(corpus: Corpus = None, vectorstore: Store = None, as_json: Json = False) -> None:
    """List the documents that are indexed, and the files that could not be read with the reason."""
    with _assistant(corpus, vectorstore) as assistant:
        entries = assistant.documents()
    if as_json:
        _print_json([{**asdict(entry), "state": entry.state} for entry in entries])
        return
    if not entries:
        out.print("No documents are indexed. Run: sumber sync FOLDER")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("document", "title", "publisher", "published", "passages"):
        table.add_column(heading, justify="right" if heading == "passages" else "left", overflow="fold")
    for entry in entries:
        brief = "Our brief of: " if entry.kind == "brief" else ""
        cells = (entry.path, brief + entry.title, entry.publisher or "", entry.published or "", str(entry.passages))
        failed = (entry.path, f"failed: {entry.failed}", "", "", "")
        table.add_row(*(Text(cell) for cell in (failed if entry.failed else cells)))
    out.print(table)


@app.command()
def show(
    document: Annotated[
        str, typer.Argument(help="Path of a document, as `sumber documents` lists it.", show_default=False)
    ],
    corpus: Corpus = None,
    vectorstore: Store = None,
    set_aside: Annotated[
        bool, typer.Option("--set-aside", help="Print instead what was read but is no content: menus, running heads.")
    ] = False,
) -> None:
    """Print the stored text of a document, raw: every citation's offsets point into it."""
    with _assistant(corpus, vectorstore) as assistant:
        found = assistant.document(document)
        text = f"{found.set_aside}\n" if set_aside and found.set_aside else "" if set_aside else found.text
        sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))
        sys.stdout.flush()


@app.command()
def doctor(corpus: Corpus = None, vectorstore: Store = None) -> None:
    """Say what is installed and indexed, what could leave this machine, and what is wrong."""
    from rag.doctor import examine

    findings = examine(_config(corpus, vectorstore))
    for finding in findings:
        sign = "[green]✓[/]" if finding.well else "[red]✗[/]"
        out.print(f"{sign} [bold]{escape(finding.subject)}[/]  {escape(finding.words)}", soft_wrap=True)
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


# --- shared by the commands ------------------------------------------------------------------------------------------


def _config(corpus: Path | None, vectorstore: Path | None, **more: object) -> Config:
    given = {"corpus": corpus, "vectorstore": vectorstore, **more}
    return Config(**{name: value for name, value in given.items() if value is not None})


@contextmanager
def _assistant(corpus: Path | None, vectorstore: Path | None) -> Iterator[Assistant]:
    with Assistant.open(_config(corpus, vectorstore)) as assistant:
        yield assistant


@contextmanager
def _bar() -> Iterator[Any]:
    """A progress bar on standard error, which goes away when it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        tasks = {}

        def step(progress: Progress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bar.add_task(progress.stage)
            words = escape(f"{progress.stage} {progress.document}"[:60])
            bar.update(tasks[progress.stage], completed=progress.done, total=progress.total, description=words)

        yield step


def _prompt() -> str:
    try:
        return input("\n> ").strip()
    except EOFError:
        out.print()
        return ""


def _print_json(data: object) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def _show_answer(answer: Answer) -> None:
    """The answer, then its numbered sources with title, publisher, date and quote."""
    if answer.status == "not_found":
        out.print(Text(answer.text, style="bold"))
        _show_remark(answer)
        if answer.passages:
            out.print(Text("\nThe nearest passages:", style="dim"))
        for passage in answer.passages[:3]:
            out.print(Text(f"  · {passage.title}: ", style="dim") + Text(_short(passage.text), style="dim"))
        return
    out.print(Text(" ").join(_marked(sentence) for sentence in answer.sentences), end="\n\n")
    for citation in answer.citations:
        out.print(Text(f"[{citation.number}] ", style="bold cyan") + Text(_credit(citation)))
        out.print(Text(f"    “{' '.join(citation.quote.split())}”", style="italic"))
    _show_remark(answer)
    out.print(Text(f"\nLikely right: {answer.confidence:.0%}", style="dim"))


def _show_remark(answer: Answer) -> None:
    if answer.remark:
        out.print(Text(f"\n{answer.remark}", style="yellow"))


def _marked(sentence: Sentence) -> Text:
    text = Text(sentence.text)
    for start, end in sentence.marks:
        text.stylize("bold", start, end)
    return text + Text("".join(f" [{number}]" for number in sentence.citations), style="cyan")


def _credit(citation: Citation) -> str:
    place = f", page {citation.page}" if citation.page else ""
    return f"{citation.credit}{place} ({citation.document})"


def _short(text: str, limit: int = 160) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


if __name__ == "__main__":
    main()
