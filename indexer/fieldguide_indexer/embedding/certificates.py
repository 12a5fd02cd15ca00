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
    return _context(ca_file, setting, os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))


@cache  # Reading them takes 20 ms, for which every question would wait.
def _context(ca_file: Path | None, setting: str, file: str, folder: str) -> ssl.SSLContext:
    source = f"SSL_CERT_FILE: {file}" if file else f"SSL_CERT_DIR: {folder}"
    try:
        context = httpx2.create_ssl_context()
        if ca_file:
            source = f"{setting}: {ca_file}"
            context.load_verify_locations(ca_file)
    except OSError:  # ssl.SSLError is one.
        message = f"The file of certificates cannot be read ({source})."
        raise CertificateError(message) from None
    return context
