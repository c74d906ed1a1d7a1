"""Every message that is declared, for tools and tests that go through all of them."""

import inspect
import pkgutil
from functools import cache
from importlib import import_module
from typing import Any

from kafkapy.protocol import messages


@cache
def every_message() -> dict[str, type[Any]]:
    """The top-level classes below `protocol.messages` by name; imports all of them."""
    modules = [
        import_module(entry.name)
        for entry in pkgutil.walk_packages(messages.__path__, f"{messages.__name__}.")
    ]
    return {
        name: cls
        for module in modules
        for name, cls in inspect.getmembers(module, inspect.isclass)
        if cls.__module__ == module.__name__ and hasattr(cls, "valid_versions")
    }
