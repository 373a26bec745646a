"""Question sets of other forms: what each becomes, what is left out with its reason, what is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rag.evaluation import Question, Source, importing, load
from rag.evaluation.importing import Imported, import_set, write_documents
from rag.evaluation.measures import places
from rag.evaluation.questions import write_questions
from rag.reading.decoding import decode
from rag.reading.markup import read_markdown
from rag.types import QuestionSetError


def saved(folder: Path, content: str | bytes, name: str = "set.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(source: Path, **options: Any) -> str:
    with pytest.raises(QuestionSetError) as caught:
        import_set(source, **options)
    return str(caught.value)


# --- tables ----------------------------------------------------------------------------------------------------------


def test_every_column_is_read(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        "id,question,answer,document,quote,page,answerable,category\n"
        'k1,Who keeps the lamp?,Ines|Ines Marlo,coast\\light.md,"Ines keeps\nthe lamp",3,yes,people\n'
        "k2,Who is the mayor?,,,,,no,\n",
    )
    assert import_set(path) == Imported(
        (
            Question(
                "k1",
                "Who keeps the lamp?",
                True,
                ("Ines", "Ines Marlo"),
                (Source("coast/light.md", "Ines keeps\nthe lamp", 3),),
                "people",
            ),
            Question("k2", "Who is the mayor?", False),
        ),
        {},
        (),
        0,
    )


def test_a_question_and_an_answer_are_enough_and_ids_are_the_lines(tmp_path: Path) -> None:
    found = import_set(saved(tmp_path, 'Question,Answer\n\nWho?,Ines\n\'When,\n"So\nwhen?",1911\n'))
    assert [(one.id, one.question, one.answers) for one in found.questions] == [
        ("line-3", "Who?", ("Ines",)),
        ("line-5", "So when?", ("1911",)),
    ]
    assert found.notes == (
        'Left out: set.csv, line 4: it has no answer; if the documents do not answer it, write no under "answerable".',
    )
    assert found.left_out == 1


def test_several_columns_of_answers_make_one_list(tmp_path: Path) -> None:
    found = import_set(saved(tmp_path, "question;Answer 1;answer_2;Accepted Answers\nWho?;Ines;;Ines| I. Marlo |\n"))
    assert found.questions[0].answers == ("Ines", "I. Marlo")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_the_one_that_gives_the_columns_we_know(tmp_path: Path, separator: str) -> None:
    rows = [("question", "answer", "document"), ("Siapa?", "Bu Ratna", "a.md"), ("누가?", "한서윤", "b.md")]
    found = import_set(saved(tmp_path, "\r\n".join(separator.join(row) for row in rows), "set.txt"))
    assert [one.question for one in found.questions] == ["Siapa?", "누가?"]


@pytest.mark.parametrize(
    ("encoding", "answer"),
    [
        ("utf-8", "한서윤"),
        ("utf-8-sig", "한서윤"),
        ("utf-16", "한서윤"),
        ("cp1252", "café “Zur Mühle”"),
        ("cp949", "한서윤"),
    ],
)
def test_any_usual_encoding_is_read(tmp_path: Path, encoding: str, answer: str) -> None:
    words = "구로 도서관 관장은 누구입니까" if encoding == "cp949" else "Who is it"
    rows = "".join(f"{words} {number}?,{answer}\r\n" for number in range(20))
    found = import_set(saved(tmp_path, ("question,answer\r\n" + rows).encode(encoding)))
    assert {one.answers for one in found.questions} == {(answer,)}


@pytest.mark.parametrize(
    ("word", "answerable"),
    [("Yes", True), ("FALSE", False), ("0", False), ("ya", True), ("Tidak", False), ("예", True), ("아니요", False)],
)
def test_yes_and_no_are_understood_in_three_languages(tmp_path: Path, word: str, answerable: bool) -> None:
    path = saved(tmp_path, f"question,answerable,document\nWho?,{word},a.md\n")
    assert import_set(path).questions[0].answerable is answerable


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Ines,,,,", '"question" must not be empty'),
        ("Who?,,,,,", "it has no answer"),
        ("Who?,Ines,,,,no", '"answerable" is false, but there are "answers"'),
        ("Who?,,,,,yes", '"answers" or "sources" must say what is right'),
        ("Who?,Ines,,,,maybe", '"answerable" must be yes or no, not "maybe"'),
        ("Who?,Ines,a.md,,two,", '"page" must be a whole number, not "two"'),
        ("Who?,Ines,a.md,,0,", '"page" counts from 1'),
        ("Who?,Ines,,she keeps it,,", '"document" is empty'),
        ("Who?,Ines,a.md,,,,of the lamp", "it has 7 cells, the first row 6; put the text in quotes"),
        ("why " * 600 + ",Ines,,,,", "the question has more than 2000 characters"),
    ],
)
def test_a_bad_row_is_left_out_with_its_line_and_the_reason(tmp_path: Path, row: str, reason: str) -> None:
    text = f'question,answer,document,quote,page,answerable\n"Is it\nthere?",yes,,,,\n{row}\nWhen?,1911,,,,\n'
    found = import_set(saved(tmp_path, text))
    assert len(found.questions) == 2
    (note,) = found.notes
    assert note.startswith("Left out: set.csv, line 4: ")
    assert reason in note


def test_an_id_used_twice_leaves_the_second_row_out(tmp_path: Path) -> None:
    found = import_set(saved(tmp_path, "id,question,answer\n1,Who?,Ines\n1,When?,1911\n"))
    assert [one.question for one in found.questions] == ["Who?"]
    assert found.notes == ('Left out: set.csv, line 3: the id "1" was used already.',)


def test_only_the_first_twenty_reasons_are_told(tmp_path: Path) -> None:
    found = import_set(saved(tmp_path, "question,answer\nWho?,Ines\n" + "When?,\n" * 50))
    assert found.left_out == 50
    assert len(found.notes) == 21
    assert found.notes[-1] == "Left out: 30 more reasons."


def test_columns_that_are_not_known_are_told(tmp_path: Path) -> None:
    found = import_set(saved(tmp_path, "question,answer,anwser 2,Checked by\nWho?,Ines,I.,Amir\n"))
    assert found.notes == ('Columns that are not used: "anwser 2", "checked by".',)


@pytest.mark.parametrize("row", ['"Who,Ines\nWhen?,1911\n', '"Who "is" it?",Ines\n', f'"{"x" * 200_000}",Ines\n'])
def test_a_quotation_mark_left_open_is_refused_with_its_line(tmp_path: Path, row: str) -> None:
    message = refusal(saved(tmp_path, "question,answer\nWho?,Ines\n" + row))
    assert message.startswith("set.csv, from line 3: ")
    assert message.endswith("Correct it there.")


# --- SQuAD -----------------------------------------------------------------------------------------------------------

MILL = "The mill at Orrin was bought by Petra Vance in 1903. It ground barley.  It burned in 1950."
LIBRARY = "구로 도서관은 1994년에 문을 열었다. 관장은 한서윤이다."


def squad(folder: Path, *articles: Any) -> Path:
    return saved(folder, json.dumps({"version": "x", "data": articles}), "set.json")


def article(title: str, context: str, *asked: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "paragraphs": [{"context": context, "qas": list(asked)}]}


def qa(id_: str, question: str, *answers: tuple[str, int], impossible: bool | None = None) -> dict[str, Any]:
    row = {"id": id_, "question": question, "answers": [{"text": t, "answer_start": at} for t, at in answers]}
    return row if impossible is None else row | {"is_impossible": impossible}


def stored(found: Imported, source: Source) -> str:
    return read_markdown(source.document, "", decode(found.documents[source.document].encode())).text


def test_an_article_becomes_a_document_and_the_answering_sentence_the_quote(tmp_path: Path) -> None:
    mill = article("Orrin_Mill", MILL, qa("1", "Who bought it?", ("Petra Vance", 32), impossible=False))
    mill["paragraphs"].append({"context": "A second paragraph.", "qas": []})
    found = import_set(squad(tmp_path, mill, article("구로 도서관", LIBRARY, qa("2", "관장은?", ("한서윤", 26)))))
    assert found.documents == {
        "Orrin-Mill.md": f"# Orrin Mill\n\n{MILL}\n\nA second paragraph.\n",
        "구로-도서관.md": f"# 구로 도서관\n\n{LIBRARY}\n",
    }
    assert found.questions == (
        Question(
            "1",
            "Who bought it?",
            True,
            ("Petra Vance",),
            (Source("Orrin-Mill.md", "The mill at Orrin was bought by Petra Vance in 1903."),),
        ),
        Question("2", "관장은?", True, ("한서윤",), (Source("구로-도서관.md", "관장은 한서윤이다."),)),
    )
    assert (found.notes, found.left_out) == ((), 0)


def test_what_has_no_answer_is_unanswerable_and_the_notes_say_by_what(tmp_path: Path) -> None:
    asked = qa("1", "Who sold it?", ("Petra", 32), impossible=True)
    found = import_set(squad(tmp_path, article("Mill", MILL, asked)))
    assert found.questions == (Question("1", "Who sold it?", False),)
    assert found.notes == ("A question has no answer in its own paragraph, though another document may answer it.",)


def test_the_sentence_that_most_answers_stand_in_is_the_quote(tmp_path: Path) -> None:
    asked = qa("1", "When?", ("1903", 47), ("1950", 85), ("in 1950", 82))
    question = import_set(squad(tmp_path, article("Mill", MILL, asked))).questions[0]
    assert question.sources == (Source("Mill.md", "It burned in 1950."),)
    assert question.answers == ("1903", "1950", "in 1950")


@pytest.mark.parametrize("start", [60, 0, 9999, None, "60"])
def test_an_answer_is_sought_beside_an_offset_that_is_wrong(tmp_path: Path, start: Any) -> None:
    found = import_set(squad(tmp_path, article("Mill", MILL, qa("1", "What?", ("barley", start)))))
    assert found.questions[0].sources[0].quote == "It ground barley."


def test_of_two_places_the_one_beside_the_offset_is_quoted(tmp_path: Path) -> None:
    text = "It opened in 1903. It moved in 1920. It closed in 1903."
    found = import_set(squad(tmp_path, article("Mill", text, qa("1", "When did it close?", ("1903", 49)))))
    assert found.questions[0].sources[0].quote == "It closed in 1903."


def test_an_answer_over_two_sentences_quotes_both(tmp_path: Path) -> None:
    found = import_set(squad(tmp_path, article("Mill", MILL, qa("1", "What?", ("in 1903. It ground", 44)))))
    assert found.questions[0].sources[0].quote == MILL[:70]


def test_an_answer_that_is_not_in_its_paragraph_leaves_the_document_alone(tmp_path: Path) -> None:
    found = import_set(squad(tmp_path, article("Mill", MILL, qa("1", "Who?", ("P. Vance", 3)))))
    assert found.questions[0].sources == (Source("Mill.md"),)
    assert found.notes == ("An answer is not in its paragraph, so only the document is its source.",)


def test_a_quote_that_reading_changes_leaves_the_document_alone(tmp_path: Path) -> None:
    table = "| keeper | since |\n| --- | --- |\n| Ines Marlo | 1911 |"
    found = import_set(squad(tmp_path, article("Lamp", table, qa("1", "Since when?", ("1911", 46)))))
    assert found.questions[0].sources == (Source("Lamp.md"),)
    assert found.notes == ("A quote changes when its document is read, so only the document is its source.",)


@pytest.mark.parametrize(
    "context",
    [
        "---\ntitle: Something else\n---\nInes keeps the lamp. It is old.",
        "# Ines\r\nInes keeps the lamp.\u2028It is\x00 old.",
        "Cafe\u0301 owner Ines keeps the lamp.\x85 It is \ud83d old.",
        "1. first\n2. Ines keeps the lamp.\n```\n# not a heading",
    ],
)
def test_a_quote_stands_in_the_text_as_it_will_be_stored(tmp_path: Path, context: str) -> None:
    asked = qa("1", "Who keeps it?", ("Ines keeps the lamp", context.index("Ines keeps")))
    found = import_set(saved(tmp_path, json.dumps([{"context": context, "qas": [asked]}]), "set.json"))
    (source,) = found.questions[0].sources
    assert source.quote
    assert places(source.quote, stored(found, source))


def test_paragraphs_without_articles_are_documents_of_their_own_and_the_same_text_is_one(tmp_path: Path) -> None:
    rows = [
        {"context": MILL, "qas": [qa("1", "Who?", ("Petra Vance", 32))]},
        {"context": LIBRARY, "qas": [qa("2", "누구?", ("한서윤", 26))]},
        {"context": MILL, "qas": [qa("3", "When?", ("1950", 85))]},
    ]
    found = import_set(saved(tmp_path, json.dumps(rows), "set.json"))
    assert found.documents == {"document.md": MILL + "\n", "document-2.md": LIBRARY + "\n"}
    assert [one.sources[0].document for one in found.questions] == ["document.md", "document-2.md", "document.md"]


def test_what_is_no_question_is_left_out_and_counted(tmp_path: Path) -> None:
    found = import_set(
        squad(
            tmp_path,
            article(
                "A", MILL, qa("1", "Who?", ("Petra", 32)), qa("1", "Who?", ("Petra", 32)), qa("2", "", ("mill", 4))
            ),
            article("B", ""),
            {"title": 3, "paragraphs": ["text", {"context": [], "qas": {}}]},
            "text",
        )
    )
    assert [one.id for one in found.questions] == ["1"]
    assert found.notes == (
        'Left out: question "1": the id "1" was used already.',
        'Left out: question "2": "question" must not be empty.',
        "Left out: a paragraph without text (3 times).",
    )
    assert found.left_out == 5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"data": [\n{]', "set.json, line 2: this is not JSON"),
        ('{"id": "1"}\n{"id": "2"}', "A question set of one object a line needs no import."),
        ("[" * 100_000, "nested or long beyond reason"),
        ('{"rows": []}', 'has not the shape of SQuAD: no "data" with "paragraphs"'),
        ("[1, 2]", "has not the shape of SQuAD"),
        ('{"data": {"paragraphs": 3}}', "has not the shape of SQuAD"),
        ('{"data": [{"paragraphs": []}]}', "gives no question"),
    ],
)
def test_json_of_another_shape_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    assert reason in refusal(saved(tmp_path, text, "set.json"))


# --- BEIR ------------------------------------------------------------------------------------------------------------


def jsonl(*rows: Any) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)


def beir(folder: Path, corpus: Sequence[Any], queries: Sequence[Any], **splits: Sequence[str]) -> Path:
    (folder / "qrels").mkdir()
    saved(folder, jsonl(*corpus), "corpus.jsonl")
    saved(folder, jsonl(*queries), "queries.jsonl")
    for split, lines in splits.items():
        saved(folder, "".join(line + "\n" for line in lines), f"qrels/{split}.tsv")
    return folder


HEAD = "query-id\tcorpus-id\tscore"
CORPUS = [
    {"_id": "d1", "title": "Mill", "text": MILL, "metadata": {}},
    {"_id": "d2", "title": "", "text": LIBRARY},
    {"_id": 3, "text": "The third."},
]
QUERIES = [{"_id": "q1", "text": "Who bought the mill?"}, {"_id": "q2", "text": "관장은?"}, {"_id": "q3", "text": "x"}]


def test_a_beir_folder_gives_documents_and_the_questions_of_the_split(tmp_path: Path) -> None:
    test = [HEAD, "q1\td1\t1", "q1\td2\t0", "q1\t3\t2", "q2\td2\t-1"]
    folder = beir(tmp_path, CORPUS, QUERIES, test=test, dev=[HEAD, "q2\td2\t1"])
    found = import_set(folder)
    assert found == Imported(
        (Question("q1", "Who bought the mill?", True, (), (Source("d1.md"), Source("3.md"))),),
        {"d1.md": f"# Mill\n\n{MILL}\n", "d2.md": f"{LIBRARY}\n", "3.md": "The third.\n"},
        (),
        0,
    )
    assert [one.id for one in import_set(folder, split="dev").questions] == ["q2"]
    assert refusal(folder, split="../q") == (f'{folder} has no split "../q". Give --split one of: dev, test.')


def test_ids_become_paths_that_are_safe_and_differ(tmp_path: Path) -> None:
    ids = ["../../etc/passwd", "/root", "a/b", "a.b", "A-B", "", "..", "x" * 300, "c\u202e\x00d", "CON", "한글 문서"]
    corpus = [{"_id": one, "text": f"Text {number}."} for number, one in enumerate(ids)]
    found = import_set(beir(tmp_path, corpus, [QUERIES[0]], test=[HEAD, "q1\ta/b\t1", "q1\tA-B\t1"]))
    assert list(found.documents) == [
        "etc-passwd.md",
        "root.md",
        "a-b.md",
        "a-b-2.md",
        "A-B-3.md",
        "document.md",
        f"{'x' * 60}.md",
        "c-d.md",
        "CON.md",
        "한글-문서.md",
    ]
    assert found.questions[0].sources == (Source("a-b.md"), Source("A-B-3.md"))
    assert found.notes == ('Left out: corpus.jsonl, line 6: no JSON object with an "_id".',)
    write_documents(tmp_path / "out", found.documents)
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(found.documents)


def test_what_is_broken_in_a_beir_folder_is_left_out_and_counted(tmp_path: Path) -> None:
    corpus = [*CORPUS, {"_id": "d1", "text": "again"}, {"_id": "d4", "title": " ", "text": ""}, "{broken", '"text"']
    queries = [*QUERIES, {"_id": "q1", "text": "again"}, {"text": "no id"}, {"_id": "q4", "text": " "}]
    test = [HEAD, "q1\td1\t1", "q1\tgone\t1", "q2\tgone\t1", "q4\td1\t1", "q5\td1\t1", "q3 d1 1", "q3\td1\tmuch"]
    found = import_set(beir(tmp_path, corpus, queries, test=test))
    assert [(one.id, one.sources) for one in found.questions] == [("q1", (Source("d1.md"),))]
    assert found.notes == (
        "Left out: qrels/test.tsv, line 7: not query, document and whole number, with tabs.",
        "Left out: qrels/test.tsv, line 8: not query, document and whole number, with tabs.",
        "Left out: a document that is empty or has the id of another (2 times).",
        'Left out: corpus.jsonl, line 6: no JSON object with an "_id".',
        'Left out: corpus.jsonl, line 7: no JSON object with an "_id".',
        'Left out: query "q2": "answerable" is true, so "answers" or "sources" must say what is right.',
        'Left out: queries.jsonl, line 5: no JSON object with an "_id".',
        'Left out: query "q4": "question" must not be empty.',
        "Left out: a judged query is not in queries.jsonl.",
        "A relevant document is not in corpus.jsonl (2 times).",
    )


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_json_with_the_line_ends_of_windows_and_rare_ones_inside_is_read(tmp_path: Path, mark: bytes) -> None:
    text = json.dumps(
        [article("Mill", MILL, qa("1", "Who\u2028bought it?", ("Petra", 32)))], indent=1, ensure_ascii=False
    )
    path = saved(tmp_path, mark + text.replace("\n", "\r\n").encode(), "set.json")
    assert import_set(path).questions[0].question == "Who bought it?"
    folder = beir(tmp_path, CORPUS, QUERIES, test=[HEAD + "\r", "q1\td1\t1\r", "q1\td2\t1\r"])
    for name in ("corpus", "queries"):
        saved(folder, mark + (folder / f"{name}.jsonl").read_bytes().replace(b"\n", b"\r\n"), f"{name}.jsonl")
    assert import_set(folder).questions[0].sources == (Source("d1.md"), Source("d2.md"))


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path} is no BEIR folder: corpus.jsonl, queries.jsonl or qrels/*.tsv is missing."


# --- all forms -------------------------------------------------------------------------------------------------------


def test_a_limit_takes_the_first_questions_and_all_documents(tmp_path: Path) -> None:
    folder = beir(tmp_path, CORPUS, QUERIES, test=[HEAD, "q1\td1\t1", "q2\td2\t1"])
    found = import_set(folder, limit=1)
    assert ([one.id for one in found.questions], len(found.documents)) == (["q1"], 3)


def test_what_is_imported_can_be_written_and_loaded(tmp_path: Path) -> None:
    mill = article("Mill", MILL, qa("1", "Who \ud83d?", ("Petra\x07 Vance", 32)), qa("2", "Why?", impossible=True))
    found = import_set(squad(tmp_path, mill))
    write_questions(tmp_path / "out.jsonl", found.questions)
    assert load(tmp_path / "out.jsonl") == found.questions
    assert found.questions[0].question == "Who ?"


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"PK\x03\x04" + bytes(range(256)) * 40, "set.xlsx", "set.xlsx cannot be imported: "),
        ("", "set.csv", 'line 1: there is no column "question"'),
        ("Dear all,\nhere are the questions.\n", "set.txt", "Name the columns in the first row: question, id, answer"),
        ("question,answer\n", "set.csv", "set.csv gives no question."),
        ("question,answer\nWho?,\n", "set.csv", "Left out: set.csv, line 2: it has no answer"),
    ],
)
def test_what_has_no_form_is_refused_with_what_to_do(
    tmp_path: Path, content: str | bytes, name: str, reason: str
) -> None:
    assert reason in refusal(saved(tmp_path, content, name))


def test_a_file_that_is_not_there_or_is_no_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.csv") == f"{tmp_path / 'none.csv'} is no file that can be read. Check the path."
    os.mkfifo(tmp_path / "pipe")
    assert "is no file that can be read" in refusal(tmp_path / "pipe")


def test_what_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, "question,answer\nWho?,Ines\n")
    os.truncate(path, importing.MAX_BYTES + 1)
    assert refusal(path) == "set.csv is larger than 300 MB. Import a part of it."
    monkeypatch.setattr(importing, "MAX_DOCUMENTS", 2)
    folder = beir(tmp_path, CORPUS, QUERIES, test=[HEAD, "q1\td1\t1"])
    assert refusal(folder) == "there are more than 2 documents. Import a smaller set."


# --- documents -------------------------------------------------------------------------------------------------------


def test_documents_are_written_once_and_never_over_others(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    write_documents(folder, {"a.md": "한 줄\n", "b.md": "b\n"})
    write_documents(folder, {"a.md": "한 줄\n", "b.md": "b\n"})
    assert (folder / "a.md").read_text("utf8") == "한 줄\n"
    with pytest.raises(QuestionSetError, match=r"a\.md is there already and says something else"):
        write_documents(folder, {"new.md": "new\n", "a.md": "other\n"})
    assert sorted(path.name for path in folder.iterdir()) == ["a.md", "b.md"]


@pytest.mark.parametrize(
    "path", ["../a.md", "/a.md", "x/../../a.md", "x/./a.md", "..\\a.md", "a\n.md", "", "link/a.md"]
)
def test_no_document_is_written_outside_the_folder(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(QuestionSetError, match="is no path inside a folder"):
        write_documents(folder, {path: "text\n"})
    assert [one.name for one in tmp_path.iterdir()] == ["corpus"]
