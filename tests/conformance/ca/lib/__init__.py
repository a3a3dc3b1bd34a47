"""What the rows are proved with: fakes, a client that can be wrong, the CA."""
