"""What is due next in a large calendar: parts of `benchmarks/calendar.py`."""
