"""GitHub Actions that set up the tool chain of a language: read in workflows, and written into new ones."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SetupAction:
    """An action that sets up a stack.

    ``version_input`` is its input for the version. Those that are written into new workflows have the ``release`` to
    write, and the ``default_version`` for repositories that require none.
    """

    stack: str
    name: str
    version_input: str
    release: str = ""
    default_version: str = ""

    @property
    def reference(self) -> str:
        """The action as a workflow names it."""
        return f"{self.name}@{self.release}"


SETUP_ACTIONS = (
    SetupAction("node", "actions/setup-node", "node-version", "v4", "lts/*"),
    SetupAction("python", "actions/setup-python", "python-version", "v5", "3.x"),
    SetupAction("python", "astral-sh/setup-uv", "python-version"),
    SetupAction("python", "pdm-project/setup-pdm", "python-version"),
    SetupAction("go", "actions/setup-go", "go-version", "v5", "stable"),
    SetupAction("java", "actions/setup-java", "java-version", "v4", "21"),
    SetupAction("java", "graalvm/setup-graalvm", "java-version"),
    SetupAction("ruby", "ruby/setup-ruby", "ruby-version", "v1", "ruby"),
    SetupAction("php", "shivammathur/setup-php", "php-version", "v2", "latest"),
    SetupAction("dotnet", "actions/setup-dotnet", "dotnet-version", "v4", "8.x"),
    SetupAction("elixir", "erlef/setup-beam", "elixir-version"),
    SetupAction("gleam", "erlef/setup-beam", "gleam-version"),
    SetupAction("rust", "dtolnay/rust-toolchain", "toolchain"),
    SetupAction("rust", "actions-rust-lang/setup-rust-toolchain", "toolchain"),
    SetupAction("deno", "denoland/setup-deno", "deno-version", "v2", "v2.x"),
    SetupAction("bun", "oven-sh/setup-bun", "bun-version"),
    SetupAction("julia", "julia-actions/setup-julia", "version", "v2", "1"),
    SetupAction("r", "r-lib/actions/setup-r", "r-version", "v2", "release"),
    SetupAction("swift", "swift-actions/setup-swift", "swift-version"),
    SetupAction("dart", "dart-lang/setup-dart", "sdk", "v1", "stable"),
    SetupAction("haskell", "haskell-actions/setup", "ghc-version"),
    SetupAction("hugo", "peaceiris/actions-hugo", "hugo-version"),
    SetupAction("zig", "mlugg/setup-zig", "version"),
    SetupAction("crystal", "crystal-lang/install-crystal", "crystal"),
)
# Stack → the action that new workflows set it up with. Scala is set up with a JDK.
WRITTEN_ACTIONS: Mapping[str, SetupAction] = {
    action.stack: action for action in SETUP_ACTIONS if action.release
} | {"scala": next(action for action in SETUP_ACTIONS if action.stack == "java")}
