"""The certificates that connections to other machines trust."""

import os
import ssl
from functools import cache
from pathlib import Path

import httpx2

from fieldguide_indexer.errors import CertificateError


def trusted_certificates(ca_file: Path | None = None, setting: str = "ca_file") -> ssl.SSLContext:
    """Return a context that trusts the system's certificates, or those of SSL_CERT_FILE or SSL_CERT_DIR, and ``ca_file``.

    Args:
        ca_file: A PEM file, or None.
        setting: The name of the setting that holds ``ca_file``, for errors.

    Raises:
        CertificateError: A file of certificates cannot be read.
    """
    names = {name: os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
    try:
        context = _context(ca_file, *names.values())
    except OSError:  # ssl.SSLError is one.
        used = (
            f"{setting}: {ca_file}"
            if ca_file
            else "; ".join(f"{name}: {names[name]}" for name in names if names[name])
        )
        message = f"The file of certificates cannot be read ({used})."
        raise CertificateError(message) from None
    return context


@cache  # Reading them takes 20 ms, for which every question would wait.
def _context(ca_file: Path | None, *_environment: str) -> ssl.SSLContext:
    context = httpx2.create_ssl_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
