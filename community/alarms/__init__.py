"""What is wrong, told to the coordinators, by whichever process sees it."""
