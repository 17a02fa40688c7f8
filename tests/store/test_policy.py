"""The rules in force as the store keeps them."""

from datetime import timedelta

from sqlalchemy import Engine, update

from policies.in_force import CATALOGUE
from store.engine import reading, writing
from store.policy import get_policy, policy_version, put_policy, terms_of_versions
from store.tables import policies
from tests.builders import NOW, make_terms


def test_before_the_first_worker_no_rules_are_known(engine: Engine) -> None:
    with reading(engine) as connection:
        assert get_policy(connection) is None
        assert policy_version(connection) is None


def test_the_newest_rules_are_in_force_since_they_first_were(engine: Engine) -> None:
    old = make_terms()
    new = old.model_copy(update={"policy_version": "2"})
    with writing(engine) as connection:
        put_policy(connection, old, {}, NOW)
        put_policy(connection, old, {}, NOW + timedelta(days=1))
        known = get_policy(connection)
        assert known is not None
        assert (known.terms, known.in_force_since) == (old, NOW)
        put_policy(connection, new, {}, NOW + timedelta(days=2))
        assert policy_version(connection) == "2"
        put_policy(connection, old, {}, NOW + timedelta(days=3))
        back = get_policy(connection)
    assert back is not None
    assert (back.terms, back.in_force_since) == (old, NOW + timedelta(days=3))


def test_older_rules_are_found_by_their_versions(engine: Engine) -> None:
    old = make_terms()
    new = old.model_copy(update={"policy_version": "2"})
    with writing(engine) as connection:
        put_policy(connection, old, {}, NOW)
        put_policy(connection, new, {}, NOW + timedelta(days=1))
        assert terms_of_versions(connection, {"1", "0"}) == {"1": old}
        assert terms_of_versions(connection, {"1", "2"}) == {"1": old, "2": new}


def test_the_catalogue_comes_back_with_the_rules(engine: Engine) -> None:
    with writing(engine) as connection:
        put_policy(connection, make_terms(), CATALOGUE, NOW)
        known = get_policy(connection)
    assert known is not None
    assert known.catalogue == CATALOGUE


def test_rules_from_before_there_was_a_catalogue_offer_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        put_policy(connection, make_terms(), CATALOGUE, NOW)
        connection.execute(update(policies).values(catalogue=None))
        known = get_policy(connection)
    assert known is not None
    assert known.catalogue == {}
