"""`python -m api`: serves the desk over HTTP until it is told to stop."""

import signal

import uvicorn

import logs
from api.app import create_app
from embedded.finish import finish
from settings import load_or_exit


def main() -> None:
    """Serve; SIGTERM and SIGINT let the requests that are under way end first."""
    settings = load_or_exit()
    logs.configure("api")
    for sign in (signal.SIGTERM, signal.SIGINT):
        # The server raises the signal once more when it has ended: that is no crash.
        signal.signal(sign, lambda *_: None)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=15,
        loop="uvloop",
        http="httptools",
    )
    finish(0)


if __name__ == "__main__":
    main()
