"""The world: true prices, and the venues that show them."""
