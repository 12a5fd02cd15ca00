"""The packaged texts with ``{placeholders}`` that prompts are made of."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@cache  # packaged files do not change while we run
def text_of(name: str) -> str:
    """Return a text file of this package, such as ``templates/ask.txt``, without surrounding whitespace."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8").strip()


def fill(template: str, values: Mapping[str, str]) -> str:
    """Replace the ``{names}`` in a template once: braces in values and unknown names stay as they are."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)
