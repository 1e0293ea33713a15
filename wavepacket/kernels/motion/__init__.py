"""The equations of motion and the fields in them."""
