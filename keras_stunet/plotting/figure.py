"""What all pictures share: one style for print, and atomic files."""

import contextlib
from pathlib import Path

from keras_stunet.files import atomic_write
from keras_stunet.messages import install_hint

COLUMN = 3.5  # inches, the width of a column of print

# Okabe and Ito's colours, safe for colour blindness. Blue and vermilion are
# alike in grey, so that lines differ in their dashes as well.
BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"
LINES = (
    {"color": BLUE, "linestyle": "-"},
    {"color": VERMILION, "linestyle": (0, (4, 1.2))},
    {"color": GREEN, "linestyle": (0, (1, 1.2))},
    {"color": "black", "linestyle": (0, (5, 1.2, 1, 1.2))},
)

# Sizes are those on paper: 8 points and no scaling. Text in SVG stays text,
# and names of its parts come from a fixed salt, so that a file only changes
# with the picture.
STYLE = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "lines.linewidth": 1.1,
    "lines.markersize": 3.5,
    "legend.frameon": False,
    "legend.handlelength": 2.3,
    "legend.columnspacing": 1.2,
    "legend.handletextpad": 0.5,
    "savefig.dpi": 300,
    "svg.fonttype": "none",
    "svg.hashsalt": "keras_stunet",
}


@contextlib.contextmanager
def print_style():
    """Context in which matplotlib draws for print, whatever its settings.

    Raises:
        ImportError: If matplotlib is not installed.
    """
    try:
        import matplotlib.figure
        import matplotlib.style
    except ImportError as error:
        raise ImportError(
            f"Pictures need matplotlib. {install_hint('plot')}"
        ) from error
    with matplotlib.style.context(["default", STYLE]):
        yield


def new_figure(width, height):
    """An empty figure that no window shows and no global list holds.

    Args:
        width: Inches.
        height: Inches.

    Returns:
        A matplotlib `Figure`.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def draw_legend(figure, handles, labels):
    """A legend above all panels, in two columns where these fit in the width.

    Args:
        figure: A matplotlib `Figure`.
        handles: What was drawn.
        labels: Names of these.

    Returns:
        The legend.
    """

    def legend(columns):
        return figure.legend(
            handles, labels, loc="outside upper center", ncols=columns
        )

    drawn = legend(2)
    if drawn.get_window_extent().width > figure.bbox.width:
        drawn.remove()
        drawn = legend(1)
    return drawn


def save_figure(figure, path):
    """Write a figure as PNG and as SVG, both or neither.

    The same figure gives the same SVG, byte for byte.

    Args:
        figure: A matplotlib `Figure`.
        path: Where to write, without an ending (`.png` or `.svg` is cut off).

    Returns:
        The paths of the two files, PNG first.

    Raises:
        ImportError: If matplotlib is not installed.
        OSError: If the files cannot be written.
    """
    path = Path(path)
    if path.suffix in (".png", ".svg"):
        path = path.with_suffix("")
    png, svg = (path.with_name(path.name + end) for end in (".png", ".svg"))
    with print_style(), atomic_write(svg) as second, atomic_write(png) as first:
        figure.savefig(first)
        figure.savefig(second, metadata={"Date": None})
    return [png, svg]


def finish_axes(axes):
    """Fix the size of tick labels, which are made later, outside the style."""
    axes.tick_params(labelsize=STYLE["font.size"], width=0.6, length=2.5)


def draw_hours(axes):
    """Make the x axis the hours of one day."""
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 4))
    axes.set_xlabel("hour of day")
