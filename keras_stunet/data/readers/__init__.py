"""From files as people hold them to a `Series`."""
