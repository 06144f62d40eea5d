"""Turn the reasons why a file gives no picture into issues."""

from data_tools.checks.issues import QUARANTINE, IssueRecord
from data_tools.validation import closest

_ISSUE_BY_REASON = {
    # Codes of `UnreadablePictureError`
    "empty": "unreadable",
    "undecodable": "unreadable",
    "missing": "unreadable",
    "unreadable": "unreadable",
    "truncated": "truncated",
    "too_large": "too_large",
    "too_small": "too_small",
    # What a source sets aside by name alone
    "unknown_suffix": "unreadable",
    "unusable_name": "unreadable",
    "link": "unreadable",
    "unknown_name": "unreadable",
    "unreadable_video": "unreadable",
    "no_labels": "unreadable",
    "label_conflict": "label_conflict",
}


def unusable_issue(path: str, reason: str, detail: str) -> IssueRecord:
    """Describe a file that gives no picture; it is always left out, with the score 1.

    Args:
        path: The file.
        reason: A code of `UnreadablePictureError` or of a source's set-aside file.
        detail: The message; a leading path is dropped, line breaks become spaces.

    Raises:
        ValueError: The code is unknown; the message lists the known ones.
    """
    if reason not in _ISSUE_BY_REASON:
        raise ValueError(f"{path}: unknown reason '{reason}'; {closest(reason, list(_ISSUE_BY_REASON))}")
    text = " ".join(detail.removeprefix(f"{path}: ").split())
    issue = _ISSUE_BY_REASON[reason]
    shown = text if issue == reason else f"{reason}: {text}"
    return IssueRecord(path, issue, QUARANTINE, 1.0, shown)
