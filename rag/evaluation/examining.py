"""A question set looked over before anyone trusts its figures: gold that is gone, repetitions, leaks between sets.

It warns and never refuses: whoever made the set knows whether two like questions are meant. Everything is looked up in
tables, so that the time grows with the set and the documents and not with their square.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.evaluation.measures import contains, places
from rag.evaluation.questions import Question, shown
from rag.kinds import asked_kind
from rag.text import content_terms, fold, sentences, terms

TOLD = 3  # places that a warning names
ID = 120  # characters of an id
EXCERPT = 160  # characters of a text that a warning repeats
NEAR = 0.5  # of the terms of a lost quote that a sentence must have to be offered in its place
ANCHOR = 3  # words inside a quote by which it is looked up
SOUGHT = 100  # lost quotes of a document that the nearest text is looked for; more, and it is another document
FEWEST_TERMS = 2  # of a question that is compared by them: one word alone is a topic, not a question


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something about a question that may spoil the figures."""

    id: str  # of the question
    what: str  # goes on after the id: "its quote stands in two places"
    remedy: str  # a sentence


def examine(
    questions: Sequence[Question],
    stored_text: Callable[[str], str | None],
    others: Mapping[str, Sequence[Question]],
    documents: Iterable[str] = (),
) -> list[Flaw]:
    """What is doubtful in a question set, by the order of its questions.

    Args:
        stored_text: the text of a document as it is stored, None where there is no such document.
        others: sets that are to have nothing in common with this one, by name.
        documents: all paths of the corpus, to see whether a quote stands in another document too. Without them only
            those are looked through that the set itself names.
    """
    found: dict[str, list[Flaw]] = {question.id: [] for question in questions}
    for flaw in (
        *_doubtful_gold(questions, stored_text, documents),
        *_answers_beside_gold(questions),
        *_repeated(questions),
        *(flaw for name, other in others.items() for flaw in _leaks(questions, name, other)),
    ):
        found[flaw.id].append(flaw)
    return [flaw for flaws in found.values() for flaw in flaws]


# --- gold ------------------------------------------------------------------------------------------------------------


def _doubtful_gold(
    questions: Sequence[Question], stored_text: Callable[[str], str | None], documents: Iterable[str]
) -> Iterator[Flaw]:
    """Gold that is gone, or that stands in several places."""
    wanted: dict[str, dict[str, dict[str, None]]] = {}  # ids by quote by document
    for question in questions:
        for source in question.sources if question.answerable else ():
            wanted.setdefault(source.document, {}).setdefault(source.quote or "", {})[question.id] = None
    quotes = _Quotes({quote for by_quote in wanted.values() for quote in by_quote})
    where: dict[str, list[str]] = defaultdict(list)  # documents by quote
    doubts: dict[tuple[str, str], tuple[str, str]] = {}  # what and remedy, by document and quote
    for document in dict.fromkeys((*wanted, *documents)):
        text = stored_text(document)
        for quote in quotes.inside(text or ""):
            where[quote].append(document)
        doubts |= {(document, quote): doubt for quote, doubt in _doubts(document, text, wanted.get(document, ()))}
    for document, by_quote in wanted.items():
        for quote, ids in by_quote.items():
            if doubt := doubts.get((document, quote)):
                found = "" if document in where[quote] else _listed(map(shown, where[quote]))
                yield from (Flaw(id_, doubt[0], f"It stands in {found}." if found else doubt[1]) for id_ in ids)
            for id_ in ids if document in where[quote] else ():
                # A question that names the other document as a source too is right about both.
                also = [one for one in where[quote] if id_ not in wanted.get(one, {}).get(quote, ())]
                if also:
                    what = f"its quote {_excerpt(quote)} of {shown(document)} stands in {_listed(map(shown, also))} too"
                    yield Flaw(id_, what, "Name these as sources too, or choose a quote that stands in one document.")


def _doubts(document: str, text: str | None, quotes: Iterable[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """The quotes that a document does not hold, or holds several times, with what is wrong and the remedy."""
    name = shown(document)
    nearest = _Nearest(text or "")
    for quote in quotes:
        spans = places(quote, text) if quote and text is not None else ()
        if text is None:
            yield quote, (f"the corpus holds no document {name}", "Sync the corpus, or correct the name.")
        elif quote and not spans:
            near = nearest.to(quote)
            remedy = f"Nearest there is: {_excerpt(near)}" if near else "Choose another quote."
            yield quote, (f"{name} does not hold the quote {_excerpt(quote)}", remedy)
        elif len(spans) > 1:
            lines = ", ".join(str(text.count("\n", 0, start) + 1) for start, _ in spans[:TOLD])
            what = f"its quote {_excerpt(quote)} stands {len(spans)} times in {name}, first in lines {lines}"
            yield quote, (what, "Lengthen the quote until it stands in one place.")


class _Quotes:
    """Finds which of many quotes stand in a text, in one pass over its words.

    Quotes of fewer than three words are not looked for: they stand anywhere. Nor are those in a script that puts no
    spaces between its words.
    """

    def __init__(self, quotes: Iterable[str]) -> None:
        self._lengths: dict[tuple[str, ...], set[int]] = defaultdict(set)
        self._inner: dict[tuple[str, ...], list[tuple[str, str, str]]] = defaultdict(list)
        for quote in sorted(quotes):
            first, *inner = quote.split() or [""]
            if len(inner) > 1:  # the outer words of a quote may be parts of words, the inner ones are whole
                last, key = inner.pop(), tuple(inner)
                self._lengths[key[:ANCHOR]].add(len(key))
                self._inner[key].append((first, last, quote))
        self._sizes = sorted({len(key) for key in self._lengths})

    def inside(self, text: str) -> set[str]:
        words = text.split()
        found: set[str] = set()
        for at in range(1, len(words)):
            for size in self._sizes:
                for length in self._lengths.get(tuple(words[at : at + size]), ()):
                    end = at + length
                    if end < len(words):
                        for first, last, quote in self._inner.get(tuple(words[at:end]), ()):
                            if words[at - 1].endswith(first) and words[end].startswith(last):
                                found.add(quote)
        return found


class _Nearest:
    """The sentence of a text that is most like a lost quote, by the terms they share."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._having: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._sought = 0

    def to(self, quote: str) -> str:
        """The sentence, or nothing where none shares half of the quote's terms."""
        self._sought += 1
        if self._sought > SOUGHT:
            return ""
        if not self._having:
            for span in sentences(self._text):
                for term in set(terms(self._text[slice(*span)])):
                    self._having[term].append(span)
        sought = set(terms(quote))
        shared = Counter(span for term in sought for span in self._having.get(term, ()))
        best = min(shared, key=lambda span: (-shared[span], span[1] - span[0], span), default=None)
        return self._text[slice(*best)] if best and shared[best] >= NEAR * len(sought) else ""


def _answers_beside_gold(questions: Iterable[Question]) -> Iterator[Flaw]:
    """Questions none of whose accepted answers stands in a gold quote. They may be worded in several ways."""
    for question in questions:
        quotes = [source.quote for source in question.sources]
        held = " ".join(quote for quote in quotes if quote)
        if question.answers and held and None not in quotes and not contains(held, question.answers):
            yield Flaw(
                question.id,
                f"no accepted answer, such as {_excerpt(question.answers[0])}, stands in its gold quote",
                "Add the wording of the quote to the answers, or quote the sentence that answers.",
            )


# --- questions that are alike ----------------------------------------------------------------------------------------


def _repeated(questions: Iterable[Question]) -> Iterator[Flaw]:
    """Questions that an earlier one of the set asks already, and those that contradict it."""
    same: dict[str, Question] = {}
    near: dict[tuple[str, ...], Question] = {}
    for question in questions:
        earlier = same.setdefault(_words(question), question)
        if earlier.answerable != question.answerable:
            kinds = ("answerable", "not answerable") if question.answerable else ("not answerable", "answerable")
            what = f"it is {kinds[0]}, but the same question {shown(earlier.id, ID)} is {kinds[1]}"
            yield Flaw(question.id, what, "Decide which is right, and remove the other.")
            continue
        if earlier is not question:
            yield Flaw(question.id, f"the question {shown(earlier.id, ID)} asks the same", "Remove one of the two.")
            continue
        alike = [near.setdefault(key, question) for key in _meanings(question)]
        twin = next((other for other in alike if other is not question), None)
        if twin:
            what = f"the question {shown(twin.id, ID)} asks nearly the same of the same place"
            yield Flaw(question.id, what, "Remove one of the two, unless both wordings are meant.")


def _leaks(questions: Iterable[Question], name: str, other: Iterable[Question]) -> Iterator[Flaw]:
    """What this set has in common with another that it is to be independent of; the strongest alone for each."""
    same: dict[str, str] = {}
    near: dict[str, str] = {}
    quoted: dict[str, str] = {}
    for question in other:
        same.setdefault(_words(question), question.id)
        near.setdefault(_meaning(question), question.id)
        for quote in _gold_quotes(question):
            quoted.setdefault(quote, question.id)
    for question in questions:
        if leak := same.get(_words(question)):
            what = f"{shown(leak, ID)} of {name} asks the same"
        elif (meaning := _meaning(question)) and (leak := near.get(meaning)):
            what = f"{shown(leak, ID)} of {name} asks nearly the same"
        elif leak := next((quoted[quote] for quote in _gold_quotes(question) if quote in quoted), None):
            what = f"{shown(leak, ID)} of {name} has the same gold quote"
        else:
            continue
        yield Flaw(question.id, what, "Keep it in one of the two, or what is fitted on one looks good on the other.")


def _words(question: Question) -> str:
    """The question with those it follows, without case, spaces and the punctuation at its end."""
    turns = (*(turn.question for turn in question.history), question.question)
    return "\n".join(fold(turn).rstrip(" ?.!？。") for turn in turns)


def _meaning(question: Question) -> str:
    """What kind of thing a question asks for, and its terms in no order; nothing where it has too few."""
    turns = [*(turn.question for turn in question.history), question.question]
    found = content_terms(" ".join(turns))
    return " ".join((asked_kind(question.question), *sorted(found))) if len(found) >= FEWEST_TERMS else ""


def _meanings(question: Question) -> Iterator[tuple[str, ...]]:
    """The meaning with the gold, once for each accepted answer: one sentence may answer several questions."""
    gold = sorted(_gold_quotes(question))
    if gold and (meaning := _meaning(question)):
        for answer in question.answers or ("",):
            yield meaning, fold(answer), *gold


def _gold_quotes(question: Question) -> set[str]:
    """The gold quotes without case and spaces; what a source has without a quote is too much to be the same."""
    return {fold(source.quote) for source in question.sources if source.quote and question.answerable}


def _excerpt(text: str) -> str:
    return shown(" ".join(text.split()), EXCERPT)


def _listed(items: Iterable[str]) -> str:
    """The first few, and how many more there are."""
    every = list(items)
    more = [f"{len(every) - TOLD} more"] if len(every) > TOLD else []
    return ", ".join(every[:TOLD]) + "".join(f" and {words}" for words in more)
