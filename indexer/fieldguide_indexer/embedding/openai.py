"""Embedding by any endpoint with OpenAI's ``/embeddings`` API."""

import logging
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import numpy as np
import openai
from numpy.typing import NDArray

from fieldguide_indexer.embedding.openai_client import check_host, remove_ambient_headers
from fieldguide_indexer.errors import EmbeddingError
from fieldguide_indexer.options import EmbeddingOptions

log = logging.getLogger(__name__)

# The client retries 408, 409, 429, 5xx, timeouts and lost connections, and honours Retry-After.
RETRIES = 3
# Maximum number of times that a text refused as too long is halved: any model accepts 1/8 of a chunk.
HALVINGS = 3
# Servers differ in status, code and wording.
TOO_LONG = re.compile(
    r"context.?(length|size|window)|too (long|large|many tokens)|max[\w ]{0,100}[ _]tokens|than \d+ tokens",
    re.I,
)

Matrix = NDArray[np.float32]


class TooLongError(EmbeddingError):
    """The endpoint refused the texts because of their length; fewer or shorter ones may be accepted."""


class OpenAIEmbedder:
    """An Embedder that uses a network endpoint. Nothing is sent before the first text is embedded."""

    def __init__(self, options: EmbeddingOptions) -> None:
        """Prepare the client.

        Raises:
            EmbeddingError: the endpoint is off, no model is named, or there is no valid URL.
        """
        if options.off:
            raise EmbeddingError(options.off)
        if not options.model:
            message = "No embedding model is named: set embedding.model to a model of the endpoint."
            raise EmbeddingError(message)
        url = options.base_url
        self._place = _place(url)
        self._model = options.model
        self._batch_size = max(1, options.batch_size)
        self._dimension = 0
        # Local servers need no key, but the client requires one.
        key = options.api_key or "none"
        self._client = openai.OpenAI(
            base_url=url,
            api_key=key,
            timeout=options.timeout_seconds,
            max_retries=RETRIES,
            http_client=openai.DefaultHttpxClient(
                event_hooks={"request": [lambda request: check_host(request, url)]}
            ),
        )
        remove_ambient_headers(self._client)

    @property
    def name(self) -> str:
        """The model and its host: the same name elsewhere may be another model."""
        return f"{self._model}@{self._place}"

    @property
    def dimension(self) -> int:
        """The length of the vectors, known after the first request; reading it before makes one.

        Raises:
            EmbeddingError: the endpoint returns no vector at present.
        """
        return self._dimension or len(self.embed_query("dimension"))

    def warm(self) -> None:
        """Do nothing: there is no local model."""

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors of shape (n, dimension), requested in batches of ``batch_size``.

        Callers that must not lose results pass one batch at a time and store its vectors.

        Raises:
            EmbeddingError: a batch failed after all retries; the vectors of this call are lost.
        """
        starts = range(0, len(texts), self._batch_size)
        batches = [self._shortened(texts[start : start + self._batch_size]) for start in starts]
        return np.concatenate(batches) if batches else np.empty((0, self.dimension), np.float32)

    def embed_query(self, text: str) -> Matrix:
        """Return the vector of a query, of shape (dimension,).

        Raises:
            EmbeddingError: the endpoint refused, or cannot be reached after all retries.
        """
        vector: Matrix = self.embed_documents([text])[0]
        return vector

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _shortened(self, texts: Sequence[str], halvings: int = HALVINGS) -> Matrix:
        """Return the vectors of ``texts``; a text that is too long is found by bisection and halved until it is accepted."""
        try:
            return self._checked(texts, self._request(texts))
        except TooLongError:
            if len(texts) > 1:
                middle = len(texts) // 2
                return np.concatenate([self._shortened(texts[:middle]), self._shortened(texts[middle:])])
            if not halvings:
                message = f"{self._place} refused even a short text as too long for {self._model}."
                raise EmbeddingError(message) from None
            return self._shortened([texts[0][: len(texts[0]) // 2]], halvings - 1)

    def _request(self, texts: Sequence[str]) -> Matrix:
        """Return the endpoint's vectors in the order of ``texts``, not yet checked.

        Errors are raised without their causes, whose messages repeat the server's text, which may contain the key.
        """
        # OpenAI refuses a batch with an empty text.
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
            message = f"{self._place} cannot be reached, or closed the connection."
        # The client raises different errors for invalid response bodies.
        except (openai.OpenAIError, AttributeError, TypeError, ValueError):
            message = f"{self._place} did not return a list of embeddings."
        raise EmbeddingError(message)

    def _refusal(self, status: int) -> str:
        match status:
            case 401 | 403:
                return f"{self._place} refused the key for embeddings (status {status})."
            case 404:
                return f"{self._place} has no embedding model {self._model} (status 404)."
            case 429:
                return f"The rate limit or quota of {self._place} is exceeded; embedding continues later."
            case _ if status >= 500:
                return f"{self._place} failed to compute embeddings (status {status})."
            case _:
                return f"{self._place} refused the request for embeddings (status {status})."

    def _checked(self, texts: Sequence[str], vectors: Matrix) -> Matrix:
        """Return unit vectors of shape (n, dimension), after checking that there is a usable one for each text."""
        if vectors.ndim != 2 or len(vectors) != len(texts) or not vectors.size:
            message = f"{self._place} returned an array of shape {vectors.shape} for {len(texts)} texts."
            raise EmbeddingError(message)
        if self._dimension not in {0, vectors.shape[1]}:
            message = f"{self._place} changed the length of its vectors from {self._dimension} to {vectors.shape[1]}."
            raise EmbeddingError(message)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or not norms.all():
            message = f"{self._place} returned a vector that is zero or not a number."
            raise EmbeddingError(message)
        self._dimension = vectors.shape[1]
        return np.asarray(vectors / norms, np.float32)


def _place(url: str) -> str:
    """Return host and port of ``url``, to show: a URL can contain a password.

    Raises:
        EmbeddingError: it is not a valid URL.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname:
            return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        log.info("the base_url of the embedding endpoint cannot be parsed")
    message = (
        "The base_url of the embedding endpoint is not a valid URL: it must start with https:// or http://."
    )
    raise EmbeddingError(message)
