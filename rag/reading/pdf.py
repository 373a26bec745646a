"""PDF: what pdfium finds on the pages, handed to the layout; scanned pages go through OCR where it is installed."""

from __future__ import annotations

import ctypes
import re
import time
import unicodedata
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from rag.reading import ocr
from rag.reading.blocks import Block, Content, Facts, Part, one_line
from rag.reading.glyphs import ruled_boxes, turned, unturned, words_of
from rag.reading.layout import furniture, parts_of
from rag.reading.lines import Grid, Line, Page, Word, grid_of, in_order, mirrored, within
from rag.types import ReadingError

if TYPE_CHECKING:
    import pypdfium2

MAX_PAGES = 5_000
MAX_CHARACTERS = 50_000_000  # of text in one file
TABLE_SECONDS = 8.0  # for the ruled tables of one file; its later tables are read as lines
_DAMAGED = "it is damaged; save or download it again"


def _no_step() -> None:
    pass


def read_pdf(data: bytes, name: str, *, step: Callable[[], None] = _no_step) -> Content:
    """The parts of a PDF. `step` is called every few pages and after each scanned one: a long file does not hang.

    Raises:
        ReadingError: it is encrypted, damaged, without text, or too long.
    """
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(data) as document:
            return _read(document, data, step)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise ReadingError("it is encrypted; save it without a password") from error
        if error.err_code == pypdfium2.raw.FPDF_ERR_SECURITY:
            raise ReadingError("it is encrypted in a way that cannot be read; save it without encryption") from error
        raise ReadingError(_DAMAGED) from error
    except (ReadingError, MemoryError, ImportError):
        raise
    except Exception as error:  # a stranger's file at the edge: whatever it does to a library ends it alone
        raise ReadingError(_DAMAGED) from error


def _read(document: pypdfium2.PdfDocument, data: bytes, step: Callable[[], None]) -> Content:
    count = len(document)
    if count > MAX_PAGES:
        raise ReadingError(f"it has {count} pages, more than {MAX_PAGES}; split it")
    document.init_forms()
    pages: list[Page] = []
    tables_until = time.monotonic() + TABLE_SECONDS
    characters = 0
    for index in range(count):
        page = _page(document, index, tables_until)
        characters += sum(len(row.text) for row in page.rows if isinstance(row, Line))
        if characters > MAX_CHARACTERS:
            raise ReadingError("it has too much text for one document; split it")
        pages.append(page)
        if index % 10 == 9:
            step()
    repeated = furniture(pages)
    blank = [page.number for page in pages if all((page.number, i) in repeated for i in range(len(page.rows)))]
    unread = [number for number in blank if _is_painted(document, number - 1)]
    scanned = _scanned(document, unread, step) if unread and ocr.languages() else {}
    unread = [number for number in unread if number not in scanned]
    if len(blank) == count and not scanned:
        raise ReadingError(_wordless(unread, count))
    parts = sorted(
        [*parts_of(pages, repeated), *(part for found in scanned.values() for part in found), *map(_unread, unread)],
        key=lambda part: part.page or 0,
    )
    return Content(tuple(parts), _facts(document, data, pages))


def _wordless(unread: Sequence[int], count: int) -> str:
    if not unread:
        return "it has no text"
    if ocr.languages():
        return "its pages are images in which no text can be made out; scan it again more sharply"
    where = "its only page is an image" if count == 1 else f"its pages {unread[0]} to {unread[-1]} are images"
    return f"{where} without text; install Tesseract and sumber[ocr] to read {'it' if count == 1 else 'them'}"


def _unread(number: int) -> Block:
    return Block("aside", f"page {number} is an image without text", page=number)


def _is_painted(document: pypdfium2.PdfDocument, index: int) -> bool:
    import pypdfium2.raw as pdfium

    page = document[index]
    try:
        return int(pdfium.FPDFPage_CountObjects(page)) > 0
    finally:
        page.close()


def _scanned(
    document: pypdfium2.PdfDocument, numbers: Sequence[int], step: Callable[[], None]
) -> dict[int, list[Part]]:
    found: dict[int, list[Part]] = {}
    for number in numbers:
        page = document[number - 1]
        scale = min(ocr.DPI / 72, 5000 / max(page.get_size()))  # a poster is not rendered at full size
        image = page.render(scale=scale, grayscale=True).to_pil()
        page.close()
        texts = ocr.paragraphs_of(image)
        if texts:
            found[number] = [Block("text", text, page=number) for text in texts]
        step()
    return found


# A page


def _page(document: pypdfium2.PdfDocument, index: int, tables_until: float) -> Page:
    """The rows of a page. Text that runs another way than most of it is set aside, save in a table."""
    import pypdfium2

    try:
        page = document[index]
    except pypdfium2.PdfiumError:  # one broken page of many
        return Page(index + 1, 0, 0, ())
    if _has_fields(page):
        page.flatten()
        page.close()
        page = document[index]
    box = page.get_bbox()
    by_turn: dict[int, list[Word]] = {}
    for turn, word in words_of(page):
        by_turn.setdefault(turn, []).append(word)
    main = max((turn for turn in by_turn if turn >= 0), key=lambda turn: len(by_turn[turn]), default=0)
    left, top, right, bottom = turned(box, main)
    words: list[Word] = []
    outside: list[Word] = []
    for word in by_turn.pop(main, []):
        inside = left - 5 <= (word.x0 + word.x1) / 2 <= right + 5 and top - 5 <= word.base <= bottom + 5
        (words if inside else outside).append(word)
    if sum(1 for word in words if word.text == "•") > len(words) / 2:  # its font names no letters: a picture of text
        words = []
    cells = ruled_boxes(page, main) if time.monotonic() < tables_until else []
    page.close()
    slanted = [" ".join(word.text for word in by_turn.pop(-1, ()))]
    across = [_upright(word, turn, main) for turn, found in by_turn.items() for word in found]
    if _from_right(words):
        words, across = mirrored(words), mirrored(across)
        cells = [[(-x1, y0, -x0, y1) for x0, y0, x1, y1 in table] for table in cells]
    grids = _outermost([grid for table in cells if (grid := grid_of(table, [*words, *across]))])
    stray = " ".join(word.text for word in across if not any(within(word, grid) for grid in grids))
    aside = (*slanted, stray, " ".join(word.text for word in outside))
    return Page(index + 1, top, bottom, tuple(in_order(words, grids)), tuple(filter(None, aside)))


def _upright(word: Word, turn: int, main: int) -> Word:
    """A word that runs up or down the page, as the name of a narrow column does, where it stands for the others."""
    box = unturned((word.x0, word.base - word.size, word.x1, word.base), turn)
    x0, top, x1, bottom = turned(box, main)
    return word._replace(x0=x0, x1=x1, base=(top + bottom) / 2 + word.size / 3)


def _outermost(grids: Sequence[Grid]) -> list[Grid]:
    """Without tables that lie in others."""
    return [
        one
        for one in grids
        if not any(
            two is not one and two.x0 <= one.x0 and two.x1 >= one.x1 and two.top <= one.top and two.base >= one.base
            for two in grids
        )
    ]


def _has_fields(page: pypdfium2.PdfPage) -> bool:
    import pypdfium2.raw as pdfium

    for i in range(min(pdfium.FPDFPage_GetAnnotCount(page), 2_000)):
        annotation = pdfium.FPDFPage_GetAnnot(page, i)
        if annotation:
            kind = pdfium.FPDFAnnot_GetSubtype(annotation)
            pdfium.FPDFPage_CloseAnnot(annotation)
            if kind in (pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT):
                return True
    return False


def _from_right(words: Sequence[Word]) -> bool:
    sample = [unicodedata.bidirectional(char) for word in words[:300] for char in word.text]
    return sum(1 for kind in sample if kind in ("R", "AL")) > sum(1 for kind in sample if kind == "L")


# What the file says about itself


def _facts(document: pypdfium2.PdfDocument, data: bytes, pages: Sequence[Page]) -> Facts:
    xmp = _xmp(data)
    title = _title(document.get_metadata_value("Title") or xmp.get("title", ""), pages)
    author = one_line(xmp.get("publisher") or document.get_metadata_value("Author") or "")
    date = re.match(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?(?=T|$)", xmp.get("date", ""))
    return Facts(
        title=title,
        publisher=author[:200] if len(author) > 2 and author.casefold() not in _NOBODY else None,
        published=date.group() if date else None,
        language=_language(document),
    )


_NOBODY = {"user", "admin", "administrator", "unknown", "owner", "author", "root", "pc", "windows user", "anonymous"}
_NO_TITLE = re.compile(
    r"microsoft \w+ - .*|untitled.*|document ?\d*|title|powerpoint presentation|presentation ?\d*|slide \d+|"
    r"\S*\.\w{2,4}|[\W\d_]*|.*\.(?:docx?|xlsx?|pptx?|pdf|indd|qxd|tex|dvi|rtf|odt|hwp)",
    re.IGNORECASE,
)


def _title(said: str, pages: Sequence[Page]) -> str | None:
    """The title in the metadata, unless it is a file name or no word of it stands on the first two pages."""
    title = one_line(said)[:300]
    if _NO_TITLE.fullmatch(title) or "\ufffd" in title:
        return None
    words = re.findall(r"\w{2,}", title.casefold())
    first = {
        word
        for page in pages[:2]
        for row in page.rows
        if isinstance(row, Line)
        for word in re.findall(r"\w{2,}", row.text.casefold())
    }
    return title if not first or sum(1 for word in words if word in first) >= 0.5 * len(words) else None


def _language(document: pypdfium2.PdfDocument) -> str | None:
    import pypdfium2.raw as pdfium

    buffer = ctypes.create_string_buffer(64)
    length = pdfium.FPDFCatalog_GetLanguage(document, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), 64)
    tag = buffer.raw[: max(0, min(length, 64) - 2)].decode("utf-16-le", "ignore")
    match = re.match(r"([A-Za-z]{2})(?:[-_]|$)", tag)
    return match[1].lower() if match else None


_XMP = {
    "title": "{http://purl.org/dc/elements/1.1/}title",
    "publisher": "{http://purl.org/dc/elements/1.1/}publisher",
    "date": "{http://purl.org/dc/elements/1.1/}date",
    "issued": "{http://prismstandard.org/namespaces/basic/2.0/}publicationDate",
}


def _xmp(data: bytes) -> dict[str, str]:
    """The document's own XMP description; empty where there is none that can be read."""
    from lxml import etree
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfparser import PDFParser
    from pdfminer.pdftypes import PDFStream, resolve1

    try:
        stream = resolve1(PDFDocument(PDFParser(BytesIO(data)), fallback=False).catalog.get("Metadata"))
        text = stream.get_data() if isinstance(stream, PDFStream) else b""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
        root = etree.fromstring(text, parser) if text else None
    except Exception:  # pdfminer fails in many ways on files that pdfium reads; these facts are not worth the file
        return {}
    if root is None:
        return {}
    found = {}
    for name, tag in _XMP.items():
        element = next(root.iter(tag), None)
        if element is not None:
            found[name] = one_line(" ".join(map(str, element.itertext())))
    if "issued" in found:
        found["date"] = found["issued"]
    return found
