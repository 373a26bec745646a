"""The desk: questions wait for the first reading, a bounded number of them, and none outlives the server."""

from __future__ import annotations

import pytest

from rag.types import Changes
from rag.ui.desk import BusyError, Desk, StoppingError
from rag.ui.keeping import Keeper
from tests.ui.fake import FakeAssistant

QUESTION = "Who is the lighthouse kept by?"


def test_a_question_waits_until_the_documents_are_read(assistant: FakeAssistant) -> None:
    assistant.gate.clear()
    with Keeper(assistant) as keeper, Desk(assistant, keeper, max_pending=1) as desk:
        answer = desk.ask(QUESTION)
        assert not answer.done()
        assistant.gate.set()
        assert answer.result().status == "answered"


def test_a_full_desk_takes_a_question_again_when_one_is_answered(assistant: FakeAssistant) -> None:
    assistant.gate.clear()
    with Keeper(assistant) as keeper, Desk(assistant, keeper, max_pending=1) as desk:
        first = desk.ask(QUESTION)
        with pytest.raises(BusyError, match="ask again"):
            desk.ask(QUESTION)
        assistant.gate.set()
        first.result()
        assert desk.ask(QUESTION).result().status == "answered"


def test_stopping_ends_the_reading_and_sends_waiting_questions_away(assistant: FakeAssistant) -> None:
    assistant.gate.clear()
    with Keeper(assistant) as keeper, Desk(assistant, keeper, max_pending=2) as desk:
        waiting = desk.ask(QUESTION)
        desk.stop()
        with pytest.raises(StoppingError):
            waiting.result()
        with pytest.raises(StoppingError):
            desk.ask(QUESTION)
    assert assistant.documents()[0].path == "scan.pdf", "no document was read after the stop"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_unexpected_end_of_the_reading_leaves_nobody_waiting(assistant: FakeAssistant) -> None:
    class Broken(FakeAssistant):
        def sync(self, progress: object = None) -> Changes:
            raise RuntimeError("a bug")

    broken = Broken([])
    with Keeper(broken) as keeper, Desk(broken, keeper, max_pending=1) as desk:
        assert desk.ask(QUESTION).result().status == "not_found"
        assert "unexpectedly" in keeper.state.notice


def test_half_a_character_is_replaced_before_it_reaches_the_documents(assistant: FakeAssistant) -> None:
    with Keeper(assistant) as keeper, Desk(assistant, keeper, max_pending=1) as desk:
        desk.ask("lighthouse \ud83d").result()
    assert assistant.asked[0][0] == "lighthouse ?"
