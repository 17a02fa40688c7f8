"""Vendors in the organisation file and in the database, and the messages that go to them."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from desk.errors import PolicyError
from desk.ticket import Priority
from store.engine import reading, writing
from store.import_organisation import import_organisation
from store.messages import get_message
from store.organisation import Organisation, load
from store.timeline import timeline
from tests.builders import NUMBER, make_event, make_message, make_ticket
from tests.store.filling import put

DEMONSTRATION = (Path(__file__).parents[2] / "examples" / "organisation.yaml").read_text()
FILE = """\
calendars:
  - id: week
    zone: Europe/Berlin
    shifts: [{day: mon, start: 08:00, end: 18:00}]
services:
  - {id: mail, name: Mail}
vendors:
  - id: acme
    name: Acme
    email: help@acme.example
    contracts:
      - {id: c, until: 2027-06-30, calendar: week, targets: {default: PT8H, P1: PT2H}}
"""


def imported(engine: Engine, text: str) -> Organisation:
    import_organisation(engine, text, "org.yaml")
    with reading(engine) as connection:
        return load(connection)


def refused(engine: Engine, old: str, new: str) -> str:
    assert old in FILE
    with pytest.raises(PolicyError) as error:
        import_organisation(engine, FILE.replace(old, new), "org.yaml")
    return str(error.value)


def test_a_vendor_is_kept_with_its_contracts_and_a_default_stands_for_the_others(
    engine: Engine,
) -> None:
    vendor = imported(engine, FILE).vendor("acme")
    assert vendor is not None
    assert (vendor.name, vendor.address, vendor.zone) == ("Acme", "help@acme.example", "UTC")
    contract = vendor.contracts[0]
    hours = {p: contract.targets[p] / timedelta(hours=1) for p in Priority}
    assert hours == {"P1": 2, "P2": 8, "P3": 8, "P4": 8}
    assert contract.in_force(date(2027, 6, 30))
    assert not contract.in_force(date(2027, 7, 1))
    assert imported(engine, FILE).vendor("nobody") is None


def test_the_same_file_again_changes_nothing_and_another_date_is_one_change(
    engine: Engine,
) -> None:
    assert import_organisation(engine, DEMONSTRATION, "org.yaml").sections["vendors"].added == 2
    assert not import_organisation(engine, DEMONSTRATION, "org.yaml").changed
    other = DEMONSTRATION.replace("until: 2029-06-30", "until: 2030-06-30")
    assert import_organisation(engine, other, "org.yaml").sections["vendors"].changed == 1


def test_a_contract_begins_on_its_first_day(engine: Engine) -> None:
    vendor = imported(engine, FILE.replace("{id: c,", "{id: c, from: 2027-01-01,")).vendor("acme")
    assert vendor is not None
    assert not vendor.contracts[0].in_force(date(2026, 12, 31))
    assert vendor.contracts[0].in_force(date(2027, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("help@acme.example", "help", "org.yaml:10: vendors acme email"),
        ("email: help@acme.example", "zone: Mars/Base", "org.yaml:10: vendors acme zone"),
        ("    email: help@acme.example\n", "", "give an email or a webhook"),
        ("email: help@acme.example", "webhook: http://acme.example/", "give an https:// address"),
        ("email: help@acme.example", "webhook: https://u:p@acme.example/", "without a login"),
        ("email: help@acme.example", "webhook: ftp://acme.example/", "give an https:// address"),
        ("email: help@acme.example", "webhook: https://acme.example:99999/", "from 1 to 65535"),
        ("email: help@acme.example", "webhook: https://acme.example:0/", "from 1 to 65535"),
        ("email: help@acme.example", "webhook: https://xn--zz.example/", "no name that can be"),
        ("email: help@acme.example", "webhook: https://a..example/", "no name that can be"),
        ("email: help@acme.example", "webhook: https://1.2.3.400/", "no name that can be"),
        ("email: help@acme.example", "webhook: 'https://[zz]/'", "give an https:// address"),
        ("default: PT8H, ", "", "lacks P2, P3, P4"),
        ("P1: PT2H}", "P1: PT0S}", "org.yaml:12:"),
        ("P1: PT2H}", "P1: PT2H}, gives_up_after: PT8H", "longer than the longest"),
        ("{id: c,", "{id: c, from: 2028-01-01,", "ends before it begins"),
        ("calendar: week", "calendar: month", "there is no calendar 'month'"),
        ("{id: c,", "{id: c, services: [phone],", "there is no service 'phone'"),
        ("until: 2027-06-30, ", "", "lacks `until`"),
        ("{id: c,", "{id: c, pauses: maybe,", "write true or false"),
        ("P1: PT2H}", "P9: PT2H}", "targets P9: 'P9' is not among 'P1', 'P2', 'P3', 'P4'"),
        ("until: 2027-06-30", "until: soon", "until: write a date like 2026-12-31"),
        ("until: 2027-06-30", "until: 2027-13-01", "until: write a date like 2026-12-31"),
        ("until: 2027-06-30", "until: 7", "until: write a date like 2026-12-31"),
        ("P1: PT2H}", "P1: soon}", "targets P1: write a duration like PT4H"),
        ("P1: PT2H}", "P1: []}", "targets P1: write a duration like PT4H"),
        ("P1: PT2H}", "P1: PT0S}", "targets P1: has to be more than 0"),
        ("    contracts:", "    colour: red\n    contracts:", "no such key"),
        ("    contracts:\n", "    contracts:\n      - {id: c, until: 2027-01-01, calendar: week, "
         "targets: {default: PT1H}}\n", "same id"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_vendor_is_said_with_its_line(
    engine: Engine, old: str, new: str, says: str
) -> None:
    assert says in refused(engine, old, new)


def test_a_webhook_on_this_machine_needs_no_tls(engine: Engine) -> None:
    webs = ("https://acme.example/in", "https://xn--mnchen-3ya.example:8443/in", "https://[::2]/")
    for url in ("http://127.0.0.1:9/in", "http://[::1]:9/in", *webs):
        vendor = imported(engine, FILE.replace("email: help@acme.example", f"webhook: '{url}'"))
        assert vendor.vendors["acme"].address == url


def test_two_vendors_of_one_id_are_one_too_many(engine: Engine) -> None:
    twice = FILE + "  - {id: acme, name: Other, email: other@acme.example}\n"
    with pytest.raises(PolicyError, match="acme"):
        import_organisation(engine, twice, "org.yaml")


def test_a_message_to_a_vendor_is_told_by_its_id_and_by_its_address_how(engine: Engine) -> None:
    event = make_event()
    mail = make_message(event, key="m1", person=None, vendor="acme", address="help@acme.example")
    web = make_message(event, key="m2", person=None, vendor="acme", address="https://acme.example")
    put(engine, make_ticket(), messages=(mail, web))
    with writing(engine) as connection:
        by_mail, by_web = get_message(connection, "m1"), get_message(connection, "m2")
        inside = timeline(connection, NUMBER, internal=True).items[0].deliveries
        outside = timeline(connection, NUMBER, internal=False).items[0].deliveries
    assert by_mail is not None
    assert by_web is not None
    assert (by_mail.by_webhook, by_web.by_webhook) == (False, True)
    asking = by_mail.model_copy(update={"address": "httpd@acme.example"})
    assert not asking.by_webhook
    assert [told.vendor for told in inside] == ["acme", "acme"]
    assert outside == ()
