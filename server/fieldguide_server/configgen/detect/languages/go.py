"""Go: modules, workspaces, and programs without a module."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.documents import written_commands
from fieldguide_server.configgen.reading.repository import Repository, folder_of, is_safe_name, is_side, join
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

WEB = re.compile(
    r"github\.com/(?:gin-gonic/gin|labstack/echo|gofiber/fiber|go-chi/chi|gorilla/mux|julienschmidt/httprouter"
    r"|beego/beego|kataras/iris|gobuffalo/buffalo|valyala/fasthttp)\b|connectrpc\.com|net/http"
)
USES = re.compile(r"^use\s*(\([^)]*\)|\S+)", re.MULTILINE)
MODULE = re.compile(r"^module\s+(\S+?)(?:/v\d+)?\s*$", re.MULTILINE)
ENTRY = re.compile(r"^package main\b(?s:.*)^func main\(", re.MULTILINE)
MAX_FOLDERS, MAX_SOURCES = 20, 10
LISTENS = re.compile(r"\bListenAndServe|\.Listen\(|\.Run\(\"?:|http\.Serve")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of every Go module near the root, else of a program without one."""
    lone = "" if "go.mod" in repo.files else repo.first("", "main.go") or _main_in(repo, "")
    if lone and is_safe_name(lone):
        note = "a program of the standard library alone"
        yield Evidence(Key.START, f"go run {lone}", lone, 1, CONVENTION, "", "go", note)
        yield from ports.best(_ports(repo, "", lone), "", "go")
    members = _workspace(repo)
    if members:
        yield Evidence(
            Key.INSTALL, "go mod download", "go.work", repo.line("go.work", "use"), STATED, "", "go"
        )
        yield from _member_start(repo, members)
    for folder in [folder for folder in repo.folders_with("go.mod") if folder not in members]:
        path = join(folder, "go.mod")
        yield Evidence(Key.INSTALL, "go mod download", path, 1, STATED, folder, "go")
        yield Evidence(Key.EXTENSION, "golang.Go", path, 1, DEFAULT, folder, "go")
        yield Evidence(Key.TEST, "go test ./...", path, 1, DEFAULT, folder, "go")
        yield from _start(repo, folder)


def _workspace(repo: Repository) -> list[str]:
    """Return the folders of the modules that ``go.work`` names; they are built from the root."""
    blocks = USES.findall(repo.read("go.work"))
    named = [join("", word) for block in blocks for word in re.sub(r"//.*|[()]", " ", block).split()]
    return [folder for folder in named if join(folder, "go.mod") in repo.files]


def _member_start(repo: Repository, members: list[str]) -> Iterator[Evidence]:
    """Yield the only program of a workspace's modules."""
    programs = [path for folder in members if (path := repo.first(folder, "main.go")) and not is_side(folder)]
    if len(programs) == 1 and is_safe_name(folder_of(programs[0]) or "."):
        text = f"go run ./{folder_of(programs[0])}"
        yield Evidence(Key.START, text, programs[0], 1, CONVENTION, "", "go", "the workspace's only program")
        yield from ports.best(_ports(repo, folder_of(programs[0]), programs[0]), "", "go")


def _start(repo: Repository, folder: str) -> Iterator[Evidence]:
    for item in written_commands(repo):
        words = item.command.words
        is_run = words[:2] == ("go", "run") and item.command.folder == folder
        if is_run and words[2:] and _exists(repo, folder, words[-1]):
            text = f"go run {words[-1]}"
            yield Evidence(Key.START, text, item.path, item.line, DOCUMENTED, folder, "go")
            yield from ports.best(_ports(repo, folder, _main(folder, words[-1])), folder, "go")
            return
    main, package = _program(repo, folder)
    if main and (LISTENS.search(repo.read(main)) or WEB.search(repo.read(main)) or _is_web(repo, folder)):
        yield Evidence(Key.START, f"go run {package}", main, 1, 0.7, folder, "go", "a program that serves")
        yield from ports.best(_ports(repo, folder, main), folder, "go")
    elif main and re.search(r"^package main\b", repo.read(main), re.MULTILINE):
        yield Evidence(
            Key.START, f"go run {package}", main, 1, CONVENTION, folder, "go", "the module's program"
        )


def _exists(repo: Repository, folder: str, target: str) -> bool:
    return is_safe_name(target.removeprefix("./") or ".") and repo.exists(join(folder, target))


def _main(folder: str, target: str) -> str:
    path = join(folder, target)
    return path if path.endswith(".go") else join(path, "main.go")


def _is_web(repo: Repository, folder: str) -> bool:
    return WEB.search(repo.read(join(folder, "go.mod"))) is not None


def _program(repo: Repository, folder: str) -> tuple[str, str]:
    """Return (main file, package to run): the root's, the only one under ``cmd``, else the only one near the root."""
    if path := repo.first(folder, "main.go") or _main_in(repo, folder):
        return path, "."
    commands = [p for p in repo.named("main.go") if folder_of(folder_of(p)) == join(folder, "cmd")]
    named = [path for path in commands if folder_of(path).rpartition("/")[2] == _module_name(repo, folder)]
    found = named or commands or list(_near_mains(repo, folder))
    if len(found) == 1 and is_safe_name(inner := folder_of(found[0])):
        return found[0], f"./{inner.removeprefix(folder + '/') if folder else inner}"
    return "", ""


def _module_name(repo: Repository, folder: str) -> str:
    """Return the last part of the module's path, without its major version."""
    found = MODULE.search(repo.read(join(folder, "go.mod")))
    return found.group(1).rpartition("/")[2] if found else ""


def _near_mains(repo: Repository, folder: str) -> Iterator[str]:
    """Yield the sources with a main function in the folders directly below."""
    below = sorted(f for f in repo.folders if f and folder_of(f) == folder and not is_side(f))
    yield from (main for inner in below[:MAX_FOLDERS] if (main := _main_in(repo, inner)))


def _main_in(repo: Repository, folder: str) -> str | None:
    """Return the source in a folder that has the main function, None if there is none."""
    sources = [p for p in repo.in_folder(folder) if p.endswith(".go") and not p.endswith("_test.go")]
    return next((path for path in sources[:MAX_SOURCES] if ENTRY.search(repo.read(path))), None)


def _ports(repo: Repository, folder: str, main: str) -> Iterator[Evidence]:
    yield from ports.in_file(repo, main, ports.IN_CODE, 0.9, "the code listens there")
    yield from ports.around(repo, folder)
    if re.search(r"\bgin\.(?:Default|New)\(", text := repo.read(main)) and re.search(r"\.Run\(\)", text):
        yield ports.port(main, repo.line(main, ".Run()"), 8080, DEFAULT, "gin's default")
    yield from ports.in_readme(repo, folder)
