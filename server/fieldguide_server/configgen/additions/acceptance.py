"""Takes additions one by one: proved, harmless, beside what is known, and with files that pass every check."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fieldguide_server.configgen.additions.growth import Plan
from fieldguide_server.configgen.additions.losses import lost, lost_commands
from fieldguide_server.configgen.additions.plan_changes import grown
from fieldguide_server.configgen.additions.quote_check import unsaid
from fieldguide_server.configgen.additions.safety import unsafe
from fieldguide_server.configgen.additions.types import Addition, Prove, Refusal, Why
from fieldguide_server.configgen.checks.sessions import check_environment
from fieldguide_server.configgen.generator import generate_files
from fieldguide_server.configgen.plan.study import Study
from fieldguide_server.configgen.reading.evidence_index import Facts
from fieldguide_server.configgen.targets.validation import validate
from fieldguide_server.configgen.types import DevEnvironment, GeneratedConfig

_OUTSIDE = "The repository has no such file, or it is left out."


@dataclass(frozen=True, slots=True)
class Accepted:
    """How far a plan has grown: the study with it, the files of each target, and what came in on the way."""

    known: Study
    targets: tuple[str, ...]
    fresh: bool
    configs: tuple[GeneratedConfig, ...]
    taken: tuple[Addition, ...] = ()


def begin(known: Study, targets: Sequence[str], *, fresh: bool) -> Accepted:
    """Return the plan of the rules alone, with its files."""
    configs = tuple(generate_files(known, target, fresh=fresh) for target in targets)
    return Accepted(known, tuple(targets), fresh, configs)


def accept(
    so_far: Accepted, additions: Sequence[Addition], prove: Prove, proposer: str
) -> tuple[Accepted, tuple[Refusal, ...]]:
    """Take what can be taken.

    Args:
        so_far: The plan and its files; each addition is weighed against what those before it made of them.
        additions: In the order in which they are tried.
        prove: Finds the quotes.
        proposer: Who is named as the source beside each line.
    """
    refused: list[Refusal] = []
    for addition in additions:
        outcome = _tried(so_far, addition, prove, proposer)
        if isinstance(outcome, Refusal):
            refused.append(outcome)
        else:
            so_far = outcome
    return so_far, tuple(refused)


def _tried(so_far: Accepted, addition: Addition, prove: Prove, proposer: str) -> Accepted | Refusal:
    known = so_far.known
    proof = prove(addition) if addition.path in known.repo.files else _OUTSIDE
    if isinstance(proof, str):
        return Refusal(Why.PROOF, proof, addition)
    addition = replace(addition, line=proof.line)
    if reason := unsafe(addition, known.repo):
        return Refusal(Why.UNSAFE, reason, addition)
    if reason := unsaid(addition, proof):
        return Refusal(Why.PROOF, reason, addition)
    plan = grown(Plan(known.environment, Facts(known.evidence), known.repo), addition)
    if isinstance(plan, Refusal):
        return plan
    return _checked(so_far, addition, plan, proposer)


def _checked(so_far: Accepted, addition: Addition, plan: DevEnvironment, proposer: str) -> Accepted | Refusal:
    """Return the files with the addition, if no check says more of them than before."""
    if words := _problems(so_far, plan):
        return Refusal(Why.CHECK, " ".join(words), addition)
    evidence = (*so_far.known.evidence, addition.evidence(proposer))
    known = replace(so_far.known, environment=plan, evidence=evidence)
    made = begin(known, so_far.targets, fresh=so_far.fresh)
    pairs = list(zip(so_far.configs, made.configs, strict=True))
    if words := [word for old, new in pairs for word in _worse(known, old, new)]:
        return Refusal(Why.CHECK, " ".join(dict.fromkeys(words)), addition)
    if all(old.files == new.files for old, new in pairs):
        shown = ", ".join(so_far.targets)
        return Refusal(Why.NO_PLACE, f"It changes nothing in the file ({shown}).", addition)
    return replace(made, taken=(*so_far.taken, addition))


def _problems(so_far: Accepted, plan: DevEnvironment) -> list[str]:
    """Return what the plan lost, or what of it fails; the plan before had no problem."""
    gone = lost(so_far.known.environment, plan)
    problems = check_environment(plan, so_far.known.repo)
    words = [f"It would cost what evidence proves: {gone}."] if gone else []
    return [*words, *dict.fromkeys(problem.message for problem in problems)]


def _worse(known: Study, old: GeneratedConfig, new: GeneratedConfig) -> list[str]:
    """Return what is wrong with a target's new files and was not with the old ones."""
    if old.files and not new.files:
        return [problem for problem in new.problems if problem not in old.problems]
    before = {problem.message for problem in validate(old.files, known.repo, old.target)}
    after = [problem.message for problem in validate(new.files, known.repo, new.target)]
    gone = [f"`{command}` would be gone." for command in lost_commands(old, new)]
    return [*(message for message in after if message not in before), *gone]
