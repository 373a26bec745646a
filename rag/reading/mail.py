"""Mail as it was sent: who wrote what to whom and when, with what is attached."""

from __future__ import annotations

import datetime
import email
import email.policy
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from email.message import MIMEPart
from email.utils import parseaddr, parsedate_to_datetime

from rag.reading.archives import deeper, refuse_deep
from rag.reading.blocks import Block, Content, Facts, Part, one_line
from rag.reading.decoding import decode
from rag.reading.isolation import isolated
from rag.types import ReadingError

Nested = Callable[[bytes, str], Content]

_HEADERS = ("From", "To", "Cc", "Date")
_WRAPPED = 50  # characters; a line at least this long goes on in the next one
_ITEM = re.compile(r"(?:[-*•–]|\d{1,2}[.)])\s+\S")
_WROTE = re.compile(  # the line above a quoted mail: On 3 May, A wrote:
    r"(?:on|am|le|el|il|op|pada)\b.{6,200}\b(?:wrote|schrieb|écrit|escribió|ha scritto|schreef|menulis)\b.{0,80}:"
    r"|.{6,80}(?:님이 작성|写道|書きました).{0,3}:?",
    re.IGNORECASE | re.DOTALL,
)
_ORIGINAL = re.compile(
    r"-{3,}\s*(?:original message|ursprüngliche nachricht|message d'origine|mensaje original|pesan asli|원본 메시지)"
    r"\s*-{3,}",
    re.IGNORECASE,
)
_FORWARDED = re.compile(r"^\s*(?:fwd?|wg|tr|rv|전달)\s*:", re.IGNORECASE)


def read_eml(data: bytes, name: str, *, nested: Nested) -> Content:
    """Reads a mail message.

    Raises:
        ReadingError: it is encrypted, or no mail message.
    """
    with isolated("it is no mail message, or damaged; save it anew from the mail program"):
        return _message(email.message_from_bytes(data, policy=email.policy.default), name, nested)


def _message(message: MIMEPart, name: str, nested: Nested) -> Content:
    refuse_deep(name)
    if not any(message[header] for header in ("From", "To", "Subject", "Date")):
        raise ReadingError("it is no mail message; save it anew from the mail program")
    kind, more = message.get_content_type(), str(message["Content-Type"])
    if kind == "multipart/encrypted" or (kind.endswith("pkcs7-mime") and "signed" not in more):
        raise ReadingError("it is encrypted; save it decrypted from the mail program")
    headers = {header: one_line(str(message[header] or "")) for header in _HEADERS}
    subject = one_line(str(message["Subject"] or ""))
    bodies = message.get_body(("plain",)), message.get_body(("html",))
    plain, html = map(_text, bodies)
    parts = list(_body(plain, html, subject, nested))
    for shown, attached in _attached(message, bodies):
        parts += _attachment(shown, attached, name, nested)
    return _content(subject, headers, _date(headers["Date"]), parts)


def read_msg(data: bytes, name: str, *, nested: Nested) -> Content:
    """Reads a message saved by Outlook.

    Raises:
        ReadingError: it is no such message, or damaged.
    """
    from oxmsg import Message

    refuse_deep(name)
    with isolated("it is no Outlook message, or damaged; save it anew from Outlook"):
        message = Message.load(data)
        sent = message.sent_date
        to = [f"{one.name} <{one.email_address}>" if one.email_address else one.name for one in message.recipients]
        headers = {
            "From": one_line(message.sender or ""),
            "To": one_line(", ".join(to)),
            "Date": sent.strftime("%Y-%m-%d %H:%M") if sent else "",
        }
        subject = one_line(message.subject)
        parts = list(_body(message.body or "", message.html_body or "", subject, nested))
        for one in message.attachments:
            if one.attached_by_value:
                parts += _attachment(one.file_name or "attachment", one.file_bytes or b"", name, nested)
            else:
                parts.append(Block("aside", f"Attached and not read: {one.file_name or 'another message'}"))
    return _content(subject, headers, sent.date().isoformat() if sent else None, parts)


def _content(subject: str, headers: dict[str, str], published: str | None, parts: list[Part]) -> Content:
    head: list[Part] = [Block("heading", subject, 1)] if subject else []
    head += [Block("text", f"{header}: {text}") for header, text in headers.items() if text]
    sender, address = parseaddr(headers["From"])
    return Content(
        (*head, *parts), Facts(title=subject[:300] or None, publisher=sender or address or None, published=published)
    )


def _date(header: str) -> str | None:
    try:
        sent = parsedate_to_datetime(header)
    except (TypeError, ValueError, IndexError):
        return None
    return sent.date().isoformat() if 1970 <= sent.year <= datetime.date.today().year + 1 else None


def _text(part: MIMEPart | None) -> str:
    """A part's text in the encoding it states, or in the one that fits where that is unknown or wrong."""
    payload = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeDecodeError):
        return decode(payload)


def _body(plain: str, html: str, subject: str, nested: Nested) -> Iterator[Part]:
    if plain.strip():
        yield from _paragraphs(plain, bool(_FORWARDED.match(subject)))
    elif html.strip():
        marked = b"\xef\xbb\xbf" + html.encode("utf-8", "replace")  # a mark outweighs what the page itself declares
        try:
            yield from deeper(nested(marked, "body.html").parts, 2)
        except ReadingError as error:
            yield Block("aside", f"The text of the message is not read: {error}")


def _attached(message: MIMEPart, bodies: Collection[MIMEPart | None]) -> Iterator[tuple[str, bytes | MIMEPart]]:
    """Names and bytes of what is attached, also of what is attached to inner parts; other messages as such."""
    for part in message.iter_parts() if message.is_multipart() else ():
        kind, named = part.get_content_type(), part.get_filename()
        if any(part is body for body in bodies):
            continue
        if kind == "message/rfc822":
            inner = part.get_content()
            yield named or f"{one_line(str(inner['Subject'] or '')) or 'message'}.eml", inner
        elif part.is_multipart():
            yield from _attached(part, bodies)
        elif named or part.get_content_disposition() == "attachment" or kind in _TEXTS:
            payload = part.get_payload(decode=True)
            yield named or f"attachment{_TEXTS.get(kind, '')}", payload if isinstance(payload, bytes) else b""


_TEXTS = {"text/plain": ".txt", "text/html": ".html"}


def _attachment(attached: str, inner: bytes | MIMEPart, name: str, nested: Nested) -> Iterator[Part]:
    shown = one_line(attached).replace("/", " ").strip() or "attachment"
    try:
        with isolated():
            path = f"{name}/{shown}"
            content = nested(inner, path) if isinstance(inner, bytes) else _message(inner, path, nested)
    except ReadingError as error:
        yield Block("aside", f"Attached and not read: {shown} ({error})")
        return
    yield Block("heading", shown)
    yield from deeper(content.parts, 3)


def _paragraphs(text: str, forwarded: bool) -> Iterator[Part]:
    """A plain body. Earlier mails that it quotes and its signature are set aside, unless there is nothing else."""
    own, quoted = _split(text.splitlines(), forwarded)
    if not any(line.strip() for line in own):
        own, quoted = [line.lstrip("> ") for line in quoted], []
    for paragraph in _joined(own):
        bullet = _ITEM.match(paragraph) and paragraph[0] in "-*•–"
        yield Block("item", paragraph[1:]) if bullet else Block("text", paragraph)
    yield from (Block("aside", paragraph) for paragraph in _joined(line.lstrip("> ") for line in quoted))


def _split(lines: list[str], forwarded: bool) -> tuple[list[str], list[str]]:
    """The writer's own lines, and those quoted or of the signature."""
    own: list[str] = []
    quoted: list[str] = []
    for at, line in enumerate(lines):
        ends = line in {"-- ", "--"} or (_ORIGINAL.match(line.strip()) and not forwarded)
        if ends and at > 0:
            return own, quoted + lines[at:]
        (quoted if line.startswith(">") or _introduces(lines, at) else own).append(line)
    return own, quoted


def _introduces(lines: list[str], at: int) -> bool:
    """Whether a line, alone or with its neighbour, says who wrote what is quoted below it."""
    for start, end in ((at, at + 1), (at, at + 2), (at - 1, at + 1)):
        following = next((line for line in lines[end : end + 3] if line.strip()), "")
        if following.startswith(">") and _WROTE.fullmatch(" ".join(lines[max(0, start) : end]).strip()):
            return True
    return False


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Lines as paragraphs: one that is as long as mail programs break them goes on in the next."""
    paragraph: list[str] = []
    for line in [*lines, ""]:
        bare = line.strip()
        if paragraph and (not bare or len(paragraph[-1]) < _WRAPPED or _ITEM.match(bare)):
            yield " ".join(paragraph)
            paragraph = []
        if bare:
            paragraph.append(bare)
