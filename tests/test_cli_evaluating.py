"""The commands that evaluate, as a person or a build meets them: what they print and write, and how they end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import ir_measures
import pytest
from rich.console import Console

from rag.assistant import Assistant
from rag.config import Config
from rag.evaluation import evaluate, load
from rag.evaluation.result import Opinion
from rag.evaluation.table import IN_WORDS, render
from rag.evaluation.tuning import LEAST
from tests.conftest import FERRY, LIGHTHOUSE, Run
from tests.evaluation.library import Library
from tests.evaluation.test_run import KEEPER, TEXTS
from tests.llm_server import LanguageModelServer, fails, says

PASAR = "# Pasar Kembang\n\nPasar Kembang dibuka pada tahun 1987 oleh Bupati Rahmat. Ada 240 pedagang di pasar itu.\n"
DOSEOGWAN = "# 구로 도서관\n\n구로 도서관은 1994년에 문을 열었다. 관장은 한서윤이다.\n"
SHIPS = [f"{first}{last}" for first in ("Al", "Bor", "Cal", "Dun", "Es") for last in ("mira", "den", "toft", "wick")]
FACTS = {
    "When was the {} launched?": ("The {} was launched in {}.", range(1861, 1961, 5)),
    "How many sailors did the {} carry?": ("The {} carried a crew of {} sailors.", range(14, 94, 4)),
    "What did the {} cost?": ("The {} was bought for {} guilders.", range(3100, 7100, 200)),
}

Row = dict[str, Any]


def row(id_: str, question: str, answer: str, document: str, quote: str, category: str = "fact") -> Row:
    source = {"document": document, "quote": quote}
    return {"id": id_, "question": question, "answerable": True, "answers": [answer], "sources": [source],
            "category": category}  # fmt: skip


def absent(id_: str, question: str) -> Row:
    return {"id": id_, "question": question, "answerable": False, "category": "absent"}


BUILDER = row(
    "who built it", "Who built the lighthouse at Skarra?", "Maren Holt", "lighthouse.md", "the engineer Maren Holt"
)
TICKET = row("fare", "What does a ticket for the ferry cost?", "12 euros", "ferries.md", "A ticket costs 12 euros")
SMALL = [
    BUILDER,
    TICKET,
    row("pasar", "Siapa yang membuka Pasar Kembang?", "Bupati Rahmat", "pasar.md", "oleh Bupati Rahmat", "lain"),
    row("도서관", "구로 도서관은 언제 문을 열었나요?", "1994년", "도서관.md", "1994년에 문을 열었다", "lain"),
    absent("cup", "Who won the football world cup in 2022?"),
]


def fleet() -> tuple[str, list[Row]]:
    """A register of twenty ships, and three questions on each."""
    paragraphs: list[str] = []
    rows: list[Row] = []
    for number, ship in enumerate(SHIPS):
        told = [sentence.format(ship, values[number]) for sentence, values in FACTS.values()]
        paragraphs.append(f"## The {ship}\n\n{' '.join(told)}\n")
        for (question, (_, values)), sentence in zip(FACTS.items(), told, strict=True):
            rows.append(row(f"{ship}-{len(rows)}", question.format(ship), str(values[number]), "register.md", sentence))
    return "# Register of ships\n\n" + "\n".join(paragraphs), rows


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One index for all tests that only ask."""
    folder = tmp_path_factory.mktemp("evaluating")
    texts = {"lighthouse": LIGHTHOUSE, "ferries": FERRY, "pasar": PASAR, "도서관": DOSEOGWAN, "register": fleet()[0]}
    (folder / "corpus").mkdir()
    for name, text in texts.items():
        (folder / "corpus" / f"{name}.md").write_text(text, "utf8")
    with Assistant.open(Config(corpus=folder / "corpus", vectorstore=folder / "index")) as assistant:
        assistant.sync()
    return folder / "index"


@pytest.fixture
def sumber(run: Run, store: Path) -> Run:
    """Runs a command on that index."""
    return lambda *arguments: run(*arguments, "--vectorstore", store)


@pytest.fixture(scope="module")
def server() -> Iterator[LanguageModelServer]:
    running = LanguageModelServer()
    yield running
    running.close()


@pytest.fixture
def configured(server: LanguageModelServer, monkeypatch: pytest.MonkeyPatch) -> LanguageModelServer:
    """A language model that Sumber's settings name."""
    monkeypatch.setenv("SUMBER_LLM_URL", server.url)
    monkeypatch.setenv("SUMBER_LLM_MODEL", "scripted")
    return server


def written(path: Path, rows: list[Row]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows), "utf8")
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A set of five questions in three languages."""
    return written(tmp_path / "small.jsonl", SMALL)


def one_line(text: str) -> str:
    return " ".join(text.split())


def refused(ended: tuple[int, str, str], *words: str) -> None:
    """The command ended with 2, printed nothing, and said what happened and what to do in one line."""
    code, out, err = ended
    assert (code, out) == (2, "")
    assert err.startswith("sumber: ")
    assert len(err.strip().splitlines()) == 1
    for word in words:
        assert word in err


# --- baselines and gates ---------------------------------------------------------------------------------------------


def test_a_comparison_names_what_changed_question_by_question(
    sumber: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = written(tmp_path / "ships.jsonl", fleet()[1][:12])
    code, out, _ = sumber("evaluate", questions, "--save-baseline", "main")
    assert code == 0
    assert out.endswith(f"Kept as {tmp_path / 'baselines' / 'ships.main.json'}\n")
    kept = (tmp_path / "baselines" / "ships.main.json").read_bytes()
    monkeypatch.setenv("SUMBER_DECLINE", "1")
    gate = ("--gate", "no_worse, p50_ms<60000")
    code, out, _ = sumber("evaluate", questions, "--baseline", "main", *gate, "--save-baseline", "main")
    told, _, after = one_line(out.partition("Against the baseline main")[2]).partition(" Not kept")
    assert code == 1
    assert told.startswith("decline_below: 0.25 before, 1.0 now worse: answer_contained 1.000 before, 0.000 now")
    assert "worse When was the Almira launched? now declined" in told
    assert "12 questions went worse, 0 better" in told
    assert "✗ does not hold no_worse: worse: answer_contained 1.000 before, 0.000 now" in told
    assert told.endswith("✓ holds p50_ms<60000")
    assert after.endswith(", since a rule does not hold")  # or the next run would find nothing worse
    assert (tmp_path / "baselines" / "ships.main.json").read_bytes() == kept


def test_a_comparison_with_the_same_shows_no_difference_and_is_no_worse(sumber: Run, small: Path) -> None:
    written(small, [TICKET])
    sumber("evaluate", small, "--save-baseline", "main")
    code, out, _ = sumber("evaluate", small, "--baseline", "main", "--gate", "no_worse")
    assert code == 0
    assert "No difference shown.\n  0 questions went worse, 0 better\n✓ holds no_worse\n" in out


def test_questions_that_cannot_be_compared_are_counted_and_named(sumber: Run, small: Path) -> None:
    sumber("evaluate", written(small, [BUILDER, TICKET]), "--save-baseline", "main")
    written(small, [{**BUILDER, "question": "Who was the builder of the lighthouse at Skarra?"}, SMALL[-1]])
    out = sumber("evaluate", small, "--baseline", "main")[1]
    assert "  1 new, and so not compared: cup\n" in out
    assert "  1 no longer asked, and so not compared: fare\n" in out
    assert "  1 rewritten, and so not compared: who built it\n" in out


def test_a_gate_that_does_not_hold_ends_with_1_and_says_which_rule(sumber: Run, small: Path) -> None:
    gate = "first_citation_right>=50%, declined_unanswerable<.5, hit_at_1[dates]>=.1"
    code, out, _ = sumber("evaluate", small, "--gate", gate)
    assert code == 1
    assert out.splitlines()[-3:] == [
        "✓ holds first_citation_right>=0.5",
        "✗ does not hold declined_unanswerable<0.5: declined_unanswerable is 1",
        "✗ does not hold hit_at_1[dates]>=0.1: no question is of the category dates; there are: fact, absent, lain",
    ]


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ("answer_containd>=.8", ("there is no figure answer_containd", "There are: answer_contained, ")),
        ("answer_contained>80", ("lies between 0 and 1", "Write .95 or 95%")),
        ("answer_contained is good", ("cannot be read", "Write a figure, one of >= <= > < ==, and a number")),
        ("", ("the gate holds no rule", "Write one such as")),  # of a variable of the build that is not set
    ],
)
def test_a_malformed_gate_is_refused_with_the_remedy(sumber: Run, small: Path, gate: str, words: tuple[str]) -> None:
    refused(sumber("evaluate", small, "--gate", gate), *words)


def test_a_baseline_that_is_not_there_is_refused_and_those_that_are_are_named(sumber: Run, small: Path) -> None:
    refused(sumber("evaluate", small, "--baseline", "main"), "no baseline main", "--save-baseline main")
    sumber("evaluate", written(small, [BUILDER]), "--save-baseline", "spring")
    refused(sumber("evaluate", small, "--baseline", "main"), "no baseline main", "There are: spring")
    refused(sumber("evaluate", small, "--baseline", ""), "cannot name a baseline")


def test_what_cannot_be_kept_or_compared_is_refused_before_any_question_is_asked(
    sumber: Run, small: Path, configured: LanguageModelServer
) -> None:
    configured.plays(says("Nothing."))
    refused(sumber("evaluate", small, "--save-baseline", "a/b"), "cannot name a baseline", "Use up to 60 letters")
    refused(sumber("evaluate", small, "--gate", "no_worse"), "nothing to compare with", "Give --baseline NAME")
    refused(sumber("tune", small), "5 questions that can be judged are too few", "Write more questions")
    assert not configured.requests


# --- what is written -------------------------------------------------------------------------------------------------


def test_the_files_hold_the_figures_and_the_page_no_foreign_address(sumber: Run, small: Path, tmp_path: Path) -> None:
    html, data = tmp_path / "report.html", tmp_path / "result.json"
    code, out, _ = sumber("evaluate", small, "--html", html, "--json", data)
    assert code == 0
    assert f"The report is in {html}\n" in out
    assert {path.name for path in tmp_path.iterdir()} == {"small.jsonl", "report.html", "result.json"}
    page, result = html.read_text("utf8"), json.loads(data.read_text("utf8"))
    plain = one_line(re.sub(r"<[^>]*>", " ", page))
    for name in ("first_citation_right", "answer_contained"):
        assert IN_WORDS[name] in plain
        assert result["figures"][name]["value"] == 1.0
    assert all(one["question"] in plain for one in SMALL)
    addresses = re.findall(r"""(?:src|href|action)\s*=\s*["']?([^"'\s>]*)|url\(\s*["']?([^"')]*)""", page)
    assert addresses
    assert all("".join(one).startswith(("#", "data:")) for one in addresses)


def test_what_was_found_is_written_as_readers_of_trec_files_expect(sumber: Run, small: Path, tmp_path: Path) -> None:
    written(small, [{**TICKET, "id": "a fare"}, SMALL[3], SMALL[-1]])
    sumber("evaluate", small, "--trec", tmp_path / "found.v2", "--json", tmp_path / "result.json")
    run, qrels = tmp_path / "found.v2.run", tmp_path / "found.v2.qrels"
    assert {len(line.split()) for line in run.read_text("utf8").splitlines()} == {6}
    assert {len(line.split()) for line in qrels.read_text("utf8").splitlines()} == {4}
    found = ir_measures.calc_aggregate(
        [ir_measures.RR], ir_measures.read_trec_qrels(str(qrels)), ir_measures.read_trec_run(str(run))
    )
    ours = json.loads((tmp_path / "result.json").read_text("utf8"))["figures"]["mrr"]
    assert ours["count"] == 2
    assert found[ir_measures.RR] == pytest.approx(ours["value"], abs=1e-9)


@pytest.mark.parametrize("option", ["--json", "--html", "--trec"])
def test_a_file_that_cannot_be_written_is_refused_before_any_question_is_asked(
    sumber: Run, small: Path, tmp_path: Path, configured: LanguageModelServer, option: str
) -> None:
    configured.plays(says("Nothing."))
    refused(sumber("evaluate", small, option, tmp_path / "gone" / "file"), option, "no folder", "Give a file")
    refused(sumber("evaluate", small, option, "."), f"{option} . is a folder", "Give a file")
    assert not configured.requests


# --- the set itself --------------------------------------------------------------------------------------------------


def test_a_check_asks_nothing_and_names_a_quote_that_the_documents_do_not_hold(
    sumber: Run, small: Path, configured: LanguageModelServer
) -> None:
    configured.plays(says("Nothing."))
    assert sumber("evaluate", small, "--check")[:2] == (0, "5 questions, 0 warnings\n")
    stale = row("stale", "What does a child pay?", "nothing", "ferries.md", "children pay nothing on the ferry")
    code, out, _ = sumber("evaluate", written(small, [TICKET, stale]), "--check")
    assert code == 1
    assert '"stale": "ferries.md" does not hold the quote "children pay nothing on the ferry".' in out
    assert out.endswith("2 questions, 1 warnings\n")
    assert not configured.requests


def test_against_another_set_names_the_questions_they_share(sumber: Run, small: Path, tmp_path: Path) -> None:
    again = {**TICKET, "id": "again", "question": "What does a ticket for the ferry cost"}
    other = written(tmp_path / "fitted.jsonl", [again, absent("x", "Where does the comet land?")])
    code, out, _ = sumber("evaluate", small, "--against", other)
    assert code == 1
    assert out.startswith(f'"fare": "again" of {other} asks the same. Keep it in one of the two')
    assert out.endswith("\n5 questions, 1 warnings\n")
    written(other, [absent("x", "Where does the comet land?")])
    assert sumber("evaluate", small, "--against", other)[:2] == (0, "5 questions, 0 warnings\n")


@pytest.mark.parametrize(
    "options", [("--gate", "no_worse"), ("--baseline", "main"), ("--html", "report.html"), ("--judge",)]
)
def test_a_check_refuses_what_wants_answers(sumber: Run, small: Path, options: tuple[str, ...]) -> None:
    refused(sumber("evaluate", small, "--check", *options), f"{options[0]} wants answers", "on their own")
    refused(sumber("evaluate", small, "--against", small, *options), f"{options[0]} wants answers")


# --- opinions --------------------------------------------------------------------------------------------------------


def test_judging_without_a_language_model_is_refused_with_the_remedy(sumber: Run, small: Path) -> None:
    refused(sumber("evaluate", small, "--judge"), "--judge needs a language model", "Set SUMBER_LLM_URL and")


def test_an_opinion_is_printed_and_counts_in_no_figure(
    sumber: Run, tmp_path: Path, configured: LanguageModelServer
) -> None:
    questions, data = written(tmp_path / "one.jsonl", [BUILDER]), tmp_path / "result.json"
    figures = []
    for reply, words in (
        (says("RIGHT. It names it."), "scripted takes 1 of 1 answers for right, and is unsure of 0."),
        (says("WRONG. It does not."), "scripted takes 0 of 1 answers for right, and is unsure of 0."),
        (fails(401), "scripted takes 0 of 0 answers for right, and is unsure of 1. Of the first of these: The"),
    ):
        configured.plays(reply)
        code, out, _ = sumber("evaluate", questions, "--judge", "--json", data)
        assert code == 0
        assert f"An opinion, which counts in no figure: {words}" in one_line(out)
        figures.append(json.loads(data.read_text("utf8"))["figures"])
    assert figures[0] == figures[1] == figures[2]
    assert figures[0]["answer_contained"]["value"] == 1.0


@pytest.mark.parametrize(
    ("right", "words"),
    [
        ((True, True, False, None), "takes 2 of 3 answers for right, and is unsure of 1."),
        ((None,), "takes 0 of 0 answers for right, and is unsure of 1."),
    ],
)
def test_the_line_on_opinions_counts_those_that_are_sure(right: tuple[bool | None, ...], words: str) -> None:
    found = evaluate(Library(TEXTS), [KEEPER])
    opinions = tuple(Opinion(f"q{number}", one, "") for number, one in enumerate(right))
    console = Console(file=(file := StringIO()), width=200, color_system=None)
    console.print(render(found))
    assert "opinion" not in file.getvalue()
    for model, name in (("", "the language model"), ("[b]qwen \x1b[2J", "[b]qwen [2J")):
        console.print(render(replace(found, settings={"language_model": model}, opinions=opinions)))
        assert f"An opinion, which counts in no figure: {name} {words}" in file.getvalue()


# --- import ----------------------------------------------------------------------------------------------------------

SQUAD = {
    "data": [
        {"title": "Kincir_Tua", "paragraphs": [{
            "context": "The Kincir Tua mill was raised by Pak Wirya in 1912. It ground rice until the flood.",
            "qas": [
                {"id": "w", "question": "Who raised the mill?", "answers": [{"text": "Pak Wirya", "answer_start": 34}]},
                {"id": "x", "question": "Who burnt the mill?", "is_impossible": True, "answers": []},
            ],
        }]},
    ]
}  # fmt: skip


def beir(folder: Path) -> Path:
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "Mill", "text": "It ground rice."}\n', "utf8")
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "what did the mill grind"}\n', "utf8")
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n", "utf8")
    return folder


def test_a_spreadsheet_becomes_a_set_and_what_is_left_out_is_told(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "asked.csv"
    table.write_text(
        "question;answer;document\nSiapa kepala pasar?;Ratna Dewi;pasar.md\n관장은 누구인가요?;한서윤;\nWhy?;;\n",
        "utf8",
    )
    code, out, err = run("import", table, tmp_path / "set.jsonl")
    assert (code, out) == (1, f"2 questions into {tmp_path / 'set.jsonl'}; 1 left out\n")
    assert err.startswith("Left out: asked.csv, line 4: it has no answer;")
    assert [one.answers for one in load(tmp_path / "set.jsonl")] == [("Ratna Dewi",), ("한서윤",)]


def test_a_squad_file_becomes_a_set_and_documents_that_hold_its_quotes(run: Run, tmp_path: Path) -> None:
    source, questions = tmp_path / "squad.json", tmp_path / "set.jsonl"
    source.write_text(json.dumps(SQUAD), "utf8")
    code, out, _ = run("import", source, questions)
    assert (code, out.splitlines()[0]) == (0, f"2 questions into {questions}; 0 left out")
    assert "Its texts were not kept. Give a folder with --documents" in one_line(out)
    out = run("import", source, questions, "--documents", tmp_path / "texts")[1]
    assert out == f"2 questions into {questions}, 1 documents into {tmp_path / 'texts'}; 0 left out\n"
    run("sync", tmp_path / "texts")
    assert run("evaluate", questions, "--check")[:2] == (0, "2 questions, 0 warnings\n")


def test_a_beir_folder_becomes_a_set_and_documents(run: Run, tmp_path: Path) -> None:
    folder, questions = beir(tmp_path / "mills"), tmp_path / "set.jsonl"
    refused(run("import", folder, questions), 'has no split "test"', "Give --split one of: dev")
    code, out, _ = run("import", folder, questions, "--split", "dev", "--documents", tmp_path / "texts")
    assert (code, out) == (0, f"1 questions into {questions}, 1 documents into {tmp_path / 'texts'}; 0 left out\n")
    (question,) = load(questions)
    assert "It ground rice." in (tmp_path / "texts" / question.sources[0].document).read_text("utf8")


@pytest.mark.parametrize(
    ("name", "data", "remedy"),
    [
        ("a.json", b'{"data": [{"title": ', "line 1"),
        ("b.json", b'{"rows": []}', "Import a table"),
        ("c.csv", b"frage,antwort\nWer?,Ida\n", "Name the columns in the first row"),
        ("d.csv", b'question,answer\n"Who built it?,Maren\n', "Correct it there"),
        ("e.csv", b"question,answer\n", "Mend or choose it anew"),
        ("f.xlsx", b"PK\x03\x04\x14\0\0\0\x08\0\x99\xfe\0\0", "Save it as CSV"),
    ],
)
def test_a_broken_source_is_refused_in_one_sentence(
    run: Run, tmp_path: Path, name: str, data: bytes, remedy: str
) -> None:
    (tmp_path / name).write_bytes(data)
    refused(run("import", tmp_path / name, tmp_path / "set.jsonl"), name, remedy)
    assert not (tmp_path / "set.jsonl").exists()


def test_an_import_replaces_no_file_that_says_something_else(run: Run, small: Path, tmp_path: Path) -> None:
    (tmp_path / "asked.csv").write_text("question,answer\nWho keeps it?,Ida Renn\n", "utf8")
    refused(run("import", tmp_path / "asked.csv", small), "is there already", "give another name")
    assert len(load(small)) == len(SMALL)


# --- tune ------------------------------------------------------------------------------------------------------------


def test_tuning_says_how_many_questions_it_needs(sumber: Run, small: Path) -> None:
    words = ("5 questions that can be judged are too few", f"about {2 * LEAST}", "Write more questions")
    refused(sumber("tune", small, "--threshold-only"), *words)


def test_tuning_the_threshold_prints_what_each_would_give(
    sumber: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = fleet()[1][:50] + [absent(f"no-{ship}", f"Who painted the figurehead of the {ship}?") for ship in SHIPS[:10]]
    monkeypatch.setenv("SUMBER_DECLINE", "0.99")  # so that a better one is found
    code, out, _ = sumber("tune", written(tmp_path / "ships.jsonl", rows), "--threshold-only")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "What a threshold of declining would give"
    assert any(re.fullmatch(r"  at balanced \(0\.25\) it answers \d+%, of these \d+% wrong", line) for line in lines)
    assert any(line.startswith("  at 0.99 it answers ") and line.endswith(" ← as it is set") for line in lines)
    (change,) = [line for line in lines if line.startswith("Change decline 0.99 → ")]
    threshold = change.split()[4].rstrip(":")
    assert "(halves by question)" in change
    assert lines[-1] == f"It is changed by these settings: SUMBER_DECLINE={threshold}"


# --- what strangers wrote --------------------------------------------------------------------------------------------


def test_a_terminal_obeys_no_document_no_file_name_and_no_question(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "strange"
    folder.mkdir()
    (folder / "mill.txt").write_text("The mill \x1b[2Jwas raised \u202eby Pak Wirya in 1912.\n", "utf8")
    (folder / "bad\x1b[2J.txt").write_text("A text.\n", "utf8")
    questions = written(tmp_path / "set.jsonl", [
        {**absent("a", "Who \x1b[2Jraised the mill?"), "category": "\x1b[31mred"},
    ])  # fmt: skip
    run("evaluate", questions, "--save-baseline", "main")
    shown = [
        *run("sync", folder), *run("documents"), *run("ask", "Who raised the mill?"), *run("search", "the mill"),
        *run("evaluate", questions, "--baseline", "main", "--gate", "hit_at_1[x]>.5"),
    ]  # fmt: skip
    text = "\n".join(str(one) for one in shown)
    assert "The mill [2Jwas raised by Pak Wirya in 1912. [1]" in text
    assert "Who [2Jraised the mill?" in one_line(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_brackets_in_the_name_of_a_file_are_no_markup(sumber: Run, tmp_path: Path) -> None:
    folder = tmp_path / "[b" / "]"
    folder.mkdir(parents=True)
    questions = written(folder / "[red].jsonl", [BUILDER])
    code, out, _ = sumber("evaluate", questions, "--save-baseline", "m", "--html", folder / "[red].html")
    assert code == 0
    assert f"The report is in {folder / '[red].html'}\nKept as {folder / 'baselines' / '[red].m.json'}\n" in out


def test_a_search_that_is_narrowed_to_nothing_says_so(sumber: Run, run: Run) -> None:
    assert "no document is within what it was narrowed to" in sumber("search", "a ferry", "--document", "x/*")[1]
    assert "no document is indexed. Run: sumber sync FOLDER" in run("search", "a ferry")[1]


def test_a_folder_of_documents_is_given_once(run: Run, corpus: Path) -> None:
    refused(run("sync", corpus, "--corpus", corpus), "given twice", "Give FOLDER or --corpus")
