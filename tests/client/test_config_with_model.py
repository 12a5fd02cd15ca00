"""Generating a config with a model in a real VS Code: see ``vscode-client/test/e2e/withModel.mjs``."""

from pathlib import Path

import pytest

from tests.client.test_in_vscode import needs_vscode, run_journey
from tests.fakes.openai_chat import ChatServer
from tests.fakes.proposals import answer, proposal, shop

pytestmark = [pytest.mark.slow, pytest.mark.vscode]


@needs_vscode
def test_the_additions_of_a_model_are_shown_before_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    with ChatServer() as model:
        model.enqueue(answer(proposal("setup", "npm run seed"), proposal("start", "npm run worker")))
        settings: dict[str, object] = {
            "fieldguide.model.baseUrl": model.base_url,
            "fieldguide.model.name": "scripted",
        }
        keys = {"OPENAI_API_KEY": "for-tests"}
        run_journey("generatesWithModel", shop(tmp_path / "shop"), settings=settings, env=keys)
        assert len(model.history) == 1
