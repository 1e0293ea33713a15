"""Energy, velocity, curvature and moment of a band at k, for blocks of packets."""
