"""Write numbers as a reader expects them."""

from data_tools.metrics.classification import Share

NOT_RUN = "not run"
_MIB = 1024 * 1024


def count(value: int) -> str:
    """Write a whole number with thousands separators.

    Examples:
        >>> count(12345)
        '12,345'
    """
    return f"{value:,}"


def percent(share: float) -> str:
    """Write a share as a percentage with one decimal.

    Examples:
        >>> percent(0.9427)
        '94.3 %'
    """
    return f"{share * 100:.1f} %"


def percent_range(share: Share) -> str:
    """Write a share's 95 % interval, such as '91.5 to 96.2 %'."""
    return f"{share.low * 100:.1f} to {share.high * 100:.1f} %"


def successes(share: Share) -> str:
    """Write a share's counts, such as '362 of 384'."""
    return f"{count(share.successes)} of {count(share.trials)}"


def mean_std(mean: float, std: float) -> str:
    """Write a mean share and its standard deviation in per cent.

    Examples:
        >>> mean_std(0.8812, 0.0063)
        '88.1 ± 0.6 %'
    """
    return f"{mean * 100:.1f} ± {std * 100:.1f} %"


def points(difference: float) -> str:
    """Write a difference of shares in percentage points, with its sign.

    Examples:
        >>> points(-0.0123)
        '−1.23 points'
    """
    text = f"{difference * 100:+.2f}"
    return f"{_signed(text)} points"


def change(difference: float) -> str:
    """Write a small difference with its sign.

    Examples:
        >>> change(-0.0021), change(0.00001)
        ('−0.0021', '0.0000')
    """
    return _signed(f"{difference:+.4f}")


def drop(difference: float) -> str:
    """Say how far a share fell.

    Examples:
        >>> drop(0.0052), drop(-0.0026), drop(0.0)
        ('0.52 points lower', '0.26 points higher', 'no change')
    """
    size = f"{abs(difference) * 100:.2f}"
    if float(size) == 0:
        return "no change"
    return f"{size} points {'lower' if difference > 0 else 'higher'}"


def milliseconds(value: float) -> str:
    """Write milliseconds without the unit, with about three digits that count.

    Examples:
        >>> milliseconds(0.4213), milliseconds(4.2134), milliseconds(42.134), milliseconds(421.34)
        ('0.421', '4.21', '42.1', '421')
    """
    return f"{value:.{3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0}f}"


def ratio(value: float) -> str:
    """Write a ratio, such as '0.43×'."""
    return f"{value:.2f}×"


def mebibytes(size_bytes: int) -> str:
    """Write a file size in MiB; small files in KiB.

    Examples:
        >>> mebibytes(6_123_456), mebibytes(2048)
        ('5.84 MiB', '2.0 KiB')
    """
    return f"{size_bytes / _MIB:.2f} MiB" if size_bytes >= _MIB // 10 else f"{size_bytes / 1024:.1f} KiB"


def scientific(value: float) -> str:
    """Write a small magnitude, such as '3.1e−06'."""
    return _signed(f"{value:.1e}")


def clip(text: str, limit: int = 28) -> str:
    """Cut a label to `limit` characters, with an ellipsis.

    Examples:
        >>> clip("a long label", 6)
        'a lon…'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _signed(text: str) -> str:
    """Use a true minus sign; '+0.00' and '-0.00' become '0.00'."""
    if text[0] in "+-" and float(text) == 0:
        return text[1:]
    return text.replace("-", "−")
