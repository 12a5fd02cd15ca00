"""The role of a file, by its path."""

import pytest

from fieldguide_indexer.search.file_roles import Role, is_within, ported, role_of, superseded


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("src/app.py", Role.CODE),
        ("src/history.ts", Role.CODE),
        ("lib/changes.py", Role.CODE),
        ("src/contest.py", Role.CODE),
        ("src/latest/feed.go", Role.CODE),
        ("include/uv.h", Role.DECLARATION),
        ("src/index.d.ts", Role.REEXPORT),
        ("src/types.d.ts", Role.DECLARATION),
        ("axum/src/routing/mod.rs", Role.REEXPORT),
        ("tests/conftest.py", Role.TEST),
        ("src/router_test.go", Role.TEST),
        ("src/button.spec.tsx", Role.TEST),
        ("src/test/java/GsonTest.java", Role.TEST),
        ("docs/guide.md", Role.DOCS),
        ("README", Role.DOCS),
        ("CHANGELOG.md", Role.HISTORY),
        ("doc/announce/release-2.0.rst", Role.HISTORY),
        ("NEWS", Role.HISTORY),
        ("examples/todo/app.js", Role.EXAMPLE),
        ("package.json", Role.DATA),
        ("api/service.pb.go", Role.GENERATED),
        ("vendor/lib/thing.c", Role.GENERATED),
    ],
)
def test_a_path_tells_the_role(path: str, role: Role) -> None:
    assert role_of(path) is role


def test_documentation_is_one_part_of_the_workspace_and_all_else_the_other() -> None:
    paths = ["docs/guide.md", "CHANGELOG.md", "src/app.py", "tests/test_app.py"]
    assert [path for path in paths if is_within(path, "docs")] == paths[:2]
    assert [path for path in paths if is_within(path, "code")] == paths[2:]
    assert [path for path in paths if is_within(path, "all")] == paths


def test_an_older_version_is_superseded_by_the_newer_beside_it() -> None:
    assert superseded(["src/v3/errors.ts", "src/v4/core.ts"]) == {"src/v3/errors.ts": "v3"}


def test_a_version_folder_is_superseded_by_the_same_file_outside_of_it() -> None:
    assert superseded(["lib/v1/fields.py", "lib/fields.py"]) == {"lib/v1/fields.py": "v1"}


def test_the_only_version_is_not_superseded() -> None:
    assert superseded(["api/v1/user.go", "api/v1/team.go", "cmd/main.go"]) == {}


def test_versions_of_different_things_are_not_compared() -> None:
    assert superseded(["users/v1/api.go", "teams/v2/api.go"]) == {}


@pytest.mark.parametrize(
    ("rarer", "common"),
    [
        ("src/win/tty.c", "src/unix/tty.c"),
        ("src/unix/aix.c", "src/unix/linux.c"),
        ("osdep-sunos.c", "osdep-linux.c"),
        ("pkg/file_windows.go", "pkg/file.go"),
    ],
)
def test_a_file_for_a_rarer_platform_is_a_port_of_its_twin(rarer: str, common: str) -> None:
    assert list(ported([rarer, common])) == [rarer]


def test_without_its_twin_a_file_for_a_platform_is_no_port() -> None:
    assert (
        ported(["src/windows/main.ts", "src/menu.ts", "src/unix/tty.c", "lib/winner.c", "lib/posix_ner.c"])
        == {}
    )
