"""The workloads for other systems; each is imported only in a process that times it."""
