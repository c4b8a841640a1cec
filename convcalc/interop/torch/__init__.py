"""PyTorch modules as networks: programs of aten calls, and what each of them costs."""
