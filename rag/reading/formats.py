"""Which reader reads what, by the suffix of a name. Readers of complex formats are imported when first needed."""

from __future__ import annotations

import hashlib
import importlib
import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

from rag.reading import markup
from rag.reading.blocks import Content, compose
from rag.reading.decoding import decode
from rag.reading.language import language_of
from rag.types import Document, ReadingError

TEXTS: dict[str, Callable[[str, str, str], Document]] = {  # (document, sha256, decoded text); safe to read in-process
    ".txt": markup.read_text,
    ".text": markup.read_text,
    ".md": markup.read_markdown,
    ".markdown": markup.read_markdown,
}

READERS = {  # module:function beside this one, with (bytes, name) and what else of `step` and `nested` it takes
    ".html": "pages:read_html",
    ".htm": "pages:read_html",
    ".xhtml": "pages:read_html",
    ".mhtml": "pages:read_mhtml",
    ".mht": "pages:read_mhtml",
    ".epub": "books:read_epub",
    ".pdf": "pdf:read_pdf",
    ".docx": "office:read_docx",
    ".docm": "office:read_docx",
    ".dotx": "office:read_docx",
    ".dotm": "office:read_docx",
    ".pptx": "office:read_pptx",
    ".pptm": "office:read_pptx",
    ".ppsx": "office:read_pptx",
    ".potx": "office:read_pptx",
    ".odt": "opendocument:read_odt",
    ".odp": "opendocument:read_odt",
    ".xlsx": "sheets:read_sheet",
    ".xlsm": "sheets:read_sheet",
    ".xlsb": "sheets:read_sheet",
    ".xls": "sheets:read_sheet",
    ".ods": "sheets:read_sheet",
    ".csv": "sheets:read_csv",
    ".tsv": "sheets:read_csv",
    ".json": "records:read_json",
    ".jsonl": "records:read_jsonl",
    ".ndjson": "records:read_jsonl",
    ".eml": "mail:read_eml",
    ".msg": "mail:read_msg",
    ".zip": "archives:read_zip",
}

CONVERT = {  # what no kept library reads, and what to do instead
    ".doc": "it is in the old Word format; open it and save it as .docx",
    ".ppt": "it is in the old PowerPoint format; open it and save it as .pptx",
    ".rtf": "it is rich text; open it and save it as .docx",
    ".pages": "it is in the format of Pages; export it as .docx or .pdf",
    ".numbers": "it is in the format of Numbers; export it as .xlsx",
    ".key": "it is in the format of Keynote; export it as .pptx or .pdf",
}

KNOWN = sorted({*TEXTS, *READERS})

_PAGES = {".html", ".htm", ".xhtml", ".mhtml", ".mht"}
SIGNATURES: list[tuple[bytes, set[str], str, str]] = [  # first bytes that tell a format, its suffixes, name and remedy
    (b"%PDF-", {".pdf"}, "a PDF", "rename it to end in .pdf"),
    (b"\xff\xd8\xff", set(), "a picture", "pictures are not read"),
    (b"\x89PNG", set(), "a picture", "pictures are not read"),
    (b"{\\rtf", set(), "rich text", "open it and save it as .docx"),
    (b"<!DOCTYPE html", _PAGES, "a web page", "rename it to end in .html"),
    (b"<html", _PAGES, "a web page", "rename it to end in .html"),
]


def suffix_of(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def parse(data: bytes, document: str, step: Callable[[], None] = lambda: None) -> Document:
    """Makes a document of the bytes of a file, in this process.

    Args:
        step: called now and then by readings that may take long.

    Raises:
        ReadingError: the reason why it cannot be a document.
    """
    digest = hashlib.sha256(data).hexdigest()
    suffix = suffix_of(document)
    if suffix in TEXTS:
        _refuse_other(data, suffix)
        result = TEXTS[suffix](document, digest, decode(data))
    else:
        result = compose(document, digest, content(data, document, step))
    if not result.text.strip():
        raise ReadingError("it holds no text")
    return replace(result, language=result.language or language_of(result.text))


def content(data: bytes, name: str, step: Callable[[], None] = lambda: None) -> Content:
    """What a file holds, be it of the corpus or inside of another.

    Raises:
        ReadingError: the reason why it cannot be read.
    """
    suffix = suffix_of(name)
    _refuse_other(data, suffix)
    if suffix in TEXTS:
        return markup.content(TEXTS[suffix](name, "", decode(data)))
    if suffix in CONVERT:
        raise ReadingError(CONVERT[suffix])
    if suffix not in READERS:
        raise ReadingError(
            f"files {f'of the kind {suffix}' if suffix else 'without a suffix'} are not read;"
            " sumber sync --help lists those that are"
        )
    module, function = READERS[suffix].split(":")
    read = getattr(importlib.import_module(f"rag.reading.{module}"), function)
    takes = inspect.signature(read).parameters
    more = {"step": step, "nested": lambda inner, inner_name: content(inner, inner_name, step)}
    found: Content = read(data, name, **{key: value for key, value in more.items() if key in takes})
    return found


def _refuse_other(data: bytes, suffix: str) -> None:
    """Refuses a file that by its first bytes is of another format than its name says: read as text it would be noise.

    Raises:
        ReadingError: it is.
    """
    head = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    for signature, suffixes, words, remedy in SIGNATURES if suffix in KNOWN else ():
        if head[: len(signature)].lower() == signature.lower() and suffix not in suffixes:
            raise ReadingError(f"by its content it is {words}, not a {suffix} file; {remedy}")
