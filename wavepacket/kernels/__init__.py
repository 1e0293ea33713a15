"""All compiled code of the project, and nothing else.

A *scalar* function holds the physics of one packet. A *block kernel* runs scalar functions over ``LANES``
packets that lie side by side in flat arrays (row index times ``LANES`` plus lane), so that the compiler
vectorises across packets. Kernels take arrays and typed function pointers, never raise, and return codes;
they know nothing of files, configurations or units other than eV, Å, fs and T.
"""
