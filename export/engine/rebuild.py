"""Write the command that builds an engine again."""

import shlex
from pathlib import Path

from export.engine.options import EngineOptions


def rebuild_command(bundle: Path, out: Path, variant: str, options: EngineOptions) -> str:
    """Return the `roadgrip export engine` line for exactly these options, replacing what stands at `out`."""
    words = ["roadgrip", "export", "engine", str(bundle), "--out", str(out), "--variant", variant]
    words += ["--batch", options.batch.text()]
    if options.workspace_mib is not None:
        words += ["--workspace-mib", str(options.workspace_mib)]
    if options.timing_cache is not None:
        words += ["--timing-cache", options.timing_cache]
    if options.dla_core is not None:
        words += ["--dla", str(options.dla_core)]
    if options.version_compatible:
        words.append("--version-compatible")
    if options.hardware_compatible != "none":
        words += ["--hardware-compatible", options.hardware_compatible]
    defaults = EngineOptions()
    if options.optimization_level != defaults.optimization_level:
        words += ["--optimization-level", str(options.optimization_level)]
    if options.repeat_builds != defaults.repeat_builds:
        words += ["--repeat-builds", str(options.repeat_builds)]
    if options.tolerance != defaults.tolerance:
        words += ["--tolerance", f"{options.tolerance!r}"]
    return shlex.join([*words, "--overwrite"])
