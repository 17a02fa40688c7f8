"""Where this machine reaches the API that the settings describe."""

from settings import Settings

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared, not listened on


def local_url(settings: Settings) -> str:
    """The API's address as seen from here; no slash at its end."""
    host = _EVERYWHERE.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
