"""``fieldguide generate-config``: generate the config of a development environment from evidence in the repository."""

import argparse
import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_server.cli import output, suggestions
from fieldguide_server.cli.arguments import Subparsers, UsageError, add_common, add_model
from fieldguide_server.cli.command_context import CommandContext
from fieldguide_server.files import contained

if TYPE_CHECKING:
    from fieldguide_server.configgen import ConfigFile, GeneratedConfig

ALL = "all"


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("generate-config", help="generate the config of a development environment")
    parser.add_argument(
        "--target",
        default="gitpod",
        metavar="NAME",
        help="format of the file, or all (default: gitpod); an unknown name lists the formats",
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", action="store_true", help="write the files; existing files are updated")
    action.add_argument("--diff", action="store_true", help="print a diff instead of the files")
    parser.add_argument(
        "--force", action="store_true", help="replace existing files instead of updating them"
    )
    parser.add_argument(
        "--show-prompt", action="store_true", help="print the prompt for a language model without sending it"
    )
    add_model(parser, is_switch=True)
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Generate the files, then print or write them; the evidence goes to stderr."""
    session = CommandContext.start(args)
    if args.show_prompt:
        return suggestions.show_prompt(args, session, _targets(args.target))
    if args.model is None:
        configs, extra = _generate(session.folder, args.target, fresh=args.force), {}
    else:
        suggested = suggestions.suggest(args, session, _targets(args.target))
        configs, extra = suggested.configs, {"with_model": suggested.to_json()}
    files = [file for config in configs for file in config.files]
    _explain(session, configs)
    if args.model is not None:
        suggestions.show(session, suggested)
    written = _write(session.folder, files) if args.write else []
    if not files and not args.json:
        raise _no_files(configs)
    if args.json:
        document = {**_document(args.target, configs), **extra}
        output.document({**document, **({"written": written} if args.write else {})})
    elif args.write:
        for file in files:
            output.line(
                *(
                    ("Wrote ", (file.path, "cyan"))
                    if file.path in written
                    else (f"{file.path} is up to date.",)
                )
            )
    elif args.diff:
        _print_changes(session.folder, files)
    else:
        _print(files)
    return 0 if files else 1


def _targets(target: str) -> tuple[str, ...]:
    from fieldguide_server.configgen import TARGET_NAMES  # noqa: PLC0415 - heavy

    if target not in (*TARGET_NAMES, ALL):
        raise UsageError(f"unknown target {target!r}; choose one of {', '.join(TARGET_NAMES)}, {ALL}")
    return TARGET_NAMES if target == ALL else (target,)


def _generate(folder: Path, target: str, *, fresh: bool) -> "tuple[GeneratedConfig, ...]":
    from fieldguide_server.configgen import generate, generate_all  # noqa: PLC0415 - heavy

    targets = _targets(target)
    return (
        generate_all(folder, fresh=fresh) if target == ALL else (generate(folder, targets[0], fresh=fresh),)
    )


def _no_files(configs: "Sequence[GeneratedConfig]") -> Exception:
    """Return the error that says why no file was generated."""
    from fieldguide_server.configgen import ConfigError  # noqa: PLC0415 - heavy

    return ConfigError(configs[0].problems[-1] if configs[0].problems else "Nothing could be generated.")


def _document(target: str, configs: "Sequence[GeneratedConfig]") -> dict[str, object]:
    """Return the JSON of one target; for several, their lists are joined, and evidence and unknowns are given once."""
    documents = [config.to_json() for config in configs]
    if len(documents) == 1:
        return documents[0]
    joined: dict[str, object] = {**documents[0], "target": target}
    for key in ("files", "lines", "updated", "problems"):
        items: list[object] = []
        for document in documents:
            values = document[key]
            items += [item for item in values if item not in items] if isinstance(values, list) else []
        joined[key] = items
    return joined


def _explain(session: CommandContext, configs: "Sequence[GeneratedConfig]") -> None:
    # Packages of one workspace share evidence: each line is printed once.
    evidence = (f"{each.key}: {each.value} ({each.path}:{each.line})" for each in configs[0].evidence)
    for sentence in dict.fromkeys(evidence):
        session.note(sentence)
    for unknown in configs[0].unknown:
        session.note(f"unknown: {unknown}")
    # If there is no file at all, the error contains the last problem.
    in_error = () if any(config.files for config in configs) else configs[0].problems[-1:]
    for problem in dict.fromkeys(problem for config in configs for problem in config.problems):
        if problem not in in_error:
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


def _differs(folder: Path, file: "ConfigFile") -> bool:
    """Return whether the content of the file on disk differs. Files that are up to date are not touched."""
    try:
        return (folder / file.path).read_bytes() != file.content.encode()
    except OSError:
        return True


def _write(folder: Path, files: "Sequence[ConfigFile]") -> list[str]:
    """Write all files or none, and return the paths written.

    All drafts are on disk before the first file changes, and after an error the changes are undone.
    """
    files = [file for file in files if _differs(folder, file)]
    targets = [_target(folder, file) for file in files]
    drafts = [target.with_name(f"{target.name}.{os.getpid()}.tmp") for target in targets]
    changed: list[tuple[Path, bytes | None]] = []
    try:
        for draft, target, file in zip(drafts, targets, files, strict=True):
            draft.parent.mkdir(parents=True, exist_ok=True)
            # Next to the target, so that the rename stays on one file system and is atomic.
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
    """Name the file that was to be written in the error, not its draft."""
    if str(error.filename) in targets:
        error.filename = str(targets[str(error.filename)])


def _target(folder: Path, file: "ConfigFile") -> Path:
    """Return the path to write a file to.

    Raises:
        OSError: A link leads out of the folder, or the file itself is a link.
    """
    target = folder / file.path
    if contained(folder, str(target.parent)) is None:
        raise PermissionError(errno.EPERM, "is outside of the workspace folder", file.path)
    if target.is_symlink():
        raise FileExistsError(errno.EEXIST, "is a symbolic link, which is not replaced", file.path)
    return target


def _undo(changed: Sequence[tuple[Path, bytes | None]]) -> None:
    for target, old in changed:
        if old is None:
            target.unlink(missing_ok=True)
        else:
            target.write_bytes(old)
