"""Requests to what a test has started on this machine, which has no certificates."""

import ssl
from typing import Any

import httpx

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody. Without it each client first reads the certificates of the world: 20 ms."""


def client(url: str = "", **options: Any) -> httpx.Client:
    """Connections to one place, to be closed."""
    told = {"timeout": 60, **options}
    return httpx.Client(base_url=url, trust_env=False, verify=NO_CERTIFICATES, **told)


def get(url: str, timeout: float = 30, **options: Any) -> httpx.Response:
    """One question."""
    return httpx.get(url, timeout=timeout, trust_env=False, verify=NO_CERTIFICATES, **options)


def post(url: str, **options: Any) -> httpx.Response:
    """One request."""
    return httpx.post(url, timeout=60, trust_env=False, verify=NO_CERTIFICATES, **options)
