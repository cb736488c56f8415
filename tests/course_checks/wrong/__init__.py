"""Wrong answers to the exercises, one module each, with the mistake that each of them makes."""
