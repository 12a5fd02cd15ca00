"""The files of records: complete lines in every case, limited in size, private, redacted."""

import json
import os
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fieldguide_indexer import StorageError
from fieldguide_server.records import Bounds, Records, as_csv, folder_of, redacted, summary
from tests.patience import PATIENCE

WRITER = """
import sys
from pathlib import Path
from fieldguide_server.records import Records
records = Records(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    records.append({"id": f"{sys.argv[2]}-{number}", "time": "2026-01-01T00:00:00", "text": "x" * 5000})
    print(number, flush=True)
"""


def record(identity: str, folder: str = "/shop", text: str = "") -> dict[str, Any]:
    return {"id": identity, "time": f"2026-01-{identity[-2:]}T10:00:00", "folder": folder, "question": text}


def ids(records: Records, folder: Path | None = None) -> list[str]:
    return [one["id"] for one in records.newest_first(folder)]


def writer(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "history")


def test_records_are_read_back_the_newest_first_and_by_folder(records: Records) -> None:
    for identity, folder in (("a-01", "/shop"), ("b-02", "/else"), ("c-03", "/shop")):
        records.append(record(identity, folder, "Wie heißt\nes?\u2028"))
    assert ids(records) == ["c-03", "b-02", "a-01"]
    assert ids(records, Path("/shop")) == ["c-03", "a-01"]
    assert next(records.newest_first())["question"] == "Wie heißt\nes?\u2028"
    (file,) = records.folder.glob("*.jsonl")
    assert [json.loads(line)["id"] for line in file.read_bytes().splitlines()] == ["a-01", "b-02", "c-03"]


def test_without_any_record_nothing_is_made(records: Records) -> None:
    assert ids(records) == []
    assert records.find("a") is None
    assert records.delete(lambda _: True) == 0
    assert not records.folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_the_files_are_readable_by_their_owner_alone(records: Records) -> None:
    records.append(record("a-01"))
    records.append(record("a-02"))
    records.delete(lambda one: bool(one["id"] == "a-01"))
    assert stat.S_IMODE(records.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in records.folder.iterdir()} == {0o600}


@pytest.mark.slow
def test_several_processes_write_whole_lines(records: Records) -> None:
    writers = [writer(records.folder, name, 12) for name in "abc"]
    for each in writers:
        each.communicate(timeout=PATIENCE)
    assert [each.returncode for each in writers] == [0, 0, 0]
    assert sorted(ids(records)) == sorted(f"{name}-{number}" for name in "abc" for number in range(12))


@pytest.mark.slow
def test_a_writer_that_is_killed_leaves_what_it_has_told_and_nobody_locked_out(records: Records) -> None:
    killed = writer(records.folder, "k", 10_000)
    assert killed.stdout is not None
    told = [int(killed.stdout.readline()) for _ in range(5)]
    killed.kill()
    killed.communicate(timeout=PATIENCE)
    records.append(record("after-01"))
    assert {f"k-{number}" for number in told} | {"after-01"} <= set(ids(records))


def test_half_a_line_is_passed_over_and_cut_off_by_the_next_writer(records: Records) -> None:
    records.append(record("a-01"))
    (file,) = records.folder.glob("*.jsonl")
    with file.open("ab") as out:
        out.write(b'{"id": "torn", "time": "2026' + b"x" * 100_000)
    assert ids(records) == ["a-01"]
    records.append(record("b-02"))
    assert ids(records) == ["b-02", "a-01"]
    assert b"torn" not in file.read_bytes()


@pytest.mark.parametrize(
    "damage", [b"", b"\n\n", b"\xff\xfe\n", b"[]\n", b'{"id": 1, "time": ""}\n', b"{}\n"]
)
def test_what_is_no_record_is_passed_over(records: Records, damage: bytes) -> None:
    records.folder.mkdir()
    (records.folder / "2026-01-01.jsonl").write_bytes(damage)
    (records.folder / "notes.txt").write_bytes(b"mine")
    records.append(record("a-01"), date(2026, 1, 1))
    assert ids(records) == ["a-01"]
    assert (records.folder / "notes.txt").exists()


def test_the_oldest_go_when_there_is_too_much(tmp_path: Path) -> None:
    records = Records(tmp_path, Bounds(max_bytes=40_000))
    for number in range(100):
        records.append(record(f"r-{number:02}", text="x" * 1_000), date(2026, 1, 1))
    kept = ids(records)
    assert sum(file.stat().st_size for file in tmp_path.glob("*.jsonl")) <= 40_000
    assert kept == [f"r-{number:02}" for number in range(99, 99 - len(kept), -1)]
    assert len(kept) > 25


def test_what_is_older_than_the_days_that_are_kept_goes(tmp_path: Path) -> None:
    records = Records(tmp_path, Bounds(max_days=10))
    for day in (1, 5, 12):
        records.append(record(f"d-{day:02}"), date(2026, 1, day))
    assert ids(records) == ["d-12", "d-05"]


def test_records_are_found_by_identity_or_its_only_beginning_and_deleted(records: Records) -> None:
    for identity in ("aa-01", "ab-02", "b-03"):
        records.append(record(identity))
    assert (records.find("ab-02") or {})["id"] == "ab-02"
    assert (records.find("b") or {})["id"] == "b-03"
    assert (records.find("a"), records.find("zz"), records.find("")) == (None, None, None)
    assert records.delete(lambda one: bool(one["time"] < "2026-01-03")) == 2
    assert ids(records) == ["b-03"]
    assert records.delete(lambda _: True) == 1
    assert not list(records.folder.glob("*.jsonl"))


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Records(tmp_path / "file" / "history").append(record("a-01"))


def test_secrets_and_the_keys_of_the_environment_are_withheld() -> None:
    key, token = "not-secret-by-its-look", "ghp_" + "Zq3mXw8RtK2vLp9NcB" * 2
    result = redacted(
        {
            "text": f"my key is {key}",
            "other": "my odd one is another-value",
            "list": [f"TOKEN = '{token}'"],
            "n": 1,
            "none": None,
        },
        {"MY_MODEL_API_KEY": key, "OTHER_KEY": "short", "PATH": "text", "MYMODEL": "another-value"},
        ("MYMODEL",),
    )
    assert key not in str(result)
    assert token not in str(result)
    assert "another-value" not in str(result)
    assert isinstance(result, dict)
    assert (result["n"], result["none"], result["text"]) == (1, None, "my key is «redacted»")


def test_a_table_holds_one_row_a_record_and_no_formula() -> None:
    full = {
        **record("a-01", text='=HYPERLINK("x"), "two"\nlines'),
        "problems": [1, 2],
        "drafts": [1, 2],
        "seconds": {"total": 1.5},
        "tokens": {"read": 10, "written": 2},
        "cost": None,
    }
    heading, row = as_csv([full]).split("\n", 1)
    assert heading.startswith("id,time,kind,folder,question,answer,model")
    assert '"\'=HYPERLINK(""x""), ""two""\nlines"' in row
    told = summary(full)
    assert (told["problems"], told["rounds"], told["seconds"], told["tokens_read"]) == (2, 1, 1.5, 10)
    assert summary(record("b-01"))["tokens_read"] is None


def test_the_place_is_the_home_or_the_platforms(tmp_path: Path) -> None:
    assert folder_of({"FIELDGUIDE_HOME": str(tmp_path)}) == tmp_path / "history"
    assert folder_of({}).is_absolute()


def test_a_relative_home_is_refused_as_the_index_refuses_it() -> None:
    with pytest.raises(StorageError, match="absolute path"):
        folder_of({"FIELDGUIDE_HOME": "cache"})
