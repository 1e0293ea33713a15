"""Places of the vectors of a group of bands, in the basis of its states by rising energy: vector s begins at s PAIR N."""

# u, its components times their energies, w_a, X_a h u, H w_a, and (h − m̂·B less its mean) u.
A, E, X, Y, EX, Z = 0, 1, 2, 5, 8, 11
# For the moment: V_a u within the group, D_bX_a u and D_bX_a h u (six each), D_b(X_a h u) (by 3 b + a), V_b w_a outside it
# (by 3 b + a); work.
VA, DX, DE, DY, VX, SPARE, VECTORS = 12, 15, 21, 27, 36, 45, 48
