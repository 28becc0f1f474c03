"""Calibration by a written procedure: priors, simulated moments, a surrogate, and what the facts do not pin."""
