"""What each parameter of a design does over a stated time or size: one entry for each, in whatever design it stands."""
