"""Say why public weights are not to be had."""


class DownloadError(Exception):
    """The weights do not exist, or are neither in the cache nor could be fetched; the message says why."""
