"""Java and Kotlin: Maven and Gradle, with their wrappers; Spring Boot, Quarkus, Micronaut."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.reading.repository import Repository, folder_of, is_safe_name, is_side, join
from fieldguide_server.configgen.tools import manifests
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

MAX_SOURCES, MAX_BUILDS = 40, 30
ANDROID = re.compile(r"com\.android\.(?:application|library)|android-gradle|libs\.plugins\.android")
ANDROID_APP = re.compile(r"com\.android\.application|libs\.plugins\.android\.application")
SERVER_PORT = re.compile(
    r"^[ \t]*(?:server\.port|quarkus\.http\.port|micronaut\.server\.port)\s*[=:]\s*\D{0,20}(\d{2,5})", re.M
)
SERVER_PORT_YAML = re.compile(
    r"^server:\s*\n(?:[ \t]+.*\n){0,6}?[ \t]+port:\s*\D{0,20}(\d{2,5})", re.MULTILINE
)
PROPERTIES = ("application.properties", "application-dev.properties", "application.yml", "application.yaml")
SOURCES = ("src/main/resources", "src/dev/resources", "config")
MAVEN_RUNS = {
    "spring-boot-maven-plugin": ("spring-boot:run", 8080),
    "quarkus-maven-plugin": ("quarkus:dev", 8080),
    "micronaut-maven-plugin": ("mn:run", 8080),
    "jetty-maven-plugin": ("jetty:run", 8080),
}
EXEC_TASK = re.compile(
    r"tasks\.register\(\s*['\"](\w{1,40})['\"]\s*,\s*JavaExec|task\s+(\w{1,40})\s*\(\s*type:\s*JavaExec"
)
SPRING_GRADLE = re.compile(r"org\.springframework\.boot['\"]|plugins\.spring\.?[bB]oot\b")
MAVEN_WAR = "<packaging>war</packaging>"
GRADLE_WAR = re.compile(r"\bid[ (]?\s*['\"]war['\"]|apply plugin:\s*['\"]war['\"]")
MAIN_CLASS = re.compile(r"<mainClass>\s*([\w.]{1,100})\s*</mainClass>")
MANIFEST_MAIN = re.compile(r"['\"]?Main-Class['\"]?\s*(?::|to\b|=)")
APPLICATION = re.compile(
    r"id[ (]['\"]application['\"]|^[ \t]*application\s*$|apply plugin:\s*['\"]application['\"]", re.M
)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of every Maven and Gradle build that is not a module of another one."""
    maven = _roots(repo.folders_with("pom.xml"))
    for folder in maven:
        yield from _maven(repo, folder)
    for folder in _roots(repo.folders_with(*manifests.GRADLE)):
        if folder not in maven:
            yield from _gradle(repo, folder)


def _roots(folders: list[str]) -> list[str]:
    return [f for f in folders if not any(o != f and (not o or f.startswith(o + "/")) for o in folders)]


def _common(path: str, folder: str) -> Iterator[Evidence]:
    for extension in ("redhat.java", "vscjava.vscode-java-debug"):
        yield Evidence(Key.EXTENSION, extension, path, 1, DEFAULT, folder, "java")


def _maven(repo: Repository, folder: str) -> Iterator[Evidence]:
    path = join(folder, "pom.xml")
    tool = "./mvnw" if repo.first(folder, "mvnw") else "mvn"
    yield Evidence(Key.INSTALL, f"{tool} install -DskipTests", path, 1, STATED, folder, "java")
    yield from _common(path, folder)
    yield Evidence(Key.TEST, f"{tool} verify", path, 1, DEFAULT, folder, "java")
    runnable = [run for module in _modules(repo, folder) if (run := _maven_run(repo, module))]
    if runnable and (runnable[0][0] == folder or len(runnable) == 1):
        module, goal, port, plugin = runnable[0]
        inner = module.removeprefix(folder).strip("/")
        where = f" -pl {inner}" if inner else ""
        pom = join(module, "pom.xml")
        line = repo.line(pom, plugin)
        yield Evidence(Key.START, f"{tool}{where} {goal}", pom, line, DOCUMENTED, folder, "java", plugin)
        yield from ports.best(_ports(repo, module, pom, line, port), folder, "java")
    elif not runnable and (main := _stated_main(repo, path) or _only_main(repo, folder)):
        source, name, line = main
        text = f"{tool} compile exec:java -Dexec.mainClass={name}"
        yield Evidence(Key.START, text, source, line, CONVENTION, folder, "java", "the class to run")
    elif not runnable and MAVEN_WAR in repo.read(path):
        yield _unserved(repo, path, MAVEN_WAR)


def _unserved(repo: Repository, build: str, needle: str) -> Evidence:
    """Return evidence that the build makes a web archive, and does not say which server runs it."""
    what, line = "Which servlet container runs the WAR that is built", repo.line(build, needle)
    return Evidence(Key.UNKNOWN, what, build, line, STATED, folder_of(build), "java")


def _stated_main(repo: Repository, pom: str) -> tuple[str, str, int] | None:
    """Return (pom, class name, line) of the main class in the configuration of a plugin."""
    found = MAIN_CLASS.search(repo.read(pom))
    if found is None or not is_safe_name(found.group(1)):
        return None
    return pom, found.group(1), repo.line(pom, found.group())


def _only_main(repo: Repository, folder: str) -> tuple[str, str, int] | None:
    """Return (source, class name, line) of the only class that can be run, None if there is none or there are several."""
    home = join(folder, "src/main/java") + "/"
    sources = sorted(path for path in repo.files if path.startswith(home) and path.endswith(".java"))
    mains = [path for path in sources[:MAX_SOURCES] if "static void main(" in repo.read(path)]
    if len(mains) != 1 or len(sources) > MAX_SOURCES:
        return None
    name = mains[0].removeprefix(home).removesuffix(".java").replace("/", ".")
    return (mains[0], name, repo.line(mains[0], "void main(")) if is_safe_name(name) else None


def _modules(repo: Repository, folder: str) -> list[str]:
    """Return the folder of the build and those of its modules, without side folders."""
    names = re.findall(r"<module>\s*([^<\s]{1,200})\s*</module>", repo.read(join(folder, "pom.xml")))
    modules = [join(folder, name) for name in names if is_safe_name(name)]
    return [folder, *(m for m in modules if join(m, "pom.xml") in repo.files and not is_side(m))]


def _maven_run(repo: Repository, folder: str) -> tuple[str, str, int, str] | None:
    text = re.sub(
        r"<pluginManagement>.*?</pluginManagement>", "", repo.read(join(folder, "pom.xml")), flags=re.DOTALL
    )
    # A plugin may also be named as a dependency of another one: only its own declaration counts.
    text = re.sub(r"<dependencies>.*?</dependencies>", "", text, flags=re.DOTALL)
    parent = "<packaging>pom</packaging>" in text
    name = next((plugin for plugin in MAVEN_RUNS if f">{plugin}<" in text), None)
    return None if name is None or parent else (folder, *MAVEN_RUNS[name], name)


def _gradle(repo: Repository, folder: str) -> Iterator[Evidence]:
    path = repo.first(folder, *manifests.GRADLE) or ""
    builds = [p for p in repo.named(*manifests.GRADLE_BUILDS) if not folder or p.startswith(folder + "/")]
    texts = [repo.read(build) for build in builds[:MAX_BUILDS]]
    if any(map(ANDROID.search, texts)):
        if any(map(ANDROID_APP.search, texts)):
            what = f"{folder or 'The project'} is an Android app, and its SDK and emulator are not set up"
            yield Evidence(Key.UNKNOWN, what, path, 1, STATED, folder, "java")
        return
    tool = "./gradlew" if repo.first(folder, "gradlew") else "gradle"
    yield Evidence(Key.INSTALL, f"{tool} assemble", path, 1, STATED, folder, "java")
    yield Evidence(Key.TEST, f"{tool} check", path, 1, DEFAULT, folder, "java")
    yield from _common(path, folder)
    if run := _gradle_run(repo, builds):
        build, task, port = run
        inner = folder_of(build).removeprefix(folder).strip("/").replace("/", ":")
        name = f":{inner}:{task}" if inner else task
        line = _task_line(repo, build, task)
        yield Evidence(Key.START, f"{tool} {name}", build, line, DOCUMENTED, folder, "java")
        yield from ports.best(_ports(repo, folder_of(build), build, line, port), folder, "java")
    elif MANIFEST_MAIN.search(repo.read(path)):
        line, note = repo.line(path, "Main-Class"), "the jar names the class to run"
        text = "java -jar build/libs/*.jar"
        yield Evidence(Key.START, text, path, line, CONVENTION, folder, "java", note)
    elif found := GRADLE_WAR.search(repo.read(path)):
        yield _unserved(repo, path, found.group())


def _task_line(repo: Repository, build: str, task: str) -> int:
    needles = {
        "bootRun": ("springframework.boot", "spring.boot"),
        "run": ("application",),
        "quarkusDev": ("quarkus",),
    }
    lines = [repo.line(build, needle) for needle in needles.get(task, (task,))]
    return max(lines)


def _gradle_run(repo: Repository, builds: list[str]) -> tuple[str, str, int | None] | None:
    """Return (build file, task, default port) of the first build that can be run."""
    for build in [path for path in builds if not is_side(folder_of(path))]:
        text = repo.read(build)
        spring = SPRING_GRADLE.search(text) and not re.search(
            r"springframework\.boot['\"].*apply false", text
        )
        if custom := EXEC_TASK.search(text):
            task = custom.group(1) or custom.group(2)
            if re.search(r"run|serve|start", task, re.IGNORECASE):
                return build, task, 8080 if spring else None
        if spring:
            return build, "bootRun", 8080
        if "io.quarkus" in text:
            return build, "quarkusDev", 8080
        if APPLICATION.search(text) or "io.micronaut.application" in text or "io.ktor.plugin" in text:
            return build, "run", 8080 if "micronaut" in text else None
    return None


def _ports(repo: Repository, folder: str, build: str, line: int, default: int | None) -> Iterator[Evidence]:
    for source in SOURCES:
        for name in PROPERTIES:
            path = join(folder, f"{source}/{name}")
            for pattern in (SERVER_PORT, SERVER_PORT_YAML):
                yield from ports.in_file(repo, path, pattern, STATED, "the application's configuration")
    yield from ports.around(repo, folder)
    if default is not None:
        yield ports.port(build, line, default, DEFAULT, "the framework's default")
