"""How kernels are compiled, kept on the disk, and handed to kernels."""
