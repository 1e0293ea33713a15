"""What a crystal's bands look like: paths, maps, summaries, and the zone that they live in."""
