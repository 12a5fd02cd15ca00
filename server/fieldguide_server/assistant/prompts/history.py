"""Earlier turns of a conversation: condensed to a budget of tokens, and as words for the search of a follow-up."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.text.sanitizer import clean, one_line
from fieldguide_server.assistant.text.terms import code_names, terms
from fieldguide_server.assistant.types import Turn

_WORKSPACE = (
    r"this (?:app|application|codebase|code base|directory|folder|library|package|product|program|project|repo|repository|"
    r"tool|workspace)\b"
)
_REFERS_BACK = re.compile(
    r"^(?:and|but|or|then|what about|how about|what else|why not)\b"
    r"|\b(?<!is )(?<!does )it\b|\b(?:is|does) it\b(?! (?:possible|necessary|safe|ok|okay|better|worth|take to)\b)"
    r"|\b(?:its|they|them|their|these|those|same|former|latter|above|again|previous|another|instead)\b"
    rf"|\b(?!{_WORKSPACE})this\b"
    # Not the "that" of "the function that signs cookies".
    r"|(?:^|\b(?:about|after|are|before|by|call|calls|did|do|does|for|from|how|in|is|like|of|than|to|use|uses|was|what|when|where|"
    r"which|why|with) )that\b|\bthat\W*$"
    r"|\b(?:from|in|not|out|over) (?:here|there)\b|\bthere\W*$|\b(?:first|second|third|last|other) ones?\b|\b(?:as well|else|more|too)\W*$",
    re.IGNORECASE,
)
# Without a verb of its own: "for admins?", "in the tests?", "who calls?"
_FRAGMENT = re.compile(
    r"^(?:(?:at|by|during|except|for|from|if|in|just|not|on|only|to|under|with|without)\b|more (?:about|detail|example)"
    r"|(?:how|what|when|where|which|who|why) \w+\W*$)",
    re.IGNORECASE,
)
_VERB = re.compile(r"\b(?:are|can|could|did|do|does|has|have|is|should|was|were|will|would)\b", re.IGNORECASE)
_SPAN = re.compile(r"`([^`\n]{2,80})`")
_CITED = re.compile(r"\[([^\[\]\s:]+:\d+(?:-\d+)?)\]")
_CODE_BLOCK = re.compile(r"^ *(`{3,}|~{3,}).*?^ *\1[`~]*$\n?", re.MULTILINE | re.DOTALL)
_MAX_BORROWED = 8
_MAX_TURNS_BACK = 3
_FULL_TURNS = 2
_MAX_TURN_LENGTH = 6_000
_MAX_SUMMARY_LENGTH = 300


@dataclass(frozen=True, slots=True)
class CondensedHistory:
    """Earlier turns as the text of a prompt; ``turns`` counts those in the text."""

    text: str = ""
    tokens: int = 0
    turns: int = 0


def search_query(question: str, history: Sequence[Turn], selected: Passage | None) -> str:
    """Return what to search for: the question, and if it points back, words of what it points to."""
    if not points_back(question):
        return question
    own = terms(question)
    borrowed = [*code_names("\n".join(selected.cited))] if selected else []
    for turn in reversed(history[-_MAX_TURNS_BACK:]):
        borrowed += [*terms(turn.question).values(), *_names(turn.answer)]
        if not points_back(turn.question):
            break
    new = [word for word in dict.fromkeys(borrowed) if not terms(word).keys() <= own.keys()]
    return " ".join([question, *new[:_MAX_BORROWED]])


def points_back(question: str) -> bool:
    """Return whether a question is about what was said before it: by a pronoun, or because it is incomplete."""
    if _REFERS_BACK.search(question):
        return True
    if not terms(question):
        return re.search(_WORKSPACE, question, re.IGNORECASE) is None
    return _FRAGMENT.match(question) is not None and not _VERB.search(question)


def _names(answer: str) -> list[str]:
    """Return the first names of code in an answer, which say what it is about."""
    spans = _SPAN.findall(_CODE_BLOCK.sub("", answer)[:_MAX_TURN_LENGTH])
    return [name for span in spans for name in code_names(span)][:3]


def condense(
    history: Sequence[Turn], budget: int, count: Callable[[str], int], fence: str
) -> CondensedHistory:
    """Return the latest turns that fit into ``budget`` tokens, oldest first; all but the last two are summarized."""
    turns: list[str] = []
    tokens = 0
    for age, turn in enumerate(reversed(history)):
        forms = [_summary(turn)] if age >= _FULL_TURNS else [_full(turn), _summary(turn)]
        texts = [f"{fence} earlier question and answer\n{form}\n{fence} end" for form in forms]
        fitting = next((text for text in texts if tokens + count(text) <= budget), None)
        if fitting is None:
            break
        turns.insert(0, fitting)
        tokens += count(fitting)
    return CondensedHistory("\n\n".join(turns), tokens, len(turns))


def _full(turn: Turn) -> str:
    return f"Q: {clean(turn.question)[:_MAX_TURN_LENGTH]}\nA: {clean(turn.answer)[:_MAX_TURN_LENGTH]}"


def _summary(turn: Turn) -> str:
    """Return the question, the beginning of its answer, and the citations in it."""
    answer = _CODE_BLOCK.sub("", clean(turn.answer))
    cited = " ".join(f"[{place}]" for place in list(dict.fromkeys(_CITED.findall(answer)))[:5])
    beginning = " ".join(_CITED.sub("", answer).split())[:_MAX_SUMMARY_LENGTH]
    return f"Q: {one_line(turn.question)[:_MAX_SUMMARY_LENGTH]}\nA: {beginning} {cited}".rstrip()
