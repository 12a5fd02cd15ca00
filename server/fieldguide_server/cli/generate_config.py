"""``fieldguide generate-config``: the development environment's file, made from what the repository shows."""

import argparse
import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_server.cli import output
from fieldguide_server.cli.arguments import Subparsers, UsageError, add_common
from fieldguide_server.cli.session import Session

if TYPE_CHECKING:
    from fieldguide_server.configgen import ConfigFile, GeneratedConfig


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("generate-config", help="make the file of a development environment")
    parser.add_argument(
        "--target", default="gitpod", metavar="NAME", help="which kind of file (default: gitpod)"
    )
    parser.add_argument("--write", action="store_true", help="write the file instead of printing it")
    parser.add_argument("--force", action="store_true", help="let --write replace a file that exists")
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Generate, then print or write; what it was made from is said on stderr."""
    from fieldguide_server.configgen import TARGETS, generate  # noqa: PLC0415 - heavy

    if args.target not in TARGETS:
        raise UsageError(f"there is no target {args.target!r}; there are: {', '.join(TARGETS)}")
    session = Session.start(args)
    made = generate(session.folder, args.target)
    _explain(session, made)
    written = _write(session.folder, made.files, force=args.force) if args.write else []
    if args.json:
        output.document({**made.to_json(), **({"written": written} if args.write else {})})
    elif args.write:
        for path in written:
            output.line("Wrote ", (path, "cyan"))
    else:
        _print(made.files)
    return 0 if made.files else 1


def _explain(session: Session, made: "GeneratedConfig") -> None:
    for found in made.evidence:
        session.note(f"{found.key}: {found.value} ({found.path}:{found.line})")
    for unknown in made.unknown:
        session.note(f"not known: {unknown}")
    for problem in made.problems:
        session.note(f"problem: {problem}")


def _print(files: "tuple[ConfigFile, ...]") -> None:
    for file in files:
        if len(files) > 1:
            output.line(f"==> {file.path} <==")
        output.exact(file.content)


def _write(folder: Path, files: "tuple[ConfigFile, ...]", *, force: bool) -> list[str]:
    """All files or none: an existing one stops the command before anything is touched."""
    for file in files:
        target = folder / file.path
        if not target.parent.resolve().is_relative_to(folder):
            raise PermissionError(errno.EPERM, "would land outside the folder", file.path)
        if os.path.lexists(target) and not force:
            raise FileExistsError(errno.EEXIST, "exists already; --force replaces it", file.path)
    for file in files:
        _replace(folder / file.path, file.content)
    return [file.path for file in files]


def _replace(target: Path, content: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the rename stays within one disk and nobody ever sees half a file.
    draft = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        with draft.open("x", encoding="utf-8", newline="\n") as out:
            out.write(content)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
