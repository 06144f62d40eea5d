"""Turn verified pairs of near duplicates into issues."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from data_tools.checks.config import ChecksConfig
from data_tools.checks.issues import IssueRecord
from data_tools.checks.twins import name_twin
from data_tools.duplicates.pairs import NearDuplicate

_DECIMALS = 4


def near_duplicate_issues(
    pairs: Iterable[NearDuplicate], labels: Mapping[str, str], config: ChecksConfig
) -> list[IssueRecord]:
    """Return the issues of near duplicates: the later picture of each pair, and both where the labels differ.

    A picture has at most one record of each kind, which names its most alike twin and counts the others.

    Args:
        pairs: Verified pairs.
        labels: The label of every picture that a pair names.
        config: `near_duplicate.action` and `label_conflict.near_action`.

    Returns:
        The issues sorted by path.

    Raises:
        KeyError: A pair names a picture without a label.
    """
    earlier: defaultdict[str, list[NearDuplicate]] = defaultdict(list)
    conflicts: defaultdict[str, list[NearDuplicate]] = defaultdict(list)
    for pair in pairs:
        earlier[pair.path_b].append(pair)
        if labels[pair.path_a] != labels[pair.path_b]:
            conflicts[pair.path_a].append(pair)
            conflicts[pair.path_b].append(pair)
    issues: list[IssueRecord] = []
    if config.near_duplicate.action != "off":
        issues.extend(
            _issue(path, "near_duplicate", config.near_duplicate.action, "", found) for path, found in earlier.items()
        )
    if config.label_conflict.near_action != "off":
        for path, found in conflicts.items():
            twin = _twin(path, _best(found))
            text = f"labelled {labels[path]}, its near duplicate {labels[twin]}, "
            issues.append(_issue(path, "label_conflict", config.label_conflict.near_action, text, found))
    return sorted(issues)


def _best(found: list[NearDuplicate]) -> NearDuplicate:
    """Return the most alike pair; of equals the first by path."""
    return min(found, key=lambda pair: (-pair.similarity, pair.distance, pair.path_a, pair.path_b))


def _twin(path: str, pair: NearDuplicate) -> str:
    """Return the other picture of a pair."""
    return pair.path_a if pair.path_b == path else pair.path_b


def _issue(path: str, issue: str, action: str, text: str, found: list[NearDuplicate]) -> IssueRecord:
    """Describe a picture's most alike pair and count the others."""
    best = _best(found)
    mirrored = ", mirrored" if best.mirrored else ""
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    score = round(min(max(best.similarity, 0.0), 1.0), _DECIMALS)
    detail = name_twin(f"{text}similarity {best.similarity:.2f}{mirrored}{more}", _twin(path, best))
    return IssueRecord(path, issue, action, score, detail)
