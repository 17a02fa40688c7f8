"""What a mail says: the answer alone, whichever program wrote it, and nothing that does harm."""

import asyncio
from email.message import EmailMessage
from typing import Any

import pytest

from activities.letter import LONGEST, Letter, Unreadable
from activities.letter import read as read_with
from activities.letter_apart import read_apart
from activities.wording import languages
from desk.vendor_steps import VendorReply

MARKS = tuple(one.words.answer_above for one in languages().values())
ABOVE = "##- Please write your answer above this line -##"
QUOTED = f"> {ABOVE}\n>\n> [INC-7K3M9Q2M] Please look into this\n> Reference: not this one\n"


def read(raw: bytes) -> Letter:
    return read_with(raw, MARKS)


def mail(text: str, subtype: str = "plain", **headers: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = "jan@meridian.example", "desk+tag@example.org"
    made["Message-ID"] = "<1@meridian.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text, subtype=subtype)
    return made.as_bytes()


def said(text: str, subtype: str = "plain") -> str:
    return read(mail(text, subtype)).text


@pytest.mark.parametrize(
    "between",
    [
        "On Sun, 22 Nov 2026 at 17:00, Service Desk <desk@example.org> wrote:\n",
        "On Sun, 22 Nov 2026 at 17:00, Service Desk\n<desk@example.org> wrote:\n\n",
        "Am 22.11.26 um 17:00 schrieb Service Desk <desk@example.org>:\n",
        "-----Original Message-----\nFrom: Service Desk <desk@example.org>\n"
        "Sent: Sunday, November 22, 2026 5:00 PM\nTo: support@meridian.example\n"
        "Subject: [INC-7K3M9Q2M] Router\n\n",
        "________________________________\n\nVon: Service Desk <desk@example.org>\n"
        "Gesendet: Sonntag, 22. November 2026 17:00\nAn: support@meridian.example\n"
        "Betreff: [INC-7K3M9Q2M] Router\n\n",
        "",
    ],
)
@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n\n\n"])
def test_the_answer_ends_where_the_mail_that_is_answered_begins(between: str, gap: str) -> None:
    if gap == "\n" and ("\n\n" in between or "Original" in between):
        gap = "\n\n"
    answer = "We replaced the card:\n\n  slot 4\n\nJan"
    assert said(f"{answer}{gap}{between}{QUOTED}") == answer


@pytest.mark.parametrize(
    "text",
    [
        f"{QUOTED}\nIt works again.",
        f"On 11/22/26 17:00, Service Desk wrote:\n{QUOTED}\nIt works again.\n",
        f"{QUOTED}\nIt works again.\n\n-- \nJan",
        f"See my answers inline.\n\n{QUOTED}It works again.\n> Thank you\n",
    ],
)
def test_an_answer_below_what_it_answers_or_in_it_is_kept_with_it(text: str) -> None:
    letter = read(mail(text))
    assert (letter.text, letter.final) == (text.strip(), True)


@pytest.mark.parametrize(
    "above", ["", "On 11/22/26 17:00, Service Desk wrote:\n", "Sent from my iPhone\n\n"]
)
def test_an_empty_answer_is_none(above: str) -> None:
    with pytest.raises(Unreadable, match="says nothing"):
        read(mail(f"{above}{QUOTED}"))


def test_a_signature_below_what_is_answered_is_no_answer() -> None:
    assert said(f"Done.\n\n{QUOTED}\n-- \nJan, Meridian Networks") == "Done."


def test_a_person_who_answers_from_the_address_of_a_group_is_one() -> None:
    raw = mail("It is done.", Precedence="list", List_Id="<support.meridian.example>")
    assert read(raw).final is True


def test_what_cannot_be_told_from_what_it_answers_is_not_the_last_word() -> None:
    letter = read(mail(f"{ABOVE}\n\nPlease look into this\n\nIt works again."))
    assert letter.text.endswith("It works again.")
    assert letter.final is False


def test_a_line_that_is_not_ours_cuts_nothing() -> None:
    text = "Log:\n##- boot -##\nok\n\n===== all 12 links up ====="
    assert said(f"{text}\n\n{QUOTED}") == text


def test_a_mark_that_was_wrapped_is_one() -> None:
    wrapped = "> ##- Please write your answer above this\n> line -##\n> Reference: not this one"
    letter = read(mail(f"Done.\n\n{wrapped}"))
    assert (letter.text, letter.reference) == ("Done.", None)


def test_all_that_is_shown_at_once_is_read() -> None:
    made = EmailMessage()
    made.set_content("First.")
    made.add_attachment(b"x", maintype="image", subtype="png", disposition="inline")
    made.add_attachment("Second.", disposition="inline")
    made.add_attachment("Not shown.", filename="log.txt")
    assert read(made.as_bytes()).text.split() == ["First.", "Second."]
    empty = EmailMessage()
    empty.set_content("\n")
    empty.add_alternative("<p>Only here.</p>", subtype="html")
    assert read(empty.as_bytes()).text == "Only here."


@pytest.mark.parametrize(
    "answer",
    [
        "The settings:\n\nhost: a\nport: 1",
        "Please call me:",
        "Version 12, see doc@meridian.example",
        "Reference: M-118",
        "The card has:\nHost: a\nPort: 1\nUser: b\nMask: c",
    ],
)
def test_an_answer_that_ends_like_a_heading_is_whole(answer: str) -> None:
    assert said(f"{answer}\n\n{QUOTED}") == answer


@pytest.mark.parametrize("code", sorted(languages()))
def test_the_line_above_which_is_answered_is_known_in_each_language(code: str) -> None:
    line = languages()[code].words.answer_above
    assert said(f"Done.\n\n>> {line}\n>> the rest") == "Done."


@pytest.mark.parametrize(
    ("text", "final"),
    [
        ("It is done.", True),
        ("Interim: we are on it.", False),
        ("INTERIM\n\nwe are on it.", False),
        ("Hello Finn,\n\nInterim: we are on it.", False),
        ("*Zwischenstand* - wir sind dran.", False),
        ("Interimistically yours", True),
        ("No interim.", True),
    ],
)
def test_an_answer_is_final_unless_it_says_otherwise(text: str, final: bool) -> None:
    letter = read(mail(text))
    assert (letter.final, letter.text) == (final, text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto_Submitted", "auto-replied"),
        ("Auto_Submitted", "auto-generated; owner=x"),
        ("Precedence", "bulk"),
        ("Return_Path", "<>"),
        ("X_Autoreply", "yes"),
        ("X_Auto_Response_Suppress", "All"),
        ("Subject", "Automatic reply: [INC-7K3M9Q2M]"),
        ("Subject", "Automatische Antwort: Router"),
        ("Subject", "Abwesenheitsnotiz"),
        ("Subject", "Out of Office"),
    ],
)
def test_what_a_machine_answers_ends_nothing(name: str, value: str) -> None:
    assert read(mail("We received it as M-118.", **{name: value})).final is False
    assert read(mail("We received it as M-118.", Auto_Submitted="no")).final is True


def test_the_reference_is_the_vendors_own_word() -> None:
    assert read(mail(f"Done.\n\nReferenz:  M-118 \n\n{QUOTED}")).reference == "M-118"
    assert read(mail(f"Done.\n\n{QUOTED}")).reference is None


def test_html_is_read_as_text_and_nothing_in_it_runs() -> None:
    html = (
        "<html><head><title>T</title><style>p {color: red}</style></head><body>"
        "<p>We <b>replaced</b> it &amp; tested.<br>Twice.</p><script>alert(1)</script>"
        "<div>Jan</div><div>On Sun, 22 Nov 2026, Service Desk &lt;desk@example.org&gt; wrote:</div>"
        f"<blockquote><p>{ABOVE.replace(' this ', chr(10) + 'this ')}</p><p>old</p></blockquote>"
        "<!-- note --></body></html>"
    )
    assert said(html, "html").split() == ["We", "replaced", "it", "&", "tested.", "Twice.", "Jan"]
    assert "replaced it & tested.\nTwice." in said(html, "html")


def test_a_bounce_an_empty_mail_and_a_picture_alone_are_no_answers() -> None:
    report = (
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: text/plain\n\nno\n--x--"
    )
    picture = b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAAA\n"
    for raw in (report, picture, mail("  \n\n"), b""):
        with pytest.raises(Unreadable):
            read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain; charset=no-such-set\n\nna\xc3\xafve",
        b"Content-Type: text/plain; charset=us-ascii\n\nna\xefve \xff",
        b"Content-Type: text/plain; charset=utf-16\n\nodd",
        b"Content-Transfer-Encoding: base64\n\n!!!!not base64",
        b"Subject: =?utf-8?q?=00=ff?=\nTo: ,,<<>>\n\nx\x00\x1b[31m\xe2\x80\xaey",
        b"\xff\xfe\x00garbage without a header",
        b"Message-ID:\nMessage-ID: <a>\n\ntwice",
    ],
)
def test_whatever_a_mail_holds_its_text_can_be_a_step(raw: bytes) -> None:
    letter = read(raw)
    step = VendorReply(step="vendor_reply", vendor="v", text=letter.text, final=letter.final)
    assert step.text == letter.text.strip()


def test_a_long_answer_is_cut_and_says_so() -> None:
    long = read(mail("word " * 100_000)).text
    assert long.endswith("[...]")
    assert LONGEST < len(long) + 10 < 20_000


def test_the_same_mail_has_the_same_key_and_another_has_not() -> None:
    first, again = read(mail("a")), read(mail("a", Received="by mx; now"))
    assert first.key == again.key
    assert read(mail("a").replace(b"<1@", b"<2@")).key != first.key
    # Some ticket systems have one id for all mails of a case.
    assert read(mail("b")).key != first.key
    bare = b"To: x@example.org\n\n"
    assert read(bare + b"a").key != read(bare + b"b").key
    assert isinstance(first, Letter)


@pytest.mark.parametrize(
    "raw",
    [
        b"Message-ID: <[x]@y>\n\ntext",
        b"Message-ID: <>\n\ntext",
        b'Content-Type: text/plain; a="' + b'"' * 5000 + b"\n\ntext",
        b"To: " + b"(" * 3000 + b"\n\ntext",
        b"Content-Type: text/plain; charset=punycode\n\ntext",
    ],
)
async def test_headers_of_any_shape_do_not_hide_the_text(raw: bytes) -> None:
    assert (await read_apart(raw)).text == "text"


async def test_a_mail_that_is_made_to_take_for_ever_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # No process is as quick as that, whatever it reads.
    monkeypatch.setattr("activities.letter_apart.SECONDS", 0.001)
    with pytest.raises(Unreadable, match="too long"):
        await read_apart(mail("It is done."))


async def test_apart_a_mail_says_the_same_and_has_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[dict[str, str]] = []
    start = asyncio.create_subprocess_exec

    async def started(*words: str, **options: Any) -> asyncio.subprocess.Process:
        given.append(options["env"])
        return await start(*words, **options)

    monkeypatch.setenv("FIRSTLINE_SECRET", "not to be handed on")
    monkeypatch.setattr(asyncio, "create_subprocess_exec", started)
    raw = mail(f"Gr\u00fc\u00dfe.\n\nReference: M-1\n\n{QUOTED}")
    assert await read_apart(raw) == read(raw)
    assert "not to be handed on" not in given[0].values()
    assert not [name for name in given[0] if name.startswith("FIRSTLINE_")]
    with pytest.raises(Unreadable, match="arrive"):
        await read_apart(b"Content-Type: multipart/report; boundary=x\n\n--x\n\nno\n--x--")
