"""The result of a model's help: the files from the rules, those with its additions, and what was refused."""

from collections.abc import Iterable
from dataclasses import dataclass

from fieldguide_server.configgen import GeneratedConfig
from fieldguide_server.configgen.additions import Addition, Refusal
from fieldguide_server.configgen.diff import text_diff


@dataclass(frozen=True, slots=True)
class SuggestedConfig:
    """The configs of all targets, with and without a model's additions.

    Attributes:
        rules: What the rules generate.
        configs: The same with the additions; equal to ``rules`` if there are none.
        model: The name of the model, None if none answered.
        additions: The accepted additions.
        refused: The refused ones.
        rounds: How often corrections were requested.
        notice: What became of the proposals, or why no model answered.
    """

    rules: tuple[GeneratedConfig, ...]
    configs: tuple[GeneratedConfig, ...]
    model: str | None = None
    additions: tuple[Addition, ...] = ()
    refused: tuple[Refusal, ...] = ()
    rounds: int = 0
    notice: str = ""

    @property
    def diff(self) -> str:
        """The unified diff from ``rules`` to ``configs``, "" if there is none."""
        before = _contents(self.rules)
        return "".join(
            text_diff(path, before.get(path), text) for path, text in _contents(self.configs).items()
        )

    def to_json(self) -> dict[str, object]:
        """Return what ``fieldguide generate-config --json`` and the protocol add to the files."""
        return {
            "model": self.model,
            "notice": self.notice,
            "rounds": self.rounds,
            "additions": [addition.to_json() for addition in self.additions],
            "refused": [refusal.to_json() for refusal in self.refused],
            "rules": [{"path": path, "content": text} for path, text in _contents(self.rules).items()],
            "diff": self.diff,
        }


def _contents(configs: Iterable[GeneratedConfig]) -> dict[str, str]:
    return {file.path: file.content for config in configs for file in config.files}
