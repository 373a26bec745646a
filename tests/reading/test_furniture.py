"""Copied pages: their furniture is set aside, their content stays, and other texts are left alone."""

from __future__ import annotations

import pytest

from rag.reading.furniture import content_lines, set_aside
from tests.reading.ordinary_texts import ORDINARY
from tests.reading.pages_copied import FIRST, page
from tests.reading.pages_later import THIRD
from tests.reading.pages_unseen import SECOND
from tests.test_text import ending_after

ARTICLE = "\n\n".join(
    f"The council met for the {n}th time and spoke about the ferry. It did not agree on a price, and went home late."
    for n in range(4, 10)
)
HEAD = "Skip to content\nHome > News > Ferry\nCouncil Speaks About the Ferry Again\nBy Moira Kell\n\n"


def split(text: str) -> tuple[list[str], list[str]]:
    stored, aside = set_aside(text)
    return [line for line in stored.split("\n") if line], aside.split("\n")


@pytest.mark.parametrize("name", FIRST)
def test_of_a_copied_page_exactly_the_content_stays(name: str) -> None:
    lines = page(FIRST[name])
    keep = content_lines("\n".join(line for line, _ in lines))
    wrong = [line for (line, content), kept in zip(lines, keep, strict=True) if kept != content]
    assert wrong == []


def test_of_pages_written_later_all_sentences_and_hardly_any_furniture_stay() -> None:
    lost, left, lines = [], [], 0
    for marked in (SECOND | THIRD).values():
        of_page = page(marked)
        keep = content_lines("\n".join(line for line, _ in of_page))
        for (line, content), kept in zip(of_page, keep, strict=True):
            lines += not content
            if content and not kept:
                lost.append(line)
            elif kept and not content:
                left.append(line)
    assert lost == ["댓글 0"]  # a count of comments beside the date of a page
    assert len(left) < 0.1 * lines


@pytest.mark.parametrize("name", ORDINARY)
def test_a_text_that_is_no_page_comes_back_as_it_is(name: str) -> None:
    assert set_aside(ORDINARY[name]) == (ORDINARY[name], "")


@pytest.mark.parametrize("text", ["", "\n", " \n\n ", "one line", "Share\nFacebook\nTwitter\nLog in\nMenu"])
def test_a_text_without_sentences_comes_back_as_it_is(text: str) -> None:
    assert set_aside(text) == (text, "")
    assert len(content_lines(text)) == len(text.split("\n"))


@pytest.mark.parametrize("gap", ["\n", "\n\n"], ids=["tight", "loose"])
@pytest.mark.parametrize("name", FIRST)
def test_blank_lines_do_not_decide(name: str, gap: str) -> None:
    lines = page(FIRST[name])
    stored, _ = split(gap.join(line for line, _ in lines))
    assert stored == [line for line, content in lines if content]


def test_one_sign_of_a_page_is_not_enough() -> None:
    for sign in ("Skip to content", "Home > News > Ferry", "Related stories", "Leave a comment", "Share\nPrint"):
        text = f"{sign}\n\n{ARTICLE}\n\n{sign}\n"
        assert set_aside(text) == (text, "")


def test_what_is_set_aside_is_kept_in_its_order() -> None:
    stored, aside = split(f"{HEAD}{ARTICLE}\n\nRelated stories\n  • Ferry sinks\n\n\n\nBack to top")
    assert stored[:2] == ["Council Speaks About the Ferry Again", "By Moira Kell"]
    assert aside == ["Skip to content", "Home > News > Ferry", "Related stories", "• Ferry sinks", "Back to top"]


def test_headlines_between_paragraphs_go_with_the_heading_above_them_and_the_paragraphs_stay() -> None:
    first, rest = ARTICLE.split("\n\n", 1)
    stored, aside = split(
        f"{HEAD}{first}\n\nRead more:\n\nRelated stories\n\n  • Ferry captain retires after forty years at sea\n"
        f"  • Harbour wall is repaired once more\n\nWhat comes next\n\n{rest}\n\nLeave a comment"
    )
    assert stored[2:] == [first, "What comes next", *rest.split("\n\n")]
    assert "• Harbour wall is repaired once more" in aside


def test_sentences_and_headings_that_only_hold_a_word_of_furniture_stay() -> None:
    body = [
        "Contact",
        "The office answers the telephone in the morning, and letters within four weeks of their arrival.",
        "Privacy",
        "Copyright law protects the drawings for seventy years. The office shares them with whoever asks for them.",
        "(c) the owner of the well, if the tenant has not registered it in time.",
        "See: chapter 4",
        "Search the cellar before you comment on the cookies that we use to feed the gulls.",
    ]
    stored, _ = split(f"{HEAD}{ARTICLE}\n\n" + "\n\n".join([*body, "Related stories", "Ferry Sinks", "Back to top"]))
    assert stored[-len(body) :] == body


def test_teasers_in_sentences_below_the_article_go() -> None:
    teasers = "\n".join(
        f"Another Story {n}\nThis story tells at some length what happened next door." for n in range(3)
    )
    stored, aside = split(f"{HEAD}{ARTICLE}\n\nMost read\n{teasers}\n\nMore from The Post\n{teasers}")
    assert stored[2:] == ARTICLE.split("\n\n")
    assert "Another Story 2" in aside


def test_a_list_at_the_end_of_an_article_stays() -> None:
    stored, _ = split(f"{HEAD}{ARTICLE}\n\nTimes:\n  • 07:40\n  • 16:15\n\nSource: the council\n\nShare this article\n")
    assert stored[-4:] == ["Times:", "  • 07:40", "  • 16:15", "Source: the council"]


def test_what_readers_wrote_below_an_article_goes() -> None:
    thread = "\n".join(
        f"reader{n} says:\nI have been on that ferry often, and I liked it well enough." for n in range(5)
    )
    stored, _ = split(f"{HEAD}{ARTICLE}\n\n5 Comments\n\n{thread}\n\nLeave a reply")
    assert stored[-1] == ARTICLE.split("\n\n")[-1]


def test_posts_of_a_forum_stay_though_each_can_be_replied_to() -> None:
    posts = [
        f"The weight of my clock falls for the {n}th time this week. What can be done about it?" for n in range(4, 9)
    ]
    text = "Skip to content\nBoard index > Clocks > Weights\nA weight that falls\n" + "\nReply\n".join(posts)
    stored, _ = split(text + "\nBack to top\nLog in")
    assert stored == ["A weight that falls", *posts]


def test_a_page_with_little_running_text_in_one_place_is_kept_whole() -> None:
    places = "\n".join(f"Latest news\nTrending\nMost read\n{part}" for part in ARTICLE.split("\n\n"))
    text = f"Skip to content\n{places}\nPrivacy policy"
    assert set_aside(text) == (text, "")


def test_lines_broken_in_the_middle_of_a_sentence_are_no_page() -> None:
    body = "\n".join(["the council met again to speak about the ferry and its price"] * 20)
    text = f"Skip to content\nHome > News > Ferry\n{body}. It is late.\n{ARTICLE}\nRelated stories\nLeave a comment"
    assert set_aside(text) == (text, "")


@pytest.mark.parametrize(
    "text",
    [
        "we use our site uses cookies, " * 200_000,
        "Home > " * 200_000,
        "Share: > " * 50 + "\n" + ("a. " * 160 + "\n") * 9_000,
        ("we use " * 70 + "\n") * 9_000,
        ("(" * 490 + "\n") * 9_000,
        "x\n" * 1_000_000,
        "-" * 2_000_000,
        "." * 2_000_000,
    ],
    ids=["cookies", "path", "abbreviations", "use", "brackets", "lines", "dashes", "dots"],
)
def test_a_text_made_to_be_slow_is_not(text: str) -> None:
    with ending_after(5):
        set_aside(text)
