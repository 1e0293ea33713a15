"""What is made of paths: velocities at saves, occupation of valleys, checksums."""
