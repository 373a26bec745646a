"""Through the front door, with the real model and the real collection."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.config import Config
from rag.types import (
    REFUSAL,
    REFUSALS,
    IndexBusyError,
    IndexMismatchError,
    ModelError,
    QuestionError,
    Scope,
    SettingsError,
    SumberError,
    Turn,
)
from tests.conftest import Opener


def test_an_answer_quotes_the_document_that_knows_to_the_code_point(open_assistant: Opener) -> None:
    assistant = open_assistant()
    assistant.sync()
    answer = assistant.ask("Who built the lighthouse at Skarra?")
    assert answer.status == "answered"
    first = answer.citations[0]
    assert (first.document, first.number, first.verdict) == ("lighthouse.md", 1, "verbatim")
    assert "Maren Holt" in first.quote
    for citation in answer.citations:
        assert assistant.document(citation.document).text[citation.start : citation.end] == citation.quote
    assert answer.text.startswith("The lighthouse at Skarra was built in 1874 by the engineer Maren Holt. [1]")


def test_a_citation_carries_what_a_footnote_needs(open_assistant: Opener) -> None:
    assistant = open_assistant()
    assistant.sync()
    citation = assistant.ask("Who built the lighthouse at Skarra?").citations[0]
    assert citation.title == "The lighthouse at Skarra"
    assert citation.published == "2019-05-04"
    assert citation.url == "https://example.org/skarra"
    assert citation.credit == "Our brief of: The lighthouse at Skarra, Harbour Office, 2019-05-04"


def test_a_reference_of_the_document_is_no_marker_of_the_answer(open_assistant: Opener, corpus: Path) -> None:
    (corpus / "clock.txt").write_text(
        "The clock of Tarnby was mended by Wilma Okafor in 1907.[2][31] It strikes at noon."
    )
    assistant = open_assistant()
    assistant.sync()
    answer = assistant.ask("Who mended the clock of Tarnby?")
    assert answer.text.startswith("The clock of Tarnby was mended by Wilma Okafor in 1907. [1]")
    assert answer.citations[0].quote == "The clock of Tarnby was mended by Wilma Okafor in 1907.[2][31]"
    assert answer.sentences[0].verdict == "verbatim"


def test_the_part_that_answers_is_marked(open_assistant: Opener) -> None:
    assistant = open_assistant()
    assistant.sync()
    sentence = assistant.ask("How much is a ticket for the ferry Gannet?").sentences[0]
    assert [sentence.text[start:end] for start, end in sentence.marks] == ["12 euros"]


def test_what_the_documents_do_not_know_is_declined_with_the_nearest_passages(open_assistant: Opener) -> None:
    assistant = open_assistant()
    assistant.sync()
    answer = assistant.ask("Who won the football world cup in 2022?")
    assert (answer.status, answer.text) == ("not_found", REFUSAL)
    assert answer.sentences == answer.citations == ()
    assert answer.passages
    assert 0 <= answer.confidence < assistant.config.decline_below


def test_an_empty_index_answers_nothing_and_finds_nothing(open_assistant: Opener) -> None:
    assistant = open_assistant()
    assert assistant.retrieve("anything") == []
    assert assistant.ask("anything").status == "not_found"


def test_retrieve_gives_k_passages_whenever_there_are_k(open_assistant: Opener) -> None:
    assistant = open_assistant()
    assistant.sync()
    total = sum(entry.passages for entry in assistant.documents())
    assert len(assistant.retrieve("entirely unrelated gibberish zxqv", k=2)) == 2
    found = assistant.retrieve("ferry", k=100)
    assert len(found) == total
    assert found == sorted(found, key=lambda passage: -passage.score)
    assert found[0].document == "ferries.md"
    assert all(passage.similarity is not None and -1 <= passage.similarity <= 1 for passage in found)


def test_an_index_read_by_older_rules_is_read_anew_by_the_next_sync_and_served_until_then(
    open_assistant: Opener,
) -> None:
    assistant = open_assistant()
    added = assistant.sync().added
    before = assistant.ask("Who built the lighthouse at Skarra?")
    assistant.index.ledger.set_facts({"index_format": "1"})
    assert assistant.ask("Who built the lighthouse at Skarra?").text == before.text
    assert assistant.sync().updated == added
    assert assistant.ask("Who built the lighthouse at Skarra?").text == before.text
    assert assistant.sync().unchanged == added


def test_a_question_is_answered_from_its_scope_alone(open_assistant: Opener) -> None:
    assistant = open_assistant()
    assistant.sync()
    question = "Who built the lighthouse at Skarra?"
    assert assistant.ask(question, scope=Scope(("lighthouse.md",))).status == "answered"
    assert assistant.ask(question, scope=Scope(after="2019-05", before="2019", kind="brief")).status == "answered"
    elsewhere = assistant.ask(question, scope=Scope(("ferr*.md", "harvest.txt")))
    assert "lighthouse.md" not in {passage.document for passage in elsewhere.passages}
    assert {passage.document for passage in assistant.retrieve(question, 50, Scope(("ferries.md",)))} == {"ferries.md"}
    assert assistant.retrieve(question, 5, Scope(("nothing",))) == []
    nowhere = assistant.ask(question, scope=Scope(after="2020"))
    assert (nowhere.status, nowhere.remark) == ("not_found", "No document is within what the question was narrowed to.")


def test_the_words_that_no_document_holds_are_named(open_assistant: Opener) -> None:
    assistant = open_assistant()
    assistant.sync()
    assert assistant.unknown_words("Who built the lighthouses of Reykjavik, the engineer or the 등대지기?") == [
        "Reykjavik",
        "등대지기",
    ]
    assert assistant.unknown_words("Who is the?") == assistant.unknown_words("") == []


def test_a_second_sync_changes_nothing_and_loads_no_model(open_assistant: Opener) -> None:
    first = open_assistant()
    assert len(first.sync().added) == 3
    first.close()
    second = open_assistant()
    assert len(second.sync().unchanged) == 3
    assert second._embedding is None


def test_a_changed_file_is_updated_and_the_old_text_is_gone(open_assistant: Opener, corpus: Path) -> None:
    assistant = open_assistant()
    assistant.sync()
    (corpus / "ferries.md").write_text(
        "# Ferries of the bay\n\nThe ferry Gannet now takes 55 minutes to Lund.\n", "utf8"
    )
    assert assistant.sync().updated == ("ferries.md",)
    assert "55 minutes" in assistant.ask("How many minutes does the ferry Gannet take to Lund?").text
    assert all("Puffin" not in passage.text for passage in assistant.retrieve("the ferry Puffin engine fire", k=50))


def test_a_deleted_file_is_in_no_later_answer(open_assistant: Opener, corpus: Path, tmp_path: Path) -> None:
    assistant = open_assistant()
    assistant.sync()
    (corpus / "ferries.md").unlink()
    assert assistant.sync().removed == ("ferries.md",)
    assert all(passage.document != "ferries.md" for passage in assistant.retrieve("ferry Gannet ticket", k=50))
    assistant.close()
    shutil.rmtree(tmp_path / "index" / "chroma")
    again = open_assistant()
    assert all(passage.document != "ferries.md" for passage in again.retrieve("ferry Gannet ticket", k=50))


def test_a_lost_collection_is_rebuilt_without_embedding(
    open_assistant: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = open_assistant()
    assistant.sync()
    before = assistant.ask("Who built the lighthouse at Skarra?")
    assistant.close()
    shutil.rmtree(tmp_path / "index" / "chroma")
    again = open_assistant()

    def forbidden(*_: object) -> None:
        raise AssertionError("a passage was embedded")

    monkeypatch.setattr("rag.models.EmbeddingModel.embed_passages", forbidden)
    after = again.ask("Who built the lighthouse at Skarra?")
    assert (after.text, after.citations, after.confidence) == (before.text, before.citations, before.confidence)
    assert (tmp_path / "index" / "chroma").is_dir()


def test_one_bad_file_is_named_and_the_others_are_indexed(open_assistant: Opener, corpus: Path) -> None:
    (corpus / "broken.txt").write_bytes(b"\x00\x01\x02\x03" * 50)
    (corpus / "picture.png").write_bytes(b"\x89PNG")
    changes = open_assistant().sync()
    assert len(changes.added) == 3
    assert [name for name, _ in changes.failed] == ["broken.txt", "picture.png"]
    assert str(changes) == "3 added, 0 updated, 0 removed, 0 unchanged, 2 failed"


def test_a_file_that_turns_bad_is_served_no_more(open_assistant: Opener, corpus: Path) -> None:
    assistant = open_assistant()
    assistant.sync()
    (corpus / "ferries.md").write_bytes(b"\x00\x01" * 100)
    assert [name for name, _ in assistant.sync().failed] == ["ferries.md"]
    assert all(passage.document != "ferries.md" for passage in assistant.retrieve("ferry", k=50))
    assert {entry.path: entry.state for entry in assistant.documents()}["ferries.md"] == "failed"


def test_another_folder_is_refused_with_the_remedy(open_assistant: Opener, tmp_path: Path) -> None:
    open_assistant().sync()
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(IndexMismatchError, match="--vectorstore"):
        open_assistant(corpus=other).sync()


def test_an_index_knows_its_corpus(open_assistant: Opener, corpus: Path) -> None:
    open_assistant().sync()
    assistant = open_assistant(corpus=None)
    assert assistant.corpus == corpus
    assert len(assistant.sync().unchanged) == 3


def test_other_passage_settings_are_refused_until_a_rebuild(open_assistant: Opener) -> None:
    open_assistant().sync()
    assistant = open_assistant(passage_tokens=64)
    with pytest.raises(
        IndexMismatchError, match=r"passage_tokens 160; settings now say 64\. Run: sumber sync --rebuild"
    ):
        assistant.ask("Who built the lighthouse?")
    assert len(assistant.sync(rebuild=True).added) == 3
    assert "Maren Holt" in assistant.ask("Who built the lighthouse at Skarra?").text


def test_a_second_writer_is_refused_at_once(open_assistant: Opener) -> None:
    first, second = open_assistant(), open_assistant()
    with first.index._lock.acquire(timeout=0), pytest.raises(IndexBusyError, match="another process"):
        second.sync()


def test_a_missing_corpus_folder_is_an_error_and_removes_nothing(open_assistant: Opener, corpus: Path) -> None:
    assistant = open_assistant()
    assistant.sync()
    corpus.rename(corpus.with_name("away"))
    with pytest.raises(SettingsError, match="no corpus folder"):
        assistant.sync()
    assert len(assistant.documents()) == 3


@pytest.mark.parametrize("question", ["", "  \n ", "x" * 2001])
def test_a_question_that_cannot_be_asked_says_why(open_assistant: Opener, question: str) -> None:
    with pytest.raises(QuestionError):
        open_assistant().ask(question)


@pytest.mark.parametrize(
    "question", ['"; DROP TABLE passages; --', "NEAR(a b) AND * ^", '"', "col:x OR", "\ud800 odd", "?"]
)
def test_no_question_is_a_syntax_error(open_assistant: Opener, question: str) -> None:
    assistant = open_assistant()
    assistant.sync()
    assert assistant.ask(question).status in ("answered", "not_found")
    assert len(assistant.retrieve(question, k=3)) == 3


def test_a_follow_up_leans_on_the_turn_before(open_assistant: Opener) -> None:
    assistant = open_assistant()
    assistant.sync()
    first = "Who built the lighthouse at Skarra?"
    answer = assistant.ask("Who keeps it today?", [Turn(first, assistant.ask(first).text)])
    assert "Ida Renn" in answer.text


def test_to_dict_is_json_with_the_contracted_names(open_assistant: Opener) -> None:
    assistant = open_assistant()
    assistant.sync()
    data = json.loads(json.dumps(assistant.ask("Who built the lighthouse at Skarra?").to_dict()))
    assert set(data) == {
        *("question", "status", "text", "sentences", "citations", "passages", "confidence", "timings", "remark"),
    }
    names = {"number", "document", "title", "page", "url", "published", "start", "end", "quote", "verdict"}
    assert names <= set(data["citations"][0])
    assert {"text", "citations", "verdict", "reason"} <= set(data["sentences"][0])
    names = {"id", "document", "title", "section", "page", "text", "start", "end", "score", "similarity"}
    assert names == set(data["passages"][0])


def test_the_same_question_gets_the_same_answer(open_assistant: Opener) -> None:
    assistant = open_assistant()
    assistant.sync()
    first, second = (assistant.ask("What did the frost destroy?").to_dict() for _ in range(2))
    first.pop("timings"), second.pop("timings")
    assert first == second


def test_a_repeated_question_costs_nothing_until_a_document_changes(open_assistant: Opener, corpus: Path) -> None:
    assistant = open_assistant()
    assistant.sync()
    question = "Who built the lighthouse at Skarra?"
    first = assistant.ask(question)
    again = assistant.ask(question)
    assert again.text == first.text
    assert set(again.timings) == {"total"}  # no step was taken
    assert "Rhea Lund" not in first.text
    (corpus / "lighthouse.md").write_text("# The lighthouse\n\nThe lighthouse at Skarra was built by Rhea Lund.\n")
    assistant.sync()
    assert "Rhea Lund" in assistant.ask(question).text
    assert "Rhea Lund" not in assistant.ask(question, scope=Scope(("ferry.md",))).text


def test_what_a_repeated_question_gets_is_told_sentence_by_sentence_again(open_assistant: Opener) -> None:
    assistant = open_assistant()
    assistant.sync()
    heard: list[str] = []
    question = "Who built the lighthouse at Skarra?"
    answer = assistant.ask(question, on_sentence=lambda sentence, _: heard.append(sentence.text))
    assert heard == [sentence.text for sentence in answer.sentences]
    assistant.ask(question, on_sentence=lambda sentence, _: heard.append(sentence.text))
    assert heard == 2 * [sentence.text for sentence in answer.sentences]


def test_a_greeting_gets_a_word_of_help_from_an_empty_library_too(open_assistant: Opener) -> None:
    answer = open_assistant().ask("Hello!")
    assert answer.status == "answered"
    assert answer.text.startswith("Hello.")
    assert not answer.citations
    assert [sentence.citations for sentence in answer.sentences] == [()]


@pytest.mark.parametrize(
    ("question", "language"),
    [("Who won the regatta?", "en"), ("Siapa yang memenangkan lomba itu?", "id"), ("누가 경기에서 이겼나요?", "ko")],
)
def test_it_declines_in_the_language_of_the_question(open_assistant: Opener, question: str, language: str) -> None:
    assert open_assistant().ask(question).text == REFUSALS[language]


def test_yes_and_no_are_said_before_the_quote_that_says_why(open_assistant: Opener, corpus: Path) -> None:
    (corpus / "mill.md").write_text("# The mill\n\nThe mill at Orby was never sold to the brewery.\n")
    assistant = open_assistant()
    assistant.sync()
    answer = assistant.ask("Was the mill at Orby sold to the brewery?")
    assert answer.text == "No. The mill at Orby was never sold to the brewery. [1]"
    assert [sentence.citations for sentence in answer.sentences] == [(), (1,)]


def test_an_outline_quotes_the_documents(open_assistant: Opener) -> None:
    assistant = open_assistant()
    assistant.sync()
    answer = assistant.ask("What are these documents about?")
    assert {citation.document for citation in answer.citations} == set(assistant.index.ledger.hashes())
    for citation in answer.citations:
        assert assistant.document(citation.document).text[citation.start : citation.end] == citation.quote


def test_an_unknown_document_is_an_error_with_the_remedy(open_assistant: Opener) -> None:
    with pytest.raises(SumberError, match="sumber documents"):
        open_assistant().document("nowhere.md")


def test_a_cautious_setting_declines_more_than_an_eager_one() -> None:
    assert Config(decline="cautious").decline_below > Config().decline_below > Config(decline="eager").decline_below
    assert Config(decline=0.2).decline_below == 0.2


def test_a_language_model_that_would_not_be_used_is_refused(tmp_path: Path) -> None:
    Assistant.open(Config(vectorstore=tmp_path / "index"), llm=None).close()
    with pytest.raises(ModelError, match="Leave llm out"):
        Assistant.open(Config(vectorstore=tmp_path / "index"), llm=object())


def test_the_assistant_opens_as_a_context(tmp_path: Path) -> None:
    with Assistant.open(Config(vectorstore=tmp_path / "index")) as assistant:
        assert assistant.documents() == []
