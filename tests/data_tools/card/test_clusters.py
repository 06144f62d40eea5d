import numpy as np

from data_tools.card.clusters import Member, count_clusters
from data_tools.duplicates.pairs import NearDuplicate


def near(a: str, b: str) -> NearDuplicate:
    first, second = sorted((a, b))
    return NearDuplicate(first, second, "", "", 2, False, 0.9)


def test_no_pairs_make_no_cluster():
    found = count_clusters([], {})
    assert (found.clusters, found.pictures, found.sizes) == (0, 0, {})


def test_a_chain_through_a_quarantined_copy_is_one_cluster_of_usable_pictures():
    members = {"a": Member("dry", "1"), "c": Member("wet", "1"), "x": Member("dry", "1")}
    found = count_clusters([near("a", "b"), near("b", "c"), near("x", "gone")], members)
    assert (found.clusters, found.pictures, found.sizes) == (1, 2, {2: 1})
    assert (found.label_conflicts, found.across_drives, found.conflict_examples) == (1, 0, (("a", "c"),))


def test_random_pairs_against_a_naive_search():
    generator = np.random.default_rng(1)
    members = {f"p{i:02d}": Member(f"c{i % 3}", f"g{i % 7}") for i in range(40)}
    pairs = [near(f"p{a:02d}", f"p{b:02d}") for a, b in generator.integers(0, 40, (22, 2)) if a != b]
    sets = [{path} for path in members]
    for pair in pairs:
        joined = [part for part in sets if pair.path_a in part or pair.path_b in part]
        sets = [part for part in sets if part not in joined] + [set().union(*joined)]
    sets = [part for part in sets if len(part) > 1]
    found = count_clusters(pairs, members)
    assert found.clusters == len(sets)
    assert sorted(size for size, count in found.sizes.items() for _ in range(count)) == sorted(map(len, sets))
    assert found.label_conflicts == sum(len({members[path].label for path in part}) > 1 for part in sets)
    assert found.across_drives == sum(len({members[path].group for path in part}) > 1 for part in sets)
