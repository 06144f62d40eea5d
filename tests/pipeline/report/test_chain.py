import shutil

from data_tools.artifacts.hashing import sha256_file
from pipeline.report.chain import short_path, walk_back


def test_chain_names_every_ancestor_once_nearest_first(inputs):
    links = walk_back(inputs.bundle, {})
    assert [link.kind for link in links] == ["bundle", "checkpoint", "split", "dataset"]
    assert links[0].sha256 == sha256_file(inputs.bundle)
    assert links[-1].parents == ()
    assert links[1].file == "training/checkpoint.json"


def test_moved_bundle_finds_its_parents_among_the_known_files(inputs, tmp_path):
    moved = shutil.copy(inputs.bundle, tmp_path / "manifest.json")
    known = {sha256_file(path): path for path in (inputs.checkpoint, inputs.split)}
    assert [link.kind for link in walk_back(moved, known)][-1] == "dataset"


def test_lost_parent_stays_in_the_chain_as_its_child_recorded_it(inputs, tmp_path):
    moved = shutil.copy(inputs.bundle, tmp_path / "manifest.json")
    lost = walk_back(moved, {})[1:]
    assert [(link.kind, link.file, link.producer) for link in lost] == [
        ("checkpoint", "checkpoint.json", None),
        ("split", "split.json", None),
    ]


def test_short_path_hides_the_folders_above(tmp_path):
    assert short_path(tmp_path / "training" / "checkpoint.json") == "training/checkpoint.json"
