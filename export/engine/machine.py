"""Read what an engine depends on: GPU, driver, CUDA, TensorRT."""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from data_tools.artifacts.model import Record
from data_tools.errors import CheckFailedError

if TYPE_CHECKING:
    from cuda.bindings import runtime

_DRIVER_FILE = Path("/sys/module/nvidia/version")


class Machine(Record):
    """Describe where an engine was built."""

    tensorrt: str = Field(pattern=r"^\d+\.\d+", description="version, such as 10.13.0.35")
    cuda: str = Field(description="of the CUDA runtime, such as 12.9")
    driver: str | None = Field(description="NVIDIA kernel driver, such as 575.57.08; None where it does not say")
    driver_cuda: str = Field(description="newest CUDA version that the driver runs")
    gpu: str = Field(description="name, such as NVIDIA L4")
    compute_capability: str = Field(pattern=r"^\d+\.\d+$")


def read_machine(driver_file: Path = _DRIVER_FILE) -> Machine:
    """Describe this machine and its current GPU.

    Args:
        driver_file: Where Linux gives the version of the NVIDIA kernel module.

    Raises:
        CheckFailedError: CUDA finds no usable GPU.
    """
    import tensorrt as trt
    from cuda.bindings import runtime

    error, device = runtime.cudaGetDevice()
    check_cuda(error, "cudaGetDevice")
    error, properties = runtime.cudaGetDeviceProperties(device)
    check_cuda(error, "cudaGetDeviceProperties")
    error, built_for = runtime.cudaRuntimeGetVersion()
    check_cuda(error, "cudaRuntimeGetVersion")
    error, runs = runtime.cudaDriverGetVersion()
    check_cuda(error, "cudaDriverGetVersion")
    return Machine(
        tensorrt=trt.__version__,
        cuda=_version(built_for),
        driver=driver_file.read_text(encoding="ascii").strip() if driver_file.is_file() else None,
        driver_cuda=_version(runs),
        gpu=properties.name.decode("ascii", "replace").rstrip("\0"),
        compute_capability=f"{properties.major}.{properties.minor}",
    )


def check_cuda(error: "runtime.cudaError_t", what: str) -> None:
    """Raise unless a CUDA call succeeded.

    Raises:
        CheckFailedError: It failed; the message names the call and CUDA's error.
    """
    from cuda.bindings import runtime

    if error != runtime.cudaError_t.cudaSuccess:
        raise CheckFailedError(f"CUDA: {what} failed with {error.name}; is there an NVIDIA GPU with a driver for it?")


def _version(number: int) -> str:
    """Turn 12090 into 12.9 (1000 · major + 10 · minor)."""
    return f"{number // 1000}.{number % 1000 // 10}"
