"""Say which program writes an artifact."""

from data_tools.version import __version__

PRODUCER = f"roadgrip {__version__}"
