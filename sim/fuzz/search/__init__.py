"""The searcher: what can a group of actors gain, or do to somebody who did nothing? Found by trying, not by rules."""
