"""The report of a package: nobody's words are more than words, and what is missing is said."""

import asyncio
import re
from pathlib import Path

import pytest

from audit import opening
from audit.proving import check_package
from tests.audit.packages import keys_of, seal
from tests.running import Desk

HOSTILE = '<script>alert("1")</script> & <img src=https://example.org/x>'


async def test_whatever_somebody_wrote_is_text_in_the_report(desk: Desk) -> None:
    handle = await desk.open(summary=HOSTILE, description=HOSTILE)
    await desk.take(handle, "finn", "comment", text=HOSTILE, internal=True)
    _, sealed = await seal(desk, handle.id)
    page = opening.unpacked(sealed)["report.html"].decode()
    assert page.count("&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;") >= 4
    assert not re.search(r"<(script|img|link|iframe|object|form)\b|\son\w+=|url\(", page)
    assert "default-src 'none'" in page
    assert "Finn" in page


async def test_a_ticket_that_does_not_replay_to_its_end_says_where_that_was(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = await desk.open()
    for text in ("one", "two", "three"):
        await desk.take(handle, "finn", "comment", text=text, internal=True)
    # As if the code were changed: it ends its runs earlier than this one lived.
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", 2)
    manifest, sealed = await seal(desk, handle.id)
    assert "other commands" in manifest.differs[0]
    words = r"its replay ends at event \d+\.\d+: what followed in that run could not be made anew"
    page = opening.unpacked(sealed)["report.html"].decode()
    assert len(re.findall(words, page)) == 2
    assert "every one that there was" not in page
    (tmp_path / "it.zip").write_bytes(sealed)
    told = await asyncio.to_thread(list, check_package(tmp_path / "it.zip", keys_of(desk), True))
    assert re.fullmatch(f"the package is whole as it was sealed, but {words}", told[-1])
