"""The list of documents, what was removed from it, and how far a reading of them has come."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from html import escape

from rag.inbox import Removed
from rag.types import Changes, DocumentEntry
from rag.ui.keeping import State
from rag.ui.markup import error_words, open_button
from rag.ui.wording import clock, counted, day, known, say

MEND = known("Mend it, save it as PDF, Word or text, or remove it; what changes is read by itself.")
MAX_LISTED = 200  # documents in the list at once: what a browser lays out in a few milliseconds; others are searched


def status_words(state: State) -> str:
    """How far a reading has come; empty while there is none."""
    progress = state.progress
    if state.stage == "warming":
        return say("Warming the model …")
    if progress is None:
        return "" if state.stage == "ready" else say("Reading your documents …")
    if not progress.total:
        return say("Reading your documents …") if state.stage == "reading" else say("Looking for what has changed …")
    doing = (
        known("Storing your documents: {n} of {all}")
        if progress.stage == "storing"
        else known("Reading your documents: {n} of {all}")
    )
    return ", ".join(filter(None, (say(doing, n=progress.done, all=progress.total), progress.document)))


def changes_words(changes: Changes | None) -> str:
    """What a later reading did, as a sentence; empty where there is nothing to tell."""
    if not changes:
        return ""
    counts = (
        (changes.added, known("{n} added")),
        (changes.updated, known("{n} updated")),
        (changes.removed, known("{n} removed")),
    )
    did = [say(words, n=len(paths)) for paths, words in counts if paths] or [say("nothing has changed")]
    if changes.failed:
        did.append(say("{n} could not be read", n=len(changes.failed)))
    return say("Read again: {changes}.", changes=", ".join(did))


def ordered(entries: Sequence[DocumentEntry]) -> list[tuple[str, DocumentEntry]]:
    """The documents as they are listed, files that could not be read first, each with the words it is found by."""
    listed = sorted(entries, key=lambda entry: (entry.state == "indexed", entry.title.casefold(), entry.path))
    return [(_plain(" ".join(filter(None, (e.title, e.path, e.publisher, e.published)))), e) for e in listed]


def found(listed: Sequence[tuple[str, DocumentEntry]], words: str) -> list[DocumentEntry]:
    """Those that have all of the words, or parts of words."""
    sought = _plain(words).split()
    return [entry for text, entry in listed if all(word in text for word in sought)]


def library_list(shown: Sequence[DocumentEntry], library: Sequence[DocumentEntry], empty: str, removable: bool) -> str:
    """Documents with what is known of them, as many as can be shown at once.

    Args:
        library: all that there are.
        empty: what to say where there are none, as HTML.
    """
    if not library:
        return f'<div class="none">{empty}</div>'
    failed = sum(entry.state == "failed" for entry in library)
    passages = sum(entry.passages for entry in library)
    facts = [
        counted(len(library) - failed, "document"),
        say("{passages}, read on this machine", passages=counted(passages, "passage")),
    ]
    if failed:
        facts.append(say("{files} could not be read", files=counted(failed, "file")))
    if len(shown) < len(library):
        facts.insert(0, say("{n} found", n=len(shown)))
    rows = "".join(_row(entry, removable) for entry in shown[:MAX_LISTED])
    more = len(shown) - MAX_LISTED
    rest = say("and {n} more; search to see them", n=more) if more > 0 else ""
    if not shown:
        rest = say("No title, file name, publisher or date has these words.")
    return (
        f'<p class="tally" role="status">{" · ".join(facts)}</p><ul class="documents">{rows}</ul>'
        f"{f'<p class=rest>{rest}</p>' if rest else ''}"
    )


def removed_list(removed: Sequence[Removed], folder: str) -> str:
    """What can be put back, folded."""
    if not removed:
        return ""
    rows = "".join(
        f'<li><span class="path" dir="auto">{escape(one.document)}</span>'
        f" <span>{say('removed {when}', when=f'{day(one.when, with_year=True)} {clock(one.when)}')}</span>"
        f' <button type="button" class="open" data-restore="{one.token}"'
        f' aria-label="{say("Put back {name}", name=escape(one.document))}">{say("Put back")}</button></li>'
        for one in removed
    )
    title = say("Removed: {files}", files=counted(len(removed), "file"))
    words = say("They are kept in {folder} until you delete them there.", folder=f"<code>{escape(folder)}</code>")
    return f'<details class="removed"><summary>{title}</summary><p>{words}</p><ul>{rows}</ul></details>'


def _row(entry: DocumentEntry, removable: bool) -> str:
    # What stands for a folder that cannot be looked into ends in a slash; it is no file to remove.
    remove = (
        f'<button type="button" class="remove" data-remove="{escape(entry.path)}"'
        f' aria-label="{say("Remove {name}", name=escape(entry.title))}">{say("Remove")}</button>'
        if removable and not entry.path.endswith("/")
        else ""
    )
    path = f'<span class="path" dir="auto">{escape(entry.path)}</span>'
    if entry.failed:
        reason = f"{say('✕ Could not be read.')} {_reason(entry.failed)}"
        return f'<li class="failed"><div>{path}<p class="reason">{reason}</p></div>{remove}</li>'
    facts = [entry.publisher, entry.published, counted(entry.passages, "passage"), say("✓ indexed")]
    if entry.kind == "brief":
        facts.insert(0, say("Our brief"))
    shown = "".join(f"<span>{escape(fact)}</span>" for fact in facts if fact)
    title = open_button(entry.path, entry.title, style="title")
    return f'<li><div>{title}<p class="facts">{path}{shown}</p></div>{remove}</li>'


def _reason(failed: str) -> str:
    """Why a file could not be read and what to do about it, as sentences: "what; remedy" is for a line of a terminal.

    A remedy that is a command is for there too.
    """
    what, _, remedy = failed.rstrip(".").partition("; ")
    if remedy and not remedy.startswith("sumber "):
        return f"{error_words(f'{what}.')} {error_words(f'{remedy}.')}"
    what = error_words(f"{what}.")
    return what if ". " in failed else f"{what} {say(MEND)}"


def _plain(words: str) -> str:
    """For comparing: without case, and with every letter in one form, as file systems disagree on that."""
    return unicodedata.normalize("NFKC", words).casefold()
