"""The thinking that models write into their answers never becomes part of an answer."""

import pytest

from fieldguide_server.assistant.models.thinking import ThinkingFilter

ANSWER = "The answer.\n"
CASES = {
    "tags": f"<think>Let me <b>see</b>.\n\n</think>\n\n{ANSWER}",
    "capitals": f"<THINK>hm</THINK>{ANSWER}",
    "blank before": f"\n <think>hm</think>\n{ANSWER}",
    "empty": f"<think>\n\n</think>\n\n{ANSWER}",
    "two": f"<think>a</think>\n<think>b</think>{ANSWER}",
    "no opening tag": f"Let me see `x`.\n</think>\n\n{ANSWER}",
    "no opening tag, one line": f"Let me see.</think>{ANSWER}",
    "thinking": f"<thinking>hm</thinking>{ANSWER}",
    "reasoning": f"<reasoning>hm</reasoning>{ANSWER}",
    "brackets": f"[THINK]hm[/THINK]{ANSWER}",
    "triangles": f"◁think▷hm◁/think▷{ANSWER}",
    "start thinking": f"<|START_THINKING|>hm<|END_THINKING|>{ANSWER}",
    "channels": f"<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}",
    "code in thinking": f"<think>```python\nx\n</think>{ANSWER}",
    "none": ANSWER,
}
TEXTS = [
    "Use `<think>` and `</think>` in prompts.",
    "```html\n<think>shown</think>\n```\nDone.",
    "~~~\n</think>\n~~~\n",
    "````\n```\n<think>\n````\nEnd.",
    "if a < b and c[0]: pass",
    "It removes <think> in the middle of a line.",
    "a <",
    "x `y",
    "    indented\n",
]


def filtered(text: str, size: int) -> str:
    shown, thinking = "", ThinkingFilter()
    parts = [thinking.feed(text[start : start + size]) for start in range(0, len(text), size)]
    for part, is_void in [*parts, thinking.flush()]:
        shown = part if is_void else shown + part
    return shown


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_thinking_is_removed_however_the_text_is_cut(text: str, size: int) -> None:
    assert filtered(text, size) == ANSWER


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("text", TEXTS)
def test_tags_in_code_and_in_sentences_are_text(text: str, size: int) -> None:
    assert filtered(text, size) == text


def test_a_thought_without_end_is_no_answer() -> None:
    assert filtered("<think>Let me see", 3) == ""


def test_text_is_held_back_only_where_it_may_become_a_tag() -> None:
    thinking = ThinkingFilter()
    assert thinking.feed("The answer is a <") == ("The answer is a ", False)
    assert thinking.feed("b") == ("<b", False)
