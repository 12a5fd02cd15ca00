"""How long a config takes: in a process that runs already, as a command, and compared with walking and reading the same files.

    python tests/benchmarks/bench_configgen.py [FOLDER …]

Without a folder two repositories are made: a small one, and one of 5,000 files. Prints medians of CPU time in
milliseconds, so that a busy machine counts less, and the ratio to a walk that reads every file. Goals: 200 ms on a small
repository, 2 s on 5,000 files.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from fieldguide_server.configgen import generate

ROUNDS = 5
COMMAND = (sys.executable, "-P", "-m", "fieldguide_server", "generate-config", "--target")
APP = (
    '{"scripts": {"dev": "vite", "build": "vite build", "test": "vitest"}, "devDependencies": {"vite": "5"}}'
)


def make(root: Path, packages: int, files: int) -> Path:
    """A workspace of so many packages with so many sources each."""
    (root / "package.json").write_text(
        '{"workspaces": ["packages/*"], "scripts": {"dev": "npm run dev -w p0"}}'
    )
    (root / "package-lock.json").write_text("{}")
    (root / "README.md").write_text("# App\n\n    npm install\n    npm run dev\n")
    for number in range(packages):
        folder = root / "packages" / f"p{number}"
        (folder / "src").mkdir(parents=True)
        (folder / "package.json").write_text(APP)
        for source in range(files):
            (folder / "src" / f"m{source}.ts").write_text("export const a = 1;\n" * 100)
    return root


def read_all(root: Path) -> None:
    """What any answer that looks at all files costs at least."""
    for folder, inner, names in os.walk(root):
        inner[:] = [name for name in inner if name not in {".git", "node_modules"}]
        for name in names:
            path = Path(folder, name)
            if path.is_file():
                path.read_bytes()


def cpu(call: Callable[[], object]) -> float:
    """The median of some calls, in milliseconds of CPU."""
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        call()
        times.append(time.process_time() - started)
    return statistics.median(times) * 1000


def cpu_of(command: tuple[str, ...]) -> float:
    """The median CPU time of a process, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=False, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return statistics.median(times) * 1000


def measure(root: Path) -> None:
    """One repository, every figure in the same run."""
    count = sum(len(names) for _, _, names in os.walk(root))
    generate(root)
    walk, made = cpu(lambda: read_all(root)), cpu(lambda: generate(root))
    python = cpu_of((sys.executable, "-c", "pass"))
    command = cpu_of((*COMMAND, "gitpod", "--path", str(root)))
    every = cpu_of((*COMMAND, "all", "--json", "--path", str(root)))
    print(f"{root.name}: {count} files; walked and read {walk:.0f} ms")
    print(f"  generate, in process   {made:6.0f} ms, {made / walk:.1f} × the walk")
    print(
        f"  generate-config        {command:6.0f} ms, {command / python:.1f} × an empty Python ({python:.0f} ms)"
    )
    print(f"  --target all --json    {every:6.0f} ms")


def main() -> None:
    """Measure the folders that are named, or two made for it."""
    if folders := [Path(name) for name in sys.argv[1:]]:
        for folder in folders:
            measure(folder)
        return
    with tempfile.TemporaryDirectory() as home:
        for name, packages, files in (("small", 1, 10), ("large", 50, 100)):
            root = Path(home, name)
            root.mkdir()
            measure(make(root, packages, files))


if __name__ == "__main__":
    main()
