"""Ruby: Bundler, Rails, Rack and Sinatra."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.reading.repository import Repository, is_safe_name, join
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.tools import manifests
from fieldguide_server.configgen.tools.databases import DATABASE_NAMES, NEEDS_DATABASE
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

SAMPLE = re.compile(r"([\w-]+\.yml)\.(?:example|sample|dist)")
DATABASE_FILES = tuple(f"config/database.yml{ending}" for ending in ("", ".example", ".sample", ".dist"))
RAILS = re.compile(r"^[ \t]*gem ['\"]rails['\"]", re.MULTILINE)
ADAPTER = re.compile(r"^[ \t]*adapter:\s*(postgresql|mysql2|trilogy|postgis)", re.MULTILINE)
PUMA = re.compile(r"^[ \t]*port\s+\(?\s*ENV(?:\.fetch)?[\[(].*?(\d{4,5})", re.MULTILINE)
RAKE_TEST = re.compile(r"\bRake::TestTask\b")
SINATRA = re.compile(r"^[ \t]*require ['\"]sinatra['\"]", re.MULTILINE)
SINATRA_PORT = re.compile(r"^[ \t]*set\s*\(?:port,\s*(\d{4,5})", re.MULTILINE)
PROC_PORT = re.compile(r"^web:.*-p\s*(\d{4,5})", re.MULTILINE)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of every folder with a Gemfile; the detector of static sites starts those of Jekyll."""
    for folder in repo.folders_with(*manifests.RUBY):
        path = repo.first(folder, *manifests.RUBY) or ""
        yield Evidence(Key.INSTALL, "bundle install", path, 1, STATED, folder, "ruby")
        yield Evidence(Key.EXTENSION, "Shopify.ruby-lsp", path, 1, DEFAULT, folder, "ruby")
        if re.search(r"rspec", repo.read(path)) and join(folder, "spec") in repo.folders:
            line = repo.line(path, "rspec")
            yield Evidence(Key.TEST, "bundle exec rspec", path, line, DEFAULT, folder, "ruby")
        elif repo.first(folder, "Rakefile") and RAKE_TEST.search(repo.read(join(folder, "Rakefile"))):
            rakefile = join(folder, "Rakefile")
            line = repo.line(rakefile, "TestTask")
            yield Evidence(Key.TEST, "bundle exec rake test", rakefile, line, DEFAULT, folder, "ruby")
        elif repo.first(folder, "bin/rails"):
            yield Evidence(Key.TEST, "bin/rails test", path, 1, DEFAULT, folder, "ruby")
        if RAILS.search(repo.read(path)):
            yield from _rails(repo, folder, path)
        else:
            yield from _plain(repo, folder)


def _plain(repo: Repository, folder: str) -> Iterator[Evidence]:
    """Yield a Rack application, else a script with a program's name, else one that uses Sinatra."""
    if rack := repo.first(folder, "config.ru"):
        yield Evidence(Key.START, "bundle exec rackup", rack, 1, DEFAULT, folder, "ruby")
        yield from ports.best([ports.port(rack, 1, 9292, DEFAULT, "rackup's default")], folder, "ruby")
    elif script := repo.first(folder, "app.rb", "main.rb", "server.rb", "bot.rb") or _sinatra(repo, folder):
        text = f"bundle exec ruby {quoted(script.rpartition('/')[2])}"
        yield Evidence(Key.START, text, script, 1, CONVENTION, folder, "ruby", "a program, by its name")
        served = [ports.port(script, repo.line(script, "sinatra"), 4567, DEFAULT, "Sinatra's default")]
        named = ports.in_file(repo, script, SINATRA_PORT, 0.9, "the code listens there")
        if "sinatra" in repo.read(script):
            yield from ports.best([*served, *named], folder, "ruby")


def _sinatra(repo: Repository, folder: str) -> str | None:
    """Return the first script of a folder that requires Sinatra."""
    scripts = [path for path in repo.in_folder(folder) if path.endswith(".rb")]
    return next((path for path in scripts if SINATRA.search(repo.read(path))), None)


def _rails(repo: Repository, folder: str, gemfile: str) -> Iterator[Evidence]:
    line = repo.line(gemfile, "rails")
    rails = "bin/rails" if repo.first(folder, "bin/rails") else "bundle exec rails"
    database = repo.first(folder, *DATABASE_FILES)
    yield from _samples(repo, folder)
    if database:
        yield from _database(repo, folder, database)
        text = f"{rails} db:prepare"
        yield Evidence(Key.SETUP, text, database, 1, DOCUMENTED, folder, "ruby", NEEDS_DATABASE)
    if dev := repo.first(folder, "bin/dev"):
        yield Evidence(Key.START, "bin/dev", dev, 1, STATED, folder, "ruby")
    else:
        yield Evidence(
            Key.START, f"{rails} server -b 0.0.0.0", gemfile, line, DOCUMENTED, folder, "ruby", "rails"
        )
    yield from ports.best(_ports(repo, folder, gemfile, line), folder, "ruby")


def _samples(repo: Repository, folder: str) -> Iterator[Evidence]:
    """Yield the copying of each ``config/*.yml.example`` that has no ``config/*.yml`` yet."""
    for path in repo.in_folder(join(folder, "config")):
        name = SAMPLE.fullmatch(path.rpartition("/")[2])
        if name and is_safe_name(name.group()) and join(folder, f"config/{name.group(1)}") not in repo.files:
            text = f"cp -n config/{name.group()} config/{name.group(1)}"
            yield Evidence(
                Key.SETUP, text, path, 1, DOCUMENTED, folder, "env", "the sample file to start from"
            )


def _database(repo: Repository, folder: str, path: str) -> Iterator[Evidence]:
    if found := ADAPTER.search(repo.read(path)):
        name = DATABASE_NAMES[found.group(1)]
        yield Evidence(Key.DATABASE, name, path, repo.line(path, found.group(0)), STATED, folder, "ruby")


def _ports(repo: Repository, folder: str, gemfile: str, line: int) -> Iterator[Evidence]:
    yield from ports.in_file(repo, join(folder, "Procfile.dev"), PROC_PORT, STATED, "Procfile.dev")
    yield from ports.in_file(repo, join(folder, "config/puma.rb"), PUMA, 0.9, "Puma's configuration")
    yield ports.port(gemfile, line, 3000, DEFAULT, "rails server's default")
