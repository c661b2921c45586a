"""How do checks come in? The wire contract, its quality marks, the gateway, the producer, the simulator."""
