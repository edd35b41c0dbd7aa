"""Cases made by running the real commands over simulated time: for the demonstration, for simulations and for tests."""
