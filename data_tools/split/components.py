"""Find connected components of a graph with numpy alone."""

import numpy as np
import numpy.typing as npt

Nodes = npt.NDArray[np.int64]


def components(count: int, left: Nodes, right: Nodes) -> Nodes:
    """Return for every node the smallest node of its connected component.

    A union-find whose finds and unions are whole-array steps: in each round every root with a smaller root as a
    neighbour is hooked under the smallest one, then every path is shortened to its root. Of two neighbouring roots at
    least one is hooked, so the number of components that are not complete halves at least, and there are at most
    log₂(count) rounds (Shiloach and Vishkin, "An O(log n) parallel connectivity algorithm", 1982).

    Args:
        count: Number of nodes.
        left: One end of every edge, (edges,).
        right: The other end, (edges,).

    Returns:
        (count,); equal for two nodes just when a path of edges joins them.

    Examples:
        >>> components(5, np.array([4, 1]), np.array([1, 2])).tolist()
        [0, 1, 1, 3, 1]
    """
    root = np.arange(count, dtype=np.int64)
    while True:
        ends = root[left], root[right]
        apart = ends[0] != ends[1]
        if not apart.any():
            return root
        left, right = left[apart], right[apart]
        np.minimum.at(root, np.maximum(*ends)[apart], np.minimum(*ends)[apart])
        while (root[root] != root).any():
            root = root[root]
