"""Records of a chain, as tests need them."""

import hashlib
import json
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from audit.archiving import chained
from audit.chain import Checkpoint, Entry
from audit.sealing import Sealed
from audit.targets import IN_DATABASE
from store.archive import New, append
from tests.builders import NOW

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


def make_entry(seq: int, previous: str, **changes: Any) -> Entry:
    """A record at its place in a chain of three tickets."""
    facts = {
        "seq": seq,
        "number": f"INC-{seq % 3:08}",
        "run": seq // 3 + 1,
        "run_id": f"run-{seq}",
        "type": "incident",
        "status": "completed",
        "started_at": NOW,
        "closed_at": NOW + timedelta(days=seq),
        "events": 30 + seq,
        "size": 33_000 + seq,
        "sha256": f"{seq:064x}",
        "code_version": "0.1.0",
        "policy_version": "v-1" if seq % 2 else None,
        "archived_at": NOW + timedelta(days=seq, seconds=1),
        "previous": previous,
    }
    return Entry.model_validate({**facts, **changes})


def archive_some(engine: Engine, runs: Iterable[int], key: Ed25519PrivateKey = KEY) -> None:
    """Archive made-up histories, one for each of these."""
    for run in runs:
        exact = json.dumps({"events": [run] * 50}).encode()
        entry = make_entry(run, "", size=len(exact), sha256=hashlib.sha256(exact).hexdigest())
        sealed = Sealed(entry, zstandard.compress(exact))
        append(engine, entry.run_id, partial(_next, sealed, key))


def _next(sealed: Sealed, key: Ed25519PrivateKey, last: Checkpoint | None) -> New:
    return chained(sealed, IN_DATABASE, last, key)
