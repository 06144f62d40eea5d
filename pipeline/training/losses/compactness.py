"""Pull features to their class centroid (Eqs. 8 and 12)."""

from torch import Tensor

from pipeline.training.losses.class_means import mean_within_then_over_classes
from pipeline.training.losses.norms import safe_norm


def compactness(features: Tensor, labels: Tensor, centroids: Tensor, counts: Tensor, delta_v: float) -> Tensor:
    """Compute the mean over present classes of the class mean of max(0, ‖m_c − q‖ − δ_v)².

    With clean features this is `compact` (Eq. 8), with noisy ones `noisy` (Eq. 12).

    Args:
        features: (B, d).
        labels: (B,) int64.
        centroids: (C, d).
        counts: (C,) samples of each class in the batch.
        delta_v: Radius within which nothing is pulled, feature units.
    """
    excess = (safe_norm(centroids[labels] - features) - delta_v).clamp(min=0)
    return mean_within_then_over_classes(excess.square(), labels, counts)
