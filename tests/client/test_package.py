"""The packaged extension contains the files that it needs, and no others."""

import json
import re
import zipfile
from pathlib import Path

import pytest

from tests.client.manifest import MANIFEST

CLIENT = MANIFEST.parent
PACKAGE = CLIENT / "dist" / "fieldguide.vsix"
ALLOWED = re.compile(
    r"(extension\.vsixmanifest|\[Content_Types\]\.xml|extension/("
    r"package\.json|readme\.md|changelog\.md|LICENSE\.txt|dist/[\w-]+\.js|media/[\w./-]+\.(svg|png|css|md)))"
)
# The Node modules that the bundle may import; the language client uses `net` for pipes.
MODULES = {"child_process", "crypto", "fs", "net", "os", "path", "readline", "url", "util", "vscode"}

pytestmark = pytest.mark.skipif(
    not PACKAGE.exists(), reason="there is no package: python3 tests/run.py client"
)


@pytest.fixture(scope="module")
def package() -> dict[str, bytes]:
    with zipfile.ZipFile(PACKAGE) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def scripts(package: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in package.items() if name.endswith(".js")}


def test_the_package_contains_no_source_map_test_or_dependency(package: dict[str, bytes]) -> None:
    assert [name for name in package if not ALLOWED.fullmatch(name)] == []


def test_the_package_contains_every_file_of_the_manifest(package: dict[str, bytes]) -> None:
    manifest = json.loads(package["extension/package.json"])
    named = {
        manifest["icon"],
        manifest["main"].removeprefix("./"),
        "readme.md",
        "changelog.md",
        "LICENSE.txt",
    }
    named |= set(re.findall(r"media/[\w./-]+\.\w+", json.dumps(manifest["contributes"])))
    assert {f"extension/{name}" for name in named} <= set(package)
    assert package[f"extension/{manifest['icon']}"].startswith(b"\x89PNG")


def test_the_scripts_are_smaller_than_a_megabyte_and_a_half(package: dict[str, bytes]) -> None:
    assert 0 < sum(map(len, scripts(package).values())) < 1_500_000


def test_the_package_contains_the_pictures_of_the_readme_and_they_are_small(
    package: dict[str, bytes],
) -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", package["extension/readme.md"].decode("utf-8"))
    assert pictures
    assert [each for each in pictures if len(package[f"extension/{each}"]) > 250_000] == []


def test_the_scripts_have_no_access_to_the_network(package: dict[str, bytes]) -> None:
    for name, content in scripts(package).items():
        text = content.decode("utf-8")
        modules = {
            module.removeprefix("node:").split("/")[0] for module in re.findall(r'require\("([^"]+)"\)', text)
        }
        assert {each for each in modules if not each.startswith(".")} <= MODULES, name
        assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon)\s*\(", text), name


def test_the_extension_has_the_licence_of_the_project() -> None:
    assert (CLIENT / "LICENSE").read_text("utf-8") == (Path(CLIENT).parent / "LICENSE").read_text("utf-8")
