"""Small files that make much work, and files that point elsewhere: at a server, at another file on the disk."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from tests.faults.good_files import (
    BODIES,
    SAMPLES,
    SENTENCE,
    Bad,
    eml,
    epub,
    inflating,
    opendocument,
    pdf,
    repacked,
    stream,
    xlsx,
    zipped,
)

GIGABYTE = 1 << 30


# --- zip --------------------------------------------------------------------------------------------------------------


def packed(members: Mapping[str, bytes], declared: int, overlapping: int = 1) -> bytes:
    """A zip of deflated members that declare a size, true or not; each may be listed several times over."""
    out, entries = bytearray(), bytearray()
    for name, data in members.items():
        at = len(out)
        out += (
            b"PK\3\4"
            + struct.pack("<5H3I2H", 20, 0, 8, 0, 0, 0, len(data), declared, len(name), 0)
            + name.encode()
            + data
        )
        for number in range(overlapping):
            shown = f"{number}{name}"[-len(name) :].encode() if overlapping > 1 else name.encode()
            entries += b"PK\1\2" + struct.pack(
                "<6H3I5H2I", 20, 20, 0, 8, 0, 0, 0, len(data), declared, len(shown), 0, 0, 0, 0, 0, at
            )
            entries += shown
    count = len(members) * overlapping
    return bytes(out + entries) + b"PK\5\6" + struct.pack("<4H2IH", 0, 0, count, count, len(entries), len(out), 0)


def zip_bombs() -> Iterator[Bad]:
    small = inflating(30_000_000)
    for suffix in (".zip", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".epub"):
        for said, size, declared in (("honest", 5, 0xFFFFFFF0), ("lying", 0.3, 9)):
            data = packed({"word/document.xml": inflating(int(size * GIGABYTE))}, declared)
            yield Bad("zip bomb", f"{size} GB, {said}{suffix}", data, "refused", "unpacks to more than")
    yield Bad("zip bomb", "5 GB, lying.zip", packed({"a.txt": inflating(5 * GIGABYTE)}, 9), "refused", "than 300 MB")
    yield Bad("zip bomb", "overlapping.zip", packed({"many.txt": small}, 30_000_000, 900), "refused", "unpacks")
    yield Bad("zip bomb", "overlapping, lying.zip", packed({"many.txt": small}, 5, 900), "refused", "unpacks")
    yield Bad(
        "zip bomb", "members.zip", zipped({f"{n}.txt": b"" for n in range(10_001)}), "refused", "more than the 10,000"
    )
    nested = packed({"zeros.txt": inflating(200_000_000)}, 200_000_000)
    yield Bad("zip bomb", "nested.zip", zipped({f"{n}.zip": nested for n in range(20)}), "refused", "zip bomb")
    deep_one = SAMPLES[".zip"]
    for _ in range(30):
        deep_one = zipped({"a.zip": deep_one})
    yield Bad("zip bomb", "thirty deep.zip", deep_one, "refused", "packed too many times over")
    fan = zipped({f"{n}.txt": SENTENCE for n in range(60)})
    for _ in range(2):
        fan = zipped({f"{n}.zip": fan for n in range(60)})
    yield Bad("zip bomb", "a tree of 216,000.zip", fan, slow=True)
    mails = eml(attached={f"{n}.zip": packed({"a.txt": inflating(19_000_000)}, 19_000_000) for n in range(40)})
    yield Bad("zip bomb", "forty attached.eml", mails, slow=True)


# --- XML --------------------------------------------------------------------------------------------------------------


def _laughs(root: str) -> str:
    """A doctype whose last entity, `&l9;`, stands for a billion words."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE {root} [<!ENTITY l0 "laugh ">{entities}]>'


def _document(text: str, doctype: str = "") -> str:
    name = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return (
        f"{doctype}<w:document xmlns:w='{name}'><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
    )


def entity_bombs() -> Iterator[Bad]:
    laughs = {
        doctype: _laughs(doctype) for doctype in ("w:document", "office:document-content", "html", "sst", "package")
    }
    flat = f'<!DOCTYPE html [<!ENTITY l9 "{"laugh " * 20_000}">]>'
    for what, text, top in (("laughs", "&l9;", laughs), ("quadratic", "&l9;" * 20_000, dict.fromkeys(laughs, flat))):
        body = f"<office:text><text:p>{SENTENCE} {text}</text:p></office:text>"
        html = f"<html><body><p>{SENTENCE} {text}</p></body></html>"
        strings = f"{top['sst']}<sst xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><si><t>{text}</t></si></sst>"
        listing = f"{top['package']}<package><metadata><title>{text}</title></metadata></package>"
        files = {
            "a.docx": repacked(
                SAMPLES[".docx"], {"word/document.xml": _document(f"{SENTENCE} {text}", top["w:document"])}
            ),
            "a.odt": opendocument(body, top["office:document-content"]),
            "a.ods": opendocument(BODIES[".ods"].replace("quagga", text), top["office:document-content"]),
            "a.epub": epub(top["html"] + html),
            "listing.epub": repacked(SAMPLES[".epub"], {"book.opf": listing}),
            "a.xlsx": repacked(SAMPLES[".xlsx"], {"xl/sharedStrings.xml": strings}),
            "core.docx": repacked(
                SAMPLES[".docx"], {"docProps/core.xml": f"{top['html']}<html><title>{text}</title></html>"}
            ),
            "a.html": (top["html"] + html).encode(),
            "a.xhtml": ('<?xml version="1.0"?>' + top["html"] + html).encode(),
        }
        yield from (Bad("XML bomb", f"{what}, {name}", data, never="laugh laugh") for name, data in files.items())


# --- PDF --------------------------------------------------------------------------------------------------------------

_ROOT = "<</Type/Catalog/Pages 2 0 R>>"
_FONT = "<</Font<</F1 <</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"


def _one_page(contents: bytes, resources: str = f"{_FONT}>>", *more: str | bytes) -> bytes:
    page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources {resources}>>"
    return pdf(_ROOT, "<</Type/Pages/Kids[3 0 R]/Count 1>>", page, contents, *more)


def _zlib(raw: bytes) -> bytes:
    return b"\x78\xda" + raw + struct.pack(">I", 1)  # the sum is wrong; no reader minds


def pdf_bombs() -> Iterator[Bad]:
    flate = "/Filter/FlateDecode"
    draws = b"BT /F1 9 Tf 9 9 Td (quagga) Tj ET "
    yield Bad("PDF bomb", "5 GB of spaces.pdf", _one_page(stream(_zlib(inflating(5 * GIGABYTE)), flate)))
    unit = draws * ((1 << 20) // len(draws))
    yield Bad("PDF bomb", "1 GB of words.pdf", _one_page(stream(_zlib(inflating(GIGABYTE, unit)), flate)))
    twice = zlib.compress(_zlib(inflating(5 * GIGABYTE)), 9)
    yield Bad("PDF bomb", "5 GB twice packed.pdf", _one_page(stream(twice, "/Filter[/FlateDecode/FlateDecode]")))
    many = _zlib(inflating(20_000_000, unit))
    kids = " ".join(["3 0 R"] * 900)
    page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources {_FONT}>>>>"
    shared = pdf(_ROOT, f"<</Type/Pages/Kids[{kids}]/Count 900>>", page, stream(many, flate))
    yield Bad("PDF bomb", "one page of 20 MB, 900 times.pdf", shared, slow=True)
    tree = [f"<</Type/Pages/Kids[{n + 1} 0 R]/Count 1/Parent {n - 1} 0 R>>" for n in range(2, 20_000)]
    yield Bad("PDF bomb", "a deep tree of pages.pdf", pdf(_ROOT, *tree))
    yield Bad("PDF bomb", "a tree in a circle.pdf", pdf(_ROOT, "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 4>>"), "refused")
    million = f"<</Type/Pages/Kids[{'3 0 R ' * 1_000_000}]/Count 1000000>>"
    yield Bad("PDF bomb", "a million pages.pdf", pdf(_ROOT, million, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"))
    claims = pdf(_ROOT, "<</Type/Pages/Kids[3 0 R]/Count 2000000000>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>")
    yield Bad("PDF bomb", "claims two billion pages.pdf", claims, "refused")
    own = stream(b"/X Do /X Do", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>")
    yield Bad("PDF bomb", "a form in itself.pdf", _one_page(stream(b"/X Do"), "<</XObject<</X 5 0 R>>>>", own))
    forms = [
        stream(b"/X Do " * 10, f"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X {n + 1} 0 R>>>>")
        for n in range(5, 15)
    ]
    last = stream(draws, f"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources {_FONT}>>")
    yield Bad(
        "PDF bomb",
        "ten forms in each.pdf",
        _one_page(stream(b"/X Do"), "<</XObject<</X 5 0 R>>>>", *forms, last),
        slow=True,
    )
    lines = b"0 0 m 500 0 l S 0 0 m 0 500 l S " * 40_000
    yield Bad("PDF bomb", "many lines.pdf", _one_page(stream(zlib.compress(lines), flate)), slow=True)
    arrays = stream(b"[" * 500_000)
    yield Bad("PDF bomb", "deep arrays.pdf", _one_page(arrays, "[" * 100_000))
    metadata = stream(_zlib(inflating(5 * GIGABYTE)), "/Type/Metadata/Subtype/XML" + flate)
    root = "<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R>>"
    described = pdf(root, "<</Type/Pages/Kids[3 0 R]/Count 1>>", page, stream(draws), metadata)
    yield Bad("PDF bomb", "5 GB of description.pdf", described)
    large = stream(draws), f"{_FONT}>>/UserUnit 99999/Rotate 77"
    poster = _one_page(*large).replace(b"[0 0 600 800]", b"[-1e9 -1e9 1e9 1e30]")
    yield Bad("PDF bomb", "a page like a country.pdf", poster)


# --- deep and wide ----------------------------------------------------------------------------------------------------


def deep() -> Iterator[Bad]:
    far = 500_000
    yield Bad("nested", "lists.json", b"[" * far + b"]" * far, "refused", "nested")
    yield Bad("nested", "records.json", b'{"a":' * far + b"1" + b"}" * far, "refused", "nested")
    yield Bad("nested", "open.json", b"[" * far, "refused")
    yield Bad("nested", "lines.jsonl", (b"[" * 900 + b"]" * 900 + b"\n") * 50, "refused", "nested")
    for tag in ("div", "b", "table><tr><td", "ul><li", "blockquote", "font", "svg", "select", "a", "button"):
        text = f"<html><body>{f'<{tag}>' * (far // 10)}{SENTENCE}".encode()
        yield Bad("nested", f"{re.sub('[^a-z]+', ' ', tag)}.html", text)
        body = f"<html><body>{f'<{tag}>' * 1500}{SENTENCE}".encode()
        yield Bad("nested", f"{re.sub('[^a-z]+', ' ', tag)}, less.html", body)
    mail = b"From: a@b.c\nSubject: x\n"
    parts = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000))
    yield Bad("nested", "parts.eml", mail + parts + b"\nA quagga.\n")
    yield Bad("nested", "messages.eml", (mail + b"Content-Type: message/rfc822\n\n") * 3000 + b"A quagga.\n")
    runs = "<w:sdt>" * 100_000 + "</w:sdt>" * 100_000
    name = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    inner = f"<w:document xmlns:w='{name}'><w:body>{runs}</w:body></w:document>"
    yield Bad("nested", "controls.docx", repacked(SAMPLES[".docx"], {"word/document.xml": inner}), "refused")
    lists = "<text:list><text:list-item>" * 100_000 + "</text:list-item></text:list>" * 100_000
    yield Bad("nested", "lists.odt", opendocument(f"<office:text>{lists}</office:text>"), "refused")
    yield Bad("nested", "spans.epub", epub(f"<html><body>{'<span>' * 100_000}{SENTENCE}</body></html>"))
    quoted = "".join(f"{'>' * depth} line\n" for depth in range(1, 3000))
    yield Bad("nested", "quotes.md", quoted.encode(), "read")
    yield Bad("nested", "quotes.eml", mail + b"\n" + quoted.encode())
    yield Bad("nested", "front matter.md", b"---\na: " + b"[" * 60_000 + b"\n---\nA quagga.\n", "read")


def wide_sheets() -> Iterator[Bad]:
    sheet = (
        "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><dimension ref='A1:XFD1048576'/>"
    )
    cell = "<row r='{0}'><c r='{1}{0}' t='inlineStr'><is><t>quagga</t></is></c></row>"
    corners = cell.format(1, "A") + cell.format(1_048_576, "XFD")
    path = "xl/worksheets/sheet1.xml"
    claim = repacked(SAMPLES[".xlsx"], {path: f"{sheet}<sheetData>{cell.format(1, 'A')}</sheetData></worksheet>"})
    yield Bad("huge sheet", "claims 17 billion cells.xlsx", claim, "read", "quagga")
    far = repacked(SAMPLES[".xlsx"], {path: f"{sheet}<sheetData>{corners}</sheetData></worksheet>"})
    yield Bad("huge sheet", "two far corners.xlsx", far, "refused", "too far apart")
    shifted = repacked(
        far, {path: f"{sheet}<sheetData>{corners}</sheetData></worksheet>".replace("<c r", "<c s='0' r")}
    )
    yield Bad("huge sheet", "two far corners, styled.xlsx", shifted, "refused", "too far apart")
    near, far_off = cell.format(1, "A"), cell.format(1000, "ZZ")
    parts = {
        "cells without a place": ("<row>" + "<c><v>1</v></c>" * 9 + "</row>" + cell.format(1_048_576, "XFD"), ""),
        "one merged cell": (near + far_off, "<mergeCell ref='A1:XFD1048576'/>"),
        "1,000 merged cells": (near + far_off, "".join(f"<mergeCell ref='A{n}:ZZ1000'/>" for n in range(1, 1000))),
    }
    for what, (cells, merged) in parts.items():
        text = f"{sheet}<sheetData>{cells}</sheetData><mergeCells>{merged}</mergeCells></worksheet>"
        yield Bad("huge sheet", f"{what}.xlsx", repacked(far, {path: text}), slow=what.startswith("1,000"))
    yield Bad("huge sheet", "wide.xlsx", xlsx([["quagga"] * 16_000] * 3))
    repeats = {  # of rows, of cells, what is in a cell, how many such rows stand below each other
        "columns": ("1", "16000000", "<text:p>quagga</text:p>", 1),
        "rows": ("90000000", "1", "<text:p>quagga</text:p>", 1),
        "both": ("1048576", "16384", "<text:p>quagga</text:p>", 1),
        "many times": ("1", "90", "<text:p>q</text:p>", 4000),
        "beyond numbers": ("9" * 30, "1", "<text:p>q</text:p>", 1),
        "below zero": ("-5", "x", "<text:p>q</text:p>", 1),
    }
    for what, (down, across, inside, times) in repeats.items():
        repeated = f"table:number-columns-repeated='{across}' office:value-type='string'"
        cells = f"<table:table-cell {repeated}>{inside}</table:table-cell>"
        rows = f"<table:table-row table:number-rows-repeated='{down}'>{cells}</table:table-row>" * times
        table = f"<table:table table:name='Animals'>{rows}</table:table>"
        sheets = f"<office:spreadsheet>{table}</office:spreadsheet>"
        yield Bad("huge sheet", f"{what} repeated.ods", opendocument(sheets))
        yield Bad(
            "huge sheet",
            f"{what} repeated.odt",
            opendocument(f"<office:text>{table}<text:p>End.</text:p></office:text>"),
        )
    empty = "<table:table-cell table:number-columns-repeated='16384'/>"
    rest = f"<table:table-row table:number-rows-repeated='1048574'>{empty}</table:table-row>"
    usual = BODIES[".ods"].replace("</table:table>", f"{rest}</table:table>")
    yield Bad("huge sheet", "the rest of a sheet, empty.ods", opendocument(usual), "read", "quagga")
    spans = (
        "<table><tr><td colspan=99999 rowspan=99999>quagga</td>"
        + "<td rowspan=65000>x</td>" * 2000
        + "</tr><tr></tr>" * 3000
    )
    yield Bad("huge sheet", "spans.html", f"<html><body>{spans}</table>".encode())


def long_texts() -> Iterator[Bad]:
    """Texts of a shape that no person writes; in full they have 45 MB, nearly the most that is read by default."""
    yield from _long(1_200_000)
    yield from (replace(one, name=f"in full, {one.name}", slow=True) for one in _long(45_000_000))


_NAMES = "new lines", "rules", "bars", "hashes", "marks", "blanks", "dots", "letters", "stars", "fences", "brackets"
_PIECES = b"a\n\n", b"---\n", b"|a|-|\n", b"# \n", b"[1] ", b" ", b". ", b"a", b"*", b"```\n", b"[a]("
_UNITS = dict(zip(_NAMES, _PIECES, strict=True))


def _long(size: int) -> Iterator[Bad]:
    yield Bad("long", "one line.csv", b"a,b\n" + b"quagga " * (size // 7))
    yield Bad("long", "one field.csv", b'a,b\n"' + b"quagga\n" * (size // 7) + b'",1\n')
    yield Bad("long", "a million columns.csv", b"\n".join([b"quagga," * (size // 21)] * 3))
    yield Bad("long", "millions of rows.csv", b"a,b\n" + b"1,2\n" * (size // 8))
    yield Bad("long", "quotes.csv", b'"a,' * (size // 30))
    yield Bad("long", "one line.json", b'["' + b"quagga " * (size // 7) + b'"]')
    yield Bad("long", "a long number.json", b'{"a": ' + b"9" * (size // 9) + b"}")
    keys = b",".join(b'"k%d": %d' % (n, n) for n in range(size // 100))
    yield Bad("long", "many keys.json", b"{" + keys + b"}")
    ragged = b",".join(b'{"k%d": {"x": %d}}' % (n, n) for n in range(size // 400))
    yield Bad("long", "all keys different.json", b"[" + ragged + b"]")
    yield Bad("long", "open tags.html", b"<p <a <b " * (size // 200))
    yield Bad("long", "one word.html", b"<p>" + b"quagga" * (size // 12))
    yield Bad("long", "many cells.html", b"<table>" + b"<tr><td>a<td>b</tr>" * (size // 400))
    yield Bad("long", "headers.eml", b"From: a@b.c\n" + b"X-A: b\n" * (size // 90) + b"\nA quagga.\n")
    addresses, subject = b"a@b.c, " * (size // 1500), b"x" * (size // 1000)
    mail = b"From: %b\nSubject: =?utf-8?q?%b?=\n\nA quagga.\n" % (addresses, subject)
    yield Bad("long", "addresses.eml", mail)
    yield Bad("long", "brackets.eml", b"From: " + b"(" * 50_000 + b"\nDate: " + b"(" * 50_000 + b"\n\nA quagga.\n")
    for suffix in (".txt", ".md"):
        yield Bad("long", f"one line{suffix}", b"quagga " * (size // 7))
        for what, unit in _UNITS.items():
            yield Bad("long", f"{what}{suffix}", b"A quagga. " + unit * (size // 8 // len(unit)) + b"x")
        yield Bad("long", f"old letters{suffix}", "Größe und Maß für die Fähre\n".encode("cp1252") * (size // 110))
        yield Bad("long", f"Korean letters{suffix}", "등대지기가 배를 센다. ".encode("euc-kr") * (size // 110))


MAKERS = [zip_bombs, entity_bombs, pdf_bombs, deep, wide_sheets, long_texts]


# --- what points elsewhere --------------------------------------------------------------------------------------------


def references(address: str, included: str) -> Iterator[Bad]:
    """Files that would have a reader fetch something.

    Args:
        address: `http://host:port` of a server that nobody may call.
        included: a `file:` address of a file whose text nobody may include.
    """
    for what, to in (("a server", f"{address}/x"), ("a file", included)):
        entity = f'<!ENTITY x SYSTEM "{to}"><!ENTITY % y SYSTEM "{to}"> %y;'
        dtd = f'<!DOCTYPE html SYSTEM "{to}" [{entity}]>'
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{to}" parse="text"/>'
        files = {**_pages_to(to, dtd, include), **_packages_to(to, dtd, include), **_others_to(to)}
        yield from (Bad("points elsewhere", f"{what}, {name}", data) for name, data in files.items())


def _pages_to(to: str, dtd: str, include: str) -> dict[str, bytes]:
    head = (
        f'<base href="{to}"><link rel="stylesheet" href="{to}"><link rel=import href="{to}">'
        f'<script src="{to}"></script><meta http-equiv="refresh" content="0;url={to}">'
    )
    body = (
        f'<img src="{to}"><iframe src="{to}"></iframe><object data="{to}"></object><embed src="{to}"><svg><image'
        f' href="{to}"/><use href="{to}#a"/></svg><p>{SENTENCE} &x;</p>{include}<!--#include virtual="{to}"-->'
    )
    sheet = f'<?xml-stylesheet href="{to}" type="text/xsl"?>'
    page = f"{sheet}{dtd}<html><head>{head}</head><body>{body}</body></html>"
    return {
        "a.html": page.encode(),
        "a.xhtml": ('<?xml version="1.0"?>' + page).encode(),
        "a.epub": epub(page),
        "listing.epub": repacked(SAMPLES[".epub"], {"META-INF/container.xml": f"{dtd}<html>&x;</html>"}),
        "a.mhtml": b"From: <x>\nContent-Type: text/html\nContent-Location: %b\n\n%b" % (to.encode(), page.encode()),
        "page.eml": b"From: a@b.c\nSubject: x\nContent-Type: text/html\n\n" + page.encode(),
        "a.svg": f'{dtd}<svg xmlns="http://www.w3.org/2000/svg"><image href="{to}"/><text>&x;</text></svg>'.encode(),
    }


def _packages_to(to: str, dtd: str, include: str) -> dict[str, bytes]:
    kinds = ("attachedTemplate", "image", "header", "footnotes", "styles", "oleObject", "comments")
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "".join(
        f'<Relationship Id="e{n}" Type="{relation}/{kind}" Target="{to}" TargetMode="External"/>'
        for n, kind in enumerate(kinds)
    )
    name = "http://schemas.openxmlformats.org/package/2006/relationships"
    rels = f'<Relationships xmlns="{name}">{relations}</Relationships>'
    field = f'{SENTENCE}</w:t></w:r><w:fldSimple w:instr=" INCLUDETEXT &quot;{to}&quot; "/><w:r><w:t>'
    source = f"<text:section-source xmlns:k='http://www.w3.org/1999/xlink' k:href='{to}'/>"
    document, entity = SAMPLES[".docx"], f"{dtd}<html>&x;</html>"
    related = {"word/_rels/document.xml.rels": rels, "word/_rels/settings.xml.rels": rels}
    linked = {"xl/externalLinks/_rels/externalLink1.xml.rels": rels, "xl/drawings/d.xml": entity}
    paragraph = f"<text:p>{SENTENCE} &x;</text:p>"
    return {
        "a.docx": repacked(document, {"word/document.xml": _document(f"{SENTENCE} &x;{include}", dtd)}),
        "related.docx": repacked(document, related),
        "field.docx": repacked(document, {"word/document.xml": _document(field)}),
        "related.pptx": repacked(SAMPLES[".pptx"], {"ppt/slides/_rels/slide1.xml.rels": rels}),
        "linked.xlsx": repacked(SAMPLES[".xlsx"], linked),
        "a.odt": opendocument(f"<office:text>{include}{paragraph}</office:text>", dtd),
        "linked.odt": opendocument(f"<office:text><text:section>{source}</text:section>{paragraph}</office:text>", dtd),
        "a.ods": opendocument(BODIES[".ods"].replace("quagga", "&x;" + include), dtd),
    }


def _others_to(to: str) -> dict[str, bytes]:
    actions = f"/OpenAction<</S/URI/URI({to})>>/AA<</WC<</S/JavaScript/JS(app.launchURL\\('{to}'\\))>>>>"
    body = f'Content-Type: message/external-body; access-type=URL; URL="{to}"\n\nContent-Type: text/plain\n\n'
    return {
        "a.eml": f"From: a@b.c\nSubject: x\n{body}".encode(),
        "a.md": f"---\nurl: {to}\n---\n![a]({to}) [b]({to})\n\n{{% include {to} %}}\n\n{SENTENCE}".encode(),
        "a.json": f'{{"$ref": "{to}", "note": "{SENTENCE}"}}'.encode(),
        "a.pdf": pdf(
            f"<</Type/Catalog/Pages 2 0 R{actions}>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources {_FONT}>>>>",
            stream(b"BT /F1 9 Tf 9 9 Td (quagga) Tj ET ", f"/F<</FS/URL/F({to})>>"),
        ),
    }
