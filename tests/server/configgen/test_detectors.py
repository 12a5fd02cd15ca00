"""The list of detectors."""

import pkgutil
from importlib import import_module

from fieldguide_server.configgen import detect
from fieldguide_server.configgen.plan.collect import DETECTORS


def test_every_module_that_detects_is_listed() -> None:
    names = [module.name for module in pkgutil.walk_packages(detect.__path__, f"{detect.__name__}.")]
    modules = [import_module(name) for name in names]
    assert {module for module in modules if hasattr(module, "detect")} == set(DETECTORS)
    assert len(set(DETECTORS)) == len(DETECTORS)
