"""Question sets from elsewhere: a table, the JSON of SQuAD or a folder of BEIR to our questions and documents.

What a form does not say is not made up: a BEIR folder brings no answers, a table no documents.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from rag.config import Config
from rag.evaluation.measures import places
from rag.evaluation.questions import Question, Source, question_of, refuse_other, shown, write_new
from rag.reading.decoding import composed, decode
from rag.reading.markup import read_markdown
from rag.text import Span, sentences
from rag.types import QuestionSetError, ReadingError

MAX_BYTES = 300_000_000  # of one file; the training set of SQuAD 2.0 has 42 MB, the corpus of TREC-COVID 200
MAX_DOCUMENTS = 200_000  # each becomes a file of a folder; twenty such folders were never meant for a laptop
LONGEST = Config.model_fields["max_question"].default  # characters; evaluating stops at a question that is longer
LISTED = 20  # reasons that are told one by one
NAME = 60  # characters of a file's name; file systems allow 255 bytes, and a Hangul syllable has three

YES = {"yes", "y", "true", "1", "ya", "benar", "예", "네", "참"}
NO = {"no", "n", "false", "0", "tidak", "salah", "아니오", "아니요", "거짓"}
COLUMNS = ("question", "id", "answer", "document", "quote", "page", "answerable", "category")

T = TypeVar("T", str, list[Any], dict[str, Any])


@dataclass(frozen=True, slots=True)
class Imported:
    """What a source gave. `notes` are sentences about what was left out or is known less well than it might be."""

    questions: tuple[Question, ...]
    documents: Mapping[str, str]  # Markdown by path relative to a corpus; empty where the source brings no texts
    notes: tuple[str, ...]
    left_out: int  # questions and documents


def import_set(source: Path, split: str = "test", limit: int | None = None) -> Imported:
    """Reads a question set of another form, which its content tells.

    - A table: a file of values separated by commas, semicolons or tabs, whose first row names the columns. Several
      answers stand in columns of their own or with `|` between them.
    - SQuAD 1.1 and 2.0, and what has their shape (KorQuAD, IDK-MRC, TyDi QA): Rajpurkar et al. 2018, arXiv:1806.03822.
      An article becomes a document; the gold quote is the sentence that most of the given answers stand in.
    - BEIR: a folder with `corpus.jsonl`, `queries.jsonl` and `qrels/`: Thakur et al. 2021, arXiv:2104.08663.

    Args:
        split: of a BEIR folder, by the name of its file in `qrels/`.
        limit: the most questions, the first ones. Documents are all kept: fewer would make the questions easier.

    Raises:
        QuestionSetError: the source cannot be read, has none of the forms, or holds no question.
    """
    found = _Findings()
    if source.is_dir():
        _read_beir(source, split, found)
    else:
        text = _text(source)
        read = _read_squad if text.lstrip()[:1] in ("{", "[") else _read_table
        read(source.name, text, found)
    if not found.questions:
        raise QuestionSetError(
            " ".join((f"{source.name} gives no question. Mend or choose it anew.", *found.notes()[:3]))
        )
    return Imported(tuple(found.questions.values())[:limit], found.documents, found.notes(), found.left_out.total())


def write_documents(folder: Path, documents: Mapping[str, str]) -> None:
    """Writes imported documents below a folder. A file that is there already and says something else is kept.

    Raises:
        QuestionSetError: there is such a file, and nothing was written; or a path leads out of the folder.
    """
    for path in documents:
        safe = path.isprintable() and all(part.strip(".") for part in re.split(r"[/\\]", path))
        if not safe or not (folder / path).resolve().is_relative_to(folder.resolve()):
            raise QuestionSetError(f"{shown(path)} is no path inside a folder. Give the document another one.")
    targets = {folder / path: text.encode() for path, text in documents.items()}
    for target, data in targets.items():
        refuse_other(target, data)
    for target, data in targets.items():
        write_new(target, data)


class _Findings:
    """What has been found so far, and how often something was amiss, by the reason."""

    def __init__(self) -> None:
        self.questions: dict[str, Question] = {}
        self.documents: dict[str, str] = {}
        self.left_out: Counter[str] = Counter()
        self.remarks: Counter[str] = Counter()
        self._paths: Counter[str] = Counter()

    def add(self, place: str, row: dict[str, Any]) -> None:
        """Takes a question in, or the reason why it is none."""
        try:
            question = question_of(row)
            if len(question.question) > LONGEST:
                raise QuestionSetError(f"the question has more than {LONGEST} characters")
            if question.id in self.questions:
                raise QuestionSetError(f"the id {shown(question.id)} was used already")
        except QuestionSetError as error:
            self.left_out[f"{place}: {error}"] += 1
        else:
            self.questions[question.id] = question

    def path(self, name: str) -> str:
        """A path for a document of this name, safe in any folder and no other document's, be it in capitals."""
        if len(self._paths) >= MAX_DOCUMENTS:
            raise QuestionSetError(f"there are more than {MAX_DOCUMENTS} documents. Import a smaller set.")
        stem = re.sub(r"[^\w-]+", "-", name).strip("-_")[:NAME] or "document"
        path = stem
        while self._paths[path.casefold()]:
            self._paths[stem.casefold()] += 1
            path = f"{stem}-{self._paths[stem.casefold()]}"
        self._paths[path.casefold()] = 1
        return f"{path}.md"

    def notes(self) -> tuple[str, ...]:
        lost = [f"Left out: {reason}{_times(count)}." for reason, count in self.left_out.items()]
        more = [f"Left out: {len(lost) - LISTED} more reasons."] if len(lost) > LISTED else []
        return (*lost[:LISTED], *more, *(f"{remark}{_times(count)}." for remark, count in self.remarks.items()))


def _times(count: int) -> str:
    return f" ({count} times)" if count > 1 else ""


def _text(path: Path) -> str:
    """The text of a file of bounded size, in whatever encoding it is."""
    try:
        if not path.is_file():
            raise QuestionSetError(f"{path} is no file that can be read. Check the path.")
        if path.stat().st_size > MAX_BYTES:
            raise QuestionSetError(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB. Import a part of it.")
        data = path.read_bytes()
        if data.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"["):  # a string of JSON may hold rare line ends
            return decode(data.replace(b"\r\n", b"\n"), level=False)
        return decode(data)
    except OSError as error:
        raise QuestionSetError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    except ReadingError as error:
        raise QuestionSetError(f"{path.name} cannot be imported: {error}. Save it as CSV in UTF-8.") from error


def _clean(text: str) -> str:
    """Text as a document is stored: composed, with the line ends of Unix, without what is no character."""
    text = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text.replace("\ufeff", ""))
    text = re.sub(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]", " ", text)
    try:
        return composed(text).strip()
    except ReadingError:
        return ""  # a letter under a hundred marks is no text, and what is empty is left out with its reason


def _typed(row: dict[str, Any], key: str, kind: type[T]) -> T:
    """A value of a stranger's JSON, or an empty one where there is none of this kind."""
    value = row.get(key)
    if kind is str and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # ids are numbers in some sets
    return value if isinstance(value, kind) else kind()


def _document(title: str, paragraphs: Sequence[str]) -> str:
    """A document as Markdown. An empty line at its head keeps a rule there from being taken for front matter."""
    heading = [f"# {title}"] if title else [""] if paragraphs and paragraphs[0].startswith("---") else []
    return "\n\n".join((*heading, *paragraphs)) + "\n"


# --- tables ----------------------------------------------------------------------------------------------------------


def _read_table(name: str, text: str, found: _Findings) -> None:
    separator, columns = _head(text)
    if "question" not in columns:
        raise QuestionSetError(
            f'{name}, line 1: there is no column "question". Name the columns in the first row: {", ".join(COLUMNS)}.'
        )
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line, headed = 1, False
    try:
        for cells in rows:
            if headed and any(cells):
                _add_row(f"{name}, line {line}", f"line-{line}", columns, cells, found)
            headed = headed or any(cells)
            line = rows.line_num + 1
    except csv.Error as error:
        reason = "a quotation mark is left open, or stands alone inside a quoted cell"
        raise QuestionSetError(f"{name}, from line {line}: {reason}. Correct it there.") from error
    unused = [column for column in columns if column not in COLUMNS]
    if unused:
        found.remarks[f"Columns that are not used: {', '.join(map(shown, unused[:LISTED]))}"] += 1


def _head(text: str) -> tuple[str, list[str]]:
    """The separator that finds most of the columns we know, and the names of all columns."""
    heads = []
    for separator in (",", ";", "\t"):
        rows = csv.reader(io.StringIO(text.lstrip()[:10_000], newline=""), delimiter=separator)
        heads.append((separator, [_column(cell) for cell in next(rows, [])]))
    return max(heads, key=lambda head: len(set(head[1]) & set(COLUMNS)))


def _column(cell: str) -> str:
    """The name of a column as we know it: `Accepted answers 2` is another column of answers."""
    name = " ".join(re.split(r"[\s_-]+", cell.strip().casefold()))
    return "answer" if re.fullmatch(r"(?:accepted )?answers? ?\d*", name) else name


def _add_row(place: str, id_: str, columns: list[str], cells: list[str], found: _Findings) -> None:
    values: dict[str, str] = {}
    answers: list[str] = []
    for column, cell in zip(columns, map(_clean, cells), strict=False):
        if column == "answer":
            answers += [answer.strip() for answer in cell.split("|")]
        else:
            values[column] = values.get(column) or cell
    try:
        if any(map(str.strip, cells[len(columns) :])):
            raise QuestionSetError(f"it has {len(cells)} cells, the first row {len(columns)}; put the text in quotes")
        found.add(place, _row(id_, values, [answer for answer in dict.fromkeys(answers) if answer]))
    except QuestionSetError as error:
        found.left_out[f"{place}: {error}"] += 1


def _row(id_: str, values: dict[str, str], answers: list[str]) -> dict[str, Any]:
    """A row of a table as an object of the contract."""
    document, quote, page = (values.get(column, "") for column in ("document", "quote", "page"))
    if (quote or page) and not document:
        raise QuestionSetError('there is a quote or a page, but "document" is empty')
    if page and not re.fullmatch(r"[0-9]{1,6}(?:\.0)?", page):
        raise QuestionSetError(f'"page" must be a whole number, not {shown(page)}')
    source = {"document": document.replace("\\", "/"), "quote": quote or None}
    said = values.get("answerable", "").casefold()
    if said and said not in YES | NO:
        raise QuestionSetError(f'"answerable" must be yes or no, not {shown(said)}')
    if not (said or answers or document):
        raise QuestionSetError('it has no answer; if the documents do not answer it, write no under "answerable"')
    return {
        "id": values.get("id") or id_,
        "question": " ".join(values.get("question", "").split()),
        "answers": answers,
        "sources": [source | {"page": int(float(page)) if page else None}] if document else [],
        "answerable": said not in NO,
        "category": values.get("category", ""),
    }


# --- SQuAD -----------------------------------------------------------------------------------------------------------


def _read_squad(name: str, text: str, found: _Findings) -> None:
    articles: dict[str, tuple[str, dict[str, None]]] = {}  # path and paragraphs by title, or by text where it has none
    for title, paragraph in _paragraphs(name, text):
        context = _clean(_typed(paragraph, "context", str))
        if not context:
            found.left_out["a paragraph without text"] += 1
            continue
        if (key := title or f"\n{context}") not in articles:
            articles[key] = found.path(title), {}
        path, contexts = articles[key]
        contexts[context] = None
        spans = sentences(context)
        for asked in _typed(paragraph, "qas", list):
            if isinstance(asked, dict):
                _add_asked(asked, path, context, spans, found)
    for key, (path, contexts) in articles.items():
        found.documents[path] = _document("" if key.startswith("\n") else key, list(contexts))
    _without_changed_quotes(found)


def _paragraphs(name: str, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each paragraph with the title of its article; sets without articles are lists of paragraphs."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        also = " A question set of one object a line needs no import." if error.msg == "Extra data" else ""
        raise QuestionSetError(f"{name}, line {error.lineno}: this is not JSON ({error.msg}).{also}") from error
    except (ValueError, RecursionError) as error:
        raise QuestionSetError(f"{name} is JSON nested or long beyond reason. Import a part of it.") from error
    entries = whole.get("data") if isinstance(whole, dict) else whole
    articles = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    if not any("paragraphs" in article or "qas" in article for article in articles):
        raise QuestionSetError(f'{name} has not the shape of SQuAD: no "data" with "paragraphs". Import a table.')
    for article in articles:
        title = " ".join(_clean(_typed(article, "title", str)).replace("_", " ").split())
        for paragraph in _typed(article, "paragraphs", list) or [article]:
            yield title, paragraph if isinstance(paragraph, dict) else {}


def _add_asked(asked: dict[str, Any], path: str, context: str, spans: list[Span], found: _Findings) -> None:
    given = [answer for answer in _typed(asked, "answers", list) if isinstance(answer, dict)]
    answerable = asked.get("is_impossible") is not True
    answers = [(_clean(_typed(answer, "text", str)), answer.get("answer_start")) for answer in given if answerable]
    answers = [(text, start) for text, start in answers if text]
    id_ = _clean(_typed(asked, "id", str)) or f"question-{len(found.questions) + 1}"
    quote = _quote(context, spans, answers)
    if answers and quote is None:
        found.remarks["An answer is not in its paragraph, so only the document is its source"] += 1
    if not answerable:
        found.remarks["A question has no answer in its own paragraph, though another document may answer it"] += 1
    row = {
        "id": id_,
        "question": " ".join(_clean(_typed(asked, "question", str)).split()),
        "answers": list(dict.fromkeys(text for text, _ in answers)),
        "sources": [{"document": path, "quote": quote}] if answers else [],
        "answerable": answerable,
    }
    found.add(f"question {shown(id_)}", row)


def _quote(context: str, spans: list[Span], answers: list[tuple[str, Any]]) -> str | None:
    """The sentence, or sentences, that most of the answers stand in; None where none stands in the text.

    An answer is looked for beside its offset: some sets count offsets in other characters than ours.
    """
    chosen: Counter[Span] = Counter()
    for text, start in answers:
        near = start if isinstance(start, int) else 0
        at = min((m.start() for m in re.finditer(re.escape(text), context)), key=lambda at: abs(at - near), default=-1)
        if at >= 0:
            begin = max(span[0] for span in spans if span[0] <= at)
            end = min(span[1] for span in spans if span[1] >= at + len(text))
            chosen[begin, end] += 1
    return context[slice(*chosen.most_common(1)[0][0])] if chosen else None


def _without_changed_quotes(found: _Findings) -> None:
    """Takes away quotes that reading the document as Markdown changes, as it does with the rows of a table."""
    stored = {path: read_markdown(path, "", text).text for path, text in found.documents.items()}
    for id_, question in found.questions.items():
        for source in question.sources:
            if source.quote and not places(source.quote, stored[source.document]):
                found.questions[id_] = replace(question, sources=(Source(source.document),))
                found.remarks["A quote changes when its document is read, so only the document is its source"] += 1


# --- BEIR ------------------------------------------------------------------------------------------------------------


def _read_beir(folder: Path, split: str, found: _Findings) -> None:
    judged = _judged(folder, split, found)
    paths: dict[str, str] = {}
    for id_, row in _objects(folder / "corpus.jsonl", found):
        title, text = (_clean(_typed(row, key, str)) for key in ("title", "text"))
        if id_ in paths or not (title or text):
            found.left_out["a document that is empty or has the id of another"] += 1
        else:
            paths[id_] = found.path(id_)
            found.documents[paths[id_]] = _document(" ".join(title.split()), [text] if text else [])
    for id_, row in _objects(folder / "queries.jsonl", found):
        if relevant := judged.pop(id_, None):
            known = [{"document": paths[one]} for one in relevant if one in paths]
            if len(known) < len(relevant):
                found.remarks["A relevant document is not in corpus.jsonl"] += len(relevant) - len(known)
            question = " ".join(_clean(_typed(row, "text", str)).split())
            query = {"id": _clean(id_), "question": question, "answerable": True, "sources": known}
            found.add(f"query {shown(id_)}", query)
    if judged:
        found.left_out["a judged query is not in queries.jsonl"] += len(judged)


def _judged(folder: Path, split: str, found: _Findings) -> dict[str, list[str]]:
    """The ids of the relevant documents of each query of a split. A grade of 0 or less says: not relevant."""
    splits = {path.stem: path for path in sorted(folder.glob("qrels/*.tsv"))}
    if not splits or not (folder / "corpus.jsonl").is_file() or not (folder / "queries.jsonl").is_file():
        raise QuestionSetError(f"{folder} is no BEIR folder: corpus.jsonl, queries.jsonl or qrels/*.tsv is missing.")
    if split not in splits:
        raise QuestionSetError(f"{folder} has no split {shown(split)}. Give --split one of: {', '.join(splits)}.")
    judged: dict[str, list[str]] = {}
    for number, line in enumerate(_text(splits[split]).split("\n"), 1):
        cells = line.rstrip("\r").split("\t")
        if len(cells) == 3 and re.fullmatch(r"-?\d{1,9}", cells[2].strip()):
            if int(cells[2]) > 0 and cells[1] not in judged.setdefault(cells[0], []):
                judged[cells[0]].append(cells[1])
        elif number > 1 and line.strip():  # the first names the columns
            found.left_out[f"qrels/{split}.tsv, line {number}: not query, document and whole number, with tabs"] += 1
    return {query: documents for query, documents in judged.items() if documents}


def _objects(path: Path, found: _Findings) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a JSONL file with their ids."""
    for number, line in enumerate(_text(path).split("\n"), 1):
        try:
            row = json.loads(line) if line.strip() else None
        except (ValueError, RecursionError):
            row = {}
        if row is None:
            continue
        id_ = _typed(row, "_id", str) if isinstance(row, dict) else ""
        if id_.strip():
            yield id_, row
        else:
            found.left_out[f'{path.name}, line {number}: no JSON object with an "_id"'] += 1
