"""The order of chunks: pure functions over candidates."""

from itertools import count

from fieldguide_indexer.search.query import parse_query
from fieldguide_indexer.search.ranking import Candidate, rank
from fieldguide_indexer.store.queries import ChunkRow

_numbers = count(1)


def chunk(path: str, symbol: str = "", lines: tuple[int, int] = (1, 10), slot: int = 0) -> ChunkRow:
    number = next(_numbers)
    return ChunkRow(number, path, *lines, "function", symbol, "", slot or number)


def paths(question: str, *candidates: Candidate, limit: int = 10) -> list[str]:
    return [row.path for row, _ in rank(parse_query(question), candidates, limit)]


def test_nothing_is_ranked_out_of_nothing() -> None:
    assert rank(parse_query("anything"), [], 10) == []


def test_no_more_than_the_limit_are_given_best_first() -> None:
    candidates = [Candidate(chunk(f"f{score}.py"), lexical=score) for score in (1, 3, 2)]
    assert paths("sign the cookie", *candidates, limit=2) == ["f3.py", "f2.py"]


def test_a_port_comes_after_its_twin_unless_its_platform_is_named() -> None:
    candidates = (
        Candidate(chunk("src/win/tty.c"), lexical=10),
        Candidate(chunk("src/unix/tty.c"), lexical=9),
    )
    assert paths("set the terminal mode", *candidates)[0] == "src/unix/tty.c"
    assert paths("set the terminal mode on Windows", *candidates)[0] == "src/win/tty.c"


def test_equal_chunks_keep_one_order() -> None:
    candidates = [Candidate(chunk(path), lexical=1) for path in ("b.py", "a.py")]
    assert paths("sign the cookie", *candidates) == ["a.py", "b.py"]


def test_both_legs_together_beat_either_alone() -> None:
    found = paths(
        "sign the cookie",
        Candidate(chunk("words.py"), lexical=10),
        Candidate(chunk("meaning.py"), cosine=0.8),
        Candidate(chunk("both.py"), lexical=8, cosine=0.7),
        Candidate(chunk("neither.py"), lexical=1, cosine=0.2),
    )
    assert found[0] == "both.py"


def test_meaning_weighs_more_in_a_sentence_and_words_in_a_bare_name() -> None:
    candidates = (
        Candidate(chunk("words.py"), lexical=10, cosine=0.2),
        Candidate(chunk("meaning.py"), lexical=1, cosine=0.6),
    )
    assert paths("where is the cookie signed", *candidates)[0] == "meaning.py"
    assert paths("sign_cookie", *candidates)[0] == "words.py"


def test_without_vectors_words_decide() -> None:
    candidates = (Candidate(chunk("less.py"), lexical=1), Candidate(chunk("more.py"), lexical=2))
    assert paths("sign the cookie", *candidates) == ["more.py", "less.py"]


def test_the_definition_of_the_name_comes_before_its_uses() -> None:
    found = paths(
        "BasketTotal",
        Candidate(chunk("uses.py"), lexical=10),
        Candidate(chunk("defines.py", "BasketTotal"), lexical=8, defines=1.0),
    )
    assert found[0] == "defines.py"


def test_words_of_the_file_name_lift_its_chunks() -> None:
    candidates = (Candidate(chunk("src/uv.c"), lexical=10), Candidate(chunk("src/timers.c"), lexical=9))
    assert paths("timer scheduling", *candidates)[0] == "src/timers.c"


def test_words_of_the_symbol_lift_a_chunk() -> None:
    candidates = (
        Candidate(chunk("a.py", "open_session"), lexical=10),
        Candidate(chunk("b.py", "get_signing_serializer"), lexical=9.5),
    )
    assert paths("signing serializer", *candidates)[0] == "b.py"


def test_a_named_file_comes_first_and_in_it_the_named_line() -> None:
    found = rank(
        parse_query('File "/srv/site/shop/views.py", line 42, in show'),
        [
            Candidate(chunk("shop/models.py"), lexical=10),
            Candidate(chunk("shop/views.py", "index", (1, 30)), lexical=6),
            Candidate(chunk("shop/views.py", "show", (31, 60)), lexical=5),
        ],
        10,
    )
    assert [row.symbol for row, _ in found][:1] == ["show"]


def test_a_file_of_the_same_name_elsewhere_is_not_the_named_one() -> None:
    candidates = (
        Candidate(chunk("admin/views.py"), lexical=10),
        Candidate(chunk("shop/views.py"), lexical=8),
    )
    assert paths("what does shop/views.py show", *candidates)[0] == "shop/views.py"


def test_code_comes_before_tests_unless_tests_are_asked_for() -> None:
    candidates = (
        Candidate(chunk("tests/test_basket.py"), lexical=10),
        Candidate(chunk("shop/checkout.py"), lexical=8),
    )
    assert paths("basket total", *candidates)[0] == "shop/checkout.py"
    assert paths("tests of the basket total", *candidates)[0] == "tests/test_basket.py"


def test_an_old_version_comes_after_the_new_unless_it_is_asked_for() -> None:
    candidates = (
        Candidate(chunk("src/v3/parse.ts"), lexical=10),
        Candidate(chunk("src/v4/parse.ts"), lexical=9),
    )
    assert paths("parse errors", *candidates)[0] == "src/v4/parse.ts"
    assert paths("parse errors in v3", *candidates)[0] == "src/v3/parse.ts"


def _noise(*scores: float) -> list[Candidate]:
    return [Candidate(chunk(f"noise{score}.py"), lexical=score) for score in scores]


def test_a_file_of_which_several_definitions_answer_comes_first() -> None:
    topic = [Candidate(chunk("topic.py", name), lexical=9) for name in ("open", "read", "close")]
    single = Candidate(chunk("single.py", "one"), lexical=10)
    assert paths("stream handling", single, *topic, *_noise(1, 2, 3, 4, 5))[0] == "topic.py"


def test_parts_of_one_long_definition_are_no_topic() -> None:
    parts = [Candidate(chunk("long.py", "run", (n, n + 9)), lexical=9) for n in (1, 11, 21)]
    single = Candidate(chunk("single.py", "one"), lexical=10)
    assert paths("stream handling", single, *parts, *_noise(1, 2, 3, 4, 5))[0] == "single.py"


def test_several_files_are_seen_before_all_of_one() -> None:
    candidates = [Candidate(chunk("a.py", "same"), lexical=10 - n) for n in range(4)]
    other = Candidate(chunk("b.py"), lexical=6)
    assert paths("stream handling", *candidates, other)[:2] == ["a.py", "b.py"]


def test_a_much_better_chunk_of_the_same_file_is_not_starved() -> None:
    candidates = [Candidate(chunk("a.py", name), lexical=10) for name in ("sign", "save")]
    other = Candidate(chunk("b.py"), lexical=3)
    assert paths("stream handling", *candidates, other)[:2] == ["a.py", "a.py"]


def test_a_copy_under_another_path_counts_less() -> None:
    found = paths(
        "stream handling",
        Candidate(chunk("lib/stream.py", slot=7), lexical=10),
        Candidate(chunk("old/stream.py", slot=7), lexical=10),
        Candidate(chunk("lib/other.py"), lexical=8),
    )
    assert found == ["lib/stream.py", "lib/other.py", "old/stream.py"]
