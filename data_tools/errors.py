"""Say what went wrong in one line, with the exit code the command line ends with."""


class RoadgripError(Exception):
    """A failure that the user can act on; its message is one line and is shown without a traceback."""

    exit_code = 1


class InputError(RoadgripError, ValueError):
    """Wrong input or usage: says what was expected, what came and what to do (exit code 2)."""

    exit_code = 2


class CheckFailedError(RoadgripError):
    """A check that ran and did not hold, such as a changed file in a bundle (exit code 1)."""

    exit_code = 1


class MissingDependencyError(RoadgripError):
    """A package that this command needs is not installed (exit code 2)."""

    exit_code = 2
