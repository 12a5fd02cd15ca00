"""ONNX Runtime without its telemetry.

Its builds for Linux and macOS keep a device id and send events unless they are told not to *before* they are loaded;
those for Windows are told by a call. Everybody here takes the library from this module.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["ORT_TELEMETRY_DISABLED"] = "1"  # the name in earlier releases

import onnxruntime

onnxruntime.disable_telemetry_events()

__all__ = ["onnxruntime"]
