"""The exercises of notebook 08: the bytes of tensors, of a run, of a step, and a card's room."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor, nn

from course_checks.declared import Edit, everywhere, instead, replaced, without
from course_checks.engine import Exercise, Mistake

# 8.1


def _tensor_lists(generator: Generator) -> Iterator[tuple[list[Tensor]]]:
    yield ([torch.arange(3.0)],)
    yield ([torch.arange(3)],)
    yield ([torch.tensor([True, False])],)
    both = torch.arange(6.0)
    yield ([both, both.reshape(2, 3)],)
    yield ([torch.arange(8.0)[:2]],)
    yield ([torch.zeros(1, 3).expand(2, 3)],)
    row = torch.arange(4, dtype=torch.int16)
    yield ([row, torch.arange(4, dtype=torch.int16), torch.arange(3.0)],)
    yield ([],)
    yield ([torch.zeros(0, 5)],)
    yield ([torch.tensor(1.0, dtype=torch.float64)],)
    for _ in range(4):
        rows, columns = (
            int(torch.randint(low, high, (1,), generator=generator))
            for low, high in ((3, 9), (10, 20))
        )
        images = torch.rand(rows, columns, generator=generator)
        small = images.to(torch.bfloat16)
        yield ([images, small.t(), small, small[1:], images.flatten()],)


def _over_all(number: str) -> Edit:
    """Adds a number of each tensor, views or not."""
    return instead(f"return sum({number} for tensor in tensors)")


def _once(number: str) -> Edit:
    """Adds a number of the first tensor on each storage."""
    return replaced(
        "sizes[storage.data_ptr()] = storage.nbytes()",
        f"sizes.setdefault(storage.data_ptr(), {number})",
    )


TENSOR_BYTES = Exercise(
    number="8.1",
    name="tensor_bytes",
    solution='''\
def tensor_bytes(tensors):
    """A list of tensors -> the bytes of their storages, an int."""
    sizes = {}
    for tensor in tensors:
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes()
    return sum(sizes.values())
''',
    cases=_tensor_lists,
    mistakes=(
        Mistake(
            "bits",
            replaced("return ", "return 8 * "),
            "That is eight times too much. What is the difference between a float32 and 32 bytes?",
        ),
        Mistake(
            "numbers instead of bytes",
            _over_all("tensor.numel()"),
            "You counted numbers. How many bytes does each of them take, and who knows that?",
        ),
        Mistake(
            "forgets the dtype",
            (_over_all("4 * tensor.numel()"), _once("4 * tensor.numel()")),
            "Every number was counted as 4 bytes. Does a bool take as much as a float32, and an "
            "int64 as little?",
        ),
        Mistake(
            "counts a view twice",
            (_over_all("tensor.nbytes"), _over_all("tensor.untyped_storage().nbytes()")),
            "Two tensors that share their memory were both counted. How can you tell from their "
            "storages that they are one?",
        ),
        Mistake(
            "counts what a view shows",
            _once("tensor.nbytes"),
            "A view was counted by the numbers that it shows. Which memory must stay for as long "
            "as the view is in use?",
        ),
        Mistake(
            "views told apart by their first number",
            replaced("storage.data_ptr()", "tensor.data_ptr()"),
            "A view that begins later than its tensor was counted anew. Whose address must be the "
            "same, the first number's or the storage's?",
        ),
        Mistake(
            "first tensor only",
            replaced("in tensors:", "in tensors[:1]:"),
            "The first tensor is right. What happens to the others in the list?",
        ),
        Mistake(
            "last tensor only",
            replaced("in tensors:", "in tensors[-1:]:"),
            "The last tensor is right. Is your sum kept when the loop comes to the next one?",
        ),
        Mistake(
            "equal sizes taken for one storage",
            instead("return sum({tensor.untyped_storage().nbytes() for tensor in tensors})"),
            "Two tensors of the same size were counted as one. Do they lie in the same place?",
        ),
    ),
)

# 8.2


def _half_frozen(inputs: int, hidden: int) -> nn.Module:
    model = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, 2))
    for parameter in model[0].parameters():
        parameter.requires_grad = False
    return model


def _runs(generator: Generator) -> Iterator[tuple[nn.Module, str]]:
    # Making a layer draws its weights from the global generator, which is put back.
    with torch.random.fork_rng(devices=[]):
        runs = list(_made(generator))
    yield from runs


def _made(generator: Generator) -> Iterator[tuple[nn.Module, str]]:
    for optimizer in ("sgd", "momentum", "adam", "adamw"):
        yield nn.Linear(3, 2), optimizer
    yield _half_frozen(3, 4), "sgd"
    yield _half_frozen(3, 4), "adam"
    yield nn.Linear(3, 2).to(torch.bfloat16), "momentum"
    yield nn.Sequential(nn.Linear(4, 3, dtype=torch.float64), nn.Linear(3, 5)), "sgd"
    yield nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)), "adam"
    for _ in range(3):
        inputs, hidden = (
            int(torch.randint(low, high, (1,), generator=generator))
            for low, high in ((5, 20), (21, 40))
        )
        yield _half_frozen(inputs, hidden), "adamw"
        yield nn.Linear(inputs, hidden), "momentum"
    shared = nn.Linear(3, 3)
    yield nn.Sequential(shared, nn.ReLU(), shared), "adam"  # one layer, used twice
    frozen = nn.Linear(3, 2)
    frozen.requires_grad_(False)
    yield frozen, "adam"


def _each(number: str) -> Edit:
    """Every parameter, frozen or not, adds another number in the first line of the loop."""
    return replaced(
        "        total += parameter.nbytes\n        if", f"        {number}\n        if"
    )


_ALL_TRAINED = replaced("parameter.requires_grad", "True")
_NO_GRADIENTS = replaced("(1 + copies)", "copies")
_FOUR_BYTES = everywhere("parameter.nbytes", "4 * parameter.numel()")

FIXED_BYTES = Exercise(
    number="8.2",
    name="fixed_bytes",
    solution='''\
def fixed_bytes(model, optimizer):
    """A module and an optimizer's name -> bytes that do not depend on the batch, an int."""
    copies = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}[optimizer]
    total = 0
    for parameter in model.parameters():
        total += parameter.nbytes
        if parameter.requires_grad:
            total += (1 + copies) * parameter.nbytes
    return total
''',
    cases=_runs,
    mistakes=(
        Mistake(
            "gradients forgotten",
            (_NO_GRADIENTS, _NO_GRADIENTS + _ALL_TRAINED),
            "Something as large as the weights is missing. What does backward() leave behind?",
        ),
        Mistake(
            "Adam counted once",
            replaced('"adam": 2, "adamw": 2', '"adam": 1, "adamw": 1'),
            "Adam was given one number for each weight. Which two averages does it keep?",
        ),
        Mistake(
            "AdamW counted as SGD",
            replaced('"adamw": 2', '"adamw": 0'),
            "Adam is right, AdamW is not. Does it keep fewer averages than Adam?",
        ),
        Mistake(
            "momentum forgotten",
            replaced('"momentum": 1', '"momentum": 0'),
            "SGD with momentum was counted like SGD without. Where does it keep its velocity?",
        ),
        Mistake(
            "plain SGD with a state",
            replaced('"sgd": 0', '"sgd": 1'),
            "Plain SGD was given a state. What would it have to remember from step to step?",
        ),
        Mistake(
            "state forgotten",
            replaced("(1 + copies) * ", ""),
            "Parameters and gradients are there. What does the optimizer keep from step to step?",
        ),
        Mistake(
            "frozen parameters counted",
            (
                _ALL_TRAINED,
                replaced("(1 + copies) * ", "") + _each("total += (1 + copies) * parameter.nbytes"),
                _NO_GRADIENTS + _each("total += 2 * parameter.nbytes"),
            ),
            "A frozen parameter was given more than its own numbers. What does backward() leave at "
            "a parameter with requires_grad=False, and what can the optimizer then keep for it?",
        ),
        Mistake(
            "frozen parameters left out",
            replaced("(1 + copies)", "(2 + copies)") + _each("pass"),
            "Frozen parameters are missing altogether. Can the forward pass do without them?",
        ),
        Mistake(
            "forgets the dtype",
            (_FOUR_BYTES, _FOUR_BYTES + _ALL_TRAINED),
            "Every number was counted as 4 bytes. How large is one of a bfloat16 model, or of a "
            "float64 layer?",
        ),
        Mistake(
            "numbers instead of bytes",
            everywhere("parameter.nbytes", "parameter.numel()") + _ALL_TRAINED,
            "You counted numbers. How many bytes does each of them take?",
        ),
        Mistake(
            "buffers counted",
            replaced("total = 0", "total = sum(buffer.nbytes for buffer in model.buffers())"),
            "BatchNorm's running statistics were counted, too. Are they parameters?",
        ),
        Mistake(
            "parameters only",
            without("if parameter.requires_grad", "(1 + copies)"),
            "These are the weights alone. What comes with the first backward(), and what with the "
            "first step()?",
        ),
    ),
)

# 8.3


def _networks(generator: Generator) -> Iterator[tuple[list[int], int]]:
    yield [3, 2], 1
    yield [3, 2], 5
    yield [4, 3, 2], 1
    yield [4, 3, 2], 6
    yield [784, 128, 10], 64
    yield [784, 128, 10], 1
    yield [2, 7, 7, 5], 3
    yield [7, 7, 5], 2  # as wide as the input
    for _ in range(5):
        hidden = torch.randint(11, 60, (3,), generator=generator).tolist()
        batch_size = int(torch.randint(2, 300, (1,), generator=generator))
        yield [90, *hidden, 10], batch_size


def _counted(number: str) -> Edit:
    return instead(f"return {number}")


_CONNECTIONS = "sum(inputs * outputs for inputs, outputs in zip(sizes, sizes[1:]))"
_PARAMETERS = "sum(inputs * outputs + outputs for inputs, outputs in zip(sizes, sizes[1:]))"

ACTIVATION_BYTES = Exercise(
    number="8.3",
    name="activation_bytes",
    solution='''\
def activation_bytes(sizes, batch_size):
    """A list of feature numbers and B -> bytes of the ReLUs' outputs and the logits, an int."""
    return 4 * batch_size * sum(sizes[1:])
''',
    cases=_networks,
    mistakes=(
        Mistake(
            "batch forgotten",
            replaced("batch_size * sum", "sum"),
            "That is what one picture takes. How many go through the network at once?",
        ),
        Mistake(
            "counts Flatten's view",
            replaced("sizes[1:]", "sizes"),
            "The flattened pictures were counted. Does Flatten make new numbers, or look at those "
            "of the batch?",
        ),
        Mistake(
            "batch and Flatten wrong",
            _counted("4 * sum(sizes)"),
            "One picture was counted, and its flattened view with it. How many are there, and "
            "which memory does the view use?",
        ),
        Mistake(
            "Linear and ReLU both counted",
            _counted("4 * batch_size * (2 * sum(sizes[1:-1]) + sizes[-1])"),
            "Hidden layers were counted twice, before and after ReLU. Which of the two does the "
            "backward pass need?",
        ),
        Mistake(
            "logits left out",
            replaced("sizes[1:]", "sizes[1:-1]"),
            "The hidden layers are right. What does the loss look at?",
        ),
        Mistake(
            "loss counted",
            _counted("4 * batch_size * (sum(sizes[1:]) + sizes[-1])"),
            "The last layer was counted twice, as logits and as what the loss makes of them. What "
            "does the task leave out?",
        ),
        Mistake(
            "loss counted",
            replaced("sum(sizes[1:])", "sum(sizes[1:]) + 4"),
            "One number too many was counted, the loss itself. What does the task leave out?",
        ),
        Mistake(
            "logits only",
            replaced("sum(sizes[1:])", "sizes[-1]"),
            "These are the logits alone. What did the layers before them leave?",
        ),
        Mistake(
            "numbers instead of bytes",
            replaced("4 * ", ""),
            "You counted numbers. How many bytes does a float32 take?",
        ),
        Mistake(
            "bits",
            replaced("4 * ", "32 * "),
            "That is eight times too much. What is the difference between 32 bits and 32 bytes?",
        ),
        Mistake(
            "weights counted",
            _counted(f"4 * {_PARAMETERS}"),
            "These are the weights. What changes when the batch is twice as large, they or the "
            "outputs?",
        ),
        Mistake(
            "weights times batch",
            _counted(f"4 * batch_size * {_PARAMETERS}"),
            "Each picture was given a set of weights. Which numbers does a layer produce for each "
            "picture?",
        ),
        Mistake(
            "sizes multiplied",
            _counted(f"4 * batch_size * {_CONNECTIONS}"),
            "Sizes of neighbours were multiplied: that counts connections. How many numbers come "
            "out of a layer?",
        ),
    ),
)

# 8.4

GIB = 1024**3


def _cards(generator: Generator) -> Iterator[tuple[int, int, int, float]]:
    """(peak_bytes, card_gib, outside_bytes, reserve); reserves that a float holds exactly."""
    yield GIB // 2, 1, 0, 0.0
    yield 2 * GIB, 1, 0, 0.0
    yield 3 * GIB, 4, 2 * GIB, 0.0  # not beside what is there already
    yield 7 * GIB, 8, 0, 0.25  # not with the reserve
    yield 6 * GIB, 8, 0, 0.25  # to the last byte
    yield 6 * GIB + 1, 8, 0, 0.25
    yield GIB, 1, 0, 0.0
    # The reserve is of what is free (2 GiB), not of the card (1 GiB left).
    yield GIB * 7 // 5, 4, 2 * GIB, 0.25
    # Between 10 ** 9 and 2 ** 30 for each GiB.
    yield 21 * GIB // 2, 12, GIB // 2, 0.0
    yield 25 * 10**9, 24, 0, 0.0
    # Peak and a quarter of it: 5.0 of 6 GiB; three quarters of what is free: 4.5.
    yield GIB * 47 // 10, 6, 0, 0.25
    yield 7 * GIB, 8, 2 * GIB, 0.125
    for _ in range(20):
        card = int(torch.randint(4, 33, (1,), generator=generator))
        outside = int(torch.randint(1, 2 * GIB, (1,), generator=generator))
        peak = int(torch.randint(1, 16 * GIB, (1,), generator=generator))
        yield peak, card, outside, 0.125


def _compared(comparison: str) -> Edit:
    return replaced("peak_bytes <= free * (1 - reserve)", comparison)


_NO_RESERVE = _compared("peak_bytes <= free")
_NOTHING_OUTSIDE = replaced(" - outside_bytes", "")

WILL_IT_FIT = Exercise(
    number="8.4",
    name="will_it_fit",
    solution='''\
def will_it_fit(peak_bytes, card_gib, outside_bytes, reserve):
    """Bytes, GiB, bytes and a share between 0 and 1 -> whether the step fits, a bool."""
    free = card_gib * 1024**3 - outside_bytes
    return peak_bytes <= free * (1 - reserve)
''',
    cases=_cards,
    mistakes=(
        Mistake(
            "reserve ignored",
            _NO_RESERVE,
            "Filled to the last byte. Which part of the free memory was to stay empty?",
        ),
        Mistake(
            "outside ignored",
            _NOTHING_OUTSIDE,
            "The whole card was taken for free. What is on it before the first tensor comes?",
        ),
        Mistake(
            "peak alone",
            _NO_RESERVE + _NOTHING_OUTSIDE,
            "The peak was compared with the whole card. What else lies there, and what was to "
            "stay empty?",
        ),
        Mistake(
            "gigabytes for gibibytes",
            replaced("1024**3", "10**9"),
            "Your card is about 7 % too small. How many bytes has a GiB?",
        ),
        Mistake(
            "reserve of the whole card",
            _NO_RESERVE + replaced("1024**3", "1024**3 * (1 - reserve)"),
            "The reserve was taken from the whole card. Which memory was it to be a part of?",
        ),
        Mistake(
            "reserve added to the peak",
            _compared("peak_bytes * (1 + reserve) <= free"),
            "The reserve was made a part of the peak. A quarter of what was to stay empty?",
        ),
        Mistake(
            "reserve added to the peak",
            _compared("(peak_bytes + outside_bytes) * (1 + reserve) <= card_gib * 1024**3"),
            "The reserve was made a part of what is in use. A quarter of what was to stay empty?",
        ),
        Mistake(
            "bytes taken from GiB",
            instead("return peak_bytes / 1024**3 <= (card_gib - outside_bytes) * (1 - reserve)"),
            "Bytes were subtracted from GiB. In which unit is each of the arguments?",
        ),
        Mistake(
            "only the reserve is filled",
            replaced("(1 - reserve)", "reserve"),
            "You allow the reserve to be filled, and nothing else. Which part is left beside it?",
        ),
        Mistake(
            "a full card refused",
            replaced("<=", "<"),
            "A step that needs exactly what there is was refused. Which byte is missing?",
        ),
        Mistake(
            "the wrong way round",
            replaced("<=", ">="),
            "The answer is yes where it should be no. Which side must be the smaller one?",
        ),
        Mistake(
            "the bytes left over",
            _compared("int(free * (1 - reserve) - peak_bytes)"),
            "These are the bytes left over. What does the question ask for?",
        ),
    ),
)
