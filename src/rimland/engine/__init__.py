"""Running programs: the kernel, ensembles of futures, the exact solution of small programs."""
