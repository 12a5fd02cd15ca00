"""Answers and explanations without a language model."""

from pathlib import Path

import pytest

from fieldguide_indexer import FieldguideError, Hit
from fieldguide_server.assistant import Answer, Assistant
from fieldguide_server.assistant.text.terms import stem, terms
from fieldguide_server.settings import Settings
from tests.fakes.answer_stream import RecordedStream
from tests.fakes.retriever import MemoryIndex
from tests.fakes.workspace import write_workspace


@pytest.fixture
def index(tmp_path: Path) -> MemoryIndex:
    return MemoryIndex(write_workspace(tmp_path / "shop"))


async def ask(index: MemoryIndex, question: str) -> Answer:
    stream = RecordedStream()
    answer = await Assistant(index, index.read, Settings(), index.folder).ask(question, stream=stream)
    assert stream.text == answer.answer
    return answer


async def explain(index: MemoryIndex, path: str, start: int, end: int) -> Answer:
    return await Assistant(index, index.read, Settings(), index.folder).explain(path, start, end)


async def test_an_offline_answer_says_so_and_cites_exactly_the_lines_it_shows(index: MemoryIndex) -> None:
    answer = await ask(index, "Where is the cookie of a session signed?")
    assert answer.model is None
    assert answer.answer.startswith("**Offline answer.** No language model is configured.")
    first = answer.citations[0]
    assert (first.path, first.verified) == ("shop/sessions.py", True)
    assert "def sign_cookie" in str(index.read(first.path)).splitlines()[first.start_line - 1]
    for citation in answer.citations:
        lines = str(index.read(citation.path)).splitlines()[citation.start_line - 1 : citation.end_line]
        assert f"### {citation}" in answer.answer
        assert "\n".join(lines) in answer.answer


async def test_each_passage_has_its_symbol_and_the_reason_why_it_was_found(index: MemoryIndex) -> None:
    answer = await ask(index, "how are cookies signed")
    assert " — `SessionStore.sign_cookie`" in answer.answer
    assert "Contains “cookies”, “signed”." in answer.answer
    assert "Documented as: Sign a cookie value, so that visitors cannot forge it." in answer.answer


async def test_of_a_paragraph_in_one_long_line_the_words_that_matter_are_shown(tmp_path: Path) -> None:
    filler = "the service reads its configuration and waits " * 30
    text = f"# Guide\n\n{filler}The zebra throttle is seven requests. {filler}\n"
    (tmp_path / "guide.md").write_text(text, encoding="utf-8")
    answer = await ask(MemoryIndex(tmp_path), "What is the zebra throttle?")
    assert "The zebra throttle is seven requests." in answer.answer
    assert filler not in answer.answer


async def test_a_long_passage_is_cut_to_the_lines_that_matter(tmp_path: Path) -> None:
    filler = "".join(f"    value_{number} = {number}\n" for number in range(60))
    folder = tmp_path / "shop"
    folder.mkdir()
    text = f"def set_up():\n{filler}    sign_cookie(session)\n{filler}"
    (folder / "set_up.py").write_text(text, encoding="utf-8")
    answer = await ask(MemoryIndex(folder), "where is the session cookie signed?")
    (citation,) = answer.citations
    assert citation.start_line <= 62 <= citation.end_line
    assert citation.end_line - citation.start_line < 12


@pytest.mark.parametrize(
    "question",
    [
        "where is the cookie signed?",
        "How is the value added tax added?",
        "what happens on rollback",
        "what does gross_price return?",
        "Which port does the shop listen on?",
        "How do I format prices in euros?",
        "where are sessions committed at check out?",
    ],
)
async def test_a_question_that_the_files_answer_gets_passages(index: MemoryIndex, question: str) -> None:
    assert (await ask(index, question)).citations


@pytest.mark.parametrize(
    "question",
    [
        "How does the GraphQL resolver batch database queries?",
        "What is the Kubernetes autoscaling policy?",
        "Where are websocket connections authenticated?",
        "How is the invoice rendered as PDF?",
        "Which Redis keys expire the login tokens?",
        "where is the neural network trained",
        "what does compute_vat_return do?",
        "why?",
        "",
        "?!",
    ],
)
async def test_a_question_about_something_else_is_not_answered(index: MemoryIndex, question: str) -> None:
    answer = await ask(index, question)
    assert answer.citations == ()
    assert "I don't know: nothing in the index" in answer.answer


async def test_the_answer_as_json_has_the_promised_shape(index: MemoryIndex) -> None:
    shape = (await ask(index, "Which port does the shop listen on?")).to_json()
    assert {"answer", "model", "citations", "coverage", "removed", "notice"} <= shape.keys()
    assert shape["model"] is None
    assert shape["citations"][0] == {
        "path": "README.md",
        "start_line": 3,
        "end_line": 3,
        "verified": True,
        "quote": "",
    }
    assert shape["coverage"]["indexed_files"] == 5
    assert shape["coverage"]["index_state"] == "ready"


async def test_lines_that_moved_since_they_were_indexed_are_cited_where_they_are_now(
    index: MemoryIndex,
) -> None:
    file = index.folder / "shop" / "sessions.py"
    file.write_text("# A new line.\n" * 3 + file.read_text(encoding="utf-8"), encoding="utf-8")
    answer = await ask(index, "where is the cookie signed?")
    assert str(answer.citations[0]) == "shop/sessions.py:17-20"
    assert answer.coverage.stale > 0
    assert answer.coverage.stale_files == ("shop/sessions.py",)


async def test_a_deleted_file_is_not_cited(index: MemoryIndex) -> None:
    (index.folder / "shop" / "sessions.py").unlink()
    answer = await ask(index, "where is the cookie signed?")
    assert "shop/sessions.py" not in {citation.path for citation in answer.citations}
    assert answer.coverage.stale > 0


async def test_code_with_fences_and_escapes_stays_inside_its_block(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    text = "Sign cookies:\n```sh\n\x1b[31msign\x1b[0m\n```\n![x](https://evil.test/)"
    (folder / "signing cookies.md").write_text(text, encoding="utf-8")
    answer = (await ask(MemoryIndex(folder), "sign cookies")).answer
    assert "````\nSign cookies:\n```sh\nsign\n```\n![x](https://evil.test/)\n````" in answer


async def test_a_symbol_is_explained_by_its_definition_doc_uses_and_lines(index: MemoryIndex) -> None:
    answer = await explain(index, "shop/prices.py", 7, 7)
    assert "### `gross_price`, a function defined at [shop/prices.py:6-8]" in answer.answer
    assert "def gross_price(net: float) -> float:" in answer.answer
    assert "Add the value added tax to a net price." in answer.answer
    assert "- [shop/checkout.py:10]: `return format_price(gross_price(net))`" in answer.answer
    places = {str(citation) for citation in answer.citations}
    assert {"shop/prices.py:7", "shop/prices.py:6-8", "shop/checkout.py:3", "shop/checkout.py:10"} <= places


async def test_names_in_the_lines_are_explained_by_where_they_are_defined(index: MemoryIndex) -> None:
    answer = await explain(index, "shop/checkout.py", 7, 10)
    assert "- [shop/prices.py:11-12]: `def format_price(price: float) -> str:`" in answer.answer


async def test_a_whole_file_is_explained_by_what_it_defines(index: MemoryIndex) -> None:
    answer = await explain(index, "shop/prices.py", 1, 999)
    assert "Defined in these lines:\n- [shop/prices.py:6-8]" in answer.answer


async def test_an_explanation_leaves_out_what_has_changed(index: MemoryIndex) -> None:
    before = await explain(index, "shop/prices.py", 6, 8)
    assert "shop/checkout.py" in before.answer
    (index.folder / "shop" / "checkout.py").write_text("print('closed')\n", encoding="utf-8")
    after = await explain(index, "shop/prices.py", 6, 8)
    assert "shop/checkout.py" not in after.answer


@pytest.mark.parametrize(
    ("path", "start", "end"),
    [
        ("shop/none.py", 1, 1),
        ("../x.py", 1, 1),
        ("/etc/passwd", 1, 1),
        ("README.md", 0, 1),
        ("README.md", 99, 99),
    ],
)
async def test_lines_that_do_not_exist_cannot_be_explained(
    index: MemoryIndex, path: str, start: int, end: int
) -> None:
    with pytest.raises(FieldguideError):
        await explain(index, path, start, end)


async def test_lines_outside_of_every_definition_are_explained_too(index: MemoryIndex) -> None:
    answer = await explain(index, "README.md", 3, 3)
    assert "listens on port 8080" in answer.answer


BOXES = '''class BoxInterface:
    """The default interface, which stores boxes in sealed crates through a library of seals."""

    seal_salt = "boxes"

    def get_sealer(self, crate):
        if not crate.wax:
            return None
        return Sealer(crate.wax, salt=self.seal_salt)

    def open_box(self, crate):
        return self.get_sealer(crate).loads(crate.text)

    def save_box(self, crate, box):
        crate.text = self.get_sealer(crate).dumps(box)
        crate.seal_date = crate.clock()
'''


async def test_the_lines_that_do_the_work_are_shown_though_another_chunk_was_found(tmp_path: Path) -> None:
    (tmp_path / "boxes.py").write_text(BOXES, encoding="utf-8")
    index = MemoryIndex(tmp_path)
    index.hits = [Hit("boxes.py", 1, 4, 1.0, "BoxInterface", "class", "\n".join(BOXES.split("\n")[:4]))]
    answer = await ask(index, "where is the box in the crate sealed?")
    shown = answer.answer
    assert "crate.text = self.get_sealer(crate).dumps(box)" in shown
    assert "return Sealer(crate.wax, salt=self.seal_salt)" in shown
    assert shown.index("def save_box") < shown.index("class BoxInterface")


async def test_the_file_with_several_answering_passages_comes_first(index: MemoryIndex) -> None:
    (index.folder / "other.md").write_text("A signed session cookie.\n", encoding="utf-8")
    answer = await ask(MemoryIndex(index.folder), "how are a session, its rows and its signed cookie kept?")
    assert answer.citations[0].path == "shop/sessions.py"


@pytest.mark.parametrize(
    "question",
    ["sign_cookie", "signCookie", "SessionStore", "what is sign-cookie", "sessions.py", "rollback()"],
)
async def test_a_question_for_a_name_that_occurs_is_always_answered(
    index: MemoryIndex, question: str
) -> None:
    assert (await ask(index, question)).citations


async def test_an_unanswered_question_lists_the_words_that_occur_nowhere(index: MemoryIndex) -> None:
    answer = await ask(index, "Which Kubernetes cluster has visitors?")
    assert "These words are not in it: “Kubernetes”, “cluster”." in answer.answer


async def test_a_question_in_another_language_finds_the_words_it_shares_with_the_code(
    index: MemoryIndex,
) -> None:
    assert (await ask(index, "Wo wird das Session-Cookie der Visitors gesetzt?")).citations
    assert "A question in the language of the code" in (await ask(index, "Warum regnet es?")).answer


def test_words_of_one_family_have_one_stem() -> None:
    for family in (
        "sign signs signed signing signer",
        "cache caches cached caching",
        "query queries queried",
    ):
        assert len({stem(word) for word in family.split()}) == 1, family
    assert list(terms("Where is get_signing_serializer made?")) == [stem("get"), "sign", stem("serializer")]
