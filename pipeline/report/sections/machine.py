"""Show the fingerprint of the machine a benchmark ran on."""

from benchmarks.host import Host
from pipeline.report.blocks import Fold, facts


def machine(host: Host) -> Fold:
    """Fold a host's fingerprint behind its processor's name."""
    memory = "unknown" if host.memory_mib is None else f"{host.memory_mib / 1024:.1f} GiB"
    return Fold(
        f"Measured on: {host.cpu}, {host.usable_cores} of {host.logical_cores} cores",
        (
            facts(
                "",
                [
                    ("Processor", f"{host.cpu} ({host.architecture})"),
                    ("Cores", f"{host.usable_cores} usable of {host.logical_cores}"),
                    ("Instruction sets", ", ".join(host.cpu_flags) or "none of those looked for"),
                    ("Memory", memory),
                    ("Frequency governor", host.governor or "not readable"),
                    ("System", host.operating_system),
                    ("Python", host.python),
                    *sorted(host.packages.items()),
                ],
            ),
        ),
    )
