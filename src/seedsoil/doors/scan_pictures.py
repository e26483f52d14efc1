"""Pictures of a bone of a scan: slices with the lesion, where strain is highest, and the bone's surface. PNG, as data of a page."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from scipy import ndimage

BONE, LESION, CEMENT = "#56B4E9", "#D55E00", "#F0E442"  # Okabe and Ito's colours
PLANES = (("from the side", 2), ("from the front", 1), ("from above", 0))


def as_data(figure: Any) -> str:
    """A figure as a data address, without the clock in it."""
    room = io.BytesIO()
    figure.savefig(room, format="png", dpi=110, metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(room.getvalue()).decode("ascii")


def _figure(many: int, tall: float = 3.3) -> tuple[Any, list]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    page = Figure(figsize=(3.4 * many, tall), layout="constrained")
    FigureCanvasAgg(page)
    axes = page.subplots(1, many, squeeze=False)[0]
    for one in axes:
        one.set_xticks([])
        one.set_yticks([])
        for side in one.spines.values():
            side.set_visible(False)
    return page, list(axes)


def centre(model: Any) -> np.ndarray:
    """The middle of the lesion, or of the bone."""
    where = (model.share >= 0.5) if model.share is not None else model.stood.body
    return np.argwhere(where).mean(axis=0).round().astype(int)


def slices(model: Any) -> str:
    """Three slices through the lesion: the scan, the bone's outline, the lesion's, and the caps."""
    page, axes = _figure(3)
    at = centre(model)
    density = np.where(model.share > 0.0, model.lesion_density, model.seen) if model.share is not None else model.seen
    for axis, (name, across) in zip(axes, PLANES, strict=True):
        cut = lambda volume, across=across: np.take(volume, at[across], axis=across)
        axis.imshow(cut(density), origin="lower", cmap="gray", vmin=-150, vmax=500, interpolation="nearest")
        for volume, colour in ((model.stood.mask, BONE), (model.caps.cement, CEMENT)):
            if cut(volume).any():
                axis.contour(cut(volume).astype(float), [0.5], colors=colour, linewidths=1.0)
        if model.share is not None and (cut(model.share) >= 0.5).any():
            axis.contour(cut(model.share), [0.5], colors=LESION, linewidths=1.8)
        axis.set_title(name, fontsize=10)
    return as_data(page)


def strain(model: Any) -> str:
    """Where bone is strained most, without the lesion and with it, in one scale: the slice through the lesion."""
    from seedsoil.scan.failure import danger

    shown = [("without the lesion" if model.body_lesion else "under load", danger(model.body, model.pressed))]
    if model.body_lesion is not None:
        shown.append(("with the lesion", danger(model.body_lesion, model.pressed_lesion)))
    shown = [(name, np.where(model.stood.mask, field, np.nan)) for name, field in shown]
    top = float(np.nanquantile(shown[0][1], 0.995))
    around = ndimage.find_objects(model.stood.body.astype(int))[0]
    shown = [(name, field[around]) for name, field in shown]
    share = None if model.share is None else model.share[around]
    page, axes = _figure(2 * len(shown), 2.8)
    at = centre(model) - np.array([s.start for s in around])
    for k, (name, field) in enumerate(shown):
        for j, (view, across) in enumerate(PLANES[:2]):
            axis = axes[2 * k + j]
            shade = np.take(field, at[across], axis=across) / top
            drawn = axis.imshow(shade, origin="lower", cmap="viridis", vmin=0.0, vmax=1.5)
            if share is not None:
                cut = np.take(share, at[across], axis=across)
                if (cut >= 0.5).any():
                    axis.contour(cut, [0.5], colors=LESION, linewidths=1.2)
            axis.set_title(f"{name}, {view}", fontsize=9)
    bar = page.colorbar(drawn, ax=axes, shrink=0.8, pad=0.01)
    bar.set_label("strain, of the highest in the whole bone", fontsize=8)
    return as_data(page)


def surface(model: Any) -> str:
    """The bone as a body lit from the viewer's side, from three sides; where the lesion lies under the surface it is tinted."""
    page, axes = _figure(3)
    views = (("from the front and right", 40.0), ("from the right", 90.0), ("from behind", 180.0))
    for axis, (name, turn) in zip(axes, views, strict=True):
        axis.imshow(lit(model.stood.mask, model.share, turn), origin="lower", interpolation="bilinear")
        axis.set_title(name, fontsize=10)
    return as_data(page)


def lit(mask: np.ndarray, share: np.ndarray | None, degrees: float) -> np.ndarray:
    """A picture [z, x, rgb] of a body seen from the front after a turn about its long axis, shaded by the slope of its surface."""
    turned = lambda volume: ndimage.rotate(np.pad(volume.astype(np.float32), 4), -degrees, axes=(2, 1), order=1)
    body = ndimage.gaussian_filter(turned(mask), 1.0)
    solid = body > 0.5
    seen = solid[:, ::-1].any(axis=1)
    first = body.shape[1] - 1 - np.argmax(solid[:, ::-1], axis=1)
    z, x = np.indices(seen.shape)
    slope = np.stack([g[z, first, x] for g in np.gradient(ndimage.gaussian_filter(body, 1.0))])
    normal = -slope / np.maximum(np.linalg.norm(slope, axis=0), 1e-6)
    light = np.array([0.45, 0.8, -0.4])
    bright = 0.35 + 0.65 * np.clip(np.tensordot(light / np.linalg.norm(light), normal, 1), 0.0, 1.0)
    colour = np.array([0.93, 0.88, 0.78])[None, None] * bright[..., None]
    if share is not None:
        depth = np.clip(turned(share).sum(axis=1) / 12.0, 0.0, 0.75)[..., None]
        colour = (1.0 - depth) * colour + depth * np.array([0.84, 0.37, 0.0])[None, None] * bright[..., None]
    return np.where(seen[..., None], np.clip(colour, 0.0, 1.0), 1.0)
