"""A small workspace of real files, for questions and searches."""

from pathlib import Path

SESSIONS = '''"""Sessions of visitors."""

import hashlib
import hmac


class SessionStore:
    """Keeps the sessions of all visitors in memory."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self.rows: dict[str, dict[str, str]] = {}

    def sign_cookie(self, value: str) -> str:
        """Sign a cookie value, so that visitors cannot forge it. The digest follows a dot."""
        digest = hmac.new(self.secret, value.encode(), hashlib.sha256).hexdigest()
        return f"{value}.{digest}"

    def commit(self, session: dict[str, str]) -> None:
        """Write a session."""
        self.rows[session["id"]] = session

    def rollback(self) -> None:
        """Forget every row that was written."""
        self.rows.clear()
'''

PRICES = '''"""What things cost."""

VAT = 0.19


def gross_price(net: float) -> float:
    """Add the value added tax to a net price."""
    return net * (1 + VAT)


def format_price(price: float) -> str:
    return f"{price:.2f} EUR"
'''

CHECKOUT = '''"""The way to the till."""

from shop.prices import format_price, gross_price
from shop.sessions import SessionStore


def check_out(store: SessionStore, session: dict[str, str], net: float) -> str:
    """Close a sale: commit the session and show the gross price."""
    store.commit(session)
    return format_price(gross_price(net))
'''

README = """# Shop

A shop for tests. Start it with `make serve`; it listens on port 8080.

Prices are shown in euros, with the value added tax.
"""


def write_workspace(folder: Path) -> Path:
    """Write the files into ``folder`` and return it."""
    (folder / "shop").mkdir(parents=True)
    for path, text in {
        "shop/sessions.py": SESSIONS,
        "shop/prices.py": PRICES,
        "shop/checkout.py": CHECKOUT,
        "README.md": README,
        "pyproject.toml": '[project]\nname = "shop"\n',
    }.items():
        (folder / path).write_text(text, encoding="utf-8", newline="\n")
    return folder
