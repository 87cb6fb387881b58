"""How long a queue will take, from the runs that have been made."""

from keras_stunet.experiments.rows import DONE


def time_left(jobs, rows):
    """A line on the runs to come; times are those of their other seeds.

    Args:
        jobs: Those to come.
        rows: From `read_rows`.
    """
    known = [seconds for job in jobs if (seconds := _seconds(job, rows))]
    line = f"{len(jobs)} to run"
    if known:
        line += f", about {_hours(sum(known))}"
    if known and len(known) < len(jobs):
        line += f" and {len(jobs) - len(known)} whose time is not known yet"
    return line


def _seconds(job, rows):
    # The same run but for the seed, the last part of the key.
    times = [
        float(row["seconds"])
        for key, row in rows.items()
        if key[:-1] == job.key[:-1] and row["status"] == DONE
    ]
    return sum(times) / len(times) if times else None


def _hours(seconds):
    """Hours and minutes.

    >>> _hours(3720), _hours(30)
    ('1 h 02 min', '1 min')
    """
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"
