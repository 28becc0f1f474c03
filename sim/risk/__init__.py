"""Risk measures as pure functions of arrays."""
