"""A reply comes whole, or is ended: for its size, or for the time that it takes, however it drips."""

from __future__ import annotations

import httpx
import pytest

from rag.replies import Bounded

PIECES = [b"one", b"two", b"three"]


def reply() -> httpx.Response:
    return httpx.Response(200, content=iter(PIECES))


def test_a_reply_within_its_bounds_comes_as_it_is() -> None:
    assert list(Bounded(reply(), 11, 60)) == PIECES


@pytest.mark.parametrize(("most", "seconds", "error"), [(10, 60, httpx.DecodingError), (11, 0, httpx.ReadTimeout)])
def test_a_reply_that_goes_beyond_them_is_ended(most: int, seconds: float, error: type[Exception]) -> None:
    with pytest.raises(error):
        list(Bounded(reply(), most, seconds))
