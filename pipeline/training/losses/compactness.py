"""Pull features to their class centroid (Eqs. 8 and 12)."""

from torch import Tensor

from pipeline.training.losses.norms import safe_norm


def compactness(features: Tensor, targets: Tensor, sample_weights: Tensor, delta_v: float) -> Tensor:
    """Compute the mean over present classes of the class mean of max(0, ‖m_c − q‖ − δ_v)².

    With clean features this is `compact` (Eq. 8), with noisy ones `noisy` (Eq. 12).

    Args:
        features: (..., B, d), several views at once if need be.
        targets: (B, d), every sample's centroid m_y.
        sample_weights: (B,) 1/(P·n_y) for P present classes (`ClassMeans`).
        delta_v: Radius within which nothing is pulled, feature units.

    Returns:
        (...), one value a view.
    """
    excess = (safe_norm(targets - features) - delta_v).clamp(min=0)
    return excess.square() @ sample_weights
