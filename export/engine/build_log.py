"""Keep what TensorRT says while it parses, builds and loads."""

from pathlib import Path
from typing import TYPE_CHECKING

from data_tools.artifacts.atomic import write_text

if TYPE_CHECKING:
    import tensorrt as trt

_ERRORS = ("ERROR", "INTERNAL_ERROR")


class BuildLog:
    """Collect the lines of TensorRT's logger; VERBOSE ones, megabytes a build, are left out."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.errors: list[str] = []

    def add(self, severity: str, message: str) -> None:
        """Keep a line."""
        if severity == "VERBOSE":
            return
        self.lines.append(f"[{severity}] {message}")
        if severity in _ERRORS:
            self.errors.append(message)

    def last_error(self) -> str:
        """Return TensorRT's last error as one line, or say that it gave none."""
        return " ".join(self.errors[-1].split()) if self.errors else "TensorRT gave no reason"

    def write(self, path: Path) -> None:
        """Write the lines, atomically."""
        write_text(path, "".join(f"{line}\n" for line in self.lines))


def tensorrt_logger(log: BuildLog) -> "trt.ILogger":
    """Return a logger for TensorRT that writes into `log`."""
    import tensorrt as trt

    class ForwardingLogger(trt.ILogger):
        """Forward every message; TensorRT calls it from threads of its own."""

        def __init__(self) -> None:
            super().__init__()  # pybind11 classes must be initialised by name

        def log(self, severity: trt.ILogger.Severity, msg: str) -> None:
            """Take a message."""
            log.add(severity.name, msg)

    return ForwardingLogger()
