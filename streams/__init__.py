"""What happens to a check? The Faust app, its agents, the worker's one transaction, the sweeps, the rules."""
