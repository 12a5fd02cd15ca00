"""Fieldguide's own LSP methods: their names, typed params and limits. ``PROTOCOL.md`` describes them.

Every request can also be sent as a command by ``workspace/executeCommand``, so a client needs no plug-in.
Names in JSON are camelCase; unknown fields are ignored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from fieldguide_server import params
from fieldguide_server.params import LONGEST_PATH, Token, by

ANSWER_DELTA = "fieldguide/answerDelta"
ANSWER_RESET = "fieldguide/answerReset"
INDEX_STATUS = "fieldguide/indexStatus"
# Requests of the server to a client that has language models of its own.
MODEL = "fieldguide/model"
MODEL_LIMITS = "fieldguide/modelLimits"

LONGEST_QUESTION = 8_000
MOST_HITS = 100
MOST_RECORDS = 1_000
LONGEST_ANSWER = 100_000
LONGEST_KEY = 10_000
LONGEST_NAME = 200
LONGEST_MESSAGE = 4_000
MOST_FILES = 1_000
MOST_TURNS = 50
MOST_OPEN = 100

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of a conversation and its answer."""

    question: str
    answer: str


def _turn(value: object) -> Turn:
    return Turn(
        *(params.member(value, name, params.string(LONGEST_ANSWER)) for name in ("question", "answer"))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPromptParams:
    """``fieldguide/showPrompt``: a question and its context; ``selection`` is a range of ``text_document``.

    The default of ``open_files`` is the documents that are open in the editor.
    """

    question: str = field(metadata=by(params.string(LONGEST_QUESTION)))
    text_document: types.TextDocumentIdentifier | None = field(default=None, metadata=by(params.document))
    path: str | None = field(default=None, metadata=by(params.string(LONGEST_PATH)))
    folder: str | None = field(default=None, metadata=by(params.string(LONGEST_PATH)))
    selection: types.Range | None = field(default=None, metadata=by(params.range_))
    history: tuple[Turn, ...] = field(default=(), metadata=by(params.array(_turn, MOST_TURNS)))
    open_files: tuple[str, ...] | None = field(
        default=None, metadata=by(params.array(params.string(LONGEST_PATH), MOST_OPEN))
    )

    def __post_init__(self) -> None:
        if self.selection is not None and self.text_document is None:
            raise ValueError("`selection` requires `textDocument`")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskParams(ShowPromptParams):
    """``fieldguide/ask``. With a ``token``, the answer is also streamed."""

    token: Token | None = field(default=None, metadata=by(params.token))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainParams:
    """``fieldguide/explain``: explain a range, the definition around a position, or the entire file.

    With ``show`` the answer is also shown to the user, for clients that ignore the results of commands.
    """

    text_document: types.TextDocumentIdentifier = field(metadata=by(params.document))
    position: types.Position | None = field(default=None, metadata=by(params.position))
    range: types.Range | None = field(default=None, metadata=by(params.range_))
    token: Token | None = field(default=None, metadata=by(params.token))
    show: bool = field(default=False, metadata=by(params.boolean))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainProblemParams:
    """``fieldguide/explainProblem``: a diagnostic's range, message, code and source."""

    text_document: types.TextDocumentIdentifier = field(metadata=by(params.document))
    range: types.Range = field(metadata=by(params.range_))
    message: str = field(metadata=by(params.string(LONGEST_MESSAGE)))
    code: str | None = field(default=None, metadata=by(params.string(LONGEST_NAME)))
    source: str | None = field(default=None, metadata=by(params.string(LONGEST_NAME)))
    token: Token | None = field(default=None, metadata=by(params.token))
    show: bool = field(default=False, metadata=by(params.boolean))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseParams:
    """``fieldguide/personas``, and part of ``fieldguide/models``.

    ``use`` is chosen in the folder, or with ``everywhere`` in all folders; ``reset`` returns to the settings.
    """

    use: str | None = field(default=None, metadata=by(params.string(LONGEST_NAME)))
    reset: bool = field(default=False, metadata=by(params.boolean))
    everywhere: bool = field(default=False, metadata=by(params.boolean))
    folder: str | None = field(default=None, metadata=by(params.string(LONGEST_PATH)))

    def __post_init__(self) -> None:
        if self.use is not None and self.reset:
            raise ValueError("`use` and `reset` are mutually exclusive")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsParams(ChooseParams):
    """``fieldguide/models``. With ``probe``, servers of models on this machine are looked for, too."""

    probe: bool = field(default=False, metadata=by(params.boolean))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetKeyParams:
    """``fieldguide/setKey``. Without a ``key``, the variable's key is forgotten."""

    variable: str = field(metadata=by(params.variable))
    key: str | None = field(default=None, metadata=by(params.string(LONGEST_KEY)), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateConfigParams:
    """``fieldguide/generateConfig``. With ``apply``, the files are also offered as a workspace edit.

    With ``model``, the folder's language model may add what the rules missed.
    """

    target: str = field(default="gitpod", metadata=by(params.string(100)))
    folder: str | None = field(default=None, metadata=by(params.string(LONGEST_PATH)))
    apply: bool = field(default=False, metadata=by(params.boolean))
    model: bool = field(default=False, metadata=by(params.boolean))


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryParams:
    """``fieldguide/history``. With an ``id`` one record is returned in full, else the latest are listed."""

    id: str | None = field(default=None, metadata=by(params.string(100)))
    limit: int = field(default=50, metadata=by(params.integer(1, MOST_RECORDS)))
    folder: str | None = field(default=None, metadata=by(params.string(LONGEST_PATH)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchParams:
    """``fieldguide/search``."""

    query: str = field(metadata=by(params.string(LONGEST_QUESTION)))
    limit: int = field(default=10, metadata=by(params.integer(1, MOST_HITS)))
    within: str = field(default="all", metadata=by(params.one_of("all", "code", "docs")))
    folder: str | None = field(default=None, metadata=by(params.string(LONGEST_PATH)))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusParams:
    """``fieldguide/status``. With a ``path``, the status of that file is returned, too."""

    folder: str | None = field(default=None, metadata=by(params.string(LONGEST_PATH)))
    path: str | None = field(default=None, metadata=by(params.string(LONGEST_PATH)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesParams:
    """``fieldguide/files``. Without a ``state``, files that are not indexed are counted; with it, files are listed."""

    folder: str | None = field(default=None, metadata=by(params.string(LONGEST_PATH)))
    state: str | None = field(
        default=None, metadata=by(params.one_of("indexed", "skipped", "failed", "stale"))
    )
    reason: str | None = field(default=None, metadata=by(params.string(LONGEST_PATH)))
    after: str | None = field(default=None, metadata=by(params.string(LONGEST_PATH)))
    limit: int = field(default=100, metadata=by(params.integer(1, MOST_FILES)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReindexParams:
    """``fieldguide/reindex``, of all folders if none is given."""

    folder: str | None = field(default=None, metadata=by(params.string(LONGEST_PATH)))


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDocsParams:
    """``fieldguide/addDocs``: a folder, a file or an archive on this machine, by its path or URI."""

    path: str = field(metadata=by(params.string(LONGEST_PATH)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseParams:
    """``fieldguide/pauseIndexing`` and ``fieldguide/resumeIndexing``, of all folders if none is given."""

    folder: str | None = field(default=None, metadata=by(params.string(LONGEST_PATH)))


@dataclass(frozen=True, slots=True)
class Method(Generic[P]):
    """A request of Fieldguide's own. ``shorthand`` is the param that a command's plain strings stand for."""

    name: str
    params: type[P]
    shorthand: str = ""

    @property
    def command(self) -> str:
        """The name of the command that does the same."""
        return self.name.replace("/", ".")


ASK = Method("fieldguide/ask", AskParams, shorthand="question")
EXPLAIN = Method("fieldguide/explain", ExplainParams)
EXPLAIN_PROBLEM = Method("fieldguide/explainProblem", ExplainProblemParams)
GENERATE_CONFIG = Method("fieldguide/generateConfig", GenerateConfigParams, shorthand="target")
HISTORY = Method("fieldguide/history", HistoryParams, shorthand="id")
SEARCH = Method("fieldguide/search", SearchParams, shorthand="query")
STATUS = Method("fieldguide/status", StatusParams, shorthand="path")
FILES = Method("fieldguide/files", FilesParams)
REINDEX = Method("fieldguide/reindex", ReindexParams, shorthand="folder")
ADD_DOCS = Method("fieldguide/addDocs", AddDocsParams, shorthand="path")
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
    EXPLAIN_PROBLEM,
    MODELS,
    PERSONAS,
    SET_KEY,
    GENERATE_CONFIG,
    HISTORY,
    SEARCH,
    STATUS,
    FILES,
    REINDEX,
    ADD_DOCS,
    PAUSE,
    RESUME,
)


def arguments_of(method: Method[Any], arguments: Sequence[object] | None) -> object:
    """Return the params that a command's arguments stand for: one object, or strings that are words of the shorthand."""
    if not arguments:
        return None
    # Command lines of editors cut a question into its words.
    words = [argument for argument in arguments if isinstance(argument, str)]
    if method.shorthand and len(words) == len(arguments):
        return {method.shorthand: " ".join(words)}
    if len(arguments) > 1:
        raise JsonRpcInvalidParams(f"Invalid params: `{method.command}` takes one argument.")
    return arguments[0]
