"""Random programs: typed Vyper inside the compilable subset, compiled both ways, called with boundary arguments."""
