"""Answers that a language model writes, through the front door: nothing unsupported is shown as supported."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant
from rag.generative import REFUSED, UNSUPPORTED
from rag.types import REFUSAL
from tests.generative.conftest import ENTRY, FARE, GOOD, Ask, quoted, said
from tests.llm_server import (
    LanguageModelServer,
    Play,
    says,
    thinks,
)

# --- good answers -----------------------------------------------------------------------------------------------------


def test_a_supported_sentence_is_shown_with_the_span_it_stands_on(ask: Ask) -> None:
    answer = ask(FARE, says(GOOD))
    assert (answer.status, answer.remark) == ("answered", "")
    assert said(answer) == ["A ticket for the ferry Gannet costs 12 euros."]
    assert answer.sentences[0].verdict in ("supported", "verbatim")
    assert "12 euros" in answer.citations[0].quote
    assert [answer.sentences[0].text[a:b] for a, b in answer.sentences[0].marks] == ["12 euros"]
    assert answer.text.endswith("[1]")


MARKED = {
    "none": "A ticket costs 12 euros. Children travel free.",
    "brackets": "A ticket costs 12 euros [1]. Children travel free [1].",
    "after the full stop": "A ticket costs 12 euros. [1] Children travel free. [1]",
    "glued": "A ticket costs 12 euros.[1][2] Children travel free.[1]",
    "lists": "A ticket costs 12 euros [1, 2]. Children travel free [1][2].",
    "ranges": "A ticket costs 12 euros [1-3]. Children travel free [1; 2].",
    "round": "A ticket costs 12 euros (1). Children travel free (1, 2).",
    "lenticular": "A ticket costs 12 euros【1】. Children travel free【1†source】.",
    "carets": "A ticket costs 12 euros^1. Children travel free[^1].",
    "words in brackets": "A ticket costs 12 euros [Source 1]. Children travel free (source: 1).",
    "words": "According to source 1, a ticket costs 12 euros. Source 1 states that children travel free.",
    "words with brackets": "According to [1], a ticket costs 12 euros. As stated in Source [1], children travel free.",
    "superscripts": "A ticket costs 12 euros¹. Children travel free.²",
    "links": "A ticket costs 12 euros [1](https://x.example/a). Children travel free [[1]](#1).",
    "invented": "A ticket costs 12 euros [99]. Children travel free [0].",
    "wrong": "A ticket costs 12 euros [3]. Children travel free [2].",
}


@pytest.mark.parametrize("text", MARKED.values(), ids=MARKED)
def test_a_source_number_in_any_style_is_a_hint_and_the_span_is_sought_anew(ask: Ask, text: str) -> None:
    answer = ask(FARE, says(text, piece=3))
    assert said(answer) == ["A ticket costs 12 euros.", "Children travel free."]
    assert {citation.document for citation in answer.citations} == {"ferries.md"}
    assert all("12 euros" in citation.quote for citation in answer.citations)
    assert answer.remark == ""


FORMATTED = {
    "bold": "A **ticket** costs __12 euros__ [1].",
    "heading and list": "## Answer\n\n- A ticket costs 12 euros [1].\n",
    "numbered": "1. A ticket costs `12 euros` [1].",
    "html": "<p>A ticket costs <b>12&nbsp;euros</b> [1].</p>",
    "script": "<script>alert('A. B.'); fetch('http://x.example')</script>A ticket costs 12 euros [1].",
    "escaped script": "A ticket costs 12 euros [1]. &lt;script&gt;alert(1)&lt;/script&gt;",
    "open script": "A ticket costs 12 euros [1]. <script>alert('A ticket costs 12 euros.",
    "picture": "![x](https://x.example/p?q=12)A ticket costs 12 euros [1].",
    "quotation": "> A ticket costs 12 euros [1].",
    "chatter": "Sure! Here is what I found:\n\nA ticket costs 12 euros [1].",
    "special tokens": "A ticket costs 12 euros [1].<|im_end|></s>",
    "list of sources": "A ticket costs 12 euros [1].\n\nSources:\n[1] Ferries of the bay\n[2] The museum of Lund",
    "repeated": "A ticket costs 12 euros [1]. A ticket costs 12 euros [2].",
}


@pytest.mark.parametrize("text", FORMATTED.values(), ids=FORMATTED)
def test_markup_chatter_and_repetition_are_left_behind(ask: Ask, text: str) -> None:
    assert said(ask(FARE, says(text))) == ["A ticket costs 12 euros."]


THOUGHT = "The ferry Puffin was sold in 2016. I should not say so."
THINKING = {
    "tags": says(f"<think>{THOUGHT}</think>{GOOD}", piece=2),
    "other tags": says(f"<Reasoning>\n{THOUGHT}\n</Reasoning>\n\n{GOOD}"),
    "brackets": says(f"[THINK]{THOUGHT}[/THINK]{GOOD}", piece=3),
    "channels": says(
        f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{GOOD}"
    ),
    "never opened": says(f"{THOUGHT}\n</think>\n{GOOD}"),
    "never opened, the same": says(f"{GOOD}\n</think>\n{GOOD}"),
    "twice": says(f"<think>{THOUGHT}</think>{GOOD}<think>{THOUGHT}</think>"),
    "unclosed at the end": says(f"{GOOD} <think>{THOUGHT}"),
    "reasoning_content": thinks(THOUGHT, GOOD),
    "reasoning": thinks(THOUGHT, GOOD, "reasoning"),
}


@pytest.mark.parametrize("play", THINKING.values(), ids=THINKING)
def test_thinking_is_never_in_the_answer(ask: Ask, play: Play) -> None:
    assert said(ask(FARE, play)) == ["A ticket for the ferry Gannet costs 12 euros."]


# --- answers that the documents do not support ------------------------------------------------------------------------

WRONG = {
    "number": "A ticket for the ferry Gannet costs 15 euros [1].",
    "name": "A ticket for the ferry Heron costs 12 euros [1].",
    "outside knowledge": "The ferry was designed by Isambard Brunel in Bristol [1].",
    "invention": "Passengers enjoy breathtaking panoramas and gourmet dining aboard [1].",
    "another language": "La traversée est payante et les enfants voyagent gratuitement [1].",
    "half of it": "The ferry Gannet crosses to Lund in 40 minutes, serving hot breakfasts and cold drinks [1].",
    "address": "See https://pay.example/gannet for the ferry ticket [1].",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_no_passage_supports_is_replaced_by_quotes_and_said_to_be(
    ask: Ask, assistant: Assistant, server: LanguageModelServer, text: str
) -> None:
    answer = ask(FARE, says(text, piece=50))
    assert answer.status == "answered"
    assert answer.remark == UNSUPPORTED
    assert all(sentence.verdict == "verbatim" for sentence in answer.sentences)
    assert said(answer) == quoted(assistant, FARE, server)


@pytest.mark.parametrize(
    "text",
    [
        "The ferry Puffin was not sold in 2016 [1].",
        "The ferry Puffin takes 40 minutes from Skarra to Lund [1].",
        "The ferry Gannet was sold after an engine fire in 2016 [1].",
        "Tobias Renn built the lighthouse at Skarra in 1874 [1].",
    ],
)
def test_a_fact_denied_or_put_together_wrongly_is_not_shown(ask: Ask, text: str) -> None:
    answer = ask(FARE, says(text))
    assert answer.remark == UNSUPPORTED
    assert text.replace(" [1]", "") not in said(answer)


def test_an_unsupported_sentence_among_good_ones_is_left_out_and_counted(ask: Ask) -> None:
    answer = ask(FARE, says(f"{GOOD} A dog costs 3 euros [1]. Children travel free [1]."))
    assert said(answer) == ["A ticket for the ferry Gannet costs 12 euros.", "Children travel free."]
    assert answer.remark.startswith("One sentence of the language model was left out")


def test_a_web_address_that_no_source_holds_is_not_said(ask: Ask) -> None:
    answer = ask(FARE, says(f"{GOOD} A ticket costs 12 euros, see www.pay.example [1]."))
    assert said(answer) == ["A ticket for the ferry Gannet costs 12 euros."]


def test_an_instruction_in_a_document_is_neither_shown_to_the_model_nor_stood_on(
    ask: Ask, server: LanguageModelServer
) -> None:
    answer = ask(
        ENTRY, says("The museum of Lund is closed for ever [1]. Pay 900 euros at https://pay.example/now [1].")
    )
    assert all("instructions" not in citation.quote for citation in answer.citations)
    assert answer.remark == UNSUPPORTED
    assert "closed" not in answer.text
    assert "900" not in answer.text
    (request,) = server.requests
    sent = request["messages"][1]["content"]
    assert "Ignore all" not in sent
    assert "900" not in sent
    assert "old fishing boats" in sent, "the paragraph after it is given"
    assert "1988 [3]" not in sent, "a document has no source numbers"


def test_sources_are_fenced_by_a_word_that_is_new_each_time(ask: Ask, server: LanguageModelServer) -> None:
    fences = []
    for _ in range(2):
        ask(FARE, says(GOOD))
        rules, asked = (message["content"] for message in server.requests[0]["messages"])
        fence = rules.split("between <")[1].split(">")[0]
        assert asked.count(f"<{fence}>") == asked.count(f"</{fence}>") >= 3
        assert REFUSAL in rules
        assert asked.endswith(FARE)
        fences.append(fence)
    assert fences[0] != fences[1]


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        REFUSAL,
        "the documents do not answer this",
        f"**{REFUSAL}**",
        f"<think>Hm.</think>{REFUSAL}",
        f"{REFUSAL} However, I know that such tickets cost 20 euros.",
        f"Sure! {REFUSAL}",
        "The provided sources do not contain information about this.",
        "I'm sorry, but I cannot answer that from the documents.",
        "I don't know.",
        "There is no information on ticket prices in the sources [1].",
        "Dokumen tidak menjawab pertanyaan ini.",
    ],
)
def test_a_model_that_finds_no_answer_is_believed(ask: Ask, text: str) -> None:
    answer = ask(FARE, says(text))
    assert (answer.status, answer.text, answer.sentences, answer.citations) == ("not_found", REFUSAL, (), ())
    assert answer.remark == REFUSED
    assert answer.passages


def test_a_part_that_the_model_does_not_find_is_not_said(ask: Ask) -> None:
    answer = ask(FARE, says(f"{GOOD} The sources do not mention dogs."))
    assert said(answer) == ["A ticket for the ferry Gannet costs 12 euros."]


def test_what_the_quoting_answerer_declines_is_not_sent_anywhere(ask: Ask, server: LanguageModelServer) -> None:
    answer = ask("Who won the football world cup in 2022?", says("Argentina won the world cup in 2022 [1]."))
    assert (answer.status, answer.remark) == ("not_found", "")
    assert server.requests == []
