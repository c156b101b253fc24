"""What holds of every change: the laws, how a case is led through them, and independent readers."""
