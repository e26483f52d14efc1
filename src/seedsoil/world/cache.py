"""Where compiled kernels are kept: a folder named by everything they were compiled from.

The compiler's own cache looks at the kernel's file only, so an edited equation would silently run in its old form.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numba
import platformdirs


def fingerprint(modules: tuple[ModuleType, ...]) -> str:
    """A hash of the modules' sources, the compiler and the machine."""
    digest = hashlib.sha256()
    for module in sorted(modules, key=lambda m: m.__name__):
        digest.update(Path(module.__file__).read_bytes())
    for part in (numba.__version__, importlib.metadata.version("llvmlite"), sys.version, platform.machine()):
        digest.update(part.encode())
    return digest.hexdigest()[:16]


def compiled(function: Callable, modules: tuple[ModuleType, ...], jit: Callable = numba.njit, **options) -> Callable:
    """`function` as compiled code (by `jit`), kept on disk where the user's cache folder can be written."""
    folder = Path(os.environ.get("SEEDSOIL_CACHE") or platformdirs.user_cache_dir("seedsoil")) / fingerprint(modules)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        kept = os.access(folder, os.W_OK)
    except OSError:
        kept = False
    before = numba.config.CACHE_DIR
    try:
        numba.config.CACHE_DIR = str(folder) if kept else before
        return jit(cache=kept, **options)(function)
    finally:
        numba.config.CACHE_DIR = before
