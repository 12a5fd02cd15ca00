"""Adds the prefix that runs a command in its project's environment, which documents assume to be active."""

import re

from fieldguide_server.configgen.detect.python.python import project_prefix
from fieldguide_server.configgen.reading.repository import Repository, folder_of, word_set
from fieldguide_server.configgen.reading.shell import split_quietly
from fieldguide_server.configgen.tools import manifests

# Programs that come from a project's packages, or need them.
PYTHON = word_set(
    "python python3 flask fastapi uvicorn gunicorn hypercorn daphne waitress-serve streamlit chainlit gradio "
    "mkdocs sphinx-autobuild jupyter celery django-admin litestar adk reflex scrapy dagster prefect functions-framework"
)
RUBY = word_set("ruby rackup rails puma unicorn thin jekyll middleman rake sidekiq")
AFTER_VARIABLES = re.compile(r"\s*(?:[A-Za-z_]\w*=\S*\s+)*")
JOINED = re.compile(r"(\s*(?:&&|;)\s*)")


def activated(repo: Repository, text: str, folder: str) -> str:
    """Return a command line of ``folder`` with its programs run by the manager that installs their packages."""
    parts = JOINED.split(text) if not re.search(r"['\"]", text) else [text]
    return "".join(part if JOINED.fullmatch(part) else _one(repo, part, folder) for part in parts)


def _one(repo: Repository, text: str, folder: str) -> str:
    start = AFTER_VARIABLES.match(text)
    commands = split_quietly(text, folder)
    if start is None or len(commands) != 1 or not text[start.end() :].startswith(commands[0].words[0]):
        return text
    return text[: start.end()] + _prefix(repo, commands[0].words[0], folder) + text[start.end() :]


def _prefix(repo: Repository, program: str, folder: str) -> str:
    if program in PYTHON:
        return project_prefix(repo, folder)
    return "bundle exec " if program in RUBY and _bundled(repo, folder) else ""


def _bundled(repo: Repository, folder: str) -> bool:
    while folder and not repo.first(folder, *manifests.RUBY):
        folder = folder_of(folder)
    return repo.first(folder, *manifests.RUBY) is not None
