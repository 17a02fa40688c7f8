"""Targets: how soon somebody answers, how soon it is resolved, how long a group may hold it.

`ola_1` to `ola_3` are what the groups of a line owe each other; they restart at each hand-off.
"""

from desk.ticket import Priority
from policies.escalation import NEXT_RESPONSE, RESOLUTION, RESPONSE
from policies.words import hours, minutes, target

TARGETS = {
    Priority.P1: {
        "response": target(minutes(15), "always", RESPONSE),
        "resolution": target(hours(4), "always", RESOLUTION),
        "next_response": target(minutes(30), "always", NEXT_RESPONSE),
        "ola_1": target(minutes(30), "always"),
        "ola_2": target(hours(2), "always"),
        "ola_3": target(hours(3), "always"),
    },
    Priority.P2: {
        "response": target(minutes(30), "office", RESPONSE),
        "resolution": target(hours(8), "office", RESOLUTION),
        "next_response": target(hours(1), "office", NEXT_RESPONSE),
        "ola_1": target(hours(1), "office"),
        "ola_2": target(hours(4), "office"),
        "ola_3": target(hours(6), "office"),
    },
    Priority.P3: {
        "response": target(hours(2), "office", RESPONSE),
        "resolution": target(hours(24), "office", RESOLUTION),
        "next_response": target(hours(4), "office", NEXT_RESPONSE),
        "ola_1": target(hours(4), "office"),
        "ola_2": target(hours(12), "office"),
        "ola_3": target(hours(16), "office"),
    },
    Priority.P4: {
        "response": target(hours(4), "office", RESPONSE),
        "resolution": target(hours(50), "office", RESOLUTION),
        "next_response": target(hours(8), "office", NEXT_RESPONSE),
        "ola_1": target(hours(8), "office"),
        "ola_2": target(hours(24), "office"),
        "ola_3": target(hours(36), "office"),
    },
}
