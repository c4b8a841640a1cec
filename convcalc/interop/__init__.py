"""Models that people have, as networks: graphs that frameworks export."""
