"""Dart and Flutter."""

from collections.abc import Iterator

from fieldguide_server.configgen.detect.manifest import Manifest
from fieldguide_server.configgen.reading.repository import Repository, as_object, join
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, Evidence, Key

WEB_PORT = 8080


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of the pubspec nearest to the root."""
    for folder in repo.folders_with("pubspec.yaml", depth=1)[:1]:
        pubspec = Manifest(repo, join(folder, "pubspec.yaml"), "dart")
        manifest = as_object(repo.yaml(pubspec.path).value)
        flutter = "flutter" in as_object(manifest.get("dependencies"))
        tool = "flutter" if flutter else "dart"
        yield pubspec.evidence(Key.INSTALL, f"{tool} pub get")
        yield pubspec.evidence(Key.TEST, f"{tool} test", "dev_dependencies", confidence=DEFAULT)
        yield pubspec.evidence(Key.EXTENSION, "Dart-Code.dart-code", confidence=DEFAULT)
        yield pubspec.not_in_images(tool.capitalize(), "environment:")
        yield from _flutter(pubspec) if flutter else _dart(pubspec, str(manifest.get("name") or ""))


def _flutter(pubspec: Manifest) -> Iterator[Evidence]:
    """Yield the web app: a browser is the only device that a remote machine has."""
    yield pubspec.evidence(Key.EXTENSION, "Dart-Code.flutter", "flutter:", confidence=DEFAULT)
    if join(pubspec.folder, "web/index.html") in pubspec.repo.files:
        text = f"flutter run -d web-server --web-hostname 0.0.0.0 --web-port {WEB_PORT}"
        yield pubspec.evidence(
            Key.START, text, "flutter:", confidence=DOCUMENTED, note="the app has a web folder"
        )
        yield pubspec.evidence(
            Key.PORT, str(WEB_PORT), "flutter:", confidence=CONVENTION, note="the command sets it"
        )


def _dart(pubspec: Manifest, name: str) -> Iterator[Evidence]:
    inside = ("bin/server.dart", "bin/main.dart", f"bin/{name}.dart")
    if entry := pubspec.repo.first(pubspec.folder, *inside):
        text = f"dart run {entry.removeprefix(pubspec.folder + '/' if pubspec.folder else '')}"
        yield Evidence(Key.START, text, entry, 1, CONVENTION, pubspec.folder, "dart", "the program's entry")
