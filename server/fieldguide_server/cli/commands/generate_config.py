"""``fieldguide generate-config``: the development environment's files, made from what the repository shows."""

import argparse
import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_server.cli import additions, output
from fieldguide_server.cli.arguments import Subparsers, UsageError, add_common, add_model
from fieldguide_server.cli.session import Session

if TYPE_CHECKING:
    from fieldguide_server.configgen import ConfigFile, GeneratedConfig

ALL = "all"


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("generate-config", help="make the file of a development environment")
    parser.add_argument(
        "--target", default="gitpod", metavar="NAME", help="which kind of file, or all (default: gitpod)"
    )
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument(
        "--write", action="store_true", help="write the files; existing ones are brought up to date"
    )
    shown.add_argument("--diff", action="store_true", help="print what would change instead of the files")
    parser.add_argument(
        "--force", action="store_true", help="make existing files anew instead of updating them"
    )
    parser.add_argument(
        "--show-prompt", action="store_true", help="print what a language model would be sent, and ask none"
    )
    add_model(parser, is_switch=True)
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Generate, then print or write; what it was made from is said on stderr."""
    session = Session.start(args)
    if args.show_prompt:
        return additions.show_prompt(args, session, _targets(args.target))
    if args.model is None:
        made, beside = _generate(session.folder, args.target, fresh=args.force), {}
    else:
        suggested = additions.suggest(args, session, _targets(args.target))
        made, beside = suggested.configs, {"with_model": suggested.to_json()}
    files = [file for config in made for file in config.files]
    _explain(session, made)
    if args.model is not None:
        additions.tell(session, suggested)
    written = _write(session.folder, files) if args.write else []
    if not files and not args.json:
        raise _nothing(made)
    if args.json:
        told = {**_document(args.target, made), **beside}
        output.document({**told, **({"written": written} if args.write else {})})
    elif args.write:
        for file in files:
            output.line(*(_wrote(file.path) if file.path in written else (f"{file.path} is up to date.",)))
    elif args.diff:
        _print_changes(session.folder, files)
    else:
        _print(files)
    return 0 if files else 1


def _targets(target: str) -> tuple[str, ...]:
    from fieldguide_server.configgen import TARGETS  # noqa: PLC0415 - heavy

    if target not in (*TARGETS, ALL):
        raise UsageError(f"there is no target {target!r}; there are: {', '.join(TARGETS)}, {ALL}")
    return TARGETS if target == ALL else (target,)


def _generate(folder: Path, target: str, *, fresh: bool) -> "tuple[GeneratedConfig, ...]":
    from fieldguide_server.configgen import generate, generate_all  # noqa: PLC0415 - heavy

    wanted = _targets(target)
    return generate_all(folder, fresh=fresh) if target == ALL else (generate(folder, wanted[0], fresh=fresh),)


def _nothing(made: "Sequence[GeneratedConfig]") -> Exception:
    """Return why there is no file, as the one sentence of a failure."""
    from fieldguide_server.configgen import ConfigError  # noqa: PLC0415 - heavy

    return ConfigError(made[0].problems[-1] if made[0].problems else "There is nothing to offer.")


def _document(target: str, made: "Sequence[GeneratedConfig]") -> dict[str, object]:
    """Return one target's answer; for all of them their lists joined, evidence and unknowns once."""
    shapes = [config.to_json() for config in made]
    if len(shapes) == 1:
        return shapes[0]
    joined: dict[str, object] = {**shapes[0], "target": target}
    for key in ("files", "lines", "updated", "problems"):
        items: list[object] = []
        for shape in shapes:
            found = shape[key]
            items += [item for item in found if item not in items] if isinstance(found, list) else []
        joined[key] = items
    return joined


def _explain(session: Session, made: "Sequence[GeneratedConfig]") -> None:
    # Packages of one workspace lean on the same lines: each is said once.
    said_of = (f"{found.key}: {found.value} ({found.path}:{found.line})" for found in made[0].evidence)
    for sentence in dict.fromkeys(said_of):
        session.note(sentence)
    for unknown in made[0].unknown:
        session.note(f"not known: {unknown}")
    # Where there is no file at all, the failure says this.
    said = () if any(config.files for config in made) else made[0].problems[-1:]
    for problem in dict.fromkeys(problem for config in made for problem in config.problems):
        if problem not in said:
            session.note(f"note: {problem}")


def _print(files: "Sequence[ConfigFile]") -> None:
    for file in files:
        if len(files) > 1:
            output.line(f"==> {file.path} <==")
        output.exact(file.content)


def _print_changes(folder: Path, files: "Sequence[ConfigFile]") -> None:
    from fieldguide_server.configgen import unified_diff  # noqa: PLC0415 - heavy

    for file in files:
        output.exact(unified_diff(folder, file))


def _wrote(path: str) -> tuple[str | tuple[str, str], ...]:
    return "Wrote ", (path, "cyan")


def _differs(folder: Path, file: "ConfigFile") -> bool:
    """Return whether the file on disk reads otherwise: what is up to date is not touched."""
    try:
        return (folder / file.path).read_bytes() != file.content.encode()
    except OSError:
        return True


def _write(folder: Path, files: "Sequence[ConfigFile]") -> list[str]:
    """Return all files or none: every draft is on the disk before the first file changes, and a failure undoes the rest."""
    files = [file for file in files if _differs(folder, file)]
    targets = [_target(folder, file) for file in files]
    drafts = [target.with_name(f"{target.name}.{os.getpid()}.tmp") for target in targets]
    changed: list[tuple[Path, bytes | None]] = []
    try:
        for draft, target, file in zip(drafts, targets, files, strict=True):
            draft.parent.mkdir(parents=True, exist_ok=True)
            # Beside the target, so that the rename stays within one disk and nobody ever sees half a file.
            with draft.open("x", encoding="utf-8", newline="") as out:
                out.write(file.content)
            if target.exists():
                draft.chmod(target.stat().st_mode)
        for draft, target in zip(drafts, targets, strict=True):
            old = target.read_bytes() if target.exists() else None
            draft.replace(target)
            changed.append((target, old))
    except OSError as error:
        _undo(changed)
        _name_target(error, dict(zip(map(str, drafts), targets, strict=True)))
        raise
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)
    return [file.path for file in files]


def _name_target(error: OSError, targets: Mapping[str, Path]) -> None:
    """People know the file that was to be written, not its draft."""
    if str(error.filename) in targets:
        error.filename = str(targets[str(error.filename)])


def _target(folder: Path, file: "ConfigFile") -> Path:
    """Return where a file goes; a link on the way must not lead out of the folder, nor be replaced."""
    target = folder / file.path
    if not target.parent.resolve().is_relative_to(folder):
        raise PermissionError(errno.EPERM, "would land outside the folder", file.path)
    if target.is_symlink():
        raise FileExistsError(errno.EEXIST, "is a link, which is left alone", file.path)
    return target


def _undo(changed: Sequence[tuple[Path, bytes | None]]) -> None:
    for target, old in changed:
        if old is None:
            target.unlink(missing_ok=True)
        else:
            target.write_bytes(old)
