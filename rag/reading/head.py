"""What the head of a plain text or of a copied page says about it: headline, date of publication, publisher.

Each is taken only where it is said outright. A date stands in a line that holds little else: a label, the author, a
time. A wrong date is worse than none.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from rag.reading.blocks import Facts, one_line
from rag.reading.furniture import Copied, copied, is_note

_HEAD_LINES = 40  # how far down a text its headline is sought
_PROSE = 120  # characters; a line this long is running text, and a headline stands above it

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januari januar janvier enero jänner",
            "february feb februari februar février febrero febr",
            "march mar maret märz mars marzo",
            "april apr avril abril avr",
            "may mei mai mayo",
            "june jun juni juin junio",
            "july jul juli juillet julio",
            "august aug agustus ags août agosto agu agt",
            "september sep sept septembre septiembre",
            "october oct oktober okt octobre octubre",
            "november nov novembre noviembre nop",
            "december dec desember des dezember dez décembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    r"(?<![\d./-])(?:"
    r"(?P<y1>\d{4})\s?(?P<s>[-./])\s?(?P<m1>\d{1,2})\s?(?P=s)\s?(?P<d1>\d{1,2})(?!\d)\.?"
    r"|(?P<y2>\d{4})\s?[년年]\s?(?P<m2>\d{1,2})\s?[월月]\s?(?P<d2>\d{1,2})\s?[일日]"
    rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th|er|\.)?(?: de)?[ -](?P<n3>{_MONTH})\.?,?(?: de| del)?[ -](?P<y3>\d{{4}})(?!\d)"
    rf"|\b(?P<n4>{_MONTH})\.? (?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y4>\d{{4}})(?!\d)"
    r")",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(
    r"(?:(?:first |originally |date )?(?:published|posted|issued|released)(?: on)?|publication date|date (?:published"
    r"|posted)"
    r"|(?:di)?terbit(?:kan)?|dipublikasikan|diunggah|tayang|tanggal terbit|(?:기사 ?)?(?:입력|등록|승인|게시|발행"
    r"|작성)(?:일시|일자|일)?"
    r"|veröffentlicht(?: am)?|publié(?: le)?|publicado(?: el)?|公開日?|掲載日?|投稿日?|発行日|发布时间|发布日期)",
    re.IGNORECASE,
)
_UPDATED = re.compile(
    r"(?:last )?(?:updated?|modified|edited|revised)(?: on)?|(?:terakhir )?diperbarui|(?:최종 ?|기사 ?)?(?:수정"
    r"|업데이트)(?:일시|일자|일)?"
    r"|(?:zuletzt )?aktualisiert(?: am)?|mis à jour(?: le)?|actualizado(?: el)?|更新日?",
    re.IGNORECASE,
)
_BARE = re.compile(r"date|tanggal|날짜|datum|fecha|日付", re.IGNORECASE)
_BESIDE = re.compile(  # what may stand in a date line beside the date
    r"\d{1,2}\s?[:.h]\s?\d{2}(?:[:.]\d{2})?\s*(?:[ap]\.?m\.?|uhr)?|\(?\b(?:gmt|utc|wib|wita|wit|kst|jst|e[sd]?t"
    r"|c[sd]?t|p[sd]?t|m[sd]t|bst|cest?)"
    r"\b(?:\s?[+-]\s?\d{1,2}(?::?\d{2})?)?\)?|\b\d+ ?(?:-| )?(?:min(?:ute)?s?)(?: read)?\b|(?:오전|오후|午前|午後)|"
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b|\b(?:senin|selasa|rabu|kamis|jumat|jum'at"
    r"|sabtu|minggu)\b"
    r"|\(?[월화수목금토일月火水木金土日]\)|[월화수목금토일]요일|\b(?:montag|dienstag|mittwoch|donnerstag|freitag"
    r"|samstag|sonntag)\b"
    r"|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo)\b"
    r"|\b(?:at|on|am|pada|pukul|um|à|a las|le|el|den)\b|\b(?:read|hits?|views?|dibaca|조회 ?수?)\s*[:：]?\s*[\d,.]+",
    re.IGNORECASE,
)
_AUTHOR = re.compile(
    r"(?:(?:by|oleh|von|par|por|posted by|written by|post by|penulis:?)\s.{2,60}|.{2,40}(?:\b(?:correspondent|reporter"
    r"|staff(?: writer)?|editor)|기자|특파원))",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"(?:copyright|저작권자)?\s*(?:©|ⓒ|\(c\)|copyright)\s*(?:copyright)?\s*(?:\d{4}(?:\s?[-–]\s?(?:\d{4}|now"
    r"|present))?)?[\s,.:]*(?:by )?"
    r"(?P<name>[^\W\d_].*)",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"[\s,.:|–—-]*(?:all rights? reserved|무단|hak cipta|alle rechte|tous droits|\d{4}\b|powered by|designed by"
    r"|inc\.? all\b|by using|privacy|terms).*"
    r"|[\s,.:;|()\[\]<>–—-]+$",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"(?:source|sumber|출처|quelle|fuente)\s*[:：]\s*(?P<name>[^\W\d_].*)|published by:? (?P<by>\S.*)", re.IGNORECASE
)


def facts_of_head(text: str) -> Facts:
    """Title, date of publication (ISO) and publisher of a plain text, each None unless it is said outright.

    `text` is the whole text with its furniture: a copied page often names its publisher nowhere but in the last line.
    """
    page = copied(text)
    if page is None:
        title = headline(text)
        return Facts(title=title, published=_published(_head(text.split("\n")), labelled=title is None))
    lines = [line.text for line in page.lines]
    head = [line for line in lines[page.start : _below(page)] if line]
    return Facts(title=_title(page, head), publisher=_publisher(lines), published=_published(head))


def headline(text: str) -> str | None:
    """The line of a text's head that reads like a headline above running text, if any: above a date line, else last."""
    found: list[str] = []
    dated = None
    for line in map(str.strip, text.split("\n", _HEAD_LINES)[:_HEAD_LINES]):
        if len(line) >= _PROSE:
            return dated or (found[-1] if found else None)
        if found and line and _dates(line):
            dated = dated or found[-1]
        elif _reads_like_headline(line):
            found.append(line)
    return None


def _reads_like_headline(line: str) -> bool:
    words = line.split()
    cased = sum(map(str.isupper, line)) + sum(map(str.islower, line))
    capitals = sum(1 for word in words if len(word) > 3 and word[0].isupper())
    return (
        3 <= len(words) <= 25
        and (capitals >= 2 or cased * 4 < len(line))
        and line[0].isalnum()
        and line[-1] not in ".:;,"
        and not is_note(line)
    )


def _head(lines: Sequence[str]) -> list[str]:
    """The first lines of a text that is no page; few, since lists and diaries hold dates too."""
    short = takewhile(lambda line: len(line) < _PROSE, map(str.strip, lines[:_HEAD_LINES]))
    return list(filter(None, short))[:_FEW]


_FEW = 6


def _below(page: Copied) -> int:
    """Where the head of a page ends: a date may stand below the first paragraph, not further down."""
    prose = [n for n in range(page.first, page.end) if page.lines[n].prose]
    return prose[1] if len(prose) > 1 else page.first + 1


def _title(page: Copied, head: Sequence[str]) -> str | None:
    above = [
        line.text
        for line in page.lines[page.start : page.first + 1]
        if 3 <= line.words <= 25 and not line.listed and not line.furniture and not line.text.endswith((".", "。"))
    ]
    titles = [line for line in above if not is_note(line) and not _dates(line) and not _AUTHOR.fullmatch(line)]
    for line, below in pairwise(head):
        if line in titles and (_dates(below) or is_note(below)):
            return one_line(line)
    return one_line(titles[0]) if titles else None


def _published(head: Sequence[str], labelled: bool = False) -> str | None:
    """The one date that the head gives as that of publication, else its one date without a label, else of an update.

    Where the head names a place or a time, a bare date may be that of a meeting, and does not count.
    """
    found = [pair for line in head for pair in _dates(line)]
    meeting = any(_MEETING.match(line) for line in head)
    for label in ("published",) if labelled else ("published", "", "updated"):
        dates = {date for of, date in found if of == label and (label or not meeting)}
        if dates:
            return dates.pop() if len(dates) == 1 else None
    return None


_MEETING = re.compile(
    r"(?:time|venue|location|where|place|tempat|lokasi|waktu|acara|장소|시간|일시|ort|beginn|lieu|lugar|hora)\s*[:：]",
    re.IGNORECASE,
)


def _dates(line: str) -> list[tuple[str, str]]:
    """Label and ISO date of each date in a line that holds little else, such as author and time; else nothing."""
    if len(line) > 160:
        return []
    found = []
    end = 0
    for match in _DATE.finditer(line):
        date = _iso(match)
        label = _label(line[end : match.start()])
        if date is None or label is None:
            return []
        found.append((label, date))
        end = match.end()
    rest = _trimmed(line[end:])
    return found if not rest or _AUTHOR.fullmatch(rest) or _is_label(rest) else []


def _is_label(words: str) -> bool:
    return any(label.fullmatch(words) for label in (_PUBLISHED, _UPDATED, _BARE))


def _label(before: str) -> str | None:
    """What the words before a date call it; None where they say something else."""
    words = _trimmed(before)
    for part in (words, *re.split(r"\s+[|/·•–—»-]\s+|\s*[|·•»]\s*|\s{2,}|(?<=기자)\s", words)[-1:]):
        if _PUBLISHED.fullmatch(part):
            return "published"
        if _UPDATED.fullmatch(part):
            return "updated"
        if _BARE.fullmatch(part):
            return ""
    return "" if not words or _AUTHOR.fullmatch(words) else None


def _trimmed(words: str) -> str:
    return " ".join(_BESIDE.sub(" ", words).split()).strip(" :：;,.()[]<>·•|/–—»-")


def _iso(match: re.Match[str]) -> str | None:
    numbers = {name[0]: value for name, value in match.groupdict().items() if value and name != "s"}
    month = int(numbers["m"]) if "m" in numbers else _MONTHS[numbers["n"].casefold()]
    try:
        date = datetime.date(int(numbers["y"]), month, int(numbers["d"]))
    except ValueError:
        return None
    return date.isoformat() if date.year >= 1900 else None


def _publisher(lines: Sequence[str]) -> str | None:
    """Who holds the rights to a page, where it names one; else the source it gives."""
    names = list(_names(lines))
    alone = {line.casefold() for line in lines}
    for candidates in ([name for name in names if name.casefold() in alone], names):
        distinct = {name.casefold(): name for name in reversed(candidates)}
        if len(distinct) == 1:
            return next(iter(distinct.values()))
    if names:
        return None
    sources = {one_line(match["name"] or match["by"]) for line in lines if (match := _SOURCE.fullmatch(line[:200]))}
    source = sources.pop() if len(sources) == 1 else ""
    return source if 0 < len(source.split()) <= 10 and "://" not in source else None


def _names(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        match = _RIGHTS.search(line) if len(line) <= 200 else None
        name = _NO_NAME.sub("", match["name"]) if match else ""
        if 0 < len(name.split()) <= 6 and not re.search(r"[.!?]\s", name):
            yield one_line(name)
