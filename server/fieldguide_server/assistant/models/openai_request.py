"""The request that a server accepts: what it refuses is left out or written in another way, and that is remembered."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fieldguide_server.assistant.models.openai_refusal import Refusal
from fieldguide_server.assistant.models.types import Message
from fieldguide_server.settings import ModelSettings

_LIMITS = ("max_tokens", "max_completion_tokens")
_ROLE = re.compile(
    r"\bsystem\b[^.]{0,60}\b(?:roles?|messages?|prompts?|instructions?)\b|\broles?\b[^.]{0,80}\bsystem\b"
    r"|developer (?:instruction|role|message)|roles? must alternate|must alternate between|only user\b[^.]{0,60}\broles?\b"
    r"|first message must be|\bmessages?\W{1,5}\d+\W{1,5}role\b|chat.?template|template.?error|jinja|raise_exception",
    re.IGNORECASE,
)
_STREAM = re.compile(r"\bstream(?:ing|ed)?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RequestForm:
    """How a request to one server and model is written.

    Attributes:
        omitted: Parameters that are left out.
        limits: Names of the limit of output tokens that may still be accepted; the first is used.
        has_system: Whether there may be a message of the role ``system``.
    """

    omitted: frozenset[str] = frozenset()
    limits: tuple[str, ...] = _LIMITS
    has_system: bool = True

    @classmethod
    def initial(cls, settings: ModelSettings, *, is_newer: bool) -> "RequestForm":
        """Return the form for a server that refused nothing yet; ``is_newer`` servers refuse the old name of the limit."""
        omitted = frozenset(settings.omit_parameters)
        limits = _LIMITS[::-1] if is_newer else _LIMITS
        return cls(omitted, () if omitted.intersection(_LIMITS) else limits, "system" not in omitted)

    def body(self, settings: ModelSettings, messages: Sequence[Message]) -> dict[str, object]:
        """Return the fields of a request."""
        values = {"stream": True, "temperature": settings.temperature}
        body: dict[str, object] = {name: value for name, value in values.items() if name not in self.omitted}
        if self.limits:
            body[self.limits[0]] = settings.max_output_tokens
        return {"messages": list(messages if self.has_system else without_system(messages)), **body}

    def adapted(self, refusal: Refusal, messages: Sequence[Message]) -> "RequestForm | None":
        """Return the form for another try after a refusal; None if it names nothing that could be changed."""
        is_request_refused = refusal.status in (400, 404, 415, 422, 501)
        is_system_sent = self.has_system and any(message["role"] == "system" for message in messages)
        if is_system_sent and (is_request_refused or refusal.status == 500) and _ROLE.search(refusal.words):
            return replace(self, has_system=False)
        if not is_request_refused:
            return None
        for named in (refusal.parameters, _named(refusal.words)):
            if form := self._without(named):
                return form
        if "stream" not in self.omitted and _STREAM.search(refusal.words):
            return replace(self, omitted=self.omitted | {"stream"})
        return None

    def _without(self, named: frozenset[str]) -> "RequestForm | None":
        """Return the form without the named parameters; None if it has none of them."""
        omitted = self.omitted | named.intersection(("temperature", "stream"))
        limits = self.limits
        if limits and limits[0] in named:
            limits = limits[1:]
        form = replace(self, omitted=omitted, limits=limits)
        return form if form != self else None


def without_system(messages: Sequence[Message]) -> Iterator[Message]:
    """Yield the messages with the system's text in the first message of the user, and no two of one role in a row."""
    pending: Message | None = None
    for message in messages:
        role = "user" if message["role"] == "system" else message["role"]
        if pending and pending["role"] == role:
            pending = {"role": role, "content": f"{pending['content']}\n\n{message['content']}"}
            continue
        if pending:
            yield pending
        pending = {"role": role, "content": message["content"]}
    if pending:
        yield pending


def _named(words: str) -> frozenset[str]:
    """Return the parameters that a refusal's words name; ``stream`` is too common a word for that."""
    return frozenset(
        name for name in ("temperature", *_LIMITS) if re.search(rf"\b{name}\b", words, re.IGNORECASE)
    )


FORMS: dict[tuple[str, ...], RequestForm] = {}
"""The form that each server and model accepted, for the life of the process."""
