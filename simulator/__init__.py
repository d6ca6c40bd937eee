"""A stand-in for the outside world: draws a practice and its payers from a seed and writes the files they would send."""

from simulator.run import SimulationSummary, simulate

__all__ = ["SimulationSummary", "simulate"]
