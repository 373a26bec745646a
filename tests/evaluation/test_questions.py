"""Loading a question set: what is accepted, and the line and remedy that a malformed one is refused with."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.evaluation import Question, Source, load
from rag.evaluation.questions import write_questions
from rag.types import QuestionSetError, Turn

KEEPER: dict[str, Any] = {
    "id": "keeper",
    "question": "Who keeps the lighthouse?",
    "answers": ["Ines"],
    "sources": [{"document": "coast/light.md", "quote": "Ines keeps the light", "page": 2}],
    "answerable": True,
    "category": "people",
    "history": [{"question": "Is there a lighthouse?", "answer": "Yes."}],
}


def write(folder: Path, *lines: dict[str, Any] | str) -> Path:
    path = folder / "set.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(QuestionSetError) as caught:
        load(path)
    return str(caught.value)


def test_every_key_of_the_contract_is_read(tmp_path: Path) -> None:
    assert load(write(tmp_path, KEEPER)) == (
        Question(
            id="keeper",
            question="Who keeps the lighthouse?",
            answerable=True,
            answers=("Ines",),
            sources=(Source("coast/light.md", "Ines keeps the light", 2),),
            category="people",
            history=(Turn("Is there a lighthouse?", "Yes."),),
        ),
    )


def test_an_unanswerable_question_needs_three_keys_only(tmp_path: Path) -> None:
    path = write(tmp_path, {"id": "1", "question": "Who is the mayor?", "answerable": False})
    assert load(path) == (Question("1", "Who is the mayor?", False, (), (), "general", ()),)


def test_null_stands_for_an_optional_key_left_out(tmp_path: Path) -> None:
    row = KEEPER | {"sources": [{"document": "a.md", "quote": None, "page": None}], "category": None, "history": None}
    question = load(write(tmp_path, row))[0]
    assert (question.sources, question.category, question.history) == ((Source("a.md"),), "general", ())


def test_an_answerable_question_may_have_answers_or_sources_alone(tmp_path: Path) -> None:
    questions = load(write(tmp_path, KEEPER | {"id": "1", "sources": []}, KEEPER | {"id": "2", "answers": []}))
    assert [question.id for question in questions] == ["1", "2"]


def test_blank_lines_unknown_keys_and_a_byte_order_mark_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff", KEEPER | {"note": {"by": "hand"}}, "  \r", "")
    assert [question.id for question in load(path)] == ["keeper"]


def test_a_line_separator_inside_a_string_does_not_end_the_line(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps(KEEPER | {"answers": ["first\u2028second"]}, ensure_ascii=False))
    assert load(path)[0].answers == ("first\u2028second",)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{not json", "this is not JSON"),
        ("[" * 100_000, "nested"),
        (json.dumps(KEEPER | {"question": "\ud83d"}), "broken character"),
        ("[1, 2]", "a question must be an object, not [1, 2]"),
        ({"question": "Why?", "answerable": False}, '"id" is missing; it must be a string'),
        ({"id": "2", "answerable": False}, '"question" is missing'),
        ({"id": "2", "question": "Why?"}, '"answerable" is missing; it must be true or false'),
        (KEEPER | {"id": 2}, '"id" must be a string, not 2'),
        (KEEPER | {"id": "2", "question": " \n"}, '"question" must not be empty'),
        (KEEPER | {"id": "2", "answerable": "yes"}, '"answerable" must be true or false, not "yes"'),
        (KEEPER | {"id": "2", "answerable": 1}, '"answerable" must be true or false, not 1'),
        (KEEPER | {"id": "2", "answers": "Ines"}, '"answers" must be a list, not "Ines"'),
        (KEEPER | {"id": "2", "answers": [""]}, '"answers" must not be empty'),
        (KEEPER | {"id": "2", "answers": [3]}, '"answers" must be a string, not 3'),
        (KEEPER | {"id": "2", "sources": ["a.md"]}, '"sources" must be an object, not "a.md"'),
        (KEEPER | {"id": "2", "sources": [{"quote": "x"}]}, '"document" is missing'),
        (KEEPER | {"id": "2", "sources": [{"document": "a", "quote": " "}]}, '"quote" must not be empty'),
        (KEEPER | {"id": "2", "sources": [{"document": "a", "page": True}]}, '"page" must be a whole number, not true'),
        (KEEPER | {"id": "2", "sources": [{"document": "a", "page": 0}]}, '"page" counts from 1'),
        (KEEPER | {"id": "2", "history": [{"answer": "Yes."}]}, '"question" is missing'),
        (KEEPER | {"id": "2", "category": 7}, '"category" must be a string, not 7'),
        (KEEPER | {"id": "2", "answerable": False}, '"answerable" is false, but there are "answers"'),
        (KEEPER | {"id": "2", "answers": [], "sources": []}, '"answers" or "sources" must say what is right'),
    ],
)
def test_a_malformed_line_is_refused_by_its_number_with_the_reason(
    tmp_path: Path, line: dict[str, Any] | str, reason: str
) -> None:
    message = refusal(write(tmp_path, KEEPER, "", line))
    assert message.startswith("set.jsonl, line 3: ")
    assert reason in message
    assert message.endswith("Correct that line.")


def test_a_long_value_is_not_repeated_whole_in_the_message(tmp_path: Path) -> None:
    assert len(refusal(write(tmp_path, KEEPER | {"answers": "x" * 10_000}))) < 200


def test_an_id_used_twice_is_refused_naming_both_lines(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, KEEPER, "", KEEPER))
    assert message == (
        'set.jsonl, line 3: the id "keeper" was used in line 1 already. Give each question an id of its own.'
    )


def test_a_file_without_a_question_is_refused(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, "", "  ")) == "set.jsonl holds no question. Write one JSON object a line."


def test_a_file_that_is_not_there_is_refused_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    assert refusal(path) == f"{path} cannot be read: No such file or directory. Check the path."
    assert "cannot be read" in refusal(tmp_path)


def test_text_that_is_not_utf_8_is_refused_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(json.dumps(KEEPER).encode() + b'\n{"id": "caf\xe9"}')
    assert refusal(path) == "set.jsonl, line 2: this is not UTF-8. Save the file as UTF-8."


def test_a_file_over_50_megabytes_is_refused_and_one_of_50_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, KEEPER)
    path.write_bytes(path.read_bytes().ljust(50_000_000))
    assert len(load(path)) == 1
    with path.open("ab") as file:
        file.write(b" ")
    assert refusal(path) == "set.jsonl is larger than 50 MB. Split it into several sets."


def test_a_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    assert refusal(tmp_path) == (
        f"{tmp_path} is a folder and cannot be read."
        " Give a question set, or convert it: sumber import SOURCE QUESTIONS.jsonl"
    )


def test_a_workbook_is_refused_as_no_text_with_what_to_do(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    path = tmp_path / "set.xlsx"
    path.write_bytes(file.getvalue())
    assert refusal(path) == (
        "set.xlsx is no text. Save it as CSV in its own program, and convert it: sumber import SOURCE QUESTIONS.jsonl"
    )


@pytest.mark.parametrize("text", ["question,answer\nWho?,Ines\n", '{"data": []}', "[\n {}\n]"])
def test_a_set_of_another_form_is_refused_with_the_command_that_converts_it(tmp_path: Path, text: str) -> None:
    message = refusal(write(tmp_path, text))
    assert message.startswith("set.jsonl, line 1: ")
    assert message.endswith("Correct that line, or convert the file: sumber import SOURCE QUESTIONS.jsonl")


def test_text_in_utf_16_is_refused_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(json.dumps(KEEPER).encode("utf-16"))
    assert refusal(path) == "set.jsonl, line 1: this is not UTF-8. Save the file as UTF-8."


def test_what_would_steer_a_terminal_is_escaped_in_the_message(tmp_path: Path) -> None:
    row = KEEPER | {"id": "\x1b[2J\u202e\x9b"}
    assert "\\u001b[2J\\u202e\\x9b" in (message := refusal(write(tmp_path, row, row)))
    assert message.isprintable()


# --- writing ---------------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    rows = load(write(tmp_path, KEEPER, {"id": "2", "question": "Siapa wali kotanya?", "answerable": False}))
    odd = Question("등대 3", "누가\u2028등대를\nkeeps?", True, ("a|b", '"'), (Source("한글.md"), Source("b", page=3)))
    path = tmp_path / "new" / "out.jsonl"
    write_questions(path, (*rows, odd))
    assert load(path) == (*rows, odd)
    assert json.loads(path.read_text("utf-8").split("\n")[0]) == KEEPER
    assert [file.name for file in path.parent.iterdir()] == ["out.jsonl"]


def test_writing_the_same_again_is_well_and_another_set_is_never_overwritten(tmp_path: Path) -> None:
    questions, path = load(write(tmp_path, KEEPER)), tmp_path / "out.jsonl"
    write_questions(path, questions)
    write_questions(path, questions)
    with pytest.raises(QuestionSetError, match=r"out\.jsonl is there already .* Delete it, or give another name"):
        write_questions(path, [replace(questions[0], id="other")])
    assert load(path) == questions


@pytest.mark.parametrize(
    ("questions", "reason"),
    [
        ([Question("1", "Who?", True)], 'the question "1" cannot be kept: "answerable" is true'),
        ([Question("1", "Who \ud83d?", False)], "broken character"),
        ([Question("1", "Who?", False, category=" x ")], "would not be read back the same"),
        ([Question("1", "Who?", False), Question("1", "When?", False)], 'the id "1" is used twice'),
        ([], "would be empty or larger than 50 MB"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(tmp_path: Path, questions: list[Question], reason: str) -> None:
    with pytest.raises(QuestionSetError) as caught:
        write_questions(tmp_path / "out.jsonl", questions)
    assert reason in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_set_too_large_to_be_read_back_is_not_written(tmp_path: Path) -> None:
    questions = [Question(str(number), "why " * 1_000_000, False) for number in range(13)]
    with pytest.raises(QuestionSetError, match="larger than 50 MB"):
        write_questions(tmp_path / "out.jsonl", questions)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(QuestionSetError, match=r"out\.jsonl cannot be written: .*Give another path"):
        write_questions(tmp_path / "file" / "out.jsonl", [Question("1", "Who?", False)])
