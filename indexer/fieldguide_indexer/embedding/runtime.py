"""ONNX Runtime without its telemetry.

Its builds for Linux and macOS store a device id and send events unless this is disabled *before* they are loaded;
those for Windows are configured by a call. All other modules import the library from here.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["ORT_TELEMETRY_DISABLED"] = "1"  # the name in earlier releases

import onnxruntime

onnxruntime.disable_telemetry_events()

__all__ = ["onnxruntime"]
