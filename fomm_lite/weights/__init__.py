"""Weights in and out: our safetensors files and the shipped ones by name, official checkpoints, ONNX."""

from fomm_lite.weights.native import JUDGES, find, load_model, read_header, save, shipped
from fomm_lite.weights.official import load_official, load_official_state, save_official

__all__ = [
    "JUDGES",
    "find",
    "load_model",
    "load_official",
    "load_official_state",
    "read_header",
    "save",
    "save_official",
    "shipped",
]
