"""Saved web pages: what is content, what is set aside, and what a page says about itself."""

from __future__ import annotations

import base64
import contextlib
import quopri

import pytest

from rag.reading.blocks import Block, Content, Table, compose
from rag.reading.pages import iso_date, read_html, read_mhtml
from rag.types import Document, ReadingError
from tests.benchmarks.extraction import average, score

PROSE = [
    "The harbour of Skarra froze over in the winter of 1963, and for eleven weeks no ship could leave it.",
    "Fishermen walked across the ice to the islands, pulling their nets and their bread behind them on sledges.",
    "When the thaw came in April, the oldest pier gave way under the drifting floes and was never built again.",
    "A stone in front of the customs house recalls those weeks and names the four people who were lost on the ice.",
]
MENU = '<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News of the day</a></li></ul></nav>'
FOOT = '<footer><p>All rights reserved by the Skarra Courier.</p><a href="/imprint">Imprint</a></footer>'


def page(body: str, head: str = "", attributes: str = "") -> bytes:
    return f"<!doctype html><html {attributes}><head>{head}</head><body>{body}</body></html>".encode()


def article(inside: str, head: str = "", attributes: str = "") -> bytes:
    return page(f"{MENU}<main><article>{inside}</article></main>{FOOT}", head, attributes)


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts or PROSE)


def read(data: bytes) -> Document:
    return compose("page.html", "0", read_html(data, "page.html"))


def tables(content: Content) -> list[Table]:
    return [part for part in content.parts if isinstance(part, Table)]


def test_the_article_is_the_text_and_the_menus_are_set_aside() -> None:
    found = read(article("<h1>The winter of the ice</h1>" + paragraphs()))
    assert found.text == "\n\n".join(["# The winter of the ice", *PROSE]) + "\n"
    assert found.set_aside.splitlines() == [
        *("Home", "News of the day", "All rights reserved by the Skarra Courier.", "Imprint"),
    ]


def test_every_visible_word_is_stored_or_set_aside() -> None:
    words = [f"word{i}" for i in range(400)]
    body = "".join(
        f"<div>{a} <b>{b}</b> {c}<br>{d}</div><a href='/x'>{e}</a><ul><li>{f}</ul><table><tr><td>{g}<td>{h}</table>"
        for a, b, c, d, e, f, g, h in zip(*[iter(words)] * 8, strict=True)
    )
    found = read(page(MENU + body))
    assert set(words) <= set((found.text + " " + found.set_aside).replace(";", " ").split())


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>secret</p>",
        '<div style="color:red; display: none"><p>secret</p></div>',
        '<span style="visibility:hidden">secret</span>',
        "<script>var a = 'secret'</script>",
        "<style>.secret {}</style>",
        "<noscript>secret</noscript>",
        "<template><p>secret</p></template>",
        "<dialog>secret</dialog>",
        "<!-- secret -->",
    ],
)
def test_hidden_text_is_neither_content_nor_set_aside(hidden: str) -> None:
    for data in (article(paragraphs(PROSE[0]) + hidden + "after it" + paragraphs()), page(f"shown {hidden} too")):
        found = read(data)
        assert "secret" not in found.text + found.set_aside


def test_text_after_hidden_text_is_kept() -> None:
    assert read(page("one<b hidden>secret</b> two <i>three</i><u hidden>x</u> four")).text == "one two three four\n"


def test_a_cell_of_a_table_in_the_article_is_found_with_its_column() -> None:
    table = (
        "<table><caption>Ships by year</caption><thead><tr><th>Ship</th><th>Year</th></tr></thead>"
        "<tr><td>Gannet</td><td>1951</td></tr><tr><td>Puffin</td><td>1958</td></tr></table>"
    )
    found = read(article(paragraphs(*PROSE[:2]) + table + paragraphs(*PROSE[2:])))
    assert "Ships by year\n\nShip: Gannet; Year: 1951\n\nShip: Puffin; Year: 1958\n\n" in found.text
    assert found.text.index(PROSE[1]) < found.text.index("Ship: Gannet") < found.text.index(PROSE[2])


def test_merged_cells_stand_in_every_place_they_cover() -> None:
    table = (
        "<table><tr><th rowspan=2>Ship</th><th colspan=2>Tonnes</th></tr><tr><th>empty</th><th>laden</th></tr>"
        "<tr><td rowspan=2>Gannet</td><td>40</td><td>95</td></tr><tr><td>41</td><td>96</td></tr></table>"
    )
    (found,) = tables(read_html(page(table), "t.html"))
    assert found.header == 2
    assert found.rows == (
        ("Ship", "Tonnes", "Tonnes"),
        ("Ship", "empty", "laden"),
        ("Gannet", "40", "95"),
        ("Gannet", "41", "96"),
    )


def test_a_row_across_the_table_divides_it_and_both_parts_keep_the_header() -> None:
    table = (
        "<table><tr><th>Ship</th><th>Year</th></tr><tr><td colspan=2>Ferries</td></tr><tr><td>Gannet</td><td>1951</td>"
        "</tr><tr><td colspan=2>Tugs</td></tr><tr><td>Auk</td><td>1960</td></tr></table>"
    )
    assert read(page(table)).text.split("\n\n") == [
        "Ferries",
        "Ship: Gannet; Year: 1951",
        "Tugs",
        "Ship: Auk; Year: 1960\n",
    ]


def test_heads_at_the_side_of_a_table_name_their_row() -> None:
    table = "<table><tr><th>Built</th><td>1951</td></tr><tr><th>Crew:</th><td>nine</td></tr></table>"
    assert read(page(table)).text == "Built: 1951\n\nCrew: nine\n"


def test_a_table_that_lays_out_a_page_is_read_as_text() -> None:
    layout = f"<table><tr><td>{PROSE[0]}<br><br>{PROSE[1]}</td></tr><tr><td>{PROSE[2]}</td></tr></table>"
    found = read_html(page(layout), "t.html")
    assert [part.text for part in found.parts if isinstance(part, Block)] == PROSE[:3]


def test_lists_and_definitions_become_items() -> None:
    body = "<ul><li>bread<ul><li>rye</li></ul></li><li><p>fish</p></li></ul><dl><dt>Floe</dt><dd>drifting ice</dd></dl>"
    assert read(page(body)).text == "- bread\n- rye\n- fish\n- Floe: drifting ice\n"


def test_a_definition_in_paragraphs_begins_with_its_term() -> None:
    body = "<dl><dt>open(path)</dt><dd><p>Opens a door.</p><p>Closes it later.</p></dd><dt>lone</dt>\n</dl>"
    assert read(page(body)).text == "- open(path): Opens a door.\n\nCloses it later.\n\n- lone\n"


def test_raised_figures_do_not_join_the_number_before_them() -> None:
    text = "10<sup>2</sup> m<sup>-1</sup> and H<sub>2</sub>O<sup>note</sup>"
    assert read(page(f"<p>{text}</p>")).text == "10² m⁻¹ and H2Onote\n"


def test_the_headline_is_kept_once_wherever_it_stands() -> None:
    header = "<header><h1>The winter of the ice</h1></header><p>The winter of the ice</p>"
    found = read(
        page(f"{MENU}{header}<article>{paragraphs()}</article>{FOOT}", "<title>The winter of the ice | Courier</title>")
    )
    assert found.text.startswith("# The winter of the ice\n\nThe harbour")
    assert (found.text + found.set_aside).count("The winter of the ice") == 1
    assert found.title == "The winter of the ice"


def test_a_page_head_with_the_name_of_the_site_is_no_headline() -> None:
    head = '<meta property="og:site_name" content="Skarra Courier"><title>Ice and bread - Skarra Courier</title>'
    found = read(page(f"<header><h1>Skarra Courier</h1></header>{MENU}<main>{paragraphs()}</main>", head))
    assert (found.title, found.publisher) == ("Ice and bread - Skarra Courier", "Skarra Courier")
    assert "Skarra" not in found.text.replace(PROSE[0], "")


def test_a_page_without_menus_is_content_as_a_whole() -> None:
    body = "<h1>Opening hours</h1><div>Monday 9 to 12</div><form><label>Name</label></form><h2>Ferry</h2>daily"
    found = read(page(body))
    assert found.text == "# Opening hours\n\nMonday 9 to 12\n\nName\n\n## Ferry\n\ndaily\n"
    assert found.set_aside == ""


def test_code_and_headings_of_a_manual_are_kept_beside_its_menu() -> None:
    side = (
        "<div class=side><ul>" + "".join(f'<li><a href="/{i}">Chapter {i}</a></li>' for i in range(30)) + "</ul></div>"
    )
    body = (
        f"<h1>Setting up</h1>{paragraphs(*PROSE[:2])}<h2>First steps</h2><pre>skarra --init\nskarra --run</pre>"
        f"{paragraphs(PROSE[2])}<ul><li>one short step</li><li>another step</li></ul><h2>Options</h2>"
        "<table><tr><th>Option</th><th>Meaning</th></tr><tr><td>--fast</td><td>skips the tides</td></tr></table>"
    )
    found = read(page(f"{side}<div class=body>{body}</div>"))
    for kept in ("## First steps", "skarra --init skarra --run", "- one short step", "Option: --fast; Meaning: skips"):
        assert kept in found.text
    assert "Chapter 7" in found.set_aside
    assert "Chapter 7" not in found.text


def test_an_article_that_goes_on_after_an_advertisement_is_read_to_its_end() -> None:
    chunk = "<div class=ad><a href='/buy'>Buy boots</a></div><div class=row><div class=text>{}</div></div>"
    body = "".join(chunk.format(paragraphs(*[f"In year {i}: {text}" for text in PROSE])) for i in range(6))
    found = read(page(f"{MENU}<div class=story>{body}</div>{FOOT}"))
    assert all(f"In year {i}: {text}" in found.text for i in range(6) for text in PROSE)
    assert "Buy boots" not in found.text


FACTS = """<title>Ice</title><link rel="canonical" href="https://example.org/ice">
<meta property="og:site_name" content="Skarra Courier"><meta name="author" content="Ida Renn">
<meta property="article:published_time" content="2019-03-05T23:30:00-08:00">"""


def test_a_page_says_its_title_publisher_date_address_and_language() -> None:
    facts = read_html(article(paragraphs(), FACTS, 'lang="en-GB"'), "ice.html").facts
    assert (facts.title, facts.publisher, facts.published) == ("Ice", "Skarra Courier", "2019-03-05")
    assert (facts.url, facts.language) == ("https://example.org/ice", "en")


def test_linked_data_gives_the_date_and_publisher() -> None:
    data = """<script type="application/ld+json">{"@graph": [{"@type": "Comment", "datePublished": "2001-01-01"}, {
        "@type": "NewsArticle", "datePublished": "2018-11-02T08:00:00Z", "publisher": {"name": "Reef FM"}}]}</script>"""
    facts = read_html(article(data + paragraphs()), "ice.html").facts
    assert (facts.published, facts.publisher) == ("2018-11-02", "Reef FM")


def test_a_date_in_the_text_the_address_or_a_changed_time_is_not_taken() -> None:
    address = '<link rel="canonical" href="https://example.org/2017/05/04/ice">'
    head = '<meta property="article:modified_time" content="2020-01-01">' + address
    body = "<p>Published on 4 May 2017</p><time datetime='2017-05-04'>4 May</time>" + paragraphs()
    assert read_html(article(body, head), "ice.html").facts.published is None


def test_a_time_marked_as_the_date_of_publication_is_taken() -> None:
    body = '<time itemprop="datePublished" datetime="2016-02-29">Monday</time>' + paragraphs()
    assert read_html(article(body), "ice.html").facts.published == "2016-02-29"


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2019-03-05", "2019-03-05"),
        ("2019/03", "2019-03"),
        ("2019", "2019"),
        ("20190305", "2019-03-05"),
        ("20190305103000", None),
        ("2019-03-05T10:00:00Z", "2019-03-05"),
        ("2019-03-05 10:00", "2019-03-05"),
        ("Tue, 05 Mar 2019 10:00:00 +0100", "2019-03-05"),
        ("March 5, 2019", "2019-03-05"),
        ("05/03/2019", None),
        ("2019-02-30", None),
        ("0001-01-01", None),
        ("1970-01-01T00:00:00Z", None),
        ("20191", None),
        ("yesterday", None),
        (["2019"], None),
    ],
)
def test_a_date_is_as_precise_as_it_was_given_and_never_guessed(written: object, date: str | None) -> None:
    assert iso_date(written) == date


def test_an_address_that_is_not_of_the_web_is_left_out() -> None:
    for address in ("file:///home/ida/ice.html", "javascript:alert(1)", "/ice", "https://", "http://[broken"):
        head = f'<link rel="canonical" href="{address}"><meta property="og:url" content="{address}">'
        assert read_html(article(paragraphs(), head), "ice.html").facts.url is None


def test_the_address_a_browser_noted_when_saving_is_taken() -> None:
    data = b"<!-- saved from url=(0023)https://example.org/ice -->\r\n" + article(paragraphs())
    assert read_html(data, "ice.html").facts.url == "https://example.org/ice"


@pytest.mark.parametrize(
    ("encoding", "declared", "words"),
    [
        ("cp1252", "ISO-8859-1", "“Größe” – 5 €"),
        ("euc-kr", "euc-kr", "겨울 항구가 얼었다"),
        ("shift_jis", "Shift_JIS", "港は冬に凍った"),
        ("iso2022_jp", "iso-2022-jp", "港は冬に凍った"),
        ("gb18030", "gb2312", "港口在冬天结冰"),
        ("cp1251", "windows-1251", "Гавань замёрзла зимой"),
        ("utf-8", "iso-8859-1", "“Größe” – was saved anew"),
        ("utf-8-sig", "", "Größe"),
        ("utf-16", "utf-16", "Größe"),
        ("cp1252", "no-such-code", "Größe 5 €"),
    ],
)
def test_a_page_is_decoded_as_it_declares_unless_it_is_utf8(encoding: str, declared: str, words: str) -> None:
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    data = f"<html><head>{head}</head><body><p>{words}</p></body></html>".encode(encoding)
    assert read(data).text == words + "\n"


def mhtml(payload: str, transfer: str, charset: str = "utf-8") -> bytes:
    return (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.org/ice\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="----b"\r\n\r\n'
        f"------b\r\nContent-Type: text/html; charset={charset}\r\nContent-Transfer-Encoding: {transfer}\r\n"
        f"Content-Location: https://example.org/ice#top\r\n\r\n{payload}\r\n"
        "------b\r\nContent-Type: text/html\r\nContent-Location: https://ads.example\r\n\r\n<p>Boots</p>\r\n------b--\r\n"
    ).encode()


@pytest.mark.parametrize("transfer", ["quoted-printable", "base64"])
def test_the_page_in_an_archive_is_read_with_its_address(transfer: str) -> None:
    data = page("<h1>Über das Eis</h1><p>Elf Wochen</p>")
    payload = (quopri.encodestring(data) if transfer == "quoted-printable" else base64.encodebytes(data)).decode()
    content = read_mhtml(mhtml(payload, transfer), "ice.mhtml")
    found = compose("ice.mhtml", "0", content)
    assert found.text == "# Über das Eis\n\nElf Wochen\n"
    assert found.url == "https://example.org/ice#top"


def test_an_archive_without_a_page_is_refused_with_a_remedy() -> None:
    for data in (b"", b"plain words", b"Content-Type: multipart/related; boundary=x\r\n\r\n--x\r\n\r\n"):
        with pytest.raises(ReadingError, match="it holds no web page"):
            read_mhtml(data, "ice.mhtml")


def test_a_page_without_visible_text_is_refused_with_a_remedy() -> None:
    for data in (b"", b" \n", b"<!-- x -->", b"<p hidden>x</p>", b"<frameset><frame src=a></frameset>"):
        with pytest.raises(ReadingError, match=r"no text that can be seen$"):
            read_html(data, "x.html")
    with pytest.raises(ReadingError, match="open it in a browser and save what is shown"):
        read_html(b"<div id=app></div><script>start()</script>", "x.html")


def test_damaged_pages_are_read_or_refused_and_never_fail_otherwise() -> None:
    whole = article("<h1>Ice</h1>" + paragraphs() + "<table><tr><th>a<th>b<tr><td>1<td>2</table>", FACTS)
    pieces = [whole[:cut] for cut in range(0, len(whole), 41)]
    pieces += [whole[:cut] + bytes([cut % 256, 1, 255]) + whole[cut:] for cut in range(0, len(whole), 41)]
    for data in [
        *pieces,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"<p>&#1;&#xFFFE; x",
        b"<td rowspan=9x colspan=-1>y",
    ]:
        with contextlib.suppress(ReadingError):
            assert isinstance(read_html(data, "x.html"), Content)


def test_what_lies_deep_is_read_and_what_lies_too_deep_is_refused() -> None:
    assert read(b"<p>first<font>" * 400 + b"inmost").text.endswith("inmost\n")
    with pytest.raises(ReadingError, match="nested"):
        read_html(b"<div>" * 50_000 + b"x", "x.html")


def test_the_scores_of_a_text_are_those_counted_by_hand() -> None:
    # wanted: abcd bcde cdef; got: abcd bcdx; in common: abcd
    found = score("a b c d e f", "a b c d x")
    assert found.precision == 1 / 2
    assert found.recall == 1 / 3
    assert found.f1 == pytest.approx(0.4)
    assert score("a b", "A b").precision == 0  # shorter than a shingle, and letters keep their case
    assert score("a b c d a b c d", "a b c d").recall == 1 / 5  # abcd twice, bcda, cdab, dabc
    assert (score("", "").precision, score("a", "").precision, score("a", "").recall) == (None, None, 0)
    mean = average([found, score("a", ""), score("a", "a")])
    assert (mean.precision, mean.recall) == (pytest.approx(3 / 4), pytest.approx(4 / 9))
