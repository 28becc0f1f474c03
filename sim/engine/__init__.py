"""The one loop, and what it needs: what is observed, who is before whom, what fits into a block, what is recorded."""
