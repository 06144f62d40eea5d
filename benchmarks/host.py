"""Take the fingerprint of the machine a benchmark ran on."""

import os
import platform
import re
from importlib import metadata
from pathlib import Path

from data_tools.artifacts.model import Record

_FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "asimd", "asimddp", "i8mm")
_PACKAGES = ("onnxruntime", "onnxruntime-gpu", "opencv-python-headless", "numpy", "roadgrip")


class Host(Record):
    """Describe a machine without naming it."""

    cpu: str
    architecture: str
    logical_cores: int
    usable_cores: int
    cpu_flags: tuple[str, ...]
    memory_mib: int | None
    governor: str | None
    operating_system: str
    python: str
    packages: dict[str, str]


def fingerprint() -> Host:
    """Read the fingerprint of this machine; what cannot be read is None or left out."""
    cpuinfo = _read(Path("/proc/cpuinfo")) or ""
    flags = set(" ".join(re.findall(r"^(?:flags|Features)\s*:\s*(.*)$", cpuinfo, re.MULTILINE)[:1]).split())
    model = re.search(r"^(?:model name|Model)\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+) kB", _read(Path("/proc/meminfo")) or "", re.MULTILINE)
    cores = os.cpu_count() or 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores
    return Host(
        cpu=model.group(1).strip() if model else platform.processor() or "unknown",
        architecture=platform.machine(),
        logical_cores=cores,
        usable_cores=usable,
        cpu_flags=tuple(flag for flag in _FLAGS if flag in flags),
        memory_mib=int(memory.group(1)) // 1024 if memory else None,
        governor=_read(Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
        operating_system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        packages=_versions(),
    )


def _read(path: Path) -> str | None:
    """Return a small text file's content, or None where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None


def _versions() -> dict[str, str]:
    """Return the installed versions of the packages that decide speed."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
