"""What a plan has one of, or a set: ports, versions, a database, packages, extensions, variables."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from fieldguide_server.configgen.additions.growth import Grown, Plan, conflict, known, too_many
from fieldguide_server.configgen.additions.types import Addition, Refusal, Why
from fieldguide_server.configgen.detect.ports import is_port
from fieldguide_server.configgen.plan.plan import MAX_EXTENSIONS, UNKNOWN_DATABASE, unknown_port
from fieldguide_server.configgen.targets.devcontainer_features import FEATURES, plain_version
from fieldguide_server.configgen.tools.databases import DATABASES
from fieldguide_server.configgen.types import Key, Port, Tool

PACKAGE_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]{1,60}")
EXTENSION_ID = re.compile(r"[A-Za-z0-9][\w-]{0,60}\.[A-Za-z0-9][\w.-]{0,80}")


def _port(plan: Plan, addition: Addition) -> Grown:
    """Return a port of something that is started, and of which no port is known."""
    environment = plan.environment
    if not addition.value.isdecimal() or not is_port(int(addition.value)):
        return Refusal(Why.FORM, f"{addition.value} is no port of a development server.", addition)
    number = int(addition.value)
    if any(port.number == number for port in environment.ports):
        return known(addition)
    served = {need for port in environment.ports for need in port.needs}
    open_ = [
        (line, task.folder)
        for task in environment.tasks
        if not task.service and addition.folder in ("", task.folder)
        for line in task.start
        if unknown_port(line, task.folder) in environment.unknown and line not in served
    ]
    if not open_:
        told = ", ".join(f"{port.number} ({port.source})" for port in environment.ports) or "no port"
        return Refusal(Why.CONFLICT, f"Nothing is started whose port is unknown; known: {told}.", addition)
    start, folder = open_[0]
    opens = "notify" if any(port.opens == "preview" for port in environment.ports) else "preview"
    source = f"{addition.path}:{addition.line}"
    port = Port(number, addition.name or folder or "App", opens, source, (start,))
    unknown = tuple(each for each in environment.unknown if each != unknown_port(start, folder))
    return replace(environment, ports=(*environment.ports, port), unknown=unknown)


def _version(plan: Plan, addition: Addition) -> Grown:
    environment = plan.environment
    tool = next((tool for tool in environment.tools if tool.stack == addition.name), None)
    if tool is None:
        reason = f"Nothing of {addition.name or 'a language without a name'} is installed here."
        return Refusal(Why.CONFLICT, reason, addition)
    if tool.version:
        why = Why.KNOWN if tool.version == addition.value else Why.CONFLICT
        reason = f"{tool.stack} {tool.version} is asked for in {tool.path}:{tool.line}."
        return Refusal(why, reason, addition)
    asked = Tool(tool.stack, addition.value, addition.path, addition.line, tool.manager, tool.manager_path)
    if tool.stack not in FEATURES or not plain_version(asked):
        return Refusal(Why.FORM, f"{addition.value} is no version that can be asked for.", addition)
    tools = tuple(asked if each is tool else each for each in environment.tools)
    return replace(environment, tools=tools)


def _database(plan: Plan, addition: Addition) -> Grown:
    environment, named = plan.environment, plan.facts.of(Key.DATABASE)
    if addition.value not in DATABASES:
        reason = f"Only {', '.join(DATABASES)} can be asked for."
        return Refusal(Why.FORM, reason, addition)
    if environment.database:
        why = Why.KNOWN if environment.database == addition.value else Why.CONFLICT
        return Refusal(why, f"The plan has {environment.database}.", addition)
    if any(task.service for task in environment.tasks):
        return Refusal(Why.CONFLICT, "The plan runs its services in containers.", addition)
    if named and addition.value not in {item.value for item in named}:
        return conflict(addition, named[0], "is what the files name")
    unknown = tuple(each for each in environment.unknown if each != UNKNOWN_DATABASE)
    return replace(environment, database=addition.value, unknown=unknown)


def _package(plan: Plan, addition: Addition) -> Grown:
    if addition.value in plan.environment.packages:
        return known(addition)
    if not PACKAGE_NAME.fullmatch(addition.value):
        return Refusal(Why.FORM, f"{addition.value} is no name of a Debian package.", addition)
    return replace(plan.environment, packages=(*plan.environment.packages, addition.value))


def _extension(plan: Plan, addition: Addition) -> Grown:
    listed = plan.environment.extensions
    if addition.value.lower() in map(str.lower, listed):
        return known(addition)
    if not EXTENSION_ID.fullmatch(addition.value):
        return Refusal(Why.FORM, f"{addition.value} is no PUBLISHER.NAME of an extension.", addition)
    if len(listed) >= MAX_EXTENSIONS:
        return too_many(addition)
    return replace(plan.environment, extensions=(*listed, addition.value))


def _variable(plan: Plan, addition: Addition) -> Grown:
    given = dict(plan.environment.variables)
    if addition.name in given:
        why = Why.KNOWN if given[addition.name] == addition.value else Why.CONFLICT
        return Refusal(why, f"The plan has {addition.name}={given[addition.name]}.", addition)
    copied = [line for task in plan.environment.tasks for line in task.lines if addition.path in line]
    if copied:
        return Refusal(Why.KNOWN, f"`{copied[0]}` sets it.", addition)
    variables = (*plan.environment.variables, (addition.name, addition.value))
    return replace(plan.environment, variables=variables)


FILL: Mapping[Key, Callable[[Plan, Addition], Grown]] = {
    Key.PORT: _port,
    Key.VERSION: _version,
    Key.DATABASE: _database,
    Key.PACKAGE: _package,
    Key.EXTENSION: _extension,
    Key.VARIABLE: _variable,
}
