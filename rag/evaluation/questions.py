"""Question sets: a JSONL file to `Question`s and back, every line checked before the first question is asked."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from rag.types import QuestionSetError, Turn

MAX_BYTES = 50_000_000  # far above any set written by hand; a corpus given by mistake is refused before it fills memory
NO_CATEGORY = "general"
KEYS = ("id", "question", "answers", "sources", "answerable", "category", "history")
SNIFFED = 8192  # bytes; no text has a zero byte, and every program's own format has one near its head
CONVERT = "sumber import SOURCE QUESTIONS.jsonl"

T = TypeVar("T")
NAMES = {str: "a string", bool: "true or false", int: "a whole number", list: "a list", dict: "an object"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where an answer stands. Without a quote the document alone decides; `page` tells a reader where to look."""

    document: str  # relative to the corpus, with forward slashes
    quote: str | None = None
    page: int | None = None  # 1-based


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what is right about it. Sources of an unanswerable question are not used."""

    id: str
    question: str
    answerable: bool
    answers: tuple[str, ...] = ()  # any one of them, found in the answer, makes it right
    sources: tuple[Source, ...] = ()
    category: str = NO_CATEGORY
    history: tuple[Turn, ...] = ()


def load(path: Path | str) -> tuple[Question, ...]:
    """The questions of a file, in its order. Blank lines and unknown keys are skipped.

    Raises:
        QuestionSetError: the file cannot be read, or a line is not a question; the message names the line.
    """
    path = Path(path)
    questions: list[Question] = []
    lines: dict[str, int] = {}
    # Not splitlines: it also splits at U+2028, which may stand inside a JSON string.
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            question = question_of(_object(line))
        except QuestionSetError as error:
            remedy = "Correct that line." if questions else f"Correct that line, or convert the file: {CONVERT}"
            raise QuestionSetError(f"{path.name}, line {number}: {error}. {remedy}") from error
        if question.id in lines:
            raise QuestionSetError(
                f"{path.name}, line {number}: the id {shown(question.id)} was used in line {lines[question.id]}"
                " already. Give each question an id of its own."
            )
        lines[question.id] = number
        questions.append(question)
    if not questions:
        raise QuestionSetError(f"{path.name} holds no question. Write one JSON object a line.")
    return tuple(questions)


def write_questions(path: Path, questions: Iterable[Question]) -> None:
    """Writes a question set, whole or not at all: `load` gives the same questions back.

    Raises:
        QuestionSetError: a question breaks the contract, ids repeat, the set would be too large to load, or the file
            is there already and says something else.
    """
    lines: dict[str, str] = {}
    for question in questions:
        try:
            line = _line(question)
        except QuestionSetError as error:
            raise QuestionSetError(f"the question {shown(question.id)} cannot be kept: {error}. Mend it.") from error
        if question.id in lines:
            raise QuestionSetError(f"the id {shown(question.id)} is used twice. Give each question an id of its own.")
        lines[question.id] = line + "\n"
    data = "".join(lines.values()).encode()
    if not 0 < len(data) <= MAX_BYTES:
        raise QuestionSetError(f"{path.name} would be empty or larger than {MAX_BYTES // 1_000_000} MB. Limit the set.")
    write_new(path, data)


def write_new(path: Path, data: bytes) -> None:
    """Puts a file in its place in one step. One that is there is never replaced; if it says the same all is well.

    Raises:
        QuestionSetError: the file is there already and says something else, or it cannot be written.
    """
    refuse_other(path, data)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(data)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise QuestionSetError(f"{path} cannot be written: {error.strerror}. Give another path.") from error


def refuse_other(path: Path, data: bytes) -> None:
    """Refuses a path where something else than these bytes is.

    Raises:
        QuestionSetError: something else is there, or it cannot be told.
    """
    try:
        if path.exists() and not (path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data):
            raise QuestionSetError(f"{path} is there already and says something else. Delete it, or give another name.")
    except OSError as error:
        raise QuestionSetError(f"{path} cannot be written: {error.strerror}. Give another path.") from error


def _text(path: Path) -> str:
    if path.is_dir():
        raise QuestionSetError(f"{path} is a folder and cannot be read. Give a question set, or convert it: {CONVERT}")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise QuestionSetError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    if len(data) > MAX_BYTES:
        raise QuestionSetError(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB. Split it into several sets.")
    if b"\0" in data[:SNIFFED] and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise QuestionSetError(f"{path.name} is no text. Save it as CSV in its own program, and convert it: {CONVERT}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise QuestionSetError(f"{path.name}, line {number}: this is not UTF-8. Save the file as UTF-8.") from error


def _object(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        json.dumps(row, ensure_ascii=False).encode()  # half a surrogate pair, \ud83d alone, fails here and not mid-run
    except json.JSONDecodeError as error:
        raise QuestionSetError(f"this is not JSON ({error.msg} at character {error.colno})") from error
    except (ValueError, RecursionError) as error:
        raise QuestionSetError("this JSON holds a broken character, or is nested or long beyond reason") from error
    if not isinstance(row, dict):
        raise QuestionSetError(f"a question must be an object, not {shown(row)}")
    return row


def question_of(row: dict[str, Any]) -> Question:
    """The question that an object of the contract stands for.

    Raises:
        QuestionSetError: it breaks the contract; the message is the reason, without place and remedy.
    """
    question = Question(
        id=_filled(row, "id"),
        question=_filled(row, "question"),
        answerable=_value(row, "answerable", bool),
        answers=tuple(_filled({"answers": answer}, "answers") for answer in _value(row, "answers", list, [])),
        sources=tuple(_source(source) for source in _objects(row, "sources")),
        category=_value(row, "category", str, "").strip() or NO_CATEGORY,
        history=tuple(
            Turn(_filled(turn, "question"), _value(turn, "answer", str, "")) for turn in _objects(row, "history")
        ),
    )
    if question.answerable and not (question.answers or question.sources):
        raise QuestionSetError('"answerable" is true, so "answers" or "sources" must say what is right')
    if question.answers and not question.answerable:
        raise QuestionSetError('"answerable" is false, but there are "answers"')
    return question


def _source(row: dict[str, Any]) -> Source:
    page = None if row.get("page") is None else _value(row, "page", int)
    if page is not None and page < 1:
        raise QuestionSetError(f'"page" counts from 1, so it cannot be {page}')
    quote = None if row.get("quote") is None else _filled(row, "quote")
    return Source(document=_filled(row, "document"), quote=quote, page=page)


def _objects(row: dict[str, Any], key: str) -> list[dict[str, Any]]:
    rows = _value(row, key, list, [])
    return [_value({key: item}, key, dict) for item in rows]


def _filled(row: dict[str, Any], key: str) -> str:
    value = _value(row, key, str)
    if not value.strip():
        raise QuestionSetError(f'"{key}" must not be empty')
    return value


def _value(row: dict[str, Any], key: str, kind: type[T], default: T | None = None) -> T:
    """The value of a key, or the default where it is absent or null. A true is no whole number here."""
    value = default if row.get(key) is None else row[key]
    if value is None:
        raise QuestionSetError(f'"{key}" is missing; it must be {NAMES[kind]}')
    if type(value) is not kind:
        raise QuestionSetError(f'"{key}" must be {NAMES[kind]}, not {shown(value)}')
    return value


def shown(value: Any, most: int = 40) -> str:
    """A value as JSON, as much of it as fits a message, with what cannot be seen escaped: it may steer a terminal."""
    text = json.dumps(value[:most] if isinstance(value, str) else value, ensure_ascii=False)
    text = text if len(text) <= most else text[:most] + "…"
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _line(question: Question) -> str:
    line = json.dumps({key: getattr(question, key) for key in KEYS}, ensure_ascii=False, default=_given)
    if question_of(_object(line)) != question:
        raise QuestionSetError('it would not be read back the same; "category" may have spaces around it')
    return line


def _given(part: Source | Turn) -> dict[str, Any]:
    return {key: value for key, value in asdict(part).items() if value is not None}
