"""What a user hands in: TOML, price files, Vyper sources; and errors in plain words."""
