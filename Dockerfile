# syntax=docker/dockerfile:1
# One image for every process of the desk; the command says which: python -m api, python -m worker,
# firstline migrate, ... All state is elsewhere, so its file system may be read-only.

FROM python:3.11.16-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
# The libraries first: a change of the desk's own code leaves their layer as it is.
COPY requirements.lock ./
RUN pip install --require-hashes --only-binary=:all: --requirement requirements.lock
COPY . .
RUN pip install --no-deps --no-build-isolation --editable . \
    && python -m compileall -q . \
    # Whatever the umask was where the project was cloned.
    && chmod -R a+rX .

FROM python:3.11.16-slim-trixie
LABEL org.opencontainers.image.title="Firstline" \
      org.opencontainers.image.description="An ITIL service desk in which every ticket is a durable workflow"
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin desk \
    && install --directory --owner desk --group desk --mode 0700 /var/lib/firstline
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FIRSTLINE_HOST=0.0.0.0 \
    FIRSTLINE_PORT=8000 \
    FIRSTLINE_HOME=/var/lib/firstline
WORKDIR /app
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "deploy.health", "api"]
CMD ["python", "-m", "api"]
