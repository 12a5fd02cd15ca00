"""The offline answer to a question: the most relevant lines that were found, each with its citation."""

from collections.abc import Mapping, Sequence

from fieldguide_server.assistant.offline.answer import OfflineAnswer, code_block, first_sentence, inline_code
from fieldguide_server.assistant.passages.excerpts import Excerpt, find_excerpts
from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.passages.relevance import Relevance, judge_relevance
from fieldguide_server.assistant.text.sanitizer import clean
from fieldguide_server.assistant.text.terms import is_foreign
from fieldguide_server.assistant.types import Retriever

_PREFACE = "These are the passages that match the question best."
_UNKNOWN = "I don't know: nothing in the index matches this question well enough."
_ASK_IN_ENGLISH = " A question in the language of the code, mostly English, may find more."
_MAX_WORDS = 5
_MAX_WORD_LENGTH = 60


def answer_question(
    question: str, passages: Sequence[Passage], index: Retriever, docs: Mapping[tuple[str, str], str]
) -> OfflineAnswer:
    """Answer with the most relevant lines, or say "I don't know".

    Args:
        question: The question.
        passages: The passages that were found, best first.
        index: Knows how rare a word is, and what else a file defines.
        docs: The docstring of each definition, by its path and symbol.
    """
    relevance = judge_relevance(question, passages, index)
    excerpts = find_excerpts(question, passages, index) if relevance.answers else []
    if not excerpts:
        return OfflineAnswer(_unknown(question, relevance), found=False)
    sections = [_section(each, docs.get((each.passage.path, each.passage.symbol), "")) for each in excerpts]
    return OfflineAnswer("\n\n".join([_PREFACE, *sections]), tuple(each.citation for each in excerpts))


def _unknown(question: str, relevance: Relevance) -> str:
    words = ", ".join(f"“{clean(word)[:_MAX_WORD_LENGTH]}”" for word in relevance.absent[:_MAX_WORDS])
    absent = f" These words are not in it: {words}." if words else ""
    return _UNKNOWN + absent + (_ASK_IN_ENGLISH if is_foreign(question) else "")


def _section(excerpt: Excerpt, doc: str) -> str:
    symbol = f" — {inline_code(excerpt.passage.symbol)}" if excerpt.passage.symbol else ""
    reason = "Contains " + ", ".join(f"“{word}”" for word in excerpt.words) + "."
    if doc:
        reason += f" Documented as: {first_sentence(doc)}"
    lines = excerpt.passage.lines[excerpt.start - 1 : excerpt.end]
    return f"### {excerpt.citation}{symbol}\n{reason}\n{code_block(lines, excerpt.words)}"
