"""One file per subject: what must hold in futures that are tried and taken back."""
