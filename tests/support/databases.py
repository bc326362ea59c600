"""For which tests the kind of database plays a part."""

from __future__ import annotations

import pytest

whichever_database = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what is decided without a database, such as a refusal of what makes no sense: SQLite will do."""
