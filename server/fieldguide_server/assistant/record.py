"""The run of one answer, and its record: prompt, drafts, checks, time, tokens and cost."""

import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fieldguide_indexer import count_tokens
from fieldguide_server.assistant.answer_stream import AnswerStream
from fieldguide_server.assistant.draft import Draft
from fieldguide_server.assistant.prompts.builder import Prompt
from fieldguide_server.assistant.tasks import Task
from fieldguide_server.assistant.types import Answer
from fieldguide_server.records import Bounds, Records, folder_of, new_id, redacted
from fieldguide_server.review import Problem
from fieldguide_server.settings import ModelSettings, Settings

log = logging.getLogger(__name__)

_VERSION = 1


@dataclass(slots=True)
class Run:
    """A task on its way to an answer; itself a stream that keeps the text and passes it on.

    ``started`` is ``time.perf_counter()`` when the question came; ``model`` is the model that was used, "" if none was;
    ``streamed`` holds the text that was passed on, which a record of a stopped answer needs.
    """

    task: Task
    stream: AnswerStream
    started: float = field(default_factory=time.perf_counter)
    model: str = ""
    prompt: Prompt | None = None
    drafts: Sequence[Draft] = ()
    failure: str = ""
    streamed: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Pass a piece of text on, and keep it."""
        self.streamed.append(text)
        self.stream.add(text)

    def reset(self, problems: Sequence[Problem]) -> None:
        """Discard the text so far, here and in the stream."""
        self.streamed.clear()
        self.stream.reset(problems)


def write_record(
    run: Run, answer: Answer | None, settings: Settings, folder: Path, keys: Mapping[str, str]
) -> None:
    """Write the record of a run, if records are enabled; an error on writing is only logged.

    Args:
        run: The run.
        answer: Its answer; None if it was stopped.
        settings: The settings of the folder.
        folder: The workspace folder.
        keys: The environment and the keys of the client's secret store, whose values are redacted.
    """
    limits = settings.records
    if not limits.enabled:
        return
    bounds = Bounds(limits.max_megabytes * 1_000_000, limits.max_days)
    record = redacted(
        record_of(run, answer, settings, folder),
        keys,
        (settings.model.api_key_env, settings.embedding.api_key_env),
    )
    assert isinstance(record, dict)
    try:
        Records(folder_of(os.environ), bounds).append(record)
    except OSError as error:
        log.warning("the record of this answer could not be written: %s", error)


def record_of(run: Run, answer: Answer | None, settings: Settings, folder: Path) -> dict[str, Any]:
    """Return the record as plain JSON values; tokens are counted here, and without prices the cost is None."""
    now = datetime.now(UTC)
    drafts = [_draft(draft) for draft in run.drafts]
    tokens = _tokens(run) if drafts else None
    return {
        "version": _VERSION,
        "id": new_id(now),
        "time": now.isoformat(timespec="milliseconds"),
        "kind": run.task.kind,
        "folder": str(folder.resolve()),
        "question": run.task.values.get("question") or run.task.values.get("place", ""),
        "persona": settings.answer.persona,
        "model": run.model or None,
        "outcome": _outcome(answer),
        "failure": run.failure,
        "prompt": list(run.prompt.messages) if run.prompt else [],
        "context": _context(run),
        "drafts": drafts,
        "heard": "" if answer else "".join(run.streamed),
        **_answer_json(answer),
        "seconds": _seconds(run),
        "tokens": tokens,
        "cost": _cost(tokens, settings.model) if tokens else None,
    }


def _outcome(answer: Answer | None) -> str:
    if answer is None:
        return "stopped"
    return "answered" if answer.model else "offline"


def _context(run: Run) -> list[dict[str, Any]]:
    """Return the lines that the model was shown."""
    passages = run.prompt.packed.passages if run.prompt else ()
    return [{"path": each.path, "start_line": each.start, "end_line": each.end} for each in passages]


def _draft(draft: Draft) -> dict[str, Any]:
    """Return one draft; of a prompt for a repair only the last message, which was added."""
    request = draft.messages[-1]["content"] if draft.messages[-2]["role"] == "assistant" else ""
    return {
        "asked": request,
        "text": draft.written,
        "broken": draft.broken,
        "seconds": round(draft.seconds, 3),
        "first_seconds": round(draft.first_seconds, 3),
        "verified": draft.checked.verified,
        "corrected": draft.checked.corrected,
        "removed": draft.checked.removed,
        "problems": [asdict(problem) for problem in draft.review.problems],
    }


def _answer_json(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {"answer": ""}
    values = answer.to_json()
    names = (
        "answer",
        "citations",
        "coverage",
        "notice",
        "verified",
        "corrected",
        "removed",
        "unknown_names",
        "problems",
        "review",
    )
    return {name: values[name] for name in names}


def _seconds(run: Run) -> dict[str, float]:
    model = sum(draft.seconds for draft in run.drafts)
    return {"total": round(time.perf_counter() - run.started, 3), "model": round(model, 3)}


def _tokens(run: Run) -> dict[str, int]:
    read = sum(count_tokens(message["content"]) for draft in run.drafts for message in draft.messages)
    return {"read": read, "written": sum(count_tokens(draft.written) for draft in run.drafts)}


def _cost(tokens: Mapping[str, int], model: ModelSettings) -> float | None:
    if not (model.input_price or model.output_price):
        return None
    return round((tokens["read"] * model.input_price + tokens["written"] * model.output_price) / 1_000_000, 8)
