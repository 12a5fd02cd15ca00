"""The files that declare a project, by ecosystem. Of several in one folder the first counts."""

NODE = ("package.json",)
DENO = ("deno.json", "deno.jsonc")
PYTHON = (
    *("pyproject.toml", "requirements.txt", "Pipfile", "setup.py"),
    *("environment.yml", "environment.yaml", "pixi.toml"),
)
RUBY = ("Gemfile", "gems.rb")
PHP = ("composer.json",)
GO = ("go.mod", "go.work")
RUST = ("Cargo.toml",)
MAVEN = ("pom.xml",)
GRADLE_BUILDS = ("build.gradle", "build.gradle.kts")
GRADLE = (*GRADLE_BUILDS, "settings.gradle", "settings.gradle.kts")
ELIXIR = ("mix.exs",)
GLEAM = ("gleam.toml",)
SWIFT = ("Package.swift",)
SCALA = ("build.sbt",)
STACK = ("stack.yaml",)
LEININGEN = ("project.clj",)
DART = ("pubspec.yaml",)
CRYSTAL = ("shard.yml",)
ZIG = ("build.zig",)
CMAKE = ("CMakeLists.txt",)
MESON = ("meson.build",)
MKDOCS = ("mkdocs.yml", "mkdocs.yaml")
HUGO = ("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json")
JEKYLL = ("_config.yml",)
DJANGO = ("manage.py",)

APPLICATIONS = (
    *(*NODE, *DENO, *PYTHON, *DJANGO, *RUBY, *PHP, *GO, *RUST),
    *(*MAVEN, *GRADLE_BUILDS, *ELIXIR),
)
SITES = (*MKDOCS, *HUGO, *JEKYLL)
