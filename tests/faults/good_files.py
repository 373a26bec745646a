"""A small sound file of every format, to be spoilt; what no library here writes; and what a bad file is."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache
from typing import Literal

import docx
import pptx
import xlsxwriter
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from tests.reading.compound import compound

Expected = Literal["refused", "read", "either"]


@dataclass(frozen=True, slots=True)
class Bad:
    """A file and what must come of it."""

    kind: str
    name: str
    data: bytes
    expected: Expected = "either"
    says: str = ""  # pattern that the reason, or the text that was read, must hold
    never: str = ""  # what must not be in the text
    slow: bool = False  # ended by the limit on time, or near to it

    @property
    def label(self) -> str:
        return f"{self.kind}: {self.name}"


SENTENCE = "The quagga grazes in the field behind the lighthouse."
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
BODIES = {
    ".odt": f"<office:text><text:h text:outline-level='1'>Field</text:h><text:p>{SENTENCE}</text:p></office:text>",
    ".ods": "<office:spreadsheet><table:table table:name='Animals'><table:table-row>"
    "<table:table-cell office:value-type='string'><text:p>Animal</text:p></table:table-cell>"
    "<table:table-cell office:value-type='string'><text:p>quagga</text:p></table:table-cell>"
    "</table:table-row></table:table></office:spreadsheet>",
}


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    """A zip of these members; they carry no date, so that it is the same each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


def repacked(data: bytes, changes: Mapping[str, bytes | str]) -> bytes:
    """A zip with some members replaced or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    return zipped({**members, **changes})


def opendocument(body: str, doctype: str = "") -> bytes:
    names = "".join(f" xmlns:{name}='{OFFICE}:{name}:1.0'" for name in ("office", "text", "table"))
    content = f"{doctype}<office:document-content{names}><office:body>{body}</office:body></office:document-content>"
    kind = "spreadsheet" if "<office:spreadsheet>" in body else "text"
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    return zipped({"mimetype": mimetype, "content.xml": content, "META-INF/manifest.xml": "<manifest/>"})


def epub(chapter: str) -> bytes:
    container = "<container><rootfiles><rootfile full-path='book.opf'/></rootfiles></container>"
    listing = (
        "<package xmlns:dc='http://purl.org/dc/elements/1.1/'><metadata><dc:title>Field notes</dc:title></metadata>"
        "<manifest><item id='a' href='a.xhtml' media-type='application/xhtml+xml'/></manifest>"
        "<spine><itemref idref='a'/></spine></package>"
    )
    return zipped({"META-INF/container.xml": container, "book.opf": listing, "a.xhtml": chapter})


def docx_of(*paragraphs: str) -> bytes:
    document, buffer = docx.Document(), io.BytesIO()
    document.add_heading("Field", 1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(buffer)
    return buffer.getvalue()


def _pptx() -> bytes:
    show, buffer = pptx.Presentation(), io.BytesIO()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = "Field", SENTENCE
    show.save(buffer)
    return buffer.getvalue()


def xlsx(rows: list[list[str]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("Animals")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return buffer.getvalue()


def _canvas(pages: int, picture: bool = False, locked: bool = False) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption("secret") if locked else None, invariant=1)
    for number in range(pages):
        if picture:
            canvas.drawInlineImage(Image.effect_noise((40, 40), 80), 100, 100, 300, 300)
        else:
            canvas.drawString(70, 700, f"{SENTENCE} Page {number}.")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def pdf(*objects: str | bytes) -> bytes:
    """A PDF of these objects, the first of which is its catalog."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, one.encode() if isinstance(one, str) else one)
    rows = "".join(f"{place:010d} 00000 n \n" for place in places)
    count = len(objects) + 1
    table = f"xref\n0 {count}\n0000000000 65535 f \n{rows}trailer\n<</Size {count}/Root 1 0 R>>\n"
    return bytes(out) + f"{table}startxref\n{len(out)}\n%%EOF\n".encode()


def stream(data: bytes, facts: str = "") -> bytes:
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (facts.encode(), len(data), data)


def eml(text: str = SENTENCE, attached: Mapping[str, bytes] | None = None) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Nadia <n@example.org>", "Tomas <t@example.org>", "Field"
    message.set_content(text)
    for name, data in (attached or {}).items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    message.set_boundary("=-=-=") if attached else None
    return message.as_bytes()


def _msg() -> bytes:
    fixed = (0x0E1D, "Field"), (0x1000, SENTENCE), (0x0C1A, "Nadia")
    streams: dict[str, bytes] = {f"__substg1.0_{tag:04X}001F": text.encode("utf-16-le") for tag, text in fixed}
    rows = b"".join(
        (tag << 16 | 0x1F).to_bytes(4, "little") + (6).to_bytes(4, "little") + (2 * len(text) + 2).to_bytes(8, "little")
        for tag, text in fixed
    )
    return compound({"__properties_version1.0": bytes(32) + rows, **streams})


_PAGE = f"<!DOCTYPE html><html><head><title>Field</title></head><body><h1>Field</h1><p>{SENTENCE}</p></body></html>"
_MHTML = (
    "From: <Saved>\nSubject: Field\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n"
    f"--x\nContent-Type: text/html\n\n{_PAGE}\n--x--\n"
)

SAMPLES: dict[str, bytes] = {
    ".txt": SENTENCE.encode(),
    ".csv": b"Animal,Place\nquagga,field\nkiwi,shore\n",
    ".html": _PAGE.encode(),
    ".mhtml": _MHTML.encode(),
    ".json": b'{"animals": [{"name": "quagga", "place": "field"}, {"name": "kiwi", "place": "shore"}]}',
    ".jsonl": b'{"name": "quagga", "place": "field"}\n{"name": "kiwi", "place": "shore"}\n',
    ".eml": eml(attached={"a.csv": b"Animal,Place\nquagga,field\n"}),
    ".msg": _msg(),
    ".pdf": _canvas(3),
    ".docx": docx_of(SENTENCE),
    ".pptx": _pptx(),
    ".xlsx": xlsx([["Animal", "Place"], ["quagga", "field"], ["kiwi", "shore"]]),
    ".odt": opendocument(BODIES[".odt"]),
    ".ods": opendocument(BODIES[".ods"]),
    ".epub": epub(f"<html><body><h1>Field</h1><p>{SENTENCE}</p></body></html>"),
    ".zip": zipped({"a.txt": SENTENCE, "b.html": _PAGE}),
}


def _listed_as_encrypted(data: bytes) -> bytes:
    """A zip whose members are marked as encrypted."""
    marked = bytearray(data)
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        for found in re.finditer(re.escape(mark), data):
            marked[found.start() + at] |= 1
    return bytes(marked)


_LOCKED_ENTRY = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
_LOCKED: dict[str, Callable[[], bytes]] = {
    "locked.pdf": lambda: _canvas(1, locked=True),
    "scan.pdf": lambda: _canvas(1, picture=True),
    "scans.pdf": lambda: _canvas(3, picture=True),
    "locked.docx": lambda: compound({"EncryptionInfo": bytes(80), "EncryptedPackage": bytes(range(256)) * 20}),
    "old.doc": lambda: compound({"WordDocument": bytes(5000), "1Table": bytes(900)}),
    "locked.odt": lambda: zipped({"content.xml": bytes(range(256)), "META-INF/manifest.xml": _LOCKED_ENTRY}),
    "locked.zip": lambda: _listed_as_encrypted(SAMPLES[".zip"]),
    "sealed.eml": lambda: b"From: a@b.c\nContent-Type: multipart/encrypted; boundary=x\n\n--x\n\nAAAA\n--x--\n",
}


@cache
def sample(name: str) -> bytes:
    """A sound file that cannot be read for a good reason."""
    return _LOCKED[name]()


# --- text in a shell of each textual format ---------------------------------------------------------------------------

ENCODED: dict[str, Callable[[str], str]] = {
    ".txt": lambda text: text,
    ".csv": lambda text: f"name,words\nfirst,{text.replace(',', ' ')}\nsecond,quagga\n",
    ".html": lambda text: f"<html><head><title>Field</title></head><body><p>{text}</p></body></html>",
    ".json": lambda text: '{"words": "' + text.replace("\x0b", "").replace("\x0c", "") + '"}',
    ".eml": lambda text: f"From: a@example.org\nSubject: Field\nContent-Transfer-Encoding: 8bit\n\n{text}\n",
}

_LANGUAGES = {
    "English": "The café pays £5 for each naïve ferry ride. Nobody else pays more than that, and everybody stays.",
    "Korean": "등대지기가 새벽에 배를 센다. 비가 오는 동안 갈매기 두 마리가 빵을 기다리고 있다. 편지는 늦게 도착한다.",
    "Japanese": "灯台守は夜明けに船を数えています。雨が降っている間、二羽のカモメがパンを待っています。",
    "Chinese": "灯塔看守人在黎明时分数船。下雨的时候，两只海鸥在等面包。信件从雅加达迟到。",
}
LETTERS = {
    (encoding, language): _LANGUAGES[language]
    for language, own in {
        "English": ["cp1252"],
        "Korean": ["euc-kr"],
        "Japanese": ["shift-jis"],
        "Chinese": ["gb18030"],
    }.items()
    for encoding in ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", *own]
}


def inflating(size: int, unit: bytes = b" " * (1 << 20)) -> bytes:
    """A raw deflate stream of a few kilobytes for each gigabyte, made in no time: one block again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(unit) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * (size // len(unit)) + packer.flush()
