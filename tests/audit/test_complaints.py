"""Evidence of complaints says what they are about."""

from audit.evidence import Evidence
from audit.replay import replay
from audit.showing import as_text
from audit.telling import sentence
from audit.travel import standing_after
from desk.about import About
from desk.events import Event, Opened


def _said(opened: Event, about: About) -> str:
    assert isinstance(opened.what, Opened)
    what = opened.what.model_copy(update={"about": about})
    return sentence(opened.model_copy(update={"what": what}), lambda id: id.upper()).says


async def test_what_a_complaint_is_about_is_shown_and_told(lives: dict[str, Evidence]) -> None:
    lived = await replay(lives["complaint_upheld"])
    opened = lived.events[0]
    assert isinstance(opened.what, Opened)
    about = opened.what.about
    assert about is not None
    shown = as_text(standing_after(lived, "1.0"))
    assert f"  about: {', '.join(f'{k} {v}' for k, v in about if v is not None)}\n" in shown
    assert _said(opened, About(person="p-1")).endswith(", about P-1")
    assert _said(opened, About(ticket="INC-1", group="x")).endswith(", about INC-1")
    assert _said(opened, About(service="mail")).endswith(", about service mail")
