"""Which columns are measurements, what they are called, and their units."""

import re

from keras_stunet.data.readers.tables import check_headings
from keras_stunet.data.readers.values.measurements import check_chosen
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

# A unit behind the name, as in `speed (km/h)`.
_WITH_UNIT = re.compile(r"(?P<name>.*\S)\s*[(\[](?P<unit>[^()\[\]]*)[)\]]")


def measured(source, sheets, left_out, form):
    """The measurements among the columns of sheets, which all have alike.

    Those of text are left out, with a warning that names them.

    Args:
        source: What the sheets are in, for messages.
        sheets: A list of `TextSheet` and `FrameSheet`.
        left_out: Of each, positions of columns that are none.
        form: A `FileForm`, whose `measurements` chooses some.

    Returns:
        Names and units of the measurements; and the position of each in each
        sheet, a list of lists. One column has the name of the first sheet.

    Raises:
        ValueError: If two columns of a sheet have one name, all hold text, a
            chosen one is not there or holds text, or a sheet lacks a
            measurement of another, or has it in another unit.
    """
    found = [
        _columns(sheet, places, form.measurements)
        for sheet, places in zip(sheets, left_out, strict=True)
    ]
    columns, units = found[0]
    names = list(columns)
    if all(len(columns) == 1 for columns, _ in found):
        return names, units, [list(columns.values()) for columns, _ in found]
    _check_alike(sheets, found)
    text = [
        name
        for name in names
        if all(
            sheet.is_text(columns[name])
            for sheet, (columns, _) in zip(sheets, found, strict=True)
        )
    ]
    if text and (form.measurements or len(text) == len(names)):
        raise ValueError(
            f"{source}: {counted(len(text), 'column')} of text, "
            f"{listed(text)}; expected measurements, which are numbers. Leave "
            "them out."
        )
    if text:
        warn_user(
            f"{source}: {counted(len(text), 'column')} of text left out, for "
            f"measurements are numbers: {listed(text)}."
        )
    kept = [at for at, name in enumerate(names) if name not in text]
    names, units = ([of_each[at] for at in kept] for of_each in (names, units))
    return names, units, [[own[name] for name in names] for own, _ in found]


def _columns(sheet, left_out, chosen):
    """Positions of columns by name, and the units in their headings."""
    places = [at for at in range(len(sheet.headings)) if at not in left_out]
    written = [sheet.headings[at] for at in places]
    written = check_headings(sheet.path, written, "column")
    names, units = split_units(written)
    columns = dict(zip(names, zip(places, units, strict=True), strict=True))
    if chosen:
        check_chosen(sheet.path, chosen, names)
        columns = {name: columns[name] for name in chosen}
    places = {name: at for name, (at, _) in columns.items()}
    return places, [unit for _, unit in columns.values()]


def _check_alike(sheets, found):
    (columns, units), head = found[0], sheets[0]
    units = dict(zip(columns, units, strict=True))
    for sheet, (own, of_own) in zip(sheets[1:], found[1:], strict=True):
        for one, other, has, lacks in (
            (head, sheet, columns, own),
            (sheet, head, own, columns),
        ):
            lost = [name for name in has if name not in lacks]
            if lost:
                raise ValueError(
                    f"{other.path} has no measurement {listed(lost)}, which "
                    f"{one.path} has; expected the same in each file. Add a "
                    "column, empty where nothing was read, or choose others "
                    "(--measurements)."
                )
        for name, unit in zip(own, of_own, strict=True):
            if unit != units[name]:
                raise ValueError(
                    f"{sheet.path} has {name!r} in {unit!r}, and {head.path} "
                    f"in {units[name]!r}; expected one unit. Convert one of "
                    "them first."
                )


def split_units(headings):
    """Names and units of headings such as `speed (km/h)`.

    Example:
    >>> split_units(["flow", "speed (km/h)", "PM2.5 [ug/m3]"])
    (['flow', 'speed', 'PM2.5'], ['', 'km/h', 'ug/m3'])
    """
    found = [_WITH_UNIT.fullmatch(heading) for heading in headings]
    names = [
        match["name"] if match else heading
        for match, heading in zip(found, headings, strict=True)
    ]
    if len(set(names)) < len(names):
        return headings, [""] * len(headings)
    return names, [match["unit"].strip() if match else "" for match in found]
