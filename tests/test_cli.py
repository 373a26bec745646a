"""The commands, as a person or another program meets them: what they print, and how they end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import LIGHTHOUSE, ROOT, Run


def test_sync_ends_with_the_contracted_line(run: Run, corpus: Path) -> None:
    code, out, _ = run("sync", corpus)
    assert (code, out.splitlines()[-1]) == (0, "3 added, 0 updated, 0 removed, 0 unchanged, 0 failed")
    assert run("sync")[1].splitlines()[-1] == "0 added, 0 updated, 0 removed, 3 unchanged, 0 failed"


def test_sync_with_a_bad_file_names_it_and_ends_with_1(run: Run, corpus: Path) -> None:
    (corpus / "empty.txt").write_text(" \n", "utf8")
    code, out, err = run("sync", corpus)
    assert code == 1
    assert out.splitlines()[-1] == "3 added, 0 updated, 0 removed, 0 unchanged, 1 failed"
    assert "failed: empty.txt: it holds no text" in err


def test_ask_prints_the_answer_then_the_sources(indexed: Run) -> None:
    code, out, _ = indexed("ask", "Who built the lighthouse at Skarra?")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "The lighthouse at Skarra was built in 1874 by the engineer Maren Holt. [1]"
    assert lines[2] == "[1] Our brief of: The lighthouse at Skarra, Harbour Office, 2019-05-04 (lighthouse.md)"
    assert lines[3] == "    “The lighthouse at Skarra was built in 1874 by the engineer Maren Holt.”"


def test_ask_declines_in_words_and_ends_with_0(indexed: Run) -> None:
    code, out, _ = indexed("ask", "Who won the football world cup in 2022?")
    assert code == 0
    assert out.startswith("The documents do not answer this.\n\nThe nearest passages:\n")


def test_a_remark_is_printed_beneath_the_answer(indexed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUMBER_LLM_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("SUMBER_LLM_MODEL", "none")
    out = " ".join(indexed("ask", "Who built the lighthouse at Skarra?")[1].split())
    assert "Maren Holt.” The language model cannot be reached; their own sentences are quoted." in out


def test_ask_json_is_the_contract(indexed: Run) -> None:
    answer = json.loads(indexed("ask", "Who built the lighthouse at Skarra?", "--json")[1])
    citation = answer["citations"][0]
    stored = indexed("show", citation["document"])[1]
    assert answer["status"] == "answered"
    assert stored[citation["start"] : citation["end"]] == citation["quote"]


def test_search_lists_passages_best_first(indexed: Run) -> None:
    found = json.loads(indexed("search", "engine fire on a ferry", "--json", "-k", 3)[1])
    assert found[0]["document"] == "ferries.md"
    assert len(found) == 3
    assert "Ferries of the bay" in indexed("search", "engine fire on a ferry")[1]


def test_show_writes_the_stored_text_raw(indexed: Run) -> None:
    body = LIGHTHOUSE.split("---\n", 2)[2]
    assert indexed("show", "lighthouse.md") == (0, body, "")


def test_documents_lists_titles_and_failures(indexed: Run, corpus: Path) -> None:
    (corpus / "picture.png").write_bytes(b"\x89PNG")
    indexed("sync")
    out = indexed("documents")[1]
    assert "Our brief of: The lighthouse" in " ".join(out.split())
    entries = json.loads(indexed("documents", "--json")[1])
    assert [(entry["path"], entry["state"]) for entry in entries] == [
        ("ferries.md", "indexed"),
        ("lighthouse.md", "indexed"),
        ("picture.png", "failed"),
        ("reports/harvest.txt", "indexed"),
    ]


def test_chat_keeps_the_conversation(indexed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = iter(["Who built the lighthouse at Skarra?", "Who keeps it today?", ""])
    monkeypatch.setattr("builtins.input", lambda _: next(turns))
    out = indexed("chat")[1]
    assert "built in 1874 by the engineer Maren Holt" in " ".join(out.split())
    assert "Ida Renn" in " ".join(out.split())


def test_evaluate_prints_figures_and_writes_json(indexed: Run, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    rows = [
        {"id": "a", "question": "Who built the lighthouse at Skarra?", "answers": ["Maren Holt"],
         "sources": [{"document": "lighthouse.md"}], "answerable": True, "category": "fact", "history": []},
        {"id": "b", "question": "Who won the football world cup in 2022?", "answers": [],
         "sources": [], "answerable": False, "category": "unanswerable", "history": []},
    ]  # fmt: skip
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf8")
    code, out, _ = indexed("evaluate", questions, "--json", tmp_path / "result.json")
    assert code == 0
    assert "first_citation_right" in out or "first citation right" in out
    figures = json.loads((tmp_path / "result.json").read_text("utf8"))["figures"]
    assert figures["first_citation_right"]["value"] == 1.0
    assert figures["citations_verbatim"]["value"] == 1.0
    assert figures["declined_unanswerable"]["value"] == 1.0


def test_doctor_says_that_nothing_leaves_the_machine(indexed: Run) -> None:
    code, out, _ = indexed("doctor")
    assert code == 0
    assert "leaves this machine  nothing" in out
    assert "3 documents" in out


def test_an_error_is_one_sentence_on_standard_error_and_ends_with_2(run: Run, tmp_path: Path) -> None:
    code, out, err = run("sync", tmp_path / "nowhere")
    assert (code, out) == (2, "")
    assert err.startswith("sumber: there is no corpus folder")
    assert len(err.strip().splitlines()) == 1


def test_wrong_usage_ends_with_2(run: Run) -> None:
    assert run("ask")[0] == 2
    assert run("nonsense")[0] == 2


@pytest.mark.parametrize(
    "command", ["serve", "sync", "ask", "chat", "search", "evaluate", "documents", "show", "doctor"]
)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0
    assert "Usage: sumber" in out
    assert "--vectorstore" in out


def test_a_reader_that_goes_away_is_no_error(indexed: Run, tmp_path: Path) -> None:
    command = f"{sys.executable} -m rag.cli documents | head -c 1"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_a_command_that_is_stopped_says_so(corpus: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rag.cli", "sync", str(corpus), "--vectorstore", str(tmp_path / "index")]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        while not (tmp_path / "index" / "lock").exists():  # there before the model is loaded, which takes seconds
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert process.stderr.read().endswith("sumber: stopped. What the index holds stays\n")
    assert process.returncode == 130


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, rag.cli; print([m for m in ('torch', 'chromadb', 'gradio') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_help_of_sync_lists_what_is_read(run: Run) -> None:
    code, out, _ = run("sync", "--help")
    assert code == 0
    assert {".md", ".pdf", ".docx", ".xlsx", ".html"} <= set(out.split())
