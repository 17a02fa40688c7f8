"""docker-compose.yml, Dockerfile and deploy/: all that can be known of them without an engine."""

import ast
import base64
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from embedded.temporal_server import SEARCH_ATTRIBUTES
from firstline import parser
from settings import Settings
from store.engine import POOL
from tests.compose import MAIL, OWN, ROOT, SECRETS, Dockerfile, Service, compose, services

JOBS = ("migrate", "import", "temporal-schema", "temporal-namespace")
UNPRIVILEGED = (*OWN, "proxy", "mail", "temporal", "temporal-schema", "temporal-namespace")
HEALTH_PROGRAMS = {
    "api": "python", "worker": "python", "proxy": "wget", "mail": "/mailpit",
    "temporal": "nc", "postgres": "pg_isready",
}  # fmt: skip
EVERYWHERE = "0.0.0.0"  # noqa: S104  inside a container
# What Temporal 1.32 keeps at most: 20 for its store and 10 for visibility, for each of its roles.
CONNECTIONS_OF_TEMPORAL = 4 * (20 + 10)


@pytest.fixture(scope="module")
def found() -> Mapping[str, Service]:
    return services()


@pytest.fixture(scope="module")
def dockerfile() -> Dockerfile:
    return Dockerfile()


def seconds(duration: str) -> int:
    minutes, rest = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", duration).groups()  # type: ignore[union-attr]
    return 60 * int(minutes or 0) + int(rest or 0)


def settings_of(service: Service, image: Mapping[str, str]) -> Settings:
    """The settings that a container of the service reads."""
    prefix = "FIRSTLINE_"
    told = {**image, **service["environment"]}
    given = {name: value for name, value in told.items() if name.startswith(prefix) and value}
    return Settings(**{name.removeprefix(prefix).lower(): value for name, value in given.items()})


def test_compose_takes_the_file() -> None:
    done = compose("config", "--quiet", **SECRETS, **MAIL)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_has_a_default(name: str) -> None:
    others = {secret: value for secret, value in SECRETS.items() if secret != name}
    done = compose("config", "--quiet", **others, **MAIL)
    assert done.returncode != 0
    assert f"{name} is missing a value: run deploy/new-env.sh" in done.stderr


def test_every_variable_of_the_desk_is_a_setting(found: Mapping[str, Service]) -> None:
    known = {f"FIRSTLINE_{name.upper()}" for name in Settings.model_fields}
    asked = set(re.findall(r"\$\{(FIRSTLINE_\w+)", (ROOT / "docker-compose.yml").read_text()))
    given = {name for service in found.values() for name in service.get("environment", {})}
    assert {name for name in asked | given if name.startswith("FIRSTLINE_")} - known == set()


@pytest.mark.parametrize("name", OWN)
def test_the_settings_of_each_process_can_be_read(
    name: str, found: Mapping[str, Service], dockerfile: Dockerfile
) -> None:
    settings = settings_of(found[name], dockerfile.environment)
    assert settings.database == "postgresql+psycopg://firstline:c0ffee03@postgres:5432/firstline"
    assert (settings.host, settings.port) == (EVERYWHERE, 8000)
    assert (settings.smtp_host, settings.smtp_port, settings.smtp_starttls) == ("mail", 1025, False)
    assert settings.address == "http://localhost:8000"


def test_a_mail_server_of_your_own_is_spoken_to_with_starttls(dockerfile: Dockerfile) -> None:
    own = {**SECRETS, "FIRSTLINE_SMTP_HOST": "smtp.example.org"}
    done = compose("config", "--format", "json", **own)
    settings = settings_of(json.loads(done.stdout)["services"]["worker"], dockerfile.environment)
    assert (settings.smtp_host, settings.smtp_port) == ("smtp.example.org", 587)
    assert settings.smtp_starttls


def test_the_processes_of_the_desk_share_everything_they_are_told(
    found: Mapping[str, Service],
) -> None:
    assert len({json.dumps(found[name]["environment"], sort_keys=True) for name in OWN}) == 1
    assert len({found[name]["image"] for name in OWN}) == 1


def test_the_next_worker_differs_by_its_image_and_its_version_alone() -> None:
    given = {**SECRETS, **MAIL, "NEXT_BUILD_ID": "2"}
    done = compose("--profile", "next", "config", "--format", "json", **given)
    found = json.loads(done.stdout)["services"]
    told = {**found["worker"]["environment"], "FIRSTLINE_WORKER_VERSIONS": "true"}
    expected = {**found["worker"], "image": "firstline:next", "profiles": ["next"]}
    expected["environment"] = {**told, "FIRSTLINE_BUILD_ID": "2"}
    assert found["worker-next"] == expected


@pytest.mark.parametrize("name", ["api", "worker"])
def test_api_and_worker_can_be_scaled(name: str, found: Mapping[str, Service]) -> None:
    alone = {"container_name", "hostname", "ports", "volumes", "mac_address"}
    assert alone & found[name].keys() == set()
    assert found[name]["restart"] == "unless-stopped"


def test_dependencies_have_no_cycle_and_can_be_met(found: Mapping[str, Service]) -> None:
    graph = {name: tuple(service.get("depends_on", {})) for name, service in found.items()}
    assert set(TopologicalSorter(graph).static_order()) == set(found)
    for service in found.values():
        for needed, how in service.get("depends_on", {}).items():
            ends = how["condition"] == "service_completed_successfully"
            assert ends == (needed in JOBS)
            assert how["condition"] != "service_healthy" or "healthcheck" in found[needed]


def test_jobs_end_and_everything_else_is_restarted(found: Mapping[str, Service]) -> None:
    ends = {name for name, service in found.items() if service["restart"] == "no"}
    assert ends == set(JOBS)
    assert {found[name]["restart"] for name in found.keys() - ends} == {"unless-stopped"}


def test_health_is_asked_with_what_the_image_has(found: Mapping[str, Service]) -> None:
    asked = {
        name: one["healthcheck"]["test"] for name, one in found.items() if "healthcheck" in one
    }
    assert {name: test[1] for name, test in asked.items()} == HEALTH_PROGRAMS
    assert {test[0] for test in asked.values()} == {"CMD"}


def test_processes_may_end_what_they_are_at(found: Mapping[str, Service]) -> None:
    worker = " ".join(
        path.read_text() for path in (ROOT / "worker.py", *ROOT.glob("workflows/*.py"))
    )
    drains = re.findall(r"graceful_shutdown_timeout=timedelta\(seconds=(\d+)\)", worker)
    assert [seconds(found["worker"]["stop_grace_period"]) > int(drain) for drain in drains] == [
        True
    ]
    api = (ROOT / "api" / "__main__.py").read_text()
    drains = re.findall(r"timeout_graceful_shutdown=(\d+)", api)
    assert [seconds(found["api"]["stop_grace_period"]) > int(drain) for drain in drains] == [True]


def test_every_image_is_one_version(found: Mapping[str, Service], dockerfile: Dockerfile) -> None:
    images = {service["image"] for service in found.values()}
    images |= {words.split()[0] for words in dockerfile.values("FROM")}
    assert [
        image for image in images if not re.search(r":v?\d+\.\d+(\.\d+)?(-[a-z]+)*$", image)
    ] == []


def test_the_image_has_the_version_of_the_project(found: Mapping[str, Service]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert found["api"]["image"] == f"firstline:{version}"


def test_temporal_is_the_one_of_the_embedded_run(found: Mapping[str, Service]) -> None:
    program = Path(sys.executable).with_name("temporal")
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    server, ui = re.findall(r"(?:Server|UI) ([\d.]+)", said)
    assert found["temporal"]["image"] == f"temporalio/server:{server}"
    assert found["temporal-schema"]["image"] == f"temporalio/admin-tools:{server}"
    assert found["temporal-namespace"]["image"] == f"temporalio/admin-tools:{server}"
    assert found["temporal-ui"]["image"] == f"temporalio/ui:{ui}"


def test_ports_are_open_to_this_machine_alone(found: Mapping[str, Service]) -> None:
    ports = [(name, port) for name, one in found.items() for port in one.get("ports", ())]
    assert {name for name, _ in ports} == {"proxy", "mail", "temporal-ui"}
    assert {port["host_ip"] for _, port in ports} == {"127.0.0.1"}
    assert len({port["published"] for _, port in ports}) == len(ports)


def test_the_port_of_the_desk_moves_with_its_setting() -> None:
    moved = services(FIRSTLINE_PORT="9100", FIRSTLINE_HOST=EVERYWHERE)
    assert moved["proxy"]["ports"][0]["published"] == "9100"
    assert moved["proxy"]["ports"][0]["host_ip"] == EVERYWHERE
    assert moved["api"]["environment"]["FIRSTLINE_PUBLIC_URL"] == "http://localhost:9100"


def test_database_and_engine_are_reached_from_inside_alone(found: Mapping[str, Service]) -> None:
    for name in ("postgres", "temporal", "temporal-schema", "temporal-namespace"):
        assert list(found[name]["networks"]) == ["inside"]


def test_what_is_mounted_is_in_the_project(found: Mapping[str, Service]) -> None:
    binds = [v for one in found.values() for v in one.get("volumes", ()) if v["type"] == "bind"]
    assert [bind["source"] for bind in binds if not Path(bind["source"]).is_file()] == []
    assert all(bind["read_only"] for bind in binds)


def test_only_the_database_keeps_anything(found: Mapping[str, Service]) -> None:
    kept = {
        (name, volume["source"], volume["target"])
        for name, service in found.items()
        for volume in service.get("volumes", ())
        if volume["type"] == "volume"
    }
    assert kept == {("postgres", "database", "/var/lib/postgresql/data")}


def test_memory_is_limited_everywhere(found: Mapping[str, Service]) -> None:
    assert [name for name, service in found.items() if int(service.get("mem_limit", 0)) <= 0] == []


@pytest.mark.parametrize("name", UNPRIVILEGED)
def test_processes_have_no_privileges(name: str, found: Mapping[str, Service]) -> None:
    assert found[name]["cap_drop"] == ["ALL"]
    assert found[name]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", [*OWN, "proxy", "mail"])
def test_disks_of_processes_that_keep_nothing_are_read_only(
    name: str, found: Mapping[str, Service]
) -> None:
    assert found[name]["read_only"] is True
    assert "/tmp" in found[name]["tmpfs"]


def test_there_are_connections_for_two_apis_and_three_workers(
    found: Mapping[str, Service],
) -> None:
    allowed = re.search(r"max_connections=(\d+)", " ".join(found["postgres"]["command"]))
    assert allowed is not None
    own = POOL["pool_size"] + POOL["max_overflow"]
    assert int(allowed[1]) >= CONNECTIONS_OF_TEMPORAL + (2 + 3) * own + 10


def test_commands_are_the_ones_of_the_project(found: Mapping[str, Service]) -> None:
    assert found["api"]["command"] == ["python", "-m", "api"]
    assert found["worker"]["command"] == ["python", "-m", "worker"]
    for job in ("migrate", "import"):
        program, *arguments = found[job]["command"]
        assert program == "firstline"
        assert callable(parser().parse_args(arguments).command)


def test_the_namespace_gets_the_search_attributes_of_the_desk() -> None:
    script = (ROOT / "deploy/temporal/namespace.sh").read_text()
    registered = re.search(r"for attribute in (.+); do", script)
    assert registered is not None
    assert tuple(registered[1].split()) == SEARCH_ATTRIBUTES


def test_histories_are_kept_for_the_days_of_the_setting(found: Mapping[str, Service]) -> None:
    assert found["temporal-namespace"]["environment"]["RETENTION_DAYS"] == "90"
    assert Settings.model_fields["retention_days"].default == 90


@pytest.mark.parametrize(
    "path", sorted((ROOT / "deploy").rglob("*.sh")), ids=lambda path: path.name
)
def test_the_shell_can_read_each_script(path: Path) -> None:
    done = subprocess.run(["sh", "-n", path], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nset -eu\n" in path.read_text()


def test_the_image_is_built_from_the_lock_in_two_stages(dockerfile: Dockerfile) -> None:
    stages = [words.split() for words in dockerfile.values("FROM")]
    assert [stage[0] for stage in stages] == ["python:3.11.16-slim-trixie"] * 2
    (install,) = (run for run in dockerfile.values("RUN") if "requirements.lock" in run)
    assert "--require-hashes" in install
    assert all("--from=build" in words for words in dockerfile.values("COPY")[2:])


def test_the_image_runs_as_nobody_in_particular(dockerfile: Dockerfile) -> None:
    (user,) = dockerfile.values("USER")
    assert all(int(part) >= 10000 for part in user.split(":"))


def test_the_image_starts_without_a_shell(dockerfile: Dockerfile) -> None:
    (health,) = dockerfile.values("HEALTHCHECK")
    assert json.loads(dockerfile.values("CMD")[-1]) == ["python", "-m", "api"]
    asked = json.loads(health.partition("CMD ")[2])
    assert asked == services()["api"]["healthcheck"]["test"][1:]


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps the path, or a folder that it is in, out of the image."""
    parents = [path, *(str(parent) for parent in Path(path).parents)]
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line.removeprefix("**/") for line in lines if line and not line.startswith("#")]
    return any(fnmatch(parent, pattern) for parent in parents for pattern in patterns)


def imported() -> Iterator[str]:
    """Every module of the project that the processes of the image reach, as a path."""
    todo, seen = ["api.__main__", "worker", "firstline", "deploy.health"], set[str]()
    while todo:
        path = next(iter(_paths(todo.pop())), None)
        if path is None or path in seen:
            continue
        seen.add(path)
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            if isinstance(node, ast.Import):
                todo += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                todo += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    yield from seen


def _paths(module: str) -> Iterator[str]:
    for path in (f"{module.replace('.', '/')}.py", f"{module.replace('.', '/')}/__init__.py"):
        if (ROOT / path).is_file():
            yield path


def test_the_image_gets_what_it_runs_and_no_secret() -> None:
    needed = {*imported(), "pyproject.toml", "requirements.lock", "examples/organisation.yaml"}
    needed |= {"store/migrations/env.py", "policies/messages/en/acknowledged.txt"}
    assert len(needed) > 50
    assert [path for path in sorted(needed) if ignored(path)] == []
    unwanted = (".env", ".git/config", "var/secret", "tests/conftest.py", "desk/__pycache__/x.pyc")
    assert [path for path in unwanted if not ignored(path)] == []


def test_the_example_names_what_compose_asks_for() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    lines = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", lines, flags=re.MULTILINE)) == asked


def make_env(folder: Path) -> "subprocess.CompletedProcess[str]":
    script = ROOT / "deploy" / "new-env.sh"
    return subprocess.run(
        ["sh", script], cwd=folder, check=False, capture_output=True, text=True, timeout=10
    )


def test_the_first_env_has_secrets_of_its_own_and_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text((ROOT / ".env.example").read_text())
    assert make_env(tmp_path).returncode == 0
    env = tmp_path / ".env"
    made = dict(re.findall(r"^([A-Z_]+)=(.+)$", env.read_text(), flags=re.MULTILINE))
    assert {name: made[name] for name in MAIL} == MAIL
    values = [made[name] for name in SECRETS]
    assert len(set(values)) == len(SECRETS)
    key = made["FIRSTLINE_SIGNING_KEY"]
    assert len(base64.b64decode(key, validate=True)) == 32
    assert all(re.fullmatch(r"[0-9a-f]{48}", value) for value in values if value != key)
    assert env.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {".env", ".env.example"}
    again = make_env(tmp_path)
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert dict(re.findall(r"^([A-Z_]+)=(.+)$", env.read_text(), flags=re.MULTILINE)) == made
