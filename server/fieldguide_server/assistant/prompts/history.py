"""What a question stands in: earlier turns, condensed to a budget, and the words that a follow-up leaves out."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.text.sanitizer import clean
from fieldguide_server.assistant.text.terms import code_names, terms
from fieldguide_server.assistant.types import Turn

_POINTING = re.compile(
    r"^(?:and|but|so|then|also|or|what about|how about|what else)\b"
    r"|\b(?:it|its|they|them|their|this|that|these|those|there|here|same|former|latter|above|again)\b",
    re.IGNORECASE,
)
_SPAN = re.compile(r"`([^`\n]{2,80})`")
_CITED = re.compile(r"\[([^\[\]\s:]+:\d+(?:-\d+)?)\]")
_CODE_BLOCK = re.compile(r"^ *(`{3,}|~{3,}).*?^ *\1[`~]*$\n?", re.MULTILINE | re.DOTALL)
_FEW_TERMS = 2
_MOST_BORROWED = 8
_TURNS_LOOKED_BACK = 3
_WHOLE_TURNS = 2
_LONGEST_TURN = 6_000
_LONGEST_BRIEF = 300


@dataclass(frozen=True, slots=True)
class Condensed:
    """Earlier turns as a prompt holds them; ``turns`` counts those that are in the text."""

    text: str = ""
    tokens: int = 0
    turns: int = 0


def query_of(question: str, history: Sequence[Turn], selected: Passage | None) -> str:
    """Return what to search for: the question, and where it points at something, the words of what it points at."""
    own = terms(question)
    if not _POINTING.search(question) and len(own) > _FEW_TERMS:
        return question
    borrowed = [*code_names("\n".join(selected.cited))] if selected else []
    for turn in reversed(history[-_TURNS_LOOKED_BACK:]):
        borrowed += [*terms(turn.question).values(), *_names(turn.answer)]
        if not _POINTING.search(turn.question):
            break
    new = [word for word in dict.fromkeys(borrowed) if not terms(word).keys() <= own.keys()]
    return " ".join([question, *new[:_MOST_BORROWED]])


def _names(answer: str) -> list[str]:
    """Return the first names of code in an answer: what the conversation is about."""
    spans = _SPAN.findall(_CODE_BLOCK.sub("", answer)[:_LONGEST_TURN])
    return [name for span in spans for name in code_names(span)][:3]


def condense(history: Sequence[Turn], budget: int, count: Callable[[str], int], fence: str) -> Condensed:
    """Return the latest turns that fit into ``budget`` tokens, oldest first; all but the last two are cut to their gist."""
    kept: list[str] = []
    tokens = 0
    for age, turn in enumerate(reversed(history)):
        forms = [_brief(turn)] if age >= _WHOLE_TURNS else [_whole(turn), _brief(turn)]
        texts = [f"{fence} earlier question and answer\n{form}\n{fence} end" for form in forms]
        fitting = next((text for text in texts if tokens + count(text) <= budget), None)
        if fitting is None:
            break
        kept.insert(0, fitting)
        tokens += count(fitting)
    return Condensed("\n\n".join(kept), tokens, len(kept))


def _whole(turn: Turn) -> str:
    return f"Q: {clean(turn.question)[:_LONGEST_TURN]}\nA: {clean(turn.answer)[:_LONGEST_TURN]}"


def _brief(turn: Turn) -> str:
    """Return the question, how its answer began, and the places it cited."""
    answer = _CODE_BLOCK.sub("", clean(turn.answer))
    places = " ".join(f"[{place}]" for place in list(dict.fromkeys(_CITED.findall(answer)))[:5])
    gist = " ".join(_CITED.sub("", answer).split())[:_LONGEST_BRIEF]
    return f"Q: {' '.join(clean(turn.question).split())[:_LONGEST_BRIEF]}\nA: {gist} {places}".rstrip()
