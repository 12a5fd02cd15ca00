"""What is asked literally: passages that hold it as it is written come first, and change logs last of them."""

import re
import time
from collections.abc import Iterator

import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions
from fieldguide_indexer.search.literals import find_literals, holds_literally

FILES = {
    "shop/retry.py": "RETRIED = (502, 503, 504)\n\n\ndef is_retried(status):\n    return status in RETRIED\n",
    "shop/status.py": (
        "def describe_status(status):\n"
        '    """Describe an HTTP status code to the user, such as 500 for an error of the server."""\n'
        "    return {200: 'ok', 500: 'error', 503: 'unavailable'}[status]\n"
    ),
    "shop/db.py": (
        "class OrdersDatabasePool:\n"
        '    """A pool of connections to the orders database; its size is configured by the environment."""\n\n'
        "    def orders_pool(self, size):\n        return self.db.pool(size)\n"
    ),
    "shop/settings.py": 'import os\n\nSIZE = int(os.environ.get("ORDERS_DB_POOL_SIZE", "5"))\n',
    "shop/cli.py": (
        "def add_arguments(parser):\n"
        '    parser.add_argument("--dry-run", action="store_true")\n'
        '    parser.add_argument("--max-items", type=int)\n'
    ),
    "shop/runner.py": 'def run(plan):\n    """Run a plan. A dry run only shows what would run."""\n    plan.run()\n',
    "shop/routes.py": (
        'def register(app):\n    app.get("/api/v2/orders/{id}", show_order)\n    app.get("/healthz", health)\n'
    ),
    "shop/orders.py": (
        "def show_order(id):\n"
        '    """Show an order of the API by its id; the orders of version 2 have a status."""\n'
        "    return orders.get(id)\n"
    ),
    "shop/errors.py": 'def refuse(order):\n    raise ValueError("the shelf is empty, try again later")\n',
    "shop/shelf.py": (
        "class Shelf:\n"
        '    """A shelf; when it is empty, an order is tried again later."""\n\n'
        "    def is_empty(self):\n        return not self.items\n"
    ),
    "shop/headers.py": 'HEADER = "x-request-id"\nKIND = "application/vnd.shop+json"\nCOLOUR = 0xFF8800\nCODE = "E1042"\n',
    "shop/requests.py": 'def request_id(request):\n    """The id of a request, from its header."""\n    return request.id\n',
    "deploy/compose.yaml": "services:\n  cache:\n    image: redis:7.2.4\n    environment:\n      SHOP_CACHE_TTL: 300\n",
    "shop/cache.py": 'class Cache:\n    """A cache with a time to live; redis stores it."""\n\n    def ttl(self):\n        return 7\n',
    "CHANGELOG.md": (
        "# Changelog\n\n## 2.4.1\n\n- `--dry-run` shows the plan. `--dry-run` is documented. Dry run of `--dry-run`.\n"
        "- `ORDERS_DB_POOL_SIZE` is read. The route /api/v2/orders/{id} is new. 502 503 504 are retried.\n"
        "- The header x-request-id is sent. Redis 7.2.4 is used. SHOP_CACHE_TTL is 300. `E1042` is an error.\n"
        '- "the shelf is empty, try again later" is said. /healthz is there. `--max-items` too. 0xFF8800.\n'
    ),
}
QUERIES = [
    ("502 503 504", "shop/retry.py"),
    ("--dry-run", "shop/cli.py"),
    ("where is --dry-run handled?", "shop/cli.py"),
    ("--max-items", "shop/cli.py"),
    ("ORDERS_DB_POOL_SIZE", "shop/settings.py"),
    ("where is ORDERS_DB_POOL_SIZE read?", "shop/settings.py"),
    ("$ORDERS_DB_POOL_SIZE", "shop/settings.py"),
    ("/api/v2/orders/{id}", "shop/routes.py"),
    ("GET /healthz", "shop/routes.py"),
    ("which function serves /healthz?", "shop/routes.py"),
    ('"try again later"', "shop/errors.py"),
    ("where does “the shelf is empty, try again later” come from?", "shop/errors.py"),
    ("'the shelf is empty'", "shop/errors.py"),
    ("x-request-id", "shop/headers.py"),
    ("`x-request-id`", "shop/headers.py"),
    ("application/vnd.shop+json", "shop/headers.py"),
    ("0xFF8800", "shop/headers.py"),
    ("E1042", "shop/headers.py"),
    ("7.2.4", "deploy/compose.yaml"),
    ("redis:7.2.4", "deploy/compose.yaml"),
    ("which service uses redis 7.2.4?", "deploy/compose.yaml"),
    ("SHOP_CACHE_TTL", "deploy/compose.yaml"),
    ("300", "deploy/compose.yaml"),
    ("504", "shop/retry.py"),
]


@pytest.fixture(scope="module", params=["local", "none"])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("workspace")
    for path, text in FILES.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIELDGUIDE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("FIELDGUIDE_LINGER_SECONDS", "0")
        with Index.open(folder, IndexOptions(embedding=EmbeddingOptions(provider=request.param))) as index:
            index.update()
            index.wait_until_ready(60)
            yield index


@pytest.mark.parametrize(("query", "path"), QUERIES)
def test_the_file_that_holds_a_literal_comes_first(index: Index, query: str, path: str) -> None:
    assert index.search(query)[0].path == path


@pytest.mark.parametrize("query", [query for query, _ in QUERIES if " " not in query])
def test_all_that_hold_a_literal_come_before_all_that_hold_no_word_of_it(index: Index, query: str) -> None:
    words = [word.lower() for word in re.findall(r"\w+", query)]
    texts = [hit.text.lower() for hit in index.search(query)]
    holding = [number for number, text in enumerate(texts) if query.lower().strip('`$"') in text]
    others = [number for number, text in enumerate(texts) if not any(word in text for word in words)]
    assert holding
    assert max(holding) < min(others, default=len(texts))


def test_a_change_log_comes_first_when_it_is_asked_for(index: Index) -> None:
    assert index.search("which release of the changelog has --dry-run?")[0].path == "CHANGELOG.md"


@pytest.mark.parametrize(
    ("query", "literals"),
    [
        ("502 503 504", ["502 503 504"]),
        ("what is -Wall", ["-Wall"]),
        ("retry on 502, 503", ["502, 503"]),
        ('say "no such table" once', ["no such table"]),
        ("the user's cart isn't empty", []),
        ("how is the total of a basket computed?", []),
        ("read-only", ["read-only"]),
        ("is it read-only and well-tested?", []),
        ("https://api.example.com/v1", ["https://api.example.com/v1"]),
        ("and/or", ["and/or"]),
        ("flask>=2.3.1", ["2.3.1"]),
        ("step 1 of 2", []),
        ("Session::open", []),
        ("a text\nwith 404 and --flag", []),
        (" ".join(["word"] * 20) + " 404", []),
    ],
)
def test_literals_are_quoted_or_look_like_no_prose(query: str, literals: list[str]) -> None:
    assert find_literals(query) == literals


@pytest.mark.parametrize(
    ("text", "literal", "holds"),
    [
        ('add("--dry-run")', "--dry-run", True),
        ("add --dry-running", "--dry-run", False),
        ("port 15030", "503", False),
        ("x503 503", "503", True),
        ("a dry run", "--dry-run", False),
    ],
)
def test_a_literal_is_no_part_of_a_longer_word(text: str, literal: str, *, holds: bool) -> None:
    assert holds_literally(text, literal) is holds


@pytest.mark.parametrize(
    "text", ["'" * 20_000, "1.2" * 6_000, "/a" * 10_000, "-a" * 10_000, "12 " * 6_000, "A_" * 10_000]
)
def test_hostile_queries_take_linear_time(text: str) -> None:
    begun = time.perf_counter()
    find_literals(text)
    assert time.perf_counter() - begun < 1
