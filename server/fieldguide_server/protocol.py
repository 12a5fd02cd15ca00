"""Fieldguide's own LSP methods: their names, typed params and limits. ``PROTOCOL.md`` describes them.

Every request can also be called as a command by ``workspace/executeCommand``, so a client needs no plug-in.
Wire names are camelCase; what a client sends beyond the fields below is ignored.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Generic, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

ANSWER_DELTA = "fieldguide/answerDelta"
ANSWER_RESET = "fieldguide/answerReset"
INDEX_STATUS = "fieldguide/indexStatus"

LONGEST_QUESTION = 8_000
LONGEST_PATH = 4_096
MOST_HITS = 100
MOST_RECORDS = 1_000
LAST_LINE = 2**31 - 1
LONGEST_ANSWER = 100_000
LONGEST_KEY = 10_000
LONGEST_NAME = 200
MOST_TURNS = 50
MOST_OPEN = 100

# JSON can spell half of a character that UTF-16 needs two units for; no file and no database takes that.
_HALVES = re.compile("[\ud800-\udfff]")

Token = str | int
P = TypeVar("P")


def _text(longest: int) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError("must be a text")
        if not value.strip():
            raise ValueError("must not be empty")
        if len(value) > longest:
            raise ValueError(f"must have at most {longest} characters, not {len(value)}")
        if _HALVES.search(value):
            raise ValueError("must hold whole characters")
        return value

    return read


def _one_of(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return str(value)

    return read


def _whole(low: int, high: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        # True is an int to Python, and no number to whoever wrote the client.
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"must be a whole number between {low} and {high}")
        return value

    return read


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _token(value: object) -> Token:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("must be a text or a whole number")
    return value


def _part(value: object, name: str, read: Callable[[object], P]) -> P:
    if not isinstance(value, Mapping) or value.get(name) is None:
        raise ValueError(f"must be an object with `{name}`")
    try:
        return read(value[name])
    except ValueError as error:
        raise ValueError(f"has a `{name}` that {error}") from error


def _document(value: object) -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(_part(value, "uri", _text(LONGEST_PATH)))


def _position(value: object) -> types.Position:
    line, character = (_part(value, name, _whole(0, LAST_LINE)) for name in ("line", "character"))
    return types.Position(line, character)


def _range(value: object) -> types.Range:
    start, end = (_part(value, name, _position) for name in ("start", "end"))
    if (end.line, end.character) < (start.line, start.character):
        raise ValueError("must not end before it starts")
    return types.Range(start, end)


def _list_of(read: Callable[[object], P], most: int) -> Callable[[object], tuple[P, ...]]:
    def read_all(value: object) -> tuple[P, ...]:
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > most:
            raise ValueError(f"must be a list of at most {most}")
        try:
            return tuple(read(each) for each in value)
        except ValueError as error:
            raise ValueError(f"has an element that {error}") from error

    return read_all


def _turn(value: object) -> "Turn":
    return Turn(*(_part(value, name, _text(LONGEST_ANSWER)) for name in ("question", "answer")))


def _variable(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", value):
        raise ValueError("must be the name of an environment variable")
    return value


def _by(read: Callable[[object], object]) -> dict[str, Callable[[object], object]]:
    """The metadata of a field whose values ``read`` checks; it raises ``ValueError`` with the end of a sentence."""
    return {"read": read}


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of a conversation and its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPromptParams:
    """``fieldguide/showPrompt``: a question and what it stands in; ``selection`` is one of ``text_document``.

    Without ``open_files`` the documents that are open in the editor are meant.
    """

    question: str = field(metadata=_by(_text(LONGEST_QUESTION)))
    text_document: types.TextDocumentIdentifier | None = field(default=None, metadata=_by(_document))
    path: str | None = field(default=None, metadata=_by(_text(LONGEST_PATH)))
    folder: str | None = field(default=None, metadata=_by(_text(LONGEST_PATH)))
    selection: types.Range | None = field(default=None, metadata=_by(_range))
    history: tuple[Turn, ...] = field(default=(), metadata=_by(_list_of(_turn, MOST_TURNS)))
    open_files: tuple[str, ...] | None = field(
        default=None, metadata=_by(_list_of(_text(LONGEST_PATH), MOST_OPEN))
    )

    def __post_init__(self) -> None:
        if self.selection is not None and self.text_document is None:
            raise ValueError("`selection` needs the `textDocument` that it is in")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskParams(ShowPromptParams):
    """``fieldguide/ask``. With a ``token``, the answer is also streamed."""

    token: Token | None = field(default=None, metadata=_by(_token))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainParams:
    """``fieldguide/explain``. What is explained: the range, or what encloses the position, or the whole file."""

    text_document: types.TextDocumentIdentifier = field(metadata=_by(_document))
    position: types.Position | None = field(default=None, metadata=_by(_position))
    range: types.Range | None = field(default=None, metadata=_by(_range))
    token: Token | None = field(default=None, metadata=_by(_token))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseParams:
    """``fieldguide/personas``, and the heart of ``fieldguide/models``.

    ``use`` is chosen from now on, in the folder, or with ``everywhere`` in all; ``reset`` gives the choice back to
    the settings.
    """

    use: str | None = field(default=None, metadata=_by(_text(LONGEST_NAME)))
    reset: bool = field(default=False, metadata=_by(_truth))
    everywhere: bool = field(default=False, metadata=_by(_truth))
    folder: str | None = field(default=None, metadata=_by(_text(LONGEST_PATH)))

    def __post_init__(self) -> None:
        if self.use is not None and self.reset:
            raise ValueError("`use` and `reset` exclude each other")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsParams(ChooseParams):
    """``fieldguide/models``. With ``probe``, servers of models on this machine are looked for."""

    probe: bool = field(default=False, metadata=_by(_truth))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetKeyParams:
    """``fieldguide/setKey``. Without a ``key``, the one that was handed over is forgotten."""

    variable: str = field(metadata=_by(_variable))
    key: str | None = field(default=None, metadata=_by(_text(LONGEST_KEY)), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateConfigParams:
    """``fieldguide/generateConfig``. With ``apply``, the files are also offered as a workspace edit."""

    target: str = field(default="gitpod", metadata=_by(_text(100)))
    folder: str | None = field(default=None, metadata=_by(_text(LONGEST_PATH)))
    apply: bool = field(default=False, metadata=_by(_truth))


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryParams:
    """``fieldguide/history``. With an ``id`` one record is shown in full, else the latest are listed."""

    id: str | None = field(default=None, metadata=_by(_text(100)))
    limit: int = field(default=50, metadata=_by(_whole(1, MOST_RECORDS)))
    folder: str | None = field(default=None, metadata=_by(_text(LONGEST_PATH)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchParams:
    """``fieldguide/search``."""

    query: str = field(metadata=_by(_text(LONGEST_QUESTION)))
    limit: int = field(default=10, metadata=_by(_whole(1, MOST_HITS)))
    within: str = field(default="all", metadata=_by(_one_of("all", "code", "docs")))
    folder: str | None = field(default=None, metadata=_by(_text(LONGEST_PATH)))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusParams:
    """``fieldguide/status``. With a ``path``, what the index holds of that file is told too."""

    folder: str | None = field(default=None, metadata=_by(_text(LONGEST_PATH)))
    path: str | None = field(default=None, metadata=_by(_text(LONGEST_PATH)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseParams:
    """``fieldguide/pauseIndexing`` and ``fieldguide/resumeIndexing``. Without a folder, all of them are meant."""

    folder: str | None = field(default=None, metadata=_by(_text(LONGEST_PATH)))


@dataclass(frozen=True, slots=True)
class Method(Generic[P]):
    """A request of ours. ``shorthand`` is the param that a command's single text argument stands for."""

    name: str
    params: type[P]
    shorthand: str = ""

    @property
    def command(self) -> str:
        """The same request's name for ``workspace/executeCommand``."""
        return self.name.replace("/", ".")


ASK = Method("fieldguide/ask", AskParams, shorthand="question")
EXPLAIN = Method("fieldguide/explain", ExplainParams)
GENERATE_CONFIG = Method("fieldguide/generateConfig", GenerateConfigParams, shorthand="target")
HISTORY = Method("fieldguide/history", HistoryParams, shorthand="id")
SEARCH = Method("fieldguide/search", SearchParams, shorthand="query")
STATUS = Method("fieldguide/status", StatusParams, shorthand="path")
PAUSE = Method("fieldguide/pauseIndexing", PauseParams)
RESUME = Method("fieldguide/resumeIndexing", PauseParams)
SHOW_PROMPT = Method("fieldguide/showPrompt", ShowPromptParams, shorthand="question")
MODELS = Method("fieldguide/models", ModelsParams, shorthand="use")
PERSONAS = Method("fieldguide/personas", ChooseParams, shorthand="use")
SET_KEY = Method("fieldguide/setKey", SetKeyParams)

METHODS: tuple[Method[Any], ...] = (
    ASK,
    SHOW_PROMPT,
    EXPLAIN,
    MODELS,
    PERSONAS,
    SET_KEY,
    GENERATE_CONFIG,
    HISTORY,
    SEARCH,
    STATUS,
    PAUSE,
    RESUME,
)


def wire_name(name: str) -> str:
    """``text_document`` as it is written on the wire: ``textDocument``."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def structure(raw: object, params: type[P]) -> P:
    """What a client sent, as typed params; null counts as absent.

    Raises:
        JsonRpcInvalidParams: with one sentence that names the field.
    """
    if raw is not None and not isinstance(raw, Mapping):
        raise JsonRpcInvalidParams("Bad parameters: an object is needed.")
    values: dict[str, Any] = {}
    for each in fields(params):  # type: ignore[arg-type]  # P is always one of the dataclasses above
        name = wire_name(each.name)
        value = (raw or {}).get(name)
        if value is None and each.default is MISSING:
            raise JsonRpcInvalidParams(f"Bad parameters: `{name}` is missing.")
        if value is not None:
            values[each.name] = _read(name, value, each.metadata["read"])
    return _made(params, values)


def arguments_of(method: Method[Any], arguments: Sequence[object] | None) -> object:
    """The params that a command's arguments mean: one object, or where there is a shorthand, words of one text."""
    if not arguments:
        return None
    # Command lines of editors cut a question into its words.
    words = [argument for argument in arguments if isinstance(argument, str)]
    if method.shorthand and len(words) == len(arguments):
        return {method.shorthand: " ".join(words)}
    if len(arguments) > 1:
        raise JsonRpcInvalidParams(f"Bad parameters: `{method.command}` takes one argument.")
    return arguments[0]


def _read(name: str, value: object, read: Callable[[object], object]) -> object:
    try:
        return read(value)
    except ValueError as error:
        raise JsonRpcInvalidParams(f"Bad parameters: `{name}` {error}.") from error


def _made(params: type[P], values: Mapping[str, Any]) -> P:
    try:
        return params(**values)
    except ValueError as error:
        raise JsonRpcInvalidParams(f"Bad parameters: {error}.") from error
