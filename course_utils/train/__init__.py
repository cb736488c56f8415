"""`python -m course_utils.train`: the course's training loop as a program, one process or many.

The engine is PyTorch's own: torchrun starts the processes, `torch.distributed` connects them,
`DistributedDataParallel` averages their gradients. One process is the case N = 1 of the same code.
"""
