"""Opens the chat: `python app.py`, or `gradio app.py`. Settings come from `SUMBER_*` in the environment."""

from __future__ import annotations

import sys

from rag.assistant import Assistant
from rag.config import Config
from rag.types import SumberError
from rag.ui.server import serve


def main() -> None:
    config = Config()
    with Assistant.open(config) as assistant:
        serve(assistant, config, on_ready=lambda address: print(f"Sumber answers at {address}", flush=True))


if __name__ == "__main__":
    try:
        main()
    except SumberError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
