"""Check that the packages of the `report` extra are there."""

import importlib

from data_tools.errors import MissingDependencyError

PACKAGES = ("jinja2", "matplotlib")


def require_packages() -> None:
    """Import what rendering needs.

    Raises:
        MissingDependencyError: A package is not installed.
    """
    for name in PACKAGES:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            raise MissingDependencyError(
                f"the report needs {name}, which is not installed; in the checkout, run: pip install '.[report]'"
            ) from error
