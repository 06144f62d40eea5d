"""Hold the bounds that a bundle is kept to before any of it is read; docs/bundle.md lists them."""

MANIFEST_BYTES = 1 << 20
"""Largest manifest.json."""

GUARD_BYTES = 4096
"""Largest manifest.json.sha256, manifest.json.sig, and key file."""

FILES = 256
"""Most files that a manifest may list."""

FILE_BYTES = 1 << 30
"""Largest file of a bundle; ONNX itself ends at 2 GiB."""

BUNDLE_BYTES = 4 << 30
"""Most bytes that all files of a bundle may have together."""

PATH_CHARACTERS = 200
"""Longest name of a file, with its folders."""

PATH_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*)*$"
"""What a file may be called: it cannot be absolute, hidden, '..', a Windows path or text that a terminal obeys."""

MIN_TEMPERATURE = 0.01
"""Smallest temperature of a variant; nothing below is ever fitted."""

MAX_TEMPERATURE = 100.0
"""Largest temperature of a variant; nothing above is ever fitted."""

TOLERANCE = 1.0
"""Largest golden_tolerance and golden_distance_tolerance: a probability cannot differ by more."""

THREADS = 1024
"""Most threads within one operator."""

JSON_DEPTH = 32
"""Deepest nesting of lists and objects."""

JSON_DIGITS = 40
"""Most characters of a number: a float's shortest exact form has 24."""

JSON_KEY_CHARACTERS = 100
"""Longest key."""

JSON_TEXT_CHARACTERS = 1 << 16
"""Longest text value."""
