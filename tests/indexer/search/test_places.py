"""Files and lines as compilers, linters, test runners, stack traces and people write them."""

import time
from pathlib import Path

import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions
from fieldguide_indexer.search.places import MentionedPlace, find_places

DIALECTS = [
    # Editors, links and people
    ("src/jobs.c:188", "src/jobs.c", 188),
    ("src/jobs.c:188:13", "src/jobs.c", 188),
    ("src/jobs.c:188-190", "src/jobs.c", 188),
    ("src/jobs.c#L188", "src/jobs.c", 188),
    ("src/jobs.c#L188-L190", "src/jobs.c", 188),
    ("https://github.com/acme/jobs/blob/main/src/jobs.c#L188C3-L190C1", "src/jobs.c", 188),
    ("https://bitbucket.org/acme/jobs/src/main/src/jobs.c#lines-188", "src/jobs.c", 188),
    ("src/jobs.c line 188", "src/jobs.c", 188),
    ("src/jobs.c lines 188-190", "src/jobs.c", 188),
    ("what does src/jobs.c, line 188 do?", "src/jobs.c", 188),
    ("the loop on line 188 of src/jobs.c", "src/jobs.c", 188),
    ("lines 188 to 190 in the file src/jobs.c", "src/jobs.c", 188),
    ("vim +188 src/jobs.c", "src/jobs.c", 188),
    ("src/jobs.c (line 188)", "src/jobs.c", 188),
    ("why does `src/jobs.c:188` fail", "src/jobs.c", 188),
    ("[jobs](src/jobs.c#L188)", "src/jobs.c", 188),
    ("src/jobs.c:L188", "src/jobs.c", 188),
    # C and C++
    ("src/jobs.c:188:5: error: expected ';' before 'return'", "src/jobs.c", 188),
    ("In file included from src/jobs.h:18,", "src/jobs.h", 18),
    ("C:\\jobs\\src\\jobs.cpp(188): error C2065: 'x': undeclared identifier", "src/jobs.cpp", 188),
    ("src\\jobs.cpp(188,13): warning C4100", "src/jobs.cpp", 188),
    ("    #0 0x4f in main /src/jobs.c:188:5", "src/jobs.c", 188),
    ("==12== by 0x4: main (jobs.c:188)", "jobs.c", 188),
    ("jobs: src/jobs.c:188: main: Assertion `x' failed.", "src/jobs.c", 188),
    # .NET
    ("   at Jobs.Scheduler.Run() in cs\\Jobs\\Scheduler.cs:line 188", "cs/Jobs/Scheduler.cs", 188),
    ("Scheduler.cs(188,13): error CS0103: The name 'x' does not exist", "Scheduler.cs", 188),
    ("/src/Jobs/Scheduler.fs(188,13): error FS0039", "Jobs/Scheduler.fs", 188),
    # Java, Kotlin, Scala, Groovy, Clojure
    ("\tat com.acme.jobs.Scheduler.run(Scheduler.java:188)", "Scheduler.java", 188),
    ("[ERROR] /src/main/java/Scheduler.java:[188,13] cannot find symbol", "java/Scheduler.java", 188),
    ("e: file:///work/app/src/Main.kt:188:13 Unresolved reference", "src/Main.kt", 188),
    ("e: /work/app/src/Main.kt: (188, 13): Unresolved reference", "src/Main.kt", 188),
    ("[error] /work/app/src/Main.scala:188:13: not found: value x", "src/Main.scala", 188),
    ("-- [E007] Type Mismatch Error: src/Main.scala:188:13 ------", "src/Main.scala", 188),
    ("Build file '/work/app/build.gradle' line: 188", "app/build.gradle", 188),
    ("build.gradle: 188: unexpected token", "build.gradle", 188),
    ("Syntax error compiling at (src/jobs/core.clj:188:5).", "src/jobs/core.clj", 188),
    # Python
    ('  File "/srv/app/views.py", line 188, in show', "app/views.py", 188),
    ('  File "/srv/my app/the views.py", line 188, in show', "my app/the views.py", 188),
    ("tests/test_views.py:188: AssertionError", "tests/test_views.py", 188),
    ("app/views.py:188:1: E302 expected 2 blank lines", "app/views.py", 188),
    ('app/views.py:188: error: Name "x" is not defined  [name-defined]', "app/views.py", 188),
    ("In template app/show.html, error at line 188", "app/show.html", 188),
    ('jinja2: File "app/show.html", line 188, in template', "app/show.html", 188),
    # JavaScript and TypeScript
    ("    at show (/srv/app/views.js:188:13)", "app/views.js", 188),
    ("    at async Promise.all (webpack:///./src/views.js:188:13)", "src/views.js", 188),
    ("at Page (webpack-internal:///(app-pages-browser)/./src/page.tsx:188:5)", "src/page.tsx", 188),
    ("at file:///C:/work/app/views.mjs:188:13", "app/views.mjs", 188),
    ("src/views.ts(188,13): error TS2322: Type 'x'", "src/views.ts", 188),
    ("src/views.ts:188:13 - error TS2322: Type 'x'", "src/views.ts", 188),
    ("/work/app/src/views.js\n  188:13  error  'x' is not defined  no-undef", "src/views.js", 188),
    ("/srv/app/views.js:188\n    throw new Error()", "app/views.js", 188),
    ("src/routes/+page.svelte:188:3", "src/routes/+page.svelte", 188),
    ("app/[locale]/(shop)/[[...slug]]/page.tsx:188:3", "app/[locale]/(shop)/[[...slug]]/page.tsx", 188),
    ("app/routes/users.$userId.tsx:188", "app/routes/users.$userId.tsx", 188),
    # Rust, Go, Swift, Zig, D, Nim, Dart
    ("  --> src/main.rs:188:13", "src/main.rs", 188),
    ("thread 'main' panicked at src/main.rs:188:13:", "src/main.rs", 188),
    ("thread 'main' panicked at 'oops', src/main.rs:188:13", "src/main.rs", 188),
    ("\t/work/app/main.go:188 +0x1d", "app/main.go", 188),
    ("./main.go:188:2: undefined: x", "main.go", 188),
    ("    main_test.go:188: got 1", "main_test.go", 188),
    ("/work/Sources/App/main.swift:188:5: error: cannot find 'x'", "Sources/App/main.swift", 188),
    ("App/main.swift:188: Fatal error: Index out of range", "App/main.swift", 188),
    ("src/main.zig:188:5: error: expected ';'", "src/main.zig", 188),
    ("source/app.d(188): Error: undefined identifier", "source/app.d", 188),
    ("src/app.nim(188, 5) Error: undeclared identifier", "src/app.nim", 188),
    ("#1 main (package:jobs/src/main.dart:188:5)", "src/main.dart", 188),
    ("package:jobs/src/main.dart 188:5  main", "src/main.dart", 188),
    # PHP, Ruby, Perl, Lua, shells
    ("Fatal error: Uncaught Error in /srv/app/views.php on line 188", "app/views.php", 188),
    ("#0 /srv/app/views.php(188): show()", "app/views.php", 188),
    ("app/views.rb:188:in `show': undefined method (NoMethodError)", "app/views.rb", 188),
    ("rspec ./spec/views_spec.rb:188 # shows", "spec/views_spec.rb", 188),
    ("Died at app/views.pl line 188.", "app/views.pl", 188),
    ('syntax error at app/views.pl line 188, near "}"', "app/views.pl", 188),
    ("lua: app/views.lua:188: attempt to index a nil value", "app/views.lua", 188),
    ('[string "app/views.lua"]:188: attempt to call', "app/views.lua", 188),
    ("jobs.sh: line 188: jq: command not found", "jobs.sh", 188),
    ("bin/deploy: line 188: jq: command not found", "bin/deploy", 188),
    ("In jobs.sh line 188:", "jobs.sh", 188),
    ("At C:\\jobs\\run.ps1:188 char:5", "jobs/run.ps1", 188),
    # Erlang, Elixir, Haskell, OCaml, Julia, R
    ("src/jobs.erl:188:5: syntax error before: x", "src/jobs.erl", 188),
    ('{jobs,run,0,[{file,"src/jobs.erl"},{line,188}]}', "src/jobs.erl", 188),
    ("    (jobs 0.1.0) lib/jobs/run.ex:188: Jobs.Run.start/1", "lib/jobs/run.ex", 188),
    ("src/Jobs.hs:188:5: error: Variable not in scope", "src/Jobs.hs", 188),
    ("src/Jobs.hs:(188,5)-(190,9): Non-exhaustive patterns", "src/Jobs.hs", 188),
    ('File "src/jobs.ml", line 188, characters 4-10:', "src/jobs.ml", 188),
    (" [1] run() @ Main ~/jobs/src/run.jl:188", "src/run.jl", 188),
    ("run at jobs/run.R#188", "jobs/run.R", 188),
    # Builds, configuration, reports
    ("Makefile:188: *** missing separator.  Stop.", "Makefile", 188),
    ("CMake Error at lib/CMakeLists.txt:188 (find_package):", "lib/CMakeLists.txt", 188),
    ("Dockerfile:188", "Dockerfile", 188),
    ("on main.tf line 188, in resource:", "main.tf", 188),
    ("The error appears to be in '/work/site.yml': line 188, column 3", "site.yml", 188),
    ('in "config/jobs.yml", line 188, column 5', "config/jobs.yml", 188),
    ("nginx: [emerg] unknown directive in /etc/nginx/nginx.conf:188", "nginx/nginx.conf", 188),
    ("psql:db/jobs.sql:188: ERROR: relation", "db/jobs.sql", 188),
    ("on line 188 of app/main.scss", "app/main.scss", 188),
    ("::error file=app/main.js,line=188,col=5::oops", "app/main.js", 188),
    ('<file name="app/main.js"><error line="188" column="5"/>', "app/main.js", 188),
    ('{"file": "app/main.js", "line": 188}', "app/main.js", 188),
    ("--- a/app/main.js\n+++ b/app/main.js\n@@ -1,3 +188,5 @@", "app/main.js", 188),
    ("app/main.js\n188:function main()", "app/main.js", 188),
    ("Error detected while processing /work/run.vim:\nline  188:", "run.vim", 188),
    (".bashrc:188: syntax error", ".bashrc", 188),
    ("contracts/Jobs.sol:188:5: TypeError", "contracts/Jobs.sol", 188),
    ("Größen/größe.py:188", "Größen/größe.py", 188),
]


@pytest.mark.parametrize(("text", "path", "line"), DIALECTS)
def test_the_file_and_the_line_of_every_dialect_are_found(text: str, path: str, line: int) -> None:
    found = [place for place in find_places(" ".join(text.split(" "))) if place.line == line]
    assert any(f"/{place.path}".endswith(f"/{path}") for place in found), find_places(text)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("what does app/views.py do?", "app/views.py"),
        ("see the Makefile.", "Makefile"),
        ('"look at app/views.py"', "app/views.py"),
        ("app/views.py: 3 errors", "app/views.py"),
    ],
)
def test_a_file_may_be_mentioned_without_a_line(text: str, path: str) -> None:
    assert find_places(text) == [MentionedPlace(path)]


@pytest.mark.parametrize(
    "text",
    ["at 10:30", "and/or", "ratio 3:4", "127.0.0.1:8080", "v1.2.3", "a line 12 of text", "1.5 GB", "..."],
)
def test_what_is_no_file_is_no_place(text: str) -> None:
    assert find_places(text) == []


@pytest.mark.parametrize(
    ("mentioned", "better", "worse"),
    [
        ("/srv/site/shop/views.py", "shop/views.py", "views.py"),
        ("shop/views.py", "site/shop/views.py", "views.py"),
        ("build/lib/shop/views.py", "src/shop/views.py", "src/admin/views.py"),
    ],
)
def test_the_longest_agreement_is_the_best(mentioned: str, better: str, worse: str) -> None:
    place = MentionedPlace(mentioned, 1)
    assert place.agreement(better) > place.agreement(worse)


@pytest.mark.parametrize(
    "text",
    [
        "a/" * 10_000,
        "[" * 20_000,
        "a.b:" * 5_000,
        "'a b" * 5_000,
        "(a)/" * 5_000,
        "x.c" + " " * 20_000,
        "line 1 of " * 2_000,
    ],
)
def test_hostile_text_is_read_in_linear_time(text: str) -> None:
    begun = time.perf_counter()
    find_places(text)
    assert time.perf_counter() - begun < 1


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["local", "none"])
def test_the_passage_with_the_line_comes_first_in_every_dialect(
    provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDGUIDE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FIELDGUIDE_LINGER_SECONDS", "0")
    folder = tmp_path / "workspace"
    for path in {path for _, path, _ in DIALECTS}:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            "".join(f"value_{n} = compute({n})  # {path}\n" for n in range(300)), encoding="utf-8"
        )
    other = folder / "docs" / "errors.md"
    other.parent.mkdir()
    other.write_text("# Errors\n\n" + "\n\n".join(text for text, _, _ in DIALECTS), encoding="utf-8")
    with Index.open(folder, IndexOptions(embedding=EmbeddingOptions(provider=provider))) as index:
        index.update()
        index.wait_until_ready(120)
        wrong = [
            (text, hit.path, hit.start_line)
            for text, path, line in DIALECTS
            if (hit := index.search(text)[0]).path.rpartition("/")[2] != path.rpartition("/")[2]
            or not hit.start_line <= line <= hit.end_line
        ]
    assert wrong == []
