"""Verdicts: what a quote supports, and what it does not however alike it sounds."""

from __future__ import annotations

import random

import pytest

from rag.checking import check
from tests.test_text import ending_after, random_text

QUOTE = "The ferry Gannet crosses from Skarra to Lund in 40 minutes, and a ticket costs 12 euros."


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        (QUOTE, QUOTE),
        ("a ticket costs 12 euros.", QUOTE),
        ("  The ferry\n Gannet ", QUOTE),
        ("THE FERRY GANNET", QUOTE),
        ("It’s “open” – now.", 'It\'s "open" - now.'),
        ("e\u0301tat d’urgence", "L'état d'urgence"),
        ("센터는 2017년에 열었다.", "협력센터는 2017년에 열었다."),
    ],
)
def test_words_that_stand_in_the_source_are_verbatim(sentence: str, quote: str) -> None:
    assert check(sentence, quote) == ("verbatim", "")


@pytest.mark.parametrize(
    "sentence",
    [
        "The Gannet crosses to Lund from Skarra in 40 minutes.",
        "A ticket for the ferry costs 12 euros.",
        "Tickets cost 12 euros.",
        "The Gannet, a ferry, crosses to Lund.",
    ],
)
def test_the_same_in_other_words_is_supported(sentence: str) -> None:
    assert check(sentence, QUOTE) == ("supported", "")


@pytest.mark.parametrize(
    ("sentence", "foreign"),
    [
        ("A ticket costs 13 euros.", "13 is not in the source"),
        ("The ferry Puffin crosses from Skarra to Lund.", "Puffin is not in the source"),
        (
            "The ferry crosses in fifty minutes for 12.5 euros with Ida Renn.",
            "fifty, 12.5, Ida, Renn are not in the source",
        ),
        ("The ferry crosses to Oslo in 45 minutes.", "45, Oslo are not in the source"),
    ],
)
def test_a_number_or_name_that_the_source_lacks_is_named_however_much_else_agrees(sentence: str, foreign: str) -> None:
    assert check(sentence, QUOTE) == ("unsupported", foreign)


def test_numbers_are_compared_as_values_not_as_they_are_written() -> None:
    assert check("The 5 ferries cost 1,500 euros.", "In all 1500 euros is the cost of 5 ferries.")[0] == "supported"
    assert check("It cost 1.5 million.", "The cost was 1,5 million.")[0] == "supported"
    assert check("It cost 15 million.", "The cost was 1,5 million.")[0] == "unsupported"


def test_a_sentence_half_of_which_is_foreign_is_supported_in_part() -> None:
    assert check("A ticket for the crossing bought early costs less.", QUOTE) == (
        "partly",
        "part of it is not in the source",
    )


def test_a_sentence_about_something_else_is_not_supported() -> None:
    assert check("apples ripen late under a cold sky", QUOTE) == ("unsupported", "the source says something else")


@pytest.mark.parametrize("sentence", ["", " ", "\n", "😀", "...", "\ud800", "\u200b", "the of and"])
@pytest.mark.parametrize("quote", ["", "The ferry."])
def test_a_sentence_without_words_is_never_supported(sentence: str, quote: str) -> None:
    assert check(sentence, quote)[0] == "unsupported"


@pytest.mark.parametrize("sentence", ["The ferry.", "12", "페리"])
def test_nothing_is_supported_by_an_empty_quote(sentence: str) -> None:
    assert check(sentence, "")[0] == "unsupported"


def test_a_reason_is_given_for_every_verdict_that_is_not_the_best() -> None:
    source = random.Random(4)
    seen = set()
    for _ in range(500):
        verdict, reason = check(random_text(source, 12), random_text(source, 30))
        assert bool(reason) == (verdict in ("partly", "unsupported"))
        seen.add(verdict)
    assert {"verbatim", "unsupported"} <= seen


def test_every_part_of_a_text_is_verbatim_in_it() -> None:
    source = random.Random(8)
    words = QUOTE.split()
    for _ in range(100):
        start = source.randrange(len(words) - 1)
        part = " ".join(words[start : source.randrange(start + 1, len(words) + 1)])
        assert check(part, QUOTE) == ("verbatim", "")


def test_a_megabyte_is_checked() -> None:
    assert check("ferry " * 100_000, "ferry " * 100_001)[0] == "verbatim"
    assert check("x" * 1_000_000, QUOTE)[0] == "unsupported"


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The ferry was not sold in 2016.", "The ferry was sold in 2016 after a fire."),
        ("The ferry was sold in 2016.", "The ferry was not sold in 2016, despite a fire."),
    ],
)
def test_a_denial_does_not_support_what_it_denies(sentence: str, quote: str) -> None:
    assert check(sentence, quote)[0] in ("partly", "unsupported")


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [("The budget is 5", "The budget is 50 million won."), ("It opened in 201", "It opened in 2017.")],
)
def test_a_part_of_a_number_is_not_that_number(sentence: str, quote: str) -> None:
    assert check(sentence, quote)[0] == "unsupported"


def test_a_name_inside_another_word_is_not_that_name() -> None:
    assert (
        check("The annual report was signed by Ann.", "The annual report was signed by the chair.")[0] == "unsupported"
    )


def test_another_name_at_the_head_of_a_sentence_is_foreign() -> None:
    assert (
        check("Lund hosted the annual harbour meeting.", "Skarra hosted the annual harbour meeting.")[0]
        == "unsupported"
    )


def test_no_one_is_no_number() -> None:
    assert check("No one opposed the plan.", "The plan was opposed by nobody.")[0] != "unsupported"


def test_a_number_in_words_supports_its_digits() -> None:
    assert check("It has five parts.", "It has 5 parts.")[0] == "supported"


# --- the same in other words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The dam cost 43 million euros.", "Building the dam cost 43,000,000 euros."),
        ("The dam holds 1,500 litres.", "The dam holds 1.5 thousand litres."),
        ("It opened on March 2, 2016.", "The hall opened on 2 March 2016."),
        ("It opened on 2016-03-02.", "The hall opened on 2 March 2016."),
        ("It opened in March 2016.", "The hall opened on 2 March 2016."),
        ("It opened in 2016.", "The hall opened on 2 March 2016."),
        ("Ridership grew by 12 percent.", "Ridership grew by 12% last year."),
        ("The bridge cost US$5 million.", "The bridge cost 5 million dollars."),
        ("It has five parts.", "It has 5 parts."),
        ("The WHO praised the clinic.", "The World Health Organization (WHO) praised the clinic."),
        ("Indonesian farmers planted rice.", "Farmers in Indonesia planted rice."),
        ("British engineers built the lock.", "Engineers from Britain built the lock."),
        ("Anna Voss rebuilt the mill.", "The mill was rebuilt by Anna Voss."),
        ("The mill was rebuilt by Anna Voss.", "Anna Voss rebuilt the mill within a year."),
        ("The rent did not rise.", "Rent didn't rise in 2019."),
        ("The flood came before the fire.", "The fire came after the flood."),
        (
            "Orrin closed the mill and opened a bakery.",
            "In 1931 Orrin closed the mill. A year later it opened a bakery.",
        ),
        ("No one opposed the plan.", "The plan was opposed by nobody."),
        ("Tickets cost 12 euros.", "A ticket costs 12 euros."),
        ("According to the document, a ticket costs 12 euros.", "A ticket costs 12 euros for adults."),
        ("Pusat itu tidak dibuka pada 2017.", "Pada 2017 pusat itu tidak dibuka oleh menteri."),
        ("The council may sell the harbour.", "The council may sell the harbour next year."),
        ("The ferry runs daily from Skarra to Lund.", "From Skarra to Lund the ferry runs daily."),
        ("Three hundred and six ships sailed.", "306 ships sailed that day."),
        ("Skarra and Lund signed the treaty.", "Lund and Skarra signed the treaty in 1904."),
        ("The treaty was signed in the nineteenth century.", "The treaty was signed in the 19th century by both."),
    ],
)
def test_true_paraphrases_are_supported(sentence: str, quote: str) -> None:
    assert check(sentence, quote)[0] in ("supported", "verbatim")


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The World Health Organization praised the clinic.", "The WHO praised the clinic."),
        ("The harvest was not successful.", "The harvest was unsuccessful."),
        ("Lund is north of Skarra.", "Skarra is south of Lund."),
    ],
)
def test_what_follows_only_by_thinking_is_at_worst_supported_in_part(sentence: str, quote: str) -> None:
    assert check(sentence, quote)[0] in ("supported", "partly")


# --- one thing made wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "quote", "reason"),
    [
        ("A ticket costs 12 dollars.", "A ticket costs 12 euros.", "12 dollars is not in the source"),
        ("Ridership grew by 12 people.", "Ridership grew by 12% last year.", "12 is not in the source"),
        ("The dam cost 43 billion euros.", "The dam cost 43 million euros.", "43 billion is not in the source"),
        ("It opened on 3 March 2016.", "The hall opened on 2 March 2016.", "3 March 2016 is not in the source"),
        ("It opened on 2 May 2016.", "The hall opened on 2 March 2016.", "2 May 2016 is not in the source"),
        (
            "Lund hosted the annual harbour meeting.",
            "Skarra hosted the annual harbour meeting.",
            "Lund is not in the source",
        ),
        (
            "Skarra sold the ferry to Lund.",
            "Lund sold the ferry to Skarra.",
            "the source has Lund where it says Skarra",
        ),
        (
            "Anna Voss was sued by Orrin Mills.",
            "Orrin Mills was sued by Anna Voss.",
            "the source has Orrin Mills where it says Anna Voss",
        ),
        ("Anna Voss sued Orrin Mills.", "Anna Voss was sued by Orrin Mills.", "the source has it the other way round"),
        (
            "The ferry crosses in 12 minutes and costs 40 euros.",
            "The ferry crosses in 40 minutes and costs 12 euros.",
            "12 minutes, 40 euros are not in the source",
        ),
        (
            "The hall opened in 1995 and closed in 1990.",
            "The hall opened in 1990 and closed in 1995.",
            "the source has 1990 where it says 1995",
        ),
        ("The ferry was sold.", "The ferry was not sold in 2016.", "the source denies it"),
        (
            "The ferry was never sold after the fire.",
            "The ferry was sold in 2016 after a fire.",
            "the source does not deny it",
        ),
        ("The council failed to repair the bridge.", "The council repaired the bridge.", "the source does not deny it"),
        (
            "The council repaired the bridge with tax money.",
            "The council failed to repair the bridge with tax money.",
            "the source denies it",
        ),
        (
            "The crossing was made without a permit.",
            "The crossing was made with a permit.",
            "the source does not deny it",
        ),
        (
            "The harvest was successful that year.",
            "That year the harvest was unsuccessful.",
            "the source says the opposite of successful",
        ),
        (
            "Rents fell by a fifth in the old town.",
            "Rents rose by a fifth in the old town.",
            "the source says rose, not fell",
        ),
        ("The market opened before the war.", "The market opened after the war.", "the source says after, not before"),
        (
            "The chapel is the newest building in Orrin.",
            "The chapel is the oldest building in Orrin.",
            "the source says oldest, not newest",
        ),
        ("Lund is south of Skarra.", "Lund is north of Skarra.", "the source says north, not south"),
        (
            "The council accepted the offer of the bank.",
            "The council rejected the offer of the bank.",
            "the source says rejected, not accepted",
        ),
        (
            "Pusat itu dibuka pada 2017 oleh menteri itu.",
            "Pusat itu tidak dibuka pada 2017 oleh menteri.",
            "the source denies it",
        ),
        ("센터는 2017년에 열지 않았다.", "센터는 2017년에 자카르타에 열었다.", "the source does not deny it"),
        ("센터는 2017년에 자카르타에 열었다.", "센터는 2017년에 자카르타에 열지 않았다.", "the source denies it"),
        ("Austria won the cup.", "Australia won the cup.", "the source has Australia where it says Austria"),
        (
            "Seven ships and five trains were lost.",
            "Five ships and seven trains were lost.",
            "the source has Five where it says Seven",
        ),
        ("Two people died.", "One person died.", "Two is not in the source"),
        (
            "The second ferry is called Gannet.",
            "The first ferry is called Gannet.",
            "the source has first where it says second",
        ),
        ("Jumlah penduduk turun pada 2017.", "Jumlah penduduk naik pada 2017.", "the source says naik, not turun"),
        (
            "인구가 감소했다고 정부가 밝혔다.",
            "인구가 증가했다고 정부가 밝혔다.",
            "the source says 증가했다고, not 감소했다고",
        ),
        (
            "It was built by the Ministry of Health.",
            "It was built by the Ministry of Defence.",
            "Health is not in the source",
        ),
        ("The boat is 12 km long.", "The boat is 12 m long.", "12 km is not in the source"),
        ("Kim Min-jun chaired the panel.", "Lee Min-jun chaired the panel.", "Kim is not in the source"),
    ],
)
def test_one_wrong_thing_makes_a_sentence_unsupported_and_is_named(sentence: str, quote: str, reason: str) -> None:
    assert check(sentence, quote) == ("unsupported", reason)


@pytest.mark.parametrize(
    ("sentence", "quote", "reason"),
    [
        (
            "The mill burned down, which drew protests from farmers.",
            "The mill burned down in 1931.",
            "part of it is not in the source",
        ),
        (
            "The council will sell the harbour.",
            "The council may sell the harbour next year.",
            "the source is less sure: may",
        ),
        (
            "The council sold the harbour.",
            "The council plans to sell the harbour next year.",
            "the source is less sure: plans",
        ),
    ],
)
def test_what_is_added_or_surer_than_the_source_is_supported_in_part(sentence: str, quote: str, reason: str) -> None:
    assert check(sentence, quote) == ("partly", reason)


def test_a_sentence_of_another_passage_is_unsupported() -> None:
    assert check("The bakery of Orrin sells rye bread since 1950.", QUOTE)[0] == "unsupported"


def test_what_is_too_long_to_be_checked_is_unsupported() -> None:
    long = " ".join(f"Skarra{n} sold {n} boats to Lund{n}." for n in range(2_000))
    assert check("Once " + long, long) == ("unsupported", "it is too long to be checked")


def test_a_check_of_a_passage_takes_milliseconds() -> None:
    passage = " ".join(f"In {1900 + n} the town of Skarra sold {n} boats to Lund, which rose." for n in range(12))
    with ending_after(1):  # a hundred, of about a millisecond each
        for n in range(100):
            assert check(f"Lund bought {n} more boats, before Skarra fell in 1850.", passage)[0] == "unsupported"


def test_a_sentence_of_one_document_means_the_same_in_every_order_of_asking() -> None:
    pairs = [
        ("A ticket costs 12 dollars.", QUOTE),
        ("Tickets cost 12 euros.", QUOTE),
        ("Tickets cost 13 euros.", QUOTE),
    ]
    assert [check(*pair) for pair in pairs] == [check(*pair) for pair in reversed(pairs)][::-1]


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The ferry not only sails but also fishes at night.", "The ferry sails and also fishes at night."),
        ("The council has no more than 12 seats.", "The council has at most 12 seats."),
    ],
)
def test_not_every_no_denies(sentence: str, quote: str) -> None:
    assert check(sentence, quote)[0] in ("supported", "partly")


# --- compared word by word with what it rewords -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The film produced Orrin Mills.", "The film was produced by Orrin Mills."),
        ("The herald was succeeded by Anna Voss.", "The herald succeeded Anna Voss."),
        ("The ferry runs to Skarra since May.", "The ferry runs from Skarra since May."),
        ("It has run until the winter of the flood.", "It has run since the winter of the flood."),
        ("He is known for her paintings of mills.", "He is known for his paintings of mills."),
        ("The prize is awarded every month in Lund.", "The prize is awarded every year in Lund."),
        ("It was sold for half of the price.", "It was sold for a quarter of the price."),
        ("The hall of Lund seats 90 and that of Skarra 70.", "The hall of Lund seats 70 and that of Skarra 90."),
        ("Gedung itu terletak di utara kota.", "Gedung itu terletak di selatan kota."),
        ("Harga beras meningkat tajam di kota itu.", "Harga beras menurun tajam di kota itu."),
        ("그는 마지막으로 서울에서 책을 펴냈다.", "그는 처음으로 서울에서 책을 펴냈다."),
        ("박선우는 서울에서 학교를 열었다.", "이정희는 서울에서 학교를 열었다. 박선우는 부산에서 태어났다."),
    ],
)
def test_a_word_that_turns_another_in_its_place_makes_a_sentence_unsupported(sentence: str, quote: str) -> None:
    assert check(sentence, quote)[0] == "unsupported"


@pytest.mark.parametrize(
    ("sentence", "quote", "reason"),
    [
        ("All ferries sail at night.", "Some ferries sail at night.", "the source does not say All"),
        ("The hall holds exactly 90 people.", "The hall holds about 90 people.", "the source does not say exactly"),
        ("The mill was sold because it burned down.", "The mill was sold. It burned down.",
         "the source does not say because"),
        ("It is certain to rain in Lund.", "It is likely to rain in Lund.", "the source does not say certain"),
        ("The mill was damaged by frost.", "The mill may have been damaged by frost.", "the source is less sure: may"),
        ("Pada malam hari semua kapal berlayar.", "Pada malam hari beberapa kapal berlayar.",
         "the source does not say semua"),
        ("모든 배가 밤에 떠난다.", "일부 배가 밤에 떠난다.", "the source does not say 모든"),
    ],
)  # fmt: skip
def test_what_is_wider_surer_or_given_a_reason_is_supported_in_part(sentence: str, quote: str, reason: str) -> None:
    assert check(sentence, quote) == ("partly", reason)


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The crossing takes 120 minutes.", "The crossing takes 2 hours."),
        ("The path is 5 km long.", "The path is 5,000 metres long."),
        ("Menurut dokumen itu, pusat dibuka pada 2017.", "Pusat dibuka pada 2017 oleh menteri."),
        ("Kota itu berpenduduk 31171 jiwa.", "Kota yang di pantai itu berpenduduk 31.171 jiwa."),
        ("문서에 따르면 센터는 2017년에 열었습니다.", "센터는 2017년에 서울에서 열었다."),
        ("Fares are not shared; the ferry sails at night.", "Fares are not shared. The ferry sails at night."),
        ("Lund, Skarra and Orrin signed it.", "Skarra, Lund and Orrin signed it in 1904."),
        ("In the year 1904 the treaty was signed.", "The treaty was signed in 1904."),
    ],
)
def test_the_same_in_another_unit_frame_or_order_is_supported(sentence: str, quote: str) -> None:
    assert check(sentence, quote)[0] in ("supported", "verbatim")


@pytest.mark.parametrize(
    "words", [["12", "13", "Ann", "sold"], ["증가", "감소", "서울에", "않았다"], ["not", "by", "all"]]
)
def test_hostile_texts_of_the_greatest_length_are_checked_in_seconds(words: list[str]) -> None:
    source = random.Random(3)
    claim, quote = (" ".join(source.choice(words) for _ in range(count)) for count in (150, 1_600))
    with ending_after(20):  # half a second each
        assert check(claim, quote)[0] in ("verbatim", "supported", "partly", "unsupported")
        assert check("x y " * 25_000, quote) == ("unsupported", "it is too long to be checked")
