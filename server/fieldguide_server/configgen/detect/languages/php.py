"""PHP: Composer, Laravel, Symfony, and plain sites."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.reading.repository import (
    Repository,
    as_object,
    as_strings,
    is_safe_name,
    join,
)
from fieldguide_server.configgen.tools.databases import DATABASE_NAMES, NEEDS_DATABASE
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

ENV_DATABASE = re.compile(r"^DB_CONNECTION\s*=\s*['\"]?(mysql|mariadb|pgsql)\b", re.MULTILINE)
# The folder tells the web root; older frameworks call their front controller app.php.
INDEXES = (
    *(f"{root}/index.php" for root in ("public", "web", "htdocs", "www", "html", "public_html")),
    *("index.php", "web/app.php", "public/app.php"),
)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of every folder with a ``composer.json``, else of a plain ``index.php`` near the root."""
    folders = repo.folders_with("composer.json")
    for folder in folders:
        yield from _project(repo, folder)
    if not folders and (index := repo.first("", *INDEXES)):
        yield from _built_in(repo, "", index)


def _project(repo: Repository, folder: str) -> Iterator[Evidence]:
    path = join(folder, "composer.json")
    manifest = repo.json(path)
    yield Evidence(Key.INSTALL, "composer install", path, 1, STATED, folder, "php")
    extension, note = "bmewburn.vscode-intelephense-client", "a PHP project"
    yield Evidence(Key.EXTENSION, extension, path, 1, DEFAULT, folder, "php", note)
    if "test" in as_object(manifest.get("scripts")):
        line = repo.line(path, '"scripts"', '"test"')
        yield Evidence(Key.TEST, "composer run test", path, line, DEFAULT, folder, "php")
    elif settings := repo.first(folder, "phpunit.xml", "phpunit.xml.dist"):
        yield Evidence(Key.TEST, "vendor/bin/phpunit", settings, 1, DEFAULT, folder, "php")
    if "laravel/framework" in as_object(manifest.get("require")) and repo.first(folder, "artisan"):
        yield from _laravel(repo, folder, path)
    else:
        yield from _other(repo, folder, path, manifest)


def _laravel(repo: Repository, folder: str, path: str) -> Iterator[Evidence]:
    line = repo.line(path, "laravel/framework")
    sample = repo.first(folder, ".env.example")
    if sample:
        text = "php artisan key:generate"
        yield Evidence(Key.SETUP, text, sample, repo.line(sample, "APP_KEY"), DOCUMENTED, folder, "php")
        if found := ENV_DATABASE.search(repo.read(sample)):
            where = repo.line(sample, found.group(0))
            yield Evidence(Key.DATABASE, DATABASE_NAMES[found.group(1)], sample, where, STATED, folder, "php")
            text = "php artisan migrate"
            yield Evidence(Key.SETUP, text, sample, where, DOCUMENTED, folder, "php", NEEDS_DATABASE)
    yield _laravel_start(repo, folder, path)
    default = ports.port(path, line, 8000, DEFAULT, "artisan serve's default")
    yield from ports.best([default], folder, "php")


def _laravel_start(repo: Repository, folder: str, path: str) -> Evidence:
    """Return the script that serves pages and assets together, else Artisan's own server."""
    body = " ".join(as_strings(as_object(repo.json(path).get("scripts")).get("dev")))
    if "artisan serve" in body:
        line = repo.line(path, '"scripts"', '"dev"', "artisan serve")
        return Evidence(Key.START, "composer run dev", path, line, STATED, folder, "php", "laravel")
    line = repo.line(path, "laravel/framework")
    return Evidence(Key.START, "php artisan serve", path, line, STATED, folder, "php", "laravel")


def _other(repo: Repository, folder: str, path: str, manifest: dict[str, object]) -> Iterator[Evidence]:
    scripts = as_object(manifest.get("scripts"))
    for name in ("dev", "serve", "start", "start-dev"):
        body = " ".join(as_strings(scripts.get(name)))
        if body and is_safe_name(name):
            line = repo.line(path, '"scripts"', f'"{name}"')
            yield Evidence(Key.START, f"composer run {name}", path, line, DOCUMENTED, folder, "php")
            found = re.search(r"php -S \S*?:(\d{4,5})", body)
            named = (
                [ports.port(path, line, int(found.group(1)), STATED, "the script names it")] if found else []
            )
            yield from ports.best([*named, *ports.around(repo, folder)], folder, "php")
            return
    if index := repo.first(folder, *INDEXES):
        yield from _built_in(repo, folder, index)


def _built_in(repo: Repository, folder: str, index: str) -> Iterator[Evidence]:
    """Yield PHP's built-in server, on a port that the command sets."""
    inner = index.removeprefix(folder + "/" if folder else "").rpartition("/")[0]
    text = "php -S 0.0.0.0:8000" + (f" -t {inner}" if inner else "")
    # The server finds index.php by itself; anything else is passed as the router.
    text += "" if index.endswith("index.php") else f" {index.removeprefix(folder + '/' if folder else '')}"
    yield Evidence(Key.START, text, index, 1, CONVENTION, folder, "php", "PHP's built-in server")
    yield Evidence(
        Key.PORT, "8000", index, repo.line(index, "<?php"), CONVENTION, folder, "php", "the command sets it"
    )
