"""Documentation outside of the workspace: named by a setting, searched and cited with it, made from a file or an archive."""

import asyncio
import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from fieldguide_indexer import FieldguideError, Hit
from fieldguide_server.docs.archives import as_folder
from fieldguide_server.workspace.combined_index import CombinedIndex, SearchedFolder, prefixes
from tests.patience import PATIENCE
from tests.server.lsp_client import Client, FakeIndex


def hit(path: str, words: float = 0.5) -> Hit:
    return Hit(path, 1, 2, 0.5, "", "text", "words", words=words)


@pytest.fixture
def handbook(client: Client, tmp_path: Path) -> Path:
    folder = tmp_path / "handbook"
    folder.mkdir()
    (folder / "start.md").write_text("# Start\n", encoding="utf-8")
    client.docs.hits = [hit("handbook/start.md", 0.9)]
    client.indexes["shop"] = FakeIndex(hits=[hit("app.py")])
    return folder


async def opened(client: Client, tmp_path: Path, *folders: Path) -> Path:
    shop = tmp_path / "shop"
    shop.mkdir()
    named = {"docs": {"folders": [str(folder) for folder in folders]}}
    await client.initialize(shop, initializationOptions=named)
    return shop


async def status_of(client: Client, folder: Path) -> dict[str, Any]:
    message = await client.message(
        lambda each: (
            each.get("method") == "fieldguide/indexStatus" and each["params"]["folder"] == folder.as_uri()
        )
    )
    status: dict[str, Any] = message["params"]
    return status


async def test_a_folder_that_the_setting_names_is_indexed_watched_and_searched_beside_the_workspace(
    client: Client, tmp_path: Path, handbook: Path
) -> None:
    shop = await opened(client, tmp_path, handbook)
    assert (await status_of(client, handbook))["docs"] is True
    assert (await status_of(client, shop))["docs"] is False
    assert client.docs.watching, "no editor tells of changes there"
    hits = (await client.request("fieldguide/search", {"query": "start"}))["hits"]
    assert [(each["folder"], each["path"]) for each in hits] == [
        (handbook.as_uri(), "start.md"),
        (shop.as_uri(), "app.py"),
    ]
    files = await client.request("fieldguide/files", {"folder": handbook.as_uri()})
    assert files["folder"] == handbook.as_uri()


async def test_an_answer_tells_where_its_paths_of_documentation_lead(
    client: Client, tmp_path: Path, handbook: Path
) -> None:
    await opened(client, tmp_path, handbook)
    await status_of(client, handbook)
    answer = await client.request("fieldguide/ask", {"question": "How do I start?"})
    assert answer["docs"] == {"@handbook/": handbook.as_uri()}


async def test_folders_that_are_not_named_any_more_are_closed(
    client: Client, tmp_path: Path, handbook: Path
) -> None:
    shop = await opened(client, tmp_path, handbook)
    await status_of(client, handbook)
    none: Any = {"settings": {"fieldguide": {"docs": {"folders": []}}}}
    client.notify("workspace/didChangeConfiguration", none)
    assert await asyncio.to_thread(client.docs.closed.wait, PATIENCE)
    hits = (await client.request("fieldguide/search", {"query": "start"}))["hits"]
    assert {each["folder"] for each in hits} == {shop.as_uri()}


async def test_what_is_no_folder_is_told_once_and_what_lies_in_the_workspace_is_read_once(
    client: Client, tmp_path: Path
) -> None:
    shop = await opened(client, tmp_path, tmp_path / "nowhere", tmp_path / "shop")
    message = (await client.notification("window/showMessage"))["message"]
    assert "docs.folders" in message
    assert "nowhere" in message
    assert "shop" not in message.replace(str(tmp_path), "")
    await status_of(client, shop)
    assert len(client.opened_with) == 1


class TestCombinedIndex:
    def joined(self, tmp_path: Path, *docs: FakeIndex) -> CombinedIndex:
        main = SearchedFolder(
            "", tmp_path / "shop", FakeIndex(hits=[hit("app.py")]), lambda path: f"shop {path}"
        )
        sources = [
            SearchedFolder(f"@docs{number}/", tmp_path / str(number), index, lambda path: f"docs {path}")
            for number, index in enumerate(docs)
        ]
        return CombinedIndex(main, sources)

    def test_paths_of_documentation_begin_with_its_name(self, tmp_path: Path) -> None:
        joined = self.joined(tmp_path, FakeIndex(hits=[hit("guide/a.md", 0.9)]))
        assert [each.path for each in joined.search("x")] == ["@docs0/guide/a.md", "app.py"]
        assert joined.read("@docs0/guide/a.md") == "docs guide/a.md"
        assert joined.read("app.py") == "shop app.py"
        assert joined.file_status("@docs0/guide/a.md").path == "@docs0/guide/a.md"

    def test_documentation_that_cannot_be_searched_is_left_out(self, tmp_path: Path) -> None:
        broken = FakeIndex(error=FieldguideError("gone"))
        assert [each.path for each in self.joined(tmp_path, broken).search("x")] == ["app.py"]

    def test_documentation_that_is_closed_during_a_question_does_not_end_it(self, tmp_path: Path) -> None:
        joined = self.joined(tmp_path, FakeIndex(error=FieldguideError("The index was closed.")))
        assert joined.definitions_in("@docs0/guide.md") == []
        assert joined.file_status("@docs0/guide.md").state == "unknown"

    def test_a_workspace_that_is_closed_during_a_question_is_not_taken_for_empty(
        self, tmp_path: Path
    ) -> None:
        closed = FakeIndex(error=FieldguideError("The index was closed."))
        joined = CombinedIndex(SearchedFolder("", tmp_path, closed, lambda _path: None), [])
        with pytest.raises(FieldguideError, match="was closed"):
            joined.definitions_in("app.py")

    def test_folders_of_the_same_name_are_told_apart(self, tmp_path: Path) -> None:
        folders = [tmp_path / number / "my docs" for number in "ab"]
        assert prefixes(folders, tmp_path) == ["@my-docs/", "@my-docs-2/"]

    def test_a_name_that_a_folder_of_the_workspace_or_another_one_has_is_not_taken(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "shop" / "@docs").mkdir(parents=True)
        folders = [tmp_path / name for name in ("docs-2", "docs", "b/docs")]
        assert prefixes(folders, tmp_path / "shop") == ["@docs-2/", "@docs-3/", "@docs-4/"]


class TestUnpacking:
    def test_an_archive_that_cannot_be_written_is_told_by_the_file_that_it_is_about(
        self, tmp_path: Path
    ) -> None:
        with zipfile.ZipFile(tmp_path / "odd.zip", "w") as archive:
            archive.writestr("a", "a file")
            archive.writestr("a/b", "and a folder")
        with pytest.raises(FieldguideError, match=r"^odd\.zip cannot be read as documentation: ") as raised:
            as_folder(tmp_path / "odd.zip", tmp_path / "home")
        assert "Errno" not in str(raised.value)
        assert str(tmp_path) not in str(raised.value)

    def test_a_folder_is_itself_and_a_file_becomes_one(self, tmp_path: Path) -> None:
        file = tmp_path / "guide.md"
        file.write_text("# Guide\n", encoding="utf-8")
        assert as_folder(tmp_path, tmp_path / "home") == tmp_path
        made = as_folder(file, tmp_path / "home")
        assert (made / "guide.md").read_text(encoding="utf-8") == "# Guide\n"

    def test_an_archive_gives_its_files_and_nothing_that_would_lie_outside(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "docs.zip", "w") as archive:
            for name in ("a/start.md", "../evil.md", "/evil.md", "C:/evil.md"):
                archive.writestr(name, "text")
        with tarfile.open(tmp_path / "more.tar.gz", "w:gz") as tarred:
            link = tarfile.TarInfo("passwd")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tarred.addfile(link)
            file = tarfile.TarInfo("b/guide.md")
            file.size = 4
            tarred.addfile(file, io.BytesIO(b"text"))
        home = tmp_path / "home"
        for name, held in (("docs.zip", "a/start.md"), ("more.tar.gz", "b/guide.md")):
            folder = as_folder(tmp_path / name, home)
            files = [each.relative_to(folder).as_posix() for each in folder.rglob("*") if not each.is_dir()]
            assert files == [held]
        assert not list(tmp_path.rglob("evil.md"))

    @pytest.mark.parametrize("name", ["nothing.zip", "broken.zip", "broken.tar.gz"])
    def test_what_cannot_be_read_is_a_sentence(self, tmp_path: Path, name: str) -> None:
        if name.startswith("broken"):
            (tmp_path / name).write_bytes(b"no archive")
        with pytest.raises(FieldguideError, match=name):
            as_folder(tmp_path / name, tmp_path / "home")
        assert not [each for each in (tmp_path / "home").rglob("*") if each.is_file()]

    def test_archives_of_one_name_live_side_by_side_and_a_broken_one_replaces_nothing(
        self, tmp_path: Path
    ) -> None:
        home, made = tmp_path / "home", []
        for project in "ab":
            archive = tmp_path / project / "docs.zip"
            archive.parent.mkdir()
            with zipfile.ZipFile(archive, "w") as written:
                written.writestr("start.md", project)
            made.append(as_folder(archive, home))
        (tmp_path / "b" / "docs.zip").write_bytes(b"cut")
        with pytest.raises(FieldguideError, match=r"docs\.zip"):
            as_folder(tmp_path / "b" / "docs.zip", home)
        assert [(each / "start.md").read_text(encoding="utf-8") for each in made] == ["a", "b"]
        assert [each.name for each in made] == ["docs", "docs"]

    def test_an_archive_with_a_password_is_refused_in_a_sentence(self, tmp_path: Path) -> None:
        archive = tmp_path / "docs.zip"
        with zipfile.ZipFile(archive, "w") as written:
            written.writestr("start.md", "text")
        locked = bytearray(archive.read_bytes())
        for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            locked[locked.index(mark) + at] |= 1
        archive.write_bytes(locked)
        with pytest.raises(FieldguideError, match="password"):
            as_folder(archive, tmp_path / "home")


async def test_docs_are_added_from_this_machine_and_nothing_is_fetched(
    client: Client, tmp_path: Path, handbook: Path
) -> None:
    await opened(client, tmp_path)
    assert await client.request("fieldguide/addDocs", {"path": str(handbook)}) == {"folder": str(handbook)}
    assert await client.request("fieldguide/addDocs", {"path": handbook.as_uri()}) == {
        "folder": str(handbook)
    }
    web = await client.error("fieldguide/addDocs", {"path": "https://docs.example/x"})
    assert "fetches nothing" in web["message"]
    assert "absolute path" in (await client.error("fieldguide/addDocs", {"path": "docs"}))["message"]


async def test_ten_folders_are_one_index_with_a_state_each(client: Client, tmp_path: Path) -> None:
    folders = [tmp_path / f"guide-{number}" for number in range(10)]
    for folder in folders:
        folder.mkdir()
    await opened(client, tmp_path, *folders)
    for folder in folders:
        assert (await status_of(client, folder))["docs"] is True
    assert len(client.docs_opened_with) == 1
    status = await client.request("fieldguide/status", {"folder": folders[3].as_uri()})
    assert (status["folder"], status["docs"], status["state"]) == (folders[3].as_uri(), True, "ready")


async def test_a_question_goes_to_the_docs_index_once(client: Client, tmp_path: Path, handbook: Path) -> None:
    manual = tmp_path / "manual"
    manual.mkdir()
    client.docs.hits.append(hit("manual/start.md", 0.8))
    await opened(client, tmp_path, handbook, manual)
    await status_of(client, manual)
    await client.request("fieldguide/search", {"query": "start"})
    await client.request("fieldguide/ask", {"question": "How do I start?"})
    client.docs.searches.clear()
    found = [each.path for each in client.assistant.index.search("start", 10, "all")]
    assert found == ["@handbook/start.md", "@manual/start.md", "app.py"]
    assert len(client.docs.searches) == 1
    assert client.assistant.index.read("@handbook/start.md") == "# Start\n"
    assert client.assistant.index.read("@handbook/../shop/app.py") is None
