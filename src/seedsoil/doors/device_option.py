"""Where bodies are advanced: the option that commands with many people share."""

from __future__ import annotations

from typing import Annotated

import typer

Device = Annotated[
    str | None,
    typer.Option(
        metavar="cpu|cuda", help="Where bodies are advanced: cpu, or cuda for an NVIDIA GPU (extra [cuda]).", show_default="cpu"
    ),
]


def set_device(device: str | None) -> None:
    """Do as the option says; without it the environment's word holds (`SEEDSOIL_KERNEL`), else the processor."""
    if device is not None:
        from seedsoil.world import kernel

        kernel.use(device)
