"""JSON: records as rows, the rest under its path, and which line is wrong."""

from __future__ import annotations

import json

import pytest

from rag.reading.blocks import compose
from rag.reading.records import MOST_DEPTH, read_json, read_jsonl
from rag.types import Document, ReadingError


def read(value: object) -> Document:
    return compose("data.json", "", read_json(json.dumps(value, ensure_ascii=False).encode(), "data.json"))


def test_a_list_of_flat_records_is_a_table_of_all_their_keys() -> None:
    records = [{"port": "Sikka", "boats": 4}, {"port": "Bima", "open": True, "at": {"lat": -8.45, "tags": ["a", "b"]}}]
    assert read(records).text == "port: Sikka; boats: 4\n\nport: Bima; open: true; at.lat: -8.45; at.tags: a, b\n"


def test_an_object_is_read_line_by_line_under_dotted_paths() -> None:
    result = read(
        {"title": "Reef survey", "lead": {"name": "Dewi", "years": [2019, 2020]}, "note": None, "ended": False}
    )
    assert result.text == "- title: Reef survey\n- lead.name: Dewi\n- lead.years: 2019, 2020\n- ended: false\n"
    assert result.title == "Reef survey"


def test_a_list_inside_an_object_stands_under_its_path() -> None:
    result = read(
        {"city": "Ende", "schools": {"primary": [{"name": "SD 1", "pupils": 90}, {"name": "SD 2", "pupils": 75}]}}
    )
    assert result.text == ("- city: Ende\n\n## schools.primary\n\nname: SD 1; pupils: 90\n\nname: SD 2; pupils: 75\n")


def test_records_with_long_texts_stand_each_under_its_name() -> None:
    story = "The well ran dry in May. " * 12
    result = read([{"title": "The well", "body": f"{story}\n\n{story}"}, {"title": "The road", "body": story}])
    assert [section.title for section in result.sections] == ["The well", "The road"]
    assert result.text.count("body: The well ran dry") == 2
    assert result.text.count("The well ran dry") == 36


def test_each_line_of_a_jsonl_file_is_a_record_and_blank_ones_are_none() -> None:
    data = b'{"q": "where", "n": 1}\n\n{"q": "when", "n": 2}\n'
    assert compose("d.jsonl", "", read_jsonl(data, "d.jsonl")).text == "q: where; n: 1\n\nq: when; n: 2\n"


def test_a_bad_line_is_named() -> None:
    with pytest.raises(ReadingError, match=r"its line 3 is no valid JSON: .*; mend or remove that line"):
        read_jsonl(b'{"a": 1}\n\n{"a": \n{"a": 3}\n', "d.jsonl")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a": 1,\n "b" 2}', "no valid JSON at line 2, column 6"),
        (b"", "no valid JSON at line 1"),
        (b"<html>", "no valid JSON at line 1"),
        (bytes(range(256)), "not text|encoding"),
        (b"[" * 100_000, "nested too deeply|no valid JSON"),
        (b'{"a":' * (MOST_DEPTH + 2) + b"1" + b"}" * (MOST_DEPTH + 2), "nested more than"),
        (b"1" * 5000, "damaged|digits"),
    ],
)
def test_what_is_no_json_is_refused_with_the_place(data: bytes, reason: str) -> None:
    with pytest.raises(ReadingError, match=reason):
        read_json(data, "data.json")


def test_odd_json_is_read() -> None:
    assert read("only a string").text == "- only a string\n"
    assert read([["Ende", 4], ["Bima", 6]]).text == "Ende; 4\n\nBima; 6\n"
    assert read(["salt", 2, None]).text == "- salt\n- 2\n"
    assert read({}).text == ""
    assert "deep" in read([[["deep"]]]).text
    assert read([{"a": [{"b": 1}]}, {"a": []}]).text == "## 1\n\n### a\n\nb: 1\n\n## 2\n"


def test_windows_line_ends_are_no_sign_of_a_binary_file() -> None:
    lines = b'{\r\n "mill": "Arden",\r\n "built": 1790,\r\n "wheel": "broke in 1841"\r\n}\r\n'
    assert "broke in 1841" in compose("mill.json", "", read_json(lines, "mill.json")).text
    rows = read_jsonl(b'{"wheel": "broke in 1841"}\r\n' * 9, "mill.jsonl")
    assert "broke in 1841" in compose("mill.jsonl", "", rows).text
