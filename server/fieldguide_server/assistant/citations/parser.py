"""Finds citations: ``[path:12-20 "quoted words"]``, and ``path:12-20`` in backticks, in prose and in code blocks.

One pair of brackets may hold several. Nothing is checked here; what only looks like a citation is found too.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from fieldguide_server.assistant.citations.paths import FILLER, decode, encode
from fieldguide_server.assistant.text.terms import names_in
from fieldguide_server.assistant.types import Citation

_BRACKET_PATH = r"((?:[A-Za-z]:[/\\])?(?:[^\[\]`\"“<>|:,;#\n]|\[[^\[\]\s:]*\]){1,260})[:#]"
_PLAIN_PATH = r"((?:[\w.@+~-]+/)*[\w.@+-]*\.[A-Za-z]\w*|(?:[\w.@+-]+/)*[A-Z][a-z]+file):"
_LINES = rf"{FILLER}*L?(\d{{1,30}}){FILLER}*(?:\s*[-–—]\s*L?(\d{{1,30}}))?{FILLER}*(?!\w|\.\d)"
_CITATION = re.compile(rf"\s*{_BRACKET_PATH}{_LINES}")
_MORE_LINES = re.compile(rf"\s*(){_LINES}")
_SPAN_START = re.compile(
    rf"(?<![\w\]\)])\[|`{_PLAIN_PATH}{_LINES}`|(?<![\w./:`@-])(?<!\w\[){FILLER}*{_PLAIN_PATH}{_LINES}(?!:\d)"
)
_QUOTE_START = re.compile(r",?\s*([\"“'`])")
_CLOSING = {'"': '"', "“": "”", "'": "'", "`": "`"}
_NEXT_CITATION = re.compile(rf"[\[\"”'`]\s*[,;]?\s*{_BRACKET_PATH}L?\d|\n\s*\n")
_AFTER_QUOTE = re.compile(rf"\s*\]|\s*[,;]\s*(?:{_BRACKET_PATH})?L?\d")
_MAX_QUOTE_LENGTH = 600
_MAX_CLAIM_LENGTH = 500
_GROUP_END = re.compile(r"\s*\]")
_SEPARATOR = re.compile(r"\s*[,;]")
_FENCE = re.compile(r"^ *(?:[-*+] +|\d+[.)] +)?(?:`{3,}[^`\n]*|~{3,}[^\n]*)$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?])(?:\s+|$)|\n[ \t]*(?=\n|[-*+>#|]|\d+[.)]\s|$)")


@dataclass(frozen=True, slots=True)
class CitationSpan:
    """The characters from ``start`` to ``end`` of a text, and the citations that they hold.

    A ``plain`` one is a word of its sentence; one in brackets stands outside of it. In a code block, ``code`` is the
    lines of the block that it belongs to.
    """

    start: int
    end: int
    citations: tuple[Citation, ...]
    plain: bool = False
    code: tuple[str, ...] | None = None


def find_spans(text: str, is_file: Callable[[str], bool] = lambda _path: False) -> list[CitationSpan]:
    """Return everything that looks like a citation, in order; ``is_file`` knows the paths that may hold any sign."""
    blocks = code_blocks(text)
    spans = list(_spans(encode(text, is_file)))
    return [replace(span, code=_code_of(text, spans, number, blocks)) for number, span in enumerate(spans)]


def code_blocks(text: str) -> list[tuple[int, int]]:
    """Return the start and end of each fenced code block, fences included; the last one may be open."""
    edges = [(match.start(), match.end()) for match in _FENCE.finditer(text)]
    ends = [end for _, end in edges[1::2]]
    return list(zip([start for start, _ in edges[::2]], [*ends, len(text)], strict=False))


def sentence_starts(text: str) -> list[int]:
    """Return the positions where the sentences of a text begin."""
    edges = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    return [start for start, end in pairwise(edges) if text[start:end].strip()]


def claims(text: str, spans: Sequence[CitationSpan]) -> Iterator[str]:
    """Yield the claim that each span supports: the words since the last span if they name code, else its sentence.

    Citations are blanked out, so that no claim is proven by the words of its own citation.
    """
    masked = _mask(text, spans)
    starts = sentence_starts(masked)
    last_end = 0
    for span in spans:
        # A citation after a full stop belongs to the sentence before it.
        at = bisect_left(starts, span.end)
        start = starts[at - 1] if at else span.end
        end = starts[at] if at < len(starts) else len(masked)
        clause = masked[max(start, last_end, span.start - _MAX_CLAIM_LENGTH) : span.start]
        sentence = masked[max(start, span.start - _MAX_CLAIM_LENGTH) : min(end, span.end + _MAX_CLAIM_LENGTH)]
        yield clause if names_in(clause) else sentence
        last_end = span.end


def _spans(text: str) -> Iterator[CitationSpan]:
    end = 0
    for match in _SPAN_START.finditer(text):
        if match.start() < end:
            continue
        span = _bracketed(text, match.start()) if match.group() == "[" else _plain(match)
        if span is not None:
            end = span.end
            yield span


def _code_of(
    text: str, spans: Sequence[CitationSpan], number: int, blocks: Sequence[tuple[int, int]]
) -> tuple[str, ...] | None:
    """Return the code between a span and the next one, or before it if none follows; None outside of code blocks."""
    span = spans[number]
    at = bisect_right(blocks, (span.start, len(text))) - 1
    if at < 0 or not blocks[at][0] <= span.start < blocks[at][1]:
        return None
    start, end = blocks[at]
    after = min(spans[number + 1].start, end) if number + 1 < len(spans) else end
    before = max(spans[number - 1].end, start) if number else start
    return _code_lines(text[span.end : after].lstrip(":")) or _code_lines(text[before : span.start])


def _code_lines(code: str) -> tuple[str, ...]:
    """Return the lines with code, without fences and the empty comment around a citation."""
    lines = (line for line in code.split("\n") if not _FENCE.match(line))
    return tuple(line for line in lines if sum(map(str.isalnum, line)) >= 4)


def _plain(match: re.Match[str]) -> CitationSpan:
    path, first, last = match.group(1, 2, 3) if match[1] else match.group(4, 5, 6)
    return CitationSpan(match.start(), match.end(), (_citation(path, first, last),), plain=True)


def _bracketed(text: str, at: int) -> CitationSpan | None:
    citations: list[Citation] = []
    position, path = at + 1, ""
    while match := _CITATION.match(text, position) or (path and _MORE_LINES.match(text, position)):
        path = match[1].strip() or path
        quote, position = _quote(text, match.end())
        citations.append(_citation(path, match[2], match[3], quote))
        if ending := _GROUP_END.match(text, position):
            return CitationSpan(at, ending.end(), tuple(citations))
        if not (separator := _SEPARATOR.match(text, position)):
            break
        position = separator.end()
    return None


def _quote(text: str, at: int) -> tuple[str, int]:
    """Return the quote at this position and the position after it; ("", at) if there is none."""
    opening = _QUOTE_START.match(text, at)
    if not opening:
        return "", at
    start, closing = opening.end(), _CLOSING[opening[1]]
    following = _NEXT_CITATION.search(text, start, start + _MAX_QUOTE_LENGTH)
    limit = following.start() + 1 if following else start + _MAX_QUOTE_LENGTH
    # From the right: a quote may hold quotes and brackets itself, and ends where its citation ends.
    end = text.rfind(closing, start, limit)
    while end > start and not _AFTER_QUOTE.match(text, end + 1):
        end = text.rfind(closing, start, end)
    return (text[start:end], end + 1) if end > start else ("", at)


def _citation(path: str, first: str, last: str | None, quote: str = "") -> Citation:
    return Citation(decode(path), int(first), int(last or first), verified=False, quote=decode(quote.strip()))


def _mask(text: str, spans: Sequence[CitationSpan]) -> str:
    masked, end = [], 0
    for span in spans:
        masked += [text[end : span.start], " " * (span.end - span.start)]
        end = span.end
    return "".join([*masked, text[end:]])
