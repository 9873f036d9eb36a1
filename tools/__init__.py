"""What people who work on the project run: the generator of the docs, the comparison of two states of the code, mutation testing."""
