"""Mail: who wrote what and when; what it quotes is set aside, what is attached is read."""

from __future__ import annotations

import random
from contextlib import suppress
from email.message import EmailMessage

import pytest

from rag.reading.blocks import Block, Content, compose
from rag.reading.mail import read_eml, read_msg
from rag.types import Document, ReadingError
from tests.reading.compound import compound


def content(data: bytes, name: str) -> Content:
    """Reads texts, web pages by their bare words, and mail."""
    if name.endswith(".eml"):
        return read_eml(data, name, nested=content)
    if name.endswith(".html"):
        bare = data.decode("utf-8-sig").replace("<p>", " ").replace("</p>", " ")
        return Content((Block("heading", "Page", 1), Block("text", bare)))
    if name.endswith(".txt"):
        return Content((Block("text", data.decode()),))
    raise ReadingError("files of this kind are not read")


def read(message: EmailMessage | bytes) -> Document:
    data = message if isinstance(message, bytes) else message.as_bytes()
    return compose("mail.eml", "", content(data, "mail.eml"))


def message(body: str = "The pump is repaired.", subject: str = "Pump house") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Nadia Putri <nadia@example.org>"
    made["To"] = "Tomas <tomas@example.org>"
    made["Date"] = "Tue, 05 Mar 2024 23:30:00 +0700"
    made["Subject"] = subject
    made.set_content(body)
    return made


def test_a_message_has_its_subject_as_title_its_sender_as_publisher_and_its_date() -> None:
    result = read(message())
    assert result.text == (
        "# Pump house\n\nFrom: Nadia Putri <nadia@example.org>\n\nTo: Tomas <tomas@example.org>\n\n"
        "Date: Tue, 05 Mar 2024 23:30:00 +0700\n\nThe pump is repaired.\n"
    )
    assert (result.title, result.publisher, result.published) == ("Pump house", "Nadia Putri", "2024-03-05")


def test_encoded_headers_and_texts_are_decoded() -> None:
    data = (
        b"From: =?utf-8?b?7J2067O06528?= <bora@example.org>\nSubject: =?iso-8859-1?q?Stra=DFe?=\n"
        b"Content-Type: text/plain; charset=no-such-charset\nContent-Transfer-Encoding: quoted-printable\n\n"
        b"Die Stra=C3=9Fe ist gesperrt.\n"
    )
    result = read(data)
    assert (result.title, result.publisher, result.published) == ("Straße", "이보라", None)
    assert "Die Straße ist gesperrt." in result.text


def test_wrapped_lines_become_paragraphs_and_short_ones_stay_apart() -> None:
    body = (
        "We will open the sluice on Monday morning and keep it open\nuntil the basin is empty.\n\n"
        "Bring:\n- boots\n- a lamp\n\nRegards\nNadia\n"
    )
    assert read(message(body)).text.endswith(
        "\n\nWe will open the sluice on Monday morning and keep it open until the basin is empty.\n\nBring:\n\n"
        "- boots\n- a lamp\n\nRegards\n\nNadia\n"
    )


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 4 Mar 2024, Tomas wrote:\n> When is it done?\n> We wait.\n",
        "On Mon, 4 Mar 2024 at 10:00, Tomas\n<tomas@example.org> wrote:\n\n> When is it done? We wait.\n",
        "-- \nNadia Putri, waterworks\nWhen is it done? We wait.\n",
        "-----Original Message-----\nFrom: Tomas\n\nWhen is it done? We wait.\n",
        "Am 04.03.2024 um 10:00 schrieb Tomas:\n> When is it done? We wait.\n",
    ],
)
def test_earlier_mails_and_signatures_are_set_aside(quoted: str) -> None:
    result = read(message(f"It is done.\n\n{quoted}"))
    assert result.text.endswith("+0700\n\nIt is done.\n")
    assert "When is it done? We wait." in " ".join(result.set_aside.split())


def test_answers_between_quoted_lines_are_kept_and_a_mail_of_quotes_only_is_read() -> None:
    between = read(message("> When?\nOn Monday.\n> Where?\nAt the basin.\n"))
    assert between.text.endswith("On Monday.\n\nAt the basin.\n")
    assert "Only this." in read(message("> Only this.\n")).text
    forwarded = "-----Original Message-----\nThe basin is empty.\n"
    assert "The basin is empty." in read(message(f"See below.\n{forwarded}", subject="Fwd: Basin")).text


def test_the_page_of_a_message_is_read_where_it_has_no_plain_text() -> None:
    made = message()
    made.set_content("<p>Über die Brücke</p>", subtype="html", charset="iso-8859-1")
    assert read(made).text.endswith("## Page\n\nÜber die Brücke\n")
    both = message("Plain words.")
    both.add_alternative("<p>Same words.</p>", subtype="html")
    assert "Plain words." in read(both).text
    assert "Same words." not in read(both).text


def test_what_is_attached_is_read_under_its_name_or_named() -> None:
    made = message()
    made.add_attachment("Parts list.", filename="parts.txt")
    made.add_attachment(b"\xff\xd8", "image", "jpeg", filename="photo.jpg")
    made.add_attachment(message("Inner words.", "Earlier report"))
    result = read(made)
    assert "## parts.txt\n\nParts list." in result.text
    assert "## Earlier report.eml\n\n### Earlier report\n\nFrom: Nadia" in result.text
    assert "Inner words." in result.text
    assert "Attached and not read: photo.jpg (files of this kind are not read)" in result.set_aside
    assert result.title == "Pump house"


def test_messages_attached_to_messages_without_end_are_cut_off() -> None:
    made = message("innermost")
    for number in range(6):
        outer = message(f"level {number}")
        outer.add_attachment(made)
        made = outer
    result = read(made)
    assert "level 5" in result.text
    assert "innermost" not in result.text
    assert "packed too many times over" in result.set_aside


def test_encrypted_mail_and_what_is_no_mail_are_refused() -> None:
    for kind in ('multipart/encrypted; boundary="x"', "application/pkcs7-mime; smime-type=enveloped-data"):
        with pytest.raises(ReadingError, match="encrypted; save it decrypted"):
            read(f"From: a@example.org\nContent-Type: {kind}\n\n--x--\n".encode())
    for data in (b"", b"just words\n\nand more", b"\x00\xff" * 50, b"<html></html>"):
        with pytest.raises(ReadingError, match="no mail message"):
            read(data)


@pytest.mark.parametrize(
    "date", ["yesterday", "Tue, 99 Mar 2024 10:00:00 +0000", "Fri, 01 Jan 1960 00:00:00 +0000", ""]
)
def test_a_date_that_is_none_is_left_out(date: str) -> None:
    made = message()
    del made["Date"]
    data = made.as_bytes().replace(b"From:", f"Date: {date}\nFrom:".encode(), 1)
    assert read(data).published is None


def test_damaged_mail_is_read_or_refused_and_nothing_else() -> None:
    made = message()
    made.add_attachment("Parts list.", filename="parts.txt")
    chance = random.Random(5)
    for data, reader in ((made.as_bytes(), read_eml), (outlook(), read_msg)):
        for _ in range(80):
            spoilt = bytearray(data[: chance.randrange(len(data))] if chance.random() < 0.3 else data)
            for _ in range(chance.randrange(1, 20)):
                if spoilt:
                    spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            with suppress(ReadingError):
                reader(bytes(spoilt), "mail.eml", nested=content)


# --- Outlook ----------------------------------------------------------------------------------------------------------

NUMBER, STRING, TIME, BINARY = 0x0003, 0x001F, 0x0040, 0x0102  # types of properties
SUBJECT, SUBMITTED, SENDER, ADDRESS, BODY = 0x0037, 0x0039, 0x0C1A, 0x0C1F, 0x1000
BYTES, METHOD, FILE = 0x3701, 0x3705, 0x3707


def properties(head: int, values: dict[tuple[int, int], int | str | bytes]) -> dict[str, bytes]:
    """The streams of properties by (id, type): those of fixed size in one, each other one in its own as well."""
    streams, listed = {}, bytes(head)
    for (number, kind), value in values.items():
        data = value.encode("utf-16-le") if isinstance(value, str) else value
        fixed = data if isinstance(data, int) else len(data)
        listed += (kind | number << 16).to_bytes(4, "little") + bytes(4) + fixed.to_bytes(8, "little")
        if isinstance(data, bytes):
            streams[f"__substg1.0_{number:04X}{kind:04X}"] = data
    return {"__properties_version1.0": listed, **streams}


def outlook() -> bytes:
    sent = (1709656200 + 11644473600) * 10**7  # 2024-03-05 16:30 UTC in steps of 100 ns since 1601
    said = "The pump is repaired.\r\n\r\n> Is it?\r\n" + "It runs day and night. " * 200
    mail = {
        (SUBJECT, STRING): "Pump house",
        (SUBMITTED, TIME): sent,
        (SENDER, STRING): "Nadia Putri",
        (ADDRESS, STRING): "nadia@example.org",
        (BODY, STRING): said,
    }
    attached = {(METHOD, NUMBER): 1, (FILE, STRING): "parts.txt", (BYTES, BINARY): b"Parts list."}
    return compound({**properties(32, mail), "__attach_version1.0_#00000000": properties(8, attached)})


def test_an_outlook_message_is_read_like_any_other() -> None:
    result = compose("mail.msg", "", read_msg(outlook(), "mail.msg", nested=content))
    assert result.text.startswith(
        '# Pump house\n\nFrom: "Nadia Putri" <nadia@example.org>\n\nDate: 2024-03-05 16:30\n\n'
        "The pump is repaired.\n\nIt runs"
    )
    assert result.text.endswith("## parts.txt\n\nParts list.\n")
    assert (result.publisher, result.published, result.set_aside) == ("Nadia Putri", "2024-03-05", "Is it?")


@pytest.mark.parametrize("data", [b"", b"words", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), outlook()[:1500]])
def test_what_is_no_outlook_message_is_refused(data: bytes) -> None:
    with pytest.raises(ReadingError, match="no Outlook message, or damaged"):
        read_msg(data, "mail.msg", nested=content)
