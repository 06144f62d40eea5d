from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data_tools.errors import InputError
from pipeline.stages.config import RunConfig
from pipeline.stages.loading import apply_override, load_config, to_yaml
from tests.pipeline.stages.tiny_run import tiny_tree, write_config


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_config(tmp_path / "run.yaml", tiny_tree(tmp_path))


def test_overrides_win_and_later_ones_win_over_earlier_ones(path: Path) -> None:
    config = load_config(path, ["train.epochs=3", "train.epochs=4", "latency.variants=[int8]"], RunConfig)
    assert config.train.epochs == 4
    assert config.latency.variants == ("int8",)


def test_whole_sections_can_be_replaced(path: Path) -> None:
    assert load_config(path, ["train.method={type: normal}"], RunConfig).train.method.type == "normal"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("train.epoch=3", "train.epoch: unknown key; did you mean 'epochs'?"),
        ("trian.epochs=3", "trian: unknown key; did you mean 'train'?"),
        ("data.source.drives.seeds=3", "data.source.drives.seeds: unknown key; did you mean 'seed'?"),
        ("train.epochs=three", "train.epochs: expected a valid integer"),
        ("train.epochs=0", "train.epochs: expected greater than or equal to 1, got 0"),
        ("train.method.sigma=-1", "train.method.sigma: expected greater than 0, got -1"),
        ("train.method.type=robst", "train.method"),
        ("split.fractions={train: 0.9, val: 0.1, calibration: 0.1, test: 0.1}", "they sum to 1.2"),
        ("schema_version=2", "schema_version: expected 1, got 2"),
        ("name=../up", "name: "),
        ("train.epochs", "expected section.key=value"),
        ("=3", "expected section.key=value"),
        ("name.x=3", "'name' is a value ('tiny'), not a section"),
        ("train.epochs=[", "the value is no YAML"),
        ("robustness.perturbations=[{name: gausian_noise, severities: [1]}]", "did you mean 'gaussian_noise'"),
    ],
)
def test_bad_overrides_name_the_key_and_what_was_expected(path: Path, override: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        load_config(path, [override], RunConfig)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_schema_version_is_an_error(tmp_path: Path) -> None:
    tree = tiny_tree(tmp_path)
    del tree["schema_version"]
    with pytest.raises(InputError, match="schema_version: missing"):
        load_config(write_config(tmp_path / "run.yaml", tree), [], RunConfig)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: [", "does not parse"),
        (b"- 1", "expected a mapping"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"", "mapping"),
    ],
)
def test_files_that_are_no_configuration(tmp_path: Path, content: bytes, expected: str) -> None:
    file = tmp_path / "run.yaml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=expected):
        load_config(file, [], RunConfig)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load_config(tmp_path / "nowhere.yaml", [], RunConfig)


def test_resolved_yaml_reads_back_to_the_same_configuration(path: Path, tmp_path: Path) -> None:
    config = load_config(path, [], RunConfig)
    again = tmp_path / "again.yaml"
    again.write_text(to_yaml(config))
    assert load_config(again, [], RunConfig) == config


@pytest.mark.parametrize("file", sorted((Path(__file__).parents[3] / "configs").glob("*.yaml")), ids=lambda p: p.name)
def test_shipped_configurations_are_valid(file: Path) -> None:
    load_config(file, [], RunConfig)


_NAMES = st.text(st.characters(categories=["Ll"]), min_size=1, max_size=5)


@given(st.lists(_NAMES, min_size=1, max_size=4), st.integers())
def test_an_override_sets_exactly_its_key(names: list[str], value: int) -> None:
    tree: dict = {}
    apply_override(tree, f"{'.'.join(names)}={value}")
    for name in names:
        assert list(tree) == [name]
        tree = tree[name]
    assert tree == value


def test_values_are_read_as_yaml() -> None:
    tree: dict = {}
    apply_override(tree, "a.b={c: [1, 2.5, x, null, true]}")
    assert tree == {"a": {"b": {"c": [1, 2.5, "x", None, True]}}}
    assert yaml.safe_load(yaml.safe_dump(tree)) == tree
