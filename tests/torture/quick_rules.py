"""A copy of the desk whose minutes are seconds, so that rungs fire and runs end during a campaign.

What a process owner would edit is edited in the copy; everything else is the desk as it is.
"""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEFT_OUT = {"tests", "bench", "docs", "var", "build", "dist"}
STEPS_A_RUN = 6
EDITS = (
    ("policies/words.py", "timedelta(minutes=count)", "timedelta(seconds=count)"),
    ("policies/words.py", "timedelta(hours=count)", "timedelta(minutes=count)"),
    (
        "policies/calendars.py",
        "CALENDARS = (",
        'OFFICE = around_the_clock("office")\n\nCALENDARS = (',
    ),
    ("workflows/ticket.py", "STEPS_A_RUN = 300", f"STEPS_A_RUN = {STEPS_A_RUN}"),
)


def copy_desk(folder: Path) -> Path:
    """The copy's root; fails when the code is no longer what is edited here."""
    root = folder / "desk"
    root.mkdir()
    for entry in ROOT.iterdir():
        if entry.name.startswith(".") or entry.name in LEFT_OUT:
            continue
        if entry.is_dir():
            # With what was compiled: only what is edited is compiled anew.
            shutil.copytree(entry, root / entry.name)
        else:
            shutil.copy2(entry, root)
    for name, before, after in EDITS:
        path = root / name
        text = path.read_text()
        assert text.count(before) == 1, f"{name} has not exactly one {before!r}"
        path.write_text(text.replace(before, after))
    return root
