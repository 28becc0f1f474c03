"""Many paths: stage, processes, resume, audit, the runs of neighbours."""
