"""The head of a text: its headline, and date and publisher only where they are said outright."""

from __future__ import annotations

import pytest

from rag.reading.head import facts_of_head
from tests.reading.ordinary_texts import ORDINARY
from tests.reading.pages_copied import FIRST, page
from tests.reading.pages_unseen import SECOND
from tests.test_text import ending_after

LONG = (
    "The council has agreed to pay for a daily ferry to Brannock Island between November and March, ending two winters "
    "in which the residents depended on a weekly boat."
)
KNOWN = {
    "news": ("Ferry to Brannock Island Will Run Through the Winter", "Harbour Post Media Ltd", "2024-03-12"),
    "government": ("Register a private well", None, "2021-06-04"),
    "Indonesian news": (
        "Harga Cabai di Pasar Sumberejo Turun Setelah Panen Raya",
        "Warta Sumberejo",
        "2017-10-18",
    ),
    "Korean news": ("한울시, 낡은 도서관 세 곳 다시 짓는다", "한울신문", "2017-10-18"),
    "company blog": ("How we cut the wait at the loading dock in half", "Tallow & Pike GmbH", "2019-09-05"),
    "wiki": ("Copper kettle lighthouse", None, None),
    "Korean office": ("2023년 하반기 주민 자전거 교실 참가자 모집", "HAEDAM COUNTY", "2023-08-14"),
    "Korean economy": ("바닷물로 키운 버섯, 일본 수출길 열렸다", "파도경제", "2022-11-08"),
    "magazine": ("The Clockmaker Who Would Not Set the Town Clock", "Longshore Media", "2015-04-03"),
    "charity": ("River Watch counts 4,000 eels in restored Meddle brook", None, None),  # its date may be of an event
    "questions": ("How do I stop my compost heap from smelling?", None, None),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_copied_page_gives_the_facts_it_states(name: str) -> None:
    facts = facts_of_head("\n".join(line for line, _ in page({**FIRST, **SECOND}[name])))
    assert (facts.title, facts.publisher, facts.published) == KNOWN[name]


def published(*lines: str) -> str | None:
    return facts_of_head("\n".join(["The Ferry Will Run Through Winter", *lines, "", LONG])).published


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Published 12 March 2024", "2024-03-12"),
        ("Published: March 12th, 2024 at 9:15 am GMT", "2024-03-12"),
        ("2017-10-18 14:03", "2017-10-18"),
        ("2017.10.18", "2017-10-18"),
        ("Sept. 5, 2019, 10:15 am", "2019-09-05"),
        ("Nov. 19, 2019 8:03 am ET", "2019-11-19"),
        ("By Moira Kell | 3 May 2021 | 5 min read", "2021-05-03"),
        ("Yim Reporter / Updated : 2025-02-17 18:51:05", "2025-02-17"),
        ("Date : 2016.03.03 Read : 6843", "2016-03-03"),
        ("Rabu, 18 Oktober 2017 10:00 WIB", "2017-10-18"),
        ("Diterbitkan: 7 Februari 2022", "2022-02-07"),
        ("입력 2017.10.18 14:03", "2017-10-18"),
        ("입력 2017.10.18 14:03 수정 2017.10.19 09:20", "2017-10-18"),
        ("김다온 기자 2017년 10월 18일", "2017-10-18"),
        ("등록일 2017. 10. 18.", "2017-10-18"),
        ("Veröffentlicht am 3. Mai 2021 um 10:15 Uhr", "2021-05-03"),
        ("Publié le 3 mai 2021 à 10h15", "2021-05-03"),
        ("Publicado el 3 de mayo de 2021", "2021-05-03"),
        ("公開日：2021年5月3日", "2021-05-03"),
    ],
)
def test_a_date_on_a_line_of_its_own_is_that_of_publication(line: str, date: str) -> None:
    assert published(line) == date


@pytest.mark.parametrize(
    "line",
    [
        "The ferry starts on 12 March 2024",
        "Deadline: 12 March 2024",
        "Registration Date : 2024-10-24",
        "기간: 2023년 9월 4일부터 2023년 10월 27일까지",
        "03/04/2021",
        "2021-13-40",
        "31 February 2021",
        "March 2024",
        "Berlaku sampai 18 Oktober 2017",
        "Copyright 2024-03-12 the council",
        "1612-03-04",
        "call 2017-10-1899",
    ],
)
def test_a_date_of_something_else_or_in_doubt_is_none(line: str) -> None:
    assert published(line) is None


def test_of_several_dates_that_of_publication_counts_and_without_it_two_that_differ_are_none() -> None:
    assert published("Updated 4 May 2021", "Published 3 May 2021") == "2021-05-03"
    assert published("3 May 2021", "Updated 4 May 2021") == "2021-05-03"
    assert published("Updated 4 May 2021") == "2021-05-04"
    assert published("3 May 2021", "4 May 2021") is None
    assert published("Published 3 May 2021", "Published 4 May 2021") is None


def test_a_bare_date_beside_a_place_or_a_time_may_be_that_of_a_meeting() -> None:
    assert published("Date: 3 May 2021", "Venue: the boathouse") is None
    assert published("Published: 3 May 2021", "Venue: the boathouse") == "2021-05-03"


def test_a_date_far_down_is_none() -> None:
    assert published(*["another short line"] * 8, "3 May 2021") is None
    assert facts_of_head(f"The Ferry Will Run Through Winter\n\n{LONG}\n\n3 May 2021").published is None


def test_of_two_headlines_the_one_above_the_date_is_the_title() -> None:
    text = f"Ferry Will Run Through Winter\n2017.10.18\nCouncil Agrees After Two Years\n\n{LONG}"
    assert facts_of_head(text).title == "Ferry Will Run Through Winter"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"The Cooperation Center Opens in Jakarta\n\n{LONG}", "The Cooperation Center Opens in Jakarta"),
        (f"Home > News > Press\nMinistry Opens a New Center\n2017.10.18\n\n{LONG}", "Ministry Opens a New Center"),
        (f"한울시, 낡은 도서관 세 곳 다시 짓는다\n\n{LONG}", "한울시, 낡은 도서관 세 곳 다시 짓는다"),
        (LONG, None),
        ("Some Words Before Only Short Lines\n\n" + "short line\n" * 50, None),
        ("\n" * 50 + f"A Headline Too Far Down\n{LONG}", None),
    ],
    ids=["headline", "below a path of links", "Korean", "no headline", "no running text", "far down"],
)
def test_the_headline_above_running_text_is_the_title(text: str, title: str | None) -> None:
    assert facts_of_head(text).title == title


@pytest.mark.parametrize("name", ORDINARY)
def test_a_text_that_is_no_page_has_no_publisher_and_no_date_unless_it_is_labelled(name: str) -> None:
    facts = facts_of_head(ORDINARY[name])
    assert (facts.publisher, facts.published) == (None, None)


@pytest.mark.parametrize(
    ("line", "publisher"),
    [
        ("© 2024 Harbour Post. All rights reserved.", "Harbour Post"),
        ("Copyright (c) 2019-2024 by Harbour Post", "Harbour Post"),
        ("[Copyright (c) Harbour Post. All Rights Reserved.]", "Harbour Post"),
        ("Source: Harbour Office of Port Arden", "Harbour Office of Port Arden"),
        ("© 2024", None),
        ("© Harbour Post\n© The Other Post", None),
        ("Source: https://post.example/a", None),
        ("All rights reserved.", None),
    ],
)
def test_the_publisher_of_a_page_is_who_holds_its_rights_else_its_source(line: str, publisher: str | None) -> None:
    text = f"Skip to content\nHome > News\nThe Ferry Will Run\n\n{LONG}\n\n{line}\n\nBack to top\nLeave a comment"
    assert facts_of_head(text).publisher == publisher


@pytest.mark.parametrize("text", ["", "\n\n", "1 May 2021\n" * 30_000, "© a " * 100_000, "Published " * 100_000])
def test_any_text_has_facts_at_once(text: str) -> None:
    with ending_after(5):
        assert facts_of_head(text).published is None
