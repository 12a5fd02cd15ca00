"""Accepts additions one by one: proved by a quote, safe, new, and with files that pass every check."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fieldguide_server.configgen.additions.losses import lost_commands, lost_part
from fieldguide_server.configgen.additions.plan_changes import PlanDraft, with_addition
from fieldguide_server.configgen.additions.quote_check import unsupported_reason
from fieldguide_server.configgen.additions.safety import unsafe_reason
from fieldguide_server.configgen.additions.types import Addition, FindQuote, Refusal, RefusalKind
from fieldguide_server.configgen.checks.sessions import check_environment
from fieldguide_server.configgen.generator import generate_files
from fieldguide_server.configgen.plan.facts import Facts
from fieldguide_server.configgen.plan.study import Study
from fieldguide_server.configgen.targets.validation import validate
from fieldguide_server.configgen.types import DevEnvironment, GeneratedConfig

_NO_FILE = "There is no such file in the repository, or it is excluded."


@dataclass(frozen=True, slots=True)
class ExtendedStudy:
    """A study with the accepted additions, and the files of each target.

    Attributes:
        study: The study; the additions are in its evidence and its plan.
        targets: The names of the targets.
        fresh: Whether existing files are ignored.
        configs: The files, in the order of the targets.
        additions: The accepted additions.
    """

    study: Study
    targets: tuple[str, ...]
    fresh: bool
    configs: tuple[GeneratedConfig, ...]
    additions: tuple[Addition, ...] = ()


def without_additions(study: Study, targets: Sequence[str], *, fresh: bool) -> ExtendedStudy:
    """Return the study with its files, and no addition yet."""
    configs = tuple(generate_files(study, target, fresh=fresh) for target in targets)
    return ExtendedStudy(study, tuple(targets), fresh, configs)


def accept(
    current: ExtendedStudy, additions: Sequence[Addition], find_quote: FindQuote, proposer: str
) -> tuple[ExtendedStudy, tuple[Refusal, ...]]:
    """Accept the additions that pass all checks.

    Args:
        current: The study so far; each addition is checked against it with those accepted before.
        additions: In the order in which they are tried.
        find_quote: Finds the quotes.
        proposer: The name of the model, for the evidence.

    Returns:
        The study with the accepted additions, and the refusals of the others.
    """
    refused: list[Refusal] = []
    for addition in additions:
        outcome = _try(current, addition, find_quote, proposer)
        if isinstance(outcome, Refusal):
            refused.append(outcome)
        else:
            current = outcome
    return current, tuple(refused)


def _try(
    current: ExtendedStudy, addition: Addition, find_quote: FindQuote, proposer: str
) -> ExtendedStudy | Refusal:
    study = current.study
    quoted = find_quote(addition) if addition.path in study.repo.files else _NO_FILE
    if isinstance(quoted, str):
        return Refusal(RefusalKind.PROOF, quoted, addition)
    addition = replace(addition, line=quoted.line)
    if reason := unsafe_reason(addition, study.repo):
        return Refusal(RefusalKind.UNSAFE, reason, addition)
    if reason := unsupported_reason(addition, quoted):
        return Refusal(RefusalKind.PROOF, reason, addition)
    plan = with_addition(PlanDraft(study.environment, Facts(study.evidence), study.repo), addition)
    if isinstance(plan, Refusal):
        return plan
    return _checked(current, addition, plan, proposer)


def _checked(
    current: ExtendedStudy, addition: Addition, plan: DevEnvironment, proposer: str
) -> ExtendedStudy | Refusal:
    """Return the files with the addition, unless a check reports more about them than before."""
    if reasons := _plan_reasons(current.study, plan):
        return Refusal(RefusalKind.CHECK, " ".join(reasons), addition)
    evidence = (*current.study.evidence, addition.evidence(proposer))
    study = replace(current.study, environment=plan, evidence=evidence)
    extended = without_additions(study, current.targets, fresh=current.fresh)
    pairs = list(zip(current.configs, extended.configs, strict=True))
    if reasons := [reason for old, new in pairs for reason in _file_reasons(study, old, new)]:
        return Refusal(RefusalKind.CHECK, " ".join(dict.fromkeys(reasons)), addition)
    if all(old.files == new.files for old, new in pairs):
        names = ", ".join(current.targets)
        return Refusal(RefusalKind.NO_PLACE, f"It does not change the generated files ({names}).", addition)
    return replace(extended, additions=(*current.additions, addition))


def _plan_reasons(study: Study, plan: DevEnvironment) -> list[str]:
    """Return what the plan lost, and its problems; the plan before had none."""
    lost = lost_part(study.environment, plan)
    problems = check_environment(plan, study.repo)
    reasons = [f"It would remove what evidence proves: {lost}."] if lost else []
    return [*reasons, *dict.fromkeys(problem.message for problem in problems)]


def _file_reasons(study: Study, old: GeneratedConfig, new: GeneratedConfig) -> list[str]:
    """Return the problems of a target's new files that the old ones do not have."""
    if old.files and not new.files:
        return [problem for problem in new.problems if problem not in old.problems]
    before = {problem.message for problem in validate(old.files, study.repo, old.target)}
    after = [problem.message for problem in validate(new.files, study.repo, new.target)]
    lost = [f"`{command}` would be removed." for command in lost_commands(old, new)]
    return [*(message for message in after if message not in before), *lost]
