"""Parsing a question: words, names, locations."""

import pytest

from fieldguide_indexer.search.places import MentionedPlace
from fieldguide_indexer.search.query import parse_query


def test_stop_words_are_left_out_and_identifiers_are_split() -> None:
    question = parse_query("How does the parseConfig function work?")
    assert question.words == ("parseconfig", "parse", "config", "function", "work")


def test_a_question_of_stop_words_alone_keeps_them() -> None:
    assert parse_query("what is it").words == ("what", "is", "it")


@pytest.mark.parametrize(
    "name", ["BaseModel", "field_validator", "Router", "uv_run", "Sinatra::Helpers", "Flask.run"]
)
def test_a_bare_name_is_a_question_for_a_symbol(name: str) -> None:
    question = parse_query(f" {name}\n")
    assert question.is_symbol
    assert question.identifiers == (name,)


def test_plain_words_are_no_symbols() -> None:
    question = parse_query("where is the cookie signed")
    assert not question.is_symbol
    assert question.identifiers == ()


def test_names_among_words_are_found_in_their_own_case() -> None:
    question = parse_query("why does Session.open call get_url twice")
    assert question.identifiers == ("Session.open", "get_url")


def test_the_first_of_several_lines_is_the_title() -> None:
    question = parse_query("\n  copy() loses its dtype \n\nSteps:\n  1. call   copy\n")
    assert question.title == "copy() loses its dtype"
    assert question.text == "copy() loses its dtype\nSteps:\n1. call copy"


def test_a_path_is_a_place() -> None:
    assert parse_query("what does app/views.py do?").places == (MentionedPlace("app/views.py"),)


@pytest.mark.parametrize(
    "trace", ['File "/srv/app/views.py", line 12, in show', "at show (/srv/app/views.py:12:7)"]
)
def test_a_line_of_a_traceback_is_a_place_with_its_line(trace: str) -> None:
    assert MentionedPlace("/srv/app/views.py", 12) in parse_query(trace).places


def test_a_path_of_windows_is_read_with_slashes() -> None:
    assert parse_query(r"open src\app\views.py").places == (MentionedPlace("src/app/views.py"),)


def test_what_is_too_long_to_be_a_word_is_left_out() -> None:
    assert parse_query(f"decode {'A' * 5000} here").text == "decode here"


@pytest.mark.parametrize("text", ["", "   \n ", "???", "\x00", "日本語"])
def test_any_text_is_a_question(text: str) -> None:
    assert not parse_query(text).places


def test_a_full_name_means_the_definition_of_that_owner_most() -> None:
    question = parse_query("Session::open")
    assert question.means("open", "Session.open") == 1.0
    assert question.means("open", "shop.Session.open") == 1.0
    other = question.means("open", "Door.open")
    assert 0 < question.means("Session", "Session") < other < 1


def test_another_case_is_a_weaker_agreement() -> None:
    question = parse_query("basket_total")
    assert 0 < question.means("BASKET_TOTAL", "BASKET_TOTAL") < question.means("basket_total", "basket_total")
    assert question.means("total", "total") == 0
