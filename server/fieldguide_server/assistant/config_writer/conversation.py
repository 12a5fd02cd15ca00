"""What the answers of one model come to: what was taken of them, what was refused, what is asked for again."""

from dataclasses import dataclass, field

from fieldguide_server.assistant.citations.checker import CheckedText
from fieldguide_server.assistant.citations.unknown_names import MarkedText
from fieldguide_server.assistant.config_writer.quotes import Prover
from fieldguide_server.assistant.draft import Draft
from fieldguide_server.assistant.prompts.template import fill, text_of
from fieldguide_server.configgen.additions import Accepted, Addition, Refusal, Why, accept, read_additions
from fieldguide_server.review import Check, Problem, Review


@dataclass(slots=True)
class Exchange:
    """What the answers of one model have come to. ``refused`` holds the number of the answer with each refusal."""

    so_far: Accepted
    prover: Prover
    proposer: str
    answers: int = 0
    refused: list[tuple[int, Refusal]] = field(default_factory=list)
    _counts: list[int] = field(default_factory=list)

    def check(self, written: str) -> tuple[CheckedText, MarkedText]:
        """Take from an answer what can be taken."""
        self.answers += 1
        additions, unread = read_additions(written)
        own = {_identity(each) for each in self.so_far.taken}
        new = [each for each in additions if _identity(each) not in own]
        self.so_far, refused = accept(self.so_far, new, self.prover, self.proposer)
        self.refused += [(self.answers, refusal) for refusal in (*unread, *refused)]
        self._counts.append(len(self.so_far.taken))
        return CheckedText(
            written, verified=self._counts[-1], removed=len(unread) + len(refused)
        ), MarkedText(written)

    def review(self, _: CheckedText) -> Review:
        """Return what of the last answer is worth asking for again."""
        mendable = [each for number, each in self.refused if number == self.answers and each.is_mendable]
        return Review(
            problems=tuple(
                Problem(number, each.addition.line if each.addition else 1, Check.EVIDENCE, str(each))
                for number, each in enumerate(mendable, start=1)
            )
        )

    def repair(self, draft: Draft) -> str:
        """Return what the model is told of the last answer."""
        taken = "\n".join(f"- {addition}" for addition in self.so_far.taken) or "- none"
        problems = "\n".join(f"- {problem.message}" for problem in draft.review.problems)
        return fill(text_of("templates/config_repair.txt"), {"taken": taken, "problems": problems})

    def left(self) -> tuple[Refusal, ...]:
        """Return the refusals that no later answer has made good, each once."""
        remaining = [refusal for number, refusal in self.refused if not self._is_mended(number, refusal)]
        return tuple({str(refusal): refusal for refusal in remaining}.values())

    def _is_mended(self, number: int, refusal: Refusal) -> bool:
        if not refusal.is_mendable or number == self.answers:
            return False
        if refusal.addition is None:
            return not any(later > number and each.why is Why.FORM for later, each in self.refused)
        later = self.so_far.taken[self._counts[number - 1] :]
        return (refusal.addition.key, refusal.addition.folder) in {(each.key, each.folder) for each in later}


def _identity(addition: Addition) -> tuple[str, ...]:
    return addition.key, addition.value, addition.folder, addition.name
