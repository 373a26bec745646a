"""From nouns to HTML: escaped, with true highlights, and readable by day and by night."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from rag.reading.formats import parse
from rag.types import (
    Answer,
    Citation,
    Document,
    DocumentEntry,
    Passage,
    QuestionError,
    ReadingError,
    Scope,
    Section,
    Sentence,
)
from rag.ui.conversation import answer_body, partial_body, plain, stopped_body
from rag.ui.filters import DATE, MAX_OFFERED, filters, scope_of
from rag.ui.frame import PAPER, PAPER_DARK, STYLES
from rag.ui.library import MEND, library_list
from rag.ui.markup import Stroke, confidence_words, outside_link, paint, percent
from rag.ui.reader import MAX_SHOWN, reader
from rag.ui.sources import CONTEXT_CHARACTERS, answer_sources
from tests.ui.fake import document


@pytest.mark.parametrize(
    ("strokes", "painted"),
    [
        ([], "a &lt;b&gt; c"),
        ([Stroke(2, 5, "mark")], "a <mark>&lt;b&gt;</mark> c"),
        (
            [Stroke(0, 3, "mark", "quote"), Stroke(2, 5, "b")],
            '<mark id="quote">a </mark><b><mark>&lt;</mark></b><b>b&gt;</b> c',
        ),
        ([Stroke(-5, 1, "strong"), Stroke(6, 99, "strong")], "<strong>a</strong> &lt;b&gt; <strong>c</strong>"),
        ([Stroke(3, 3, "mark"), Stroke(7, 9, "mark")], "a &lt;b&gt; c"),
    ],
)
def test_strokes_are_painted_on_escaped_text(strokes: list[Stroke], painted: str) -> None:
    assert paint("a <b> c", strokes) == painted


def test_painting_keeps_every_character() -> None:
    text = "Ünïcødé 등대 🗼 and more"
    painted = paint(text, [Stroke(n, n + 5, "mark") for n in range(0, len(text), 3)])
    assert re.sub(r"</?mark>", "", painted) == text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//host/x",
        "http://",
        "http://[",
        "https://evil.example\\@good.example/",  # a browser goes to the first, other programs to the second
        "https://good.example@evil.example/",
        "https://\u202egro.doog.evil.example/",
        "https://good.example\t.evil.example/",
        None,
    ],
)
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert outside_link(url) == ""


def test_a_link_is_named_by_its_host_as_it_is_looked_up() -> None:
    assert ">good.example ↗<" in outside_link("HTTPS://Good.example:80/a b?c#d")
    assert ">xn--pple-43d.com ↗<" in outside_link("https://\u0430pple.com/")


def test_a_link_cannot_leave_its_attribute() -> None:
    link = outside_link('https://example.org/"onmouseover="alert(1)')
    assert 'href="https://example.org/&quot;onmouseover=&quot;alert(1)"' in link


def test_a_quote_stands_between_what_surrounds_it() -> None:
    before, quote, after = "word " * 100, "The lamp was lit in 1879.", " more" * 100
    card = answer_sources(1, _answer(quote, len(before)), {"a.md": document("a.md", before + quote + after)})
    shown = re.search(r"<blockquote[^>]*>(.*)<mark>(.*)</mark>(.*)</blockquote>", card)

    assert shown
    assert shown[2] == quote
    assert shown[1].startswith("… word ")
    assert shown[3].endswith(" more …")
    assert CONTEXT_CHARACTERS - 10 < len(shown[1]) <= CONTEXT_CHARACTERS + 2


@pytest.mark.parametrize("documents", [{}, {"a.md": document("a.md", "Another text since then.")}])
def test_a_quote_stands_alone_where_its_document_has_changed_or_gone(documents: dict[str, Document]) -> None:
    card = answer_sources(1, _answer("The lamp was lit.", 4), documents)
    assert "><mark>The lamp was lit.</mark></blockquote>" in card


def test_a_sentence_that_is_only_partly_supported_says_so_and_why() -> None:
    answer = _answer("It is the tallest.", 0)
    doubtful = replace(answer, sentences=(Sentence("It is the tallest.", (1,), "partly", "“tallest” is <not> there"),))
    assert "◐ partly supported: “tallest” is &lt;not&gt; there" in answer_body(1, "Q?", doubtful, searched=1, library=1)


def entry(path: str, **known: object) -> DocumentEntry:
    facts: dict[str, object] = dict.fromkeys(("publisher", "published", "url", "language", "kind"))
    return DocumentEntry(**{"path": path, "title": path, "passages": 1, "characters": 9, **facts, **known})  # type: ignore[arg-type]


def test_what_a_page_sends_is_a_scope() -> None:
    assert scope_of("{}") == scope_of("") == scope_of(None) == Scope()
    sent = '{"documents": ["a.md", "b.md"], "after": "2016", "language": "ko", "publisher": "Office"}'
    assert scope_of(sent) == Scope(("a.md", "b.md"), "2016", None, "ko", "Office")
    with pytest.raises(QuestionError, match=r"is no date\. Give it as 2017"):
        scope_of('{"before": "last year"}')


@pytest.mark.parametrize("date", ["2017", "2017-10", "2017-10-18", "17", "last year", "2017-1", "18/10/2017"])
def test_the_page_takes_for_a_date_what_a_scope_does(date: str) -> None:
    try:
        Scope(after=date)
    except QuestionError:
        assert not re.fullmatch(DATE, date)
    else:
        assert re.fullmatch(DATE, date)


def test_only_what_tells_documents_apart_is_offered() -> None:
    alike = filters([entry("a.md", language="en"), entry("b.md", language="en"), entry("c.pdf", failed="a scan")])
    assert "select" not in alike
    assert "Published" not in alike
    assert "c.pdf" not in alike
    apart = filters([entry("a.md", language="en", published="2017"), entry("b.md", publisher="<Office>")])
    assert re.findall(r'<select name="(\w+)"', apart) == ["language", "publisher"]
    assert "Without a date, and so left out: 1 document." in apart
    assert "&lt;Office&gt;" in apart


def test_an_empty_library_has_nothing_to_choose_and_a_vast_one_says_what_it_leaves_out() -> None:
    assert filters([]) == ""
    vast = filters([entry(f"{n}.md") for n in range(MAX_OFFERED + 7)])
    assert vast.count("checkbox") == MAX_OFFERED
    assert "and 7 more" in vast


def test_words_of_help_and_lead_ins_stand_plain_without_marker_or_assurance() -> None:
    help_alone = Answer("Hi", "answered", "Hello.", (Sentence("Hello & welcome.", (), "supported"),), confidence=1.0)
    assert answer_body(1, "Hi", help_alone, searched=1, library=1) == (
        '<p class="reply" dir="auto"><span class="sentence"><bdi>Hello &amp; welcome.</bdi></span></p>'
    )
    led = replace(
        _answer("x.", 0), sentences=(Sentence("They say:", (), "supported"), Sentence("x.", (1,), "verbatim"))
    )
    body = answer_body(1, "Q?", led, searched=1, library=1)
    assert '<span class="sentence line"><bdi>They say:</bdi></span>' in body
    assert '<span class="sentence"><bdi>x.</bdi><a class="marker"' in body
    assert "1 source" in body


@pytest.mark.parametrize(
    ("text", "is_line"),
    [
        ("Row: 7; Price: 40", True),
        ("They disagree:", True),
        ("It was lit.", False),
        ("“It was lit.”", False),
        ("Was it?", False),
        ("배를 이끈다。", False),
        ("It was lit (in 1879.) ", False),
    ],
)
def test_what_ends_without_a_full_stop_has_a_line_of_its_own(text: str, is_line: bool) -> None:
    answer = replace(_answer("x", 0), sentences=(Sentence(text, (1,), "verbatim"),))
    assert ('class="sentence line"' in answer_body(1, "Q?", answer, searched=1, library=1)) is is_line


def test_a_refusal_tells_what_it_was_told_and_where_was_looked() -> None:
    refusal = Answer("Q?", "not_found", "No.", remark="No document has “<b>”.")
    body = answer_body(1, "Q?", refusal, searched=2, library=1_000)
    assert "No document has “&lt;b&gt;”." in body
    assert "in 2 of 1,000 documents." in body
    assert "data-widen" not in body
    assert "data-widen" in answer_body(1, "Q?", refusal, searched=0, library=3)
    assert "in 0 documents" in answer_body(1, "Q?", refusal, searched=0, library=0)


def test_what_was_shown_of_a_stopped_answer_stays_and_is_marked() -> None:
    partial = partial_body(1, _answer("It was lit.", 0))
    assert stopped_body(partial).startswith(partial)
    assert "Stopped here" in stopped_body(partial)
    assert "Stopped before there was an answer" in stopped_body("")


def test_a_question_that_was_read_differently_says_how() -> None:
    assert "Understood as: Q?" in answer_body(1, "And it?", _answer("x", 0), searched=1, library=1)
    assert "Understood as" not in answer_body(1, "Q?", _answer("x", 0), searched=1, library=1)


def test_the_nearest_passages_credit_their_documents_as_briefs() -> None:
    brief = document("a.md", "Some text.", "Report", publisher="Office", kind="brief")
    passage = Passage("1", "a.md", "Report", None, None, "Some text.", 0, 10)
    refusal = Answer("Q?", "not_found", "No.", passages=(passage,))
    assert "Our brief of: Report, Office" in answer_sources(1, refusal, {"a.md": brief})


def test_a_very_long_document_is_shown_around_its_quote() -> None:
    text = "x " * MAX_SHOWN + "The quote." + " y" * MAX_SHOWN
    shown = reader(document("a.md", text), 2 * MAX_SHOWN, 2 * MAX_SHOWN + 10)
    assert '<mark id="quote">The quote.</mark>' in shown
    assert len(shown) < MAX_SHOWN + 1000
    assert "This document is long" in shown


def test_pages_and_headings_are_told_from_the_text() -> None:
    source = document("a.pdf", "One\n\nfirst\fTwo\n\nsecond", pages=(0, 11), sections=(Section("Two", 16),))
    shown = reader(source, 5, 18)
    assert shown.count('class="folio"') == 2
    assert "<b><mark>Two</mark></b>" in shown
    assert shown.count('id="quote"') == 1


def test_heading_signs_are_kept_in_the_text_and_hidden_by_the_style() -> None:
    source = document("a.md", "Before.\n\n## The lamp\n\nIt was lit in 1879.", sections=(Section("The lamp", 9),))
    citation = Citation(1, "a.md", "A", None, None, None, 22, 41, "It was lit in 1879.", "verbatim")
    answer = Answer("Q?", "answered", "", (), (citation,))

    heading = "<i>## </i><b>The lamp</b>"
    gap = '<span class="gap"></span>'
    assert f"Before.{gap}{heading}{gap}<mark>" in answer_sources(1, answer, {"a.md": source})
    assert f"Before.\n\n{heading}\n\nIt" in reader(source)
    assert re.search(r"i \{\s+display: none", STYLES[0].read_text(encoding="utf-8"))


def test_the_first_heading_of_a_document_is_shown_as_one_too() -> None:
    assert "<i># </i><b>Minutes</b>\n\nThe roof" in reader(document("a.md", "# Minutes\n\nThe roof leaks."))
    assert "#1 is the roof" in reader(document("a.md", "#1 is the roof."))


def test_a_long_word_can_be_broken_and_loses_no_character() -> None:
    text = f"{'data:image/png;base64,' + 'iVBOR&<' * 60} and {'가' * 300} words"
    painted = paint(text, [Stroke(0, 150, "mark")])
    assert painted.count("<wbr>") == 3
    assert unescape(re.sub("</?mark>|<wbr>", "", painted)) == text


def test_confidence_is_never_certainty() -> None:
    assert (percent(1.0), percent(0.0), percent(0.999)) == ("99 %", "1 %", "99 %")
    assert [confidence_words(p) for p in (0.9, 0.5, 0.0)] == [
        "Very likely right",
        "More likely right than wrong",
        "Uncertain",
    ]


@pytest.mark.parametrize("night", [False, True])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [(ink, ground) for ink in ("ink", "muted", "accent", "alarm") for ground in ("paper", "side", "raised", "tint")]
    + [("ink", "highlight"), ("on-accent", "accent")],
)
def test_every_ink_is_readable_on_every_ground(ink: str, ground: str, night: bool) -> None:
    """WCAG 2.2 AA: a contrast of 4.5 for text, https://www.w3.org/TR/WCAG22/#contrast-minimum."""
    colours = _colours(night)
    light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_colour_before_the_style_is_that_of_the_style() -> None:
    assert (_colours(False)["paper"], _colours(True)["paper"]) == (PAPER, PAPER_DARK)


def _answer(quote: str, start: int) -> Answer:
    citation = Citation(1, "a.md", "A", None, None, None, start, start + len(quote), quote, "verbatim")
    return Answer("Q?", "answered", quote, (Sentence(quote, (1,), "verbatim"),), (citation,), confidence=0.9)


def _colours(night: bool) -> dict[str, str]:
    day, dark = re.findall(r":root \{(.*?)\}", STYLES[0].read_text(encoding="utf-8"), re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#\w{6})", dark if night else day))


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it, 0 to 1."""
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_what_is_copied_has_none_of_a_documents_own_note_numbers() -> None:
    quote = "The lamp was lit in 1879.[2] It burns oil.[11][12]"
    citation = Citation(1, "lamp.txt", "The lamp", None, None, None, 0, len(quote), quote, "verbatim")
    answer = Answer("When?", "answered", quote, (Sentence(quote, (1,), "verbatim"),), (citation,))
    text = "The lamp was lit in 1879. It burns oil."
    assert plain(answer) == f"{text} [1]\n\n[1] The lamp: “{text}”"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("photo.jpg", b"\xff\xd8\xff", f"Files of the kind .jpg are not read. {MEND}"),
        ("old.doc", b"x", "It is in the old Word format. Open it and save it as .docx."),
        ("empty.txt", b" ", f"It holds no text. {MEND}"),
        ("letter.txt", b"%PDF-1.7", "By its content it is a PDF, not a .txt file. Rename it to end in .pdf."),
    ],
)
def test_why_a_file_cannot_be_read_is_said_in_sentences_with_what_to_do_on_the_page(
    name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(ReadingError) as refused:
        parse(content, name)
    failed = [entry(name, failed=str(refused.value))]
    assert f'<p class="reason">✕ Could not be read. {reason}</p>' in library_list(failed, failed, "", removable=True)
