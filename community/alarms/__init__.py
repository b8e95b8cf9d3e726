"""Reports faults to the coordinators, for each process that finds one."""
