"""Who acts: people by opaque id, with the roles and groups they had when they acted."""

from enum import StrEnum

from pydantic import Field

from desk.model import Frozen, Name, empty


class Role(StrEnum):
    """What a person may be; everybody is the requester of their own tickets."""

    REQUESTER = "requester"
    AGENT = "agent"
    LEAD = "lead"
    MANAGER = "manager"
    PROCESS_OWNER = "process_owner"
    AUDITOR = "auditor"
    ADMIN = "admin"
    IMPORT = "import"


class Actor(Frozen):
    """A person with roles and group ids as of the moment they acted.

    `stands_for` are people whose approvals were this person's then: who was away and has left them
    to this person, and who is not here any more.
    """

    person: Name
    roles: tuple[Role, ...] = ()
    groups: tuple[str, ...] = ()
    stands_for: tuple[str, ...] = Field(default=(), exclude_if=empty)

    def has(self, *roles: Role) -> bool:
        """Whether the actor has at least one of the roles."""
        return any(role in self.roles for role in roles)


class GroupRef(Frozen):
    """A support group and the line it sat on when it was named."""

    id: Name
    line: int
