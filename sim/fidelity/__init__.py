"""Our policies and books against the recorded state of live protocols."""
