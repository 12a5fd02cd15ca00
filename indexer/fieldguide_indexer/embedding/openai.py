"""Embedding by any endpoint with OpenAI's ``/embeddings`` API."""

import base64
import json
import logging
import re
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx2
import numpy as np
import openai
from numpy.typing import NDArray

from fieldguide_indexer.embedding.certificates import trusted_certificates
from fieldguide_indexer.embedding.openai_client import check_host, remove_ambient_headers
from fieldguide_indexer.errors import CertificateError, EmbeddingError
from fieldguide_indexer.options import EmbeddingOptions
from fieldguide_indexer.redaction import redact

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

# A refusal with one of these is not retried by the client, and another request may be accepted.
REFUSED = frozenset({400, 413, 415, 422, 501})
BATCH = re.compile(
    r"batch|\barray\b|(?:too many|number of|at most \d+|maximum of \d+) (?:inputs?|texts?|items|documents|strings)",
    re.I,
)
NEVER_FITS = re.compile(r"request too large|tokens must be reduced", re.I)
ABOUT_FORMAT = re.compile(r"encoding_format|base64", re.I)
_FORMATS = ("base64", "float", "")

Matrix = NDArray[np.float32]


class RefusedBatchError(EmbeddingError):
    """The endpoint refused the request; fewer texts, or shorter ones if ``is_too_long``, may be accepted.

    ``is_batch`` is whether it complained about the number of texts.
    """

    def __init__(self, sentence: str, *, is_too_long: bool, is_batch: bool) -> None:
        super().__init__(sentence)
        self.is_too_long = is_too_long
        self.is_batch = is_batch


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
                verify=_certificates(options),
                # A proxy cannot reach a loopback address of this machine.
                trust_env=not _is_loopback(url),
                event_hooks={"request": [lambda request: check_host(request, url)]},
            ),
        )
        remove_ambient_headers(self._client)
        self._key = options.api_key
        self._formats = list(_FORMATS)

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
        batches, start = [], 0
        while start < len(texts):
            # A refusal makes the batches smaller.
            end = start + self._batch_size
            batches.append(self._shortened(texts[start:end]))
            start = end
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
        """Return the vectors of ``texts``. A batch that is refused is halved; so is a text that is too long, until it is accepted."""
        try:
            return self._checked(texts, self._request(texts))
        except RefusedBatchError as error:
            if len(texts) > 1:
                middle = len(texts) // 2
                if error.is_batch:
                    self._batch_size = min(self._batch_size, middle)
                return np.concatenate([self._shortened(texts[:middle]), self._shortened(texts[middle:])])
            if not error.is_too_long:
                raise
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
            return _vectors(self._post(filled))
        except openai.APIStatusError as error:
            log.info("embeddings refused: status %d, request %s", error.status_code, error.request_id)
            raise self._status_error(error) from None
        except openai.APITimeoutError:
            message = f"{self._place} did not answer in {self._client.timeout:g} seconds."
        except openai.APIConnectionError:
            message = f"{self._place} cannot be reached, or closed the connection."
        # Invalid response bodies raise different errors.
        except (openai.OpenAIError, AttributeError, KeyError, RecursionError, TypeError, ValueError):
            message = f"{self._place} did not return a list of embeddings: check embedding.base_url."
        raise EmbeddingError(message)

    def _post(self, texts: Sequence[str]) -> bytes:
        """Return the body of the answer. A format of vectors that the endpoint refuses is not requested again."""
        while True:
            body = {"model": self._model, "input": texts, "encoding_format": self._formats[0]}
            if not self._formats[0]:
                del body["encoding_format"]
            try:
                return self._client.post("/embeddings", body=body, cast_to=httpx2.Response).content
            except openai.APIStatusError as error:
                is_format = error.status_code in REFUSED and ABOUT_FORMAT.search(error.response.text)
                if not is_format or len(self._formats) == 1:
                    raise
                self._formats.pop(0)

    def _status_error(self, error: openai.APIStatusError) -> EmbeddingError:
        status, words = error.status_code, error.response.text
        sentence = self._with_reason(self._refusal(status), error)
        is_too_long = status not in {401, 403, 404, 429} and TOO_LONG.search(words) is not None
        # A limit of tokens per minute may be smaller than a batch.
        is_too_long = is_too_long or (status == 429 and NEVER_FITS.search(words) is not None)
        if is_too_long or status in REFUSED:
            return RefusedBatchError(
                sentence, is_too_long=is_too_long, is_batch=BATCH.search(words) is not None
            )
        return EmbeddingError(sentence)

    def _with_reason(self, sentence: str, error: openai.APIStatusError) -> str:
        """Return the sentence with the server's own, cut and without keys."""
        body = error.body if isinstance(error.body, dict) else {}
        reason = body.get("message") or body.get("detail") or body.get("error")
        if not isinstance(reason, str):
            return sentence
        reason = redact(reason.replace(self._key, "***") if self._key else reason)[0]
        reason = "".join(each if each.isprintable() else " " for each in reason)
        return f"{sentence[:-1]}: {' '.join(reason.split())[:200].rstrip(' .')}."

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


def _vectors(body: bytes) -> Matrix:
    """Return the vectors of an answer, which may be arrays of numbers or base64.

    Raises:
        KeyError, TypeError, ValueError: The answer is not a list of embeddings.
    """
    data = json.loads(body)["data"]
    items = sorted(enumerate(data), key=lambda item: item[1].get("index", item[0]))
    return np.array([_vector(item["embedding"]) for _, item in items], np.float32)


def _vector(embedding: object) -> object:
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding, validate=True), np.dtype("<f4"))
    return embedding


def _certificates(options: EmbeddingOptions) -> ssl.SSLContext:
    try:
        return trusted_certificates(options.ca_file, "embedding.ca_file")
    except CertificateError as error:
        raise EmbeddingError(str(error)) from None


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


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
