"""The text of an answer in the formats that servers with OpenAI's API send: events, or one JSON document."""

import json
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Any

from fieldguide_server.assistant.models import errors

_FIELDS = ("data", "event", "id", "retry", "error", "")
_DONE = "[DONE]"
_MAX_LINE_BYTES = 8_000_000
_CUT = "The answer reached the limit of output tokens and was cut there."
_FILTERED = "The language model's content filter ended the answer."


class ServerError(Exception):
    """A server reported an error with status 200; ``body`` is what it sent: parsed JSON, or text that is no JSON."""

    def __init__(self, body: object) -> None:
        super().__init__(str(body)[:500])
        self.body = body


async def answer_pieces(parts: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    """Yield the text of an answer from the body of a response, without the model's thinking in fields of its own.

    Raises:
        IncompleteAnswerError: The answer is not complete.
        ServerError: The server sent an error instead of an answer, or in it.
        ValueError: An event is not valid JSON.
    """
    finished = ""
    async with aclosing(_events(parts)) as events:
        async for event in events:
            if event == _DONE:
                finished = finished or "stop"
                break
            choice = _choice(event)
            if text := _text(choice):
                yield text
            finished = str(choice.get("finish_reason") or "").lower() or finished
            if finished.startswith("error"):
                raise ServerError(event)
    _check_end(finished)


def _check_end(finished: str) -> None:
    if not finished:
        raise errors.IncompleteAnswerError(errors.CONNECTION_LOST)
    if finished in ("length", "max_tokens", "model_length"):
        raise errors.OutputLimitError(_CUT)
    if finished in ("content_filter", "safety", "recitation"):
        raise errors.IncompleteAnswerError(_FILTERED)


async def _events(parts: AsyncIterable[bytes]) -> AsyncGenerator[Any, None]:
    """Yield the JSON values of a body, and ``[DONE]`` if it ends with that; a JSON document is one event and complete."""
    data, document, has_events = "", [], False
    async with aclosing(_lines(parts)) as lines:
        async for line in lines:
            field, colon, value = line.partition(":")
            if not line.strip():
                if data:
                    yield json.loads(data)
                data = ""
            elif not colon or field not in _FIELDS:
                document.append(line)
            elif field in ("data", "error"):
                has_events = True
                data += value.strip()
                if data.startswith(_DONE):
                    yield _DONE
                    return
                if (event := _complete(data)) is not None:
                    data = ""
                    yield event if field == "data" else {"error": event}
    if data:
        yield json.loads(data)
    if document and not has_events:
        yield _document("\n".join(document))
        yield _DONE


async def _lines(parts: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    """Yield the lines of a body. Only CR and LF end a line: JSON may hold other separators."""
    rest = b""
    async for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        if len(rest) > _MAX_LINE_BYTES:
            raise ValueError("line too long")
        for line in lines:
            yield line.decode("utf-8", "replace").rstrip("\r")
    if rest:
        yield rest.decode("utf-8", "replace")


def _complete(data: str) -> Any | None:  # noqa: ANN401
    """Return the value of an event's data; None if the event has more lines."""
    try:
        return json.loads(data)
    except ValueError:
        return None


def _document(text: str) -> Any:  # noqa: ANN401
    """Return the JSON value of a body without events.

    Raises:
        ServerError: It is no answer.
    """
    try:
        value = json.loads(text)
    except ValueError:
        raise ServerError(text) from None
    if not isinstance(value, dict) or not isinstance(value.get("choices"), list) or not value["choices"]:
        raise ServerError(value)
    return value


def _choice(event: object) -> dict[str, Any]:
    """Return the first choice of an event; an empty object if it has none, as in counts of tokens.

    Raises:
        ServerError: The event is an error.
    """
    if not isinstance(event, dict):
        return {}
    if event.get("error") or event.get("object") == "error":
        raise ServerError(event)
    choices = event.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else {}
    if not isinstance(choice, dict):
        return {}
    if choice.get("error"):
        raise ServerError(choice)
    return choice


def _text(choice: dict[str, Any]) -> str:
    """Return the text of a choice: of a part of an answer, or of a whole one."""
    message = choice.get("delta") or choice.get("message") or {}
    if not isinstance(message, dict):
        return ""
    return _content(message.get("content")) or _content(message.get("refusal"))


def _content(content: object) -> str:
    """Return the text of content: a string, or an array of parts, of which only texts are read."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(map(_content, content))
    if isinstance(content, dict) and content.get("type", "text") in ("text", "output_text", "refusal"):
        text = content.get("text") or content.get("refusal")
        return _content(text.get("value") if isinstance(text, dict) else text)
    return ""
