"""`python -m api.openapi [--check]`: writes docs/openapi.json, or compares it with the code."""

import json
import sys
from pathlib import Path

from api.app import routed
from api.documents import document

FILE = Path(__file__).parent.parent / "docs" / "openapi.json"


def main(arguments: list[str]) -> int:
    """Write the file; with --check only compare, and return 1 when it differs."""
    made = json.dumps(document(routed()), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if arguments == ["--check"]:
        if FILE.exists() and FILE.read_text() == made:
            return 0
        print("docs/openapi.json is not what the code says: run 'python -m api.openapi'")
        return 1
    FILE.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
