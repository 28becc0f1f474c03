"""What the market world is believed for: closed forms, conservation, published facts, ablations; misses included."""
