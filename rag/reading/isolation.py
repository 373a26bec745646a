"""The edge between a reader and a stranger's file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rag.types import ReadingError

DAMAGED = "it is damaged; open it in its own program and save it anew"


@contextlib.contextmanager
def isolated(reason: str = DAMAGED) -> Iterator[None]:
    """The edge of a reader: whatever a stranger's file makes a library raise becomes a reason.

    Raises:
        ReadingError: the reason.
    """
    try:
        yield
    except (ReadingError, MemoryError, ImportError):  # an incomplete installation is no fault of the file
        raise
    except RecursionError as error:
        raise ReadingError("it is nested too deeply; save it in a simpler form") from error
    except Exception as error:  # damaged files make these libraries raise nearly anything, none of it documented
        raise ReadingError(reason) from error
