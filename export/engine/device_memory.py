"""Hold GPU memory and move numpy arrays in and out of it."""

from types import TracebackType

import numpy as np
import numpy.typing as npt

from export.engine.machine import check_cuda


class DeviceMemory:
    """Own one stream and named buffers on the current GPU; frees them when the block ends.

    Raises:
        CheckFailedError: A CUDA call fails, such as for want of memory.
    """

    def __init__(self) -> None:
        from cuda.bindings import runtime

        self._runtime = runtime
        self._addresses: dict[str, int] = {}
        error, self._stream = runtime.cudaStreamCreate()
        check_cuda(error, "cudaStreamCreate")

    def __enter__(self) -> "DeviceMemory":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def stream(self) -> int:
        """Return the stream's handle as TensorRT takes it."""
        return int(self._stream)

    def allocate(self, name: str, size_bytes: int) -> int:
        """Return the address of a new buffer."""
        error, address = self._runtime.cudaMalloc(size_bytes)
        check_cuda(error, f"cudaMalloc of {size_bytes} bytes")
        self._addresses[name] = address
        return address

    def upload(self, name: str, array: npt.NDArray[np.generic]) -> None:
        """Copy a contiguous array into a buffer, in the stream's order."""
        kind = self._runtime.cudaMemcpyKind.cudaMemcpyHostToDevice
        (error,) = self._runtime.cudaMemcpyAsync(
            self._addresses[name], array.ctypes.data, array.nbytes, kind, self._stream
        )
        check_cuda(error, "cudaMemcpyAsync to the GPU")

    def download(self, name: str, array: npt.NDArray[np.generic]) -> None:
        """Copy a buffer into a contiguous array, in the stream's order; valid after `wait`."""
        kind = self._runtime.cudaMemcpyKind.cudaMemcpyDeviceToHost
        (error,) = self._runtime.cudaMemcpyAsync(
            array.ctypes.data, self._addresses[name], array.nbytes, kind, self._stream
        )
        check_cuda(error, "cudaMemcpyAsync from the GPU")

    def wait(self) -> None:
        """Wait until everything in the stream is done; errors of earlier steps show here."""
        (error,) = self._runtime.cudaStreamSynchronize(self._stream)
        check_cuda(error, "cudaStreamSynchronize")

    def close(self) -> None:
        """Free everything; what CUDA says to that changes nothing any more."""
        while self._addresses:
            self._runtime.cudaFree(self._addresses.popitem()[1])
        self._runtime.cudaStreamDestroy(self._stream)
