"""Books in EPUB: chapters in reading order, and what is refused."""

from __future__ import annotations

import contextlib
import io
import zipfile

import pytest

from rag.reading.blocks import compose
from rag.reading.books import read_epub
from rag.types import Document, ReadingError

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf"/></rootfiles></container>'
)
METADATA = (
    "<dc:title>The ice of Skarra</dc:title><dc:creator>Ida Renn</dc:creator><dc:publisher>Reef Press</dc:publisher>"
    '<dc:date opf:event="modification">2024-01-01</dc:date><dc:date>1987</dc:date><dc:language>en-GB</dc:language>'
    "<dc:identifier>urn:isbn:0</dc:identifier><dc:identifier>https://example.org/ice</dc:identifier>"
)
CHAPTERS = {
    "one.xhtml": "<h1>The frost</h1><p>The harbour froze.</p>",
    "two%20b.xhtml": "<h1>The thaw</h1><h2>April</h2><p>The pier gave way.</p>",
}


def opf(hrefs: list[str], more: str = "", metadata: str = METADATA) -> str:
    items = "".join(
        f'<item id="i{i}" href="{href}" media-type="application/xhtml+xml"/>' for i, href in enumerate(hrefs)
    )
    spine = "".join(f'<itemref idref="i{i}"/>' for i in range(len(hrefs)))
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:opf="http://www.idpf.org/2007/opf">'
        f"<metadata>{metadata}</metadata><manifest>{items}{more}</manifest><spine>{spine}</spine></package>"
    )


def xhtml(body: str) -> str:
    head = '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>'
    return f"{head}<body>{body}</body></html>"


def packed(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def book(chapters: dict[str, str], listing: str | None = None, **more: str) -> bytes:
    files = {"META-INF/container.xml": CONTAINER, "OPS/book.opf": listing or opf(list(chapters))}
    files |= {f"OPS/{href.replace('%20', ' ')}": xhtml(body) for href, body in chapters.items()}
    return packed(files | {name.replace("__", "/").replace("_", "."): text for name, text in more.items()})


def read(data: bytes) -> Document:
    return compose("ice.epub", "0", read_epub(data, "ice.epub"))


def test_chapters_come_in_reading_order_below_the_title_of_the_book() -> None:
    hrefs = list(reversed(CHAPTERS))
    found = read(book(CHAPTERS, opf(hrefs)))
    assert found.text.split("\n\n") == [
        *("# The ice of Skarra", "## The thaw", "### April", "The pier gave way."),
        *("## The frost", "The harbour froze.\n"),
    ]
    assert [section.title for section in found.sections] == ["The thaw", "April", "The frost"]


def test_a_book_says_its_title_publisher_date_address_and_language() -> None:
    found = read(book(CHAPTERS))
    assert (found.title, found.publisher, found.published) == ("The ice of Skarra", "Reef Press", "1987")
    assert (found.url, found.language) == ("https://example.org/ice", "en")


def test_nothing_in_a_chapter_is_taken_for_furniture() -> None:
    body = '<header><p>By the sea</p></header><aside><p>A note.</p></aside><p><a href="x">Linked</a></p>'
    found = read(book({"one.xhtml": body}))
    assert all(words in found.text for words in ("By the sea", "A note.", "Linked"))
    assert found.set_aside == ""


@pytest.mark.parametrize("kind", ["nav", "ncx"])
def test_a_chapter_without_a_heading_gets_its_name_from_the_table_of_contents(kind: str) -> None:
    chapters = {"one.xhtml": "<p>The harbour froze.</p>", "two.xhtml": "<h1>The thaw</h1><p>The pier gave way.</p>"}
    if kind == "nav":
        item = '<item id="n" href="toc.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
        toc = {
            "OPS__toc_xhtml": xhtml('<nav><a href="one.xhtml#a">The <b>frost</b></a><a href="two.xhtml">Two</a></nav>')
        }
    else:
        item = '<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
        point = '<navPoint><navLabel><text>The frost</text></navLabel><content src="one.xhtml"/></navPoint>'
        toc = {"OPS__toc_ncx": f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{point}</navMap></ncx>'}
    found = read(book(chapters, opf(list(chapters), item), **toc))
    assert [section.title for section in found.sections] == ["The frost", "The thaw"]


def test_named_characters_are_read_and_declared_entities_are_not_expanded() -> None:
    doctype = '<!DOCTYPE html [<!ENTITY big "frost frost"><!ENTITY file SYSTEM "file:///etc/hostname">]>'
    chapter = xhtml("<p>ice&nbsp;&amp;&mdash;fog &big; &file; end</p>").replace("<html", doctype + "<html")
    files = {"META-INF/container.xml": CONTAINER, "OPS/book.opf": opf(["one.xhtml"]), "OPS/one.xhtml": chapter}
    assert "ice &—fog &big; &file; end" in read(packed(files)).text


def test_a_chapter_that_is_not_well_formed_is_read_as_a_browser_reads_it() -> None:
    assert "first second" in read(book({"one.xhtml": "<p>first <b>second<p>third</p>"})).text


def test_a_missing_chapter_is_noted_and_the_others_are_read() -> None:
    found = read(book({"one.xhtml": CHAPTERS["one.xhtml"]}, opf(["one.xhtml", "gone.xhtml"])))
    assert "The harbour froze." in found.text
    assert found.set_aside == "OPS/gone.xhtml is not in the book"


def test_a_protected_book_is_refused_and_one_with_protected_fonts_is_read() -> None:
    sealed = '<encryption xmlns:e="x"><e:EncryptedData><e:CipherReference URI="{}"/></e:EncryptedData></encryption>'
    with pytest.raises(ReadingError, match="protected against copying"):
        read(sealed_book(sealed.format("OPS/one.xhtml")))
    assert "harbour" in read(sealed_book(sealed.format("OPS/font.otf"))).text


def sealed_book(encryption: str) -> bytes:
    files = {"META-INF/container.xml": CONTAINER, "OPS/book.opf": opf(["one.xhtml"])}
    return packed(files | {"OPS/one.xhtml": xhtml(CHAPTERS["one.xhtml"]), "META-INF/encryption.xml": encryption})


def test_what_is_no_book_is_refused_with_a_reason() -> None:
    empty = packed({"META-INF/container.xml": CONTAINER, "OPS/book.opf": opf([])})
    for data in (b"", b"plain words", packed({"a.txt": "x"}), packed({"META-INF/container.xml": "<"}), empty):
        with pytest.raises(ReadingError):
            read_epub(data, "ice.epub")


def test_a_book_that_unpacks_beyond_measure_is_refused() -> None:
    with pytest.raises(ReadingError, match="unpacks to more than"):
        read_epub(book({"one.xhtml": "<p>" + "a" * 30_000_000 + "</p>"}), "ice.epub")


def test_damaged_books_are_read_or_refused_and_never_fail_otherwise() -> None:
    whole = book(CHAPTERS)
    for cut in range(0, len(whole), 17):
        for data in (whole[:cut], whole[:cut] + bytes([whole[cut] ^ 255]) + whole[cut + 1 :]):
            with contextlib.suppress(ReadingError):
                assert read(data).title == "The ice of Skarra"
