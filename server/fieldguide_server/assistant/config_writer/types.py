"""What comes of asking a model: the rules' files, the files with what was taken, and what was not."""

from collections.abc import Iterable
from dataclasses import dataclass

from fieldguide_server.configgen import GeneratedConfig
from fieldguide_server.configgen.additions import Addition, Refusal
from fieldguide_server.configgen.diff import text_diff


@dataclass(frozen=True, slots=True)
class SuggestedConfig:
    """Both answers for each target, side by side.

    ``rules`` is what the rules alone make, ``configs`` the same with ``additions``; they are equal where nothing was taken.
    ``model`` is None when no model answered, and ``notice`` says why, or what became of what it proposed. ``rounds``
    counts how often it was asked again.
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
        """From the rules' files to the ones with the additions, as a unified diff; "" when they are the same."""
        before = _contents(self.rules)
        return "".join(
            text_diff(path, before.get(path), text) for path, text in _contents(self.configs).items()
        )

    def to_json(self) -> dict[str, object]:
        """Return what ``fieldguide generate-config --json`` and the protocol tell beside the files themselves."""
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
