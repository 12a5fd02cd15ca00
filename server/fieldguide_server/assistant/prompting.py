"""The prompt: who answers, the rules, and the passages within the model's budget of tokens."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldguide_indexer import count_tokens
from fieldguide_server.assistant.context import Packed, Passage, pack
from fieldguide_server.assistant.models import Message
from fieldguide_server.assistant.persona import Persona, fill, name_stack, text_of
from fieldguide_server.assistant.untrusted import clean
from fieldguide_server.settings import Settings

# Room for what the count cannot know: role markers, and the differences between tokenizers.
_SLACK_TOKENS = 200


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is sent, and the passages that fitted into it."""

    messages: tuple[Message, ...]
    packed: Packed


@dataclass(frozen=True, slots=True)
class PromptMaker:
    """Makes the prompts of one workspace. ``count`` counts the tokens of a text."""

    persona: Persona
    settings: Settings
    folder: Path
    count: Callable[[str], int] = count_tokens

    def make(
        self, kind: str, values: Mapping[str, str], passages: Sequence[Passage], share: float = 1.0
    ) -> Prompt:
        """Fills the template ``prompts/<kind>.txt``.

        Args:
            kind: ``ask`` or ``explain``.
            values: What the template names, but for the passages. It is never cut.
            passages: The most useful first; what does not fit is left out from the end.
            share: The part of the budget that may be used.
        """
        fence = f"~~~~ {secrets.token_hex(8)}"
        stack = name_stack((passage.path for passage in passages), self.folder)
        project = " ".join(clean(self.folder.resolve().name).split()) or "this workspace"
        about = {"stack": stack, "project": project, "fence": fence}
        system = fill(f"{self.persona.template}\n\n{text_of('prompts/rules.txt')}", about)
        template = text_of(f"prompts/{kind}.txt")
        fixed = self.count(system) + self.count(fill(template, {**values, "passages": ""}))
        packed = pack(passages, int(self._budget(fixed) * share), self.count, fence)
        user = fill(template, {**values, "passages": packed.text})
        return Prompt(({"role": "system", "content": system}, {"role": "user", "content": user}), packed)

    def _budget(self, fixed: int) -> int:
        model = self.settings.model
        room = model.context_window - model.max_output_tokens - fixed - _SLACK_TOKENS
        return max(0, min(self.settings.answer.context_tokens, room))
