"""How do checks come in by HTTP? Authenticate, validate, coalesce, and answer only what the broker has."""
