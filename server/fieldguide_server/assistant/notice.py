"""The sentences that tell the user what the checks of an answer found."""

from fieldguide_server.assistant.citations.checker import CheckedText
from fieldguide_server.assistant.citations.unknown_names import MarkedText
from fieldguide_server.review import Review

_MAX_NAMES = 5


def citation_notice(checked: CheckedText) -> str:
    """Return what became of the citations; "" if all were right as they were written."""
    total = checked.verified + checked.removed
    if not total:
        return "The answer cites nothing, so nothing in it was checked."
    removed, corrected = checked.removed, checked.corrected
    changes = [
        f"{removed} could not be verified and {_was(removed)} removed" if removed else "",
        f"{corrected} {_was(corrected)} corrected" if corrected else "",
    ]
    sentence = " and ".join(filter(None, changes))
    return f"{checked.verified} of {total} citations verified; {sentence}." if sentence else ""


def name_notice(marked: MarkedText) -> str:
    """Return the names that occur nowhere in the workspace; "" if there are none."""
    names = ", ".join(f"`{name}`" for name in marked.unknown[:_MAX_NAMES])
    rest = len(marked.unknown) - _MAX_NAMES
    more = f" and {rest} more" if rest > 0 else ""
    return f"Named in the answer, but not found in this workspace: {names}{more}." if names else ""


def code_notice(review: Review) -> str:
    """Return how many problems of the code remain, and what could not be checked; "" if there is nothing to say."""
    count = len(review.problems)
    remaining = (
        f"{count} problem{'s' if count != 1 else ''} remain{'s' if count == 1 else ''} in its code."
        if count
        else ""
    )
    return " ".join(filter(None, (remaining, *review.unchecked)))


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
