"""Compute the discriminative loss the slow way: a loop over classes and samples, straight from the equations."""

import math
from dataclasses import dataclass, field

Vector = list[float]


def norm(vector: Vector) -> float:
    return math.sqrt(sum(value * value for value in vector))


def minus(left: Vector, right: Vector) -> Vector:
    return [a - b for a, b in zip(left, right, strict=True)]


def dot(left: Vector, right: Vector) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


@dataclass
class NaiveLoss:
    """Keep the centroids of the classes seen, by class index."""

    delta_v: float
    delta_d: float
    momentum: float
    centroids: dict[int, Vector] = field(default_factory=dict)

    def step(
        self, clean: list[Vector], noisy: list[Vector], labels: list[int], weight: list[Vector], bias: Vector
    ) -> dict[str, float]:
        compact, margin, reg, pulled = [], [], [], []
        for c in sorted(set(labels)):
            members = [index for index, label in enumerate(labels) if label == c]
            mean = [sum(clean[index][k] for index in members) / len(members) for k in range(len(clean[0]))]
            if c in self.centroids:
                gamma = self.momentum
                centroid = [gamma * o + (1 - gamma) * m for o, m in zip(self.centroids[c], mean, strict=True)]
            else:
                centroid = mean
            self.centroids[c] = centroid
            compact.append(self._pull(centroid, [clean[index] for index in members]))
            pulled.append(self._pull(centroid, [noisy[index] for index in members]))
            reg.append(norm(centroid))
            margin.append(max(self._hinge(mean, c, i, weight, bias) for i in range(len(weight)) if i != c))
        terms = {"compact": compact, "margin": margin, "reg": reg, "noisy": pulled}
        return {name: sum(values) / len(values) for name, values in terms.items()}

    def _pull(self, centroid: Vector, features: list[Vector]) -> float:
        return sum(max(0.0, norm(minus(centroid, q)) - self.delta_v) ** 2 for q in features) / len(features)

    def _hinge(self, mean: Vector, c: int, i: int, weight: list[Vector], bias: Vector) -> float:
        z_c, z_i = dot(weight[c], mean) + bias[c], dot(weight[i], mean) + bias[i]
        normal = minus(weight[c], weight[i])
        distance = abs(dot(normal, mean) + bias[c] - bias[i]) / norm(normal)
        sign = (z_i > z_c) - (z_i < z_c)
        return max(0.0, self.delta_d + distance * sign)
