"""The commands. The only room that prints, and that turns a `SumberError` into an exit code.

Exit codes: 0 done; 1 done, but some input failed or a gate did not hold; 2 wrong usage, or an error whose one sentence
is on standard error; 130 stopped with Ctrl and C.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper

import typer
from rich.text import Text

from rag.cli.commands import app as everyday
from rag.cli.evaluating import app as evaluation
from rag.cli.terminal import err
from rag.types import SumberError

__all__ = ["app", "main"]

INTERRUPTED = 130  # what Typer exits with then

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Sumber answers questions from your own documents, shows the passage behind every sentence, and says so when"
    " the documents do not know. Nothing leaves this machine unless you configure a language model.",
    epilog="Begin with: sumber sync FOLDER, then: sumber ask 'your question', or: sumber serve",
)
app.add_typer(everyday)
app.add_typer(evaluation)


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and not stream.isatty():  # on Windows a pipe takes no Korean otherwise
            stream.reconfigure(encoding="utf-8")
    try:
        app(prog_name="sumber")
    except SumberError as error:
        err.print(Text(f"sumber: {error}"), soft_wrap=True)
        sys.exit(2)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            err.print("sumber: stopped. What the index holds stays", soft_wrap=True)
        raise
