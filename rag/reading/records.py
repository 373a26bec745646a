"""JSON files: lists of like records as tables, the rest line by line under its path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rag.reading.blocks import Block, Content, Facts, Part, Table, one_line
from rag.reading.decoding import decode
from rag.reading.isolation import isolated
from rag.types import ReadingError

LONGEST_CELL = 200  # characters; a record that holds more than this in one place is no row of a table
MOST_COLUMNS = 60
MOST_DEPTH = 40

_TITLES = ("title", "name", "headline", "subject", "question", "id")


def read_json(data: bytes, name: str) -> Content:
    """Reads a JSON file.

    Raises:
        ReadingError: it is no text or no JSON; the reason says where.
    """
    text = decode(data, level=False)  # a string may hold rare line ends as they are
    with isolated():
        try:
            whole = json.loads(text, strict=False)
        except json.JSONDecodeError as error:
            raise ReadingError(
                f"it is no valid JSON at line {error.lineno}, column {error.colno}: {_said(error)}"
            ) from error
        return _content(whole)


def read_jsonl(data: bytes, name: str) -> Content:
    """Reads a file with a JSON value on each line.

    Raises:
        ReadingError: it is no text, or a line of it is no JSON; the reason says which.
    """
    text = decode(data, level=False)  # a string may hold rare line ends as they are
    values = []
    with isolated():
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                values.append(json.loads(line, strict=False))
            except json.JSONDecodeError as error:
                raise ReadingError(
                    f"its line {number} is no valid JSON: {_said(error)}; mend or remove that line"
                ) from error
        return _content(values)


def _said(error: json.JSONDecodeError) -> str:
    return error.msg[:1].lower() + error.msg[1:]


def _content(whole: Any) -> Content:
    title = whole.get("title") if isinstance(whole, dict) else None
    return Content(tuple(_parts(whole)), Facts(title=one_line(title)[:300] or None if isinstance(title, str) else None))


def _parts(value: Any, path: str = "", depth: int = 0, level: int = 2) -> Iterator[Part]:
    """What stands at a path: `city: Bandung`; for a list of records a table, or each under its own heading."""
    if depth > MOST_DEPTH:
        raise ReadingError(f"it is nested more than {MOST_DEPTH} deep; save it in a simpler form")
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _parts(one, f"{path}.{key}" if path else str(key), depth + 1, level)
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        if path:
            yield Block("heading", path, level)
            level += 1
        table = _table(value)
        if table:
            yield table
            return
        for number, one in enumerate(value, 1):
            if isinstance(one, dict):
                yield Block("heading", _name(one) or f"{path} {number}".strip(), level)
            yield from _parts(one, "", depth + 1, level + 1)
    elif isinstance(value, list):
        yield from (Block("item", _plain(one)) for one in value) if not path else _lines(path, _joined(value))
    else:
        yield from _lines(path, _plain(value))


def _lines(path: str, text: str) -> Iterator[Part]:
    """A value after its path; a long text as paragraphs."""
    if len(text) <= LONGEST_CELL:
        if text:
            yield Block("item", f"{path}: {text}" if path else text)
        return
    paragraphs = [one for one in text.split("\n\n") if one.strip()]
    for number, one in enumerate(paragraphs):
        yield Block("text", f"{path}: {one}" if path and not number else one)


def _name(record: dict[str, Any]) -> str:
    return next((_plain(record[key]) for key in _TITLES if isinstance(record.get(key), str | int)), "")[:LONGEST_CELL]


def _table(records: list[Any]) -> Table | None:
    """Records as rows below the union of their keys, None where one is no record or too long for a row."""
    if all(isinstance(one, list) and not any(isinstance(cell, dict | list) for cell in one) for one in records):
        return Table(tuple(tuple(map(_plain, one)) for one in records), 0)
    rows = []
    for record in records:
        row = dict(_flat(record, "", 0)) if isinstance(record, dict) else {"": "." * LONGEST_CELL * 2}
        if any(len(cell) > LONGEST_CELL for cell in row.values()):
            return None
        rows.append(row)
    columns = tuple(dict.fromkeys(key for row in rows for key in row))
    if len(columns) > MOST_COLUMNS:
        return None
    return Table((columns, *(tuple(row.get(key, "") for key in columns) for row in rows)), 1)


def _flat(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """The plain values of a record by their path. A list of records in it makes it too long for a row."""
    if isinstance(value, dict) and depth < MOST_DEPTH:
        for key, one in value.items():
            yield from _flat(one, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        yield path, _joined(value)
    elif isinstance(value, dict | list):
        yield path, "." * LONGEST_CELL * 2
    else:
        yield path, _plain(value)


def _joined(values: list[Any]) -> str:
    return ", ".join(filter(None, map(_plain, values)))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
