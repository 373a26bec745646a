"""The commands that index, ask and show."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from rag.assistant import Assistant
from rag.cli.terminal import (
    After,
    Before,
    Corpus,
    Documents,
    Json,
    Language,
    QuestionText,
    Store,
    err,
    opened,
    out,
    print_json,
    progress_bar,
    settings,
)
from rag.reading.formats import KNOWN
from rag.types import EVERYTHING, Answer, Citation, Scope, Sentence, SumberError, Turn

app = typer.Typer()


@app.command()
def serve(
    corpus: Corpus = None,
    vectorstore: Store = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on. Default: 7860.")] = None,
    everyone: Annotated[
        bool, typer.Option("--open-to-everyone", help="Serve whoever can reach the host, without password or token.")
    ] = False,
) -> None:
    """Open the chat in a browser, and beside it the HTTP API, OpenAI's and MCP.

    The documents are indexed in the background; the page opens at once and says how far that is. On a host that others
    can reach it wants SUMBER_PASSWORD or SUMBER_TOKENS.
    """
    from rag.ui.server import serve as serve_pages

    config = settings(corpus, vectorstore, host=host, port=port, open_to_everyone=everyone or None)
    with Assistant.open(config) as assistant:
        serve_pages(assistant, config, on_ready=lambda address: out.print(f"Sumber is at {address} (Ctrl-C stops it)."))


@app.command()
def mcp(corpus: Corpus = None, vectorstore: Store = None) -> None:
    """Be a tool of another assistant: speak MCP over standard input and output, for a program that starts this.

    Its tools are ask, search, read_document and list_documents. Index the documents before, with: sumber sync FOLDER
    """
    from rag.ui.mcp import serve_stdio

    with opened(corpus, vectorstore) as assistant:
        serve_stdio(assistant)


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
    if folder and corpus:
        raise SumberError("the folder of documents is given twice. Give FOLDER or --corpus, not both")
    with Assistant.open(settings(folder or corpus, vectorstore)) as assistant, progress_bar() as show:
        changes = assistant.sync(lambda now: show(now.stage, now.done, now.total, now.document), rebuild)
        remark = assistant.index.remark()
    for name, reason in changes.failed:
        err.print(Text(f"failed: {name}: {reason}"), soft_wrap=True)
    if remark:
        err.print(Text(remark), soft_wrap=True)
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
    with opened(corpus, vectorstore) as assistant:
        answer = assistant.ask(question, scope=scope)
        if as_json:
            print_json(answer.to_dict())
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
    with opened(corpus, vectorstore) as assistant:
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
    with opened(corpus, vectorstore) as assistant:
        passages = assistant.retrieve(question, k, scope)
        if as_json:
            print_json([passage.to_dict() for passage in passages])
            return
        if not passages:
            narrowed = scope != EVERYTHING and assistant.documents()
            why = (
                "within what it was narrowed to. See: sumber documents"
                if narrowed
                else "indexed. Run: sumber sync FOLDER"
            )
            out.print(f"No passages: no document is {why}")
        for number, passage in enumerate(passages, 1):
            place = " – ".join(part for part in (passage.title, passage.section) if part)
            out.print(Text(f"{number}. {place}", style="bold"))
            out.print(Text(f"   {passage.document}, score {passage.score:.2f}", style="dim"))
            out.print(Text("   " + " ".join(passage.text.split())), end="\n\n")


@app.command()
def documents(corpus: Corpus = None, vectorstore: Store = None, as_json: Json = False) -> None:
    """List the documents that are indexed, and the files that could not be read with the reason."""
    with opened(corpus, vectorstore) as assistant:
        entries = assistant.documents()
    if as_json:
        print_json([{**asdict(entry), "state": entry.state} for entry in entries])
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
    with opened(corpus, vectorstore) as assistant:
        found = assistant.document(document)
        text = f"{found.set_aside}\n" if set_aside and found.set_aside else "" if set_aside else found.text
        sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))
        sys.stdout.flush()


@app.command()
def doctor(corpus: Corpus = None, vectorstore: Store = None) -> None:
    """Say what is installed and indexed, what could leave this machine, and what is wrong."""
    from rag.doctor import examine

    findings = examine(settings(corpus, vectorstore))
    for finding in findings:
        sign = ("✓", "green") if finding.well else ("✗", "red")
        out.print(Text.assemble(sign, " ", (finding.subject, "bold"), "  ", finding.words), soft_wrap=True)
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


# --- how an answer looks in a terminal --------------------------------------------------------------------------------


def _prompt() -> str:
    try:
        return input("\n> ").strip()
    except EOFError:
        out.print()
        return ""


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
