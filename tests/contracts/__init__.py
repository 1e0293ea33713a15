"""What every band source, field and integrator must satisfy, written once and inherited."""
