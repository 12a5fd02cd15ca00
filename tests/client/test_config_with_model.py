"""A config with a model's help in a real VS Code: the journey is in ``vscode-client/test/e2e/suggesting.mjs``."""

from pathlib import Path

import pytest

from tests.client.test_in_vscode import needs_vscode, travel
from tests.fakes.openai_chat import ChatServer
from tests.fakes.proposals import answer, proposal, shop

pytestmark = [pytest.mark.slow, pytest.mark.vscode]


@needs_vscode
def test_what_a_model_adds_is_seen_before_it_is_taken_and_written(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    with ChatServer() as model:
        model.enqueue(answer(proposal("setup", "npm run seed"), proposal("start", "npm run worker")))
        settings: dict[str, object] = {
            "fieldguide.model.baseUrl": model.base_url,
            "fieldguide.model.name": "scripted",
        }
        keys = {"OPENAI_API_KEY": "for-tests"}
        travel("suggests", shop(tmp_path / "shop"), settings=settings, env=keys)
        assert len(model.history) == 1
