"""The results of one model's answers: what was accepted, what was refused, and what is requested again."""

from dataclasses import dataclass, field

from fieldguide_server.assistant.citations.checker import CheckedText
from fieldguide_server.assistant.citations.unknown_names import MarkedText
from fieldguide_server.assistant.config_writer.quotes import QuoteFinder
from fieldguide_server.assistant.draft import Draft
from fieldguide_server.assistant.prompts.template import fill, text_of
from fieldguide_server.configgen.additions import (
    Addition,
    ExtendedStudy,
    Refusal,
    RefusalKind,
    accept,
    parse_additions,
)
from fieldguide_server.review import Check, Problem, Review


@dataclass(slots=True)
class Exchange:
    """The results of one model's answers so far.

    Attributes:
        current: The study with the accepted additions.
        find_quote: Finds the quotes of additions.
        proposer: The name of the model.
        answers: The number of answers.
        refused: The number of the answer for each refusal, and the refusal.
    """

    current: ExtendedStudy
    find_quote: QuoteFinder
    proposer: str
    answers: int = 0
    refused: list[tuple[int, Refusal]] = field(default_factory=list)
    _counts: list[int] = field(default_factory=list)

    def check(self, text: str) -> tuple[CheckedText, MarkedText]:
        """Accept the additions of an answer that pass all checks."""
        self.answers += 1
        additions, invalid = parse_additions(text)
        accepted = {_identity(each) for each in self.current.additions}
        new = [each for each in additions if _identity(each) not in accepted]
        self.current, refused = accept(self.current, new, self.find_quote, self.proposer)
        self.refused += [(self.answers, refusal) for refusal in (*invalid, *refused)]
        self._counts.append(len(self.current.additions))
        count = len(invalid) + len(refused)
        return CheckedText(text, verified=self._counts[-1], removed=count), MarkedText(text)

    def review(self, _: CheckedText) -> Review:
        """Return the refusals of the last answer that the model can correct."""
        last = [refusal for number, refusal in self.refused if number == self.answers]
        correctable = [refusal for refusal in last if refusal.is_correctable]
        return Review(
            problems=tuple(
                Problem(number, each.addition.line if each.addition else 1, Check.EVIDENCE, str(each))
                for number, each in enumerate(correctable, start=1)
            )
        )

    def repair(self, draft: Draft) -> str:
        """Return the prompt that requests corrections of the last answer."""
        accepted = "\n".join(f"- {addition}" for addition in self.current.additions) or "- none"
        problems = "\n".join(f"- {problem.message}" for problem in draft.review.problems)
        return fill(text_of("templates/config_repair.txt"), {"taken": accepted, "problems": problems})

    def remaining(self) -> tuple[Refusal, ...]:
        """Return the refusals that no later answer corrected, each once."""
        remaining = [refusal for number, refusal in self.refused if not self._is_corrected(number, refusal)]
        return tuple({str(refusal): refusal for refusal in remaining}.values())

    def _is_corrected(self, number: int, refusal: Refusal) -> bool:
        if not refusal.is_correctable or number == self.answers:
            return False
        if refusal.addition is None:
            later = [each for at, each in self.refused if at > number]
            return all(each.kind is not RefusalKind.FORM for each in later)
        accepted = self.current.additions[self._counts[number - 1] :]
        return any(
            (each.key, each.folder) == (refusal.addition.key, refusal.addition.folder) for each in accepted
        )


def _identity(addition: Addition) -> tuple[str, ...]:
    return addition.key, addition.value, addition.folder, addition.name
