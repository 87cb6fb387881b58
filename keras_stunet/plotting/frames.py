"""Forecast frames beside true ones: a figure, and an animation."""

import numpy as np

from keras_stunet.files import atomic_write
from keras_stunet.messages import install_hint
from keras_stunet.plotting import figure as shared

# Of the animation: how large a frame becomes, how long each is shown, and the
# grey of what is not a pixel.
SIDE = 192  # pixels, at least
SHOWN, LAST_SHOWN = 200, 1200  # milliseconds
GAP, HEADING, PAPER, INK = 8, 22, 255, 0


def plot_frames(truth, forecasts, *, width=7.0):
    """Draw one sequence: input, ground truth and forecasts, a row each.

    After Figure 2 of Yu, Yin and Zhu (2019). White is 1 and black 0 in every
    frame; columns are frames, with their numbers above.

    Args:
        truth: `(T, H, W)` pixels in [0, 1], input frames first.
        forecasts: `{name: (horizon, H, W)}` of the last `horizon` frames, in
            the order of the rows; values outside [0, 1] are cut.
        width: Width in inches; text has 8 points at any width.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: If the shapes do not fit together.
        ImportError: If matplotlib is not installed.
    """
    truth, forecasts, history = _checked(truth, forecasts)
    rows = {
        "input": (1, truth[:history]),
        "truth": (history + 1, truth[history:]),
    }
    for name, frames in forecasts.items():
        rows[name] = history + 1, frames
    columns = max(len(frames) for _, frames in rows.values())
    with shared.print_style():
        # A frame is as wide as its column; numbers stand above two rows.
        height = (len(rows) * truth.shape[1] / truth.shape[2]) / columns
        figure = shared.new_figure(width, width * 0.93 * height + 0.4)
        figure.get_layout_engine().set(
            w_pad=0.01, h_pad=0.01, wspace=0, hspace=0
        )
        panels = figure.subplots(len(rows), columns, squeeze=False)
        for line, (name, (first, frames)) in zip(
            panels, rows.items(), strict=True
        ):
            for number, axes in enumerate(line):
                axes.set_xticks([])
                axes.set_yticks([])
                if number >= len(frames):
                    axes.set_axis_off()
                    continue
                axes.imshow(
                    frames[number],
                    cmap="gray",
                    vmin=0,
                    vmax=1,
                    interpolation="nearest",
                )
                axes.spines[:].set_visible(False)
                if name in ("input", "truth"):
                    axes.set_title(first + number, loc="center", pad=2)
            line[0].set_ylabel(name)
    return figure


def save_animation(path, truth, forecasts):
    """Write one sequence as a GIF that runs for ever.

    The ground truth is on the left. Beside it each forecast is dark while the
    input runs, and then shows its frames; pixels are enlarged, not smoothed.

    Args:
        path: File to write, `.gif`.
        truth: As in `plot_frames`.
        forecasts: As in `plot_frames`.

    Returns:
        The path.

    Raises:
        ValueError: As `plot_frames`.
        ImportError: If Pillow is not installed.
        OSError: If the file cannot be written.
    """
    truth, forecasts, history = _checked(truth, forecasts)
    pillow = _load_pillow()
    pages = []
    for number in range(len(truth)):
        ahead = number - history
        panels = {"input" if ahead < 0 else "truth": truth[number]}
        for name, frames in forecasts.items():
            dark = np.zeros_like(truth[0])
            panels[name] = dark if ahead < 0 else frames[ahead]
        pages.append(_page(pillow, panels, f"{number + 1} / {len(truth)}"))
    durations = [SHOWN] * (len(pages) - 1) + [LAST_SHOWN]
    with atomic_write(path) as temporary:
        pages[0].save(
            temporary,
            save_all=True,
            append_images=pages[1:],
            duration=durations,
            loop=0,
        )
    return path


def _load_pillow():
    try:
        from PIL import Image
        from PIL import ImageDraw
        from PIL import ImageFont
    except ImportError as error:
        raise ImportError(
            f"Animations need Pillow. {install_hint('images')}"
        ) from error
    return Image, ImageDraw, ImageFont


def _page(pillow, panels, number):
    # One picture of the animation: names above, panels side by side.
    Image, ImageDraw, ImageFont = pillow
    height, width = next(iter(panels.values())).shape
    scale = -(-SIDE // width)
    height, width = height * scale, width * scale
    page = Image.new(
        "L",
        (len(panels) * (width + GAP) + GAP, HEADING + height + GAP),
        PAPER,
    )
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(size=14)
    for place, (name, frame) in enumerate(panels.items()):
        left = GAP + place * (width + GAP)
        draw.text((left, 3), name, fill=INK, font=font)
        grey = np.round(255 * frame).astype(np.uint8)
        large = grey.repeat(scale, axis=0).repeat(scale, axis=1)
        page.paste(Image.fromarray(large), (left, HEADING))
        if not place:
            right = left + width
            draw.text((right, 3), number, fill=INK, font=font, anchor="ra")
    return page


def _checked(truth, forecasts):
    # Ground truth and forecasts in [0, 1], and the number of input frames.
    truth = np.asarray(truth, float)
    forecasts = {k: np.asarray(v, float) for k, v in forecasts.items()}
    horizons = {len(frames) for frames in forecasts.values()}
    if (
        truth.ndim != 3
        or len(horizons) != 1
        or not 0 < min(horizons) < len(truth)
        or any(v.shape[1:] != truth.shape[1:] for v in forecasts.values())
    ):
        shapes = {name: frames.shape for name, frames in forecasts.items()}
        raise ValueError(
            f"`truth` has shape {truth.shape} and `forecasts` {shapes}; "
            "expected (T, height, width), and at least one forecast of its "
            "last frames, all of as many and of the same height and width."
        )
    forecasts = {name: v.clip(0, 1) for name, v in forecasts.items()}
    return truth.clip(0, 1), forecasts, len(truth) - horizons.pop()
