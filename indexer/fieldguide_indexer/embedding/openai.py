"""Vectors from any endpoint that speaks OpenAI's ``/embeddings``."""

import logging
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import numpy as np
import openai
from numpy.typing import NDArray

from fieldguide_indexer.errors import EmbeddingError
from fieldguide_indexer.options import EmbeddingOptions

log = logging.getLogger(__name__)

OPENAI_URL = "https://api.openai.com/v1"
# The client waits in between, as long as Retry-After says; it retries 408, 409, 429, 5xx, timeouts and cut lines.
RETRIES = 3
# A text refused as too long is halved so often at most: 1/8 of a chunk is less than any model takes.
HALVINGS = 3
# No two servers agree on status, code or words here.
TOO_LONG = re.compile(
    r"context.?(length|size|window)|too (long|large|many tokens)|max\w*[ _](\w+ )*tokens|than \d+ tokens",
    re.I,
)

Matrix = NDArray[np.float32]


class TooLongError(EmbeddingError):
    """The endpoint refused the texts for their length: fewer or shorter ones may pass."""


class OpenAIEmbedder:
    """An Embedder behind a network. Nothing is sent before the first text is embedded."""

    def __init__(self, options: EmbeddingOptions) -> None:
        """Prepare the client.

        Raises:
            EmbeddingError: no model is named, or the URL is none.
        """
        if not options.model:
            message = "No embedding model is named: set embedding.model to one that the endpoint knows."
            raise EmbeddingError(message)
        url = options.base_url or OPENAI_URL
        self._place = _place(url)
        self._model = options.model
        self._batch_size = max(1, options.batch_size)
        self._dimension = 0
        # Local servers need no key, the client needs a word.
        key = options.api_key or "none"
        self._client = openai.OpenAI(
            base_url=url, api_key=key, timeout=options.timeout_seconds, max_retries=RETRIES
        )

    @property
    def name(self) -> str:
        """The model and where it runs: the same name elsewhere may be another model."""
        return f"{self._model}@{self._place}"

    @property
    def dimension(self) -> int:
        """The length of the vectors, found out by the first call; asking before makes one.

        Raises:
            EmbeddingError: the endpoint gives no vector now.
        """
        return self._dimension or len(self.embed_query("dimension"))

    def warm(self) -> None:
        """Nothing is to be loaded."""

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Return vectors (n, dimension), asked for in batches of ``batch_size``.

        A caller that wants to lose nothing hands over one batch at a time and stores it before the next.

        Raises:
            EmbeddingError: a batch failed after all retries; the vectors of this call are lost.
        """
        starts = range(0, len(texts), self._batch_size)
        batches = [self._shortened(texts[start : start + self._batch_size]) for start in starts]
        return np.concatenate(batches) if batches else np.empty((0, self.dimension), np.float32)

    def embed_query(self, text: str) -> Matrix:
        """Return the vector (dimension,) of a question.

        Raises:
            EmbeddingError: the endpoint refused, or cannot be reached after all retries.
        """
        vector: Matrix = self.embed_documents([text])[0]
        return vector

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _shortened(self, texts: Sequence[str], halvings: int = HALVINGS) -> Matrix:
        """Return vectors of ``texts``; one that is too long is found by bisection and halved until it passes."""
        try:
            return self._checked(texts, self._request(texts))
        except TooLongError:
            if len(texts) > 1:
                middle = len(texts) // 2
                return np.concatenate([self._shortened(texts[:middle]), self._shortened(texts[middle:])])
            if not halvings:
                message = f"{self._place} refuses even a short text as too long for {self._model}."
                raise EmbeddingError(message) from None
            return self._shortened([texts[0][: len(texts[0]) // 2]], halvings - 1)

    def _request(self, texts: Sequence[str]) -> Matrix:
        """Return the endpoint's answer in the order of ``texts``, not yet checked.

        The causes are cut off: their texts repeat what a server said, which may hold the key.
        """
        # OpenAI refuses a whole batch over one empty text.
        filled = [text if text.strip() else "-" for text in texts]
        try:
            answer = self._client.embeddings.create(model=self._model, input=filled)
            data = sorted(answer.data, key=lambda item: item.index)
            return np.array([item.embedding for item in data], np.float32)
        except openai.APIStatusError as error:
            log.info("embeddings refused: status %d, request %s", error.status_code, error.request_id)
            if error.status_code not in {401, 403, 404, 429} and TOO_LONG.search(str(error)):
                raise TooLongError from None
            raise EmbeddingError(self._refusal(error.status_code)) from None
        except openai.APITimeoutError:
            message = f"{self._place} did not answer in {self._client.timeout:g} seconds."
        except openai.APIConnectionError:
            message = f"{self._place} cannot be reached, or cut the line."
        # What the client raises over a body that is no embeddings answer depends on what is wrong with it.
        except (openai.OpenAIError, AttributeError, TypeError, ValueError):
            message = f"{self._place} answered with something that is no list of embeddings."
        raise EmbeddingError(message)

    def _refusal(self, status: int) -> str:
        match status:
            case 401 | 403:
                return f"{self._place} refuses the key for embeddings (status {status})."
            case 404:
                return f"{self._place} knows no embedding model {self._model} (status 404)."
            case 429:
                return f"{self._place} is over its rate limit or quota; embedding goes on later."
            case _ if status >= 500:
                return f"{self._place} fails to make embeddings (status {status})."
            case _:
                return f"{self._place} refuses the request for embeddings (status {status})."

    def _checked(self, texts: Sequence[str], vectors: Matrix) -> Matrix:
        """Return the vectors as unit vectors (n, dimension), when there is a usable one for every text."""
        if vectors.ndim != 2 or len(vectors) != len(texts) or not vectors.size:
            message = f"{self._place} gave an array of shape {vectors.shape} for {len(texts)} texts."
            raise EmbeddingError(message)
        if self._dimension not in {0, vectors.shape[1]}:
            message = f"{self._place} changed the length of its vectors from {self._dimension} to {vectors.shape[1]}."
            raise EmbeddingError(message)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or not norms.all():
            message = f"{self._place} gave a vector that is zero or not a number."
            raise EmbeddingError(message)
        self._dimension = vectors.shape[1]
        return np.asarray(vectors / norms, np.float32)


def _place(url: str) -> str:
    """Host and port of ``url``: what may be shown, since a URL can carry a password.

    Raises:
        EmbeddingError: it is no web address.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname:
            return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        log.info("the base_url of the embedding endpoint cannot be parsed")
    message = "The embedding endpoint's base_url is no web address: it should begin with https:// or http://."
    raise EmbeddingError(message)
