"""Pictures and clips in and out: the only place that knows codecs, clocks and colour."""
