"""OpenDocument texts and presentations: what is read of them, in which order."""

from __future__ import annotations

import io
import zipfile

import pytest

from rag.reading.blocks import compose
from rag.reading.opendocument import read_odt
from rag.types import Document, ReadingError

NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in [
        *(("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"), ("draw", "drawing")),
        *(("meta", "meta"), ("presentation", "presentation"), ("manifest", "manifest")),
    ]
)


def opendocument(body: str, styles: str = "", **parts: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        package.writestr(
            "content.xml",
            f"<office:document-content {NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body>{body}</office:body></office:document-content>",
        )
        for name, text in parts.items():
            package.writestr(f"{name}.xml".replace("manifest", "META-INF/manifest"), text)
    return buffer.getvalue()


def read(data: bytes, name: str) -> Document:
    return compose(name, "", read_odt(data, name))


def odt(text: str, **more: str) -> Document:
    return read(opendocument(f"<office:text>{text}</office:text>", **more), "file.odt")


def test_an_opendocument_text_keeps_headings_lists_notes_and_spaces() -> None:
    result = odt(
        '<text:p text:style-name="P1">Salt pans</text:p><text:h text:outline-level="1">Yield</text:h>'
        "<text:p>Two<text:s/>tons<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>In dry years.</text:p></text:note-body></text:note> a week.</text:p>"
        "<text:list><text:list-item><text:p>rakes</text:p><text:list><text:list-item><text:p>long ones</text:p>"
        "</text:list-item></text:list></text:list-item></text:list>",
        styles='<style:style style:name="P1" style:parent-style-name="Title"/>',
    )
    assert result.text == "# Salt pans\n\n## Yield\n\nTwo tons a week.\n\nIn dry years.\n\n- rakes\n- long ones\n"


def test_opendocument_tables_repeat_merged_cells_and_bound_repeated_ones() -> None:
    def cell(text: str, more: str = "") -> str:
        return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"

    rows = [
        cell("Month") + cell("Rain"),
        cell("Both", 'table:number-columns-spanned="2"') + "<table:covered-table-cell/>",
        cell("May") + cell("3") + cell("", 'table:number-columns-repeated="16000"'),
    ]
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    rest = f'<table:table-row table:number-rows-repeated="1000000">{cell("")}</table:table-row>'
    assert odt(f"<table:table>{body}{rest}</table:table>").text == ("Month: Both; Rain: Both\n\nMonth: May; Rain: 3\n")


def test_deleted_text_contents_and_comments_of_an_opendocument_text_are_no_content() -> None:
    result = odt(
        "<text:tracked-changes><text:p>struck out</text:p></text:tracked-changes>"
        "<text:table-of-content><text:index-body><text:p>Yield 3</text:p></text:index-body></text:table-of-content>"
        "<text:p>Kept<office:annotation><text:p>why?</text:p></office:annotation>.</text:p>"
    )
    assert (result.text, result.set_aside) == ("Kept.\n", "Yield 3\nwhy?")


def test_opendocument_slides_are_pages() -> None:
    def frame(kind: str, text: str) -> str:
        return f'<draw:frame presentation:class="{kind}"><draw:text-box><text:p>{text}</text:p>' + ends

    ends = "</draw:text-box></draw:frame>"
    pages = "".join(
        f"<draw:page>{frame('outline', body)}{frame('title', title)}</draw:page>"
        for title, body in [("Nets", "Mesh sizes."), ("Boats", "Hull lengths.")]
    )
    data = opendocument(f"<office:presentation>{pages}</office:presentation>")
    result = read(data, "deck.odp")
    assert result.text == "## Nets\n\nMesh sizes.\n\n## Boats\n\nHull lengths.\n"
    assert result.pages == (0, result.text.index("## Boats"))


def test_an_encrypted_opendocument_text_is_refused() -> None:
    manifest = f"<manifest:manifest {NAMES}><manifest:encryption-data/></manifest:manifest>"
    with pytest.raises(ReadingError, match="encrypted; save it without a password"):
        odt("", manifest=manifest)
