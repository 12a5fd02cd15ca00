"""The part of a chunk that is embedded."""

from dataclasses import replace

import pytest

from fieldguide_indexer.embedding import condense
from fieldguide_indexer.types import Chunk

CODE = '''def get_signer(self, appConfig):
    """Returns the signer of session cookies."""
    secret = self.readSecretKey(appConfig)
    # rotate keys lazily
    return TimestampSigner(secret, salt="cookie-session", key_derivation=HTTPHash)
'''
METHOD = Chunk(
    path="src/flask/json/sessions.py",
    start_line=1,
    end_line=5,
    text=CODE,
    kind="method",
    symbol="SecureCookie.get_signer",
    signature="def get_signer(self, appConfig)",
    doc="Returns the signer of session cookies.",
    language="python",
)
SECTION = Chunk(
    path="docs/guide.md",
    start_line=1,
    end_line=9,
    text="## Signing\n\nCookies   are signed with\nthe secret key.",
    kind="section",
    symbol="Guide > Signing",
    language="markdown",
)


def test_a_function_is_its_name_place_signature_doc_and_remaining_words_in_that_order() -> None:
    assert condense(METHOD).split("\n") == [
        "secure cookie get signer. flask json sessions.",
        "def get_signer(self, appConfig)",
        "Returns the signer of session cookies.",
        "def get_signer self app Config secret read Secret Key rotate keys lazily return Timestamp Signer salt "
        "cookie key_derivation HTTP Hash",
    ]


def test_a_section_is_its_headings_and_its_text() -> None:
    assert (
        condense(SECTION) == "guide signing. docs guide.\n## Signing Cookies are signed with the secret key."
    )


def test_a_text_of_no_language_is_prose_and_code_without_a_symbol_is_not() -> None:
    text = replace(SECTION, kind="text", symbol="", language="", path="NOTES", text="the cat and the dog")
    assert condense(text).endswith("the cat and the dog")
    assert condense(replace(text, language="go", path="main.go")).endswith("the cat and dog")


def test_a_word_is_said_once_whatever_its_case_and_underscores() -> None:
    repeated = replace(METHOD, signature="", doc="", text="Cache cache _cache CACHE __cache__ store")
    assert condense(repeated).endswith("\nCache store")


@pytest.mark.parametrize("size", [10, 100_000])
def test_the_text_stays_short_however_long_the_chunk_is(size: int) -> None:
    code = " ".join(f"variable_{number}" for number in range(size))
    doc = "sentence " * size
    huge = replace(METHOD, text=code, doc=doc, signature="def f(" + "x, " * size + ")")
    assert len(condense(huge)) < 2_500
    assert len(condense(replace(SECTION, text=doc))) < 1_200


@pytest.mark.parametrize("text", ["", "   \n", "{}[]();", "日本語のコメント"])
def test_the_text_is_never_empty(text: str) -> None:
    assert condense(Chunk(path=".env", start_line=1, end_line=1, text=text)).strip(" .\n")


def test_letters_of_every_script_count_as_identifiers() -> None:
    assert "größe Ключ" in condense(replace(METHOD, text="größe = Ключ", signature="", doc=""))
