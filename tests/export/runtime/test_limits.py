from pathlib import Path

import pytest

from export.runtime import limits

DOCUMENT = Path(__file__).parents[3] / "docs" / "bundle.md"
NAMES = [name for name in vars(limits) if name.isupper() and name != "PATH_PATTERN"]


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_is_documented_with_its_number(name: str):
    (row,) = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{name}` |")]
    assert f"| {getattr(limits, name):,} " in row


def test_limits_leave_room_for_a_bundle():
    assert len(NAMES) == 14
    assert limits.GUARD_BYTES < limits.MANIFEST_BYTES < limits.FILE_BYTES < limits.BUNDLE_BYTES
