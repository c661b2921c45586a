"""The page for carers and on-call: checks arrive, alerts stand with their reasons, somebody acknowledges."""
