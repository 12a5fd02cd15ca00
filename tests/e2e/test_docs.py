"""Documentation outside of the workspace, as the editor, the shell and agents read it: real processes, a real index of real files."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from fieldguide_server.docs.library import DocsLibrary
from tests.conftest import owners
from tests.e2e.conftest import SERVE, Editor, environment
from tests.fakes.openai_chat import ChatServer
from tests.fakes.workspace import write_workspace
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-P", "-m", "fieldguide_server"]
Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return write_workspace(tmp_path / "shop")


@pytest.fixture
def handbook(tmp_path: Path) -> Path:
    folder = tmp_path / "handbook"
    folder.mkdir()
    (folder / "parcels.md").write_text(
        "# Parcels\n\nA parcel is insured up to 500 florins by the guild of carriers.\n"
        "The VAT of a parcel is what `gross_price` adds.\n",
        encoding="utf-8",
    )
    (folder / "page.html").write_text("<p>The carriers wear a purple sash.</p>\n", encoding="utf-8")
    return folder


@pytest.fixture
def shell(workspace: Path) -> Shell:
    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=workspace,
            env=environment(**variables),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run


def name(home: Path, *folders: Path) -> None:
    """Writes the user's own settings."""
    named = ", ".join(json.dumps(str(folder)) for folder in folders)
    (home / "config.toml").write_text(f"[docs]\nfolders = [{named}]\n", encoding="utf-8")


def document(run: subprocess.CompletedProcess[str]) -> Any:
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def hits(run: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document(run)["hits"]
    return found


def test_a_search_of_the_docs_finds_the_workspaces_and_those_beside_it(
    shell: Shell, home: Path, handbook: Path
) -> None:
    name(home, handbook)
    found = hits(shell("search", "--json", "--in", "docs", "insured parcel"))
    assert (found[0]["path"], found[0]["source"]) == ("@handbook/parcels.md", "handbook")
    assert hits(shell("search", "--json", "--in", "docs", "purple sash"))[0]["path"] == "@handbook/page.html"
    readme = hits(shell("search", "--json", "--in", "docs", "make serve"))[0]
    assert (readme["path"], "source" in readme) == ("README.md", False)


def test_one_source_everything_and_code_alone_can_be_searched(
    shell: Shell, home: Path, handbook: Path, tmp_path: Path
) -> None:
    manual = tmp_path / "manual"
    manual.mkdir()
    (manual / "parcels.md").write_text("A parcel travels by mule.\n", encoding="utf-8")
    name(home, handbook, manual)
    for where in ("manual", "@manual"):
        found = hits(shell("search", "--json", "--in", where, "insured parcel"))
        assert {each["path"] for each in found} == {"@manual/parcels.md"}
    assert hits(shell("search", "--json", "insured parcel"))[0]["path"] == "@handbook/parcels.md"
    assert not [
        each for each in hits(shell("search", "--json", "--in", "code", "parcel")) if "source" in each
    ]
    wrong = shell("search", "--in", "guide", "parcel")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == (
        "fieldguide: unknown documentation guide; --in takes all, code, docs,"
        " or the name of a source of documentation: handbook, manual\n"
    )
    shown = shell("search", "--in", "docs", "insured parcel").stdout
    assert shown.startswith("@handbook/parcels.md:1-4")


def test_several_folders_are_searched_with_the_docs_of_each(
    shell: Shell, home: Path, handbook: Path, workspace: Path, tmp_path: Path
) -> None:
    other = write_workspace(tmp_path / "other")
    name(home, handbook)
    both = ("--path", str(workspace), "--path", str(other))
    found = hits(shell("search", "--json", *both, "insured parcel of the shop", "--limit", "50"))
    (page,) = [each for each in found if "source" in each and each["path"].endswith(".md")]
    assert (page["path"], page["folder"]) == ("@handbook/parcels.md", None)
    assert {each["folder"] for each in found} >= {str(workspace), str(other)}


def test_a_question_is_answered_from_the_docs_with_checked_citations(
    shell: Shell, home: Path, handbook: Path
) -> None:
    name(home, handbook)
    answer = document(shell("ask", "--json", "up to how many florins is a parcel insured?"))
    assert answer["citations"][0]["path"] == "@handbook/parcels.md"
    assert answer["citations"][0]["verified"] is True
    assert "500 florins" in answer["answer"]


def test_a_models_citation_of_the_docs_is_checked_against_the_file(
    shell: Shell, home: Path, handbook: Path
) -> None:
    name(home, handbook)
    with ChatServer() as model:
        model.enqueue("Up to 500 florins [@handbook/parcels.md:3]. See also [@handbook/gone.md:1].")
        scripted = {"FIELDGUIDE_MODEL_NAME": "scripted", "FIELDGUIDE_MODEL_BASE_URL": model.base_url}
        answer = document(shell("ask", "--json", "up to how many florins is a parcel insured?", **scripted))
        assert "500 florins" in model.history[0].prompt
    assert (answer["verified"], answer["removed"]) == (1, 1)
    assert answer["citations"][0]["path"] == "@handbook/parcels.md"


def test_pages_are_explained_and_explanations_name_the_docs(shell: Shell, home: Path, handbook: Path) -> None:
    name(home, handbook)
    lines = document(shell("explain", "--json", "@handbook/parcels.md:3"))
    assert "500 florins" in lines["answer"]
    page = document(shell("explain", "--json", "@handbook/parcels.md"))
    assert "@handbook/parcels.md" in {each["path"] for each in page["citations"]}
    code = document(shell("explain", "--json", "shop/prices.py:6-8"))
    assert ("@handbook/parcels.md", 4) in {(each["path"], each["start_line"]) for each in code["citations"]}
    for wrong in ("@handbook/gone.md", "@handbook/../shop/README.md", "@manual/parcels.md:1"):
        refused = shell("explain", wrong)
        assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)


def test_where_no_docs_are_named_nothing_is_opened_for_them(shell: Shell, home: Path) -> None:
    assert hits(shell("search", "--json", "--in", "docs", "make serve"))[0]["path"] == "README.md"
    assert not (home / "docs").exists()
    assert len(list((home / "indexes").iterdir())) == 1


def test_docs_that_are_named_no_more_are_found_no_more(shell: Shell, home: Path, handbook: Path) -> None:
    name(home, handbook)
    assert hits(shell("search", "--json", "--in", "handbook", "parcel"))
    name(home)
    assert shell("search", "--in", "handbook", "parcel").returncode == 2
    assert not [each for each in hits(shell("search", "--json", "parcel")) if "source" in each]


def test_what_an_editors_own_settings_named_is_read_in_the_shell(
    shell: Shell, home: Path, handbook: Path, workspace: Path
) -> None:
    library = DocsLibrary(home / "docs")
    library.follow(workspace, [str(handbook)], "editor", is_editor_setting=True)
    assert hits(shell("search", "--json", "--in", "handbook", "insured parcel"))
    assert "editor settings" in shell("config").stdout


@pytest.mark.parametrize("folder", ["nowhere", "docs/here"])
def test_what_is_no_folder_is_told_in_one_sentence(
    shell: Shell, home: Path, folder: str, tmp_path: Path
) -> None:
    name(home, Path(folder) if "/" in folder else tmp_path / folder)
    run = shell("search", "--in", "docs", "make serve")
    assert (run.returncode, run.stderr.count("\n")) == (0, 1)
    assert "docs.folders must be absolute paths of existing folders, not " in run.stderr


async def test_an_agent_reads_the_docs(workspace: Path, home: Path, handbook: Path) -> None:
    name(home, handbook)
    arguments = [*COMMAND[1:], "mcp", "--path", str(workspace)]
    server = StdioServerParameters(command=sys.executable, args=arguments, env=environment())

    async def called(tool: str, **arguments: object) -> dict[str, Any]:
        result = await client.call_tool(tool, dict(arguments))
        assert result.structured_content is not None, result.content
        return dict(result.structured_content)

    async with Client(server) as client:
        found = (await called("search", query="insured parcel", within="docs"))["hits"]
        assert (found[0]["path"], found[0]["source"]) == ("@handbook/parcels.md", "handbook")
        answer = await called("ask", question="up to how many florins is a parcel insured?")
        assert answer["citations"][0]["path"] == "@handbook/parcels.md"
        page = await called("explain", path="@handbook/parcels.md", start_line=3, end_line=3)
        assert "500 florins" in page["answer"]
        known = await called("lookup", name="gross_price")
        assert "@handbook/parcels.md" in [each["path"] for each in known["docs"]]
        (handbook / "parcels.md").write_text("A parcel is insured by a dragon.\n", encoding="utf-8")

        async def first_hit() -> str:
            return str((await called("search", query="insured parcel", within="docs"))["hits"][0]["text"])

        async with asyncio.timeout(PATIENCE):
            while "dragon" not in await first_hit():
                pass


ANIMALS = ("parrot", "camel", "otter", "walrus", "badger", "weasel", "donkey", "falcon", "turtle", "spider")


@pytest.fixture
async def editor(workspace: Path) -> AsyncIterator[Editor]:
    made = Editor()
    await made.start_io(*SERVE, env=environment())
    await made.open(workspace)
    yield made
    await made.shutdown_session()
    await made.stop()  # type: ignore[no-untyped-call]


async def test_ten_folders_in_the_editor_have_one_owner_and_the_shell_reads_them_too(
    editor: Editor, shell: Shell, home: Path, tmp_path: Path
) -> None:
    folders = {animal: tmp_path / f"{animal}-guide" for animal in ANIMALS}
    for animal, folder in folders.items():
        folder.mkdir()
        page = f"# Feeding\n\nThe {animal} eats seven hazelnuts a day.\n"
        (folder / "start.md").write_text(page, encoding="utf-8")
    uris = {folder.as_uri() for folder in folders.values()}
    editor.configure(docs={"folders": [str(folder) for folder in folders.values()]})

    def ready() -> set[str]:
        latest = {each["folder"]: each for each in editor.statuses}
        return {
            uri
            for uri, each in latest.items()
            if (each["docs"], each["state"], each["files"]) == (True, "ready", 1)
        }

    await editor.until(lambda: ready() == uris)
    assert len(owners(home)) == 2, "that of the workspace, and that of all documentation"
    found = await editor.ask_server("fieldguide/search", {"query": "hazelnuts", "limit": 20})
    assert {(each["folder"], each["path"]) for each in found["hits"]} == {(uri, "start.md") for uri in uris}
    answer = await editor.ask_server("fieldguide/ask", {"question": "how many hazelnuts eats the otter?"})
    assert answer["docs"] == {f"@{folder.name}/": folder.as_uri() for folder in folders.values()}
    assert answer["citations"][0]["path"] == "@otter-guide/start.md"

    in_shell = hits(shell("search", "--json", "--in", "docs", "--limit", "20", "hazelnuts"))
    assert {each["path"] for each in in_shell} == {f"@{folder.name}/start.md" for folder in folders.values()}
    assert len(owners(home)) == 2

    (folders["camel"] / "start.md").write_text("Water the cactus.\n", encoding="utf-8")

    async def is_cactus_found() -> bool:
        shown = await editor.ask_server("fieldguide/search", {"query": "cactus"})
        return [each["folder"] for each in shown["hits"]] == [folders["camel"].as_uri()]

    # A state that lasts less than the interval of reports is not reported, so there may be no notification to wait for.
    async with asyncio.timeout(PATIENCE):
        while not await is_cactus_found():
            pass
    editor.configure(docs={"folders": [str(folders["camel"])]})
    async with asyncio.timeout(PATIENCE):
        while set((await editor.ask_server("fieldguide/ask", {"question": "cactus?"}))["docs"]) != {
            "@camel-guide/"
        }:
            pass
    again = hits(shell("search", "--json", "--in", "docs", "hazelnuts"))
    assert not [each for each in again if "source" in each]
