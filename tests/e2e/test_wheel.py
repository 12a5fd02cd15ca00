"""The built wheel: its contents, and an answer from it when it is installed outside of the checkout."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.fakes.workspace import write_workspace
from tests.patience import PATIENCE, scaled

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE_DATA = (
    "fieldguide_indexer/embedding/model/model.onnx",
    "fieldguide_indexer/embedding/model/tokenizer.json",
    "fieldguide_indexer/tokens/o200k_base.bin.gz",
    "fieldguide_indexer/chunking/queries/python.scm",
    "fieldguide_indexer/py.typed",
    "fieldguide_server/assistant/prompts/personas/engineer.txt",
    "fieldguide_server/assistant/prompts/templates/rules.txt",
    "fieldguide_server/configgen/schemas/gitpod.schema.json",
    "fieldguide_server/py.typed",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=scaled(300))
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_both_packages_with_their_data_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names.issuperset(PACKAGE_DATA)
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "fieldguide_server",
        "fieldguide_indexer",
    }


def test_the_installed_wheel_answers_a_question(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(installed),
        str(wheel),
    ]
    subprocess.run([*install, "--disable-pip-version-check"], check=True, timeout=scaled(300))
    workspace = write_workspace(tmp_path / "shop")
    where = "import fieldguide_indexer, fieldguide_server, sys; from fieldguide_server.__main__ import main; "
    where += "sys.stderr.write(fieldguide_indexer.__file__ + fieldguide_server.__file__); sys.exit(main())"
    run = subprocess.run(
        [sys.executable, "-P", "-c", where, "ask", "--json", "where is the session cookie signed?"],
        cwd=workspace,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr.count(str(installed)) == 2
    assert json.loads(run.stdout)["citations"][0]["path"] == "shop/sessions.py"
