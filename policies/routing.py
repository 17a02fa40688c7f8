"""Routing: which groups take a category, first line first; `organisation.yaml` has the groups."""

from policies.words import groups

DEFAULT = groups("service-desk", "workplace-2", "engineering-3")

CATEGORIES = {
    "hardware": groups("service-desk", "workplace-2", "engineering-3"),
    "software": groups("service-desk", "workplace-2", "engineering-3"),
    "network": groups("service-desk", "network-2", "network-3"),
    "access": groups("service-desk", "security-2", "security-3"),
    "security": groups("service-desk", "security-2", "security-3"),
}
