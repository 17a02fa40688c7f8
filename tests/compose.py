"""docker-compose.yml and Dockerfile as their own tools read them; no container engine is needed."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
OWN = ("api", "worker", "migrate", "import")
SECRETS = {
    "FIRSTLINE_SECRET": "a-secret-of-thirty-two-characters-or-more",
    "FIRSTLINE_SIGNING_KEY": "YSBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyBmb3IgdGU=",
    "POSTGRES_PASSWORD": "c0ffee01",
    "POSTGRES_TEMPORAL_PASSWORD": "c0ffee02",
    "POSTGRES_FIRSTLINE_PASSWORD": "c0ffee03",
}
# What .env.example sets beside the secrets.
MAIL = {
    "FIRSTLINE_SMTP_HOST": "mail",
    "FIRSTLINE_SMTP_PORT": "1025",
    "FIRSTLINE_SMTP_STARTTLS": "false",
}

Service = Mapping[str, Any]


def compose(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the real compose on the project's file, with these variables and no others."""
    program = Path(sys.executable).with_name("docker-compose")
    # No .env of this folder counts.
    command = (str(program), "--env-file", "/dev/null", *arguments)
    return subprocess.run(
        command, cwd=ROOT, env=variables, check=False, capture_output=True, text=True, timeout=30
    )


def services(**variables: str) -> Mapping[str, Service]:
    """Every service as compose would start it, with all variables filled in."""
    done = compose("config", "--format", "json", **SECRETS, **MAIL, **variables)
    assert done.returncode == 0, done.stderr
    found: Mapping[str, Service] = json.loads(done.stdout)["services"]
    return found


class Dockerfile:
    """The project's Dockerfile: its instructions, in order, one line each."""

    def __init__(self) -> None:
        text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
        lines = re.sub(r"\\\n\s*", "", text).splitlines()
        self.instructions = [tuple(line.split(maxsplit=1)) for line in lines if line.strip()]

    def values(self, name: str) -> list[str]:
        """What each instruction of this name says."""
        return [words[1] for words in self.instructions if words[0] == name]

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """The variables of the finished image, without those of Python and the shell."""
        pairs = re.findall(r"(\w+)=(\S+)", " ".join(self.values("ENV")))
        return {name: value for name, value in pairs if name.startswith("FIRSTLINE_")}
