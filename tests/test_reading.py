"""Files to documents: what is read, how, and with which reason the rest is refused."""

from __future__ import annotations

import os
import random
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.reading import files, load, parse
from rag.reading.decoding import decode
from rag.reading.markup import front_matter
from rag.types import Document, ReadingError, Section, SettingsError
from tests.test_text import ending_after

MB = 1_000_000

ENGLISH = (
    "The centre opened in March. It employs twelve people, who advise three ministries on digital government.\n\n"
    "Its budget is 5 million dollars a year.\n"
)
QUOTING = (
    "The minister said the “digital” plan wasn’t ready – not yet. “We will open it in May,” she added.\n\n"
    "The centre’s budget is €5 million; officials from three ministries will meet again in Jakarta…\n"
)
FRENCH = (
    "L'été dernier, le ministère a annoncé la création d'un centre de coopération à Jakarta. Les équipes françaises et "
    "coréennes y travailleront jusqu'à la fin de l'année.\n\nLe coût du projet s'élève à 5 millions d'euros.\n"
)
GERMAN = (
    "Der Minister eröffnete das Zentrum für Zusammenarbeit in Köln. Die Gebühren betragen fünf Euro pro Tag.\n\n"
    "Änderungen müssen schriftlich erfolgen, sonst gilt die alte Regelung weiter.\n"
)
RUSSIAN = (
    "Министерство объявило об открытии центра сотрудничества в Джакарте. Центр работает с октября 2017 года.\n\n"
    "Бюджет составляет пять миллионов долларов.\n"
)
KOREAN = (
    "행정안전부는 2017년 10월 18일 자카르타에 한국-인도네시아 전자정부 협력센터를 열었다고 밝혔다.\n\n"
    "센터의 예산은 매년 10억 원이며, 공무원 교육과 자문을 맡는다. 참가자는 모두 서른 명이다.\n"
)
JAPANESE = (
    "総務省は二〇一七年十月、ジャカルタに電子政府協力センターを開設したと発表した。\n\n"
    "予算は年間十億円で、公務員の研修と助言を担当する。参加者は三十名である。\n"
)
CHINESE = (
    "内政部于2017年10月18日在雅加达开设了电子政务合作中心。该中心由两国共同运营。\n\n"
    "中心每年的预算为十亿韩元，负责公务员的培训和咨询。共有三十名学员参加。\n"
)
LANGUAGES = {
    "English": ENGLISH,
    "quotes": QUOTING,
    "French": FRENCH,
    "German": GERMAN,
    "Russian": RUSSIAN,
    "Korean": KOREAN,
    "Japanese": JAPANESE,
    "Chinese": CHINESE,
}
PLAIN_ENGLISH = "The centre opened in March. It employs twelve people, who advise three ministries on its work. " * 20


def read(text: str | bytes, name: str = "a.md") -> Document:
    return parse(text if isinstance(text, bytes) else text.encode(), name)


# --- encodings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_text_in_unicode_is_read_to_the_letter(language: str, encoding: str) -> None:
    assert decode(LANGUAGES[language].encode(encoding)) == LANGUAGES[language]


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("quotes", "cp1252"),
        ("French", "cp1252"),
        ("French", "latin-1"),
        ("French", "mac_roman"),
        ("German", "cp1252"),
        ("Russian", "cp1251"),
        ("Russian", "koi8_r"),
        ("Korean", "euc_kr"),
        ("Korean", "cp949"),
        ("Japanese", "shift_jis"),
        ("Japanese", "euc_jp"),
        ("Chinese", "gb18030"),
        ("Chinese", "gbk"),
    ],
)
@pytest.mark.parametrize("copies", [1, 20])
def test_paragraphs_in_an_old_encoding_are_read_to_the_letter(language: str, encoding: str, copies: int) -> None:
    text = LANGUAGES[language] * copies
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
def test_utf_32_without_a_mark_is_refused_rather_than_mangled(language: str, encoding: str) -> None:
    with pytest.raises(ReadingError):
        decode(LANGUAGES[language].encode(encoding))


@pytest.mark.parametrize("language", ["Korean", "Japanese", "Chinese", "Russian"])
def test_damaged_utf_8_is_refused(language: str) -> None:
    data = LANGUAGES[language].encode()
    half = data[: len(data) // 2].decode(errors="ignore").encode()
    with pytest.raises(ReadingError, match=r"encoding cannot be told|damaged"):
        decode(half + b"\xff" + data[len(half) :])


@pytest.mark.parametrize("language", ["French", "quotes"])
def test_one_bad_byte_does_not_turn_the_rest_of_a_utf_8_text_into_nonsense(language: str) -> None:
    data = (LANGUAGES[language] * 20).encode()
    try:
        text = decode(data[:-1] + b"\xff" + data[-1:])
    except ReadingError:
        return
    assert LANGUAGES[language] in text


@pytest.mark.parametrize("letters", ["£", "ñ"])
def test_a_few_western_letters_in_a_long_english_text_are_read_to_the_letter(letters: str) -> None:
    text = f"{PLAIN_ENGLISH}{letters} {PLAIN_ENGLISH}"
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize("text", ["The fee is £5.", "It is 25 °C.", "It’s here", "© 2017 Ministry of the Interior"])
def test_a_line_in_cp1252_is_read_to_the_letter(text: str) -> None:
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"], ids=["Windows", "old Mac", "Unix"])
def test_line_ends_are_levelled(end: str) -> None:
    assert decode(f"one{end}two{end}{end}three".encode()) == "one\ntwo\n\nthree"


@pytest.mark.parametrize("end", ["\x0b", "\x85"], ids=["vertical tab", "next line"])
def test_rare_line_ends_do_not_make_a_text_binary(end: str) -> None:
    assert "four" in decode(end.join(["one", "two", "three", "four", "five"]).encode())


def test_decomposed_text_is_stored_composed() -> None:
    for text in (FRENCH, KOREAN):
        assert decode(unicodedata.normalize("NFD", text).encode()) == text


def test_unusual_characters_are_kept_as_they_are() -> None:
    text = "zero\u200bwidth \u202ebidi\u202c soft\u00adhyphen 😀 👩‍👩‍👧 \U000e0041 nb\u00a0sp \ufb01ne\f"
    assert decode(text.encode()) == text


@pytest.mark.parametrize(
    "data",
    [
        random.Random(1).randbytes(10_000),
        b"PK\x03\x04" + random.Random(2).randbytes(2_000),
        bytes.fromhex("89504e470d0a1a0a0000000d49484452") + random.Random(3).randbytes(2_000),
        b"\x7fELF\x02\x01\x01" + bytes(100),
        bytes(1000),
        PLAIN_ENGLISH.encode() + b"\0",
        bytes(range(1, 32)) * 10,
    ],
    ids=["noise", "zip", "png", "elf", "zeros", "one zero", "controls"],
)
def test_what_is_not_text_is_refused_under_any_name(data: bytes) -> None:
    for name in ("a.txt", "a.md"):
        with pytest.raises(ReadingError):
            read(data, name)


def test_a_short_text_with_a_zero_is_not_read_as_chinese() -> None:
    with pytest.raises(ReadingError):
        decode(b"some text\0 with a zero")


@pytest.mark.parametrize("data", [b"\xff\xfea", b"\xff\xfea\0\0\xd8b\0", b"\xef\xbb\xbf\xff", b"\xff\xfe\0\0\1\2\3\4"])
def test_a_text_that_breaks_the_promise_of_its_mark_is_refused(data: bytes) -> None:
    with pytest.raises(ReadingError, match="is damaged"):
        decode(data)


def test_decoding_never_yields_half_a_character() -> None:
    for data in (b"abc \xed\xa0\x80 def", "a\ud800b".encode("utf-16-le", "surrogatepass"), b"+2AA- abc\xe9"):
        try:
            decode(data).encode()
        except ReadingError:
            continue


@pytest.mark.parametrize(
    "data", [b"", b" \n\t", b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf \r\n", "\u00a0\u2003".encode()]
)
def test_a_blank_file_holds_no_text(data: bytes) -> None:
    with pytest.raises(ReadingError, match="holds no text"):
        read(data)


def test_a_megabyte_is_read_whole() -> None:
    assert len(read(b"x" * MB, "a.txt").text) == MB
    assert len(read(b"word\n" * (MB // 5), "a.md").text) == MB


def test_a_thousand_combining_marks_on_one_letter_are_refused() -> None:
    with pytest.raises(ReadingError):
        decode(("a" + "\u0300\u0316" * 1000).encode())


# --- front matter ----------------------------------------------------------------------------------------------------


def test_facts_at_the_head_are_taken_and_cut_off() -> None:
    document = read(
        "---\ntitle: A report\npublisher: The Office\npublished: 2017-10-18\nurl: https://example.org/a\nlanguage: en\n"
        "kind: brief\n---\n# Heading\n\nBody.\n"
    )
    assert document.text == "# Heading\n\nBody.\n"
    assert (document.title, document.publisher, document.published) == ("A report", "The Office", "2017-10-18")
    assert (document.url, document.language, document.kind) == ("https://example.org/a", "en", "brief")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["no mark", "mark"])
def test_front_matter_is_found_whatever_the_line_ends_and_the_mark(end: str, mark: bytes) -> None:
    document = read(mark + end.join(["---", "title: T", "---", "Body"]).encode())
    assert (document.title, document.text) == ("T", "Body")


@pytest.mark.parametrize("close", ["---", "...", "---  "])
def test_front_matter_may_close_with_dashes_or_dots(close: str) -> None:
    assert read(f"---\ntitle: T\n{close}\nBody").text == "Body"


@pytest.mark.parametrize(
    "text",
    [
        "---",
        "---\nBody",
        "---\n---\nBody",
        "---\n- a\n- list\n---\nBody",
        "---\njust words\n---\nBody",
        "---\na: b: c\n---\nBody",
        '---\ntitle: "unclosed\n---\nBody',
        "---\n[1, 2\n---\nBody",
        "---\n&a {*a: b}\n---\nBody",
        "---\na: " + "[" * 3000 + "\n---\nBody",
        " ---\ntitle: T\n---\nBody",
        "Body\n---\ntitle: T\n---\n",
        "---\n" + "x" * 70_000 + ": y\n---\nBody",
    ],
    ids=range(13),
)
def test_what_is_no_mapping_stays_text(text: str) -> None:
    document = read(text)
    assert document.text == text
    assert document.title == "a"


@pytest.mark.parametrize(
    ("given", "published"),
    [
        ("2017", "2017"),
        ("2017-10", "2017-10"),
        ("2017-10-18", "2017-10-18"),
        ("'2017-10-18'", "2017-10-18"),
        ("2017-10-18 09:30", "2017-10-18"),
        ("2017-10-18T09:30:00Z", "2017-10-18"),
        ("2017-10-18T23:30:00+09:00", "2017-10-18"),
        ("2017-10-18T09:30:00.5-11:00", "2017-10-18"),
        ("18 October 2017", None),
        ("2017/10/18", None),
        ("20171018", None),
        ("17", None),
        ("'2017-13'", None),
        ("'2017-02-30'", None),
        ("2017-1-5", None),
        ("about 2017", None),
        ("yes", None),
        ("null", None),
        ("[2017]", None),
        ("{a: 2017}", None),
        (".nan", None),
        ("0000", None),
    ],
)
def test_a_date_is_kept_as_precise_as_it_is_and_left_out_when_unclear(given: str, published: str | None) -> None:
    assert read(f"---\npublished: {given}\n---\nBody").published == published
    assert read(f"---\ndate: {given}\n---\nBody").published == published


@pytest.mark.parametrize("value", ["[a, b]", "{a: b}", "null", "''", "'  '"])
def test_a_fact_that_is_no_plain_value_is_left_out(value: str) -> None:
    document = read(
        f"---\ntitle: {value}\npublisher: {value}\nlanguage: {value}\nkind: {value}\n---\nBody", "my_file.md"
    )
    assert (document.title, document.publisher, document.language, document.kind) == ("my file", None, None, None)


def test_a_fact_is_one_line_of_bounded_length() -> None:
    assert read(f"---\ntitle: {'x' * 60_000}\n---\nBody").title == "x" * 300
    assert read('---\ntitle: "a\\n\\n  b"\n---\nBody').title == "a b"
    assert read("---\ntitle: 2017\n---\nBody").title == "2017"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "ftp://example.org", "//example.org", "x https://a.b"]
)
def test_only_web_addresses_are_addresses(url: str) -> None:
    assert read(f"---\nurl: {url}\n---\nBody").url is None


def test_a_fact_runs_nothing(tmp_path: Path) -> None:
    command = f"touch {tmp_path / 'ran'}"
    for tag in ("apply:os.system", "new:os.system", "name:os.system"):
        assert "Body" in read(f"---\ntitle: !!python/object/{tag} ['{command}']\n---\nBody").text
    assert list(tmp_path.iterdir()) == []


def test_aliases_of_aliases_cost_nothing() -> None:
    levels = "".join(f"l{i + 1}: &l{i + 1} [{', '.join([f'*l{i}'] * 9)}]\n" for i in range(9))
    assert read(f"---\nl0: &l0 [x, x]\n{levels}title: T\n---\nBody").title == "T"


def test_merges_of_merges_cost_nothing() -> None:
    levels = "".join(f"l{i + 1}: &l{i + 1} {{<<: [{', '.join([f'*l{i}'] * 9)}]}}\n" for i in range(9))
    with ending_after(1):
        read(f"---\nl0: &l0 {{k: v}}\n{levels}title: T\n---\nBody")


@pytest.mark.parametrize(
    "value",
    [
        "0x" + "f" * 5000,
        "1" + ":10" * 3000,
        '!!int ""',
        '!!bool "x"',
        '!!timestamp "x"',
        '"\\UFFFFFFFF"',
    ],
    ids=["huge hexadecimal", "huge sexagesimal", "empty integer", "odd truth", "odd time", "no code point"],
)
def test_a_fact_that_yaml_chokes_on_costs_no_document(value: str) -> None:
    assert "Body" in read(f"---\ntitle: {value}\n---\nBody").text


def test_a_fact_never_holds_half_a_character() -> None:
    assert read('---\ntitle: "\\uD800 report"\n---\nBody').title.encode()


@pytest.mark.parametrize("escape", ["\\0", "\\e[31m", "\\x07", "\\u202E"], ids=["NUL", "ANSI", "bell", "turned"])
def test_a_fact_holds_no_character_that_cannot_be_shown(escape: str) -> None:
    title = read(f'---\ntitle: "a{escape}b"\n---\nBody').title
    assert not any(unicodedata.category(char) == "Cc" or char == "\u202e" for char in title)


def test_any_damage_to_a_good_file_is_survived_or_refused() -> None:
    good = bytearray(
        b'---\ntitle: "A: report"\npublished: 2017-10-18\nurl: https://a.b\n---\n# One\n\n```\n# x\n```\n\n## Two\n'
    )
    source = random.Random(11)
    for _ in range(2000):
        data = bytearray(good)
        for _ in range(source.randrange(1, 6)):
            data[source.randrange(len(data))] = source.choice(b"\n\"'-:#[]{}&*!|>%@`\\x0 \t~<,?9")
        try:
            document = read(bytes(data))
        except ReadingError:
            continue
        assert bytes(data).decode().endswith(document.text)


# --- Markdown and plain text -----------------------------------------------------------------------------------------


def test_the_first_top_heading_is_the_title_and_the_others_are_sections() -> None:
    text = "intro\n\n# Title\n\n## One\n\ntext\n\n### One a ###\n\n###### Deep\n\n# Another top\n"
    document = read(text)
    assert document.title == "Title"
    assert document.text == text
    assert [(section.title, text[section.start :].partition("\n")[0]) for section in document.sections] == [
        ("One", "## One"),
        ("One a", "### One a ###"),
        ("Deep", "###### Deep"),
        ("Another top", "# Another top"),
    ]


@pytest.mark.parametrize("line", ["#hashtag", "####### seven", "\\# escaped", "text # not", "    # code", "#", "`# x`"])
def test_what_only_looks_like_a_heading_is_none(line: str) -> None:
    document = read(f"{line}\n\ntext")
    assert (document.title, document.sections) == ("a", ())


@pytest.mark.parametrize("fence", ["```", "~~~", "```python", "~~~ sh"])
def test_a_hash_in_a_code_block_is_no_heading(fence: str) -> None:
    document = read(f"# Title\n\n{fence}\n# comment\n## more\n{fence[:3]}\n\n## Real\n")
    assert document.title == "Title"
    assert [section.title for section in document.sections] == ["Real"]


def test_a_fence_of_the_other_kind_does_not_close_a_block() -> None:
    document = read("# T\n\n~~~\n```\n# comment\n~~~\n\n## Real\n")
    assert document.sections == (Section("Real", document.text.index("## Real")),)


@pytest.mark.parametrize(
    "code",
    ["```sh\n# comment", "````md\n```\n# comment\n```\n````", "  ```\n# comment\n  ```"],
    ids=["unclosed", "longer", "indented"],
)
def test_code_is_code_however_it_is_fenced(code: str) -> None:
    assert read(f"# T\n\n{code}").sections == ()


def test_a_heading_may_end_in_a_hash() -> None:
    assert read("# Programming in C#\n\ntext").title == "Programming in C#"


def test_underlined_headings_are_headings() -> None:
    document = read("The title\n=========\n\ntext\n\nA section\n---------\n\nmore")
    assert (document.title, [section.title for section in document.sections]) == ("The title", ["A section"])


def test_a_heading_gives_a_title_of_bounded_length() -> None:
    assert len(read(f"# {'word ' * 10_000}\n\ntext").title) <= 300
    assert len(read(f"## {'word ' * 10_000}\n\ntext").sections[0].title) <= 300


def test_a_heading_of_many_spaces_does_not_hold_up_a_sync() -> None:
    with ending_after(1):
        assert read("# a" + " " * 200_000 + "b").text


def test_many_headings_and_fences_do_not_hold_up_a_sync() -> None:
    with ending_after(1):
        assert len(read("## a\n```\n```\n" * 40_000).sections) > 1


LONG_LINE = ENGLISH.replace("\n", " ")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The Cooperation Center Opens in Jakarta\n\n" + LONG_LINE, "The Cooperation Center Opens in Jakarta"),
        ("Home > News > Press\nMinistry Opens a New Center\n2017.10.18\n\n" + LONG_LINE, "Ministry Opens a New Center"),
        (LONG_LINE, "2024 annual report"),
        ("Some Words Before Only Short Lines\n\n" + "short line\n" * 50, "2024 annual report"),
        ("\n" * 50 + "A Headline Too Far Down\n" + LONG_LINE, "2024 annual report"),
    ],
    ids=["headline", "below a path of links", "no headline", "no running text", "far down"],
)
def test_the_headline_above_running_text_is_the_title_else_the_file_name(text: str, title: str) -> None:
    document = read(text, "2024-annual_report.txt")
    assert (document.title, document.text, document.sections) == (title, text, ())


TABLE = "| Ferry | Fare |\n| :--- | ---: |\n| Gannet | 12 euros |\n| Tern \\| Skua | 9 euros |"


def test_each_row_of_a_table_names_its_columns() -> None:
    text = read(f"# Ferries\n\n{TABLE}\n\nAfter it.\n").text
    assert text == ("# Ferries\n\nFerry: Gannet; Fare: 12 euros\n\nFerry: Tern | Skua; Fare: 9 euros\n\nAfter it.\n")


@pytest.mark.parametrize("text", [f"```\n{TABLE}\n```\n", "a | b\n---\nmore\n", "one | two\nthree | four\n"])
def test_what_only_looks_like_a_table_stays_as_written(text: str) -> None:
    assert read(text).text == text


@pytest.mark.parametrize("name", ["a.psd", "a", "a.md.exe", "md", "a.MD~", "folder.md/a", ".md"])
def test_other_kinds_of_files_are_refused_with_where_to_find_those_that_are_read(name: str) -> None:
    with pytest.raises(ReadingError, match="are not read; sumber sync --help lists those that are"):
        read("# Title\n\ntext", name)


@pytest.mark.parametrize("name", ["a.MD", "folder/b.Markdown", "c.TXT", "d.text", "한글.md", "a.b.md"])
def test_the_suffix_is_read_in_any_case(name: str) -> None:
    assert read("Some text", name).path == name


def test_the_hash_is_that_of_the_bytes() -> None:
    assert read(b"abc", "a.txt").sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert read(b"abc\r\n", "a.txt").sha256 != read(b"abc\n", "a.txt").sha256


def test_front_matter_without_a_closing_line_is_text() -> None:
    assert front_matter("---\ntitle: T\n") == ({}, "---\ntitle: T\n")


# --- the folder ------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "corpus" / "sub").mkdir(parents=True)
    (tmp_path / "corpus" / "b.md").write_text("b")
    (tmp_path / "corpus" / "a.txt").write_text("a")
    (tmp_path / "corpus" / "sub" / "c.md").write_text("c")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.md").write_text("secret")
    return tmp_path / "corpus"


def found(folder: Path) -> list[str]:
    return [document for document, _ in files(folder)]


def test_files_are_named_by_their_place_in_the_corpus_in_a_settled_order(folder: Path) -> None:
    assert found(folder) == ["a.txt", "b.md", "sub/c.md"]
    assert [path.read_text() for _, path in files(folder)] == ["a", "b", "c"]


def test_hidden_files_and_the_folder_to_leave_out_are_passed_over(folder: Path) -> None:
    (folder / ".hidden.md").write_text("x")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.md").write_text("x")
    assert found(folder) == ["a.txt", "b.md", "sub/c.md"]
    assert [document for document, _ in files(folder, folder / "sub")] == ["a.txt", "b.md"]


def test_what_the_ignore_file_names_and_what_programs_leave_lying_is_passed_over(folder: Path) -> None:
    (folder / ".sumberignore").write_text("# drafts\n/sub/\n*.log.md\n!keep.log.md\n")
    for name in ("x.log.md", "keep.log.md", "~$open.docx", "letter.md~", "half.part", "Thumbs.db"):
        (folder / name).write_text("x")
    assert found(folder) == ["a.txt", "b.md", "keep.log.md"]


@pytest.mark.parametrize("spoilt", [b"\\\n", b"\xff\xfe\x00"], ids=["no pattern", "no text"])
def test_an_ignore_file_that_cannot_be_used_is_named(folder: Path, spoilt: bytes) -> None:
    (folder / ".sumberignore").write_bytes(spoilt)
    with pytest.raises(SettingsError, match=r"\.sumberignore cannot be used .* Mend or delete it"):
        found(folder)


def test_a_link_is_followed_to_a_file_inside_and_never_outside(folder: Path) -> None:
    (folder / "in.md").symlink_to(folder / "sub" / "c.md")
    (folder / "out.md").symlink_to(folder.parent / "outside" / "secret.md")
    (folder / "relative.md").symlink_to("../outside/secret.md")
    (folder / "chain.md").symlink_to("out.md")
    (folder / "folder").symlink_to(folder.parent / "outside")
    (folder / "around").symlink_to(folder)
    assert found(folder) == ["a.txt", "b.md", "in.md", "sub/c.md"]


def test_a_corpus_that_is_a_link_itself_is_read(folder: Path) -> None:
    (folder.parent / "link").symlink_to(folder)
    assert found(folder.parent / "link") == ["a.txt", "b.md", "sub/c.md"]


def test_a_link_that_leads_nowhere_is_refused(folder: Path) -> None:
    (folder / "gone.md").symlink_to(folder / "nowhere.md")
    assert "gone.md" in found(folder)
    with pytest.raises(ReadingError, match="cannot be opened"):
        load(folder / "gone.md", MB)


def test_a_link_to_itself_does_not_stop_the_others(folder: Path) -> None:
    (folder / "loop.md").symlink_to(folder / "loop.md")
    assert {"a.txt", "b.md", "sub/c.md"} <= set(found(folder))


def test_a_pipe_is_refused_without_waiting_for_a_writer(folder: Path) -> None:
    os.mkfifo(folder / "pipe.md")
    assert "pipe.md" in found(folder)
    with pytest.raises(ReadingError, match="not a regular file"):
        load(folder / "pipe.md", MB)


BAD_NAMES = [b"a\nb.md", b"\xe2\x80\xaegpj.md", b"\xff\xfe.md", b"a\x1b[31m.md", b"\xe2\x81\xa6x.md"]


@pytest.mark.parametrize("name", BAD_NAMES, ids=["newline", "RTL override", "no UTF-8", "ANSI", "isolate"])
def test_a_name_that_cannot_be_shown_is_escaped_and_refused(folder: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("text")
    (document, path), *others = [pair for pair in files(folder) if pair[0] not in ("a.txt", "b.md", "sub/c.md")]
    assert others == []
    assert document.isprintable()
    with pytest.raises(ReadingError, match="rename it"):
        load(path, MB)


def test_the_files_of_a_folder_whose_name_cannot_be_shown_are_refused(folder: Path) -> None:
    (folder / "bad\nfolder").mkdir()
    (folder / "bad\nfolder" / "x.md").write_text("text")
    (document,) = [document for document in found(folder) if document.endswith("folder/x.md")]
    assert document.isprintable()
    with pytest.raises(ReadingError, match="rename it"):
        load(folder / "bad\nfolder" / "x.md", MB)


@pytest.mark.parametrize(
    "name", ["n" * 252 + ".md", "한글 이름.md", "😀.md", "a'b\"c.md", "-rf.md", "..md", "a\\b.md", "%2e%2e.md"]
)
def test_an_odd_name_that_can_be_shown_is_read(folder: Path, name: str) -> None:
    (folder / name).write_text("text")
    expected = [] if name.startswith(".") else [name]
    assert [document for document in found(folder) if document not in ("a.txt", "b.md", "sub/c.md")] == expected
    assert load(folder / name, MB) == b"text"


@pytest.mark.parametrize("name", ["a\u2028b.md", "a\u2029b.md"], ids=["U+2028", "U+2029"])
def test_a_name_of_two_lines_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("text")
    with pytest.raises(ReadingError, match="rename it"):
        load(folder / name, MB)


def test_two_files_never_share_a_name(folder: Path) -> None:
    (folder / "a\nb.md").write_text("one")
    (folder / "a\\nb.md").write_text("other")
    assert len(set(found(folder))) == len(found(folder))


@pytest.fixture
def deep(folder: Path) -> Iterator[Path]:
    """The corpus with a file below a path longer than the system takes."""
    place = os.open(folder, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=place)
        above, place = place, os.open("d" * 250, os.O_RDONLY, dir_fd=place)
        os.close(above)
    os.close(os.open("deep.md", os.O_CREAT | os.O_WRONLY, dir_fd=place))
    os.close(place)
    yield folder
    shutil.rmtree(folder / ("d" * 250))


def test_a_folder_that_cannot_be_listed_is_not_passed_over_in_silence(deep: Path) -> None:
    assert [document for document in found(deep) if document.startswith("ddd")]


# --- bytes -----------------------------------------------------------------------------------------------------------


def test_the_bytes_of_a_file_are_loaded_up_to_the_limit(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"x" * 1000)
    assert load(folder / "a.txt", 1000) == b"x" * 1000
    with pytest.raises(ReadingError, match=r"more than the .* SUMBER_MAX_FILE_MB"):
        load(folder / "a.txt", 999)


def test_a_huge_file_is_refused_unread(folder: Path) -> None:
    with (folder / "huge.md").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(ReadingError, match="it has 1000000 MB, more than the 50 MB"):
        load(folder / "huge.md", 50 * MB)


@pytest.mark.parametrize("name", ["nowhere.md", "sub", "a.txt/b.md", "x" * 300 + ".md"])
def test_what_cannot_be_opened_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(ReadingError, match=r"cannot be opened|not a regular file"):
        load(folder / name, MB)


def test_a_file_that_vanishes_after_it_was_found_is_refused(folder: Path) -> None:
    listed = list(files(folder))
    (folder / "b.md").unlink()
    refused = []
    for document, path in listed:
        try:
            load(path, MB)
        except ReadingError:
            refused.append(document)
    assert refused == ["b.md"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs a file whose size is not that of its bytes")
def test_a_file_that_is_not_as_long_as_it_says_is_refused() -> None:
    with pytest.raises(ReadingError, match="changed while it was read"):
        load(Path("/proc/self/status"), MB)
