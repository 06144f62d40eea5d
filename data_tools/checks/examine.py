"""Run every check of single pictures on one picture's facts."""

from data_tools.checks.config import ChecksConfig
from data_tools.checks.issues import IssueRecord
from data_tools.checks.registry import Facts, picture_checks

_DECIMALS = 4


def examine_picture(path: str, facts: Facts, config: ChecksConfig) -> list[IssueRecord]:
    """Return what is wrong with one picture by itself.

    Args:
        path: The picture.
        facts: What was measured of it, `PictureFacts` or a record that holds them.
        config: Actions and thresholds; an issue whose action is `off` is not looked for.

    Returns:
        At most one record for each issue type, in the registry's order.
    """
    actions = config.actions()
    issues: list[IssueRecord] = []
    for check in picture_checks():
        if actions[check.name] == "off":
            continue
        found = check.examine(facts, config)
        if found is not None:
            score = round(found.score, _DECIMALS)
            issues.append(IssueRecord(path, check.name, actions[check.name], score, found.detail))
    return issues
