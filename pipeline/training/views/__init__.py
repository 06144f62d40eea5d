"""Make the views of a batch that a method asks for, on the device."""
