"""Small talk gets a word of help in its own language, and no question of anybody's is taken for small talk."""

from __future__ import annotations

import time

import pytest

from rag.smalltalk import language_of, word_of_help
from rag.types import REFUSAL, REFUSALS

TALK = {
    "en": """
        hi | Hello! | hey there | Good morning | good evening, Sumber | Hi, how are you? | Howdy | Nice to meet you
        Thanks | thank you so much! | Great, thanks | Thanks for your help :) | ok thank you | That was very helpful.
        Bye | Goodbye! | see you later | Good night | thanks, bye | that's all for today
        Who are you? | What are you? | what is Sumber | What’s your name? | Tell me about yourself | Are you an AI?
        Are you a robot or a human? | are you chatgpt? | Hello, who are you? | Who made you?
        Am I talking to a person?
        Hi! What can you do? | What do you do? | How does Sumber work? | What can I ask you? | help | Help me please
        Can you help me? | How can you help? | What languages do you speak? | do you make things up? | HELP!!!
        How do I add documents? | How can I upload my files? | Where do I put my files? | Can I add a PDF here?
        What file types can you read? | How do I add more documents to Sumber? | Hello, how do I add documents please?
        Do you work offline? | Do you need the internet? | Is my data safe? | do you send my documents anywhere?
    """,
    "id": """
        halo | Hai! | Selamat pagi | Selamat siang, Sumber | apa kabar? | Halo, apa kabar hari ini? | Assalamualaikum
        Terima kasih | terima kasih banyak ya | makasih | Oke, terima kasih atas bantuannya | sampai jumpa lagi
        Selamat tinggal | Kamu siapa? | Siapa kamu? | Siapakah Anda? | Hi, kamu siapa? | Siapa nama kamu?
        siapa namamu
        Apakah kamu AI? | Kamu robot ya? | Apakah Anda manusia atau mesin? | Siapa yang membuat kamu?
        Apa yang bisa kamu lakukan? | Kamu bisa apa saja? | bantuan | Tolong bantu saya | Bisakah Anda membantu saya?
        Bagaimana cara menggunakan Sumber? | Bagaimana cara kerja Anda? | Apa saja yang bisa saya tanyakan?
        Bagaimana cara menambahkan dokumen? | Halo, bagaimana saya bisa mengunggah file? | cara menambah dokumen baru
        Apakah kamu butuh internet? | Apakah data saya aman?
    """,
    "ko": """
        안녕 | 안녕하세요! | 안녕하십니까? | 반가워요 | 만나서 반갑습니다 | 좋은 아침이에요 | 감사합니다
        정말 고마워요
        도와주셔서 감사합니다! | 네, 고맙습니다 | 수고하세요 | 안녕히 계세요 | 다음에 또 봐요 | 너 누구야? | 누구세요?
        당신은 누구입니까? | 안녕, 넌 누구니? | 이름이 뭐예요? | 자기소개 해줘 | 너 AI야? | 당신은 사람인가요?
        혹시 로봇이에요?
        뭘 할 수 있어? | 무엇을 할 수 있나요? | 당신은 무엇을 도와줄 수 있나요? | 도와줘 | 도와주세요 | 도움말
        사용법 알려줘 | Sumber는 어떻게 사용해요? | 무엇을 물어볼 수 있나요? | 문서는 어떻게 추가해요?
        파일을 어떻게 올려요?
        문서 추가 방법을 알려주세요 | 오프라인에서도 작동하나요? | 인터넷이 필요해요?
    """,
}

QUESTIONS = """
    Hello Kitty was created when? | Who are you to judge, asks Mayor Renn? | thanks to whom was the bridge built?
    What can you do with a sextant? | Hi, when does the ferry leave? | Good morning Vietnam
    Goodbye to Berlin: who wrote it?
    Help wanted | Who helped the mayor? | Help me find the ferry timetable | How do I add salt to the brine?
    How do I add documents to the land register? | Can I upload a photo of my passport to the visa portal?
    Who are you calling when the boiler fails? | What are you allowed to fish in winter?
    What is your warranty period?
    What is the source of the river? | sumber | Who is the source? | What does the keeper do? | What can the pump do?
    What should I do? | What should I do if the alarm rings? | How does this work? | How does it work? | Who made it?
    Are you allowed to park here? | Are you a member if you paid last year? | Is the data safe in the cold store?
    Does the lamp work offline? | Do you need the internet to renew a permit? | Thanks Giving Square was opened when?
    See you later, Alligator: who sang it? | What's up with the budget? | Nice | Good Hope
    How are you supposed to oil it?
    How is it going to be paid for? | Welcome allowance | "Hello" | Bye-laws | bye-election of 1931 | Yes | no | ok
    please | ?
    there | again | 42 | Tell me about the keeper | What languages do you need for the post of pilot? | hi-fi
    Hello, is the orchard still there? | Well, who kept the lighthouse? | Please help me, what is the fare?
    What is the AI budget? | Is this a robot? | Are robots alive? | what do you do when the lamp fails
    Siapa kamu menurut Bupati Lestari? | Apa yang bisa dilakukan nelayan saat badai? | Halo Effect ditulis oleh siapa?
    Selamat pagi, jam berapa feri berangkat? | Terima kasih kepada siapa jembatan itu dibangun?
    Kamu harus bayar berapa?
    Bagaimana cara menambahkan garam? | Bagaimana menambahkan dokumen ke buku tanah? | Apa itu sumber air?
    apa itu sumber?
    Pagi berapa pasar dibuka? | Bantuan apa yang diterima petani? | Siapa yang membuat jembatan?
    Bisakah nelayan melaut?
    Apakah manusia bisa hidup di sana? | Apakah data nelayan aman? | Tolong jelaskan tarif feri
    Sampai jam berapa buka?
    안녕하세요는 어느 나라 인사말인가요? | 안녕, 페리는 언제 출발해? | 감사합니다라는 말은 누가 했나요?
    누구야 이 사람은
    등대지기는 누구입니까? | 누가 다리를 만들었나요? | 무엇을 할 수 있는 기계인가요? | 로봇은 무엇을 할 수 있나요?
    문서를 등기소에 어떻게 제출하나요? | 소금은 어떻게 추가해요? | 이름이 뭐였나요 그 배는? | 펌프는 어떻게 사용해요?
    도움을 받은 농가는 몇 곳입니까? | 인공지능 예산은 얼마입니까? | 등대는 오프라인에서 작동하나요?
    안녕시는 어디에 있나요?
    고마워 마을의 인구는? | 바이칼 호수의 깊이는?
"""


def _listed(text: str) -> list[str]:
    return [one.strip() for line in text.strip().splitlines() for one in line.split(" | ")]


SAID = [(language, one) for language, text in TALK.items() for one in _listed(text)]
ASKED = _listed(QUESTIONS)


@pytest.mark.parametrize(("language", "utterance"), SAID)
def test_small_talk_is_answered_in_its_own_language(language: str, utterance: str) -> None:
    said = word_of_help(utterance)
    assert said is not None
    assert language_of(said) == language


@pytest.mark.parametrize("question", ASKED)
def test_a_question_is_never_taken_for_small_talk(question: str) -> None:
    assert word_of_help(question) is None


def test_there_are_enough_of_both() -> None:
    assert len(SAID) >= 60
    assert len(ASKED) >= 60


def test_what_is_asked_of_sumber_outweighs_the_greeting_before_it() -> None:
    assert word_of_help("Hello, how do I add documents?") == word_of_help("How do I add documents?")
    assert word_of_help("thanks, bye") == word_of_help("bye")
    assert "sumber sync" in (word_of_help("how do I upload files") or "")


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("When does the ferry leave?", "en"),
        ("ferry", "en"),
        ("Who wrote 훈민정음?", "en"),
        ("When was Leonardo di Caprio born?", "en"),
        ("Siapa penjaga mercusuar itu?", "id"),
        ("Berapakah tarif feri?", "id"),
        ("Ringkas laporan panen", "id"),
        ("Apa arti kata 'deadline'?", "id"),
        ("등대는 언제 지어졌습니까?", "ko"),
        ("NATO 설립 연도는?", "ko"),
        ("The Beatles의 멤버는 누구인가요?", "ko"),
        ("", "en"),
    ],
)
def test_the_language_of_a_short_question_is_told_by_its_function_words(question: str, language: str) -> None:
    assert language_of(question) == language


def test_every_language_has_its_refusal_and_the_english_one_is_the_constant() -> None:
    assert REFUSALS["en"] == REFUSAL
    assert all(language_of(text) == language for language, text in REFUSALS.items())


def test_a_long_or_hostile_utterance_costs_nothing() -> None:
    began = time.perf_counter()
    for text in ("hi " * 39 + "x", "아" * 119 + "x", "ok so well " * 10 + "?x", "hi" * 5000):
        assert word_of_help(text) is None
    assert time.perf_counter() - began < 0.5
