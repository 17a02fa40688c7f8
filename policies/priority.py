"""Impact x urgency -> priority. Rows are the impact, columns the urgency."""

from desk.ticket import Level, Priority

HIGH, MEDIUM, LOW = Level.HIGH, Level.MEDIUM, Level.LOW
P1, P2, P3, P4 = Priority.P1, Priority.P2, Priority.P3, Priority.P4

MATRIX = {
    HIGH: {HIGH: P1, MEDIUM: P2, LOW: P3},
    MEDIUM: {HIGH: P2, MEDIUM: P3, LOW: P4},
    LOW: {HIGH: P3, MEDIUM: P4, LOW: P4},
}

# What a report that does not say is taken for, until somebody classifies it.
DEFAULT_IMPACT = MEDIUM
DEFAULT_URGENCY = MEDIUM
