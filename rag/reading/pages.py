"""Saved web pages. What of a page is its content is told by trafilatura; its words come from the page's own tree."""

from __future__ import annotations

import datetime
import email
import email.message
import email.utils
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import urlsplit

from lxml import etree

from rag.reading.blocks import Block, Content, Facts, Part, Table, one_line
from rag.reading.decoding import decode
from rag.reading.hypertext import Piece, String, parse, pieces, remove_hidden
from rag.reading.isolation import isolated
from rag.types import ReadingError

DAMAGED = "it cannot be taken apart; open it in a browser and save it again"


def read_html(data: bytes, name: str) -> Content:
    """A web page that was saved as one HTML file.

    Raises:
        ReadingError: it is no text, or holds none that can be seen.
    """
    with isolated(DAMAGED):
        return _page(page_text(data), None)


def read_mhtml(data: bytes, name: str) -> Content:
    """A web page that was saved with its pictures in one MHTML file.

    Raises:
        ReadingError: it holds no page, or the page no text that can be seen.
    """
    with isolated(DAMAGED):
        archive = email.message_from_bytes(data)
        part = _page_of(archive)
        if part is None:
            raise ReadingError("it holds no web page; save the page again")
        body = part.get_payload(decode=True)
        places = (str(one.get(key) or "") for one in (part, archive) for key in _PLACES)
        url = next(filter(None, map(web_address, places)), None)
        return _page(page_text(body if isinstance(body, bytes) else b"", part.get_content_charset()), url)


_PLACES = ("Content-Location", "Snapshot-Content-Location")


def _page_of(archive: email.message.Message) -> email.message.Message | None:
    """The page that an archive was made of: the part that it names as its start, or the first page in it."""
    found = [part for part in archive.walk() if part.get_content_type() in ("text/html", "application/xhtml+xml")]
    start = str(archive.get_param("start") or "")
    return next((part for part in found if start and part.get("Content-ID") == start), found[0] if found else None)


def _page(text: str, url: str | None) -> Content:
    root = parse(text)
    facts = _facts(root, text, url)
    remove_hidden(root)
    body = root.find("body")
    found = [] if body is None else pieces(body, _main_strings(root))
    if not found:
        scripts = next(root.iter("script"), None) is not None or "<script" in text
        remedy = "; open it in a browser and save what is shown" if scripts else ""
        raise ReadingError("it holds no text that can be seen" + remedy)
    kept = _content(found)
    headline = _headline(found, kept, facts)
    if headline is not None:
        kept[headline] = True
        facts = replace(facts, title=found[headline].text)
    return Content(tuple(_parts(found, kept, headline)), facts)


# Decoding

_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)
_AS_BROWSERS_READ = {  # the encoding standard of the web: old names stand for their supersets
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
}


def page_text(data: bytes, charset: str | None = None) -> str:
    """The text of a page: UTF-8 where it is that, else in the encoding declared, else in the one found out.

    A page that was saved anew is often UTF-8 while its head still declares what it was.
    """
    match = _DECLARED.search(data[:4096])
    declared = (charset or (match[1].decode("ascii", "replace") if match else "")).lower()
    codec = _AS_BROWSERS_READ.get(declared, declared)
    if codec and not codec.startswith(("utf", "unicode")) and not (_is_utf8(data) and b"\x1b" not in data):
        try:
            return decode(data.decode(codec).encode("utf-8"))
        except (LookupError, UnicodeError):  # an unknown name, or not what it declares
            pass
    return decode(data)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


# What is content

_MOST = 0.5  # share of a piece that trafilatura must have taken for content, or that is links in a list of links
_ONLY_LINKS = 0.8  # share of a paragraph that is links, as in "read also"
_LITTLE = 250  # letters; trafilatura's own measure of an extraction that is too small
_PROSE = 80  # characters of a paragraph that is taken for content by the company it keeps; captions are shorter


def _content(found: Sequence[Piece]) -> list[bool]:
    """For each piece of a page whether it is content. When unsure it is: what is set aside is not searched."""
    plausible = [not piece.furniture and piece.linked < _MOST for piece in found]
    if all(plausible) or sum(piece.chosen * len(piece.text) for piece in found) < _LITTLE:
        return plausible if any(plausible) else [True] * len(found)
    chosen = [piece for piece in found if piece.chosen >= _MOST]
    length = sum(len(piece.text) for piece in chosen)
    frames = {_frame(piece.place) for piece in chosen}
    in_prose = sum(piece.linked * len(piece.text) for piece in chosen) < _MOST * length
    usual = _usual_places(chosen, length)
    area = _common(piece.place for piece in chosen)

    def keeps(piece: Piece, plausible: bool) -> bool:
        if isinstance(piece.part, Table):  # trafilatura drops some tables of data
            return piece.chosen >= _MOST or (plausible and area in piece.place.iterancestors())
        if piece.chosen >= _MOST:
            return not (in_prose and piece.part.kind == "text" and piece.linked >= _ONLY_LINKS)
        telling = piece.part.kind != "text" or piece.place.tag == "pre" or len(piece.text) >= _PROSE
        return plausible and telling and (_frame(piece.place) in frames or _kind_of_place(piece.place) in usual)

    return list(map(keeps, found, plausible))


def _usual_places(chosen: Sequence[Piece], length: int) -> set[tuple[object, ...]]:
    """The kinds of place where much of the content stands. Trafilatura may stop where a page begins anew, as after an
    advertisement; what stands in the same kind of place is content too."""
    lengths: Counter[tuple[object, ...]] = Counter()
    for piece in chosen:
        lengths[_kind_of_place(piece.place)] += len(piece.text)
    return {kind for kind, held in lengths.items() if held * 4 >= length}


def _kind_of_place(place: etree._Element) -> tuple[object, ...]:
    return tuple((one.tag, one.get("class")) for one in (place, *place.iterancestors()))


def _frame(place: etree._Element) -> etree._Element:
    """The element that a paragraph, or the list that an item belongs to, stands in."""
    return next((one for one in place.iterancestors() if one.tag not in _LISTS), place)


_LISTS = ("blockquote", "dd", "dl", "dt", "li", "ol", "ul")


def _common(places: Iterable[etree._Element]) -> etree._Element | None:
    """The innermost element that holds all of these."""
    held: list[etree._Element] | None = None
    for place in places:
        above = [*reversed(list(place.iterancestors())), place]
        held = above if held is None else [a for a, b in zip(held, above, strict=False) if a is b]
    return held[-1] if held else None


def _main_strings(root: etree._Element) -> set[String]:
    """The strings of a page that are its main text by trafilatura (Barbaresi 2021).

    It hands over words, not where they stood. So each string of a copy begins with its number in Braille signs, which
    trafilatura takes for punctuation, and the numbers that come back are read.
    """
    from trafilatura import bare_extraction

    strings: list[String] = []
    twin = deepcopy(root)
    for element, other in zip(root.iter("*"), twin.iter("*"), strict=True):
        for where in _WHERE:
            text = getattr(element, where)
            if text and not text.isspace() and element.tag not in ("script", "title"):
                setattr(other, where, _number(len(strings)) + _SIGNS.sub(" ", text))
                strings.append((element, where))
    document = bare_extraction(twin, include_comments=False, include_tables=True, fast=True)
    body = getattr(document, "body", None)
    marks = _SIGNS.findall("" if body is None else "".join(body.itertext()))
    numbers = (sum((ord(sign) - 0x2800) << shift for sign, shift in zip(mark, _SHIFTS, strict=True)) for mark in marks)
    return {strings[number] for number in numbers if number < len(strings)}


_WHERE: tuple[Literal["text", "tail"], ...] = ("text", "tail")
_SHIFTS = (16, 8, 0)
_SIGNS = re.compile("[\u2800-\u28ff]{3}")


def _number(value: int) -> str:
    return "".join(chr(0x2800 + (value >> shift & 255)) for shift in _SHIFTS)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _headline(found: Sequence[Piece], kept: Sequence[bool], facts: Facts) -> int | None:
    """Which piece is the headline: a top heading that the page's title repeats, or the only one, or the first kept."""
    site, title = _letters(facts.publisher or ""), _letters(facts.title or "")
    tops = {
        i: letters
        for i, piece in enumerate(found)
        if isinstance(piece.part, Block) and (piece.part.kind, piece.part.level) == ("heading", 1)
        if (letters := _letters(piece.text)) and letters != site
    }
    named = [i for i, letters in tops.items() if letters in title or (title and title in letters)]
    if named:
        return max(named, key=lambda i: (len(tops[i]), kept[i], -i))
    plain = [i for i in tops if kept[i]] or [i for i in tops if not found[i].furniture]
    return plain[0] if plain else None


def _parts(found: Sequence[Piece], kept: Sequence[bool], headline: int | None) -> Iterator[Part]:
    """The pieces as they are stored: the headline once, what is not content set aside, each line of that once."""
    title = None if headline is None else _letters(found[headline].text)
    said: set[str] = set()
    for i, piece in enumerate(found):
        if i != headline and _letters(piece.text) == title:
            continue
        if kept[i]:
            yield piece.part
        elif piece.text not in said:
            said.add(piece.text)
            yield Block("aside", piece.text)


# What a page says about itself

_TITLES = ("og:title", "twitter:title", "citation_title", "dc.title", "dcterms.title")
_PUBLISHERS = ("og:site_name", "citation_journal_title", "dc.publisher", "dcterms.publisher", "publisher")
_AUTHORS = ("author", "article:author", "citation_author", "dc.creator", "dcterms.creator")
_DATES = (  # the first is the surest; then comes what the page says in other ways than by meta elements
    *("article:published_time", "og:published_time", "og:article:published_time", "citation_publication_date"),
    *("citation_date", "citation_online_date", "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date"),
    *("dc.date.created", "dcterms.created", "datepublished", "publication_date", "publication-date", "publish_date"),
    *("publish-date", "publishdate", "pubdate", "parsely-pub-date", "sailthru.date", "article.published", "date"),
)
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?![A-Za-z])")
_SAVED_FROM = re.compile(r"<!--[^>]{0,300}?(?:saved from url=\(\d+\)|\burl:\s*)(https?://[^\s>]+)")


def _facts(root: etree._Element, text: str, url: str | None) -> Facts:
    named = _named(root)
    linked = list(_linked_data(root))
    saved_from = _SAVED_FROM.search(text[:2048])
    addresses = [
        *(link.get("href") for link in root.iter("link") if (link.get("rel") or "").lower() == "canonical"),
        named.get("og:url"),
        url,
        saved_from[1] if saved_from else None,
    ]
    publishers = [_named_thing(thing.get("publisher")) for thing in linked]
    authors = [_named_thing(thing.get("author")) for thing in linked]
    languages = (root.get("lang"), root.get("xml:lang"), named.get("og:locale"), named.get("content-language"))
    dates = [
        *(named.get(key) for key in _DATES[:1]),
        *(thing.get("datePublished") for thing in linked),
        *_marked_dates(root),
        *(named.get(key) for key in _DATES[1:]),
    ]
    return Facts(
        title=_first([*map(named.get, _TITLES), *(title.text_content() for title in root.findall(".//head/title"))]),
        publisher=_first([*map(named.get, _PUBLISHERS[:1]), *publishers, *map(named.get, _PUBLISHERS[1:])])
        or _first([*map(named.get, _AUTHORS), *authors]),
        published=next(filter(None, map(iso_date, dates)), None),
        url=next(filter(None, map(web_address, addresses)), None),
        language=next(filter(None, map(iso_language, languages)), None),
    )


def _named(root: etree._Element) -> dict[str, str]:
    """The meta elements of a page by name in lower case; the first of a name counts."""
    named: dict[str, str] = {}
    for element in root.iter("meta"):
        for key in ("property", "name", "itemprop", "http-equiv"):
            if element.get(key) and (element.get("content") or "").strip():
                named.setdefault(element.get(key).strip().lower(), element.get("content"))
    return named


def _linked_data(root: etree._Element) -> Iterator[dict[str, Any]]:
    """What a page says of itself in JSON-LD; things further down may be comments and other pages."""
    for script in root.iter("script"):
        if script.get("type") == "application/ld+json":
            try:
                data = json.loads(script.text or "", strict=False)
            except (ValueError, RecursionError):
                continue
            for thing in data if isinstance(data, list) else [data]:
                graph = thing.get("@graph") if isinstance(thing, dict) else None
                for one in graph if isinstance(graph, list) else [thing]:
                    if isinstance(one, dict) and "Comment" not in str(one.get("@type")):
                        yield one


def _named_thing(thing: object) -> str | None:
    if isinstance(thing, list) and thing:
        thing = thing[0]
    if isinstance(thing, dict):
        thing = thing.get("name")
    return thing if isinstance(thing, str) else None


def _marked_dates(root: etree._Element) -> Iterator[str | None]:
    """Dates that the page marks as its own, outside of comments and other articles."""
    for element in root.iter("time", "span", "abbr"):
        if element.get("pubdate") is not None or (element.get("itemprop") or "").lower() == "datepublished":
            yield element.get("datetime") or element.get("content") or element.text


def _first(values: Sequence[object]) -> str | None:
    """The first that says something, as one line of bounded length. An address names nobody."""
    lines = (one_line(value)[:300] for value in values if isinstance(value, str))
    return next((line for line in lines if line and not line.startswith(("http://", "https://"))), None)


_WRITTEN = ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y")


def iso_date(value: object) -> str | None:
    """An ISO date as precise as it was given. Orders of day and month that differ by country are not guessed."""
    text = one_line(value) if isinstance(value, str) else ""
    match = re.match(r"(\d{4})(?:([-/.]?)(\d{2})(?:\2(\d{2}))?)?(?![\d/.-])", text)
    found = "-".join(filter(None, (match[1], match[3], match[4]))) if match else ""
    if not match and (parsed := email.utils.parsedate(text)):
        found = f"{parsed[0]:04}-{parsed[1]:02}-{parsed[2]:02}"
    for form in _WRITTEN if not found else ():
        try:
            found = datetime.datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    try:
        year = datetime.date.fromisoformat((found + "-01-01")[:10]).year
    except ValueError:
        return None
    return found if 1400 <= year <= 2200 and found != "1970-01-01" else None  # zero as a date


def iso_language(value: str | None) -> str | None:
    match = _LANGUAGE.match((value or "").strip())
    return match[1].lower() if match else None


def web_address(value: object) -> str | None:
    text = value.strip() if isinstance(value, str) else ""
    if not re.fullmatch(r"https?://[^\s<>\"]{1,2000}", text):
        return None
    try:
        return text if urlsplit(text).hostname else None
    except ValueError:
        return None
