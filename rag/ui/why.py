"""Why this answer: what was searched for, what each step made of it, what was proposed and checked. A fold of HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from rag.types import Answer, Judged, Passage, Trace
from rag.ui.markup import VERDICTS, in_english, percent
from rag.ui.wording import counted, known, number, say

MAX_ROWS = 12  # candidates that are listed; what was read is among the first
LONGEST_EXCERPT = 90  # characters of a passage in the table: two lines of it
MAX_CLAIMS = 12  # proposed sentences that are listed

# The steps of a search (rag.types.Search.steps) as the table heads them, and what each does.
STEPS = {
    "dense": (known("Meaning"), known("how near it is to the question in meaning (cosine)")),
    "lexical": (known("Words"), known("the words that it shares with the question (BM25)")),
    "fused": (known("Both"), known("the two weighed together")),
    "closer look": (known("Closer"), known("the first ten, compared word piece by word piece")),
    "second search": (known("Further"), known("with the names in the best passage looked up as well")),
    "reranked": (known("Reranked"), known("read again by the reranker")),
}
# What is timed (rag.types.Answer.timings), in the order in which it happens.
TIMED = {"retrieve": known("finding passages"), "answer": known("choosing sentences"), "write": known("writing")}

NOT_TRACED = known("How this answer came about is not kept with it. Ask again to see that.")


def why(answer: Answer) -> str:
    """The fold under an answer; empty where nothing was searched for."""
    trace = answer.trace
    if trace is None:
        return ""
    title = say("Why this answer") if answer.status == "answered" else say("Why no answer")
    searched = f'<bdi class="searched">“{escape(trace.searched)}”</bdi>'
    return (
        f'<details class="why"><summary>{title}</summary>'
        f"<p>{say('Searched for {words}.', words=searched)}</p>"
        f"{_confidence(answer.confidence, trace.threshold)}{_candidates(trace)}"
        f"{_claims(trace.judged, answer)}{_timings(answer.timings)}</details>"
    )


def _confidence(confidence: float, threshold: float) -> str:
    """The confidence beside the threshold, as words and as a bar with a mark."""
    sentence = (
        known("{sure} likely to be right, at least the {least} from which an answer is given.")
        if confidence >= threshold
        else known("{sure} likely to be right, less than the {least} from which an answer is given.")
    )
    words = say(sentence, sure=percent(confidence), least=percent(threshold))
    return (
        f"<h3>{say('How sure')}</h3><p>{words}</p>"
        '<svg class="gauge" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" y="2" width="100" height="4"/>'
        f'<rect class="fill" y="2" width="{100 * confidence:.1f}" height="4"/>'
        f'<rect class="mark" x="{100 * threshold:.1f}" width="0.6" height="8"/></svg>'
    )


def _candidates(trace: Trace) -> str:
    search = trace.search
    if not search.passages:
        return ""
    steps = [(name, scores) for name, scores in search.steps.items() if name in STEPS]
    ranks = [_ranks(scores) for _, scores in steps]
    named = [(say(STEPS[name][0]), say(STEPS[name][1])) for name, _ in steps]
    heads = "".join(f'<th scope="col" title="{does}">{name}</th>' for name, does in named)
    rows = "".join(
        _row(place, passage, trace, [(scores, rank) for (_, scores), rank in zip(steps, ranks, strict=True)])
        for place, passage in enumerate(search.passages[:MAX_ROWS], 1)
    )
    considered = len(set().union(*(scores for _, scores in steps)) if steps else search.passages)
    legend = "; ".join(f"<b>{name}</b>: {does}" for name, does in named)
    counts = say(
        "{passages} came into question, {read} were read. Each step gives a rank, and a score below it.",
        passages=counted(considered, "passage"),
        read=min(trace.read, considered),
    )
    label, first = say("Passages and their ranks"), say("Passage")
    return (
        f'<h3>{say("Passages")}</h3><p>{counts}</p><div class="table" tabindex="0" role="group" aria-label="{label}">'
        f'<table><thead><tr><th scope="col">{first}</th>{heads}</tr></thead>'
        f'<tbody>{rows}</tbody></table></div><p class="legend">{legend}.</p>'
    )


def _ranks(scores: Mapping[str, float]) -> dict[str, int]:
    """The place of each passage after a step, 1 for the best; equal ones by their id."""
    return {one: place for place, one in enumerate(sorted(scores, key=lambda one: (-scores[one], one)), 1)}


def _row(
    place: int, passage: Passage, trace: Trace, steps: Sequence[tuple[Mapping[str, float], Mapping[str, int]]]
) -> str:
    cells = "".join(
        f"<td><b>{ranks[passage.id]}</b> <small>{number(scores[passage.id], 2)}</small></td>"
        if passage.id in scores
        else '<td class="none">–</td>'
        for scores, ranks in steps
    )
    notes = [say("not read")] if place > trace.read else []
    notes += [say("repeats a better one")] if passage.id in trace.search.repeats else []
    note = f"<small>{', '.join(notes)}</small>" if notes else ""
    return (
        f'<tr{" class=unread" if place > trace.read else ""}><th scope="row"><span dir="auto">{escape(passage.title)}'
        f'</span><q dir="auto">{escape(_excerpt(passage.text))}</q>{note}</th>{cells}</tr>'
    )


def _excerpt(text: str) -> str:
    """How a passage begins, on one line and without the signs of a heading."""
    line = " ".join(text[: 3 * LONGEST_EXCERPT].lstrip("# \n").split())
    return line if len(line) <= LONGEST_EXCERPT else f"{line[:LONGEST_EXCERPT].rsplit(' ', 1)[0]} …"


def _claims(judged: Sequence[Judged], answer: Answer) -> str:
    """The sentences that were proposed, with their checks; those left out say why."""
    if not judged:
        return ""
    items = "".join(_claim(one, answer) for one in judged[:MAX_CLAIMS])
    more = len(judged) - MAX_CLAIMS
    rest = f'<p class="legend">{say("and {n} more", n=more)}</p>' if more > 0 else ""
    withheld = ""
    if answer.status == "not_found":
        words = say("None was given, because they were too unlikely to be right, or not supported.")
        withheld = f"<p>{words}</p>"
    return f'<h3>{say("Sentences proposed")}</h3>{withheld}<ol class="claims">{items}</ol>{rest}'


def _claim(one: Judged, answer: Answer) -> str:
    left_out = answer.status == "answered" and one.verdict == "unsupported"
    words = say(VERDICTS[one.verdict])
    words = say("{verdict}, left out", verdict=words) if left_out else words
    reason = f": {in_english(one.reason)}" if one.reason else ""
    return (
        f'<li{" class=out" if left_out else ""}><q dir="auto">{escape(one.claim.text)}</q>'
        f'<span class="verdict {one.verdict}">{words}{reason}</span></li>'
    )


def _timings(timings: Mapping[str, float]) -> str:
    """Milliseconds by step; the rest of the total is what is named nowhere."""
    total = timings.get("total", 0.0)
    steps = [(say(words), timings[name]) for name, words in TIMED.items() if name in timings]
    if not total:
        return ""
    if not steps:
        words = say("Next to none: the same question was answered before, and nothing has changed.")
        return f"<h3>{say('Time')}</h3><p>{words}</p>"
    rest = max(total - sum(took for _, took in steps), 0.0)
    rows = "".join(_bar(words, took, total) for words, took in [*steps, (say("the rest"), rest)])
    words = say("{n} ms in all.", n=number(total))
    return f'<h3>{say("Time")}</h3><p>{words}</p><table class="times"><tbody>{rows}</tbody></table>'


def _bar(words: str, took: float, total: float) -> str:
    bar = f'<rect class="fill" y="1" width="{100 * min(took / total, 1):.1f}" height="6"/>'
    return (
        f'<tr><th scope="row">{words}</th><td><svg class="gauge" viewBox="0 0 100 8" preserveAspectRatio="none"'
        f' aria-hidden="true">{bar}</svg></td><td>{say("{n} ms", n=number(took))}</td></tr>'
    )
