"""The configuration for Neovim in EDITORS.md, run in Neovim."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import environment
from tests.patience import PATIENCE

EDITORS = Path(__file__).parents[2] / "server" / "EDITORS.md"
SCENARIO = """
local function wait(what, reached)
  assert(vim.wait(LIMIT, reached, 20), "waited too long for " .. what)
end
local function ask(method, params)
  local answer = assert(vim.lsp.buf_request_sync(0, method, params, LIMIT), method)
  local _, first = next(answer)
  assert(not first.error, vim.inspect(first.error))
  return first.result
end

vim.cmd("edit app.py")
wait("the server", function() return next(vim.lsp.buf_get_clients(0)) ~= nil end)
local _, client = next(vim.lsp.buf_get_clients(0))
wait("initialize", function() return client.initialized end)
local status = ask("workspace/executeCommand", { command = "fieldguide.status" })
local found
-- The notice says that the first scan is not done yet.
repeat
  found = ask("workspace/executeCommand", { command = "fieldguide.search", arguments = { "sign cookie" } })
until found.notice == ""
vim.api.nvim_win_set_cursor(0, { 3, 14 })
local hover = ask("textDocument/hover", vim.lsp.util.make_position_params())
local context = vim.lsp.util.make_range_params()
context.context = { diagnostics = {} }
local actions = ask("textDocument/codeAction", context)
vim.cmd("FieldguideAsk Where is the session cookie signed?")
local function shown()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= "" then
      return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), "\\n")
    end
  end
end
wait("the answer", function() return shown() ~= nil end)
local answer = shown()
for _, window in ipairs(vim.api.nvim_list_wins()) do
  if vim.api.nvim_win_get_config(window).relative ~= "" then vim.api.nvim_win_close(window, true) end
end
context.context.diagnostics = { { range = context.range, message = "sign_cookie is not defined", severity = 1, source = "ruff" } }
context.context.only = { "quickfix" }
local explaining = ask("textDocument/codeAction", context)[1]
vim.lsp.commands[explaining.command.command](explaining.command, { bufnr = vim.api.nvim_get_current_buf() })
wait("the explanation", function() return shown() ~= nil end)
local explained = shown()
local pieces, source = {}, vim.api.nvim_get_current_buf()
vim.cmd("FieldguideStream Where is the session cookie signed?")
local show = vim.lsp.handlers["fieldguide/answerDelta"]
vim.lsp.handlers["fieldguide/answerDelta"] = function(failure, piece)
  show(failure, piece)
  table.insert(pieces, table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\\n"))
end
wait("the pieces", function() return #pieces > 0 end)
vim.api.nvim_set_current_buf(source)
vim.ui.select = function(items, _, choose) choose(items[1], 1) end
vim.lsp.buf.code_action()
wait("the config", function() return vim.fn.bufnr(".gitpod.yml") ~= -1 end)
local on_disk_before = vim.fn.filereadable(".gitpod.yml")
wait("its text", function() return vim.fn.getbufline(".gitpod.yml", 2)[1] ~= nil end)
vim.cmd("wall")
vim.cmd("edit! .gitpod.yml")
vim.api.nvim_buf_set_lines(0, 0, 0, false, { "task: []" })
local function problems() return vim.diagnostic.get(0) end
wait("what is wrong with the config", function() return #problems() > 0 end)
local result = {
  status = status, found = found, explaining = explaining.title, explained = explained, hover = hover, actions = actions, answer = answer, pieces = pieces,
  on_disk_before = on_disk_before, problems = vim.tbl_map(function(each) return each.message end, problems()),
}
vim.fn.writefile({ vim.fn.json_encode(result) }, "../result.json")
"""


def snippet(heading: str) -> str:
    """Return the Lua code below a heading of EDITORS.md."""
    found = re.search(
        rf"^## {re.escape(heading)}$.*?^```lua\n(.*?)^```$", EDITORS.read_text(encoding="utf-8"), re.S | re.M
    )
    assert found, heading
    return found[1]


@pytest.mark.parametrize(
    "heading",
    [
        "Neovim 0.11 and later",
        "Neovim 0.7 to 0.10",
        "Neovim: streaming answers",
        "Neovim: explanations in a floating window",
    ],
)
def test_the_configuration_has_at_most_thirty_lines(heading: str) -> None:
    assert len(snippet(heading).splitlines()) <= 30


def run(nvim: str, workspace: Path) -> Any:
    """Run the scenario in Neovim with this configuration only, and return its result."""
    version = subprocess.run([nvim, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = (int(part) for part in version.split()[1].lstrip("v").split(".")[:2])
    heading = "Neovim 0.11 and later" if (major, minor) >= (0, 11) else "Neovim 0.7 to 0.10"
    command = json.dumps([sys.executable, "-P", "-m", "fieldguide_server", "serve"])
    more = ("Neovim: streaming answers", "Neovim: explanations in a floating window")
    lua = "".join(map(snippet, (heading, *more))).replace(
        '{ "fieldguide", "serve" }', f"vim.fn.json_decode([==[{command}]==])"
    )
    (workspace.parent / "init.lua").write_text(lua, encoding="utf-8")
    (workspace.parent / "scenario.lua").write_text(
        f"local LIMIT = {PATIENCE * 1000:.0f}\n{SCENARIO}", encoding="utf-8"
    )
    state = workspace.parent / "nvim"
    done = subprocess.run(
        [
            nvim,
            "--headless",
            "-n",
            "-u",
            "../init.lua",
            "-c",
            "filetype on",
            "-c",
            "luafile ../scenario.lua",
            "-c",
            "qall!",
        ],
        cwd=workspace,
        env=environment(XDG_STATE_HOME=str(state), XDG_CACHE_HOME=str(state), XDG_DATA_HOME=str(state)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )
    result = workspace.parent / "result.json"
    assert result.exists(), done.stderr
    return json.loads(result.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_neovim_hovers_asks_searches_and_generates_with_the_documented_configuration(workspace: Path) -> None:
    nvim = shutil.which("nvim")
    if nvim is None:
        assert not os.environ.get("CI"), "Neovim is needed in CI"
        pytest.skip("Neovim is not installed")
    result = run(nvim, workspace)
    assert result["found"]["hits"][0]["symbol"] == "sign_cookie"
    assert "sign_cookie" in result["hover"]["contents"]["value"]
    assert result["explaining"] == "Explain this problem"
    assert "Offline answer" in result["explained"]
    titles = [action["title"] for action in result["actions"]]
    assert titles[:2] == ["Generate .gitpod.yml", "Generate devcontainer.json"]
    assert "sessions.py:" in result["answer"]
    assert "sessions.py:" in result["pieces"][-1]
    assert result["on_disk_before"] == 0
    assert any("task" in message for message in result["problems"])
    assert "tasks:" in (workspace / ".gitpod.yml").read_text(encoding="utf-8")
