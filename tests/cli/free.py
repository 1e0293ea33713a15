"""The smallest run: an electron without a crystal around it, one file a point, done in no time."""

FREE = """
name: free
model: {name: parabolic_band, mass_x: 1 m_e}
band: 0
fields: {electric: [1 kV/cm, 0, 0]}
ensemble: {kind: packets, wavevectors: [[0, 0, 0]]}
time: {end: 100 fs, saves: 3}
"""
PAIR = FREE.replace("[[0, 0, 0]]", "[[0, 0, 0], [0.01, 0, 0]]")
"""The same of two electrons."""
