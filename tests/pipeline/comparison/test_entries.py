import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.errors import InputError
from pipeline.comparison.config import CompareConfig
from pipeline.comparison.entries import check_chosen, merge, resolve
from pipeline.training.config import TrainConfig
from pipeline.training.method_config import NormalConfig, RobustConfig

_TREES = st.recursive(
    st.integers(0, 3), lambda children: st.dictionaries(st.sampled_from("abc"), children, max_size=3), max_leaves=8
)
_SECTIONS = st.dictionaries(st.sampled_from("abc"), _TREES, max_size=3)


def leaves(tree: object, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], object]:
    if not isinstance(tree, dict) or not tree:
        return {path: tree}
    return {key: value for name, child in tree.items() for key, value in leaves(child, (*path, name)).items()}


@settings(derandomize=True)
@given(_SECTIONS, _SECTIONS)
def test_a_merge_has_every_changed_leaf_and_the_others_of_the_base(
    base: dict[str, object], changes: dict[str, object]
) -> None:
    before = copy.deepcopy((base, changes))
    merged, changed = leaves(merge(base, changes)), leaves(changes)
    assert (base, changes) == before
    assert all(merged[path] == value for path, value in changed.items() if path and value != {})
    for path, value in leaves(base).items():
        touched = any(path[: len(other)] == other or other[: len(path)] == path for other in changed if other)
        if path and not touched:
            assert merged[path] == value
    assert merge(base, {}) == base
    assert merge(merge(base, changes), changes) == merge(base, changes)


def entries(train: TrainConfig, **changes: dict[str, object]) -> dict[str, TrainConfig]:
    config = CompareConfig(reference=next(iter(changes)), entries=changes)
    return {entry.name: entry.train for entry in resolve(config, train, "c.yaml")}


def test_another_type_replaces_the_method_and_the_same_type_keeps_its_keys() -> None:
    base = TrainConfig(method=RobustConfig(beta=2.0, sigma=20), epochs=7)
    found = entries(
        base,
        plain={},
        normal={"method": {"type": "normal"}},
        robust={"method": {"type": "robust"}},
        ablation={"method": {"alpha": 0}, "epochs": 3, "input": {"width": 320}},
        noisy={"method": {"type": "noisy"}},
    )
    assert list(found) == ["plain", "normal", "robust", "ablation", "noisy"]
    assert found["plain"] == found["robust"] == base
    assert found["normal"].method == NormalConfig()
    assert found["noisy"].method.model_dump()["sigma"] == 40  # the default, not robust's 20
    assert found["ablation"].method == RobustConfig(beta=2.0, sigma=20, alpha=0)
    assert (found["ablation"].epochs, found["ablation"].input.width, found["ablation"].input.height) == (3, 320, 224)


def test_a_seed_changes_nothing_else() -> None:
    (entry,) = resolve(CompareConfig(entries={"normal": {}}), TrainConfig(seed=5), "c.yaml")
    assert entry.seeded(9) == TrainConfig(seed=9)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"epoch": 3}, r"^c\.yaml: compare\.entries\.x\.epoch: unknown key; did you mean 'epochs'\?"),
        ({"method": {"type": "normal", "alpha": 1}}, r"compare\.entries\.x\.method\.alpha: unknown key"),
        ({"method": {"type": "robust", "alpha": -1}}, r"compare\.entries\.x\.method\.alpha: expected greater than"),
        (
            {"method": {"type": "robustt"}},
            r"compare\.entries\.x\.method\.type: unknown 'robustt'; did you mean 'robust'",
        ),
        ({"method": "normal"}, r"compare\.entries\.x\.method: .*got 'normal'"),
        ({"seed": 3}, r"compare\.entries\.x\.seed: expected no seed here"),
    ],
)
def test_errors_name_the_entry_and_the_key(changes: dict[str, object], expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        entries(TrainConfig(), normal={}, x=changes)


def test_an_unknown_choice_lists_the_entries() -> None:
    found = resolve(CompareConfig(), TrainConfig(), "c.yaml")
    check_chosen(found, ["robust"])
    with pytest.raises(InputError, match="--only robst: no such entry; did you mean 'robust'"):
        check_chosen(found, ["robust", "robst"])
