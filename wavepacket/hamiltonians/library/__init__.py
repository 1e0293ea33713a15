"""The models, one per file: a builder in plain numpy whose annotations carry the units of its parameters.

Every module here is loaded, and a builder with the decorator `model` is in the catalogue.
"""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
