"""What the commands share: the two consoles, common options, the progress bar, JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Protocol

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.segment import Segment

from rag.assistant import Assistant
from rag.config import Config

# What a terminal obeys instead of showing it: control characters, signs that turn text around, halves of a pair.
_OBEYED = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Screen(Console):
    """A console that shows what strangers wrote, in documents, file names and questions, and obeys none of it."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(_OBEYED.sub("", segment.text), segment.style)


out = Screen()
err = Screen(stderr=True)

Corpus = Annotated[
    Path | None, typer.Option("--corpus", help="Folder of documents. Default: the one that was indexed.")
]
Store = Annotated[Path | None, typer.Option("--vectorstore", help="Folder of the index. Default: vectorstore.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
Documents = Annotated[
    list[str] | None,
    typer.Option(
        "--document", help="Ask only this document, or a pattern such as 'reports/*'. May be given repeatedly."
    ),
]
After = Annotated[str | None, typer.Option("--after", help="Ask only documents of this date or later: 2017-10.")]
Before = Annotated[str | None, typer.Option("--before", help="Ask only documents of this date or earlier.")]
Language = Annotated[str | None, typer.Option("--language", help="Ask only documents in this language: en, id, ko.")]
QuestionText = Annotated[str, typer.Argument(help="A question in everyday words.", show_default=False)]


def settings(corpus: Path | None, vectorstore: Path | None, **more: object) -> Config:
    given = {"corpus": corpus, "vectorstore": vectorstore, **more}
    return Config(**{name: value for name, value in given.items() if value is not None})


@contextmanager
def opened(corpus: Path | None, vectorstore: Path | None) -> Iterator[Assistant]:
    with Assistant.open(settings(corpus, vectorstore)) as assistant:
        yield assistant


class Step(Protocol):
    """Shows how far a task has come; each task has a bar of its own."""

    def __call__(self, task: str, done: int, total: int, detail: str = "") -> None: ...


@contextmanager
def progress_bar() -> Iterator[Step]:
    """Progress bars on standard error, which go away when all is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def step(task: str, done: int, total: int, detail: str = "") -> None:
            if task not in tasks:
                tasks[task] = bar.add_task(task)
            bar.update(tasks[task], completed=done, total=total, description=escape(f"{task} {detail}"[:60]))

        yield step


def print_json(data: object) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")
