"""Places of the vectors of a group of bands, in the basis of its states by rising energy: vector s begins at s PAIR N."""

# u, its components times their energies, w_a, X_a h u, H w_a, and (h − m̂·B less its mean) u.
A, E, X, Y, EX, Z = 0, 1, 2, 5, 8, 11
# For the moment: V_a u within the group, D_bX_a u (by 3 b + a), D_bX_a h u (six: without what is odd in the order),
# D_b(X_a h u) (by 3 b + a), V_b w_a outside it (by 3 b + a); work, and w_a + i A_a u.
VA, DX, DE, DY, VX, SPARE, CARRIED, VECTORS = 12, 15, 24, 30, 39, 48, 51, 54
