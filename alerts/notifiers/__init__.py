"""How a message leaves: one module per channel, all passing the same contract."""
