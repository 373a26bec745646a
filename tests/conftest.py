"""What the tests share: small libraries of documents, and the real embedding model, loaded once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag import cli
from rag.assistant import Assistant
from rag.cli import terminal
from rag.config import DEFAULT_EMBEDDING, Config
from rag.models import EmbeddingModel, load_embedding_model

ROOT = Path(__file__).parent.parent

Run = Callable[..., tuple[int, str, str]]

LIGHTHOUSE = """---
title: The lighthouse at Skarra
publisher: Harbour Office
published: 2019-05-04
url: https://example.org/skarra
kind: brief
---

The lighthouse at Skarra was built in 1874 by the engineer Maren Holt. It stands on the northern reef, eleven metres
above the sea.

## Keepers

Old Tobias Renn kept the lighthouse for thirty years. Since 2003 his granddaughter Ida Renn has kept it. She lives there
because the lamp must be cleaned by hand every evening.
"""

FERRY = """# Ferries of the bay

The ferry Gannet crosses from Skarra to Lund in 40 minutes. A ticket costs 12 euros, and children travel free.

The ferry Puffin was sold in 2016 after an engine fire. Its crew of nine moved to the Gannet.
"""

HARVEST = """Apple harvest report

The orchard at Lund picked 310 tonnes of apples in 2021. Frost in April had destroyed a third of the blossom.
The growers planted 4,000 new trees to make up for the loss.
"""


@pytest.fixture(scope="session", autouse=True)
def _data_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests keep as a person's data stays out of the data of whoever runs them, servers of a module included."""
    os.environ["SUMBER_DATA"] = str(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings of whoever runs the tests stay out of them, and what they test stays out of that person's data."""
    for name in list(os.environ):
        if name.startswith("SUMBER_") and name not in ("SUMBER_BENCH", "SUMBER_TEST_BROWSER", "SUMBER_CHROMIUM"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SUMBER_DATA", f"{tmp_path}-data")


@pytest.fixture(scope="session")
def model() -> EmbeddingModel:
    return load_embedding_model(DEFAULT_EMBEDDING)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder of three small documents."""
    folder = tmp_path / "corpus"
    (folder / "reports").mkdir(parents=True)
    (folder / "lighthouse.md").write_text(LIGHTHOUSE, "utf8")
    (folder / "ferries.md").write_text(FERRY, "utf8")
    (folder / "reports" / "harvest.txt").write_text(HARVEST, "utf8")
    return folder


Opener = Callable[..., Assistant]


@pytest.fixture
def open_assistant(corpus: Path, tmp_path: Path) -> Iterator[Opener]:
    """Opens an assistant on the small corpus, or with other settings; all are closed at the end."""
    opened: list[Assistant] = []

    def opener(**settings: object) -> Assistant:
        values: dict[str, object] = {"corpus": corpus, "vectorstore": tmp_path / "index", **settings}
        opened.append(Assistant.open(Config(**values)))
        return opened[-1]

    yield opener
    for assistant in opened:
        assistant.close()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command in a folder of its own: its exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def runner(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sumber", *map(str, arguments)])
        monkeypatch.setattr(terminal.out, "width", 100)
        monkeypatch.setattr(terminal.err, "width", 100)
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, *capfd.readouterr()

    return runner


@pytest.fixture
def indexed(run: Run, corpus: Path) -> Run:
    assert run("sync", corpus)[0] == 0
    return run
