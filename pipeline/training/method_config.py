"""Configure the training methods, one class each (torch-free, so that the command line can read it)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Gaussian(_Strict):
    """Hold the Gaussian noise of a second view."""

    sigma: float = Field(default=40.0, gt=0, le=255, description="noise in training, grey levels (0..255)")
    sigma_from: float | None = Field(
        default=None,
        ge=0,
        le=255,
        description="each picture draws its own noise level, uniform from this to sigma; null = always sigma",
    )

    @model_validator(mode="after")
    def _in_order(self) -> "_Gaussian":
        if self.sigma_from is not None and self.sigma_from > self.sigma:
            raise ValueError(f"expected sigma_from <= sigma, got {self.sigma_from:g} > {self.sigma:g}")
        return self


class NormalConfig(_Strict):
    """Train with cross-entropy on clean pictures alone."""

    type: Literal["normal"] = Field(default="normal", description="cross-entropy on clean pictures")


class NoisyConfig(_Gaussian):
    """Train with cross-entropy on noisy pictures alone."""

    type: Literal["noisy"] = Field(default="noisy", description="cross-entropy on noisy pictures")


class BothConfig(_Gaussian):
    """Train with cross-entropy on clean and on noisy pictures."""

    type: Literal["both"] = Field(default="both", description="mean cross-entropy of clean and noisy pictures")


class StabilityConfig(_Gaussian):
    """Train with cross-entropy on clean pictures, and keep the noisy feature near the clean one."""

    type: Literal["stability"] = Field(default="stability", description="cross-entropy, and the noisy feature's shift")
    weight: float = Field(default=1.0, ge=0, description="weight of ‖q − q̃‖")
    ramp_epochs: float = Field(default=0.0, ge=0, description="epochs over which the extra term grows to its weight")


class RobustConfig(_Gaussian):
    """Train with cross-entropy and the discriminative loss on clean and noisy pictures (Eqs. 7-13)."""

    type: Literal["robust"] = Field(default="robust", description="the discriminative loss on clean and noisy pictures")
    delta_v: float = Field(default=0.5, ge=0, description="radius of a class around its centroid, feature units")
    delta_d: float = Field(default=3.0, ge=0, description="centroid's distance to the boundaries, feature units")
    alpha: float = Field(default=1.0, ge=0, description="weight of compact (Eq. 8)")
    beta: float = Field(default=1.0, ge=0, description="weight of margin (Eq. 9)")
    gamma_reg: float = Field(default=1e-3, ge=0, description="weight of reg (Eq. 11)")
    lambda_noisy: float = Field(default=1.0, ge=0, description="weight of noisy (Eq. 12)")
    momentum: float = Field(default=0.9, ge=0, lt=1, description="share of the old centroid that is kept (4.4)")
    ramp_epochs: float = Field(default=0.0, ge=0, description="epochs over which the extra terms grow to their weight")
    noisy_cross_entropy: float = Field(
        default=0.0, ge=0, description="weight of the noisy view's cross-entropy; 0 in the paper"
    )
    stability: float = Field(default=0.0, ge=0, description="weight of ‖q − q̃‖; 0 in the paper")


class CenterConfig(_Strict):
    """Train with cross-entropy and the centre loss (Wen et al., 2016)."""

    type: Literal["center"] = Field(default="center", description="cross-entropy, and the distance to learned centres")
    weight: float = Field(default=0.003, ge=0, description="λ, weight of ½‖q − c_y‖²")
    center_rate: float = Field(default=0.5, gt=0, le=1, description="α, how fast the centres follow")
    ramp_epochs: float = Field(default=0.0, ge=0, description="epochs over which the extra term grows to its weight")


class MmcConfig(_Strict):
    """Train with the Max-Mahalanobis centre loss (Pang et al., 2020)."""

    type: Literal["mmc"] = Field(default="mmc", description="distance to preset Max-Mahalanobis centres")
    radius: float = Field(default=10.0, gt=0, description="C_MM, the centres' distance from the origin, feature units")


class EmcConfig(_Strict):
    """Train with elastic Max-Mahalanobis centres: they may leave their place, held by a spring."""

    type: Literal["emc"] = Field(default="emc", description="Max-Mahalanobis centres on springs")
    radius: float = Field(default=10.0, gt=0, description="C_MM, the centres' distance from the origin, feature units")
    stiffness: float = Field(default=1.0, ge=0, description="weight of the springs' energy")


class HmmConfig(_Strict):
    """Train with hierarchical Max-Mahalanobis centres: classes of one group are nearer to each other."""

    type: Literal["hmm"] = Field(default="hmm", description="Max-Mahalanobis centres of groups, then of classes")
    groups: tuple[tuple[str, ...], ...] = Field(
        default=(("dry",), ("wet", "snow")), min_length=2, description="every class name once"
    )
    radius: float = Field(default=10.0, gt=0, description="the group centres' distance from the origin, feature units")
    inner_radius: float = Field(
        default=5.0, gt=0, description="a class centre's distance from its group's centre, feature units"
    )


class SignConfig(_Strict):
    """Train on pictures whose values are moved by a share of themselves, up or down at random (Eq. in 3.3)."""

    type: Literal["sign"] = Field(default="sign", description="gradient-free sign perturbation, x + ε·x⊙l(x)")
    epsilon: float = Field(default=0.1, gt=0, lt=1, description="ε, share of the value")
    probability: float = Field(default=0.5, ge=0, le=1, description="p, how often the value grows")
    on_input: bool = Field(default=True, description="perturb the picture")
    hidden: tuple[str, ...] = Field(default=(), description="layers whose output is perturbed too, by module name")

    @model_validator(mode="after")
    def _somewhere(self) -> "SignConfig":
        if not self.on_input and not self.hidden:
            raise ValueError("expected on_input=true or names in hidden, got neither")
        return self


class FgsmConfig(_Strict):
    """Train on clean pictures and on the fast gradient sign attack's (Goodfellow et al., 2015)."""

    type: Literal["fgsm"] = Field(default="fgsm", description="adversarial training, one gradient step")
    epsilon: float = Field(default=8.0, gt=0, le=255, description="largest change of a pixel, grey levels")
    clean_share: float = Field(default=0.5, ge=0, lt=1, description="weight of the clean view's cross-entropy")


class PgdConfig(_Strict):
    """Train on the pictures of projected gradient descent (Madry et al., 2018)."""

    type: Literal["pgd"] = Field(default="pgd", description="adversarial training, several gradient steps")
    epsilon: float = Field(default=8.0, gt=0, le=255, description="largest change of a pixel, grey levels")
    step: float = Field(default=2.0, gt=0, le=255, description="change of a pixel in a step, grey levels")
    steps: int = Field(default=7, ge=1, le=1000, description="gradient steps; each costs a pass forth and back")
    clean_share: float = Field(default=0.0, ge=0, lt=1, description="weight of the clean view's cross-entropy")


MethodConfig = (
    NormalConfig
    | NoisyConfig
    | BothConfig
    | StabilityConfig
    | RobustConfig
    | CenterConfig
    | MmcConfig
    | EmcConfig
    | HmmConfig
    | SignConfig
    | FgsmConfig
    | PgdConfig
)
NEAREST_CENTER = (MmcConfig, EmcConfig, HmmConfig)
"""Methods that classify by the nearest centre instead of a learned linear layer."""
METHOD_CONFIGS: dict[str, type[MethodConfig]] = {
    str(config.model_fields["type"].default): config
    for config in (
        NormalConfig,
        NoisyConfig,
        BothConfig,
        StabilityConfig,
        RobustConfig,
        CenterConfig,
        MmcConfig,
        EmcConfig,
        HmmConfig,
        SignConfig,
        FgsmConfig,
        PgdConfig,
    )
}
"""Configuration class by method name."""
