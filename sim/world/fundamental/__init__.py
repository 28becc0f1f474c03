"""What moves prices from outside of the market: one file per process, all behind one face."""
