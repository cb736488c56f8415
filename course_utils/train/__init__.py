"""`python -m course_utils.train`: the course's training loop as a program, one process or many.

torchrun starts the processes, `torch.distributed` connects them and adds up their gradients. One
process is the case N = 1 of the same code, which is `course_utils.training.program`.
"""
