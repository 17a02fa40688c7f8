"""What people are told of two tickets that go together: each of their own, in their own words."""

from activities.messages import messages_for
from desk.words import IsOver, IsResolved, MergedInto, NotMerged, RequesterWrote
from store.messages import NewMessage
from tests.activities.town import PEOPLE, URL, Life, make_organisation, only

OTHER = "INC-00000012"


def told(life: Life, language: str = "en") -> tuple[NewMessage, ...]:
    people = [person.model_copy(update={"language": language}) for person in PEOPLE]
    return messages_for(life.record, make_organisation(*people), URL)


def merged() -> Life:
    life = Life().step("p-finn", "accept")
    return life.step("p-finn", "merge", into=OTHER, reason="The same switch.")


def test_the_requester_learns_that_it_is_merged_but_not_into_what() -> None:
    message = only(told(merged()))
    assert (message.template, message.person) == ("merged", "p-rosa")
    assert OTHER not in message.body
    assert "The same switch." not in message.body


def test_the_requester_of_a_merged_ticket_reads_the_solution_of_the_other() -> None:
    life = merged().hear(IsResolved(code="fixed", text="A new cable."), "p-lena")
    message = only(told(life, "de"))
    assert (message.template, message.person) == ("resolved", "p-rosa")
    assert "> A new cable." in message.body
    assert "Lena Muster schreibt" in message.body
    assert "Bestätigen" in message.body or "bestätigen" in message.body
    assert OTHER not in message.body


def test_who_works_on_it_is_told_when_a_person_splits_it_off() -> None:
    life = merged().step("p-lena", "split", reason="Another switch.")
    message = only(told(life))
    assert (message.template, message.person) == ("split", "p-finn")
    assert f"Lena Muster has split this ticket off {OTHER}" in message.body
    assert "> Another switch." in message.body


def test_who_works_on_it_is_told_when_the_other_came_to_nothing() -> None:
    message = only(told(merged().hear(IsOver(), "p-finn")))
    assert (message.template, message.person) == ("split", "p-finn")
    assert f"{OTHER}, which this ticket was merged into, has come to no result." in message.body


def test_who_works_on_it_is_told_when_the_other_could_not_take_it_along() -> None:
    message = only(told(merged().hear(NotMerged(because="over"), "p-finn")))
    assert message.person == "p-finn"
    assert f"could not be merged into {OTHER}" in message.body


def test_who_works_on_a_ticket_reads_that_there_is_news_in_one_merged_into_it() -> None:
    life = (
        Life()
        .step("p-finn", "accept")
        .hear(MergedInto(customer="northwind", confidential=False), "p-finn")
    )
    message = only(told(life.hear(RequesterWrote(), "p-rosa")))
    assert (message.template, message.person) == ("other_wrote", "p-finn")
    assert OTHER in message.subject
    assert f"Whoever reported {OTHER}, which is merged into this ticket" in message.body
    assert "Rosa" not in message.subject
