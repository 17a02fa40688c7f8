"""The items of the catalogue among the rules in force, as each reads them."""

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from desk.catalogue import ByPerson
from policies.in_force import CATALOGUE, IN_FORCE
from policies.words import one_of
from store.engine import writing
from store.policy import put_policy
from tests.api.town import Api


async def test_the_rules_have_the_items_under_the_names_that_reasons_give(alone: Api) -> None:
    items = (await alone.get("rosa", "/policy")).json()["catalogue"]

    assert set(items) == set(CATALOGUE)
    laptop = items["new-laptop"]
    assert laptop["group"] == {"id": "workplace-2", "line": 2}
    assert laptop["target"]["length"].startswith("P")
    budget = laptop["approvals"]["budget"]
    assert (budget["approvers"], budget["needs"]) == (["anybody of finance"], 1)
    assert budget["on_time_out"] == "escalate"
    assert budget["escalate_to"] == "anybody with the role manager"
    assert laptop["tasks"]["set-up"]["after"] == ["order"]
    assert items["password-reset"]["tasks"]["reset"]["does"] == "reset_password"
    assert "cost_centre" not in json.dumps(items)


async def test_the_rules_name_people_to_those_of_the_desk_alone(
    own: Api, sqlite_engine: Engine
) -> None:
    stage = one_of("visit", ByPerson(person="nora@example.org"), within=timedelta(hours=1))
    wifi = CATALOGUE["guest-wifi"].model_copy(update={"approvals": (stage,)})
    terms = IN_FORCE.model_copy(update={"policy_version": "other"})
    with writing(sqlite_engine) as connection:
        put_policy(connection, terms, {"guest-wifi": wifi}, datetime.now(UTC))

    inside, outside = (await own.get("finn", "/policy")), (await own.get("rosa", "/policy"))

    (asked,) = inside.json()["catalogue"]["guest-wifi"]["approvals"]["visit"]["approvers"]
    assert asked == "nora@example.org"
    assert "nora" not in outside.text
