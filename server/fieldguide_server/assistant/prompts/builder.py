"""Builds a prompt: the persona, the rules, and what was found, within the model's budget of tokens."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldguide_indexer import count_tokens
from fieldguide_server.assistant.models import Message
from fieldguide_server.assistant.passages.budget import Packed, choose, pack
from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.prompts.history import condense
from fieldguide_server.assistant.prompts.persona import Persona
from fieldguide_server.assistant.prompts.stack import name_stack
from fieldguide_server.assistant.prompts.template import fill, text_of
from fieldguide_server.assistant.text.sanitizer import one_line
from fieldguide_server.assistant.types import Turn
from fieldguide_server.settings import Settings

# For what the count does not include: role markers, and the differences between tokenizers.
_RESERVED_TOKENS = 200
# The largest shares of the budget; what they leave is used for the passages that were found.
_HISTORY_SHARE = 0.2
_SELECTION_SHARE = 0.3
_OPEN_SHARE = 0.15
_MAX_OPEN_NAMED = 10


@dataclass(frozen=True, slots=True)
class Material:
    """The material of a prompt besides the question, each part with the most useful passage first.

    ``passages`` were found; ``selected`` and ``open_files`` are shown in the user's editor; ``history`` begins with the
    oldest turn.
    """

    passages: Sequence[Passage] = ()
    selected: Sequence[Passage] = ()
    open_files: Sequence[Passage] = ()
    history: Sequence[Turn] = ()

    def __bool__(self) -> bool:
        return bool(self.passages or self.selected or self.open_files or self.history)


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages for a model, the passages in them, and the number of earlier turns in them."""

    messages: tuple[Message, ...]
    packed: Packed
    turns: int = 0


@dataclass(frozen=True, slots=True)
class PromptBuilder:
    """Builds the prompts of one workspace. ``rules`` names the text on how to answer, ``count`` counts tokens."""

    persona: Persona
    settings: Settings
    folder: Path
    count: Callable[[str], int] = count_tokens
    rules: str = "templates/rules.txt"

    def build(self, kind: str, values: Mapping[str, str], material: Material, share: float = 1.0) -> Prompt:
        """Fill the template ``templates/<kind>.txt``.

        Args:
            kind: ``ask``, ``explain`` or ``config``.
            values: The values of the template, without the material; they are never cut.
            material: What does not fit is left out, the least useful first.
            share: The share of the budget that may be used.
        """
        fence = f"~~~~ {secrets.token_hex(8)}"
        system = fill(
            f"{self.persona.template}\n\n{text_of(self.rules)}".strip(), self._introduction(material, fence)
        )
        template = text_of(f"templates/{kind}.txt")
        situation = _situation(material)
        empty = {**values, "passages": "", "situation": situation}
        fixed = self.count(system) + self.count(fill(template, empty))
        budget = int(self._budget(fixed) * share)
        history = condense(material.history, int(budget * _HISTORY_SHARE), self.count, fence)
        chosen = [
            *choose(material.selected, int(budget * _SELECTION_SHARE), self.count, fence),
            *choose(material.open_files, int(budget * _OPEN_SHARE), self.count, fence),
        ]
        packed = pack(material.passages, budget - history.tokens, self.count, fence, chosen)
        situation = "\n\n".join(part for part in (history.text, situation) if part)
        parts = {"passages": packed.text, "situation": f"{situation}\n\n" if situation else ""}
        user = fill(template, {**values, **parts})
        messages: tuple[Message, ...] = (
            {"role": "system", "content": system},
            {"role": "user", "content": user},
        )
        return Prompt(messages, packed, history.turns)

    def _introduction(self, material: Material, fence: str) -> dict[str, str]:
        stack = name_stack((passage.path for passage in material.passages), self.folder)
        project = one_line(self.folder.resolve().name) or "this workspace"
        return {"stack": stack, "project": project, "fence": fence}

    def _budget(self, fixed: int) -> int:
        model = self.settings.model
        room = model.context_window - model.max_output_tokens - fixed - _RESERVED_TOKENS
        return max(0, min(self.settings.answer.context_tokens, room))


def _situation(material: Material) -> str:
    """Return one sentence each for the selection and the open files."""
    selected = [f"{one_line(passage.path)}:{passage.start}-{passage.end}" for passage in material.selected]
    open_files = list(dict.fromkeys(one_line(passage.path) for passage in material.open_files))[
        :_MAX_OPEN_NAMED
    ]
    sentences = [f"They have selected the lines {', '.join(selected)}."] if selected else []
    sentences += [f"They have open: {', '.join(open_files)}."] if open_files else []
    return " ".join(sentences)
